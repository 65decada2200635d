//! Joins of a FetchXML query ("link-entity element").

use super::super::fault::Fault;
use super::query::{Link, Parser, column, invalid};
use super::xml::Element;
use crate::schema::Table;

impl<'s> Parser<'_, 's> {
    /// Reads a link-entity with all that is below it.
    pub(super) fn link(&mut self, element: &Element, parent: usize) -> Result<(), Fault> {
        let kind = element.attribute("link-type").unwrap_or("inner");
        let (outer, first) = match kind {
            "inner" => (false, false),
            "outer" => (true, false),
            "exists" | "in" => (false, true),
            "matchfirstrowusingcrossapply" => (true, true),
            other => return Err(Fault::unsupported(&format!("the link-type '{other}' of FetchXML at this place"))),
        };
        let (table, from, to) = self.ends(element, parent)?;
        let (link, before) = (Link { parent, from, to, outer }, self.query.entities.len());
        let within = self.query.entities.get(parent).is_some_and(|entity| entity.only_first);
        self.entity(element, table, Some(link), first || within)?;
        let shows = self.query.entities.iter().skip(before).any(|entity| !entity.columns.is_empty());
        match shows && matches!(kind, "exists" | "in") {
            true => Err(invalid(&format!("A link-entity of type '{kind}' returns no columns."))),
            false => Ok(()),
        }
    }

    /// The table of a link-entity, its column and the one of the entity it hangs on.
    pub(super) fn ends(&self, element: &Element, parent: usize) -> Result<(&'s Table, String, String), Fault> {
        let name = element.attribute("name").unwrap_or_default();
        let schema = self.call.schema;
        let Some(table) = schema.table(name).or_else(|| schema.between.get(name)) else {
            let message = format!("The entity with a name = '{name}' was not found in the MetadataCache.");
            return Err(Fault::new(400, "0x80041102", message));
        };
        let parent_table = self.query.entities.get(parent).map(|entity| entity.table);
        let parent_table = parent_table.ok_or_else(|| invalid("A link-entity hangs on nothing."))?;
        let end = |name: &str, table: &Table| match element.attribute(name) {
            Some(name) => column(table, name).map(|column| column.name.clone()),
            None => Err(invalid(&format!("A link-entity needs the attribute '{name}'."))),
        };
        Ok((table, end("from", table)?, end("to", parent_table)?))
    }
}

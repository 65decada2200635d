//! Changes below a row: single properties, references, parties of activities.

use serde_json::{Map, Value as Json};

use super::address::{Key, Segment};
use super::call::Call;
use super::coerce;
use super::fault::Fault;
use super::nav::{self, Nav};
use super::payload::{Purpose, object};
use super::read::no_such_property;
use super::security::Op;
use super::write::Written;
use crate::schema::Table;
use crate::store::{Changes, Ref, RowId, Side, Transaction};

impl<'a> Call<'a> {
    /// Answers a change of what lies below a row.
    pub(crate) fn change_below(
        &self,
        tx: &mut Transaction<'_>,
        table: &'a Table,
        id: &RowId,
        rest: &[Segment],
    ) -> Result<Written, Fault> {
        let Some((next, after)) = rest.split_first() else { return Err(Fault::method(&self.request.method)) };
        if let Some(nav) = nav::find(self.schema, table, &next.name) {
            return self.change_navigation(tx, (table, id), nav, next, after);
        }
        let column = nav::property(table, &next.name).filter(|column| column.name == next.name);
        let Some(column) = column else { return Err(no_such_property(table, &next.name)) };
        let value = match (self.request.method.as_str(), after) {
            ("PUT", []) => object(&self.request.body)?
                .remove("value")
                .ok_or_else(|| Fault::payload("The payload of a property needs a member named 'value'."))?,
            ("DELETE", []) => Json::Null,
            (_, [segment, ..]) => return Err(Fault::no_segment(&segment.name)),
            (method, []) => return Err(Fault::method(method)),
        };
        if column.name == table.id {
            return Err(Fault::argument(format!(
                "The attribute '{}' of '{}' cannot be changed.",
                table.id, table.name
            )));
        }
        coerce::from_json(column, &value)?;
        self.check_version(tx, table, id)?;
        self.update(tx, table, id, Map::from_iter([(column.name.clone(), value)]))?;
        Ok(self.answer(204).into())
    }

    fn change_navigation(
        &self,
        tx: &mut Transaction<'_>,
        (table, id): (&'a Table, &RowId),
        nav: Nav<'a>,
        segment: &Segment,
        after: &[Segment],
    ) -> Result<Written, Fault> {
        let is_ref = matches!(after, [last] if last.name == "$ref" && last.arguments.is_none());
        match (&nav, self.request.method.as_str()) {
            (Nav::One { .. }, "PUT" | "POST") if is_ref => self.set_reference(tx, table, id, &nav, &segment.name),
            (Nav::One { column, .. }, "DELETE") if is_ref => {
                self.update(tx, table, id, Map::from_iter([(format!("{}@odata.bind", segment.name), Json::Null)]))?;
                let _ = column;
                Ok(self.answer(204).into())
            }
            (Nav::Many { .. } | Nav::Linked { .. }, "POST") if is_ref => {
                self.set_reference(tx, table, id, &nav, &segment.name)
            }
            (Nav::Many { .. } | Nav::Linked { .. }, "DELETE") if is_ref => {
                self.disassociate(tx, table, id, &nav, segment)
            }
            (Nav::Many { table: child, column }, "POST") if after.is_empty() && segment.arguments.is_none() => {
                self.post(tx, child, Some((&column.name, Ref::new(&table.name, id.clone()))))
            }
            (Nav::Many { table: child, column }, "PUT") if after.is_empty() && child.name == "activityparty" => {
                self.replace_parties(tx, table, id, (child, &column.name))
            }
            (_, method) => Err(Fault::method(method)),
        }
    }

    fn set_reference(
        &self,
        tx: &mut Transaction<'_>,
        table: &'a Table,
        id: &RowId,
        nav: &Nav<'a>,
        name: &str,
    ) -> Result<Written, Fault> {
        let body = object(&self.request.body)?;
        let Some(Json::String(address)) = body.get("@odata.id") else {
            return Err(Fault::payload("The payload of a reference needs '@odata.id'."));
        };
        let targets: Vec<&Table> = match nav {
            Nav::One { targets, .. } => targets.clone(),
            Nav::Many { table, .. } | Nav::Linked { table, .. } => vec![table],
        };
        let other = self.reference(tx, address, &targets, name)?;
        match nav {
            Nav::One { column, .. } => {
                self.require_attachable(&table.name, &other.table)?;
                self.require_writable(table, column, Purpose::Update)?;
            }
            Nav::Many { table: child, column } => {
                self.require_attachable(&other.table, &table.name)?;
                self.require_writable(child, column, Purpose::Update)?;
            }
            Nav::Linked { .. } => self.require_attachable(&other.table, &table.name)?,
        }
        self.associate(tx, table, id, nav, &other)?;
        Ok(self.answer(204).into())
    }

    fn disassociate(
        &self,
        tx: &mut Transaction<'_>,
        table: &Table,
        id: &RowId,
        nav: &Nav<'a>,
        segment: &Segment,
    ) -> Result<Written, Fault> {
        let Some(child) = nav.table() else { return Err(Fault::no_segment(&segment.name)) };
        let named = self.pairs.iter().find(|(name, _)| name == "$id").map(|(_, address)| address);
        let other = match (&segment.arguments, named) {
            (Some(arguments), _) => Key::parse(child, arguments, &|name| self.alias(name))?.require(tx, child)?,
            (None, Some(address)) => self.reference(tx, address, &[child], &segment.name)?.id,
            (None, None) => return Err(Fault::usage("The row to disassociate is not named.")),
        };
        self.require_attachable(&child.name, &table.name)?;
        match nav {
            Nav::Many { column, .. } => {
                let own = Ref::new(&table.name, id.clone());
                let refers = tx.get(&child.name, &other).and_then(|row| row.get(&column.name)?.reference().cloned());
                if refers != Some(own) {
                    return Err(Fault::no_row(&child.name, &other));
                }
                tx.update(&child.name, &other, Changes::from([(column.name.clone(), None)]))?;
            }
            Nav::Linked { link, from, .. } => {
                let (left, right) = match from {
                    Side::Left => (id, &other),
                    Side::Right => (&other, id),
                };
                tx.unlink(&link.name, left, right);
            }
            Nav::One { .. } => {}
        }
        Ok(self.answer(204).into())
    }

    /// `PUT /emails(id)/email_activity_parties`: these parties and no others.
    fn replace_parties(
        &self,
        tx: &mut Transaction<'_>,
        table: &'a Table,
        id: &RowId,
        (child, column): (&'a Table, &str),
    ) -> Result<Written, Fault> {
        self.access.require(&table.name, Op::Write)?;
        let mut body = object(&self.request.body)?;
        let Some(Json::Array(items)) = body.remove("value") else {
            return Err(Fault::payload("The payload needs a collection named 'value'."));
        };
        let own = Ref::new(&table.name, id.clone());
        let old: Vec<RowId> = tx.referring(&child.name, column, &own).map(|row| row.id.clone()).collect();
        for party in old {
            tx.delete(&child.name, &party)?;
        }
        for item in items {
            let Json::Object(object) = item else { return Err(Fault::payload("'value' must hold objects.")) };
            self.create(tx, child, object, Some((column, own.clone())), 1)?;
        }
        Ok(self.answer(204).into())
    }
}

//! Rows that hang on other rows: embedded ones, and what a delete leaves behind.

use std::sync::Arc;

use engage_engine::adapter::{AdapterError, AdapterErrorKind, EmbeddedWrite, WriteValue};
use engage_engine::catalog::Entity;

use super::cell::Cell;
use super::permissions::Action;
use super::schema::ColumnType;
use super::store::{Store, fail};
use super::table::Column;
use super::write::Group;

impl Store {
    /// Replaces the collections of embedded rows that a write carries; those of one collection together are its rows.
    pub(super) fn embed(
        &mut self,
        parent: usize,
        id: &Arc<str>,
        embedded: &[EmbeddedWrite],
        group: &Group<'_>,
    ) -> Result<(), AdapterError> {
        let link = Cell::Ref(parent, Arc::clone(id));
        let mut places = Vec::with_capacity(embedded.len());
        for collection in embedded {
            let child = self.table_of(&collection.entity)?;
            let own = self.table(child)?;
            let named = collection.entity.embedded.as_ref().map(|embedded| embedded.collection.as_str());
            let inside = own
                .inside
                .as_ref()
                .filter(|inside| inside.parent == parent && named.is_some_and(|named| named == inside.collection));
            let by = inside.map(|inside| inside.by).ok_or_else(|| {
                fail(AdapterErrorKind::Rejected { field: None }, format!("`{}` does not live there", own.name))
            })?;
            group.check(Action::Create, &own.name, None)?;
            for old in self.referring(child, by, &link)? {
                self.put(child, &old, None)?;
            }
            places.push((child, by));
        }
        for (collection, (child, by)) in embedded.iter().zip(places) {
            for row in &collection.rows {
                self.embed_row(child, by, &link, &collection.entity, row, group)?;
            }
        }
        Ok(())
    }

    fn embed_row(
        &mut self,
        table: usize,
        by: usize,
        link: &Cell,
        entity: &Entity,
        fields: &[(usize, WriteValue)],
        group: &Group<'_>,
    ) -> Result<(), AdapterError> {
        let mut draft = self.draft(table, None, group.ids)?;
        let column = self.table(table)?.columns.get(by).map(|column| column.name.clone());
        // The place in the collection says which parent it is; a field that says so too adds nothing.
        let to_parent = |position: usize| {
            entity
                .fields
                .get(position)
                .is_some_and(|field| field.write_column.is_some() && field.write_column == column)
        };
        let others: Vec<_> = fields.iter().filter(|(position, _)| !to_parent(*position)).cloned().collect();
        self.assign(&mut draft, entity, &others, group)?;
        if let Some(cell) = draft.cells.get_mut(by) {
            *cell = link.clone();
        }
        self.store(draft, entity).map(|_| ())
    }

    /// Rows whose column refers to a record.
    fn referring(&mut self, table: usize, column: usize, link: &Cell) -> Result<Vec<Arc<str>>, AdapterError> {
        let own = self.table_mut(table)?;
        own.index(&[column]);
        let Some(key) = link.key() else { return Ok(Vec::new()) };
        let ids = own.lookup(&[column], &[key]).into_iter().flatten();
        let same = |id: &&Arc<str>| own.row(id).is_some_and(|row| own.cell(row, column) == link);
        Ok(ids.filter(same).map(Arc::clone).collect())
    }

    /// Removes a row, what is embedded in it, and optional references to it; required ones keep it.
    pub(super) fn delete(&mut self, table: usize, id: &Arc<str>) -> Result<(), AdapterError> {
        let link = Cell::Ref(table, Arc::clone(id));
        for (other, column) in self.references_to(table) {
            for referring in self.referring(other, column, &link)? {
                if other == table && referring == *id {
                    continue;
                }
                let own = self.table(other)?;
                if own.inside.as_ref().is_some_and(|inside| inside.by == column) {
                    self.put(other, &referring, None)?;
                    continue;
                }
                if own.columns.get(column).is_some_and(|column| column.schema.required) {
                    let why = format!("`{}` `{referring}` needs it", own.name);
                    return Err(fail(AdapterErrorKind::Rejected { field: None }, why));
                }
                let mut cells = own.row(&referring).map(|row| row.cells.clone()).unwrap_or_default();
                if let Some(cell) = cells.get_mut(column) {
                    *cell = Cell::Null;
                }
                self.put(other, &referring, Some(cells))?;
            }
        }
        self.put(table, id, None)
    }

    fn references_to(&self, table: usize) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for (other, own) in self.tables.iter().enumerate() {
            let refers = |column: &Column| {
                column.column_type() == ColumnType::Ref && column.follows.is_none() && column.may_point_at(table)
            };
            let columns = own.columns.iter().enumerate().filter(|(_, column)| refers(column));
            found.extend(columns.map(|(column, _)| (other, column)));
        }
        found
    }
}

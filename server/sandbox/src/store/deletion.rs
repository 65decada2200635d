//! Deletion, and what becomes of the rows that refer to the one that goes.

use super::transaction::find;
use super::{Ref, Row, RowId, Side, StoreError, Transaction};
use crate::schema::{Kind, OnDelete};

impl Transaction<'_> {
    /// Deletes a row; rows that refer to it are deleted, cleared or forbid it, as the schema says.
    ///
    /// # Errors
    /// When there is no such row, it is locked, or other rows forbid it.
    pub fn delete(&mut self, table: &str, id: &RowId) -> Result<(), StoreError> {
        let schema = std::sync::Arc::clone(&self.state.schema);
        // A list of work instead of recursion: chains of cascades may be long.
        let mut doomed = vec![Ref::new(table, id.clone())];
        while let Some(next) = doomed.pop() {
            let definition = find(&schema, &next.table)?;
            self.refuse_locked(&next.table, &next.id)?;
            let Some(sequence) = self.state.get(&next.table, &next.id).map(|row| row.sequence) else {
                if next.id == *id && next.table == table {
                    return Err(StoreError::NoRow { table: next.table, id: next.id });
                }
                continue;
            };
            self.unlink_all(&next);
            self.remove(definition, sequence);
            doomed.extend(self.settle_references(&next)?);
        }
        Ok(())
    }

    fn unlink_all(&mut self, row: &Ref) {
        let schema = std::sync::Arc::clone(&self.state.schema);
        for relation in &schema.links {
            if relation.left == row.table {
                for right in self.state.linked(&relation.name, Side::Left, &row.id) {
                    self.unlink(&relation.name, &row.id, &right);
                }
            }
            if relation.right == row.table {
                for left in self.state.linked(&relation.name, Side::Right, &row.id) {
                    self.unlink(&relation.name, &left, &row.id);
                }
            }
        }
    }

    /// Clears the references to a row that is gone; returns the rows that go with it.
    fn settle_references(&mut self, gone: &Ref) -> Result<Vec<Ref>, StoreError> {
        let schema = std::sync::Arc::clone(&self.state.schema);
        let mut doomed = Vec::new();
        for table in schema.tables.values() {
            for column in table.columns.values().filter(|column| column.kind == Kind::Ref) {
                let found: Vec<Row> = self.state.referring(&table.name, &column.name, gone).cloned().collect();
                for mut row in found {
                    match column.on_delete {
                        OnDelete::Cascade => doomed.push(Ref::new(&table.name, row.id)),
                        OnDelete::Restrict => {
                            let by = table.name.clone();
                            return Err(StoreError::Restricted { table: gone.table.clone(), by });
                        }
                        OnDelete::Clear => {
                            row.values.remove(&column.name);
                            row.version = self.next();
                            self.put(table, row);
                        }
                    }
                }
            }
        }
        Ok(doomed)
    }
}

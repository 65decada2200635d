//! Rows of combinations, folded: every record once below its parent.

use std::collections::HashMap;

use engage_engine::adapter::{AdapterError, Page, Row};
use engage_engine::ids::FieldName;
use engage_engine::{Instance, Value};
use serde_json::{Map, Value as Json};

use super::super::answer::{Targets, strip, value};
use super::Node;
use crate::order::arrange;

/// Reads the rows of a query.
///
/// # Errors
/// `Rejected` with the field whose column holds what the definition's type cannot.
pub(in crate::dataverse) fn page(root: &Node<'_>, rows: &[Json], targets: &Targets) -> Result<Page, AdapterError> {
    let mut folded = Folded::default();
    for columns in rows.iter().filter_map(Json::as_object) {
        folded.take(root, columns, targets)?;
    }
    Ok(Page { rows: folded.rows(root), truncated: false })
}

/// The records of one table below one parent.
#[derive(Default)]
struct Folded {
    at: HashMap<String, usize>,
    rows: Vec<(Row, Vec<Folded>)>,
}

impl Folded {
    /// Takes one combination. Recursion is as deep as the query's joins.
    fn take(&mut self, node: &Node<'_>, columns: &Map<String, Json>, targets: &Targets) -> Result<(), AdapterError> {
        // Where an outer join found nothing, there is no key.
        let Some(id) = columns.get(&name(node, &node.table.primary_id)).and_then(Json::as_str) else { return Ok(()) };
        let at = match self.at.get(id) {
            Some(at) => *at,
            None => {
                let below = node.joins.iter().map(|_| Self::default()).collect();
                self.rows.push((row(node, id, columns, targets)?, below));
                self.at.insert(id.to_owned(), self.rows.len() - 1);
                self.rows.len() - 1
            }
        };
        let below = self.rows.get_mut(at).map(|(_, below)| below.as_mut_slice()).unwrap_or_default();
        for (below, join) in below.iter_mut().zip(&node.joins) {
            below.take(join, columns, targets)?;
        }
        Ok(())
    }

    fn rows(self, node: &Node<'_>) -> Vec<Row> {
        let folded = self.rows.into_iter().map(|(mut row, below)| {
            row.joined = below.into_iter().zip(&node.joins).map(|(below, join)| below.rows(join)).collect();
            row
        });
        let mut rows: Vec<Row> = folded.collect();
        if let Some(filter) = node.local {
            rows.retain(|row| engage_engine::condition::matches(filter, &row.values));
        }
        arrange(&node.query.entity, node.query.sort, &mut rows);
        strip(node.query, &mut rows);
        rows
    }
}

fn row(node: &Node<'_>, id: &str, columns: &Map<String, Json>, targets: &Targets) -> Result<Row, AdapterError> {
    let mut values = Instance::from([(FieldName::id(), Value::Id(id.to_owned()))]);
    for field in node.fields.iter().filter_map(|position| node.query.entity.fields.get(*position)) {
        // The query's own columns have the names that they have in OData.
        let name = match &node.link {
            None => node.table.property(field),
            Some(_) => name(node, node.table.read_column(field)),
        };
        values.insert(field.name.clone(), value(targets, field, &name, columns)?);
    }
    // Joined records come without their versions.
    let etag = columns.get("@odata.etag").and_then(Json::as_str).filter(|_| node.link.is_none()).map(str::to_owned);
    Ok(Row { id: id.to_owned(), values, etag, joined: Vec::new() })
}

/// The name of a column in the answer.
fn name(node: &Node<'_>, column: &str) -> String {
    match &node.link {
        None => column.to_owned(),
        Some(link) => format!("{}.{column}", link.alias),
    }
}

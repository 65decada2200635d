//! `FIELDS(ALL)`, `FIELDS(STANDARD)`, `FIELDS(CUSTOM)`: every field by its name.

use super::super::fault::Fault;
use super::condition::Reader;
use super::tree::{Fields, Item, Path, Query};

/// Most rows of a query that asks for all or for custom fields.
const MAX_ROWS: u64 = 200;

/// The items of a query, each field by its name.
pub(super) fn items(reader: &Reader<'_, '_>, query: &Query, items: &[Item]) -> Result<Vec<Item>, Fault> {
    let mut expanded = Vec::with_capacity(items.len());
    for item in items {
        let Item::Fields(which, at) = item else {
            expanded.push(item.clone());
            continue;
        };
        if *which != Fields::Standard && query.limit.is_none_or(|limit| limit > MAX_ROWS) {
            let message = "The SOQL FIELDS function must have a LIMIT of at most 200";
            return Err(reader.names.fail("MALFORMED_QUERY", *at, message));
        }
        let fits = |name: &str| match which {
            Fields::All => true,
            Fields::Custom => name.ends_with("__c"),
            Fields::Standard => !name.ends_with("__c"),
        };
        let columns = reader.table.columns.values().filter(|column| column.read && fits(&column.name));
        expanded.extend(columns.map(|column| Item::Field {
            path: Path { names: vec![column.name.clone()], at: *at, of: None },
            alias: None,
        }));
    }
    Ok(expanded)
}

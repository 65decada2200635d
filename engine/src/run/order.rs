//! The order of records: by the part's sort, ties by Id; no value comes before every value.

use std::cmp::Ordering;

use super::fetch::Found;
use crate::catalog::Part;
use crate::model::Direction;
use crate::value::Value;

/// Sorts what was read of a part.
pub(super) fn sort(part: &Part, rows: &mut [Found]) {
    let by = part.sort.and_then(|(field, direction)| Some((&part.entity.fields.get(field)?.name, direction)));
    rows.sort_by(|a, b| {
        let ordering = by.map_or(Ordering::Equal, |(name, direction)| {
            let ordering = compare(a.value(name.as_str()), b.value(name.as_str()));
            if direction == Direction::Descending { ordering.reverse() } else { ordering }
        });
        ordering.then_with(|| a.id.cmp(&b.id))
    });
}

fn compare(a: &Value, b: &Value) -> Ordering {
    match (a.is_null(), b.is_null()) {
        (false, false) => a.compare(b).unwrap_or(Ordering::Equal),
        (a, b) => b.cmp(&a),
    }
}

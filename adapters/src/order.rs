//! The order of rows that a wire leaves to the adapter.

use engage_engine::Value;
use engage_engine::adapter::Row;
use engage_engine::catalog::Entity;
use engage_engine::model::Direction;

/// Puts rows in order: no value comes before every value, ties are broken by Id.
pub(crate) fn arrange(entity: &Entity, sort: Option<(usize, Direction)>, rows: &mut [Row]) {
    let by = sort.and_then(|(field, direction)| Some((&entity.fields.get(field)?.name, direction)));
    rows.sort_by(|a, b| {
        let ordered = by.map_or(std::cmp::Ordering::Equal, |(field, direction)| {
            let ordered = order(a.values.get(field), b.values.get(field));
            if direction == Direction::Descending { ordered.reverse() } else { ordered }
        });
        ordered.then_with(|| a.id.cmp(&b.id))
    });
}

fn order(a: Option<&Value>, b: Option<&Value>) -> std::cmp::Ordering {
    let valued = |value: Option<&Value>| value.is_some_and(|value| !value.is_null());
    match (a, b) {
        (Some(a), Some(b)) if !a.is_null() && !b.is_null() => a.compare(b).unwrap_or(std::cmp::Ordering::Equal),
        _ => valued(a).cmp(&valued(b)),
    }
}

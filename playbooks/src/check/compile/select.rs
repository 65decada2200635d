//! Which fields of a read something uses.

use std::collections::{BTreeMap, BTreeSet};

use engage_engine::catalog::Pattern;
use engage_engine::ids::{FieldName, RefId};

use super::super::shape::{Shape, sources};
use crate::model::{Origin, Path, Segment};

/// The fields that the blocks of a playbook take from a read, by part, without `Id`. Every part has an entry.
pub(super) fn fields(shape: &Shape<'_>, read: &RefId, pattern: &Pattern) -> BTreeMap<RefId, Vec<FieldName>> {
    let mut used: BTreeMap<RefId, BTreeSet<FieldName>> =
        pattern.parts.iter().map(|part| (part.ref_id.clone(), BTreeSet::new())).collect();
    for (_, block) in shape.blocks() {
        for (_, source) in sources(block) {
            if let Origin::Block { block, path } = &source.origin
                && block == read
            {
                take(path.as_ref(), pattern, &mut used);
            }
        }
    }
    used.into_iter().map(|(part, fields)| (part, fields.into_iter().collect())).collect()
}

/// `Results[0].account[0].Name` takes a field, what ends before that takes every field from there on.
fn take(path: Option<&Path>, pattern: &Pattern, used: &mut BTreeMap<RefId, BTreeSet<FieldName>>) {
    let segments = path.map_or(&[][..], Path::segments);
    let mut keys = segments.iter().filter_map(|segment| match segment {
        Segment::Key(key) => Some(key.as_str()),
        Segment::Index(_) | Segment::All => None,
    });
    let (_, part, field) = (keys.next(), keys.next(), keys.next());
    for of in pattern.parts.iter().filter(|of| part.is_none_or(|part| part == of.ref_id.as_str())) {
        let names = of.entity.fields.iter().map(|field| &field.name).filter(|name| !name.is_id());
        let taken = names.filter(|name| field.is_none_or(|field| field == name.as_str()));
        if let Some(fields) = used.get_mut(&of.ref_id) {
            fields.extend(taken.cloned());
        }
    }
}

/// The same by position, as the planner takes it.
pub(super) fn positions(pattern: &Pattern, select: &BTreeMap<RefId, Vec<FieldName>>) -> Vec<Option<Vec<usize>>> {
    let parts = pattern.parts.iter().map(|part| {
        let fields = select.get(&part.ref_id)?;
        let mut positions: Vec<usize> =
            fields.iter().filter_map(|field| part.entity.position(field.as_str())).collect();
        positions.sort_unstable();
        Some(positions)
    });
    parts.collect()
}

//! Which fields of a read something uses.

use std::collections::{BTreeMap, BTreeSet};

use engage_engine::catalog::Pattern;
use engage_engine::ids::{FieldName, RefId};

use super::super::shape::{Shape, sources};
use crate::model::Origin;
use crate::taken::Taken;

/// The fields that the blocks of a playbook take from a read, by part, without `Id`. Every part has an entry.
pub(super) fn fields(shape: &Shape<'_>, read: &RefId, pattern: &Pattern) -> BTreeMap<RefId, Vec<FieldName>> {
    let mut used: BTreeMap<RefId, BTreeSet<FieldName>> =
        pattern.parts.iter().map(|part| (part.ref_id.clone(), BTreeSet::new())).collect();
    for (_, block) in shape.blocks() {
        for (_, source) in sources(block) {
            let Origin::Block { block, path } = &source.origin else { continue };
            if block != read {
                continue;
            }
            let taken = Taken::of(path.as_ref(), source);
            for (part, fields) in &mut used {
                fields.extend(taken.fields(pattern, part).into_iter().filter(|name| !name.is_id()).cloned());
            }
        }
    }
    used.into_iter().map(|(part, fields)| (part, fields.into_iter().collect())).collect()
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

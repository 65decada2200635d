//! What of the records of a read a source takes, through its transformations: only that is selected, and only that flows on.

use std::collections::BTreeSet;

use engage_engine::catalog::Pattern;
use engage_engine::ids::{FieldName, RefId};

use crate::model::{Path, Segment, Source, Transformation};

/// How deep a field of a record stands: `Results`, the part, the field.
const DEPTH: usize = 3;

/// What a source takes of what a read gives.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Taken {
    /// By depth: the keys that are taken there; `None`: all of them.
    keys: [Option<BTreeSet<String>>; DEPTH],
    /// By depth: the keys by which elements are kept or left out, taken whatever else is.
    tested: [BTreeSet<String>; DEPTH],
    depth: usize,
    /// Only how many records there are.
    counted: bool,
}

impl Taken {
    /// What a source takes of a read, at a path of it.
    pub(crate) fn of(path: Option<&Path>, source: &Source) -> Self {
        let mut taken = Self::default();
        taken.enter(path);
        for step in &source.transformations {
            match step {
                Transformation::Extract(path) => taken.enter(Some(path)),
                Transformation::Project(fields) => taken.narrow(fields.iter().cloned().collect()),
                Transformation::Where { field, .. } => taken.test(field),
                Transformation::Count => {
                    taken.counted = taken.depth < DEPTH;
                    break;
                }
                Transformation::Identity
                | Transformation::First
                | Transformation::Require
                | Transformation::Default(_) => {}
                // What they make of a value has no fields.
                Transformation::Join { .. }
                | Transformation::Split { .. }
                | Transformation::Serialize
                | Transformation::Base64Decode
                | Transformation::Map { .. }
                | Transformation::Format { .. } => break,
            }
        }
        taken
    }

    fn enter(&mut self, path: Option<&Path>) {
        for segment in path.map_or(&[][..], Path::segments) {
            if let Segment::Key(key) = segment {
                self.narrow(BTreeSet::from([key.clone()]));
                self.depth += 1;
            }
        }
    }

    fn narrow(&mut self, keys: BTreeSet<String>) {
        if let Some(slot) = self.keys.get_mut(self.depth) {
            *slot = Some(match slot.take() {
                None => keys,
                Some(before) => before.intersection(&keys).cloned().collect(),
            });
        }
    }

    fn test(&mut self, key: &str) {
        if let Some(slot) = self.tested.get_mut(self.depth) {
            slot.insert(key.to_owned());
        }
    }

    fn tests(&self, depth: usize, key: &str) -> bool {
        self.tested.get(depth).is_some_and(|keys| keys.contains(key))
    }

    fn has(&self, depth: usize, key: &str) -> bool {
        self.keys.get(depth).and_then(Option::as_ref).is_none_or(|keys| keys.contains(key)) || self.tests(depth, key)
    }

    /// The parts of which something is taken, be it how many there are.
    pub(crate) fn part(&self, part: &RefId) -> bool {
        self.has(0, "Results") && self.has(1, part.as_str())
    }

    /// The fields that are taken of a part, `Id` among them. What is counted is counted by its `Id`.
    pub(crate) fn fields<'p>(&self, pattern: &'p Pattern, part: &RefId) -> Vec<&'p FieldName> {
        let Some(found) = pattern.part(part.as_str()).filter(|_| self.part(part)) else { return Vec::new() };
        let names = found.entity.fields.iter().map(|field| &field.name);
        let counted = |name: &FieldName| name.is_id() || self.tests(2, name.as_str());
        names.filter(|name| if self.counted { counted(name) } else { self.has(2, name.as_str()) }).collect()
    }
}

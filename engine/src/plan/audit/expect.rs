//! What must happen to each part, worked out from the pattern and the input alone.

use crate::catalog::{Part, Pattern, Requirement};
use crate::ids::FieldName;
use crate::plan::{InputShape, InstanceShape, Operation, PartShape, RecordShape};

/// What is expected of each part.
pub(super) struct Expected {
    /// Instances; of what is yet to be found, one.
    pub(super) counts: Vec<usize>,
    /// Whether a read of this plan finds the instances.
    pub(super) sought: Vec<bool>,
    /// Whether such a read decides how many instances of a written part there are.
    pub(super) open: Vec<bool>,
    /// The parent of an embedded part.
    pub(super) parents: Vec<Option<usize>>,
    /// The embedded parts that each part carries.
    pub(super) carried: Vec<Vec<usize>>,
}

impl Expected {
    pub(super) fn new(pattern: &Pattern, operation: Operation, shape: &InputShape) -> Self {
        let parts = pattern.parts.len();
        let mut expected = Self {
            counts: vec![0; parts],
            sought: vec![false; parts],
            open: vec![false; parts],
            parents: pattern.parts.iter().map(|part| parent(pattern, part)).collect(),
            carried: vec![Vec::new(); parts],
        };
        for (embed, parent) in expected.parents.iter().enumerate() {
            if let Some(carried) = parent.and_then(|parent| expected.carried.get_mut(parent)) {
                carried.push(embed);
            }
        }
        for position in &pattern.order {
            expected.settle(pattern, operation, shape, *position);
        }
        expected
    }

    fn settle(&mut self, pattern: &Pattern, operation: Operation, shape: &InputShape, position: usize) {
        let Some(part) = pattern.parts.get(position) else { return };
        let given = shape.parts.get(position).and_then(Option::as_ref);
        let (mut sought, mut open) = (false, false);
        let count;
        match given {
            _ if operation == Operation::Read => {}
            Some(PartShape::Filter { .. }) => sought = part.read_only,
            None => sought = part.read_only && !part.optional && operation == Operation::Create,
            Some(PartShape::Given { .. }) => {}
        }
        let own = match given {
            Some(PartShape::Given { instances, .. }) => Some(instances.len()),
            _ => None,
        };
        if sought {
            count = 1;
            open = part.multiple || part.optional;
        } else if part.read_only || operation != Operation::Create {
            count = own.unwrap_or(0);
        } else {
            let here = |requirement: &Requirement| {
                requirement
                    .sources
                    .iter()
                    .filter(|slot| self.count(slot.part) > 0)
                    .map(|slot| slot.part)
                    .collect::<Vec<_>>()
            };
            let mut skipped = false;
            // What is known decides before what a read will tell.
            let (mut settled, mut assumed) = (None, 0);
            for requirement in requirements(pattern, part).filter(|requirement| !requirement.deferred) {
                let sources = here(requirement);
                let singles = requirement.sources.iter().all(|slot| !multiple(pattern, slot.part));
                skipped |= sources.is_empty() && !requirement.optional && singles;
                for source in requirement.sources.iter().map(|slot| slot.part) {
                    let decides = multiple(pattern, source) && own.is_none() || part.optional && !requirement.optional;
                    open |= decides && self.open.get(source) == Some(&true);
                    let unmet = sources.is_empty() && !requirement.optional;
                    if multiple(pattern, source) && (self.count(source) > 0 || unmet) {
                        match self.open.get(source) {
                            Some(true) => assumed = self.count(source),
                            _ => settled = settled.or(Some(self.count(source))),
                        }
                    }
                }
            }
            count = match (skipped, part.multiple) {
                (true, _) => 0,
                (false, true) => own.or(settled).unwrap_or(assumed),
                (false, false) if part.optional => own.unwrap_or(0),
                (false, false) => 1,
            };
        }
        if let (Some(a), Some(b), Some(c)) =
            (self.counts.get_mut(position), self.sought.get_mut(position), self.open.get_mut(position))
        {
            (*a, *b, *c) = (count, sought, open);
        }
    }

    pub(super) fn count(&self, part: usize) -> usize {
        self.counts.get(part).copied().unwrap_or(0)
    }

    /// The instance of a part that belongs to an instance of another: the only one, the one in the same place, or of
    /// what a read has yet to count the one that stands for all.
    pub(super) fn partner(&self, pattern: &Pattern, part: usize, one: usize) -> usize {
        if multiple(pattern, part) { one.min(self.count(part).saturating_sub(1)) } else { 0 }
    }

    pub(super) fn is_sought(&self, part: usize) -> bool {
        self.sought.get(part) == Some(&true)
    }
}

/// The requirements into a part.
pub(super) fn requirements<'p>(pattern: &'p Pattern, part: &'p Part) -> impl Iterator<Item = &'p Requirement> {
    part.incoming.iter().filter_map(|position| pattern.requirements.get(*position))
}

fn multiple(pattern: &Pattern, part: usize) -> bool {
    pattern.parts.get(part).is_some_and(|part| part.multiple)
}

fn parent(pattern: &Pattern, part: &Part) -> Option<usize> {
    let embedded = part.entity.embedded.as_ref().filter(|_| !part.read_only)?;
    let slots = requirements(pattern, part).flat_map(|requirement| &requirement.sources);
    let mut parents = slots.filter(|slot| {
        pattern.parts.get(slot.part).is_some_and(|source| {
            source.entity.id == embedded.parent && source.entity.position(FieldName::ID) == Some(slot.field)
        })
    });
    parents.next().map(|slot| slot.part)
}

/// What the input says about an instance.
pub(super) fn instance(shape: &InputShape, part: usize, instance: usize) -> Option<&InstanceShape> {
    match shape.parts.get(part)?.as_ref()? {
        PartShape::Given { instances, .. } => instances.get(instance),
        PartShape::Filter { .. } => None,
    }
}

/// Whether an instance is a record of the set that its part replaces: a look-up found it there, or is yet to.
pub(super) fn in_set(shape: &InputShape, operation: Operation, part: &Part, position: usize, one: usize) -> bool {
    let looked = matches!(shape.parts.get(position), Some(Some(PartShape::Given { stale: Some(_), .. })));
    let replaced = operation == Operation::Update && part.replace && part.entity.embedded.is_none();
    match record(shape, position, one) {
        RecordShape::Member => true,
        RecordShape::Given => replaced && !looked,
        _ => false,
    }
}

/// What is known of an instance's record.
pub(super) fn record(shape: &InputShape, part: usize, position: usize) -> RecordShape {
    instance(shape, part, position).map_or(RecordShape::New, |instance| instance.record)
}

//! Who takes part in a write: per part how many instances there are, and what becomes of each.

use crate::catalog::{Part, Pattern, Requirement, Slot};
use crate::ids::FieldName;
use crate::plan::problem::{self, PlanProblem};
use crate::plan::{InputShape, InstanceShape, Operation, PartShape, RecordShape};

/// A part in this operation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Present<'a> {
    /// Why it is there, or that it is not.
    pub(super) presence: Presence,
    /// Its instances; of what is yet to be found, one.
    pub(super) count: usize,
    /// What the caller or an earlier read says about the first of them.
    pub(super) given: &'a [InstanceShape],
    /// Existing records of a `replace` part that are to go.
    pub(super) stale: Option<usize>,
    /// How many instances there are depends on a read of this plan.
    pub(super) uncertain: bool,
}

/// Why a part is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    /// It is not.
    Absent,
    /// It was given.
    Given,
    /// It follows from the pattern: it always exists, or once per instance of its source.
    Derived,
    /// It is to be found, by a filter or by a requirement.
    Sought,
}

pub(super) const ABSENT: Present<'static> =
    Present { presence: Presence::Absent, count: 0, given: &[], stale: None, uncertain: false };

impl Present<'_> {
    /// What is said about an instance.
    pub(super) fn shape(&self, instance: usize) -> Option<&InstanceShape> {
        self.given.get(instance)
    }

    /// What is known about the record of an instance.
    pub(super) fn record(&self, instance: usize) -> RecordShape {
        self.shape(instance).map_or(RecordShape::New, |shape| shape.record)
    }

    /// Whether the number of instances is known, should there be any.
    fn is_settled(&self) -> bool {
        self.presence == Presence::Given || !self.uncertain
    }

    /// Whether a field of an instance is in the input.
    pub(super) fn gives(&self, instance: usize, field: usize) -> bool {
        self.shape(instance).is_some_and(|shape| shape.fields.binary_search(&field).is_ok())
    }
}

/// Decides for every part whether it is there and how often.
pub(super) fn cast<'a>(
    pattern: &Pattern,
    operation: Operation,
    shape: &'a InputShape,
    problems: &mut Vec<PlanProblem>,
) -> Vec<Present<'a>> {
    let mut cast = vec![ABSENT; pattern.parts.len()];
    for position in &pattern.order {
        let Some(part) = pattern.parts.get(*position) else { continue };
        let given = shape.parts.get(*position).and_then(Option::as_ref);
        let mut caller = Caller { pattern, operation, part, cast: &cast, problems };
        let present = if part.read_only { caller.read_only(given) } else { caller.written(given) };
        if let Some(slot) = cast.get_mut(*position) {
            *slot = present;
        }
    }
    deferred_counts(pattern, &cast, problems);
    cast
}

/// Whether a part of a source slot is there.
pub(super) fn there(cast: &[Present<'_>], slot: &Slot) -> bool {
    cast.get(slot.part).is_some_and(|present| present.count > 0)
}

struct Caller<'c, 'a> {
    pattern: &'c Pattern,
    operation: Operation,
    part: &'c Part,
    cast: &'c [Present<'a>],
    problems: &'c mut Vec<PlanProblem>,
}

impl<'a> Caller<'_, 'a> {
    fn read_only(&mut self, given: Option<&'a PartShape>) -> Present<'a> {
        let part = self.part;
        let uncertain = part.multiple || part.optional;
        match given {
            Some(PartShape::Filter { .. }) => Present { presence: Presence::Sought, count: 1, uncertain, ..ABSENT },
            Some(PartShape::Given { instances, .. }) => {
                if instances.is_empty() && !part.optional {
                    let message = format!("`{}` is given with no instance, and must be there", part.ref_id);
                    let help = "give its `Id` or a filter";
                    self.problems.push(PlanProblem::new(&problem::NONE_GIVEN, part, message).help(help));
                }
                if instances.iter().any(|instance| instance.record == RecordShape::New) {
                    let message = format!("`{}` is read-only and given without an `Id`", part.ref_id);
                    let help = "give the `Id` of each instance, or one filter";
                    self.problems.push(PlanProblem::new(&problem::BY_ID, part, message).help(help));
                }
                Present { presence: Presence::Given, count: instances.len(), given: instances, ..ABSENT }
            }
            None if self.operation == Operation::Create && !part.optional => {
                Present { presence: Presence::Sought, count: 1, uncertain, ..ABSENT }
            }
            None => ABSENT,
        }
    }

    fn written(&mut self, given: Option<&'a PartShape>) -> Present<'a> {
        let part = self.part;
        let (given, stale) = match given {
            Some(PartShape::Filter { .. }) => {
                let message = format!("`{}` is written and cannot be given by a filter", part.ref_id);
                let help = "give the `Id`, declare `match`, or find the record by a read-only part";
                self.problems.push(PlanProblem::new(&problem::FILTER_ON_WRITTEN, part, message).help(help));
                return ABSENT;
            }
            Some(PartShape::Given { instances, stale }) => (Some(instances.as_slice()), *stale),
            None => (None, None),
        };
        if self.operation == Operation::Update {
            let Some(given) = given else { return ABSENT };
            self.derived_count(Some(given.len()));
            return Present { presence: Presence::Given, count: given.len(), given, stale, uncertain: false };
        }
        self.created(given, stale)
    }

    fn created(&mut self, given: Option<&'a [InstanceShape]>, stale: Option<usize>) -> Present<'a> {
        let part = self.part;
        let uncertain_source = self.uncertain_source(given.is_some());
        if self.missing_source() {
            // What a required source would be taken from does not exist, so neither does this.
            return Present { uncertain: uncertain_source, ..ABSENT };
        }
        let own = given.map(<[_]>::len);
        let derived = if part.multiple { self.derived_count(own) } else { None };
        let count = match (part.multiple, own) {
            (true, own) => own.or(derived).unwrap_or(0),
            (false, Some(own)) if part.optional => own,
            (false, None) if part.optional => 0,
            (false, Some(0)) => {
                let message = format!("`{}` is given with no instance, and must be there", part.ref_id);
                let help = "give one instance, or leave the part out";
                self.problems.push(PlanProblem::new(&problem::NONE_GIVEN, part, message).help(help));
                1
            }
            (false, _) => 1,
        };
        let presence = match (count, own) {
            (0, None) => Presence::Absent,
            (_, Some(_)) => Presence::Given,
            (_, None) => Presence::Derived,
        };
        Present { presence, count, given: given.unwrap_or_default(), stale, uncertain: uncertain_source }
    }

    fn incoming(&self) -> impl Iterator<Item = &Requirement> {
        let incoming = self.part.incoming.iter().filter_map(|position| self.pattern.requirements.get(*position));
        incoming.filter(|requirement| !requirement.deferred)
    }

    /// Whether a requirement that must hold has no source at all, and the number of instances is not to blame.
    fn missing_source(&self) -> bool {
        let single = |slot: &Slot| self.pattern.parts.get(slot.part).is_some_and(|source| !source.multiple);
        self.incoming().any(|requirement| self.unmet(requirement) && requirement.sources.iter().all(single))
    }

    fn unmet(&self, requirement: &Requirement) -> bool {
        !requirement.optional && !requirement.sources.iter().any(|slot| there(self.cast, slot))
    }

    /// Whether a read of this plan decides if, or how often, this part exists.
    fn uncertain_source(&self, given: bool) -> bool {
        self.incoming().any(|requirement| {
            requirement.sources.iter().any(|slot| {
                let multiple = self.pattern.parts.get(slot.part).is_some_and(|source| source.multiple);
                let decides = multiple && !given || self.part.optional && !requirement.optional;
                decides && self.cast.get(slot.part).is_some_and(|source| source.uncertain)
            })
        })
    }

    /// The number that multiple sources agree on; a mismatch is a problem.
    fn derived_count(&mut self, own: Option<usize>) -> Option<usize> {
        let mut agreed: Option<(usize, usize)> = None;
        let mut assumed = None;
        let mut mismatch = None;
        for requirement in self.incoming() {
            for slot in &requirement.sources {
                let (Some(source), Some(present)) = (self.pattern.parts.get(slot.part), self.cast.get(slot.part))
                else {
                    continue;
                };
                let needed = self.operation == Operation::Create && self.unmet(requirement);
                if !source.multiple || present.count == 0 && !needed {
                    continue;
                }
                if present.uncertain {
                    assumed = Some(present.count);
                    continue;
                }
                match agreed {
                    Some((first, count)) if count != present.count => {
                        mismatch = mismatch.or(Some((slot.part, present.count, Some(first), count)));
                    }
                    Some(_) => {}
                    None => agreed = Some((slot.part, present.count)),
                }
            }
        }
        if let (None, Some((source, count)), Some(own)) = (mismatch, agreed, own)
            && count != own
        {
            mismatch = Some((source, count, None, own));
        }
        if let Some(found) = mismatch {
            self.mismatch(found);
        }
        agreed.map(|(_, count)| count).or(assumed)
    }

    fn mismatch(&mut self, (source, count, other, expected): (usize, usize, Option<usize>, usize)) {
        let label = |part: usize| self.pattern.parts.get(part).map_or("", |part| part.ref_id.as_str());
        let own = match other {
            Some(other) => format!("`{}` has {expected}", label(other)),
            None => given(expected),
        };
        self.problems.push(counts(self.part, label(source), count, &own));
    }
}

fn given(count: usize) -> String {
    format!("{count} {} given", if count == 1 { "is" } else { "are" })
}

fn counts(part: &Part, source: &str, count: usize, own: &str) -> PlanProblem {
    let message = format!("`{}` takes one value per instance of `{source}`, which has {count}; {own}", part.ref_id);
    let help = format!(
        "give as many instances on both sides, in the same order; a list per `{source}` cannot be expressed in one \
         pattern: run it once per `{source}`"
    );
    PlanProblem::new(&problem::COUNTS, part, message).help(help)
}

/// A deferred requirement between multiple parts goes by position as any other.
fn deferred_counts(pattern: &Pattern, cast: &[Present<'_>], problems: &mut Vec<PlanProblem>) {
    for requirement in pattern.requirements.iter().filter(|requirement| requirement.deferred) {
        let to = requirement.dependent.part;
        let (Some(part), Some(own)) = (pattern.parts.get(to), cast.get(to)) else { continue };
        for slot in &requirement.sources {
            let (Some(source), Some(present)) = (pattern.parts.get(slot.part), cast.get(slot.part)) else { continue };
            let both = source.multiple && own.count > 0 && present.count > 0 && !part.read_only;
            if both && own.is_settled() && present.is_settled() && own.count != present.count {
                problems.push(counts(part, source.ref_id.as_str(), present.count, &given(own.count)));
            }
        }
    }
}

/// The parent slot of an embedded part: the requirement on the `Id` of a part of the parent entity.
pub(in crate::plan) fn parent_of(pattern: &Pattern, part: &Part) -> Option<(usize, Slot)> {
    let embedded = part.entity.embedded.as_ref().filter(|_| !part.read_only)?;
    let mut links = part.incoming.iter().filter_map(|position| Some((*position, pattern.requirements.get(*position)?)));
    links.find_map(|(position, requirement)| {
        let slot = requirement.sources.iter().find(|slot| {
            let entity = pattern.parts.get(slot.part).map(|source| &source.entity);
            entity.is_some_and(|entity| {
                entity.id == embedded.parent && entity.position(FieldName::ID) == Some(slot.field)
            })
        })?;
        Some((position, *slot))
    })
}

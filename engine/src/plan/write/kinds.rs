//! What becomes of each instance of a written part.

use super::Scene;
use crate::catalog::Part;
use crate::plan::problem::{self, PlanProblem};
use crate::plan::{Operation, RecordShape};

/// What becomes of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// An existing record that is referred to and left as it is.
    Referred,
    /// Is made.
    Create,
    /// Is changed, its Id being known.
    Update,
    /// Is made or changed by a key.
    Upsert,
    /// Is changed by a key.
    UpdateByKey,
    /// Is looked up first.
    Look,
    /// Travels in its parent.
    Embed,
}

impl Kind {
    /// Whether only the write tells the Id.
    pub(super) fn makes_id(self) -> bool {
        matches!(self, Self::Create | Self::Upsert | Self::UpdateByKey | Self::Look)
    }
}

/// Where a match value stands before the write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum MatchValue {
    Known,
    /// It comes from a look-up of this plan.
    Looked,
    /// It is the Id of a record that does not exist yet, so nothing can match.
    New,
    Missing,
}

/// The value of a field of an instance, before the write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// The pattern, the input or an earlier read has it.
    Known,
    /// A requirement gives it; its position.
    Required(usize),
    /// Only the existing record has it.
    Record,
    /// Nothing has it.
    Nothing,
}

impl Scene<'_> {
    /// Decides for every instance, sources before dependents.
    pub(super) fn decide_kinds(&mut self) {
        for position in self.pattern.order.iter().copied() {
            let Some(part) = self.part(position).filter(|part| !part.read_only) else { continue };
            let count = self.present(position).count;
            if count == 0 {
                continue;
            }
            let by_key = !part.match_on.is_empty() && self.by_key(position, part);
            let mut kinds = Vec::with_capacity(count);
            for instance in 0..count {
                kinds.push(self.decide(position, part, instance, by_key));
            }
            if let Some(slot) = self.kinds.get_mut(position) {
                *slot = kinds;
            }
        }
    }

    fn decide(&mut self, position: usize, part: &Part, instance: usize, by_key: bool) -> Kind {
        let present = self.present(position);
        if part.entity.embedded.is_some() {
            return Kind::Embed;
        }
        match present.record(instance) {
            RecordShape::Given if self.operation == Operation::Create && part.match_on.is_empty() => {
                if present.shape(instance).is_some_and(|shape| !shape.fields.is_empty()) {
                    let message =
                        format!("`{}` is given by `Id`, with fields that a create would not write", part.ref_id);
                    let help = "use an update, or leave out the `Id` or the fields";
                    self.problems.push(PlanProblem::new(&problem::REFERRED, part, message).help(help));
                }
                Kind::Referred
            }
            RecordShape::Given | RecordShape::Member | RecordShape::Found => Kind::Update,
            RecordShape::Missing => self.missing(part),
            RecordShape::New if !part.match_on.is_empty() => self.matched(position, part, instance, by_key),
            RecordShape::New if self.makes(part) => Kind::Create,
            RecordShape::New => {
                let message = format!("nothing says which `{}` to update", part.ref_id);
                let help = "give its `Id`, or declare `match` on the part";
                self.problems.push(PlanProblem::new(&problem::WHICH_RECORD, part, message).help(help));
                Kind::Update
            }
        }
    }

    fn missing(&mut self, part: &Part) -> Kind {
        if !self.makes(part) {
            let message = format!("no record matches `{}`", part.ref_id);
            let help = "give the `Id` of an existing record, or create one";
            self.problems.push(PlanProblem::new(&problem::NO_MATCH, part, message).help(help));
        }
        Kind::Create
    }

    fn matched(&mut self, position: usize, part: &Part, instance: usize, by_key: bool) -> Kind {
        let mut worst = MatchValue::Known;
        for field in &part.match_on {
            let value = self.match_value(position, instance, *field);
            if value == MatchValue::Missing {
                let message = format!("`{}` is matched on a field that has no value", part.ref_id);
                let help = "give every match field, or the `Id` of the record";
                let problem = PlanProblem::new(&problem::MATCH_VALUE, part, message).field(part, *field);
                self.problems.push(problem.help(help));
            }
            worst = worst.max(value);
        }
        match (worst, by_key) {
            (MatchValue::New, _) => self.missing(part),
            (MatchValue::Known, true) if self.makes(part) => Kind::Upsert,
            (MatchValue::Known, true) => Kind::UpdateByKey,
            _ => Kind::Look,
        }
    }

    fn match_value(&self, position: usize, instance: usize, field: usize) -> MatchValue {
        if self.is_fixed(position, field) {
            return MatchValue::Known;
        }
        if let Some((_, requirement)) = self.requirement_into(position, field) {
            let Some(source) = requirement.sources.iter().find(|source| self.there(source)) else {
                return MatchValue::Missing;
            };
            return match self.kind(source.part, instance).filter(|_| self.is_id(source)) {
                Some(Kind::Create) => MatchValue::New,
                Some(Kind::Look) => MatchValue::Looked,
                _ => MatchValue::Known,
            };
        }
        let given = self.present(position).gives(instance, field);
        if given { MatchValue::Known } else { MatchValue::Missing }
    }

    /// Whether a part's matches can be one write each: on a declared key, without defaults, without the idempotency
    /// field, and with nobody who needs the record before the write.
    fn by_key(&self, position: usize, part: &Part) -> bool {
        self.capabilities.upsert
            && part.entity.is_key(&part.match_on)
            && self.capabilities.takes_key(part.match_on.len())
            && (part.defaults.is_empty() || !self.makes(part))
            && part.entity.idempotency.is_none_or(|field| !part.match_on.contains(&field))
            && !part.outgoing.iter().any(|requirement| self.needed_before(position, *requirement))
    }

    /// Whether a dependent must know the record, or one of its stored fields, before it is written.
    fn needed_before(&self, position: usize, requirement: usize) -> bool {
        let Some(requirement) = self.requirement(requirement) else { return false };
        let dependent = requirement.dependent;
        let Some(part) = self.part(dependent.part).filter(|part| !part.read_only) else { return false };
        let present = self.present(dependent.part);
        let replaced = self.operation == Operation::Update && part.replace && present.stale.is_none();
        let mentioned = self.shape.parts.get(dependent.part).is_some_and(Option::is_some);
        let here = requirement.sources.iter().filter(|source| source.part == position);
        here.into_iter().any(|source| {
            if self.is_id(source) {
                return part.match_on.contains(&dependent.field) && present.count > 0 || replaced && mentioned;
            }
            let held = |instance| {
                self.is_fixed(position, source.field)
                    || self.requirement_into(position, source.field).is_some()
                    || self.present(position).gives(instance, source.field)
            };
            present.count > 0 && !(0..self.present(position).count).all(held)
        })
    }

    /// Whether a requirement into a read-only part's record that feeds a match makes it needed before the writes.
    pub(super) fn feeds_match(&self, part: &Part, position: usize) -> bool {
        part.outgoing.iter().filter_map(|requirement| self.requirement(*requirement)).any(|requirement| {
            let dependent = self.part(requirement.dependent.part);
            let matched = dependent.is_some_and(|part| part.match_on.contains(&requirement.dependent.field));
            matched && requirement.sources.iter().any(|source| source.part == position)
        })
    }

    /// What holds a field of an instance before the write.
    pub(super) fn held(&self, part: usize, field: usize, instance: usize) -> Held {
        let present = self.present(part);
        let kind = self.kinds(part).get(instance).copied().unwrap_or(Kind::Referred);
        if kind != Kind::Referred {
            if self.is_fixed(part, field) {
                return Held::Known;
            }
            if let Some((requirement, _)) = self.requirement_into(part, field) {
                return Held::Required(requirement);
            }
        }
        if present.shape(instance).is_some_and(|shape| shape.knows(field)) {
            return Held::Known;
        }
        match kind {
            Kind::Create | Kind::Embed if self.has_default(part, field) => Held::Known,
            Kind::Create | Kind::Embed => Held::Nothing,
            Kind::Referred | Kind::Update | Kind::Upsert | Kind::UpdateByKey | Kind::Look => Held::Record,
        }
    }
}

//! Plans of creates and updates: who is there, what becomes of whom, what is read before, and the writes.

mod cast;
mod emit;
mod fields;
mod kinds;
mod reads;

use super::lower::{self, Packer, Placed, Reading, Writing};
use super::problem::PlanProblem;
use super::{InputShape, Operation, Plan, Step, StepAction, WireGroup, figures};
use crate::adapter::{AtomicGroup, Capabilities};
use crate::catalog::{Part, Pattern, Requirement, Slot};
use crate::ids::FieldName;
use cast::Present;
pub(super) use cast::parent_of;
use kinds::Kind;

/// Plans a create or an update.
pub(super) fn plan(
    pattern: &Pattern,
    operation: Operation,
    shape: &InputShape,
    capabilities: &Capabilities,
) -> Result<Plan, Vec<PlanProblem>> {
    let staged = |finds: bool| {
        let mut problems = Vec::new();
        let cast = cast::cast(pattern, operation, shape, &mut problems);
        let mut scene = Scene::new(pattern, operation, shape, capabilities, cast, problems);
        scene.finds = finds;
        scene.decide_kinds();
        scene.plan_reads();
        scene.plan_writes();
        if scene.problems.is_empty() { Ok(scene.into_plan()) } else { Err(scene.problems) }
    };
    let planned = staged(capabilities.atomic_group.is_some())?;
    // What is not found stops everything only where everything is one group.
    let finds = |plan: &Plan| plan.steps.iter().any(|step| matches!(step.action, StepAction::Find { .. }));
    if planned.groups.len() > 1 && finds(&planned) { staged(false) } else { Ok(planned) }
}

/// Everything that is known while a write is planned.
struct Scene<'a> {
    pattern: &'a Pattern,
    operation: Operation,
    shape: &'a InputShape,
    capabilities: &'a Capabilities,
    cast: Vec<Present<'a>>,
    problems: Vec<PlanProblem>,
    /// What becomes of each instance of each written part.
    kinds: Vec<Vec<Kind>>,
    /// The embedded parts that travel in each part, with the requirement that says so.
    embeds: Vec<Vec<(usize, usize)>>,
    /// The part that each embedded part travels in.
    carrier_of: Vec<Option<usize>>,
    /// What the values of embedded records hang on, by requirement: they have no write of their own to wait for.
    behind: Vec<fields::Behind>,
    /// Records may be found by their keys within the writes.
    finds: bool,
    /// The step that reads (or finds) records of each part before the writes.
    read_step: Vec<Option<usize>>,
    /// The step that looks records up by match.
    look_step: Vec<Option<usize>>,
    /// Requirements whose values are all known before anything is written or read.
    plain: Vec<bool>,
    steps: Vec<Step>,
    readings: Vec<Reading>,
    /// The trip of each reading step.
    trips: Vec<usize>,
    writings: Vec<Writing>,
    placed: Placed,
    /// The part whose embedded records are being planned.
    carrier: Option<usize>,
    known: figures::Known,
}

impl<'a> Scene<'a> {
    fn new(
        pattern: &'a Pattern,
        operation: Operation,
        shape: &'a InputShape,
        capabilities: &'a Capabilities,
        cast: Vec<Present<'a>>,
        problems: Vec<PlanProblem>,
    ) -> Self {
        let parts = pattern.parts.len();
        let mut embeds = vec![Vec::new(); parts];
        let mut carrier_of = vec![None; parts];
        for position in pattern.order.iter().copied() {
            if let Some((requirement, slot)) = pattern.parts.get(position).and_then(|part| parent_of(pattern, part))
                && let (Some(list), Some(carrier)) = (embeds.get_mut(slot.part), carrier_of.get_mut(position))
            {
                list.push((position, requirement));
                *carrier = Some(slot.part);
            }
        }
        let uncertain = |(part, present): (&Part, &Present<'_>)| !part.read_only && present.uncertain;
        let exact = !pattern.parts.iter().zip(&cast).any(uncertain);
        Self {
            pattern,
            operation,
            shape,
            capabilities,
            cast,
            problems,
            kinds: vec![Vec::new(); parts],
            embeds,
            carrier_of,
            behind: vec![fields::Behind::default(); pattern.requirements.len()],
            finds: false,
            read_step: vec![None; parts],
            look_step: vec![None; parts],
            plain: vec![true; pattern.requirements.len()],
            steps: Vec::with_capacity(parts),
            readings: Vec::new(),
            trips: Vec::new(),
            writings: Vec::with_capacity(parts),
            placed: vec![Vec::new(); parts],
            carrier: None,
            known: figures::Known { exact, ..figures::Known::default() },
        }
    }

    fn into_plan(self) -> Plan {
        let reads = lower::read_groups(&self.steps, &self.readings, self.capabilities);
        let (first, other) = (self.capabilities.atomic_group.as_ref(), self.capabilities.other_atomic_group.as_ref());
        let mut groups = self.packed(first, &reads);
        if let Some(other) = other.filter(|_| first.is_some() && groups.len() > reads.len() + 1) {
            let instead = self.packed(Some(other), &reads);
            if instead.len() == reads.len() + 1 {
                groups = instead;
            }
        }
        lower::finish(self.pattern, self.operation, self.capabilities, self.steps, groups, &self.known)
    }

    /// The requests, with the writes in groups of a form.
    fn packed(&self, atomic: Option<&AtomicGroup>, reads: &[WireGroup]) -> Vec<WireGroup> {
        let mut packer = Packer::new(self.pattern, self.capabilities, atomic, &self.steps, &self.placed, reads);
        for writing in &self.writings {
            packer.pack(writing);
        }
        packer.into_groups(reads.to_vec())
    }

    fn part(&self, position: usize) -> Option<&'a Part> {
        self.pattern.parts.get(position)
    }

    fn present(&self, position: usize) -> Present<'a> {
        self.cast.get(position).copied().unwrap_or(cast::ABSENT)
    }

    fn there(&self, slot: &Slot) -> bool {
        cast::there(&self.cast, slot)
    }

    fn kinds(&self, part: usize) -> &[Kind] {
        self.kinds.get(part).map(Vec::as_slice).unwrap_or_default()
    }

    /// What becomes of the instance of a part that belongs to an instance of another.
    fn kind(&self, part: usize, instance: usize) -> Option<Kind> {
        let multiple = self.part(part).is_some_and(|part| part.multiple);
        self.kinds(part).get(if multiple { instance } else { 0 }).copied()
    }

    fn requirement(&self, position: usize) -> Option<&'a Requirement> {
        self.pattern.requirements.get(position)
    }

    /// The requirement that gives a field its value, where its sources are there.
    fn requirement_into(&self, part: usize, field: usize) -> Option<(usize, &'a Requirement)> {
        let slot = Slot { part, field };
        let found = self.pattern.requirements.binary_search_by(|requirement| requirement.dependent.cmp(&slot)).ok()?;
        let requirement = self.requirement(found)?;
        requirement.sources.iter().any(|source| self.there(source)).then_some((found, requirement))
    }

    fn is_id(&self, slot: &Slot) -> bool {
        let field = self.part(slot.part).and_then(|part| part.entity.fields.get(slot.field));
        field.is_some_and(|field| field.name.is_id())
    }

    fn name(&self, slot: &Slot) -> Option<FieldName> {
        Some(self.part(slot.part)?.entity.fields.get(slot.field)?.name.clone())
    }

    fn is_fixed(&self, part: usize, field: usize) -> bool {
        self.part(part).is_some_and(|part| part.fixed.iter().any(|(position, _)| *position == field))
    }

    fn has_default(&self, part: usize, field: usize) -> bool {
        self.part(part).is_some_and(|part| part.defaults.iter().any(|(position, _)| *position == field))
    }

    /// Whether instances that are not there yet are made: by a create, or for a replaced set.
    fn makes(&self, part: &Part) -> bool {
        self.operation == Operation::Create || part.replace
    }

    /// Whether anything of a part is written, so that requirements into it count.
    fn is_written(&self, part: usize) -> bool {
        self.kinds(part).iter().any(|kind| *kind != Kind::Referred)
    }
}

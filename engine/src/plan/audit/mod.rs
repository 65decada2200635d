//! The auditor: proves a plan right without the planner.
//!
//! It shares the planner's data and nothing of its code. It asks of every instance whether it is written, and once;
//! of every field where its value comes from; of every need whether it is there in time; of every request whether the
//! CRM can take it; and works out the figures anew. Everything is linear in the plan and what it refers to.

mod expect;
mod fields;
mod figures;
mod found;
mod groups;
mod reads;
mod requests;
mod selects;
mod steps;
mod values;

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;

use super::{By, Count, InputShape, Plan, Step, StepAction};
use crate::acting::Acting;
use crate::adapter::Capabilities;
use crate::catalog::{Part, Pattern, Slot};
use expect::Expected;

/// Something that is wrong with a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub message: String,
    /// The step it is about.
    pub step: Option<usize>,
    /// The wire group it is about.
    pub group: Option<usize>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(step) = self.step {
            write!(f, "step {step}: ")?;
        }
        if let Some(group) = self.group {
            write!(f, "group {group}: ")?;
        }
        f.write_str(&self.message)
    }
}

/// Everything that is wrong with a plan; nothing, for every plan that [`plan`](super::plan) makes.
///
/// ```
/// use engage_engine::plan::audit::audit;
/// use engage_engine::plan::{InputShape, Operation, plan};
/// use engage_engine::{Capabilities, Catalog};
///
/// fn assert_sound(catalog: &Catalog, capabilities: &Capabilities) {
///     for pattern in catalog.patterns("crm-a") {
///         let shape = InputShape::minimal(pattern, Operation::Create);
///         if let Ok(plan) = plan(pattern, Operation::Create, &shape, capabilities) {
///             assert!(audit(&plan, pattern, &shape, capabilities).is_empty());
///         }
///     }
/// }
/// ```
pub fn audit(plan: &Plan, pattern: &Pattern, shape: &InputShape, capabilities: &Capabilities) -> Vec<Finding> {
    let expected = Expected::new(pattern, plan.operation, shape);
    let mut auditor = Auditor {
        plan,
        pattern,
        shape,
        capabilities,
        expected,
        reads: Vec::new(),
        written: Vec::new(),
        ends: RefCell::default(),
        findings: Vec::new(),
    };
    if !auditor.well_formed() {
        return auditor.findings;
    }
    auditor.reads = auditor.readers();
    auditor.written = auditor.writers();
    auditor.check_heading();
    auditor.check_instances();
    auditor.check_fields();
    auditor.check_found();
    auditor.check_reads();
    auditor.check_selects();
    auditor.check_groups();
    auditor.check_requests();
    auditor.check_figures();
    auditor.findings
}

/// The steps that read the records of a part before anything is written.
#[derive(Debug, Clone, Copy, Default)]
struct Reads {
    /// By the input, by a join or by key.
    by_input: Option<usize>,
    /// By match.
    by_match: Option<usize>,
}

struct Auditor<'a> {
    plan: &'a Plan,
    pattern: &'a Pattern,
    shape: &'a InputShape,
    capabilities: &'a Capabilities,
    expected: Expected,
    /// Per part who reads it.
    reads: Vec<Reads>,
    /// Per part and instance the step that writes it.
    written: Vec<Vec<Option<usize>>>,
    /// Per field of an instance, as far as it was asked for, the step without which its value is not known.
    ends: RefCell<HashMap<(Slot, usize), Option<usize>>>,
    findings: Vec<Finding>,
}

impl<'a> Auditor<'a> {
    fn find(&mut self, message: impl Into<String>) {
        self.findings.push(Finding { message: message.into(), step: None, group: None });
    }

    fn find_step(&mut self, step: usize, message: impl Into<String>) {
        self.findings.push(Finding { message: message.into(), step: Some(step), group: None });
    }

    fn find_group(&mut self, group: usize, message: impl Into<String>) {
        self.findings.push(Finding { message: message.into(), step: None, group: Some(group) });
    }

    /// The plan is of this pattern, under the identity that it declares.
    fn check_heading(&mut self) {
        if self.plan.pattern != self.pattern.id || self.plan.crm != self.pattern.crm {
            self.find("the plan is of another pattern");
        }
        let right = match (&self.plan.acting, &self.pattern.escalation) {
            (Acting::Employee, None) => true,
            (Acting::Application { reason }, Some(escalation)) => *reason == escalation.reason,
            _ => false,
        };
        if !right {
            self.find("the plan acts as somebody else");
        }
    }

    fn readers(&self) -> Vec<Reads> {
        let mut reads = vec![Reads::default(); self.pattern.parts.len()];
        for (number, step) in self.plan.steps.iter().enumerate() {
            let Some(reads) = reads.get_mut(step.position) else { continue };
            let slot = match &step.action {
                StepAction::Read(read) if matches!(read.by, By::Match { .. }) => &mut reads.by_match,
                StepAction::Read(read) if matches!(read.by, By::Children { .. }) => continue,
                StepAction::Read(_) | StepAction::Find { .. } => &mut reads.by_input,
                _ => break,
            };
            *slot = slot.or(Some(number));
        }
        reads
    }

    /// The step that reads a part by the input, by a join or by key.
    fn reader(&self, part: usize) -> Option<usize> {
        self.reads.get(part).and_then(|reads| reads.by_input)
    }

    fn part(&self, position: usize) -> Option<&'a Part> {
        self.pattern.parts.get(position)
    }

    fn step(&self, position: usize) -> Option<&'a Step> {
        self.plan.steps.get(position)
    }

    fn is_id(&self, slot: &Slot) -> bool {
        self.part(slot.part).and_then(|part| part.entity.fields.get(slot.field)).is_some_and(|field| field.name.is_id())
    }

    /// Whether numbers lead somewhere, names agree with positions, and stages with steps. Nothing else is looked at
    /// in a plan that fails here.
    fn well_formed(&mut self) -> bool {
        for (position, step) in self.plan.steps.iter().enumerate() {
            let part = self.part(step.position);
            if !part.is_some_and(|part| part.ref_id == step.part && part.entity.id == step.entity) {
                self.find_step(position, "names a part that is not there");
            }
            if !step.after.iter().all(|before| *before < position) {
                self.find_step(position, "comes before a step that it needs");
            }
            if let StepAction::Embed { parent } = &step.action {
                let carried = self.step(*parent).is_some_and(|step| step.after.contains(&position));
                if !carried {
                    self.find_step(position, "travels in a step that does not wait for it");
                }
            }
            if let Count::Exactly(instances) = &step.count
                && !instances.windows(2).all(|pair| matches!(pair, [a, b] if a < b))
            {
                self.find_step(position, "counts an instance twice, or out of order");
            }
        }
        for (position, group) in self.plan.groups.iter().enumerate() {
            let steps = self.plan.steps.len();
            if group.members.iter().any(|member| member.step >= steps || member.from >= member.to) {
                self.find_group(position, "has a member that is not there");
            }
            let groups = &self.plan.groups;
            let earlier = |before: &usize| groups.get(*before).is_some_and(|before| before.trip < group.trip);
            if !group.after.iter().all(earlier) {
                self.find_group(position, "waits for a group that is not in an earlier trip");
            }
        }
        if self.findings.is_empty() && self.stages() != self.plan.stages {
            self.find("the stages do not follow from what steps need");
        }
        self.findings.is_empty()
    }

    fn stages(&self) -> Vec<Vec<usize>> {
        let mut level: Vec<usize> = Vec::new();
        for step in &self.plan.steps {
            level.push(
                step.after.iter().filter_map(|before| level.get(*before)).map(|level| level + 1).max().unwrap_or(0),
            );
        }
        let mut stages = vec![Vec::new(); level.iter().max().map_or(0, |deepest| deepest + 1)];
        for (step, level) in level.iter().enumerate() {
            if let Some(stage) = stages.get_mut(*level) {
                stage.push(step);
            }
        }
        stages
    }
}

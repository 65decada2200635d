//! Plans, a file per theme. Every plan is looked at three ways: its text, its auditor, its round trips.

mod creates;
mod mutations;
mod problems;
mod properties;
mod reads;
mod size;
mod spoilt;
mod updates;

use serde_json::Value as Json;

use super::audit::audit;
use super::{Count, InputShape, Operation, Origin, PartShape, Plan, PlanProblem, RecordShape, StepAction, plan};
use crate::adapter::{AtomicGroup, BatchLimits, Capabilities, JoinLimits, JoinSort, ValueJoins};
use crate::catalog::{Catalog, Pattern};
use crate::check::check;
use crate::check::testing::{entity, id, name, with};
use crate::input::Input;
use crate::model::{Embedded, EntityDefinition, Model};

/// A CRM that takes the caller's ids, and everything in one change set.
pub(super) fn ours() -> Capabilities {
    Capabilities {
        name: "ours".into(),
        atomic_group: Some(AtomicGroup {
            form: "change set".into(),
            max_writes: 1000,
            max_depth: None,
            max_kinds: None,
        }),
        other_atomic_group: None,
        write_batch: BatchLimits { form: "batch".into(), max: 1000 },
        read_batch: BatchLimits { form: "batch".into(), max: 1000 },
        share_reads: true,
        back_references: true,
        caller_ids: true,
        upsert: true,
        find_in_group: false,
        compound_keys: true,
        etags: true,
        join: JoinLimits {
            form: "expand".into(),
            depth: 8,
            many_depth: 8,
            many_below_one: true,
            max_to_one: 15,
            max_to_many: 15,
            max_total: 15,
            repeats: true,
            any_field: false,
            by_value: None,
            sorted: JoinSort::WireWhenFlat,
        },
        in_list: 500,
    }
}

/// A CRM that makes the ids and refers back to them.
pub(super) fn theirs() -> Capabilities {
    Capabilities {
        name: "theirs".into(),
        atomic_group: Some(AtomicGroup {
            form: "graph".into(),
            max_writes: 500,
            max_depth: Some(15),
            max_kinds: Some(15),
        }),
        other_atomic_group: Some(AtomicGroup {
            form: "composite".into(),
            max_writes: 25,
            max_depth: None,
            max_kinds: None,
        }),
        write_batch: BatchLimits { form: "collections".into(), max: 200 },
        read_batch: BatchLimits { form: "composite".into(), max: 5 },
        caller_ids: false,
        find_in_group: true,
        compound_keys: false,
        join: JoinLimits {
            form: "relationship query".into(),
            depth: 5,
            many_depth: 4,
            many_below_one: false,
            max_to_one: 55,
            max_to_many: 20,
            max_total: 75,
            repeats: true,
            any_field: false,
            by_value: None,
            sorted: JoinSort::Wire,
        },
        ..ours()
    }
}

/// A CRM that can do one thing at a time.
pub(super) fn bare() -> Capabilities {
    let one = |form: &str| BatchLimits { form: form.into(), max: 1 };
    Capabilities {
        name: "bare".into(),
        atomic_group: None,
        other_atomic_group: None,
        write_batch: one("request"),
        read_batch: one("request"),
        share_reads: false,
        back_references: false,
        caller_ids: false,
        upsert: false,
        find_in_group: false,
        compound_keys: false,
        etags: false,
        join: JoinLimits {
            form: "none".into(),
            depth: 0,
            many_depth: 0,
            many_below_one: false,
            max_to_one: 0,
            max_to_many: 0,
            max_total: 0,
            repeats: true,
            any_field: false,
            by_value: None,
            sorted: JoinSort::Local,
        },
        in_list: 100,
    }
}

pub(super) fn catalog(model: &Model) -> Catalog {
    let checked = check(model);
    let problems = checked.problems;
    checked.catalog.unwrap_or_else(|| panic!("{problems:?}"))
}

/// Plans pattern `p` of a model with an input as JSON.
#[track_caller]
pub(super) fn try_plan(
    model: &Model,
    operation: Operation,
    input: &Json,
    capabilities: &Capabilities,
) -> Result<Plan, Vec<PlanProblem>> {
    let catalog = catalog(model);
    let pattern: &Pattern = catalog.pattern("crm-a", "p").unwrap();
    let input = Input::from_json(pattern, input).unwrap();
    let shape = InputShape::of(pattern, &input);
    let plan = plan(pattern, operation, &shape, capabilities)?;
    assert_sound(&plan, pattern, &shape, capabilities);
    Ok(plan)
}

/// The auditor has nothing to say.
#[track_caller]
pub(super) fn assert_sound(plan: &Plan, pattern: &Pattern, shape: &InputShape, capabilities: &Capabilities) {
    let findings: Vec<String> = audit(plan, pattern, shape, capabilities).iter().map(ToString::to_string).collect();
    assert!(findings.is_empty(), "{findings:#?}\n{plan}\n{shape:?}\n{:?}", tell(pattern));
}

/// The domain with keys, an idempotency field, and people who live in their event; with one pattern `p`.
pub(super) fn model(lines: &str) -> Model {
    let mut model = with(lines);
    let keys = [("account", "Number"), ("contact", "Email"), ("employee", "Email")];
    for definition in &mut model.definitions {
        let of = keys.iter().filter(|(entity, _)| *entity == definition.id.as_str());
        definition.keys = of.map(|(_, field)| vec![name(field)]).collect();
        definition.idempotency = (definition.id.as_str() == "event").then(|| name("Subject"));
    }
    let embedded = Some(Embedded { parent: id("event"), collection: "people".into() });
    let person = entity("person", "EventId ref event required, ContactId ref contact, Role required");
    model.definitions.push(EntityDefinition { embedded, ..person });
    model
}

/// Asserts the text and the round trips of a plan of the domain, and that the auditor has nothing to say.
#[track_caller]
pub(super) fn planned(
    lines: &str,
    operation: Operation,
    input: &Json,
    capabilities: &Capabilities,
    trips: usize,
) -> String {
    planned_in(&model(lines), operation, input, capabilities, trips)
}

#[track_caller]
pub(super) fn planned_in(
    model: &Model,
    operation: Operation,
    input: &Json,
    capabilities: &Capabilities,
    trips: usize,
) -> String {
    let plan = try_plan(model, operation, input, capabilities).unwrap();
    assert_eq!(plan.figures.round_trips, trips, "{plan}");
    plan.explain()
}

/// A pattern in a few words, for a failing test.
fn tell(pattern: &Pattern) -> Vec<String> {
    let name = |slot: &crate::catalog::Slot| {
        let part = &pattern.parts[slot.part];
        format!("{}.{}", part.ref_id, part.entity.fields[slot.field].name)
    };
    let parts = pattern.parts.iter().map(|part| {
        let flags = [
            (part.read_only, "readonly"),
            (part.multiple, "[]"),
            (part.optional, "optional"),
            (part.replace, "replace"),
        ];
        let flags: Vec<&str> = flags.into_iter().filter(|(on, _)| *on).map(|(_, word)| word).collect();
        format!(
            "{} {} {} match {:?} limit {:?}",
            part.ref_id,
            part.entity.id,
            flags.join(" "),
            part.match_on,
            part.limit
        )
    });
    let requirements = pattern.requirements.iter().map(|requirement| {
        let sources: Vec<String> = requirement.sources.iter().map(name).collect();
        let (optional, deferred) = (requirement.optional, requirement.deferred);
        format!("{} = {} optional {optional} deferred {deferred}", name(&requirement.dependent), sources.join(" ?? "))
    });
    parts.chain(requirements).collect()
}

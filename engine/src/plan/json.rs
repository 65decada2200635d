//! A plan as JSON. Names and forms are stable: new keys may come, none changes its meaning.
//!
//! | key | what |
//! |---|---|
//! | `pattern`, `crm`, `operation`, `acting`, `reason` | what is planned; `acting` is `employee` or `application`, the latter with its `reason` |
//! | `depth`, `round_trips`, `round_trips_exact`, `server_operations` | numbers of trips, requests and operations; not exact: at least |
//! | `atomic`, `once`, `retry_safe` | `yes`, `no` or `not-applicable`; `retry_safe` says the same as `once` |
//! | `guard` | `etag`, `none` or `not-applicable` |
//! | `race`, `over_fetch` | booleans |
//! | `stages` | per logical level the positions of its steps |
//! | `steps` | `part`, `entity`, `action`, `count` (`null`: as many as found), `after`; of reads `by`, `select`, `over_fetch`; of writes `fields`, each with `field` and `from` |
//! | `groups` | requests: `trip` (from 1), `kind`, `form`, `after`, `members` with `step`, `from`, `to` |

use serde_json::{Map, Value as Json, json};

use super::{Answer, By, Count, GroupKind, Guard, JoinWire, Origin, Plan, Step, StepAction, WireGroup};
use crate::acting::Acting;

impl Plan {
    /// The plan as JSON; the same plan gives the same bytes.
    pub fn to_json(&self) -> Json {
        let Self { pattern, crm, operation, acting, steps, stages, groups, figures } = self;
        let (acting, reason) = match acting {
            Acting::Employee => ("employee", Json::Null),
            Acting::Application { reason } => ("application", Json::from(reason.as_str())),
        };
        json!({
            "pattern": pattern.as_str(),
            "crm": crm.as_str(),
            "operation": operation.to_string(),
            "acting": acting,
            "reason": reason,
            "depth": figures.depth,
            "round_trips": figures.round_trips,
            "round_trips_exact": figures.round_trips_exact,
            "server_operations": figures.server_operations,
            "atomic": answer(figures.atomic),
            "once": answer(figures.once),
            "retry_safe": answer(figures.once),
            "guard": match figures.guard {
                Guard::Etag => "etag",
                Guard::None => "none",
                Guard::NotApplicable => "not-applicable",
            },
            "race": figures.race,
            "over_fetch": figures.over_fetch,
            "stages": stages,
            "steps": steps.iter().map(step).collect::<Vec<_>>(),
            "groups": groups.iter().map(group).collect::<Vec<_>>(),
        })
    }
}

fn answer(answer: Answer) -> &'static str {
    match answer {
        Answer::Yes => "yes",
        Answer::No => "no",
        Answer::NotApplicable => "not-applicable",
    }
}

fn step(step: &Step) -> Json {
    let mut json = Map::new();
    let mut put = |key: &str, value: Json| json.insert(key.to_owned(), value);
    put("part", step.part.as_str().into());
    put("entity", step.entity.as_str().into());
    put("action", action(&step.action).into());
    put(
        "count",
        match &step.count {
            Count::Exactly(instances) => instances.len().into(),
            Count::Found => Json::Null,
        },
    );
    match &step.action {
        StepAction::Read(read) => {
            put("by", by(&read.by));
            put("select", names(&read.select));
            put("over_fetch", read.over_fetch.into());
        }
        StepAction::Find { key } | StepAction::Upsert { key, .. } => {
            put("key", names(key));
        }
        StepAction::Embed { parent } => {
            put("parent", (*parent).into());
        }
        StepAction::Create | StepAction::Update | StepAction::Delete | StepAction::Defer => {}
    }
    let fields = step.fields.iter().map(|source| {
        let from: Vec<Json> = source.from.iter().map(origin).collect();
        json!({"field": source.field.as_str(), "from": from})
    });
    put("fields", fields.collect());
    put("after", json!(step.after));
    Json::Object(json)
}

fn action(action: &StepAction) -> &'static str {
    match action {
        StepAction::Read(_) => "read",
        StepAction::Find { .. } => "find",
        StepAction::Create => "create",
        StepAction::Update => "update",
        StepAction::Upsert { update_only: false, .. } => "upsert",
        StepAction::Upsert { update_only: true, .. } => "update-by-key",
        StepAction::Delete => "delete",
        StepAction::Defer => "defer",
        StepAction::Embed { .. } => "embed",
    }
}

fn by(by: &By) -> Json {
    match by {
        By::Id => json!({"kind": "id"}),
        By::Filter => json!({"kind": "filter"}),
        By::Own => json!({"kind": "own"}),
        By::Match { on } => json!({"kind": "match", "on": names(on)}),
        By::Children { field, parent } => {
            json!({"kind": "children", "field": field.as_str(), "parent": parent.as_str()})
        }
        By::Join { step, field, other, wire } => {
            let wire = match wire {
                JoinWire::Nested => "nested",
                JoinWire::ByValue => "by-value",
                JoinWire::InList => "in-list",
            };
            json!({"kind": "join", "step": step, "field": field.as_str(), "other": other.as_str(), "wire": wire})
        }
    }
}

fn names(names: &[crate::ids::FieldName]) -> Json {
    names.iter().map(|name| name.as_str()).collect()
}

fn origin(origin: &Origin) -> Json {
    match origin {
        Origin::Fixed => json!({"kind": "fixed"}),
        Origin::Input => json!({"kind": "input"}),
        Origin::Default => json!({"kind": "default"}),
        Origin::Part { part, field, step } => {
            json!({"kind": "part", "part": part.as_str(), "field": field.as_str(), "step": step})
        }
    }
}

fn group(group: &WireGroup) -> Json {
    let kind = match group.kind {
        GroupKind::Read => "read",
        GroupKind::Atomic => "atomic",
        GroupKind::Batch => "batch",
    };
    let members = group.members.iter();
    let members: Vec<Json> =
        members.map(|member| json!({"step": member.step, "from": member.from, "to": member.to})).collect();
    json!({"trip": group.trip, "kind": kind, "form": group.form, "after": group.after, "members": members})
}

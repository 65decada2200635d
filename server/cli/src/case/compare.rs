//! What happened against what was expected, as differences that a person can read.

use engage_dsl::value::json;
use engage_dsl::yaml::{Node, NodeKind};
use engage_engine::catalog::Entity;
use engage_engine::{Catalog, typing};
use serde_json::{Map, Value as Json};
use similar::TextDiff;

use super::{Actual, Case, Expect, PlaybookCase, PlaybookExpect, Scope, emit};

/// One thing that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// What: `plan`, `round_trips`, `result`, `state of account`, `problems`, `audit`.
    pub what: String,
    /// What was expected, in lines with `-`, and what happened, in lines with `+`.
    pub diff: String,
}

/// Holds what happened on a CRM against what the case expects there; nothing when all is as expected.
pub fn compare(case: &Case, catalog: &Catalog, actual: &Actual) -> Vec<Mismatch> {
    let mut found = Vec::new();
    if !actual.audit.is_empty() {
        found.push(Mismatch { what: "audit".to_owned(), diff: lines(&actual.audit, "+ ") });
    }
    problems(case, actual, &mut found);
    let Expect { plan, round_trips, result, state, .. } = &case.expect;
    let of = case.scope();
    text("plan", (of, plan), actual, &mut found);
    trips((of, round_trips), actual, &mut found);
    data("result", (of, result), actual, &mut found);
    tables((of, state), catalog, actual, &mut found);
    found
}

/// Holds how a playbook ran on a CRM against what the case expects there; nothing when all is as expected.
pub(super) fn compare_playbook(case: &PlaybookCase, catalog: &Catalog, actual: &Actual) -> Vec<Mismatch> {
    let mut found = Vec::new();
    let PlaybookExpect { schedule, round_trips, outputs, state, failure, .. } = &case.expect;
    let of = case.scope();
    failed((of, failure), actual, &mut found);
    text("schedule", (of, schedule), actual, &mut found);
    trips((of, round_trips), actual, &mut found);
    data("outputs", (of, outputs), actual, &mut found);
    tables((of, state), catalog, actual, &mut found);
    found
}

/// An expectation, and where it belongs.
type Expected<'c> = (Scope<'c>, &'c Option<Node>);

/// What is expected on a CRM.
fn expected((of, node): Expected<'_>, actual: &Actual) -> Option<Json> {
    node.as_ref().and_then(|node| here(of, node, actual.crm.as_str())).map(json)
}

fn text(what: &str, wanted: Expected<'_>, actual: &Actual, found: &mut Vec<Mismatch>) {
    let Some(wanted) = expected(wanted, actual) else { return };
    let wanted = wanted.as_str().map_or_else(|| emit(&wanted, 0), ToOwned::to_owned);
    differ(what, wanted.trim_end(), actual.plan.as_deref().unwrap_or_default().trim_end(), found);
}

fn trips(wanted: Expected<'_>, actual: &Actual, found: &mut Vec<Mismatch>) {
    let Some(wanted) = expected(wanted, actual) else { return };
    let trips = actual.round_trips.map_or_else(|| "none: nothing was planned".to_owned(), |trips| trips.to_string());
    differ("round_trips", wanted.to_string().trim_matches('"'), &trips, found);
}

fn data(what: &str, wanted: Expected<'_>, actual: &Actual, found: &mut Vec<Mismatch>) {
    let Some(wanted) = expected(wanted, actual) else { return };
    let given = actual.result.as_ref().map_or(Json::Null, sorted);
    differ(what, &emit(&sorted(&wanted), 0), &emit(&given, 0), found);
}

fn tables(wanted: Expected<'_>, catalog: &Catalog, actual: &Actual, found: &mut Vec<Mismatch>) {
    let Some(Json::Object(state)) = expected(wanted, actual) else { return };
    for (entity, rows) in &state {
        table(catalog, actual, entity, rows, found);
    }
}

/// How a run failed: a reason, or a block and a reason. A run that fails though nothing is said of it never passes.
fn failed(wanted: Expected<'_>, actual: &Actual, found: &mut Vec<Mismatch>) {
    let told = failure(actual);
    let wanted = expected(wanted, actual).unwrap_or(Json::Null);
    let same = match (&wanted, &told) {
        (Json::String(reason), Some(told)) => told.get("reason").and_then(Json::as_str) == Some(reason),
        (Json::Null, told) => told.is_none(),
        (wanted, Some(told)) => sorted(wanted) == sorted(told),
        (_, None) => false,
    };
    if same {
        return;
    }
    let expected = if wanted.is_null() { String::new() } else { emit(&wanted, 0) };
    let mut diff: String = expected.lines().map(|line| format!("- {line}\n")).collect();
    for problem in &actual.problems {
        diff.push_str(&format!("+ {}: {}\n", problem.code, problem.message));
    }
    if actual.problems.is_empty() {
        diff.push_str("+ the run succeeded\n");
    }
    found.push(Mismatch { what: "failure".to_owned(), diff });
}

/// How a run of a playbook failed, as a case expects it: `block` and `reason`.
pub(super) fn failure(actual: &Actual) -> Option<Json> {
    let problem = actual.problems.first()?;
    Some(serde_json::json!({"block": actual.failed_block, "reason": problem.code}))
}

/// What an expectation says for one CRM: itself, or the entry of that CRM in a mapping by CRM.
pub(super) fn here<'n>(of: Scope<'_>, node: &'n Node, crm: &str) -> Option<&'n Node> {
    if matches!(node.kind, NodeKind::Null) {
        return None;
    }
    if by_crm(of, node) { node.get(crm) } else { Some(node) }
}

/// Whether an expectation is a mapping by CRM: only in cases with `crms`, and only when every key is one of them.
fn by_crm(of: Scope<'_>, node: &Node) -> bool {
    let NodeKind::Map(entries) = &node.kind else { return false };
    let named = |key: &str| of.crms.iter().any(|crm| crm.value.as_str() == key);
    of.per_crm && !entries.is_empty() && entries.iter().all(|entry| named(&entry.key.value))
}

fn problems(case: &Case, actual: &Actual, found: &mut Vec<Mismatch>) {
    let wanted = case.expect.problems.as_ref().and_then(|node| here(case.scope(), node, actual.crm.as_str())).map(json);
    let mut wanted: Vec<String> = match wanted {
        Some(Json::Array(codes)) => {
            codes.iter().map(|code| code.as_str().map_or_else(|| code.to_string(), ToOwned::to_owned)).collect()
        }
        Some(Json::String(code)) => vec![code],
        _ => Vec::new(),
    };
    let mut codes: Vec<String> = actual.problems.iter().map(|problem| problem.code.clone()).collect();
    wanted.sort();
    codes.sort();
    if wanted == codes {
        return;
    }
    let mut diff = lines(&wanted.iter().filter(|code| !codes.contains(code)).cloned().collect::<Vec<_>>(), "- ");
    for problem in actual.problems.iter().filter(|problem| !wanted.contains(&problem.code)) {
        diff.push_str(&format!("+ {}: {}\n", problem.code, problem.message));
    }
    if diff.is_empty() {
        diff = format!("- {}\n+ {}\n", wanted.join(", "), codes.join(", "));
    }
    found.push(Mismatch { what: "problems".to_owned(), diff });
}

fn table(catalog: &Catalog, actual: &Actual, entity: &str, rows: &Json, found: &mut Vec<Mismatch>) {
    let what = format!("state of {entity}");
    let Some(definition) = catalog.entity(actual.crm.as_str(), entity) else {
        let diff = format!("- {entity}\n+ (there is no entity of this name on {})\n", actual.crm);
        found.push(Mismatch { what, diff });
        return;
    };
    let empty = Vec::new();
    let wanted = by_id(rows.as_array().unwrap_or(&empty).iter().map(|row| typed(definition, row)));
    let got = actual.state.get(entity).and_then(Json::as_array).unwrap_or(&empty);
    let got = by_id(got.iter().map(sorted));
    differ(&what, &emit(&wanted, 0), &emit(&got, 0), found);
}

/// A record as the CRM would give it back: `12.5` and `"12.50"` are one decimal, null is no value.
fn typed(entity: &Entity, row: &Json) -> Json {
    let Json::Object(fields) = row else { return row.clone() };
    let typed = fields.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| {
        let read = entity.field(name).and_then(|field| typing::from_json(field, value).ok());
        (name.clone(), read.map_or_else(|| value.clone(), |value| value.to_json()))
    });
    sorted(&Json::Object(typed.collect()))
}

/// Records have no order of their own: they are compared by Id.
fn by_id(rows: impl Iterator<Item = Json>) -> Json {
    let mut rows: Vec<Json> = rows.collect();
    let id = |row: &Json| row.get("Id").and_then(Json::as_str).unwrap_or_default().to_owned();
    rows.sort_by_key(id);
    Json::Array(rows)
}

/// Keys in order, `Id` first, so that the order in which they were written makes no difference.
pub fn sorted(value: &Json) -> Json {
    match value {
        Json::Array(items) => Json::Array(items.iter().map(sorted).collect()),
        Json::Object(map) => {
            let mut fields: Vec<(&String, &Json)> = map.iter().collect();
            fields.sort_by_key(|(name, _)| (name.as_str() != "Id", name.as_str()));
            Json::Object(fields.into_iter().map(|(name, value)| (name.clone(), sorted(value))).collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

fn differ(what: &str, expected: &str, actual: &str, found: &mut Vec<Mismatch>) {
    if expected == actual {
        return;
    }
    let whole =
        |text: &str| if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") };
    let (expected, actual) = (whole(expected), whole(actual));
    let diff = TextDiff::from_lines(&expected, &actual);
    let mut text = String::new();
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        for change in hunk.iter_changes() {
            text.push_str(&format!("{} {}", change.tag(), change.value()));
        }
    }
    found.push(Mismatch { what: what.to_owned(), diff: text });
}

fn lines(texts: &[String], prefix: &str) -> String {
    texts.iter().map(|text| format!("{prefix}{text}\n")).collect()
}

//! What happened against what was expected, as differences that a person can read.

use engage_dsl::value::json;
use engage_dsl::yaml::{Node, NodeKind};
use engage_engine::catalog::Entity;
use engage_engine::{Catalog, typing};
use serde_json::{Map, Value as Json};
use similar::TextDiff;

use super::{Actual, Case, emit};

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
    let crm = actual.crm.as_str();
    let expected = |node: &Option<Node>| node.as_ref().and_then(|node| here(case, node, crm)).map(json);
    if let Some(plan) = expected(&case.expect.plan) {
        let plan = plan.as_str().map_or_else(|| emit(&plan, 0), ToOwned::to_owned);
        differ("plan", plan.trim_end(), actual.plan.as_deref().unwrap_or_default().trim_end(), &mut found);
    }
    if let Some(trips) = expected(&case.expect.round_trips) {
        let actual =
            actual.round_trips.map_or_else(|| "none: nothing was planned".to_owned(), |trips| trips.to_string());
        differ("round_trips", trips.to_string().trim_matches('"'), &actual, &mut found);
    }
    if let Some(result) = expected(&case.expect.result) {
        let (expected, actual) = (sorted(&result), actual.result.as_ref().map_or(Json::Null, sorted));
        differ("result", &emit(&expected, 0), &emit(&actual, 0), &mut found);
    }
    if let Some(Json::Object(state)) = expected(&case.expect.state) {
        for (entity, rows) in &state {
            table(catalog, actual, entity, rows, &mut found);
        }
    }
    found
}

/// What an expectation says for one CRM: itself, or the entry of that CRM in a mapping by CRM.
pub(super) fn here<'n>(case: &Case, node: &'n Node, crm: &str) -> Option<&'n Node> {
    if matches!(node.kind, NodeKind::Null) {
        return None;
    }
    if by_crm(case, node) { node.get(crm) } else { Some(node) }
}

/// Whether an expectation is a mapping by CRM: only in cases with `crms`, and only when every key is one of them.
fn by_crm(case: &Case, node: &Node) -> bool {
    let NodeKind::Map(entries) = &node.kind else { return false };
    let named = |key: &str| case.crms.iter().any(|crm| crm.value.as_str() == key);
    case.per_crm && !entries.is_empty() && entries.iter().all(|entry| named(&entry.key.value))
}

fn problems(case: &Case, actual: &Actual, found: &mut Vec<Mismatch>) {
    let wanted = case.expect.problems.as_ref().and_then(|node| here(case, node, actual.crm.as_str())).map(json);
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

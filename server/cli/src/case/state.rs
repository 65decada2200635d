//! The records that a case, or a run, begins with.

use std::sync::Arc;

use engage_adapters::memory::MemoryCrm;
use engage_dsl::diagnostic::Diagnostic;
use engage_dsl::source::{Span, Spanned};
use engage_dsl::value;
use engage_dsl::yaml::{Entry, Node, NodeKind};
use engage_engine::catalog::{Catalog, Entity};
use engage_engine::nearest::nearest;
use engage_engine::{Adapter, CrmName, Instance, typing};

use super::codes;

/// Records by entity, as they stand in a file.
pub type State = Vec<(Spanned<String>, Vec<Node>)>;

/// Puts records into a simulated CRM, all or none. They may refer to each other.
///
/// # Errors
/// Every name and value that does not fit, at its place; or the first record that the CRM refuses.
pub fn seed(catalog: &Catalog, adapter: &MemoryCrm, state: &State) -> Result<(), Vec<Diagnostic>> {
    let records = typed(catalog, adapter.crm(), state)?;
    let seeded = adapter.seed_all(records.iter().map(|(entity, record)| (entity.as_ref(), record)));
    seeded.map(|_| ()).map_err(|error| {
        let entity = state.iter().find(|(name, _)| name.value == error.entity);
        let row = entity.and_then(|(_, rows)| rows.iter().find(|row| has_id(row, &error.record)));
        let span = row.map(|row| row.span).or(entity.map(|(name, _)| name.span));
        let mut problem = Diagnostic::error(codes::BAD_STATE.code, span.unwrap_or(nowhere()), error.to_string());
        problem.span = span;
        vec![problem.help("the records before the operation have to fit the schema of the simulated CRM")]
    })
}

/// The records with the entities they are of, typed by them.
///
/// # Errors
/// Every name and value that does not fit, at its place.
pub(crate) fn typed<'c>(
    catalog: &'c Catalog,
    crm: &CrmName,
    state: &State,
) -> Result<Vec<(&'c Arc<Entity>, Instance)>, Vec<Diagnostic>> {
    let mut problems = Vec::new();
    let mut records = Vec::new();
    for (name, rows) in state {
        let Some(entity) = catalog.entity(crm.as_str(), &name.value) else {
            let all = catalog.entities(crm.as_str()).map(|entity| entity.id.as_str());
            let message = format!("there is no entity `{}` on {crm}", name.value);
            problems.push(unknown(name.span, message, nearest(&name.value, all)));
            continue;
        };
        records.extend(rows.iter().map(|row| (entity, record(entity, row, &mut problems))));
    }
    if problems.is_empty() { Ok(records) } else { Err(problems) }
}

fn nowhere() -> Span {
    Span::new(engage_dsl::source::FileId(0), 0, 0)
}

fn has_id(row: &Node, id: &str) -> bool {
    row.get("Id").is_some_and(|node| matches!(&node.kind, NodeKind::Text(text) | NodeKind::Number(text) if text == id))
}
/// One record of the state, its values typed by its entity.
fn record(entity: &Entity, row: &Node, problems: &mut Vec<Diagnostic>) -> Instance {
    let NodeKind::Map(entries) = &row.kind else { return Instance::new() };
    let mut record = Instance::new();
    for Entry { key, value } in entries {
        let Some(field) = entity.field(&key.value) else {
            let near = nearest(&key.value, entity.fields.iter().map(|field| field.name.as_str()));
            problems.push(unknown(key.span, format!("`{}` has no field `{}`", entity.id, key.value), near));
            continue;
        };
        match typing::from_json(field, &value::json(value)) {
            Ok(value) => drop(record.insert(field.name.clone(), value)),
            Err(error) => {
                let message = format!("`{}`: {error}", field.name);
                let mut problem = Diagnostic::error(codes::WRONG_VALUE.code, value.span, message);
                problem.help = error.help().map(ToOwned::to_owned);
                problem.suggestion = error.suggestion;
                problems.push(problem);
            }
        }
    }
    record
}

/// A name that the workspace does not have.
pub(super) fn unknown(span: Span, message: String, near: Option<String>) -> Diagnostic {
    let mut problem = Diagnostic::error(codes::UNKNOWN_NAME.code, span, message);
    problem.suggestion = near;
    problem
}

//! Trees: rows with their children, all or none.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json, json};

use super::fault::Fault;
use super::part::Part;
use super::work::Work;
use crate::schema::Table;
use crate::store::RowId;

const MAX_ROWS: usize = 200;
const MAX_KINDS: usize = 5;
const MAX_LEVELS: usize = 5;

/// A node that is refused, with its reference id.
struct Refused(String, Box<Fault>);

struct Planting<'p, 'w, 's> {
    work: &'p mut Work<'w, 's>,
    /// What has been created, in the order of the body.
    results: Vec<(String, RowId)>,
    kinds: BTreeSet<String>,
}

/// Answers a tree.
pub(crate) fn run(work: &mut Work<'_, '_>, object: &str, body: &Json) -> Result<Part, Fault> {
    let table = work.model.table(object).ok_or_else(Fault::not_found)?;
    let records = body.get("records").and_then(Json::as_array).ok_or_else(Fault::json)?;
    let start = work.mark();
    let mut planting = Planting { work: &mut *work, results: Vec::new(), kinds: BTreeSet::new() };
    match planting.plant(table, records, None, 1) {
        Ok(()) => {
            let results = planting.results.iter();
            let results: Vec<Json> =
                results.map(|(reference, row)| json!({"referenceId": reference, "id": row.as_str()})).collect();
            Ok(Part { status: 201, ..Part::ok(json!({"hasErrors": false, "results": results})) })
        }
        Err(Refused(reference, fault)) => {
            work.back_to(start);
            let results = json!([{"referenceId": reference, "errors": [fault.entry()]}]);
            Ok(Part { status: 400, ..Part::ok(json!({"hasErrors": true, "results": results})) })
        }
    }
}

impl Planting<'_, '_, '_> {
    fn plant(
        &mut self,
        table: &Table,
        records: &[Json],
        parent: Option<(&str, &RowId)>,
        level: usize,
    ) -> Result<(), Refused> {
        self.kinds.insert(table.name.clone());
        for record in records {
            let object = record.as_object().ok_or_else(|| Refused(String::new(), Box::new(Fault::json())))?;
            let reference = attribute(object, "referenceId").unwrap_or_default().to_owned();
            let refused = |fault| Refused(reference.clone(), Box::new(fault));
            self.check(object, table, &reference, level).map_err(refused)?;
            let model = self.work.model;
            let is_child =
                |name: &str, value: &Json| value.get("records").is_some() && model.child(table, name).is_some();
            let mut body: Map<String, Json> = object
                .iter()
                .filter(|(name, value)| !is_child(name, value))
                .map(|(n, v)| (n.clone(), v.clone()))
                .collect();
            if let Some((column, parent)) = parent {
                body.insert(column.to_owned(), json!(parent.as_str()));
            }
            let row = self.work.create(table, &body, None).map_err(refused)?;
            self.results.push((reference.clone(), row.clone()));
            for (name, value) in object {
                let (Some(child), Some(records)) = (model.child(table, name), value.get("records")) else { continue };
                let records = records.as_array().ok_or_else(|| refused(Fault::json()))?;
                self.plant(child.table, records, Some((&child.column.name, &row)), level + 1)?;
            }
        }
        Ok(())
    }

    fn check(&self, record: &Map<String, Json>, table: &Table, reference: &str, level: usize) -> Result<(), Fault> {
        if !attribute(record, "type").is_some_and(|kind| kind.eq_ignore_ascii_case(&table.name)) {
            return Err(Fault::bad(
                "INVALID_INPUT",
                format!("The attributes of a record must have the type {}", table.name),
            ));
        }
        if reference.is_empty() || self.results.iter().any(|(known, _)| known == reference) {
            return Err(Fault::bad("INVALID_INPUT", "Each record needs a referenceId of its own"));
        }
        if self.results.len() >= MAX_ROWS || self.kinds.len() > MAX_KINDS || level > MAX_LEVELS {
            let message = format!("A tree has at most {MAX_ROWS} records, {MAX_KINDS} objects and {MAX_LEVELS} levels");
            return Err(Fault::bad("LIMIT_EXCEEDED", message));
        }
        Ok(())
    }
}

fn attribute<'r>(record: &'r Map<String, Json>, name: &str) -> Option<&'r str> {
    record.get("attributes")?.get(name)?.as_str()
}

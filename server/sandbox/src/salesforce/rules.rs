//! Validation rules and duplicate rules, as schema files declare them.
//!
//! A validation rule is a condition of SOQL over the row as it is to be; where it holds, the row is refused. That is less
//! than the platform's formulas: it knows neither the values before nor functions, and reads the same everywhere.

use serde_json::{Map, Value as Json, json};

use super::derive::Values;
use super::fault::Fault;
use super::render;
use super::soql::{self, Asked};
use super::work::Work;
use super::{Salesforce, SetupError};
use crate::schema::Table;
use crate::store::{Row, RowId, State, Value};

/// Refuses a row that has just been written; `before` has its values before, none for a new row.
pub(crate) fn check(work: &Work<'_, '_>, table: &Table, row: &RowId, before: Option<&Values>) -> Result<(), Fault> {
    let Some(row) = work.get(&table.name, row).filter(|_| !work.sf.is_lenient()) else { return Ok(()) };
    for rule in table.validations.values() {
        let asked = system(work.sf, work, &work.user);
        if soql::holds(&asked, table, row, &rule.condition)? {
            let field: Vec<&str> = rule.field.iter().map(String::as_str).collect();
            return Err(Fault::bad("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message.as_str()).on(&field));
        }
    }
    duplicates(work, table, row, before)
}

fn duplicates(work: &Work<'_, '_>, table: &Table, row: &Row, before: Option<&Values>) -> Result<(), Fault> {
    for (rule, columns) in &table.duplicates {
        let is_blocking = table.blocking.contains(rule);
        if work.terms.allow_save && !is_blocking {
            continue;
        }
        // A change of something else is no new duplicate.
        let moved = |before: &Values| columns.iter().any(|column| before.get(column) != row.get(column));
        if !before.is_none_or(moved) {
            continue;
        }
        let found = same(work, table, columns, row);
        if !found.is_empty() {
            return Err(detected(work, table, (rule, !is_blocking), &found));
        }
    }
    Ok(())
}

/// The rows that agree in all columns; a column without a value agrees with nothing.
fn same<'a>(work: &'a Work<'_, '_>, table: &Table, columns: &[String], row: &Row) -> Vec<&'a Row> {
    let key =
        |row: &Row| -> Option<Vec<String>> { columns.iter().map(|column| Some(row.get(column)?.key(false))).collect() };
    let Some(wanted) = key(row) else { return Vec::new() };
    work.rows(&table.name).filter(|other| other.id != row.id && key(other).as_ref() == Some(&wanted)).collect()
}

/// Sources show the member's name as `duplicateResut`, and these members in it.
fn detected(work: &Work<'_, '_>, table: &Table, (rule, allow_save): (&str, bool), found: &[&Row]) -> Fault {
    let message = "You're creating a duplicate record. We recommend you use an existing record instead.";
    let records: Vec<Json> = found
        .iter()
        .map(|row| {
            json!({
                "additionalInformation": [], "fieldDiffs": [], "matchConfidence": 100.0,
                "record": record(work, table, row),
            })
        })
        .collect();
    let result = json!({
        "allowSave": allow_save, "duplicateRule": rule, "duplicateRuleEntityType": table.name, "errorMessage": message,
        "matchResults": [{
            "entityType": table.name, "errors": [], "matchEngine": "ExactMatchEngine", "matchRecords": records,
            "rule": rule, "size": found.len(), "success": true,
        }],
    });
    let mut fault = Fault::bad("DUPLICATES_DETECTED", message);
    fault.duplicates = Some(Box::new(result));
    fault
}

/// The id of a duplicate, and its fields where the client asks for them.
fn record(work: &Work<'_, '_>, table: &Table, row: &Row) -> Json {
    let seen = work.model.table(&table.name);
    match seen.filter(|_| work.terms.duplicate_details) {
        Some(seen) => render::record(&work.root, seen, row),
        None => {
            let mut record = Map::new();
            let attributes = render::attributes(&work.root, &table.name, &table.name, row.id.as_str());
            record.insert("attributes".into(), attributes);
            record.insert(table.id.clone(), render::plain(&Value::Id(row.id.clone())));
            Json::Object(record)
        }
    }
}

/// Reads every validation rule, so that one that makes no sense is found before it is needed.
pub(crate) fn read_all(sf: &Salesforce) -> Result<(), SetupError> {
    sf.store.read(|state| {
        let user = super::base::application();
        for table in sf.model.schema.tables.values() {
            for (rule, validation) in &table.validations {
                let asked = system(sf, state, &user);
                soql::read_condition(&asked, table, &validation.condition).map_err(|fault| SetupError::Rule {
                    object: table.name.clone(),
                    rule: rule.clone(),
                    message: fault.message.trim().replace('\n', " "),
                })?;
            }
        }
        Ok(())
    })
}

/// The platform's own view of all rows.
fn system<'a>(sf: &'a Salesforce, state: &'a State, user: &'a RowId) -> Asked<'a> {
    Asked {
        model: &sf.model,
        state,
        root: "",
        version: *super::call::VERSIONS.end(),
        now: sf.world.clock.now(),
        user,
        page: usize::MAX,
        sf,
        deleted: &[],
    }
}

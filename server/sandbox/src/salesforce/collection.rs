//! Collections: up to two hundred rows in a call, together or each on its own.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use super::call::Call;
use super::fault::Fault;
use super::part::{Part, or_nothing};
use super::work::Work;
use super::{id, soql};
use crate::schema::Table;
use crate::store::RowId;

/// Most rows of a call that writes.
const MAX_ROWS: usize = 200;
/// Most rows of a call that reads.
const MAX_READ: usize = 2000;
/// Most changes of the object from row to row.
const MAX_CHUNKS: usize = 10;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct In {
    #[serde(rename = "allOrNone", default, deserialize_with = "or_nothing")]
    all_or_none: bool,
    records: Vec<Map<String, Json>>,
}

#[derive(Deserialize)]
struct Wanted {
    ids: Vec<String>,
    fields: Vec<String>,
}

/// What became of a row: its id and whether it is new, where that is told.
type Outcome = Result<(RowId, Option<bool>), Fault>;

/// Answers a call; `rest` is what follows `composite/sobjects`.
pub(crate) fn run(call: &Call, work: &mut Work<'_, '_>, rest: &[&str]) -> Result<Part, Fault> {
    match (call.method.as_str(), rest) {
        ("POST", []) => {
            let given = read(call)?;
            each(work, &given.records, given.all_or_none, |work, record| {
                let table = object(work, record)?;
                work.create(table, record, None).map(|row| (row, None))
            })
        }
        ("PATCH", []) => {
            let given = read(call)?;
            each(work, &given.records, given.all_or_none, |work, record| {
                let table = object(work, record)?;
                let (row, record) = without_id(record)?;
                work.update(table, &row, &record).map(|()| (row, None))
            })
        }
        ("PATCH", [name, key]) => {
            let given = read(call)?;
            let twice = twice(&given.records, key);
            each(work, &given.records, given.all_or_none, |work, record| {
                let table = object(work, record)?;
                if let Some(value) = value_of(record, key).filter(|value| twice.contains(value)) {
                    let message = format!("Duplicate external id specified: {value}");
                    return Err(Fault::bad("DUPLICATE_VALUE", message).on(&[key]));
                }
                match table.name.eq_ignore_ascii_case(name) {
                    true => upsert(work, table, key, record),
                    false => Err(Fault::bad("INVALID_TYPE", "The object of a record is not that of the address")),
                }
            })
        }
        ("DELETE", []) => delete(call, work),
        ("GET" | "HEAD" | "POST", [name]) => rows(call, work, name),
        (method, []) => Err(Fault::method(method, &["DELETE", "PATCH", "POST"])),
        (method, [_]) => Err(Fault::method(method, &["GET", "HEAD", "POST"])),
        (method, [_, _]) => Err(Fault::method(method, &["PATCH"])),
        _ => Err(Fault::not_found()),
    }
}

fn read(call: &Call) -> Result<In, Fault> {
    let given: In = serde_json::from_value(call.body.clone()).map_err(|_| Fault::json())?;
    limit(given.records.len(), MAX_ROWS)?;
    let kinds: Vec<Option<&str>> = given.records.iter().map(kind).collect();
    let changes = kinds.iter().zip(kinds.iter().skip(1)).filter(|(one, next)| one != next).count();
    match changes >= MAX_CHUNKS {
        true => Err(Fault::bad("LIMIT_EXCEEDED", format!("The request has more than {MAX_CHUNKS} chunks of objects"))),
        false => Ok(given),
    }
}

fn limit(count: usize, most: usize) -> Result<(), Fault> {
    match count {
        0 => Err(Fault::bad("INVALID_INPUT", "At least one record is needed")),
        count if count <= most => Ok(()),
        _ => {
            let message = format!("record limit reached. cannot submit more than {most} records into this call");
            Err(Fault::bad("EXCEEDED_ID_LIMIT", message))
        }
    }
}

fn kind(record: &Map<String, Json>) -> Option<&str> {
    record.get("attributes")?.get("type")?.as_str()
}

fn object<'w>(work: &Work<'w, '_>, record: &Map<String, Json>) -> Result<&'w Table, Fault> {
    let name = kind(record).ok_or_else(|| Fault::bad("INVALID_INPUT", "The attributes of a record have no type"))?;
    let none = || Fault::bad("INVALID_TYPE", format!("sObject type '{name}' is not supported."));
    work.model.table(name).ok_or_else(none)
}

/// The id of a record, and the record without it.
fn without_id(record: &Map<String, Json>) -> Result<(RowId, Map<String, Json>), Fault> {
    let missing = || Fault::bad("MISSING_ARGUMENT", "Id not specified in an update call");
    let name = record.keys().find(|name| name.eq_ignore_ascii_case("id")).cloned().ok_or_else(missing)?;
    let mut record = record.clone();
    let text = record.shift_remove(&name).unwrap_or_default();
    let malformed = || Fault::bad("MALFORMED_ID", format!("malformed id {}", text.as_str().unwrap_or_default()));
    Ok((text.as_str().and_then(id::parse).ok_or_else(malformed)?, record))
}

/// What a record has for its key, as a key is compared: without case.
fn value_of(record: &Map<String, Json>, key: &str) -> Option<String> {
    let (_, value) = record.iter().find(|(name, _)| name.eq_ignore_ascii_case(key))?;
    match value {
        Json::Null => None,
        Json::String(text) => Some(text.to_lowercase()),
        other => Some(other.to_string()),
    }
}

/// The values that more than one record has for its key: which of them is to win nobody can say.
fn twice(records: &[Map<String, Json>], key: &str) -> BTreeSet<String> {
    let (mut seen, mut twice) = (BTreeSet::new(), BTreeSet::new());
    for value in records.iter().filter_map(|record| value_of(record, key)) {
        if !seen.insert(value.clone()) {
            twice.insert(value);
        }
    }
    twice
}

fn upsert(work: &mut Work<'_, '_>, table: &Table, key: &str, record: &Map<String, Json>) -> Outcome {
    let missing = || Fault::bad("MISSING_ARGUMENT", format!("{key} not specified"));
    let name = record.keys().find(|name| name.eq_ignore_ascii_case(key)).cloned();
    let mut record = record.clone();
    let value = match name {
        Some(name) => record.shift_remove(&name).filter(|value| !value.is_null()).ok_or_else(missing)?,
        // Without an id the record is new.
        None if key.eq_ignore_ascii_case(&table.id) => {
            return work.create(table, &record, None).map(|row| (row, Some(true)));
        }
        None => return Err(missing()),
    };
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    work.upsert(table, (key, &text), &record, false).map(|(row, new)| (row, Some(new)))
}

fn delete(call: &Call, work: &mut Work<'_, '_>) -> Result<Part, Fault> {
    let ids = call.parameter("ids").ok_or_else(|| Fault::bad("MISSING_ARGUMENT", "The ids parameter is missing"))?;
    let ids: Vec<String> = ids.split(',').map(|id| id.trim().to_owned()).collect();
    limit(ids.len(), MAX_ROWS)?;
    let all = call.parameter("allOrNone") == Some("true");
    each(work, &ids, all, |work, text| {
        let malformed = || Fault::bad("MALFORMED_ID", format!("malformed id {text}"));
        let row = id::parse(text).ok_or_else(malformed)?;
        let table = work.model.of_id(&row).ok_or_else(malformed)?;
        work.delete(table, &row).map(|()| (row, None))
    })
}

/// Does something with each; what failed leaves nothing, and undoes the rest where all belong together.
fn each<T>(
    work: &mut Work<'_, '_>,
    records: &[T],
    all_or_none: bool,
    mut act: impl FnMut(&mut Work<'_, '_>, &T) -> Outcome,
) -> Result<Part, Fault> {
    let all_or_none = all_or_none || work.all_or_none;
    let start = work.mark();
    let mut outcomes = Vec::with_capacity(records.len());
    for record in records {
        let mark = work.mark();
        let outcome = act(work, record);
        if outcome.is_err() {
            work.back_to(mark);
        }
        outcomes.push(outcome);
    }
    let failed = outcomes.iter().any(Result::is_err);
    if failed && all_or_none {
        work.back_to(start);
        for outcome in outcomes.iter_mut().filter(|outcome| outcome.is_ok()) {
            let message =
                "Record rolled back because not all records were valid and the request was using AllOrNone header";
            *outcome = Err(Fault::bad("ALL_OR_NONE_OPERATION_ROLLED_BACK", message));
        }
    }
    let entries: Vec<Json> = outcomes.iter().map(entry).collect();
    Ok(Part { failed, ..Part::ok(json!(entries)) })
}

fn entry(outcome: &Outcome) -> Json {
    match outcome {
        Ok((row, None)) => json!({"id": row.as_str(), "success": true, "errors": []}),
        Ok((row, Some(new))) => json!({"id": row.as_str(), "success": true, "errors": [], "created": new}),
        Err(fault) => json!({"success": false, "errors": [fault.entry()]}),
    }
}

/// Rows of one object by their ids, null for those that are not there.
fn rows(call: &Call, work: &Work<'_, '_>, name: &str) -> Result<Part, Fault> {
    let table = work.model.table(name).ok_or_else(Fault::not_found)?;
    let wanted = match call.method.as_str() {
        "POST" => serde_json::from_value(call.body.clone()).map_err(|_| Fault::json())?,
        _ => {
            let list = |name| call.parameter(name).unwrap_or_default().split(',').map(str::to_owned).collect();
            Wanted { ids: list("ids"), fields: list("fields") }
        }
    };
    limit(wanted.ids.len(), MAX_READ)?;
    let fields = wanted.fields.join(",");
    if fields.is_empty() {
        return Err(Fault::bad("MISSING_ARGUMENT", "The fields parameter is missing"));
    }
    let asked = call.asked(work, work, &[]);
    let row = |text: &String| {
        let row = id::parse(text).and_then(|id| work.get(&table.name, &id));
        row.map_or(Ok(Json::Null), |row| soql::record(&asked, table, row, &fields))
    };
    Ok(Part::ok(Json::Array(wanted.ids.iter().map(row).collect::<Result<_, _>>()?)))
}

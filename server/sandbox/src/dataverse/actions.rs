//! Bound actions on entity sets: `CreateMultiple`, `UpdateMultiple`, `UpsertMultiple`.

use serde_json::{Map, Value as Json, json};

use super::address::{Key, Segment};
use super::call::Call;
use super::fault::Fault;
use super::payload::object;
use super::security::Op;
use super::{coerce, guid, write};
use crate::http::Answer;
use crate::schema::Table;
use crate::store::{RowId, Transaction};

/// Most rows of one call.
const MAX_TARGETS: usize = 1000;

/// Answers a POST of an action; none when the address names no action.
pub(crate) fn post<'a>(
    call: &Call<'a>,
    tx: &mut Transaction<'_>,
    first: &Segment,
    rest: &[Segment],
) -> Result<Option<Answer>, Fault> {
    if let Some(action) = rest.iter().find_map(|segment| segment.name.strip_prefix("Microsoft.Dynamics.CRM.")) {
        let ([_], None) = (rest, &first.arguments) else {
            return Err(Fault::unsupported(&format!("the action '{action}'")));
        };
        if call.request.method != "POST" {
            return Err(Fault::method(&call.request.method));
        }
        let table = call.table(&first.name)?;
        return match action {
            "CreateMultiple" => create(call, tx, table).map(Some),
            "UpdateMultiple" => update(call, tx, table).map(Some),
            "UpsertMultiple" => upsert(call, tx, table).map(Some),
            other => Err(Fault::unsupported(&format!("the action '{other}'"))),
        };
    }
    let is_action = first.name.starts_with(|c: char| c.is_ascii_uppercase());
    match is_action {
        true => Err(Fault::unsupported(&format!("the action or resource '{}'", first.name))),
        false => Ok(None),
    }
}

fn targets(call: &Call<'_>, table: &Table) -> Result<Vec<Map<String, Json>>, Fault> {
    let mut body = object(&call.request.body)?;
    let Some(Json::Array(items)) = body.remove("Targets") else {
        return Err(Fault::payload("The parameter 'Targets' is missing."));
    };
    if let Some(other) = body.keys().next() {
        return Err(Fault::payload(format!("The parameter '{other}' is not one of this operation.")));
    }
    if items.is_empty() {
        return Err(Fault::argument("The parameter 'Targets' cannot be empty."));
    }
    if items.len() > MAX_TARGETS {
        return Err(Fault::argument(format!("The parameter 'Targets' holds more than {MAX_TARGETS} rows.")));
    }
    let wanted = format!("Microsoft.Dynamics.CRM.{}", table.name);
    let mut found = Vec::new();
    for item in items {
        let Json::Object(object) = item else { return Err(Fault::payload("'Targets' must hold objects.")) };
        let typed = object.get("@odata.type").and_then(Json::as_str).map(|name| name.trim_start_matches('#'));
        if typed != Some(wanted.as_str()) {
            return Err(Fault::payload(format!("Every element of 'Targets' needs '@odata.type' with '{wanted}'.")));
        }
        found.push(object);
    }
    Ok(found)
}

fn create<'a>(call: &Call<'a>, tx: &mut Transaction<'_>, table: &'a Table) -> Result<Answer, Fault> {
    let mut ids = Vec::new();
    for object in targets(call, table)? {
        ids.push(call.create(tx, table, object, None, 0)?.to_string());
    }
    let context = format!("{}$metadata#Microsoft.Dynamics.CRM.CreateMultipleResponse", call.root);
    Ok(call.json(200, &json!({"@odata.context": context, "Ids": ids})))
}

fn update<'a>(call: &Call<'a>, tx: &mut Transaction<'_>, table: &'a Table) -> Result<Answer, Fault> {
    call.access.require(&table.name, Op::Write)?;
    for mut object in targets(call, table)? {
        let key = key_of(table, &mut object)?;
        let id = key.require(tx, table)?;
        call.update(tx, table, &id, object)?;
    }
    Ok(call.answer(204))
}

fn upsert<'a>(call: &Call<'a>, tx: &mut Transaction<'_>, table: &'a Table) -> Result<Answer, Fault> {
    let mut results = Vec::new();
    for mut object in targets(call, table)? {
        let key = key_of(table, &mut object)?;
        let (id, created) = match key.find(tx, table) {
            Some(id) => {
                call.update(tx, table, &id, object)?;
                (id, false)
            }
            None => (call.create(tx, table, write::with_key(call.schema, table, &key, object), None, 0)?, true),
        };
        results.push(result(table, &id, created));
    }
    let context = format!("{}$metadata#Microsoft.Dynamics.CRM.UpsertMultipleResponse", call.root);
    Ok(call.json(200, &json!({"@odata.context": context, "Results": results})))
}

fn result(table: &Table, id: &RowId, created: bool) -> Json {
    let target =
        json!({"@odata.type": format!("#Microsoft.Dynamics.CRM.{}", table.name), table.id.as_str(): id.as_str()});
    json!({"RecordCreated": created, "Target": target})
}

/// The key a target names: `@odata.id` with an alternate key, the primary key, or the columns of an alternate key.
fn key_of(table: &Table, object: &mut Map<String, Json>) -> Result<Key, Fault> {
    if let Some(address) = object.get("@odata.id").and_then(Json::as_str) {
        let inside = address.split_once('(').and_then(|(set, rest)| {
            let own = set.rsplit('/').next() == Some(table.set.as_str());
            rest.strip_suffix(')').filter(|_| own)
        });
        let inside = inside.ok_or_else(|| Fault::payload(format!("'@odata.id' names no row of '{}'.", table.set)))?;
        return Key::parse(table, inside, &|_| None);
    }
    if let Some(id) = object.remove(&table.id) {
        let id = id.as_str().and_then(guid::parse);
        return id.map(Key::Id).ok_or_else(|| Fault::payload(format!("'{}' is not a GUID.", table.id)));
    }
    for (name, columns) in &table.keys {
        let mut values = Vec::new();
        for column in columns.iter().filter_map(|column| table.column(column)) {
            let Some(json) = object.get(&column.name) else { break };
            if let Some(value) = coerce::from_json(column, json)? {
                values.push((column.name.clone(), value));
            }
        }
        if values.len() == columns.len() {
            object.retain(|name, _| !columns.contains(name));
            return Ok(Key::Alternate { name: name.clone(), values });
        }
    }
    Err(Fault::argument(format!("A row of '{}' is named by no key.", table.name)))
}

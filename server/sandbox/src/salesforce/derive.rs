//! What the platform fills in: owner, times, names of persons, the account and the end of an event, states.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde_json::json;

use super::coerce;
use super::fault::Fault;
use super::model::Model;
use crate::schema::{Kind, Table};
use crate::store::{Changes, Ref, RowId, State, Value};
use jiff::Timestamp;

/// Values of a row to be.
pub(crate) type Values = BTreeMap<String, Value>;

/// What a new row has before anything else is said of it.
pub(crate) fn defaults(model: &Model, table: &Table, changes: &mut Changes) {
    // "IsInvitee defaults to true [..] if IsInvitee, IsParent, and IsWhat are not set" ("EventRelation").
    let kinds = ["IsInvitee", "IsParent", "IsWhat"];
    if table.name == "EventRelation" && !kinds.iter().any(|kind| changes.contains_key(*kind)) {
        changes.insert("IsInvitee".to_owned(), Some(Value::Bool(true)));
    }
    for column in table.columns.values() {
        if changes.contains_key(&column.name) {
            continue;
        }
        let value = match (&column.default, column.kind) {
            (Some(default), _) => coerce::value(model, column, &json!(default)).ok().flatten(),
            (None, Kind::Bool) => Some(Value::Bool(false)),
            (None, _) => None,
        };
        if let Some(value) = value {
            changes.insert(column.name.clone(), Some(value));
        }
    }
}

/// Who writes, and when.
pub(crate) fn stamp(table: &Table, user: &RowId, now: Timestamp, new: bool, changes: &mut Changes) {
    let user = || Value::Ref(Ref::new("User", user.clone()));
    let now = Timestamp::from_second(now.as_second()).unwrap_or(now);
    let mut set = |name: &str, value: Value| {
        if table.column(name).is_some_and(|column| column.kind.holds(&value)) {
            changes.insert(name.to_owned(), Some(value));
        }
    };
    if new {
        set("CreatedById", user());
        set("CreatedDate", Value::Moment(now));
    }
    set("LastModifiedById", user());
    set("LastModifiedDate", Value::Moment(now));
    set("SystemModstamp", Value::Moment(now));
    let owned = table.column("OwnerId").is_some();
    if new && owned && !changes.contains_key("OwnerId") {
        changes.insert("OwnerId".to_owned(), Some(user()));
    }
}

/// Columns that follow from others. `changes` has what is written, `before` the row as it was.
pub(crate) fn follow(state: &State, table: &Table, before: &Values, changes: &mut Changes) -> Result<(), Fault> {
    let mut row = before.clone();
    for (name, value) in changes.iter() {
        match value {
            Some(value) => row.insert(name.clone(), value.clone()),
            None => row.remove(name),
        };
    }
    let mut derived = Changes::new();
    if is_person(table) {
        derived.insert("Name".to_owned(), person(&row));
    }
    let text = |name: &str| row.get(name).and_then(Value::as_text).unwrap_or_default();
    if matches!(table.name.as_str(), "Event" | "Task") {
        of_a_lead_alone(&row)?;
    }
    match table.name.as_str() {
        "Event" => event(state, &row, changes, &mut derived)?,
        "Task" => {
            derived.insert("AccountId".to_owned(), account(state, &row).map(Value::Ref));
            derived.insert("IsClosed".to_owned(), Some(Value::Bool(text("Status") == "Completed")));
            derived.insert("IsHighPriority".to_owned(), Some(Value::Bool(text("Priority") == "High")));
        }
        "Case" => {
            derived.insert("IsClosed".to_owned(), Some(Value::Bool(text("Status") == "Closed")));
        }
        "Opportunity" => {
            let stage = text("StageName");
            derived.insert("IsWon".to_owned(), Some(Value::Bool(stage == "Closed Won")));
            derived.insert("IsClosed".to_owned(), Some(Value::Bool(stage.starts_with("Closed"))));
        }
        _ => {}
    }
    derived.retain(|name, _| table.column(name).is_some());
    changes.extend(derived);
    Ok(())
}

/// The next number of a table that is numbered.
pub(crate) fn number(state: &State, table: &Table, changes: &mut Changes) {
    let numbered = table.columns.values().filter(|column| {
        column.auto_number
            || (column.name == table.name_column.clone().unwrap_or_default() && column.name == "CaseNumber")
    });
    for column in numbered {
        let last =
            state.rows(&table.name).filter_map(|row| row.get(&column.name)?.as_text()?.parse::<u64>().ok()).max();
        changes.insert(column.name.clone(), Some(Value::Text(format!("{:08}", last.unwrap_or(1000) + 1))));
    }
}

fn is_person(table: &Table) -> bool {
    let computed = table.column("Name").is_some_and(|column| !column.create);
    computed && table.column("FirstName").is_some() && table.column("LastName").is_some()
}

fn person(row: &Values) -> Option<Value> {
    let part = |name: &str| row.get(name).and_then(Value::as_text).filter(|text| !text.is_empty());
    let parts: Vec<&str> = [part("FirstName"), part("LastName")].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| Value::Text(parts.join(" ")))
}

fn moment(row: &Values, name: &str) -> Option<Timestamp> {
    match row.get(name) {
        Some(Value::Moment(moment)) => Some(*moment),
        _ => None,
    }
}

fn event(state: &State, row: &Values, written: &Changes, derived: &mut Changes) -> Result<(), Fault> {
    derived.insert("AccountId".to_owned(), account(state, row).map(Value::Ref));
    let all_day = row.get("IsAllDayEvent") == Some(&Value::Bool(true));
    let given = |name: &str| written.contains_key(name);
    let start = match given("ActivityDateTime") && !given("StartDateTime") {
        true => moment(row, "ActivityDateTime"),
        false => moment(row, "StartDateTime").or_else(|| moment(row, "ActivityDateTime")),
    };
    let day = match row.get("ActivityDate") {
        Some(Value::Date(day)) if all_day => coerce::midnight(*day),
        _ => None,
    };
    let Some(start) = start.or(day) else { return Err(missing_time()) };
    let minutes = match row.get("DurationInMinutes") {
        Some(Value::Int(minutes)) => Some(*minutes),
        _ => None,
    };
    if given("EndDateTime") && given("DurationInMinutes") {
        agree(start, moment(row, "EndDateTime"), minutes)?;
    }
    // Of end and duration the one that is written wins; otherwise the duration is kept when the start moves.
    let end = moment(row, "EndDateTime").filter(|_| given("EndDateTime") || minutes.is_none());
    let by_end = end.filter(|_| given("EndDateTime") || !given("DurationInMinutes"));
    let minutes = match (by_end, minutes, all_day) {
        (Some(end), _, _) => end.duration_since(start).as_mins(),
        (None, Some(minutes), _) => minutes,
        (None, None, true) => 1440,
        (None, None, false) => return Err(missing_time()),
    };
    if minutes < 0 {
        let message = "Event duration cannot be negative: the end must not be before the start.";
        return Err(Fault::bad("FIELD_INTEGRITY_EXCEPTION", message).on(&["DurationInMinutes"]));
    }
    let end = start.checked_add(SignedDuration::from_mins(minutes)).map_err(|_| missing_time())?;
    let date = coerce::day(start);
    derived.insert("StartDateTime".to_owned(), Some(Value::Moment(start)));
    derived.insert("ActivityDateTime".to_owned(), Some(Value::Moment(start)));
    derived.insert("ActivityDate".to_owned(), Some(Value::Date(date)));
    derived.insert("EndDateTime".to_owned(), Some(Value::Moment(end)));
    derived.insert("EndDate".to_owned(), Some(Value::Date(coerce::day(end))));
    derived.insert("DurationInMinutes".to_owned(), Some(Value::Int(minutes)));
    Ok(())
}

/// "Supplying values in both fields is allowed if the values add up to the same amount of time" ("Event").
fn agree(start: Timestamp, end: Option<Timestamp>, minutes: Option<i64>) -> Result<(), Fault> {
    match end.zip(minutes).is_none_or(|(end, minutes)| end.duration_since(start).as_mins() == minutes) {
        true => Ok(()),
        false => {
            let message = "Event duration inconsistency: DurationInMinutes and EndDateTime differ.";
            Err(Fault::bad("FIELD_INTEGRITY_EXCEPTION", message).on(&["DurationInMinutes", "EndDateTime"]))
        }
    }
}

fn missing_time() -> Fault {
    let message = "Required fields are missing: [DurationInMinutes, ActivityDateTime]";
    Fault::bad("REQUIRED_FIELD_MISSING", message).on(&["DurationInMinutes", "ActivityDateTime"])
}

/// What is about a lead is about nothing else.
fn of_a_lead_alone(row: &Values) -> Result<(), Fault> {
    let reference = |name: &str| row.get(name).and_then(Value::reference);
    match reference("WhoId").is_some_and(|who| who.table == "Lead") && reference("WhatId").is_some() {
        true => {
            let message = "An activity that is related to a lead cannot be related to another record";
            Err(Fault::bad("FIELD_INTEGRITY_EXCEPTION", message).on(&["WhatId"]))
        }
        false => Ok(()),
    }
}

/// The account an activity belongs to: what it is about, or that thing's account, or the account of the person. Accounts
/// of cases and of other things do not count ("Event").
fn account(state: &State, row: &Values) -> Option<Ref> {
    let reference = |name: &str| row.get(name).and_then(Value::reference);
    let of = |reference: &Ref| match reference.table.as_str() {
        "Account" => Some(reference.clone()),
        "Contact" | "Contract" | "Opportunity" => state.follow(reference)?.get("AccountId")?.reference().cloned(),
        _ => None,
    };
    reference("WhatId").and_then(of).or_else(|| reference("WhoId").and_then(of))
}

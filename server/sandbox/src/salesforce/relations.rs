//! People and records of an event, as "EventRelation" in the Object Reference has them.
//!
//! Without Shared Activities the rows are invitees and nothing else. With them the platform keeps a row for what stands
//! in `WhoId` and in `WhatId` too, and further contacts may be related to the event.

use std::collections::BTreeMap;

use super::derive;
use super::fault::{Fault, duplicate};
use super::id;
use super::work::{Gone, Work};
use crate::schema::Table;
use crate::store::{Changes, Ref, Row, RowId, Value};

/// Most invitees of an event.
const MAX_INVITEES: usize = 1000;
/// Most contacts that an event is with.
const MAX_CONTACTS: usize = 50;

const RELATION: &str = "EventRelation";

/// Keeps the relations of an event, or the event of a relation, after a write.
pub(crate) fn follow(work: &mut Work<'_, '_>, table: &Table, row: &RowId) -> Result<(), Fault> {
    match table.name.as_str() {
        "Event" if work.sf.shared_activities() => {
            for (column, flag) in [("WhoId", "IsParent"), ("WhatId", "IsWhat")] {
                let wanted = target(work, "Event", row, column);
                keep(work, row, flag, wanted)?;
            }
            Ok(())
        }
        RELATION => related(work, row),
        _ => Ok(()),
    }
}

/// What is left of an event when relations are gone.
pub(crate) fn unfollow(work: &mut Work<'_, '_>, gone: &[Gone]) -> Result<(), Fault> {
    for gone in gone.iter().filter(|gone| gone.table == RELATION && work.sf.shared_activities()) {
        let Some(event) = gone.row.get("EventId").and_then(Value::row_id).cloned() else { continue };
        let was = gone.row.get("RelationId").and_then(Value::reference).cloned();
        for (column, flag) in [("WhoId", "IsParent"), ("WhatId", "IsWhat")] {
            if is(&gone.row, flag) && was.is_some() && target(work, "Event", &event, column) == was {
                let next = relations(work, &event).find(|row| is(row, flag));
                let next = next.and_then(|row| row.get("RelationId")?.reference().cloned());
                set(work, &event, column, next)?;
            }
        }
    }
    Ok(())
}

fn is(row: &Row, flag: &str) -> bool {
    row.get(flag) == Some(&Value::Bool(true))
}

fn target(work: &Work<'_, '_>, table: &str, row: &RowId, column: &str) -> Option<Ref> {
    work.get(table, row)?.get(column)?.reference().cloned()
}

fn relations<'a>(work: &'a Work<'_, '_>, event: &RowId) -> impl Iterator<Item = &'a Row> {
    let event = Value::Ref(Ref::new("Event", event.clone()));
    work.rows(RELATION).filter(move |row| row.get("EventId") == Some(&event))
}

/// The platform's own relation of an event: there where the event has a value, and only then.
fn keep(work: &mut Work<'_, '_>, event: &RowId, flag: &str, wanted: Option<Ref>) -> Result<(), Fault> {
    let found: Vec<(RowId, Option<Ref>)> = relations(work, event)
        .filter(|row| is(row, flag))
        .map(|row| (row.id.clone(), row.get("RelationId").and_then(|value| value.reference().cloned())))
        .collect();
    if wanted.is_some() && found.iter().any(|(_, target)| *target == wanted) {
        return Ok(());
    }
    for (row, _) in found {
        match work.get(RELATION, &row).is_some_and(|row| is(row, "IsInvitee")) {
            // Who is no longer what the event is with stays invited.
            true => mark(work, &row, flag, false)?,
            false => work.tx()?.delete(RELATION, &row)?,
        }
    }
    let Some(wanted) = wanted else { return Ok(()) };
    let same = Some(Value::Ref(wanted.clone()));
    let there = relations(work, event).find(|row| row.get("RelationId") == same.as_ref()).map(|row| row.id.clone());
    if let Some(row) = there {
        return mark(work, &row, flag, true);
    }
    let Some(table) = work.sf.model.table(RELATION) else { return Ok(()) };
    let yes = |name: &str| (name.to_owned(), Some(Value::Bool(true)));
    let event = ("EventId".to_owned(), Some(Value::Ref(Ref::new("Event", event.clone()))));
    let mut changes = Changes::from([event, ("RelationId".to_owned(), Some(Value::Ref(wanted))), yes(flag)]);
    derive::defaults(&work.sf.model, table, &mut changes);
    derive::stamp(table, &work.user, work.sf.world.clock.now(), true, &mut changes);
    let row = id::make(work.sf.model.prefix(table), work.sf.world.ids.next());
    Ok(work.tx()?.insert(RELATION, row, changes)?)
}

/// Sets or clears a flag of a relation.
fn mark(work: &mut Work<'_, '_>, row: &RowId, flag: &str, on: bool) -> Result<(), Fault> {
    let Some(table) = work.sf.model.table(RELATION) else { return Ok(()) };
    let mut changes = Changes::from([(flag.to_owned(), Some(Value::Bool(on)))]);
    derive::stamp(table, &work.user, work.sf.world.clock.now(), false, &mut changes);
    Ok(work.tx()?.update(RELATION, row, changes)?)
}

fn set(work: &mut Work<'_, '_>, event: &RowId, column: &str, to: Option<Ref>) -> Result<(), Fault> {
    let Some(table) = work.sf.model.table("Event") else { return Ok(()) };
    let before = work.get("Event", event).map(|row| row.values.clone()).unwrap_or_default();
    let mut changes = BTreeMap::from([(column.to_owned(), to.map(Value::Ref))]);
    derive::stamp(table, &work.user, work.sf.world.clock.now(), false, &mut changes);
    derive::follow(work, table, &before, &mut changes)?;
    Ok(work.tx()?.update("Event", event, changes)?)
}

/// A relation that a client has written.
fn related(work: &mut Work<'_, '_>, row: &RowId) -> Result<(), Fault> {
    let Some(row) = work.get(RELATION, row).cloned() else { return Ok(()) };
    let (shared, parent) = (work.sf.shared_activities(), is(&row, "IsParent"));
    if !shared && (parent || is(&row, "IsWhat")) {
        // Without Shared Activities there are no such fields.
        let field = if parent { "IsParent" } else { "IsWhat" };
        return Err(super::coerce::not_writable(&[field]));
    }
    let Some(event) = row.get("EventId").and_then(Value::row_id).cloned() else { return Ok(()) };
    if shared {
        alone(work, &event, &row)?;
    }
    let with = |flag: &'static str| relations(work, &event).filter(move |row| is(row, flag));
    if with("IsInvitee").count() > MAX_INVITEES {
        return Err(limit(&format!("an event can have at most {MAX_INVITEES} invitees")));
    }
    if !parent {
        return Ok(());
    }
    let kinds: Vec<String> =
        with("IsParent").filter_map(|row| Some(row.get("RelationId")?.reference()?.table.clone())).collect();
    let leads = kinds.iter().filter(|kind| *kind == "Lead").count();
    if kinds.len() > MAX_CONTACTS || (leads > 0 && kinds.len() > 1) {
        return Err(limit(&format!("an event can be with at most {MAX_CONTACTS} contacts or one lead")));
    }
    match target(work, "Event", &event, "WhoId") {
        Some(_) => Ok(()),
        None => set(work, &event, "WhoId", row.get("RelationId").and_then(Value::reference).cloned()),
    }
}

/// "If a contact or lead is also an invitee, there is one EventRelation record for that person" ("EventRelation").
fn alone(work: &Work<'_, '_>, event: &RowId, row: &Row) -> Result<(), Fault> {
    let twin =
        relations(work, event).find(|other| other.id != row.id && other.get("RelationId") == row.get("RelationId"));
    twin.map_or(Ok(()), |twin| Err(duplicate("RelationId", twin.id.as_str())))
}

fn limit(message: &str) -> Fault {
    Fault::bad("FIELD_INTEGRITY_EXCEPTION", message).on(&["RelationId"])
}

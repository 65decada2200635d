//! What was changed or deleted in a span of time ("sObject Get Updated", "sObject Get Deleted").

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};

use super::call::Call;
use super::coerce;
use super::fault::Fault;
use super::render;
use super::work::Work;
use crate::schema::Table;
use crate::store::Value;

/// How far back one may ask.
const MAX_BACK: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Ids of the rows that were created or changed.
pub(crate) fn updated(call: &Call, work: &Work<'_, '_>, table: &Table) -> Result<Json, Fault> {
    let (from, to) = span(call, work)?;
    let changed = work.rows(&table.name).filter(|row| match row.get("SystemModstamp") {
        Some(Value::Moment(moment)) => from <= *moment && *moment < to,
        _ => false,
    });
    let ids: Vec<&str> = changed.map(|row| row.id.as_str()).collect();
    Ok(json!({"ids": ids, "latestDateCovered": time(to)}))
}

/// The rows that were deleted.
pub(crate) fn deleted(call: &Call, work: &Work<'_, '_>, table: &Table) -> Result<Json, Fault> {
    let (from, to) = span(call, work)?;
    let gone = work.all_deleted();
    let gone = gone.iter().filter(|gone| gone.table == table.name && from <= gone.at && gone.at < to);
    let records: Vec<Json> =
        gone.map(|gone| json!({"deletedDate": time(gone.at), "id": gone.row.id.as_str()})).collect();
    Ok(json!({
        "deletedRecords": records, "earliestDateAvailable": time(work.sf.since), "latestDateCovered": time(to),
    }))
}

fn time(moment: Timestamp) -> Json {
    render::plain(&Value::Moment(moment))
}

fn span(call: &Call, work: &Work<'_, '_>) -> Result<(Timestamp, Timestamp), Fault> {
    let moment = |name: &str| {
        let text = call.parameter(name);
        let text = text.ok_or_else(|| Fault::bad("MISSING_ARGUMENT", format!("The {name} parameter is missing")))?;
        // A plus that was not encoded has become a blank.
        let wrong = || Fault::bad("INVALID_DATE_FORMAT", format!("{name} is no date and time"));
        coerce::moment(&text.replace(' ', "+")).ok_or_else(wrong)
    };
    let (from, to) = (moment("start")?, moment("end")?);
    let now = work.sf.world.clock.now();
    if to <= from {
        return Err(Fault::bad("INVALID_REPLICATION_DATE", "endDate before or equal to startDate"));
    }
    match now.duration_since(from) > MAX_BACK {
        true => Err(Fault::bad("INVALID_REPLICATION_DATE", "startDate is more than 30 days ago")),
        false => Ok((from, to)),
    }
}

//! What becomes of a meeting in the calendar of its owner, where its event carries the meeting's id: the meeting follows.
//!
//! Whoever reads calendars hands it over, as often as it likes: what is so already changes nothing and tells nothing, and so does
//! what stands in the calendar of somebody else who takes part, what is cancelled here, and what has begun.

use engage_store::platform::{self as store, Meetings, Outbox, Tx, folded};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::book::Given;
use super::caller::Caller;
use super::cancel::Cancellation;
use super::change::{Move, ahead, rewrite, there};
use super::events;
use super::meeting::Body;
use crate::calendar::{span, taken};
use crate::{Bookme, Error, Problems, Refusal, Tenancy};

/// The reason of a cancellation in the calendar.
const REMOVED: &str = "removed in calendar";
/// Who does what is done in a calendar: what follows is done by the application, for nobody is signed in.
const CALENDAR: &str = "calendar";

/// An event of a calendar that carries the id of a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnEvent {
    /// The meeting.
    pub meeting_id: Uuid,
    /// In whose calendar it is, or was.
    pub employee_id: Uuid,
}

/// What somebody who is invited has answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reply {
    /// Nothing yet.
    None,
    /// Yes.
    Accepted,
    /// Perhaps.
    Tentative,
    /// No.
    Declined,
}

impl Reply {
    /// As events say it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::Accepted => "Accepted",
            Self::Tentative => "Tentative",
            Self::Declined => "Declined",
        }
    }
}

/// Somebody who is invited.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Invited {
    /// The e-mail address.
    pub email: String,
    /// The name.
    pub name: Option<String>,
    /// The answer.
    pub reply: Reply,
}

impl std::fmt::Debug for Invited {
    /// Nobody is named.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Invited").field("reply", &self.reply).finish_non_exhaustive()
    }
}

impl Bookme {
    /// The event was moved: so is the meeting, with everybody and its room if that is free. The owner has decided, so that the time is
    /// the meeting's even where somebody is not free. `changed` is when the event was changed last: what the calendar said before the
    /// meeting was changed here is old. Whether anything came of it.
    ///
    /// # Errors
    /// [`Error::Invalid`] where that is no time, [`Error::Store`].
    pub async fn moved_in_calendar(
        &self,
        tenancy: &Tenancy,
        event: OwnEvent,
        time: (Timestamp, Timestamp),
        changed: Timestamp,
    ) -> Result<bool, Error> {
        let mut problems = Problems::default();
        span(time.0, time.1, &mut problems);
        problems.finish()?;
        match self.shifted(tenancy, event, time, changed, false).await {
            Err(Error::Conflict(Refusal::TimeSlotTaken)) => {
                still(self.shifted(tenancy, event, time, changed, true).await)
            }
            answer => still(answer),
        }
    }

    async fn shifted(
        &self,
        tenancy: &Tenancy,
        event: OwnEvent,
        time: (Timestamp, Timestamp),
        changed: Timestamp,
        forced: bool,
    ) -> Result<bool, Error> {
        let given = self.of_calendar(tenancy, event).await?;
        let work = self.database.write((given, event, time, changed, forced), |tx, input| {
            Box::pin(async move {
                let (given, event, time, changed, forced) = input;
                let (kept, was) = there(tx, given).await?;
                ahead(&kept, given.at)?;
                let stays = kept.starts.zip(kept.ends).is_none_or(|at| at == *time);
                if stays || was.details.employee_id != event.employee_id || *changed < kept.modified {
                    return Ok(false);
                }
                let body = Body { ignores_conflicts: was.ignores_conflicts || *forced, ..was.clone() };
                rewrite(tx, given, (kept, was), body, Some(Move { time: *time, held: None })).await?;
                Ok(true)
            })
        });
        work.await.map_err(taken)
    }

    /// The event was deleted: the meeting is cancelled, by its owner. Whether anything came of it.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn removed_in_calendar(&self, tenancy: &Tenancy, event: OwnEvent) -> Result<bool, Error> {
        let caller = Caller::client(CALENDAR);
        let owner = match self.meeting(tenancy, event.meeting_id, &caller).await {
            Ok(meeting) => meeting.details.employee_id,
            Err(error) => return still(Err(error)),
        };
        if owner != event.employee_id {
            return Ok(false);
        }
        let compiled = self.compiled(tenancy).await?;
        let name = compiled.employees.get(&owner).map_or("owner", |owner| owner.display_name.as_str()).to_owned();
        let cancellation = Cancellation { cancelled_by: Some(name), reason: Some(REMOVED.to_owned()), portal_id: None };
        still(self.cancel(tenancy, event.meeting_id, cancellation, &caller).await.map(|()| true))
    }

    /// Who is invited to the event, or what they have answered, is another: it is told as `AttendanceRecorded`. Nobody else takes part
    /// in the meeting by that. Whether anything was told.
    ///
    /// # Errors
    /// [`Error::Invalid`] with all that is wrong, [`Error::Store`].
    pub async fn attendees_in_calendar(
        &self,
        tenancy: &Tenancy,
        event: OwnEvent,
        mut invited: Vec<Invited>,
    ) -> Result<bool, Error> {
        let mut problems = Problems::default();
        problems.count("", invited.len(), 1_000);
        for (position, one) in invited.iter().enumerate() {
            problems.name(&format!("/{position}/email"), &one.email, 500);
            problems.length(&format!("/{position}/name"), one.name.as_deref().unwrap_or_default(), 500);
        }
        problems.finish()?;
        invited.sort();
        let given = self.of_calendar(tenancy, event).await?;
        let attendees = attendees(&given, &invited);
        let work = self.database.write((given, event, attendees), |tx, (given, event, attendees)| {
            Box::pin(record(tx, given, *event, attendees))
        });
        still(work.await)
    }

    async fn of_calendar(&self, tenancy: &Tenancy, event: OwnEvent) -> Result<Given, Error> {
        Ok(Given { id: event.meeting_id, ..self.prepared(tenancy, &Caller::client(CALENDAR)).await? })
    }
}

/// What is not there any more, or has begun, stays as it is.
fn still(answer: Result<bool, Error>) -> Result<bool, Error> {
    match answer {
        Err(Error::NotFound { .. } | Error::Conflict(Refusal::MeetingInPast)) => Ok(false),
        answer => answer,
    }
}

fn attendees(given: &Given, invited: &[Invited]) -> Value {
    let employee = |email: &str| {
        let same = |one: &&crate::configuration::Employee| folded(&one.email) == folded(email);
        given.compiled.employees.values().find(same).map(|one| one.id)
    };
    let one = |one: &Invited| {
        json!({
            "Name": one.name, "Email": one.email, "EmployeeId": employee(&one.email), "Status": one.reply.as_str(),
        })
    };
    invited.iter().map(one).collect()
}

async fn record(tx: &mut Tx, given: &Given, event: OwnEvent, attendees: &Value) -> Result<bool, Error> {
    let (kept, mut body) = there(tx, given).await?;
    // Of those who come nothing is kept but what tells whether they are others now.
    let told = Uuid::new_v5(&kept.id, attendees.to_string().as_bytes());
    if body.details.employee_id != event.employee_id || body.attendance == Some(told) {
        return Ok(false);
    }
    body.attendance = Some(told);
    let new = store::Meeting { body: body.json()?, ..kept };
    tx.replace_meeting(&given.tenancy, &new, &body.participants()).await?;
    tx.append_event(&events::attendance(given, &new, &body, attendees)).await?;
    Ok(true)
}

//! Meetings, and who takes part in them.

use async_trait::async_trait;
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::Tenancy;
use crate::platform::StoreError;
use crate::platform::organisations::found;
use crate::platform::sql::{Bind, Row, Scoped, Session, Tx, binds, json_text};

/// The longest creator and customer, in bytes.
const MAX_KEY: usize = 1024;
/// The longest meeting, in bytes.
const MAX_BODY: usize = 512 << 10;

/// A meeting, as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Meeting {
    /// Its id, for ever.
    pub id: Uuid,
    /// When it begins; nothing where it is not yet known.
    pub starts: Option<Timestamp>,
    /// When it ends.
    pub ends: Option<Timestamp>,
    /// Who made it.
    pub creator: String,
    /// Which customer it is with.
    pub customer: Option<String>,
    /// All that it says.
    pub body: Value,
    /// How often it was written.
    pub version: i64,
    /// When it was made.
    pub created: Timestamp,
    /// When it was written last.
    pub modified: Timestamp,
    /// Since when it is cancelled.
    pub cancelled: Option<Timestamp>,
    /// When what is personal in it was removed.
    pub erased: Option<Timestamp>,
}

/// Which meetings are asked for: all that hold of what is given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MeetingFilter {
    /// This employee takes part.
    pub employee: Option<Uuid>,
    /// Written at this instant or later.
    pub modified_from: Option<Timestamp>,
    /// Written at this instant or earlier.
    pub modified_until: Option<Timestamp>,
    /// Made by this creator.
    pub creator: Option<String>,
    /// With this customer.
    pub customer: Option<String>,
}

/// A meeting of which what is personal is due to be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erasable {
    /// Which.
    pub meeting: Uuid,
    /// When it ended.
    pub ended: Timestamp,
}

/// What a meeting is read from.
macro_rules! columns {
    () => {
        "m.id, m.starts, m.ends, m.creator, m.customer, m.body, m.version, m.created, m.modified, m.cancelled, m.erased"
    };
}

macro_rules! meetings {
    ($more:literal) => {
        concat!(
            "SELECT ",
            columns!(),
            " FROM booking_meetings m WHERE m.organisation = $1 AND m.environment = $2",
            $more
        )
    };
}

/// The meetings that a filter asks for: `$of` says where they come from, `$what` what is read of them.
macro_rules! asked {
    ($what:expr, $of:expr, $end:literal) => {
        concat!(
            "SELECT ",
            $what,
            " FROM ",
            $of,
            " AND m.cancelled IS NULL AND ($5 IS NULL OR m.creator = $5) AND ($6 IS NULL OR m.customer = $6)",
            $end
        )
    };
}

/// `version > 0`, which holds of every meeting, is the index by change.
macro_rules! of_all {
    () => {
        "booking_meetings m WHERE m.organisation = $1 AND m.environment = $2 AND m.version > 0
           AND m.modified >= $3 AND m.modified <= $4"
    };
}

/// From who takes part to meetings, in the order of the index that says since when: whatever took place before is not looked at. `CROSS JOIN`
/// is that order to SQLite, which knows no numbers of rows.
macro_rules! of_employee {
    () => {
        "booking_participants p CROSS JOIN booking_meetings m WHERE m.organisation = $1 AND m.environment = $2
           AND p.organisation = $1 AND p.environment = $2 AND p.employee = $8
           AND p.modified >= $3 AND p.modified <= $4 AND m.id = p.meeting"
    };
}

const ONE: Scoped = Scoped::new(meetings!(" AND m.id = $3"));
const LIST: Scoped = Scoped::new(asked!(columns!(), of_all!(), " ORDER BY m.modified, m.id LIMIT $7"));
const LIST_OF_EMPLOYEE: Scoped =
    Scoped::new(asked!(columns!(), of_employee!(), " ORDER BY p.modified, p.meeting LIMIT $7"));
/// Whether there are more than so many: no body is read for that.
const MORE: Scoped = Scoped::new(asked!("1", of_all!(), " LIMIT 1 OFFSET $7"));
const MORE_OF_EMPLOYEE: Scoped = Scoped::new(asked!("1", of_employee!(), " LIMIT 1 OFFSET $7"));
const OF_CUSTOMER: Scoped = Scoped::new(meetings!(" AND m.customer = $3 ORDER BY m.id"));
const INSERT: Scoped = Scoped::new(
    "INSERT INTO booking_meetings (organisation, environment, id, starts, ends, creator, customer, body, version, created,
       modified, cancelled, erased)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10, $11, $12)",
);
const REPLACE: Scoped = Scoped::new(
    "UPDATE booking_meetings SET starts = $4, ends = $5, creator = $6, customer = $7, body = $8, version = version + 1,
       created = $9, modified = $10, cancelled = $11, erased = $12
     WHERE organisation = $1 AND environment = $2 AND id = $3 AND version = $13",
);
const JOIN: Scoped = Scoped::new(
    "INSERT INTO booking_participants (organisation, environment, meeting, employee, place, modified)
     VALUES ($1, $2, $3, $4, $5, $6)",
);
const LEAVE: Scoped =
    Scoped::new("DELETE FROM booking_participants WHERE organisation = $1 AND environment = $2 AND meeting = $3");
/// Who takes part stays, and finds the meeting as one that was written now.
const TOUCH: Scoped = Scoped::new(
    "UPDATE booking_participants SET modified = $4 WHERE organisation = $1 AND environment = $2 AND meeting = $3",
);
const ERASABLE: Scoped = Scoped::new(
    "SELECT id, coalesce(ends, modified) FROM booking_meetings
     WHERE organisation = $1 AND environment = $2 AND erased IS NULL AND coalesce(ends, modified) <= $3
       AND (coalesce(ends, modified), id) > ($4, $5)
     ORDER BY coalesce(ends, modified), id LIMIT $6",
);

/// What is known of meetings.
#[async_trait]
pub trait MeetingReads {
    /// A meeting, even if it is cancelled.
    ///
    /// # Errors
    /// Those of the database, here and below.
    async fn meeting(&mut self, tenancy: &Tenancy, id: Uuid) -> Result<Option<Meeting>, StoreError>;

    /// Meetings that are not cancelled, by when they were written last; nothing where there are more than so many: none of them is read
    /// then.
    ///
    /// # Errors
    /// Those of the database.
    async fn meetings(
        &mut self,
        tenancy: &Tenancy,
        filter: &MeetingFilter,
        most: usize,
    ) -> Result<Option<Vec<Meeting>>, StoreError>;

    /// Every meeting with a customer, cancelled ones too.
    ///
    /// # Errors
    /// Those of the database.
    async fn meetings_of_customer(&mut self, tenancy: &Tenancy, customer: &str) -> Result<Vec<Meeting>, StoreError>;

    /// Meetings that ended, or were written without an end, by an instant, and in which there still is what is personal; the oldest
    /// first, behind one of them.
    ///
    /// # Errors
    /// Those of the database.
    async fn erasable_meetings(
        &mut self,
        tenancy: &Tenancy,
        before: Timestamp,
        after: Option<Erasable>,
        most: usize,
    ) -> Result<Vec<Erasable>, StoreError>;
}

/// What is done with meetings.
#[async_trait]
pub trait Meetings: MeetingReads {
    /// Makes a meeting, of version 1, and says who takes part: the owner first.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] where its id is taken, [`StoreError::Refused`] where it is too large.
    async fn insert_meeting(
        &mut self,
        tenancy: &Tenancy,
        meeting: &Meeting,
        participants: &[Uuid],
    ) -> Result<(), StoreError>;

    /// Lets a meeting say something else, and others take part. `meeting.version` is the one that was read.
    ///
    /// # Errors
    /// [`StoreError::Stale`] where it is another by now, or gone; [`StoreError::Refused`] where it is too large.
    async fn replace_meeting(
        &mut self,
        tenancy: &Tenancy,
        meeting: &Meeting,
        participants: &[Uuid],
    ) -> Result<(), StoreError>;

    /// Lets a meeting say what is personal in it no more, and leaves no trace of it in the files of SQLite. Who takes part stays.
    ///
    /// # Errors
    /// As [`replace_meeting`](Self::replace_meeting).
    async fn erase_meeting(&mut self, tenancy: &Tenancy, meeting: &Meeting) -> Result<(), StoreError>;
}

#[async_trait]
impl<S: Session> MeetingReads for S {
    async fn meeting(&mut self, tenancy: &Tenancy, id: Uuid) -> Result<Option<Meeting>, StoreError> {
        let row = self.of(tenancy.organisation).first(&ONE, tenancy.with(binds![id])).await?;
        row.as_ref().map(read).transpose()
    }

    async fn meetings(
        &mut self,
        tenancy: &Tenancy,
        filter: &MeetingFilter,
        most: usize,
    ) -> Result<Option<Vec<Meeting>>, StoreError> {
        let MeetingFilter { employee, modified_from, modified_until, creator, customer } = filter;
        let asked = |many: usize| {
            let mut binds = binds![
                modified_from.unwrap_or(Timestamp::MIN),
                modified_until.unwrap_or(Timestamp::MAX),
                creator.as_deref(),
                customer.as_deref(),
                many,
            ];
            binds.extend(employee.map(Bind::from));
            tenancy.with(binds)
        };
        let (more, list) = if employee.is_some() { (&MORE_OF_EMPLOYEE, &LIST_OF_EMPLOYEE) } else { (&MORE, &LIST) };
        let mut ours = self.of(tenancy.organisation);
        if ours.first(more, asked(most)).await?.is_some() {
            return Ok(None);
        }
        let rows = ours.all(list, asked(most.saturating_add(1))).await?;
        // Others may have come since.
        if rows.len() > most { Ok(None) } else { rows.iter().map(read).collect::<Result<_, _>>().map(Some) }
    }

    async fn meetings_of_customer(&mut self, tenancy: &Tenancy, customer: &str) -> Result<Vec<Meeting>, StoreError> {
        let rows = self.of(tenancy.organisation).all(&OF_CUSTOMER, tenancy.with(binds![customer])).await?;
        rows.iter().map(read).collect()
    }

    async fn erasable_meetings(
        &mut self,
        tenancy: &Tenancy,
        before: Timestamp,
        after: Option<Erasable>,
        most: usize,
    ) -> Result<Vec<Erasable>, StoreError> {
        let first = Erasable { meeting: Uuid::nil(), ended: Timestamp::MIN };
        let Erasable { meeting, ended } = after.unwrap_or(first);
        let binds = tenancy.with(binds![before, ended, meeting, most]);
        let rows = self.of(tenancy.organisation).all(&ERASABLE, binds).await?;
        rows.iter().map(|row| Ok(Erasable { meeting: row.id(0)?, ended: row.instant(1)? })).collect()
    }
}

#[async_trait]
impl Meetings for Tx {
    async fn insert_meeting(
        &mut self,
        tenancy: &Tenancy,
        meeting: &Meeting,
        participants: &[Uuid],
    ) -> Result<(), StoreError> {
        self.of(tenancy.organisation).execute(&INSERT, tenancy.with(columns(meeting)?)).await?;
        join(self, tenancy, meeting, participants).await
    }

    async fn replace_meeting(
        &mut self,
        tenancy: &Tenancy,
        meeting: &Meeting,
        participants: &[Uuid],
    ) -> Result<(), StoreError> {
        replace(self, tenancy, meeting).await?;
        self.of(tenancy.organisation).execute(&LEAVE, tenancy.with(binds![meeting.id])).await?;
        join(self, tenancy, meeting, participants).await
    }

    async fn erase_meeting(&mut self, tenancy: &Tenancy, meeting: &Meeting) -> Result<(), StoreError> {
        replace(self, tenancy, meeting).await?;
        let touched = tenancy.with(binds![meeting.id, meeting.modified]);
        self.of(tenancy.organisation).execute(&TOUCH, touched).await?;
        self.erases();
        Ok(())
    }
}

async fn replace(tx: &mut Tx, tenancy: &Tenancy, meeting: &Meeting) -> Result<(), StoreError> {
    let mut columns = columns(meeting)?;
    columns.push(Bind::from(meeting.version));
    let changed = tx.of(tenancy.organisation).execute(&REPLACE, tenancy.with(columns)).await?;
    found("meeting", changed).map_err(|_| StoreError::Stale)
}

async fn join(tx: &mut Tx, tenancy: &Tenancy, meeting: &Meeting, participants: &[Uuid]) -> Result<(), StoreError> {
    for (place, employee) in participants.iter().enumerate() {
        let binds = tenancy.with(binds![meeting.id, *employee, place, meeting.modified]);
        tx.of(tenancy.organisation).execute(&JOIN, binds).await?;
    }
    Ok(())
}

fn columns(meeting: &Meeting) -> Result<Vec<Bind>, StoreError> {
    let Meeting { id, starts, ends, creator, customer, body, created, modified, cancelled, erased, .. } = meeting;
    let body = json_text(body)?;
    let long = |text: &String| text.len() > MAX_KEY;
    if body.len() > MAX_BODY || long(creator) || customer.as_ref().is_some_and(long) {
        return Err(StoreError::Refused { what: "a meeting of that size" });
    }
    let customer = customer.as_deref();
    Ok(binds![*id, *starts, *ends, creator, customer, body, *created, *modified, *cancelled, *erased])
}

fn read(row: &Row) -> Result<Meeting, StoreError> {
    Ok(Meeting {
        id: row.id(0)?,
        starts: row.instant_if(1)?,
        ends: row.instant_if(2)?,
        creator: row.text(3)?,
        customer: row.text_if(4)?,
        body: row.json(5)?,
        version: row.integer(6)?,
        created: row.instant(7)?,
        modified: row.instant(8)?,
        cancelled: row.instant_if(9)?,
        erased: row.instant_if(10)?,
    })
}

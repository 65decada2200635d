//! Calendars of employees and rooms: slots, and the guard that lets no two have the same time.

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use super::Tenancy;
use super::changes::FORGET;
use crate::platform::StoreError;
use crate::platform::organisations::found;
use crate::platform::sql::{Bind, Row, Scoped, Session, Tx, binds, json_text};

/// The longest text of a slot, in bytes.
const MAX_TEXT: usize = 1024;

/// A stretch of a calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SlotRow {
    /// Its id, for ever.
    pub id: Uuid,
    /// What it is: `Booked`.
    pub status: String,
    /// The first instant of it.
    pub starts: Timestamp,
    /// The first instant after it.
    pub ends: Timestamp,
    /// In whose calendar it stands.
    pub employee: Option<Uuid>,
    /// In the calendar of which room it stands.
    pub room: Option<Uuid>,
    /// The meeting that it belongs to, or that is about to be moved here.
    pub meeting: Option<Uuid>,
    /// Of a hold, who may use it.
    pub token: Option<String>,
    /// Of a hold, the instant from which on it is nothing.
    pub expires: Option<Timestamp>,
    /// The service group that it is about.
    pub service_group: Option<String>,
    /// How it is shown in the calendar.
    pub show_as: Option<String>,
    /// The event of an external calendar that it comes from. No two slots come from the same.
    pub source: Option<String>,
    /// Who made it.
    pub creator: Option<String>,
    /// Staff wanted it though the time was taken: it is not guarded.
    pub forced: bool,
    /// When it was made.
    pub created: Timestamp,
    /// When it was changed last.
    pub modified: Timestamp,
    /// Since when it is gone.
    pub deleted: Option<Timestamp>,
}

/// Which slots are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlotFilter {
    /// Those that end after this instant,
    pub from: Timestamp,
    /// and start before this one.
    pub until: Timestamp,
    /// Of this employee alone.
    pub employee: Option<Uuid>,
    /// Of this room alone; of both given, either.
    pub room: Option<Uuid>,
    /// Holds that have expired by this instant are not there.
    pub now: Timestamp,
    /// The most of them.
    pub most: usize,
}

/// Whose calendars are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalendarsOf<'a> {
    /// Those of employees.
    Employees(&'a [Uuid]),
    /// Those of rooms.
    Rooms(&'a [Uuid]),
}

macro_rules! slots {
    ($more:literal) => {
        concat!(
            "SELECT id, status, starts, ends, employee, room, meeting, hold_token, expires, service_group, show_as, source,
               creator, forced, created, modified, deleted
             FROM booking_slots WHERE organisation = $1 AND environment = $2",
            $more
        )
    };
}

macro_rules! of_several {
    ($column:literal, "sqlite") => {
        of_several!($column, " IN (SELECT unhex(e.value) FROM json_each($5) e)")
    };
    ($column:literal, "postgres") => {
        of_several!(
            $column,
            " = ANY (ARRAY(SELECT decode(e.value, 'hex') FROM jsonb_array_elements_text(CAST($5 AS jsonb)) AS e(value)))"
        )
    };
    ($column:literal, $among:literal) => {
        concat!(slots!(" AND deleted IS NULL AND ends > $3 AND (expires IS NULL OR expires > $4) AND "), $column, $among)
    };
}

const ONE: Scoped = Scoped::new(slots!(" AND id = $3"));
/// `starts <= ends`, which holds of every slot, is the index of all of them: without it no other has to do.
const ALL: Scoped = Scoped::new(slots!(
    " AND deleted IS NULL AND starts <= ends AND ends > $3 AND starts < $4 AND (expires IS NULL OR expires > $5) ORDER BY starts, id LIMIT $6"
));
const OF_EMPLOYEE: Scoped = Scoped::new(slots!(
    " AND deleted IS NULL AND ends > $3 AND starts < $4 AND (expires IS NULL OR expires > $5) AND employee = $7
     ORDER BY starts, id LIMIT $6"
));
const OF_ROOM: Scoped = Scoped::new(slots!(
    " AND deleted IS NULL AND ends > $3 AND starts < $4 AND (expires IS NULL OR expires > $5) AND room = $7
     ORDER BY starts, id LIMIT $6"
));
// Each by itself in the index of calendars, from a time on: of a range of ids all that ever stood there would be gone through.
const OF_EMPLOYEES: Scoped = Scoped::two(of_several!("employee", "sqlite"), of_several!("employee", "postgres"));
const OF_ROOMS: Scoped = Scoped::two(of_several!("room", "sqlite"), of_several!("room", "postgres"));
const OF_MEETING: Scoped = Scoped::new(slots!(" AND meeting = $3 AND deleted IS NULL ORDER BY starts, id"));
const OF_TOKEN: Scoped = Scoped::new(slots!(" AND hold_token = $3 AND deleted IS NULL"));
/// By when they run out, as the index of that has them: what is read is what is held at once.
const HELD: Scoped = Scoped::new(slots!(
    " AND hold_token IS NOT NULL AND deleted IS NULL AND expires IS NOT NULL AND expires > $3 ORDER BY expires, id LIMIT $4"
));
/// The statuses are those of the index, letter by letter: only so is it used.
const WINDOWS: Scoped = Scoped::new(slots!(
    " AND deleted IS NULL AND status IN ('ExtraOpen', 'AvailableForWork') AND ends > $3 AND starts < $4
     ORDER BY starts, id LIMIT $5"
));
const WINDOWS_OF_EMPLOYEE: Scoped = Scoped::new(slots!(
    " AND deleted IS NULL AND status IN ('ExtraOpen', 'AvailableForWork') AND ends > $3 AND starts < $4 AND employee = $6
     ORDER BY starts, id LIMIT $5"
));
const OF_SOURCE: Scoped = Scoped::new(slots!(" AND source = $3 AND deleted IS NULL"));
/// Three questions in one: each is answered by an index of its own, which `OR` does not promise, and a time is taken in one round trip less
/// for each.
const IN_THE_WAY: Scoped = Scoped::new(concat!(
    slots!(" AND deleted IS NULL AND hold_token = $7"),
    " UNION ALL ",
    slots!(" AND deleted IS NULL AND ends > $3 AND starts < $4 AND employee = $5"),
    " UNION ALL ",
    slots!(" AND deleted IS NULL AND ends > $3 AND starts < $4 AND room = $6"),
    " LIMIT $8"
));
const INSERT: Scoped = Scoped::new(
    "INSERT INTO booking_slots (organisation, environment, id, status, starts, ends, employee, room, meeting, hold_token,
       expires, service_group, show_as, source, creator, forced, created, modified,
       deleted)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
);
const REPLACE: Scoped = Scoped::new(
    "UPDATE booking_slots SET status = $4, starts = $5, ends = $6, employee = $7, room = $8, meeting = $9,
       hold_token = $10, expires = $11, service_group = $12, show_as = $13, source = $14, creator = $15, forced = $16,
       created = $17, modified = $18, deleted = $19
     WHERE organisation = $1 AND environment = $2 AND id = $3 AND deleted IS NULL",
);
const FREE: Scoped = Scoped::new(
    "UPDATE booking_slots SET deleted = $4 WHERE organisation = $1 AND environment = $2 AND id = $3
     AND deleted IS NULL",
);
const GUARD: Scoped = Scoped::new(
    "INSERT INTO booking_guards (organisation, environment, slot, resource, claim, starts, ends)
     VALUES ($1, $2, $3, $4, $5, $6, $7)",
);
const UNGUARD: Scoped =
    Scoped::new("DELETE FROM booking_guards WHERE organisation = $1 AND environment = $2 AND slot = $3");
const RUN_OUT: Scoped = Scoped::new(
    "SELECT id, expires FROM booking_slots
     WHERE organisation = $1 AND environment = $2 AND deleted IS NULL AND expires IS NOT NULL AND expires <= $3
     ORDER BY expires LIMIT $4",
);
const PURGE: Scoped = Scoped::new(
    "DELETE FROM booking_slots WHERE organisation = $1 AND environment = $2 AND id IN
       (SELECT s.id FROM booking_slots s WHERE s.organisation = $1 AND s.environment = $2
          AND s.deleted IS NOT NULL AND s.deleted <= $3 ORDER BY s.deleted LIMIT $4)",
);

/// What is known of calendars.
#[async_trait]
pub trait CalendarReads {
    /// The slot of an id, even if it is gone but not yet removed.
    ///
    /// # Errors
    /// Those of the database, here and below.
    async fn slot(&mut self, tenancy: &Tenancy, id: Uuid) -> Result<Option<SlotRow>, StoreError>;

    /// Slots that overlap a range, by start.
    ///
    /// # Errors
    /// Those of the database.
    async fn slots(&mut self, tenancy: &Tenancy, filter: &SlotFilter) -> Result<Vec<SlotRow>, StoreError>;

    /// All slots that end after `from` and stand in the calendars of employees, or of rooms; in any order. Holds that have expired by `now` are not there.
    ///
    /// # Errors
    /// Those of the database.
    async fn slots_from(
        &mut self,
        tenancy: &Tenancy,
        of: CalendarsOf<'_>,
        (from, now): (Timestamp, Timestamp),
    ) -> Result<Vec<SlotRow>, StoreError>;

    /// The slots that belong to a meeting, by start: what is held for its move too.
    ///
    /// # Errors
    /// Those of the database.
    async fn slots_of_meeting(&mut self, tenancy: &Tenancy, meeting: Uuid) -> Result<Vec<SlotRow>, StoreError>;

    /// The hold of a token, even if it has expired.
    ///
    /// # Errors
    /// Those of the database.
    async fn slot_of_token(&mut self, tenancy: &Tenancy, token: &str) -> Result<Option<SlotRow>, StoreError>;

    /// What may be in the way of a time in the calendar of an employee, of a room, or of both: slots that overlap it, each once, and the
    /// hold of a token wherever it is. Those that have expired by `filter.now` are there too. One statement.
    ///
    /// # Errors
    /// Those of the database.
    async fn slots_in_the_way(
        &mut self,
        tenancy: &Tenancy,
        filter: &SlotFilter,
        token: Option<&str>,
    ) -> Result<Vec<SlotRow>, StoreError>;

    /// Holds that have not expired by `now`, those that expire first at the beginning; `most` of them.
    ///
    /// # Errors
    /// Those of the database.
    async fn holds(&mut self, tenancy: &Tenancy, now: Timestamp, most: usize) -> Result<Vec<SlotRow>, StoreError>;

    /// Time beyond the regular hours (`ExtraOpen`, `AvailableForWork`) that overlaps a range, by start: of one employee, or of all.
    ///
    /// # Errors
    /// Those of the database.
    async fn windows(
        &mut self,
        tenancy: &Tenancy,
        range: (Timestamp, Timestamp),
        employee: Option<Uuid>,
        most: usize,
    ) -> Result<Vec<SlotRow>, StoreError>;

    /// The slot that comes from an event of an external calendar.
    ///
    /// # Errors
    /// Those of the database.
    async fn slot_of_source(&mut self, tenancy: &Tenancy, source: &str) -> Result<Option<SlotRow>, StoreError>;
}

/// What is done with calendars.
#[async_trait]
pub trait Calendar: CalendarReads {
    /// Makes a slot. With a claim it is guarded: of its employee, and of its room, no guarded slot with another claim
    /// overlaps it, whoever writes at the same time.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] of [`Unique::Time`](crate::platform::Unique::Time) where one does, of
    /// [`Unique::Hold`](crate::platform::Unique::Hold) where the token has a hold,
    /// [`StoreError::Refused`] where a text is too long.
    async fn insert_slot(&mut self, tenancy: &Tenancy, slot: &SlotRow, claim: Option<Uuid>) -> Result<(), StoreError>;

    /// Lets a slot be another, guarded anew.
    ///
    /// # Errors
    /// As [`insert_slot`](Self::insert_slot); [`StoreError::Absent`] where it is gone.
    async fn replace_slot(&mut self, tenancy: &Tenancy, slot: &SlotRow, claim: Option<Uuid>) -> Result<(), StoreError>;

    /// Takes a slot away; its time is free.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where it is gone.
    async fn free_slot(&mut self, tenancy: &Tenancy, id: Uuid, at: Timestamp) -> Result<(), StoreError>;

    /// Takes away holds that have expired by `now`, as many as `most`, each as of when it did; how many.
    ///
    /// # Errors
    /// Those of the database.
    async fn let_holds_expire(&mut self, tenancy: &Tenancy, now: Timestamp, most: usize) -> Result<u64, StoreError>;

    /// Removes what is gone since `before`, as many as `most`; how many. Forgets old changes, too.
    ///
    /// # Errors
    /// Those of the database.
    async fn purge_slots(&mut self, tenancy: &Tenancy, before: Timestamp, most: usize) -> Result<u64, StoreError>;
}

#[async_trait]
impl<S: Session> CalendarReads for S {
    async fn slot(&mut self, tenancy: &Tenancy, id: Uuid) -> Result<Option<SlotRow>, StoreError> {
        let row = self.of(tenancy.organisation).first(&ONE, tenancy.with(binds![id])).await?;
        row.as_ref().map(slot).transpose()
    }

    async fn slots(&mut self, tenancy: &Tenancy, filter: &SlotFilter) -> Result<Vec<SlotRow>, StoreError> {
        let SlotFilter { from, until, employee, room, now, most } = *filter;
        let mut organisation = self.of(tenancy.organisation);
        let common = || binds![from, until, now, most];
        let mut rows = Vec::new();
        for (statement, resource) in [(&OF_EMPLOYEE, employee), (&OF_ROOM, room)] {
            if let Some(resource) = resource {
                let mut binds = common();
                binds.push(Bind::from(resource));
                rows.extend(organisation.all(statement, tenancy.with(binds)).await?);
            }
        }
        if employee.is_none() && room.is_none() {
            rows = organisation.all(&ALL, tenancy.with(common())).await?;
        }
        let mut slots = rows.iter().map(slot).collect::<Result<Vec<_>, _>>()?;
        // One that has the employee and the room was found twice.
        slots.sort_by_key(|slot| (slot.starts, slot.id));
        slots.dedup_by_key(|slot| slot.id);
        Ok(slots)
    }

    async fn slots_from(
        &mut self,
        tenancy: &Tenancy,
        of: CalendarsOf<'_>,
        (from, now): (Timestamp, Timestamp),
    ) -> Result<Vec<SlotRow>, StoreError> {
        let (statement, ids) = match of {
            CalendarsOf::Employees(ids) => (&OF_EMPLOYEES, ids),
            CalendarsOf::Rooms(ids) => (&OF_ROOMS, ids),
        };
        let ids: Vec<String> = ids.iter().map(|id| id.simple().to_string()).collect();
        let binds = tenancy.with(binds![from, now, json_text(&ids.into())?]);
        let rows = self.of(tenancy.organisation).all(statement, binds).await?;
        rows.iter().map(slot).collect()
    }

    async fn slots_of_meeting(&mut self, tenancy: &Tenancy, meeting: Uuid) -> Result<Vec<SlotRow>, StoreError> {
        let rows = self.of(tenancy.organisation).all(&OF_MEETING, tenancy.with(binds![meeting])).await?;
        rows.iter().map(slot).collect()
    }

    async fn slot_of_token(&mut self, tenancy: &Tenancy, token: &str) -> Result<Option<SlotRow>, StoreError> {
        let row = self.of(tenancy.organisation).first(&OF_TOKEN, tenancy.with(binds![token])).await?;
        row.as_ref().map(slot).transpose()
    }

    async fn slots_in_the_way(
        &mut self,
        tenancy: &Tenancy,
        filter: &SlotFilter,
        token: Option<&str>,
    ) -> Result<Vec<SlotRow>, StoreError> {
        let SlotFilter { from, until, employee, room, most, .. } = *filter;
        let binds = tenancy.with(binds![from, until, employee, room, token, most]);
        let rows = self.of(tenancy.organisation).all(&IN_THE_WAY, binds).await?;
        let mut slots = rows.iter().map(slot).collect::<Result<Vec<_>, _>>()?;
        // One that has the employee, the room and the token was found three times.
        slots.sort_by_key(|slot| (slot.starts, slot.id));
        slots.dedup_by_key(|slot| slot.id);
        Ok(slots)
    }

    async fn holds(&mut self, tenancy: &Tenancy, now: Timestamp, most: usize) -> Result<Vec<SlotRow>, StoreError> {
        let rows = self.of(tenancy.organisation).all(&HELD, tenancy.with(binds![now, most])).await?;
        rows.iter().map(slot).collect()
    }

    async fn windows(
        &mut self,
        tenancy: &Tenancy,
        (from, until): (Timestamp, Timestamp),
        employee: Option<Uuid>,
        most: usize,
    ) -> Result<Vec<SlotRow>, StoreError> {
        let mut binds = binds![from, until, most];
        binds.extend(employee.map(Bind::from));
        let statement = if employee.is_some() { &WINDOWS_OF_EMPLOYEE } else { &WINDOWS };
        let rows = self.of(tenancy.organisation).all(statement, tenancy.with(binds)).await?;
        rows.iter().map(slot).collect()
    }

    async fn slot_of_source(&mut self, tenancy: &Tenancy, source: &str) -> Result<Option<SlotRow>, StoreError> {
        let row = self.of(tenancy.organisation).first(&OF_SOURCE, tenancy.with(binds![source])).await?;
        row.as_ref().map(slot).transpose()
    }
}

#[async_trait]
impl Calendar for Tx {
    async fn insert_slot(&mut self, tenancy: &Tenancy, slot: &SlotRow, claim: Option<Uuid>) -> Result<(), StoreError> {
        self.of(tenancy.organisation).execute(&INSERT, tenancy.with(columns(slot)?)).await?;
        guard(self, tenancy, slot, claim).await
    }

    async fn replace_slot(&mut self, tenancy: &Tenancy, slot: &SlotRow, claim: Option<Uuid>) -> Result<(), StoreError> {
        let columns = tenancy.with(columns(slot)?);
        found("slot", self.of(tenancy.organisation).execute(&REPLACE, columns).await?)?;
        self.of(tenancy.organisation).execute(&UNGUARD, tenancy.with(binds![slot.id])).await?;
        guard(self, tenancy, slot, claim).await
    }

    async fn free_slot(&mut self, tenancy: &Tenancy, id: Uuid, at: Timestamp) -> Result<(), StoreError> {
        found("slot", self.of(tenancy.organisation).execute(&FREE, tenancy.with(binds![id, at])).await?)?;
        self.of(tenancy.organisation).execute(&UNGUARD, tenancy.with(binds![id])).await.map(drop)
    }

    async fn let_holds_expire(&mut self, tenancy: &Tenancy, now: Timestamp, most: usize) -> Result<u64, StoreError> {
        let rows = self.of(tenancy.organisation).all(&RUN_OUT, tenancy.with(binds![now, most])).await?;
        for row in &rows {
            self.free_slot(tenancy, row.id(0)?, row.instant(1)?).await?;
        }
        Ok(rows.len().try_into().unwrap_or(u64::MAX))
    }

    async fn purge_slots(&mut self, tenancy: &Tenancy, before: Timestamp, most: usize) -> Result<u64, StoreError> {
        self.of(tenancy.organisation).execute(&FORGET, tenancy.with(binds![])).await?;
        self.of(tenancy.organisation).execute(&PURGE, tenancy.with(binds![before, most])).await
    }
}

async fn guard(tx: &mut Tx, tenancy: &Tenancy, slot: &SlotRow, claim: Option<Uuid>) -> Result<(), StoreError> {
    let Some(claim) = claim else { return Ok(()) };
    for resource in [slot.employee, slot.room].into_iter().flatten() {
        let binds = binds![slot.id, resource, claim, slot.starts, slot.ends];
        tx.of(tenancy.organisation).execute(&GUARD, tenancy.with(binds)).await?;
    }
    Ok(())
}

fn columns(slot: &SlotRow) -> Result<Vec<Bind>, StoreError> {
    let SlotRow { token, service_group, source, creator, .. } = slot;
    let texts = [token, service_group, source, creator];
    if texts.into_iter().flatten().any(|text| text.len() > MAX_TEXT) || slot.ends < slot.starts {
        return Err(StoreError::Refused { what: "a slot of that size" });
    }
    Ok(binds![
        slot.id,
        &slot.status,
        slot.starts,
        slot.ends,
        slot.employee,
        slot.room,
        slot.meeting,
        token.as_deref(),
        slot.expires,
        service_group.as_deref(),
        slot.show_as.as_deref(),
        source.as_deref(),
        creator.as_deref(),
        slot.forced,
        slot.created,
        slot.modified,
        slot.deleted,
    ])
}

fn slot(row: &Row) -> Result<SlotRow, StoreError> {
    Ok(SlotRow {
        id: row.id(0)?,
        status: row.text(1)?,
        starts: row.instant(2)?,
        ends: row.instant(3)?,
        employee: row.id_if(4)?,
        room: row.id_if(5)?,
        meeting: row.id_if(6)?,
        token: row.text_if(7)?,
        expires: row.instant_if(8)?,
        service_group: row.text_if(9)?,
        show_as: row.text_if(10)?,
        source: row.text_if(11)?,
        creator: row.text_if(12)?,
        forced: row.flag(13)?,
        created: row.instant(14)?,
        modified: row.instant(15)?,
        deleted: row.instant_if(16)?,
    })
}

#[cfg(test)]
mod tests;

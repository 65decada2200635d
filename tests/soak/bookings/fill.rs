//! Fills a database with what years bring, by its own means: through the API a million meetings would take an hour. Everything is
//! made after one that the API has made, so that it reads as if it had come that way. No server may be running.

use std::ops::Range;

use jiff::{SignedDuration, Timestamp};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, SqliteConnection};
use tokio::runtime::Runtime;

use crate::server::Place;

/// What differs between the two databases.
struct Words {
    /// The text of an id.
    text: fn(&str) -> String,
    /// An id of hexadecimal digits.
    id: fn(&str) -> String,
    /// A number below 2^32, and any number, in as many hexadecimal digits as an id has left behind its first.
    digits: fn(&str, &str) -> String,
    /// The numbers from 0 to below another, as `k`.
    numbers: fn(usize) -> String,
}

const POSTGRES: Words = Words {
    text: |id| format!("encode({id}, 'hex')::uuid::text"),
    id: |digits| format!("decode({digits}, 'hex')"),
    digits: |one, other| format!("lpad(to_hex({one}), 8, '0') || lpad(to_hex({other}), 23, '0')"),
    numbers: |count| format!("SELECT k FROM generate_series(0, {count}::bigint - 1) AS k"),
};

const SQLITE: Words = Words {
    text: |id| {
        let part = |from, length| format!("lower(substr(hex({id}), {from}, {length}))");
        [part(1, 8), part(9, 4), part(13, 4), part(17, 4), part(21, 12)].join(" || '-' || ")
    },
    id: |digits| format!("unhex({digits})"),
    digits: |one, other| format!("printf('%08x%023x', {one}, {other})"),
    numbers: |count| {
        format!(
            "SELECT * FROM (WITH RECURSIVE n(k) AS (SELECT 0 UNION ALL SELECT k + 1 FROM n WHERE k + 1 < {count}) SELECT k FROM n)"
        )
    },
};

/// Who has meetings, and when.
struct Meetings {
    /// What no other has, as the first digit of the ids of meetings and of their slots.
    marks: [char; 2],
    /// Of whom, by the order in which they came.
    of: Range<usize>,
    /// How many each has.
    each: usize,
    /// Where the first begins, and how far the first of the next day is from it.
    first: Timestamp,
    day: SignedDuration,
    /// How many are on a day, and how far apart they begin.
    on_a_day: usize,
    apart: SignedDuration,
}

/// Every employee works as the first one does.
pub(super) fn schedules(place: &Place) {
    let words = words(place);
    let (first, theirs) = ((words.text)("t.id"), (words.text)("p.domain"));
    run(place, &[
        format!(
            "INSERT INTO booking_documents (organisation, environment, kind, id, key, body, version, created, modified)
             SELECT t.organisation, t.environment, t.kind, p.domain, t.key, replace(t.body, {first}, {theirs}), 1, t.created, t.modified
             FROM (SELECT * FROM booking_documents WHERE kind = 'schedule' ORDER BY created, id LIMIT 1) t
             JOIN directory_resources p ON p.organisation = t.organisation AND p.environment = t.environment
               AND p.service = 'employees' AND p.kind = 'user'
             WHERE NOT EXISTS (SELECT 1 FROM booking_documents d WHERE d.kind = t.kind AND d.id = p.domain)"
        ),
        "UPDATE booking_revisions SET revision = revision + 1".to_owned(),
    ]);
}

/// Employees have meetings from tomorrow on.
pub(super) fn upcoming(place: &Place, of: &Range<usize>, each: usize) {
    let day = SignedDuration::from_hours(24);
    let first = midnight() + day + SignedDuration::from_hours(9);
    let (on_a_day, apart) = (2, SignedDuration::from_hours(3));
    // Of each run of this one its own.
    let marks = if of.start == 0 { ['1', '2'] } else { ['3', '4'] };
    meetings(place, &Meetings { marks, of: of.clone(), each, first, day, on_a_day, apart });
}

/// Employees have had meetings, sixteen on each day until yesterday.
pub(super) fn past(place: &Place, employees: usize, each: usize) {
    let day = SignedDuration::from_hours(-24);
    let first = midnight() + day + SignedDuration::from_hours(8);
    let (on_a_day, apart) = (16, SignedDuration::from_mins(30));
    meetings(place, &Meetings { marks: ['5', '6'], of: 0..employees, each, first, day, on_a_day, apart });
}

fn midnight() -> Timestamp {
    Timestamp::from_second(Timestamp::now().as_second() / 86_400 * 86_400).unwrap()
}

fn meetings(place: &Place, all: &Meetings) {
    let words = words(place);
    // Scattered, as ids are.
    let digits = (words.digits)("(k * 2654435761) % 4294967296", "k");
    let [meeting, slot] = all.marks.map(|mark| (words.id)(&format!("'{mark}' || {digits}")));
    let Meetings { of, each, first, day, on_a_day, apart, .. } = all;
    let (people, first) = (of.len(), first.as_microsecond());
    let (day, apart) = (day.as_micros(), apart.as_micros());
    let numbers = (words.numbers)(people * each);
    // What is personal in older ones was erased in the nights before.
    let erased = (midnight() - SignedDuration::from_hours(33 * 24)).as_microsecond();
    let (owner, own_slot) = ((words.text)("t.employee"), (words.text)("t.slot"));
    let (theirs, their_slot) = ((words.text)("m.employee"), (words.text)("m.slot"));
    run(place, &[
        format!(
            "CREATE TEMP TABLE made AS SELECT {meeting} AS meeting, {slot} AS slot, p.domain AS employee,
               {first} + k / {people} / {on_a_day} * {day} + k / {people} % {on_a_day} * {apart} AS starts
             FROM ({numbers}) n JOIN
               (SELECT domain, row_number() OVER (ORDER BY created, domain) - 1 AS n FROM directory_resources
                WHERE service = 'employees' AND kind = 'user') p ON p.n = {} + k % {people}",
            of.start
        ),
        "CREATE TEMP TABLE first AS SELECT m.*, s.id AS slot, s.employee FROM booking_meetings m
         JOIN booking_slots s ON s.meeting = m.id WHERE s.deleted IS NULL ORDER BY m.created LIMIT 1"
            .to_owned(),
        format!(
            "INSERT INTO booking_meetings (organisation, environment, id, starts, ends, creator, customer, body, version,
               created, modified, erased)
             SELECT t.organisation, t.environment, m.meeting, m.starts, m.starts + 1800000000, t.creator, t.customer,
               replace(replace(t.body, {owner}, {theirs}), {own_slot}, {their_slot}), 1, m.starts - 864000000000,
               m.starts - 864000000000, CASE WHEN m.starts < {erased} THEN m.starts + 3000000000000 END
             FROM made m CROSS JOIN first t"
        ),
        "INSERT INTO booking_participants (organisation, environment, meeting, employee, place, modified)
         SELECT t.organisation, t.environment, m.meeting, m.employee, 0, m.starts - 864000000000 FROM made m CROSS JOIN first t"
            .to_owned(),
        "INSERT INTO booking_slots (organisation, environment, id, status, starts, ends, employee, meeting, created, modified)
         SELECT t.organisation, t.environment, m.slot, 'Booked', m.starts, m.starts + 1800000000, m.employee, m.meeting,
           m.starts - 864000000000, m.starts - 864000000000 FROM made m CROSS JOIN first t"
            .to_owned(),
        "INSERT INTO booking_guards (organisation, environment, slot, resource, claim, starts, ends)
         SELECT t.organisation, t.environment, m.slot, m.employee, m.meeting, m.starts, m.starts + 1800000000
         FROM made m CROSS JOIN first t"
            .to_owned(),
        // PostgreSQL looks by itself a minute later; SQLite is not asked to in a server's life either.
        if place.database.is_some() { "ANALYZE".to_owned() } else { "SELECT 1".to_owned() },
    ]);
}

fn words(place: &Place) -> &'static Words {
    if place.database.is_some() { &POSTGRES } else { &SQLITE }
}

/// Does one after the other, in one transaction.
fn run(place: &Place, statements: &[String]) {
    Runtime::new().unwrap().block_on(async {
        match &place.database {
            Some(address) => {
                let mut connection = PgConnection::connect(address).await.unwrap();
                let mut all = connection.begin().await.unwrap();
                for statement in statements {
                    all.execute(AssertSqlSafe(statement.clone())).await.unwrap();
                }
                all.commit().await.unwrap();
            }
            None => {
                let file = format!("sqlite://{}", place.data().join("engage.db").display());
                let mut connection = SqliteConnection::connect(&file).await.unwrap();
                let mut all = connection.begin().await.unwrap();
                for statement in statements {
                    all.execute(AssertSqlSafe(statement.clone())).await.unwrap();
                }
                all.commit().await.unwrap();
                drop(connection.close().await);
            }
        }
    });
}

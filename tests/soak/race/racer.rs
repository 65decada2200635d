//! One of many clients, who goes through all times, each in an order of its own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::Race;
use crate::client::{Answer, Client};
use crate::office::{MEETINGS, SLOTS};

/// How long a client asks until somebody answers.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long it waits where a server does not.
const AGAIN: Duration = Duration::from_millis(10);

/// What became of requests.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Times that were asked for.
    pub(super) attempts: AtomicUsize,
    /// Times that somebody else had.
    pub(super) taken: AtomicUsize,
    /// Requests that nobody answered.
    pub(super) unanswered: AtomicUsize,
    /// Requests that a server refused which could not at the time.
    pub(super) refused: AtomicUsize,
    /// Bookings whose answer was lost, and which were found all the same.
    pub(super) found_again: AtomicUsize,
}

fn count(of: &AtomicUsize) {
    of.fetch_add(1, Ordering::Relaxed);
}

pub(super) struct Racer<'r> {
    race: &'r Race<'r>,
    number: usize,
    client: Client,
    door: usize,
    dice: u64,
    titles: usize,
    has_cancelled: bool,
}

impl<'r> Racer<'r> {
    pub(super) fn new(race: &'r Race<'r>, number: usize) -> Self {
        let dice = 0x9e37_79b9_7f4a_7c15 ^ u64::try_from(number).unwrap();
        Self { race, number, client: race.client(number), door: number, dice, titles: 0, has_cancelled: false }
    }

    /// A number below another, the same in every run.
    fn roll(&mut self, below: usize) -> usize {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.dice >> 33).unwrap() % below
    }

    /// Tries every time once. What it booked first it cancels, so that others have it after all.
    pub(super) fn run(mut self) {
        let mut order: Vec<usize> = (0..self.race.slots.len()).collect();
        for last in (1..order.len()).rev() {
            let other = self.roll(last + 1);
            order.swap(last, other);
        }
        for (position, slot) in order.iter().enumerate() {
            count(&self.race.counts.attempts);
            let next = order[(position + 1) % order.len()];
            let booked = match self.roll(10) {
                0..4 => self.hold_and_book(*slot, None),
                4..6 => self.hold_and_book(*slot, Some(next)),
                _ => self.book(*slot, None).map(|id| (*slot, id)),
            };
            match booked {
                None => count(&self.race.counts.taken),
                Some((slot, id)) => {
                    self.race.sold(slot, &id);
                    if !std::mem::replace(&mut self.has_cancelled, true) {
                        self.cancel(&id);
                    }
                }
            }
        }
    }

    /// Holds a time, or after it another by the same token, and books what it has then.
    fn hold_and_book(&mut self, slot: usize, rather: Option<usize>) -> Option<(usize, String)> {
        let token = Uuid::new_v4().to_string();
        let mut held = (slot, self.hold(slot, &token)?);
        if let Some(rather) = rather
            && let Some(hold) = self.hold(rather, &token)
        {
            held = (rather, hold);
        }
        let booked = self.book(held.0, Some(&held.1));
        Some((held.0, booked.expect("what is held can be booked")))
    }

    /// Sent again, it is the same hold or another in its place.
    fn hold(&mut self, slot: usize, token: &str) -> Option<String> {
        let hold = self.race.slots[slot].hold(token);
        let (answer, _) = self.ask("POST", &format!("{SLOTS}/reserve"), Some(&hold));
        match (answer.status, reason(&answer)) {
            (200, _) => Some(answer.body["id"].as_str().unwrap().to_owned()),
            (409, "TIME_SLOT_TAKEN") => None,
            _ => panic!("a hold: {} {}", answer.status, answer.body),
        }
    }

    /// Books a time, held or not. An answer that was lost is looked for: whoever has the time by then may be this client.
    fn book(&mut self, slot: usize, hold: Option<&str>) -> Option<String> {
        self.titles += 1;
        let title = format!("race {} {}", self.number, self.titles);
        let wanted = &self.race.slots[slot];
        let mut meeting = json!({
            "bookedBy": "Employee", "type": "Online", "employeeId": wanted.employee, "customerId": self.race.account,
            "title": title,
        });
        match hold {
            Some(hold) => meeting["timeSlotId"] = json!(hold),
            None => (meeting["startDate"], meeting["endDate"]) = (json!(wanted.start), json!(wanted.end)),
        }
        let (answer, again) = self.ask("POST", MEETINGS, Some(&meeting));
        match (answer.status, reason(&answer)) {
            (200, _) => Some(answer.body["id"].as_str().unwrap().to_owned()),
            (409, "TIME_SLOT_TAKEN") if hold.is_none() && !again => None,
            (409, "TIME_SLOT_TAKEN") if hold.is_none() => self.find(slot, &title),
            (409, "RESERVATION_USED") if again => {
                Some(self.find(slot, &title).expect("a hold that was used, and not by who held it"))
            }
            _ => panic!("a booking: {} {}", answer.status, answer.body),
        }
    }

    /// The meeting of a title, if it is there.
    fn find(&mut self, slot: usize, title: &str) -> Option<String> {
        let path = format!("{MEETINGS}?employeeId={}", self.race.slots[slot].employee);
        let (answer, _) = self.ask("GET", &path, None);
        assert_eq!(answer.status, 200, "{}", answer.body);
        let found = answer.body.as_array().unwrap().iter().find(|meeting| meeting["title"] == title)?;
        count(&self.race.counts.found_again);
        Some(found["id"].as_str().unwrap().to_owned())
    }

    fn cancel(&mut self, id: &str) {
        self.race.let_go(id);
        let (answer, again) = self.ask("DELETE", &format!("{MEETINGS}/{id}?cancellationReason=race"), None);
        assert!(answer.status == 204 || (answer.status == 404 && again), "{} {}", answer.status, answer.body);
    }

    /// Asks until somebody answers; whether it may have been done before.
    fn ask(&mut self, method: &str, path: &str, body: Option<&Json>) -> (Answer, bool) {
        let until = Instant::now() + PATIENCE;
        let mut again = false;
        loop {
            match self.client.call(method, path, body) {
                Ok(answer) if answer.status == 503 => count(&self.race.counts.refused),
                Ok(answer) => return (answer, again),
                Err(_) => count(&self.race.counts.unanswered),
            }
            assert!(Instant::now() < until, "nobody answers");
            again = true;
            std::thread::park_timeout(AGAIN);
            self.door += 1;
            self.client = self.race.client(self.door);
        }
    }
}

fn reason(answer: &Answer) -> &str {
    answer.body["details"]["reason"].as_str().unwrap_or_default()
}

//! What has to be so once a race is over.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use super::{Known, Race};
use crate::client::Client;
use crate::crm::{BUSY, CANCELLED, Crm};
use crate::office::{MEETINGS, SLOTS, Slot, list, monday};
use crate::server::{OPERATOR, Server};

/// How long the CRM may need to follow.
const PATIENCE: Duration = Duration::from_secs(600);
/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(200);

/// All of it; how long the CRM needed to follow.
pub(super) fn all(race: &Race<'_>, server: &Server, employees: &[String], crm: &Crm) -> Duration {
    let known = race.known.lock().unwrap().clone();
    let mut client = race.office.client(server.address());
    let meetings = list(&mut client, MEETINGS);
    let sold = acknowledged(race, &known, &meetings);
    whole(&mut client, &meetings);
    let left: Vec<Slot> = race.slots.iter().filter(|slot| !sold.contains(slot)).cloned().collect();
    assert_eq!(race.office.offered(server, employees, monday()), left, "what is not sold is offered, and nothing else");
    let from = Instant::now();
    let cancelled = known.values().filter(|known| known.is_cancelled).count();
    for (playbook, count) in [("book-meeting", known.len()), ("cancel-meeting", cancelled)] {
        until(server, playbook, count);
    }
    let followed = from.elapsed();
    let unfinished = runs(server, "state=queued,running,needs-identity,failed,cancelled");
    assert_eq!(unfinished, 0, "runs that did not succeed");
    recorded(&known, crm);
    followed
}

/// Every meeting that is there was acknowledged, and every one that was is there, at its time, unless it was cancelled; no two are at
/// one time. Which times are sold.
fn acknowledged(race: &Race<'_>, known: &BTreeMap<String, Known>, meetings: &[Json]) -> BTreeSet<Slot> {
    let there: BTreeMap<&str, Slot> =
        meetings.iter().map(|meeting| (meeting["id"].as_str().unwrap(), Slot::of(meeting))).collect();
    for (id, slot) in &there {
        let known = known.get(*id).unwrap_or_else(|| panic!("{id} is there, and nobody booked it"));
        assert!(!known.is_cancelled, "{id} was cancelled");
        assert_eq!(*slot, race.slots[known.slot], "{id}");
    }
    for (id, _) in known.iter().filter(|(_, known)| !known.is_cancelled) {
        assert!(there.contains_key(id.as_str()), "{id} was acknowledged and is not there");
    }
    let sold: BTreeSet<Slot> = there.values().cloned().collect();
    assert_eq!(sold.len(), there.len(), "a time is sold twice");
    sold
}

/// A meeting has its slot, and no slot is without its meeting.
fn whole(client: &mut Client, meetings: &[Json]) {
    let day = monday();
    let path = format!("{SLOTS}?startDate={day}T00:00:00Z&endDate={day}T23:59:59Z");
    let slots = list(client, &path);
    let of = |found: &Json, id: &str| (found[id].as_str().unwrap().to_owned(), Slot::of(found));
    let booked: BTreeSet<(String, Slot)> = slots.iter().map(|slot| of(slot, "id")).collect();
    let wanted: BTreeSet<(String, Slot)> = meetings.iter().map(|meeting| of(meeting, "timeSlotId")).collect();
    assert!(slots.iter().all(|slot| slot["status"] == "Booked"), "{slots:?}");
    assert_eq!(booked, wanted, "half a booking");
}

/// The CRM has one record of each meeting, which says whether it takes place, and none of anything else.
fn recorded(known: &BTreeMap<String, Known>, crm: &Crm) {
    let mut found = crm.appointments();
    found.sort_unstable();
    let state = |known: &Known| if known.is_cancelled { CANCELLED } else { BUSY };
    let wanted: Vec<(String, i64)> = known.iter().map(|(id, known)| (id.clone(), state(known))).collect();
    assert_eq!(found, wanted, "each booking is in the CRM once");
}

/// Waits until so many runs of a playbook have succeeded.
fn until(server: &Server, playbook: &str, count: usize) {
    let until = Instant::now() + PATIENCE;
    loop {
        let done = runs(server, &format!("playbook={playbook}&state=succeeded"));
        if done == count {
            return;
        }
        assert!(done < count, "{done} runs of {playbook}, and {count} were to be");
        assert!(Instant::now() < until, "{done} of {count} runs of {playbook}");
        std::thread::park_timeout(LOOK);
    }
}

/// How many runs there are of some kind.
fn runs(server: &Server, which: &str) -> usize {
    let mut client = Client::new(server.address(), OPERATOR);
    let (mut all, mut after) = (0, String::new());
    loop {
        let page = client.call("GET", &format!("/runs?{which}&limit=1000{after}"), None).unwrap();
        assert_eq!(page.status, 200, "{}", page.body);
        all += page.body["runs"].as_array().unwrap().len();
        match page.body["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => return all,
        }
    }
}

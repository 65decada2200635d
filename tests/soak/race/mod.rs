//! Clients that race for the same times while servers are killed: each time is sold once at most, what was acknowledged is there,
//! whole or not at all, and the CRM has every booking once.

mod check;
mod racer;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use crate::Store;
use crate::client::Client;
use crate::crm::Crm;
use crate::office::{Office, Slot, monday};
use crate::server::{Server, cluster};
use racer::{Counts, Racer};

/// How large a race is.
#[derive(Debug, Clone)]
pub(crate) struct Size {
    pub(crate) clients: usize,
    /// Whose times they race for, and until when those work: from 08, half an hour each.
    pub(crate) employees: usize,
    pub(crate) until: &'static str,
    /// How often a server is killed.
    pub(crate) kills: usize,
}

/// What clients know of a meeting.
#[derive(Debug, Clone, Copy)]
struct Known {
    slot: usize,
    is_cancelled: bool,
}

struct Race<'r> {
    office: &'r Office,
    slots: Vec<Slot>,
    /// The customer of all of them.
    account: String,
    /// Where servers are, or were.
    doors: Mutex<Vec<String>>,
    known: Mutex<BTreeMap<String, Known>>,
    counts: Counts,
    running: AtomicUsize,
}

/// Races on a store: on SQLite with one server, on PostgreSQL with two.
pub(crate) fn run(program: &Path, store: Store, size: &Size) {
    let (cluster, crm) = (cluster(store), Crm::start(program));
    let office = Office::new(program, cluster.as_ref(), Some(&crm));
    let many = if store == Store::Postgres { 2 } else { 1 };
    let mut servers: Vec<Server> = (0..many).map(|_| office.place.serve()).collect();
    let employees = office.employ(&servers[0], 0..size.employees, size.until);
    let race = Race {
        slots: office.offered(&servers[0], &employees, monday()),
        office: &office,
        account: crm.account(),
        doors: Mutex::new(servers.iter().map(|server| server.address().to_owned()).collect()),
        known: Mutex::default(),
        counts: Counts::default(),
        running: AtomicUsize::new(size.clients),
    };
    let from = Instant::now();
    race.hold(&mut servers, size);
    let took = from.elapsed();
    let drained = check::all(&race, &servers[0], &employees, &crm);
    println!("{}", json!({"store": store.name(), "what": "a race", "figures": race.figures(size, took, drained)}));
}

impl Race<'_> {
    /// Lets all of them run, and kills servers meanwhile.
    fn hold(&self, servers: &mut [Server], size: &Size) {
        // So many bookings there are at most: each client cancels one, and every time has somebody in the end.
        let most = size.clients + self.slots.len();
        std::thread::scope(|scope| {
            for number in 0..size.clients {
                scope.spawn(move || {
                    // Also where it panics: who waits for it would wait for ever.
                    let _done = Done(&self.running);
                    Racer::new(self, number).run();
                });
            }
            for kill in 0..size.kills {
                self.until(most * (kill + 1) / (size.kills + 3));
                let at = kill % servers.len();
                servers[at].kill();
                servers[at] = self.office.place.serve();
                self.doors.lock().unwrap()[at] = servers[at].address().to_owned();
            }
        });
    }

    /// Waits until so many times were sold.
    fn until(&self, many: usize) {
        while self.known.lock().unwrap().len() < many {
            assert!(self.running.load(Ordering::Relaxed) > 0, "the race was over before {many} times were sold");
            std::thread::park_timeout(Duration::from_millis(1));
        }
    }

    fn client(&self, door: usize) -> Client {
        let doors = self.doors.lock().unwrap();
        let address = doors[door % doors.len()].clone();
        drop(doors);
        self.office.client(&address)
    }

    /// A booking was acknowledged. Nobody else's may stand there, unless it is being cancelled.
    fn sold(&self, slot: usize, id: &str) {
        let mut known = self.known.lock().unwrap();
        let other = known.iter().find(|(_, known)| known.slot == slot && !known.is_cancelled);
        assert!(other.is_none(), "{:?} is sold twice: {id} and {other:?}", self.slots[slot]);
        let before = known.insert(id.to_owned(), Known { slot, is_cancelled: false });
        assert!(before.is_none(), "{id} is known already");
    }

    /// A booking is about to be cancelled.
    fn let_go(&self, id: &str) {
        self.known.lock().unwrap().get_mut(id).unwrap().is_cancelled = true;
    }

    fn figures(&self, size: &Size, took: Duration, drained: Duration) -> Json {
        let known = self.known.lock().unwrap();
        let cancelled = known.values().filter(|known| known.is_cancelled).count();
        let Counts { attempts, taken, unanswered, refused, found_again } = &self.counts;
        let load = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        assert!(load(unanswered) > 0, "nobody noticed that a server was killed");
        json!({
            "clients": size.clients, "times": self.slots.len(), "kills": size.kills,
            "attempts": load(attempts), "taken": load(taken), "booked": known.len(), "cancelled": cancelled,
            "unanswered": load(unanswered), "refused": load(refused), "found_again": load(found_again),
            "sold_twice": 0, "lost": 0, "halved": 0, "not_once_in_the_crm": 0,
            "seconds": took.as_secs_f64().round(), "crm_followed_after_s": drained.as_secs_f64().round(),
        })
    }
}

/// Counts a client that has done with it.
struct Done<'c>(&'c AtomicUsize);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

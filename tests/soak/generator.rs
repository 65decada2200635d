//! Makes load. In a closed loop each connection sends its next request when it has an answer: that finds out what a server can. In an
//! open loop requests come when they come, as those of many callers do, and one that has to wait for others has waited.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::client::{Answer, Client};
use crate::figures::{Latencies, Watch};
use crate::server::Server;

/// How many requests of an open loop may be on their way: further ones wait, and that counts.
const AT_ONCE: usize = 64;

/// A connection that does what there is to do.
pub(crate) struct Worker {
    client: Client,
    dice: u64,
    latencies: Latencies,
    /// When the next request was to be sent, where somebody else says so.
    due: Option<Instant>,
}

impl Worker {
    fn new(client: Client, number: usize) -> Self {
        let dice = 0x9e37_79b9_7f4a_7c15 ^ u64::try_from(number).unwrap_or_default();
        Self { client, dice, latencies: Latencies::default(), due: None }
    }

    pub(crate) fn call(&mut self, method: &str, path: &str, body: Option<&Json>, status: u16) -> Answer {
        let from = self.due.take().unwrap_or_else(Instant::now);
        let answer = self.client.call(method, path, body).unwrap();
        self.latencies.add(from.elapsed());
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.body);
        answer
    }

    /// A number below another, the same in every run.
    pub(crate) fn roll(&mut self, below: usize) -> usize {
        self.dice = self.dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.dice >> 33).unwrap_or_default() % below.max(1)
    }
}

/// Works on every connection at once until `next` has nothing more to do.
pub(crate) fn closed(
    server: &Server,
    connections: usize,
    client: impl Fn() -> Client + Sync,
    next: impl Fn(&mut Worker) -> bool + Sync,
) -> Json {
    work(server, connections, client, |worker| while next(worker) {})
}

/// Sends so many requests in a second, evenly, for some time.
pub(crate) fn open(
    server: &Server,
    (per_second, time): (f64, Duration),
    client: impl Fn() -> Client + Sync,
    act: impl Fn(&mut Worker) + Sync,
) -> Json {
    let (tickets, from) = (AtomicUsize::new(0), Instant::now());
    work(server, AT_ONCE, client, |worker| {
        loop {
            let ticket = u32::try_from(tickets.fetch_add(1, Ordering::Relaxed)).unwrap();
            let due = from + Duration::from_secs_f64(f64::from(ticket) / per_second);
            if due >= from + time {
                return;
            }
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
            worker.due = Some(due);
            act(worker);
        }
    })
}

fn work(
    server: &Server,
    connections: usize,
    client: impl Fn() -> Client + Sync,
    all_of_it: impl Fn(&mut Worker) + Sync,
) -> Json {
    let watch = Watch::begin(server.id());
    let all = Mutex::new(Latencies::default());
    std::thread::scope(|scope| {
        for number in 0..connections {
            let (all, client, all_of_it) = (&all, &client, &all_of_it);
            scope.spawn(move || {
                let mut worker = Worker::new(client(), number);
                all_of_it(&mut worker);
                all.lock().unwrap().absorb(worker.latencies);
            });
        }
    });
    watch.end(&all.into_inner().unwrap())
}

//! Requests per second, at sizes of a directory.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::{Value as Json, json};

use crate::generator::{Worker, closed};
use crate::people::{USERS, by_external, by_name, change, new};
use crate::server::{Place, Server, cluster};
use crate::{Size, Store};

/// Fills a directory step by step, as Entra's first cycle does, and measures its mix at every step.
pub(crate) fn measure(program: &Path, store: Store, size: &Size) {
    let cluster = cluster(store);
    let place = Place::new(program, cluster.as_ref());
    let server = place.serve();
    let people = Mutex::new(Vec::new());
    for count in &size.people {
        let first_cycle = fill(&server, size, &people, *count);
        tell(store, *count, "first cycle: look up, create", &first_cycle);
        let mixed = mix(&server, size, &people);
        tell(store, *count, "later cycles: look up 75 %, change 20 %, create 5 %", &mixed);
        tell(store, *count, "size of the database", &json!({"mib": place.size()}));
    }
}

fn tell(store: Store, people: usize, what: &str, figures: &Json) {
    println!("{}", json!({"store": store.name(), "people": people, "what": what, "figures": figures}));
}

/// Everybody in the directory: the id of each, by number.
type People = Mutex<Vec<String>>;

/// Works on every connection at once until `next` has nothing more to do.
fn work(server: &Server, size: &Size, next: impl Fn(&mut Worker) -> bool + Sync) -> Json {
    closed(server, size.connections, || server.client(), next)
}

fn create(worker: &mut Worker, number: usize, people: &People) {
    let made = worker.call("POST", USERS, Some(&new(number)), 201);
    let id = made.body["id"].as_str().unwrap().to_owned();
    let mut people = people.lock().unwrap();
    if people.len() <= number {
        people.resize(number + 1, String::new());
    }
    people[number] = id;
}

fn look_up(worker: &mut Worker, path: &str, found: usize) {
    let answer = worker.call("GET", path, None, 200);
    assert_eq!(answer.body["totalResults"], found, "{path}");
}

fn fill(server: &Server, size: &Size, people: &People, count: usize) -> Json {
    let next = AtomicUsize::new(people.lock().unwrap().len());
    work(server, size, |worker| {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= count {
            return false;
        }
        look_up(worker, &by_name(number), 0);
        create(worker, number, people);
        true
    })
}

fn mix(server: &Server, size: &Size, people: &People) -> Json {
    let until = Instant::now() + size.time;
    let known = people.lock().unwrap().clone();
    let next = AtomicUsize::new(known.len());
    work(server, size, |worker| {
        let who = worker.roll(known.len());
        match worker.roll(100) {
            0..60 => look_up(worker, &by_name(who), 1),
            60..75 => look_up(worker, &by_external(who), 1),
            75..95 => {
                let (path, to) = (format!("{USERS}/{}", known[who]), format!("Person {}", worker.roll(1_000_000)));
                worker.call("PATCH", &path, Some(&change(&to)), 200);
            }
            _ => create(worker, next.fetch_add(1, Ordering::Relaxed), people),
        }
        Instant::now() < until
    })
}

//! What goes wrong, and what has to hold all the same: what was acknowledged is there, a change is there as a whole or not at all, and
//! nobody has to help.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

use crate::people::{USERS, by_name, change, new};
use crate::server::{Place, Server, cluster};
use crate::{Size, Store};

/// How long work goes on before something happens to it.
const CALM: Duration = Duration::from_millis(400);
/// How long until what was away has to be found again.
const RECOVERY: Duration = Duration::from_secs(60);
/// The disk that gets full, and what is taken away to make room, in mebibytes.
const DISK: usize = 12;
const ROOM: usize = 6;

/// Everything that can go wrong with a store.
pub(crate) fn try_all(program: &Path, store: Store, size: &Size) {
    tell(store, "killed in the middle of a cycle", &killed(program, store, size));
    match store {
        Store::Sqlite => tell(store, "disk full", &disk_full(program, size)),
        Store::Postgres => {
            tell(store, "of two servers one is killed", &two_servers(program, size));
            tell(store, "database away", &database_away(program, size));
        }
    }
}

fn tell(store: Store, what: &str, figures: &Json) {
    println!("{}", json!({"store": store.name(), "what": what, "figures": figures}));
}

/// What callers know: everybody whose creation was acknowledged, with the last change that was.
#[derive(Default)]
struct Known {
    people: Mutex<BTreeMap<usize, (String, usize)>>,
    next: AtomicUsize,
    refused: AtomicUsize,
    broken: AtomicUsize,
}

impl Known {
    /// Works on connections to servers until it is told to stop, whatever becomes of them.
    fn work(&self, servers: &[&Server], connections: usize, stop: &AtomicBool, meanwhile: impl FnOnce()) {
        std::thread::scope(|scope| {
            for number in 0..connections {
                let server = servers[number % servers.len()];
                scope.spawn(move || self.cycle(server, stop));
            }
            meanwhile();
            stop.store(true, Ordering::Relaxed);
        });
    }

    /// Creates people and changes each of them twice.
    fn cycle(&self, server: &Server, stop: &AtomicBool) {
        let mut client = server.client();
        while !stop.load(Ordering::Relaxed) {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(made) = self.heard(client.call("POST", USERS, Some(&new(number))), 201) else { continue };
            let id = made["id"].as_str().unwrap().to_owned();
            self.people.lock().unwrap().insert(number, (id.clone(), 0));
            for version in 1..=2 {
                let changed = client.call("PATCH", &format!("{USERS}/{id}"), Some(&change(&title(version))));
                if self.heard(changed, 200).is_none() {
                    break;
                }
                self.people.lock().unwrap().insert(number, (id.clone(), version));
            }
        }
    }

    /// What was acknowledged. A refusal has to be one of a server that cannot now; nobody is ever told something wrong.
    fn heard(&self, answer: std::io::Result<crate::client::Answer>, status: u16) -> Option<Json> {
        match answer {
            Ok(answer) if answer.status == status => return Some(answer.body),
            Ok(answer) => {
                assert!(matches!(answer.status, 500 | 503 | 507), "{}: {}", answer.status, answer.body);
                self.refused.fetch_add(1, Ordering::Relaxed);
            }
            Err(_) => drop(self.broken.fetch_add(1, Ordering::Relaxed)),
        }
        // One that answers nothing is not to be asked in a hot loop: the machine is shared.
        std::thread::yield_now();
        None
    }

    /// Holds the directory against what callers know.
    fn check(&self, server: &Server) {
        let mut client = server.client();
        for (number, (id, version)) in self.people.lock().unwrap().iter() {
            let found = client.call("GET", &by_name(*number), None).unwrap();
            assert_eq!(found.body["totalResults"], 1, "person {number}, who was acknowledged");
            let person = &found.body["Resources"][0];
            assert_eq!(person["id"], json!(id));
            let (name, title) = (person["displayName"].as_str().unwrap(), person["title"].as_str().unwrap());
            assert_eq!(name, title, "person {number}: half a change");
            // The one behind the last that was acknowledged may have been done.
            let may_be = [*version, (*version + 1).min(2)]
                .map(|version| if version == 0 { first(*number) } else { self::title(version) });
            assert!(may_be.contains(&name.to_owned()), "person {number}: {name} after change {version}");
        }
    }

    fn figures(&self, more: Json) -> Json {
        let (refused, broken) = (self.refused.load(Ordering::Relaxed), self.broken.load(Ordering::Relaxed));
        let mut figures = json!({
            "acknowledged": self.people.lock().unwrap().values().map(|(_, version)| version + 1).sum::<usize>(),
            "refused": refused,
            "unanswered": broken,
            "lost": 0,
            "halved": 0,
        });
        if let (Some(figures), Json::Object(more)) = (figures.as_object_mut(), more) {
            figures.extend(more);
        }
        figures
    }
}

fn first(number: usize) -> String {
    format!("Person {number}")
}

fn title(version: usize) -> String {
    format!("Version {version}")
}

fn killed(program: &Path, store: Store, size: &Size) -> Json {
    let cluster = cluster(store);
    let (place, known) = (Place::new(program, cluster.as_ref()), Known::default());
    for kill in 0..size.kills {
        let server = place.serve();
        let id = server.id().to_string();
        known.work(&[&server], size.connections, &AtomicBool::new(false), || {
            // At another moment each time.
            std::thread::park_timeout(CALM + Duration::from_millis(37) * u32::try_from(kill).unwrap());
            assert!(Command::new("kill").args(["-KILL", &id]).status().unwrap().success());
        });
    }
    known.check(&place.serve());
    known.figures(json!({"kills": size.kills}))
}

fn two_servers(program: &Path, size: &Size) -> Json {
    let cluster = cluster(Store::Postgres);
    let (place, known) = (Place::new(program, cluster.as_ref()), Known::default());
    let (one, mut other) = (place.serve(), place.serve());
    known.work(&[&one, &other], size.connections, &AtomicBool::new(false), || std::thread::park_timeout(CALM));
    assert_eq!(known.broken.load(Ordering::Relaxed) + known.refused.load(Ordering::Relaxed), 0, "both serve");
    other.kill();
    known.work(&[&one], size.connections, &AtomicBool::new(false), || std::thread::park_timeout(CALM));
    assert_eq!(known.broken.load(Ordering::Relaxed) + known.refused.load(Ordering::Relaxed), 0, "the other serves on");
    known.check(&one);
    known.figures(json!({"servers": 2}))
}

fn database_away(program: &Path, size: &Size) -> Json {
    let mut cluster = cluster(Store::Postgres).unwrap();
    let (place, known) = (Place::new(program, Some(&cluster)), Known::default());
    let server = place.serve();
    let mut recovery = Duration::ZERO;
    known.work(&[&server], size.connections, &AtomicBool::new(false), || {
        std::thread::park_timeout(CALM);
        cluster.away(|| {
            server.until_ready(false);
            std::thread::park_timeout(size.away);
        });
        recovery = back(&server, &known);
    });
    known.check(&server);
    assert!(known.refused.load(Ordering::Relaxed) > 0, "somebody was refused");
    known.figures(json!({"away_s": size.away.as_secs(), "back_ms": whole_ms(recovery)}))
}

/// Waits until somebody is acknowledged again.
fn back(server: &Server, known: &Known) -> Duration {
    let (from, before) = (Instant::now(), known.people.lock().unwrap().len());
    server.until_ready(true);
    while known.people.lock().unwrap().len() == before {
        assert!(from.elapsed() < RECOVERY, "the server does not come back by itself");
        std::thread::yield_now();
    }
    from.elapsed()
}

fn whole_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// A small disk of memory, for as long as it is not dropped.
struct Disk(PathBuf);

impl Disk {
    /// Says why where the system does not let us: containers often do not, not even root.
    fn mount(at: &Path) -> Result<Self, String> {
        let size = format!("size={DISK}m,mode=700");
        let said = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "soak"]).arg(at).output();
        match said {
            Ok(said) if said.status.success() => Ok(Self(at.to_owned())),
            Ok(said) => Err(String::from_utf8_lossy(&said.stderr).into_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // A server that ends a moment later still has it: it goes with that.
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

fn disk_full(program: &Path, size: &Size) -> Json {
    let mut disk = Err(String::new());
    let place = Place::within(program, None, |data| {
        disk = Disk::mount(data);
        std::fs::write(data.join("others"), vec![0; ROOM << 20]).unwrap();
    });
    if let Err(why) = &disk {
        assert!(size.disk_may_be_missing, "no disk can be made that gets full: {why}");
        return json!({"not_tried": why.trim()});
    }
    let (server, known) = (place.serve(), Known::default());
    let mut recovery = Duration::ZERO;
    known.work(&[&server], size.connections, &AtomicBool::new(false), || {
        let until = Instant::now() + RECOVERY * 4;
        while known.refused.load(Ordering::Relaxed) < 20 {
            assert!(Instant::now() < until, "the disk does not get full");
            std::thread::park_timeout(Duration::from_millis(20));
        }
        let read = server.client().call("GET", &format!("{USERS}?count=1"), None).unwrap();
        assert_eq!(read.status, 200, "who only reads is served: {}", read.body);
        std::fs::remove_file(place.data().join("others")).unwrap();
        recovery = back(&server, &known);
    });
    known.check(&server);
    drop(disk);
    known.figures(json!({"disk_mib": DISK, "back_ms": whole_ms(recovery)}))
}

//! How a directory of many people and the bookings of an organisation fare: processes of the program, on SQLite and on PostgreSQL,
//! under load, and under what goes wrong. `tests/soak/run.sh` builds and runs it.
//!
//! `soak PROGRAM small|full [sqlite|postgres] [load|faults|race|bookings]`
//!
//! | part | what |
//! |-|-|
//! | `load` | a directory under the requests that Entra sends |
//! | `faults` | a directory whose server is killed, whose database is away, whose disk is full |
//! | `race` | clients that want the same times, while servers are killed |
//! | `bookings` | searching, holding, booking, listing, beside a million meetings that took place |
//!
//! Figures go to standard output, a line of JSON each. The generator, the server and the database share the machine: each line says
//! what CPU each of them took. A promise that is not kept ends the program with an error.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "the run stops at the first surprise"
)]

mod bookings;
mod client;
#[path = "../../server/store/tests/it/cluster.rs"]
mod cluster;
mod crm;
mod entra;
mod faults;
mod figures;
mod generator;
mod load;
mod office;
mod people;
mod race;
mod server;

use std::path::{Path, PathBuf};
use std::time::Duration;

/// How much is done.
#[derive(Debug, Clone)]
pub(crate) struct Size {
    /// How many people the directory has when it is measured.
    pub(crate) people: Vec<usize>,
    /// How long it is measured.
    pub(crate) time: Duration,
    /// Connections of the generator.
    pub(crate) connections: usize,
    /// How often the server is killed.
    pub(crate) kills: usize,
    /// How long the database is away.
    pub(crate) away: Duration,
    /// Whether it goes on, and says so, where the system lets nobody make a disk that gets full.
    pub(crate) disk_may_be_missing: bool,
    pub(crate) race: race::Size,
    pub(crate) bookings: bookings::Size,
}

/// Where directories are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    Sqlite,
    Postgres,
}

impl Store {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

fn size(name: &str) -> Option<Size> {
    let seconds = Duration::from_secs;
    match name {
        "small" => Some(Size {
            people: vec![50, 250],
            time: Duration::from_millis(500),
            connections: 4,
            kills: 2,
            away: seconds(3),
            disk_may_be_missing: true,
            race: race::Size { clients: 24, employees: 2, until: "11:00:00", kills: 1 },
            bookings: bookings::Size {
                employees: vec![20],
                past: 2_000,
                time: Duration::from_millis(300),
                connections: 4,
            },
        }),
        "full" => Some(Size {
            people: vec![1_000, 50_000, 100_000],
            time: seconds(20),
            connections: 32,
            kills: 20,
            away: seconds(60),
            disk_may_be_missing: false,
            race: race::Size { clients: 200, employees: 5, until: "13:00:00", kills: 4 },
            bookings: bookings::Size {
                employees: vec![1_000, 10_000],
                past: 1_000_000,
                time: seconds(8),
                connections: 32,
            },
        }),
        _ => None,
    }
}

const USAGE: &str = "usage: soak PROGRAM small|full [sqlite|postgres] [load|faults|race|bookings]";

/// A part of it, by its name.
type Part = (&'static str, fn(&Path, Store, &Size));

const STORES: [(&str, Store); 2] = [("sqlite", Store::Sqlite), ("postgres", Store::Postgres)];
const PARTS: [Part; 4] = [
    ("load", load::measure),
    ("faults", faults::try_all),
    ("race", |program, store, size| race::run(program, store, &size.race)),
    ("bookings", |program, store, size| bookings::measure(program, store, &size.bookings)),
];

/// What was named, or all.
fn chosen<T: Copy>(all: &[(&str, T)], said: &[String]) -> Vec<T> {
    let of = |named: &dyn Fn(&str) -> bool| all.iter().filter(|(name, _)| named(name)).map(|(_, what)| *what).collect();
    let named: Vec<T> = of(&|name| said.iter().any(|word| word == name));
    if named.is_empty() { of(&|_| true) } else { named }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (Some(program), Some(size)) =
        (arguments.first().map(PathBuf::from), arguments.get(1).and_then(|name| size(name)))
    else {
        eprintln!("{USAGE}");
        std::process::exit(2);
    };
    let said = &arguments[2..];
    let is_known =
        |word: &String| STORES.iter().any(|(name, _)| name == word) || PARTS.iter().any(|(name, _)| name == word);
    if let Some(word) = said.iter().find(|word| !is_known(word)) {
        eprintln!("nobody knows `{word}`; {USAGE}");
        std::process::exit(2);
    }
    for store in chosen(&STORES, said) {
        for part in chosen(&PARTS, said) {
            part(&program, store, &size);
        }
    }
}

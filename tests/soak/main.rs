//! How a directory of many people fares: processes of the program, on SQLite and on PostgreSQL, under the requests that Entra sends,
//! and under what goes wrong. `tests/soak/run.sh` builds and runs it.
//!
//! `soak PROGRAM small|full [sqlite|postgres] [load|faults]`
//!
//! Figures go to standard output, a line of JSON each. The generator, the server and the database share the machine: each line says
//! what CPU each of them took. A promise that is not kept ends the program with an error.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "the run stops at the first surprise"
)]

mod client;
#[path = "../../server/store/tests/it/cluster.rs"]
mod cluster;
mod faults;
mod figures;
mod load;
mod people;
mod server;

use std::path::PathBuf;
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
            time: seconds(1),
            connections: 4,
            kills: 2,
            away: seconds(3),
            disk_may_be_missing: true,
        }),
        "full" => Some(Size {
            people: vec![1_000, 50_000, 100_000],
            time: seconds(20),
            connections: 32,
            kills: 20,
            away: seconds(60),
            disk_may_be_missing: false,
        }),
        _ => None,
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let said = |word: &str| arguments.iter().skip(1).any(|argument| argument == word);
    let (Some(program), Some(size)) =
        (arguments.first().map(PathBuf::from), arguments.get(1).and_then(|name| size(name)))
    else {
        eprintln!("usage: soak PROGRAM small|full [sqlite|postgres] [load|faults]");
        std::process::exit(2);
    };
    let stores = [(Store::Sqlite, "sqlite", "postgres"), (Store::Postgres, "postgres", "sqlite")];
    for (store, _, _) in stores.iter().filter(|(_, _, other)| !said(other)) {
        if !said("faults") {
            load::measure(&program, *store, &size);
        }
        if !said("load") {
            faults::try_all(&program, *store, &size);
        }
    }
}

//! Kills a process that appends and takes offers in, at any point of its work, and looks at what is there.
//!
//! What was acknowledged has to be there, and of every batch all or nothing. The process is this program again, with the
//! address of a journal; it says on its output what was acknowledged. A program of its own rather than a test of the
//! other binary, for it starts itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    reason = "a test stops at the first surprise"
)]

#[path = "it/cluster.rs"]
mod cluster;
#[path = "it/facts.rs"]
mod facts;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::Arc;

use engage_playbooks::model::TriggerKind;
use engage_playbooks::ports::{Batch, Journal, Lease, Offer, RunRecord};
use engage_playbooks::run::{RunKey, RunState};
use engage_store::{PostgresJournal, PostgresOptions, SqliteJournal};
use facts::{batch, event, key};

/// How many appenders work at once, and how often they are killed.
const APPENDERS: u128 = 8;
const ROUNDS: u64 = 40;
/// Entries of a batch.
const TOGETHER: u32 = 3;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    match arguments.first().map(String::as_str) {
        Some("--write") => runtime.block_on(write(&arguments[1], arguments[2].parse().unwrap())),
        _ if arguments.iter().any(|argument| argument == "--list") => {
            if !arguments.iter().any(|argument| argument == "--ignored") {
                println!("sqlite: test\npostgres: test");
            }
        }
        _ => tests(&arguments, &runtime),
    }
}

/// The tests that are named, or all.
fn tests(arguments: &[String], runtime: &tokio::runtime::Runtime) {
    let named = |name: &str| arguments.iter().all(|argument| argument.starts_with("--") || name.contains(argument));
    if named("sqlite") {
        let folder = tempfile::tempdir().unwrap();
        runtime.block_on(survives(&folder.path().join("journal.db").display().to_string()));
    }
    if named("postgres") {
        let cluster = cluster::Cluster::start();
        runtime.block_on(async { survives(&cluster.database().await).await });
    }
}

async fn open(place: &str) -> Arc<dyn Journal> {
    if place.starts_with("postgres:") {
        Arc::new(PostgresJournal::connect(place, PostgresOptions::default()).await.unwrap())
    } else {
        Arc::new(SqliteJournal::open(place).await.unwrap())
    }
}

/// The lease, once the database has seen that who had it is gone.
async fn lead(journal: &dyn Journal) -> Lease {
    for _ in 0..10_000 {
        if let Some(lease) = journal.lead("crash").await.unwrap() {
            return lease;
        }
        tokio::task::yield_now().await;
    }
    panic!("a dead process leads");
}

fn record(key: &RunKey, entries: u32) -> RunRecord {
    RunRecord {
        key: key.clone(),
        playbook: engage_engine::SemanticId::new("portal-lead").unwrap(),
        trigger: TriggerKind::Manual,
        state: RunState::Running,
        started_at: jiff::Timestamp::UNIX_EPOCH,
        updated_at: jiff::Timestamp::UNIX_EPOCH,
        wake_at: None,
        failed_block: None,
        reason: None,
        entries,
    }
}

/// What is killed: goes on with the runs of the rounds before, for ever.
async fn write(place: &str, round: u64) {
    let journal = open(place).await;
    let lease = lead(&*journal).await;
    let appenders = (0..APPENDERS).map(|n| tokio::spawn(appender(journal.clone(), lease.clone(), n, round)));
    for appender in appenders.collect::<Vec<_>>() {
        appender.await.unwrap();
    }
}

/// Offers an event, then appends a batch that says how many entries there are. Says each once it is acknowledged.
async fn appender(journal: Arc<dyn Journal>, lease: Lease, n: u128, round: u64) {
    let key = key(n);
    let mut there = u32::try_from(journal.entries(&key).await.unwrap().len()).unwrap();
    for turn in 0.. {
        let id = format!("{round}-{n}-{turn}");
        journal.offer(&[event(&id)]).await.unwrap();
        say(&format!("offer {id}"));
        there += TOGETHER;
        let runs = vec![record(&key, there)];
        let batch = Batch { runs, ..batch(&key, there - TOGETHER..there) };
        journal.append(&lease, &batch).await.unwrap();
        say(&format!("append {n} {there}"));
    }
}

/// A line in one piece.
fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    output.write_all(format!("{line}\n").as_bytes()).and_then(|()| output.flush()).unwrap();
}

/// What was acknowledged over all rounds.
#[derive(Default)]
struct Acknowledged {
    entries: BTreeMap<u128, u32>,
    events: Vec<String>,
}

impl Acknowledged {
    fn add(&mut self, line: &str) {
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["offer", id] => self.events.push((*id).to_owned()),
            ["append", n, there] => {
                self.entries.insert(n.parse().unwrap(), there.parse().unwrap());
            }
            other => panic!("the writer said {other:?}"),
        }
    }
}

async fn survives(place: &str) {
    let mut acknowledged = Acknowledged::default();
    // The same points in every run: a small linear congruence is random enough.
    let mut seed = 20_260_101_u64;
    for round in 0..ROUNDS {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        kill_after((seed >> 33) % 60, place, round, &mut acknowledged);
        check(place, &acknowledged).await;
    }
    assert!(acknowledged.events.len() > 100 && acknowledged.entries.len() == APPENDERS as usize, "it hardly wrote");
}

/// Lets a process write until so many lines were said, kills it, and reads what it had said by then.
fn kill_after(lines: u64, place: &str, round: u64, acknowledged: &mut Acknowledged) {
    let program = std::env::current_exe().unwrap();
    let mut child = Command::new(program);
    child.args(["--write", place, &round.to_string()]);
    let mut writer = child.stdout(Stdio::piped()).spawn().unwrap();
    let mut output = BufReader::new(writer.stdout.take().unwrap()).lines().map_while(Result::ok);
    for line in output.by_ref().take(usize::try_from(lines).unwrap() + 1) {
        acknowledged.add(&line);
    }
    writer.kill().unwrap();
    // A line that was cut off in the middle is impossible: each is one write, shorter than a pipe's atom.
    output.for_each(|line| acknowledged.add(&line));
    writer.wait().unwrap();
}

async fn check(place: &str, acknowledged: &Acknowledged) {
    let journal = open(place).await;
    // A server may still be at what the dead process had asked; once its lock is free that is over.
    let lease = lead(&*journal).await;
    for n in 0..APPENDERS {
        let entries = journal.entries(&key(n)).await.unwrap().len();
        let said = acknowledged.entries.get(&n).copied().unwrap_or(0) as usize;
        assert!(entries >= said, "run {n}: {said} were acknowledged, {entries} are there");
        assert_eq!(entries % TOGETHER as usize, 0, "run {n}: half a batch is there");
        let record = journal.run(&key(n)).await.unwrap().map_or(0, |record| record.entries);
        assert_eq!(
            record as usize, entries,
            "run {n}: entries without what is known of the run, or the other way round"
        );
    }
    let again: Vec<Offer> = acknowledged.events.iter().map(|id| event(id)).collect();
    let new = journal.offer(&again).await.unwrap();
    assert!(!new.contains(&true), "an event that was acknowledged is new again");
    let mut waiting = Vec::new();
    while let page = journal.offered(&lease, waiting.last().copied(), 1000).await.unwrap()
        && !page.is_empty()
    {
        waiting.extend(page.into_iter().map(|(id, _)| id));
    }
    assert!(waiting.len() >= acknowledged.events.len(), "{} of {}", waiting.len(), acknowledged.events.len());
    journal.resign(lease).await.unwrap();
}

//! One server, workers that come and go.

use std::sync::atomic::Ordering;
use std::time::Duration;

use engage_playbooks::ports::{DurableEngine, Event, RunQuery};
use engage_playbooks::run::{FactKind, RunKey, RunState, Tenant};
use engage_restate::RestateEngine;
use engage_runner::Config;
use tokio::task::JoinHandle;

use crate::crm::World;
use crate::kit::{Ports, Server, eventually, free_port};

/// A worker in this process; dropping it is its death.
pub(crate) struct Working(pub(crate) JoinHandle<()>);

impl Drop for Working {
    fn drop(&mut self) {
        self.0.abort();
    }
}

pub(crate) fn work(world: &World, port: u16) -> Working {
    let worker = world.worker();
    Working(tokio::spawn(async move {
        let served = worker.serve(([127, 0, 0, 1], port).into(), std::future::pending()).await;
        served.unwrap();
    }))
}

pub(crate) fn engine(world: &World, server: &Server) -> RestateEngine {
    let (addresses, shelf, time) = (server.addresses.clone(), world.shelf.clone(), world.time.clone());
    RestateEngine::new(addresses, shelf, time, Config::default()).unwrap()
}

pub(crate) fn key(event: &Event) -> RunKey {
    RunKey::of_event(&event.tenant, event.playbook.as_ref().unwrap(), &event.id)
}

pub(crate) async fn ends(engine: &RestateEngine, key: &RunKey, as_what: RunState) {
    eventually(&format!("run {key} ends as {as_what:?}"), async || {
        engine.status(key).await.is_ok_and(|record| record.is_some_and(|record| record.state == as_what))
    })
    .await;
}

struct Setting {
    world: World,
    server: Server,
    engine: RestateEngine,
    worker: Working,
    port: u16,
    _folder: tempfile::TempDir,
}

async fn setting() -> Setting {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), Ports::free(), "n1", &[]);
    server.ready().await;
    let world = World::new();
    let port = free_port();
    let worker = work(&world, port);
    let engine = engine(&world, &server);
    engine.register(&format!("http://127.0.0.1:{port}").parse().unwrap()).await.unwrap();
    Setting { world, server, engine, worker, port, _folder: folder }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_starts_one_run_which_does_what_the_machine_says() {
    let Setting { world, server: _server, engine, worker: _worker, _folder, .. } = setting().await;
    let event = world.event("once");
    let first = engine.offer(vec![event.clone()]).await.unwrap();
    assert!(!first[0].known);
    ends(&engine, &key(&event), RunState::Succeeded).await;
    assert!(engine.offer(vec![event.clone()]).await.unwrap()[0].known);
    assert_eq!((world.count("lead"), world.count("note")), (1, 2));

    let facts = engine.history(&key(&event)).await.unwrap();
    let words: Vec<_> = facts.iter().map(|fact| fact.kind.name()).collect();
    assert_eq!(words.first(), Some(&"started"));
    assert_eq!(words.last(), Some(&"finished"));
    assert_eq!(words.iter().filter(|word| **word == "prepared").count(), 3, "{words:?}");
    assert!(facts.windows(2).all(|pair| pair[0].at <= pair[1].at));

    let page = engine.runs(&world.tenant, &RunQuery { most: 10, ..RunQuery::default() }).await.unwrap();
    assert_eq!(page.runs.len(), 1);
    let other = Tenant::new("fabrikam").unwrap();
    assert!(engine.runs(&other, &RunQuery { most: 10, ..RunQuery::default() }).await.unwrap().runs.is_empty());
    let theirs = RunKey { tenant: other, run: key(&event).run };
    assert!(engine.history(&theirs).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crm_that_is_down_for_a_while_is_asked_again_and_one_that_refuses_is_not() {
    let Setting { world, server: _server, engine, worker: _worker, _folder, .. } = setting().await;
    world.crm.unavailable.store(1, Ordering::SeqCst);
    let event = world.event("again");
    engine.offer(vec![event.clone()]).await.unwrap();
    ends(&engine, &key(&event), RunState::Succeeded).await;

    world.crm.forbidden.store(true, Ordering::SeqCst);
    let event = world.event("never");
    engine.offer(vec![event.clone()]).await.unwrap();
    ends(&engine, &key(&event), RunState::Failed).await;
    let record = engine.status(&key(&event)).await.unwrap().unwrap();
    assert_eq!((record.failed_block.unwrap().as_str(), record.reason.as_deref()), ("lead", Some("denied")));

    world.crm.forbidden.store(false, Ordering::SeqCst);
    engine.retry(&key(&event), None, "ann").await.unwrap();
    ends(&engine, &key(&event), RunState::Succeeded).await;
    assert_eq!((world.count("lead"), world.count("note")), (2, 4));
    assert!(engine.retry(&key(&world.event("nobody")), None, "ann").await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_in_a_write_loses_nothing_and_doubles_nothing() {
    let Setting { world, server: _server, engine, worker, port, _folder } = setting().await;
    world.crm.swallowed.store(1, Ordering::SeqCst);
    let events: Vec<_> = (0..20).map(|n| world.event(&format!("run-{n}"))).collect();
    engine.offer(events.clone()).await.unwrap();
    eventually("a write took effect and its answer is lost", async || world.crm.swallowed.load(Ordering::SeqCst) == 0)
        .await;
    drop(worker);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let _worker = work(&world, port);
    for event in &events {
        ends(&engine, &key(event), RunState::Succeeded).await;
    }
    assert_eq!((world.count("lead"), world.count("note")), (20, 40));
    assert!(world.crm.writes.load(Ordering::SeqCst) > 60, "the write in flight was repeated, under its key");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_goes_on_from_its_journal() {
    let folder = tempfile::tempdir().unwrap();
    let ports = Ports::free();
    let server = Server::start(folder.path(), ports, "n1", &[]);
    server.ready().await;
    let world = World::new();
    let port = free_port();
    let _worker = work(&world, port);
    let engine = engine(&world, &server);
    engine.register(&format!("http://127.0.0.1:{port}").parse().unwrap()).await.unwrap();
    let events: Vec<_> = (0..20).map(|n| world.event(&format!("run-{n}"))).collect();
    engine.offer(events.clone()).await.unwrap();
    server.kill();
    let server = Server::start(folder.path(), ports, "n1", &[]);
    server.ready().await;
    for event in &events {
        ends(&engine, &key(event), RunState::Succeeded).await;
    }
    assert_eq!((world.count("lead"), world.count("note")), (20, 40));
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_of_one_subject_go_one_after_the_other_and_one_under_way_can_be_stopped() {
    let Setting { world, server: _server, engine, worker: _worker, _folder, .. } = setting().await;
    // The first waits a second or more for the CRM; the second may not overtake it.
    world.crm.unavailable.store(4, Ordering::SeqCst);
    let of_meeting = |id: &str| Event { subject: Some("m-1".to_owned()), ..world.event(id) };
    let (first, second, third) = (of_meeting("first"), of_meeting("second"), of_meeting("third"));
    engine.offer(vec![first.clone()]).await.unwrap();
    engine.offer(vec![second.clone()]).await.unwrap();
    eventually("the first waits", async || {
        engine
            .history(&key(&first))
            .await
            .is_ok_and(|facts| facts.iter().any(|fact| matches!(fact.kind, FactKind::Failed { .. })))
    })
    .await;
    engine.offer(vec![third.clone()]).await.unwrap();
    let queued = RunQuery { states: vec![RunState::Queued], most: 10, ..RunQuery::default() };
    let queued = engine.runs(&world.tenant, &queued).await.unwrap().runs;
    assert_eq!(queued.len(), 2, "the others stand in line: {queued:?}");
    engine.cancel(&key(&third), "ann").await.unwrap();
    ends(&engine, &key(&third), RunState::Cancelled).await;
    engine.cancel(&key(&first), "ann").await.unwrap();
    ends(&engine, &key(&first), RunState::Cancelled).await;
    world.crm.unavailable.store(0, Ordering::SeqCst);
    ends(&engine, &key(&second), RunState::Succeeded).await;
    assert_eq!(world.count("lead"), 1, "what was cancelled in line has not run");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_forgotten_when_somebody_asks_and_when_its_time_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), Ports::free(), "n1", &[]);
    server.ready().await;
    let (world, port) = (World::new(), free_port());
    let config = Config { retention: Some(Duration::from_secs(4)), ..Config::default() };
    let worker = world.worker().config(config);
    let _worker = Working(tokio::spawn(async move {
        worker.serve(([127, 0, 0, 1], port).into(), std::future::pending()).await.unwrap();
    }));
    let engine = engine(&world, &server);
    engine.introduce(&format!("http://127.0.0.1:{port}").parse().unwrap()).await;
    let (asked, over) = (world.event("asked"), world.event("over"));
    engine.offer(vec![asked.clone(), over.clone()]).await.unwrap();
    for event in [&asked, &over] {
        ends(&engine, &key(event), RunState::Succeeded).await;
    }
    engine.erase(&key(&asked)).await.unwrap();
    assert!(engine.status(&key(&asked)).await.unwrap().is_none());
    assert!(engine.history(&key(&asked)).await.is_err());
    assert!(engine.status(&key(&over)).await.unwrap().is_some());
    eventually("its time is over", async || engine.status(&key(&over)).await.unwrap().is_none()).await;
    assert!(engine.runs(&world.tenant, &RunQuery { most: 10, ..RunQuery::default() }).await.unwrap().runs.is_empty());
}

//! Schedules: once per time, whatever happens to workers, servers and the workspace.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use engage_engine::SemanticId;
use engage_engine::run::{Clock, SystemClock};
use engage_playbooks::ports::{DurableEngine, RunQuery, Since, Time};
use engage_playbooks::run::{RunKey, RunState};
use engage_restate::{RestateEngine, Url};
use engage_runner::schedule::event;
use jiff::{SignedDuration, Timestamp};
use tokio::net::{TcpListener, TcpStream};

use crate::crm::World;
use crate::kit::{Ports, Server, eventually, free_port};
use crate::runs::{Working, ends, engine, work};

/// A clock that can be put forward.
struct Clockwork(Since, AtomicI64);

impl Clockwork {
    fn at(text: &str) -> Arc<Self> {
        let since = Since::new(Arc::new(SystemClock::default()), text.parse().unwrap());
        Arc::new(Self(since, AtomicI64::new(0)))
    }

    fn forward(&self, by: SignedDuration) {
        self.1.fetch_add(by.as_secs(), Ordering::SeqCst);
    }
}

#[async_trait]
impl Clock for Clockwork {
    fn now(&self) -> Duration {
        self.0.now()
    }

    async fn sleep(&self, duration: Duration) {
        self.0.sleep(duration).await;
    }
}

impl Time for Clockwork {
    fn timestamp(&self) -> Timestamp {
        self.0.timestamp() + SignedDuration::from_secs(self.1.load(Ordering::SeqCst))
    }
}

fn daily(id: &str, cron: &str) -> String {
    format!(
        "playbook {id} \"Daily\" {{\n  trigger Schedule(\"{cron}\", zone: \"Europe/Copenhagen\")\n  \
         create lead = add-lead as application \"a test\" {{ lead.Subject: trigger.FireTime }}\n}}\n"
    )
}

/// The run of a fire time.
fn run(world: &World, id: &str, at: &str) -> RunKey {
    let id = SemanticId::new(id).unwrap();
    RunKey::of_event(&world.tenant, &id, &event(&world.tenant, &id, at.parse().unwrap()).id)
}

/// How many runs have begun.
async fn begun(engine: &RestateEngine, world: &World) -> usize {
    engine.runs(&world.tenant, &RunQuery { most: 100, ..RunQuery::default() }).await.unwrap().runs.len()
}

/// Stands before two workers, as a balancer does: takes the first that can be reached.
async fn balancer(port: u16, workers: [u16; 2]) -> Working {
    let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    Working(tokio::spawn(async move {
        while let Ok((mut caller, _)) = listener.accept().await {
            tokio::spawn(async move {
                for worker in workers {
                    if let Ok(mut worker) = TcpStream::connect(("127.0.0.1", worker)).await {
                        let _ = tokio::io::copy_bidirectional(&mut caller, &mut worker).await;
                        return;
                    }
                }
            });
        }
    }))
}

fn url(port: u16) -> Url {
    format!("http://127.0.0.1:{port}").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_fires_once_though_a_worker_and_the_server_are_killed_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let ports = Ports::free();
    let server = Server::start(folder.path(), ports, "n1", &[]);
    server.ready().await;
    // 2:30 does not come on that day: at 1:00 UTC the clocks jump from 2 to 3.
    let world = World::new().at(Clockwork::at("2026-03-29T00:59:50Z"));
    world.changes(&daily("skipped", "30 2 * * *"));
    let (front, first_port, second_port) = (free_port(), free_port(), free_port());
    let _front = balancer(front, [first_port, second_port]).await;
    let (first, _second) = (work(&world, first_port), work(&world, second_port));
    let engine = engine(&world, &server);
    // Each worker tells Restate when it starts.
    engine.introduce(&url(front)).await;
    engine.register(&url(front)).await.unwrap();
    drop(first);
    server.kill();
    let server = Server::start(folder.path(), ports, "n1", &[]);
    server.ready().await;
    assert!(world.time.timestamp() < "2026-03-29T01:00:00Z".parse().unwrap(), "this machine is too slow to tell");
    ends(&engine, &run(&world, "skipped", "2026-03-29T01:00:00Z"), RunState::Succeeded).await;
    assert_eq!((begun(&engine, &world).await, world.count("lead")), (1, 1));
    engine.register(&url(front)).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!((begun(&engine, &world).await, world.count("lead")), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn schedules_follow_the_workspace_and_of_missed_times_the_last_one_counts() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), Ports::free(), "n1", &[]);
    server.ready().await;
    let clock = Clockwork::at("2026-06-01T09:59:56Z");
    let world = World::new().at(clock.clone());
    let (engine, port) = (engine(&world, &server), free_port());
    let _worker = work(&world, port);
    let changes = async |text: &str| {
        world.changes(text);
        engine.register(&url(port)).await.unwrap();
    };
    // Noon in Copenhagen is 10:00 UTC, four seconds from now; before it comes it is one minute past noon.
    changes(&daily("daily", "0 12 * * *")).await;
    changes(&daily("daily", "1 12 * * *")).await;
    eventually("noon has passed", async || world.time.timestamp() > "2026-06-01T10:00:01Z".parse().unwrap()).await;
    assert_eq!(begun(&engine, &world).await, 0, "the schedule that was replaced does not fire");
    clock.forward(SignedDuration::from_mins(1));
    changes(&daily("daily", "1 12 * * *")).await;
    ends(&engine, &run(&world, "daily", "2026-06-01T10:01:00Z"), RunState::Succeeded).await;

    clock.forward(SignedDuration::from_hours(3 * 24));
    changes(&daily("daily", "1 12 * * *")).await;
    ends(&engine, &run(&world, "daily", "2026-06-04T10:01:00Z"), RunState::Succeeded).await;
    assert_eq!(begun(&engine, &world).await, 2, "of three missed times one fires");

    changes("").await;
    clock.forward(SignedDuration::from_hours(2 * 24));
    changes(&daily("other", "1 12 * * *")).await;
    changes(&(daily("other", "1 12 * * *") + &daily("daily", "1 12 * * *"))).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(begun(&engine, &world).await, 2, "one that was switched off, and one that is new, have missed nothing");
    clock.forward(SignedDuration::from_hours(24));
    changes(&daily("other", "1 12 * * *")).await;
    ends(&engine, &run(&world, "other", "2026-06-07T10:01:00Z"), RunState::Succeeded).await;
    assert_eq!(begun(&engine, &world).await, 3, "what is gone does not fire");
}

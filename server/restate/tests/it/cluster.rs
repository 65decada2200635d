//! Three servers that keep everything twice; one of them is killed.

use engage_playbooks::ports::DurableEngine;
use engage_playbooks::run::RunState;

use crate::crm::World;
use crate::kit::{Ports, Server, eventually, free_port};
use crate::runs::{ends, engine, key, work};

fn settings(first: &Ports, this: &Ports, provision: bool) -> Vec<(&'static str, String)> {
    let fabric = |port: u16| format!("http://127.0.0.1:{port}/");
    vec![
        ("RESTATE_CLUSTER_NAME", "engage".to_owned()),
        ("RESTATE_AUTO_PROVISION", provision.to_string()),
        ("RESTATE_DEFAULT_REPLICATION", "2".to_owned()),
        ("RESTATE_ADVERTISED_ADDRESS", fabric(this.fabric)),
        ("RESTATE_METADATA_CLIENT__ADDRESSES", format!("[\"{}\"]", fabric(first.fabric))),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn three_servers_bear_the_loss_of_one() {
    let ports = [Ports::free(), Ports::free(), Ports::free()];
    let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let start = |n: usize| {
        let settings = settings(&ports[0], &ports[n], n == 0);
        Server::start(folders[n].path(), ports[n], &format!("n{}", n + 1), &settings)
    };
    let (one, two, three) = (start(0), start(1), start(2));
    for server in [&one, &two, &three] {
        server.ready().await;
    }
    let world = World::new();
    let port = free_port();
    let _worker = work(&world, port);
    let engine = engine(&world, &one);
    engine.register(&format!("http://127.0.0.1:{port}").parse().unwrap()).await.unwrap();
    let events: Vec<_> = (0..60).map(|n| world.event(&format!("run-{n}"))).collect();
    let (before, after) = events.split_at(30);
    engine.offer(before.to_vec()).await.unwrap();
    three.kill();
    for event in after {
        // A partition that has just lost its leader refuses; offering again is safe.
        eventually("the event is taken in", async || engine.offer(vec![event.clone()]).await.is_ok()).await;
    }
    for event in &events {
        ends(&engine, &key(event), RunState::Succeeded).await;
    }
    assert_eq!((world.count("lead"), world.count("note")), (60, 120));
    assert_ne!(one.fabric, two.fabric);
}

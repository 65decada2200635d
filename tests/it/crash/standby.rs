//! Two processes on one PostgreSQL: one leads, the other stands by.

use engage_playbooks::run::RunState;

use super::cluster::Cluster;
use super::dying::At;
use super::scene::{Lots, Scene};

fn database(scene: &Scene, cluster: &Cluster) -> String {
    scene.runtime.block_on(cluster.database())
}

#[test]
fn a_stand_by_takes_over_from_a_leader_that_is_killed() {
    const EVENTS: usize = 12;
    let (folder, cluster, mut lots) = (tempfile::tempdir().unwrap(), Cluster::start(), Lots(3));
    let (mut scene, expected) = Scene::undisturbed("dataverse", folder.path(), EVENTS);
    scene.again(&database(&scene, &cluster));
    scene.offer(0..EVENTS);
    let mut leader = scene.process(None);
    assert!(leader.until("leads"));
    for _ in 0..3 {
        scene.trouble(&mut lots);
        let mut next = scene.process(None);
        leader.watch(usize::try_from(2 + lots.below(20)).unwrap());
        leader.kill();
        assert!(next.until("leads"), "nobody takes over");
        leader = next;
    }
    assert!(leader.until("done"));
    assert_eq!(scene.states(), vec![RunState::Succeeded; EVENTS]);
    assert_eq!(scene.end(), expected);
}

/// One is stopped before an append and goes on when the other is done: nothing of it is appended or sent.
#[test]
fn a_leader_that_was_paused_neither_appends_nor_sends() {
    let (folder, cluster) = (tempfile::tempdir().unwrap(), Cluster::start());
    let (mut scene, expected) = Scene::undisturbed("salesforce", folder.path(), 1);
    for nth in [1, 2] {
        scene.again(&database(&scene, &cluster));
        scene.offer(0..1);
        let mut paused = scene.process(Some(At::StopBefore(nth)));
        assert!(paused.until("leads"));
        let mut next = scene.process(None);
        assert!(next.until("done"), "nobody takes over");
        let (entries, requests) = (scene.entries(), scene.live.running.log());
        paused.signal("-CONT");
        assert!(paused.until("lost"), "it leads on");
        assert_eq!(scene.entries(), entries, "append {nth}");
        assert_eq!(scene.live.running.log(), requests, "append {nth}");
        assert_eq!((scene.states(), scene.end()), (vec![RunState::Succeeded], expected.clone()));
    }
}

/// One is stopped wherever it is, by a signal.
#[test]
fn a_leader_that_is_paused_anywhere_does_no_harm() {
    const EVENTS: usize = 8;
    let (folder, cluster, mut lots) = (tempfile::tempdir().unwrap(), Cluster::start(), Lots(4));
    let (mut scene, expected) = Scene::undisturbed("dataverse", folder.path(), EVENTS);
    for _ in 0..2 {
        scene.again(&database(&scene, &cluster));
        scene.offer(0..EVENTS);
        let mut paused = scene.process(None);
        assert!(paused.until("leads"));
        paused.watch(usize::try_from(1 + lots.below(25)).unwrap());
        paused.signal("-STOP");
        let mut next = scene.process(None);
        assert!(next.until("done"), "nobody takes over");
        let entries = scene.entries();
        paused.signal("-CONT");
        assert!(paused.until("lost"), "it leads on");
        assert_eq!(scene.entries(), entries);
        assert_eq!((scene.states(), scene.end()), (vec![RunState::Succeeded; EVENTS], expected.clone()));
    }
}

//! Processes on a file that are killed at random, and at every append.

use engage_playbooks::run::RunState;

use super::dying::At;
use super::scene::{Lots, Scene};

/// How often processes are killed in all.
fn crashes(usual: usize) -> usize {
    std::env::var("ENGAGE_CRASHES").map_or(usual, |text| text.parse().expect("ENGAGE_CRASHES is a number"))
}

/// Kills processes until the events are dealt with, each once it has said a few lines, with faults on; how many.
fn killed_at_random(scene: &mut Scene, events: usize, most_lines: u64, lots: &mut Lots) -> usize {
    let (mut kills, half) = (0, events / 2);
    scene.offer(0..half);
    let mut offered = half;
    loop {
        scene.trouble(lots);
        let mut process = scene.process(None);
        let done = process.watch(usize::try_from(4 + lots.below(most_lines)).unwrap());
        if (process.kill() || done) && offered == events {
            return kills;
        }
        kills += 1;
        // More comes while nobody is there.
        let more = (offered + 2).min(events);
        if more > offered {
            scene.offer(offered..more);
            offered = more;
        }
    }
}

fn survives_random_kills(crm: &'static str, usual: usize, seed: u64) {
    const EVENTS: usize = 8;
    let folder = tempfile::tempdir().unwrap();
    let (mut scene, expected) = Scene::undisturbed(crm, folder.path(), EVENTS);
    let (mut kills, mut rounds, mut lots, wanted) = (0, 0, Lots(seed), crashes(usual));
    while kills < wanted {
        scene.again(folder.path().join(format!("{rounds}.db")).to_str().unwrap());
        kills += killed_at_random(&mut scene, EVENTS, 120, &mut lots);
        rounds += 1;
        assert_eq!(scene.states(), vec![RunState::Succeeded; EVENTS], "{crm}, round {rounds}");
        assert_eq!(scene.end(), expected, "{crm}, round {rounds}");
    }
    println!(
        "{crm}: {kills} processes killed at random over {} runs in {rounds} rounds, every end equal",
        rounds * EVENTS
    );
}

#[test]
fn runs_on_dataverse_survive_kills_at_random() {
    survives_random_kills("dataverse", 8, 1);
}

#[test]
fn runs_on_salesforce_survive_kills_at_random() {
    survives_random_kills("salesforce", 8, 2);
}

/// Every append of a few runs is the last thing that a process does, before it is durable and after.
fn survives_every_append(crm: &'static str, events: usize, step: u64) {
    let folder = tempfile::tempdir().unwrap();
    let (mut scene, expected) = Scene::undisturbed(crm, folder.path(), events);
    let mut died = 0;
    for nth in 0.. {
        let mut alive = 0;
        for at in [At::DieBefore(nth * step), At::DieAfter(nth * step)] {
            scene.again(folder.path().join(format!("{at:?}.db")).to_str().unwrap());
            scene.offer(0..events);
            alive += usize::from(scene.process(Some(at)).until("done"));
            assert!(scene.process(None).until("done"));
            assert_eq!(scene.states(), vec![RunState::Succeeded; events], "{crm}, {at:?}");
            assert_eq!(scene.end(), expected, "{crm}, {at:?}");
        }
        died += 2 - alive;
        if alive == 2 {
            break;
        }
    }
    println!("{crm}: {died} processes died at an append of {events} runs, every end equal");
    assert!(died >= 4, "{died} processes died");
}

#[test]
fn runs_survive_the_end_of_their_process_at_every_append() {
    let thorough = std::env::var("ENGAGE_CRASHES").is_ok();
    if thorough {
        survives_every_append("dataverse", 8, 1);
        survives_every_append("salesforce", 8, 1);
    } else {
        survives_every_append("dataverse", 1, 1);
    }
}

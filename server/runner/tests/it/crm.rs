//! The process dies at every append while a playbook writes to a CRM: zero doubled, zero lost.

use std::sync::Arc;

use engage_playbooks::ports::{DurableEngine, Event};
use engage_playbooks::run::RunState;
use serde_json::json;

use crate::kit::{Breaking, Crm, Kit, When, event, settle};

pub(crate) fn booked(id: &str) -> Event {
    let meeting = json!({
        "Id": id, "Title": format!("Meeting {id}"), "Type": "Online", "Internal": false,
        "StartDate": "2026-11-27T09:00:00Z", "EndDate": "2026-11-27T10:00:00Z",
        "MeetingOwner": { "Id": "ann", "Name": "Ann", "Email": "ann@contoso.example" },
        "AdditionalAdvisors": [], "ExternalAttendees": [], "CustomFields": {},
    });
    Event { data: json!({ "Meeting": meeting }), ..event(id) }
}

/// What stands in the CRM after three events, and how many processes died on the way.
async fn after(deaths: &[When]) -> (String, usize) {
    let crm = Crm::keyed();
    let kit = Kit::new(vec![crm.playbook.clone()]);
    let executor = crm.executor(kit.time.clone());
    let door = kit.runner(kit.journal.clone(), executor.clone());
    door.offer(vec![booked("a"), booked("b"), booked("c")]).await.unwrap();
    let mut died = 0;
    for death in deaths {
        let journal = Breaking::new(Arc::new(kit.journal.reopen()), *death);
        let running = kit.start_on(journal.clone(), executor.clone());
        tokio::select! {
            () = journal.hook.died.notified() => died += 1,
            _ = kit.done(&door, 3) => {}
        }
        drop((running, journal));
        settle().await;
    }
    let running = kit.start(executor);
    let records = kit.done(&running.runner, 3).await;
    assert!(records.iter().all(|run| run.state == RunState::Succeeded), "{deaths:?}: {records:?}");
    (crm.state(), died)
}

#[tokio::test]
async fn the_crm_ends_up_the_same_wherever_the_process_dies() {
    let (undisturbed, _) = after(&[]).await;
    let rows = |entity: &str| undisturbed.matches(entity).count();
    assert!(rows("Meeting a") >= 2 && rows("Meeting c") >= 2, "{undisturbed}");
    // Until nothing dies any more: every append has then been one at which a process died.
    for first in 0.. {
        let mut deaths = 0;
        for death in [When::Before(first), When::After(first)] {
            let (state, died) = after(&[death]).await;
            assert_eq!(state, undisturbed, "{death:?}");
            deaths += died;
            let (state, _) = after(&[death, When::After(first / 2), When::Before(1)]).await;
            assert_eq!(state, undisturbed, "{death:?} and twice more");
        }
        if deaths == 0 {
            // Beginning, the three writes behind each other, and what the last one found for itself.
            assert_eq!(first, 5, "appends of runs side by side");
            break;
        }
    }
}

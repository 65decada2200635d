//! Schedules, as every engine fires them: which are switched on, which time counts when several have passed, and the event.

use std::collections::BTreeMap;

use engage_engine::SemanticId;
use engage_playbooks::model::{self, TriggerKind};
use engage_playbooks::ports::Event;
use engage_playbooks::run::Tenant;
use engage_playbooks::schedule::Schedule;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::shelf::Shelf;

/// The schedules of a tenant that are switched on, as they are written.
pub fn switched_on(shelf: &dyn Shelf, tenant: &Tenant) -> BTreeMap<SemanticId, model::Schedule> {
    let playbooks = shelf.on(tenant);
    let schedules = playbooks.iter().filter_map(|playbook| {
        let trigger = playbook.trigger().filter(|trigger| trigger.kind == TriggerKind::Schedule)?;
        Some((playbook.id.clone(), trigger.schedule.clone()?))
    });
    schedules.collect()
}

/// The event of a fire time. Its id comes from the time, so that one that is fired again starts nothing again.
pub fn event(tenant: &Tenant, playbook: &SemanticId, at: Timestamp) -> Event {
    Event {
        tenant: tenant.clone(),
        id: format!("schedule/{playbook}/{at}"),
        kind: TriggerKind::Schedule,
        subject: None,
        playbook: Some(playbook.clone()),
        employee: None,
        data: json!({ "FireTime": at.to_string() }),
        given: Value::Null,
        at,
    }
}

/// The latest fire time behind `fired` and not behind `now`; `None` where there is none. Of several times that were missed it
/// is the one that counts. However long ago `fired` is, the schedule is asked some forty times at most.
pub fn latest(schedule: &Schedule, fired: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let due = |from: Timestamp| schedule.after(from).filter(|at| *at <= now);
    let mut found = due(fired)?;
    // INVARIANT: something is due behind `low`, and nothing behind `high`.
    let (mut low, mut high) = (found.as_second(), now.as_second().saturating_add(1));
    while low < high {
        let middle = low + (high - low) / 2;
        match Timestamp::from_second(middle).ok().and_then(due) {
            Some(later) => {
                found = later;
                low = later.as_second();
            }
            None => high = middle,
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use engage_playbooks::model;
    use proptest::prelude::*;

    use super::*;

    fn schedule(cron: &str) -> Schedule {
        Schedule::read(&model::Schedule { cron: cron.into(), zone: "Europe/Copenhagen".into() }).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn of_many_missed_the_last_one_counts() {
        let every_minute = schedule("* * * * *");
        let found = latest(&every_minute, at("2020-01-01T00:00:00Z"), at("2026-11-26T11:13:36.5Z"));
        assert_eq!(found, Some(at("2026-11-26T11:13:00Z")));
        let at_new_year = schedule("* 0 1 1 *");
        let found = latest(&at_new_year, at("2020-01-01T00:00:00Z"), at("2026-11-26T11:13:36Z"));
        assert_eq!(found, Some(at("2025-12-31T23:59:00Z")));
    }

    #[test]
    fn one_that_is_due_right_now_counts_and_one_that_fired_does_not() {
        let noon = schedule("0 12 * * *");
        let (before, fire) = (at("2026-11-26T10:59:59Z"), at("2026-11-26T11:00:00Z"));
        assert_eq!(latest(&noon, before, before), None);
        assert_eq!(latest(&noon, before, fire), Some(fire));
        assert_eq!(latest(&noon, fire, at("2026-11-27T10:59:59Z")), None);
    }

    proptest! {
        #[test]
        fn it_is_what_counting_finds(start in 1_774_000_000_i64..1_774_900_000, span in 0_i64..400_000) {
            let schedule = schedule("*/17 1-3 * * *");
            let (fired, now) = (Timestamp::from_second(start).unwrap(), Timestamp::from_second(start + span).unwrap());
            let mut expected = None;
            while let Some(next) = schedule.after(expected.unwrap_or(fired)).filter(|next| *next <= now) {
                expected = Some(next);
            }
            prop_assert_eq!(latest(&schedule, fired, now), expected);
        }
    }
}

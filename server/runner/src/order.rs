//! Order: of the events about one subject, the runs of the next begin when those of the one before are at an end.
//!
//! A meeting that is booked, moved and cancelled is so in the CRM in this order, whichever playbooks do it. Runs of one event
//! know nothing of each other and go side by side.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use engage_playbooks::run::{RunKey, Tenant};
use jiff::Timestamp;

/// What runs are kept in order by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Line {
    /// Whose.
    pub(crate) tenant: Tenant,
    /// About what.
    pub(crate) subject: Arc<str>,
}

/// The runs of one event, told by the instant at which they began.
#[derive(Debug)]
struct Turn {
    at: Timestamp,
    runs: Vec<RunKey>,
}

/// Runs behind each other. Only lines with a run in them are kept.
#[derive(Debug, Default)]
pub(crate) struct Order {
    /// The first turn of each is the one that it is.
    lines: HashMap<Line, VecDeque<Turn>>,
}

impl Order {
    /// Puts a run that is in no line at the end of its line, or beside the others of its event; answers whether it is its turn.
    pub(crate) fn join(&mut self, line: &Line, at: Timestamp, key: &RunKey) -> bool {
        let turns = self.lines.entry(line.clone()).or_default();
        match turns.back_mut().filter(|turn| turn.at == at) {
            Some(turn) => turn.runs.push(key.clone()),
            None => turns.push_back(Turn { at, runs: vec![key.clone()] }),
        }
        turns.len() == 1
    }

    /// Takes a run out of its line; answers whose turn it is now, where that changed.
    pub(crate) fn leave(&mut self, line: &Line, key: &RunKey) -> Vec<RunKey> {
        let Some(turns) = self.lines.get_mut(line) else { return Vec::new() };
        let before = turns.len();
        let first = turns.front().map(|turn| turn.at);
        for turn in turns.iter_mut() {
            turn.runs.retain(|other| other != key);
        }
        turns.retain(|turn| !turn.runs.is_empty());
        let next = turns.front().filter(|turn| before != turns.len() && Some(turn.at) != first);
        let next = next.map(|turn| turn.runs.clone()).unwrap_or_default();
        if turns.is_empty() {
            self.lines.remove(line);
        }
        next
    }
}

#[cfg(test)]
mod tests {
    use engage_engine::SemanticId;

    use super::*;

    fn line(subject: &str) -> Line {
        Line { tenant: Tenant::new("contoso").unwrap(), subject: Arc::from(subject) }
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn run(playbook: &str, event: &str) -> RunKey {
        RunKey::of_event(&Tenant::new("contoso").unwrap(), &SemanticId::new(playbook).unwrap(), event)
    }

    #[test]
    fn one_event_at_a_time_in_the_order_of_arrival() {
        let mut order = Order::default();
        let line = line("meeting-1");
        let [a, b, c] = ["a", "b", "c"].map(|event| run("book", event));
        assert!(order.join(&line, at(1), &a));
        assert!(!order.join(&line, at(2), &b) && !order.join(&line, at(3), &c));
        assert_eq!(order.leave(&line, &a), [b.clone()]);
        assert_eq!(order.leave(&line, &b), [c.clone()]);
        assert_eq!(order.leave(&line, &c), []);
        assert!(order.lines.is_empty());
    }

    #[test]
    fn runs_of_one_event_go_side_by_side_and_the_next_waits_for_all() {
        let mut order = Order::default();
        let line = line("meeting-1");
        let [book, tell, change] = [run("book", "a"), run("tell", "a"), run("change", "b")];
        assert!(order.join(&line, at(1), &book) && order.join(&line, at(1), &tell));
        assert!(!order.join(&line, at(2), &change));
        assert_eq!(order.leave(&line, &book), []);
        assert_eq!(order.leave(&line, &tell), [change]);
    }

    #[test]
    fn other_subjects_do_not_wait() {
        let mut order = Order::default();
        assert!(order.join(&line("meeting-1"), at(1), &run("book", "a")));
        assert!(order.join(&line("meeting-2"), at(2), &run("book", "b")));
    }

    #[test]
    fn one_that_gives_up_waiting_lets_the_others_stay_where_they_are() {
        let mut order = Order::default();
        let line = line("meeting-1");
        let [a, b, c] = ["a", "b", "c"].map(|event| run("book", event));
        for (second, key) in (1..).zip([&a, &b, &c]) {
            order.join(&line, at(second), key);
        }
        assert_eq!(order.leave(&line, &b), []);
        assert_eq!(order.leave(&line, &a), [c]);
    }
}

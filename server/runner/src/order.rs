//! Order: of the runs of one playbook about one subject, the next begins when the one before is at an end.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use engage_engine::SemanticId;
use engage_playbooks::run::{RunKey, Tenant};

/// What runs are kept in order by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Line {
    /// Whose.
    pub(crate) tenant: Tenant,
    /// Of which playbook.
    pub(crate) playbook: SemanticId,
    /// About what.
    pub(crate) subject: Arc<str>,
}

/// Runs behind each other. Only lines with a run in them are kept.
#[derive(Debug, Default)]
pub(crate) struct Order {
    /// The first of each has its turn.
    lines: HashMap<Line, VecDeque<RunKey>>,
}

impl Order {
    /// Puts a run that is in no line at the end of its line; answers whether it is its turn.
    pub(crate) fn join(&mut self, line: &Line, key: &RunKey) -> bool {
        let waiting = self.lines.entry(line.clone()).or_default();
        waiting.push_back(key.clone());
        waiting.len() == 1
    }

    /// Takes a run out of its line; answers whose turn it is now, where that changed.
    pub(crate) fn leave(&mut self, line: &Line, key: &RunKey) -> Option<RunKey> {
        let waiting = self.lines.get_mut(line)?;
        let had_its_turn = waiting.front() == Some(key);
        if had_its_turn {
            waiting.pop_front();
        } else {
            waiting.retain(|other| other != key);
        }
        let next = waiting.front().cloned();
        if next.is_none() {
            self.lines.remove(line);
        }
        next.filter(|_| had_its_turn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(subject: &str) -> Line {
        let (tenant, playbook) = (Tenant::new("contoso").unwrap(), SemanticId::new("book").unwrap());
        Line { tenant, playbook, subject: Arc::from(subject) }
    }

    fn run(line: &Line, event: &str) -> RunKey {
        RunKey::of_event(&line.tenant, &line.playbook, event)
    }

    #[test]
    fn one_at_a_time_in_the_order_of_arrival() {
        let mut order = Order::default();
        let line = line("meeting-1");
        let [a, b, c] = ["a", "b", "c"].map(|event| run(&line, event));
        assert!(order.join(&line, &a));
        assert!(!order.join(&line, &b) && !order.join(&line, &c));
        assert_eq!(order.leave(&line, &a), Some(b.clone()));
        assert_eq!(order.leave(&line, &b), Some(c.clone()));
        assert_eq!(order.leave(&line, &c), None);
        assert!(order.lines.is_empty());
    }

    #[test]
    fn other_subjects_do_not_wait() {
        let mut order = Order::default();
        let (first, second) = (line("meeting-1"), line("meeting-2"));
        assert!(order.join(&first, &run(&first, "a")));
        assert!(order.join(&second, &run(&second, "b")));
    }

    #[test]
    fn one_that_gives_up_waiting_lets_the_others_stay_where_they_are() {
        let mut order = Order::default();
        let line = line("meeting-1");
        let [a, b, c] = ["a", "b", "c"].map(|event| run(&line, event));
        for key in [&a, &b, &c] {
            order.join(&line, key);
        }
        assert_eq!(order.leave(&line, &b), None);
        assert_eq!(order.leave(&line, &a), Some(c));
    }
}

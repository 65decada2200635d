//! Cases of playbooks.

use engage_dsl::yaml::{Node, NodeKind};

use super::super::{PlaybookCase, PlaybookExpect};
use super::{Reader, start};

const KEYS: &[&str] = &[
    "kind",
    "name",
    "description",
    "playbook",
    "crm",
    "crms",
    "acting",
    "capabilities",
    "event",
    "ai",
    "state",
    "expect",
];
const EXPECT_KEYS: &[&str] = &["schedule", "round_trips", "outputs", "state", "failure"];

impl Reader {
    pub(super) fn playbook(&mut self, node: &Node) -> Option<PlaybookCase> {
        self.known(node, "a case of a playbook", KEYS)?;
        let at = start(node.span);
        self.kind(node, at);
        let playbook = self.text(node, "playbook");
        let (crms, per_crm) = self.crms(node, at);
        let given = |key: &str| node.get(key).filter(|given| !matches!(given.kind, NodeKind::Null)).cloned();
        Some(PlaybookCase {
            name: self.text(node, "name").map_or_else(|| "case".to_owned(), |name| name.value),
            file: self.file,
            at: node.span,
            playbook: playbook?,
            crms,
            per_crm,
            acting: self.acting(node),
            capabilities: self.capabilities(node),
            event: given("event"),
            ai: given("ai"),
            state: self.state(node),
            expect: self.playbook_expect(node),
        })
    }

    fn playbook_expect(&mut self, node: &Node) -> PlaybookExpect {
        let (at, found) = self.expectation(node, EXPECT_KEYS);
        let get = |key: &str| found.as_ref().and_then(|found| found.get(key)).cloned();
        PlaybookExpect {
            at,
            schedule: get("schedule"),
            round_trips: get("round_trips"),
            outputs: get("outputs"),
            state: get("state"),
            failure: get("failure"),
        }
    }
}

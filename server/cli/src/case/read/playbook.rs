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
    "events",
    "ai",
    "files",
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
        let events = self.events(node);
        let (crms, per_crm) = self.crms(node, at);
        let given = |key: &str| node.get(key).filter(|given| !matches!(given.kind, NodeKind::Null)).cloned();
        Some(PlaybookCase {
            name: self.text(node, "name").map_or_else(|| "case".to_owned(), |name| name.value),
            file: self.file,
            at: node.span,
            playbook,
            crms,
            per_crm,
            acting: self.acting(node),
            capabilities: self.capabilities(node),
            event: given("event"),
            events,
            files: self.text(node, "files"),
            ai: given("ai"),
            state: self.state(node),
            expect: self.playbook_expect(node),
        })
    }

    /// Events, which say themselves what they start.
    fn events(&mut self, node: &Node) -> Vec<Node> {
        let Some(list) = node.get("events") else { return Vec::new() };
        for other in ["playbook", "event"] {
            if let Some(both) = node.get(other) {
                self.wrong(both.span, format!("`{other}` and `events` stand side by side"), "keep one of them");
            }
        }
        match &list.kind {
            NodeKind::List(events) if !events.is_empty() => events.clone(),
            kind => {
                let message = format!("`events` is a list of events, this is {}", kind.describe());
                self.wrong(list.span, message, "write `- {kind: MeetingBooked, data: {…}}`, or the path of a file");
                Vec::new()
            }
        }
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

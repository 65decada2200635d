//! What is executed while the wire fails: every kind of write, and reads.

use engage_engine::Operation;
use engage_engine::Value;
use serde_json::{Value as Json, json};

use super::super::bench::{Bench, id, set, text};
use super::super::embedded::role;

/// One operation, and what is there before it.
pub(super) struct Scene {
    pub(super) name: &'static str,
    pub(super) pattern: &'static str,
    pub(super) operation: Operation,
    pub(super) before: Before,
    /// The input, by the id of the record that is there.
    pub(super) input: fn(&str) -> Json,
}

/// What is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    Nothing,
    /// The account 7 with two contacts.
    Account,
    /// A meeting with two parties.
    Meeting,
}

impl Scene {
    /// Whether the CRM takes what the scene is made of.
    pub(super) fn asked(&self, bench: &Bench) -> bool {
        self.pattern != "meeting" || bench.embeds()
    }

    /// Writes what is there before, and gives the input of the operation.
    pub(super) async fn prepare(&self, bench: &Bench) -> Result<Json, String> {
        let there = match self.before {
            Before::Nothing => String::new(),
            Before::Account => {
                let account = bench.create("account", &[set("Name", text("A")), set("Number", text("7"))]).await?;
                for (name, rank) in [("x", 1), ("y", 2)] {
                    let rank = set("Rank", Value::Int(rank));
                    bench
                        .create("contact", &[set("LastName", text(name)), rank, set("AccountId", id(&account))])
                        .await?;
                }
                account
            }
            Before::Meeting => {
                let contact = bench.create("contact", &[set("LastName", text("x"))]).await?;
                let mut meeting = bench.new_one("meeting", &[set("Subject", text("S"))])?;
                let host = [role("host"), set("ContactId", id(&contact))];
                meeting.embedded = bench.parties(&[&host, &[role("guest")]])?;
                bench.done(meeting).await?.id
            }
        };
        Ok((self.input)(&there))
    }
}

fn scene(
    name: &'static str,
    pattern: &'static str,
    operation: Operation,
    before: Before,
    input: fn(&str) -> Json,
) -> Scene {
    Scene { name, pattern, operation, before, input }
}

pub(super) fn scenes() -> Vec<Scene> {
    use Before::{Account, Meeting, Nothing};
    use Operation::{Create, Read, Update};
    vec![
        scene(
            "a group without keys is made",
            "customer",
            Create,
            Nothing,
            |_| json!({"account": {"Name": "A", "Number": "7"}, "contacts": [{"LastName": "x"}, {"LastName": "y"}]}),
        ),
        scene(
            "a group with a key is made",
            "briefing",
            Create,
            Nothing,
            |_| json!({"account": {"Name": "A"}, "note": {"Title": "n"}}),
        ),
        scene(
            "a record with a key is made",
            "noted",
            Create,
            Account,
            |id| json!({"account": {"Id": id}, "note": {"Title": "n"}}),
        ),
        scene(
            "a record with embedded ones is made",
            "meeting",
            Create,
            Nothing,
            |_| json!({"meeting": {"Subject": "S"}, "parties": [{"Role": "host"}, {"Role": "guest"}]}),
        ),
        scene(
            "a record is made by its key",
            "numbered",
            Create,
            Nothing,
            |_| json!({"account": {"Name": "B", "Number": "7"}}),
        ),
        scene(
            "a record is changed by its key",
            "numbered",
            Create,
            Account,
            |_| json!({"account": {"Name": "B", "Number": "7"}}),
        ),
        scene("a record is changed", "customer", Update, Account, |id| json!({"account": {"Id": id, "Name": "B"}})),
        scene(
            "a set is replaced",
            "customer",
            Update,
            Account,
            |id| json!({"account": {"Id": id, "Name": "B"}, "contacts": [{"LastName": "z"}]}),
        ),
        scene("a set is removed", "customer", Update, Account, |id| json!({"account": {"Id": id}, "contacts": []})),
        scene(
            "embedded records are replaced",
            "meeting",
            Update,
            Meeting,
            |id| json!({"meeting": {"Id": id, "Subject": "T"}, "parties": [{"Role": "only"}]}),
        ),
        scene("records are read", "customer", Read, Account, |id| json!({"account": {"Id": id}})),
        scene(
            "records are found",
            "customer",
            Read,
            Account,
            |_| json!({"account": {"$filter": {"field": "Name", "operator": "StartsWith", "value": "a"}}}),
        ),
    ]
}

//! Creates.

use serde_json::json;

use super::*;

const MEETING: &str = "account account readonly
owner employee readonly
event event root Status=Open
note note
advisors[] employee readonly optional
invites[] note optional Title=x
event.AccountId = account.Id
event.OwnerId = owner.Id
note.EventId = event.Id
invites.EventId = event.Id
invites.Author = advisors.Id";

#[test]
fn sources_come_before_dependents_and_all_travel_together() {
    let input = json!({
        "account": {"Id": "a"},
        "owner": {"Id": "o"},
        "event": {"Subject": "s"},
        "advisors": [{"Id": "1"}, {"Id": "2"}, {"Id": "3"}],
    });
    for capabilities in [ours(), theirs(), bare()] {
        let trips = if capabilities.name == "bare" { 5 } else { 1 };
        planned(MEETING, Operation::Create, &input, &capabilities, trips);
    }
}

//! Which record an instance is: never two for one, never one without a name.

use serde_json::json;

use super::crm::{Crm, batches, everything, own_ids, plain};
use super::writes::problem_codes;
use super::*;
use crate::adapter::Adapter;

#[tokio::test]
async fn one_record_is_written_once() {
    let contacts = "contacts[] contact match Email";
    for capabilities in [everything(), own_ids(), plain(), batches()] {
        let crm = Crm::new(capabilities).with("contact", "c1", &[("Email", "a@x"), ("LastName", "Old")]);
        let before = crm.state();
        for (given, expected) in [
            // New, there already, and there already by its Id.
            (json!([{"Email": "b@x", "LastName": "B"}, {"Email": "B@x", "LastName": "C"}]), "E0484 contacts[1]"),
            (json!([{"Email": "a@x", "LastName": "B"}, {"Email": "A@x", "LastName": "C"}]), "E0484 contacts[1]"),
            (json!([{"Id": "c1", "LastName": "B"}, {"Email": "A@x", "LastName": "C"}]), "E0484 contacts[0]"),
        ] {
            let error = create(contacts, json!({"contacts": given}), &crm).await.unwrap_err();
            let problems = problem_codes(&error);
            // Which of the two is told does not matter.
            assert!(problems.len() == 1 && problems[0].starts_with(&expected[..15]), "{problems:?} {expected}");
            assert_eq!(crm.state(), before);
        }
        let two = "guest contact match Email\nhost contact match Email";
        let input =
            |host: &str| json!({"guest": {"Email": "b@x", "LastName": "B"}, "host": {"Email": host, "LastName": "C"}});
        let error = create(two, input("B@X"), &crm).await.unwrap_err();
        assert_eq!(problem_codes(&error), ["E0484 host"], "{}", crm.capabilities().name);
        create(two, input("c@x"), &crm).await.unwrap();
    }
}

#[tokio::test]
async fn a_match_value_that_turns_out_null_makes_nothing() {
    let lines = "account account readonly\ncontact contact match Email\ncontact.Email = account.Name optional";
    for capabilities in [everything(), own_ids(), plain(), batches()] {
        let crm = Crm::new(capabilities).with("account", "acme", &[("Number", "1")]);
        let error = create(lines, json!({"account": {"Id": "acme"}, "contact": {"LastName": "B"}}), &crm).await;
        assert_eq!(problem_codes(&error.unwrap_err()), ["E0481 contact.Email"], "{}", crm.capabilities().name);
    }
}

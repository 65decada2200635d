//! A server that is broken in one way: the check that is about it fails, and nobody is harmed.

use super::double::{Double, Fault, TOKEN};
use super::probe_as_data;

/// A fault, what fails by it, what is a warning, and what is left out because of it.
type Case = (Fault, &'static [&'static str], &'static [&'static str], &'static [&'static str]);

/// What needs that PATCH works.
const PATCHED: &[&str] = &[
    "patch-without-path",
    "patch-all-or-none",
    "patch-of-the-same",
    "operations-in-capitals",
    "part-of-an-element",
    "part-of-a-new-element",
    "dotted-names",
    "urn-in-path",
    "manager-as-text",
    "value-in-a-list",
    "disable",
    "find-disabled",
    "restore",
    "disable-without-path",
    "if-match-of-another",
    "if-match",
    "group-add-members",
    "group-remove-listed",
    "group-remove-by-filter",
    "group-rename",
];
/// What is made only where the server says that it can do it.
const DISCOVERED: &[&str] = &[
    "etag",
    "if-none-match",
    "if-match-of-another",
    "if-match",
    "group-test-connection",
    "group-create",
    "group-match",
    "group-add-members",
    "group-remove-listed",
    "group-remove-by-filter",
    "group-rename",
    "group-delete",
];
const DISCOVERY: &[&str] =
    &["service-provider-config", "patch-and-filter", "resource-types", "schemas", "schema-by-urn"];
const DELETED: &[&str] = &["delete-again", "find-deleted", "create-again"];
const ABSENT: &[&str] = &["group-delete", "delete", "delete-again", "find-deleted", "create-again"];
const EMPTY_LISTS: &[&str] = &["test-connection", "test-connection-external-id", "group-test-connection"];
const TOKENS: &[&str] = &["wrong-token", "no-token"];

const CASES: &[Case] = &[
    (Fault::None, &[], &[], &[]),
    (Fault::MediaType, &["media-type"], &[], &[]),
    (Fault::NoTotal, EMPTY_LISTS, &[], &["feature-flag"]),
    (Fault::FoundUnknown, &["unknown-id"], &[], ABSENT),
    (Fault::NumericStatus, &["unknown-id", "duplicate"], TOKENS, ABSENT),
    (Fault::TextActive, &["boolean"], &[], &[]),
    (Fault::PatchIgnored, &["patch"], &[], PATCHED),
    (Fault::TakenTwice, &["duplicate"], &[], &["find-deleted", "create-again"]),
    (Fault::DeleteLeaves, &["delete"], &[], DELETED),
    (Fault::AnyToken, TOKENS, &[], &[]),
    (Fault::NoChallenge, &[], TOKENS, &[]),
    (Fault::NoDiscovery, &[], DISCOVERY, DISCOVERED),
    (Fault::ExactNames, &["match-user-name-case"], &[], &[]),
    (Fault::WholePages, &["pages", "count-zero", "below-one"], &[], &[]),
    (Fault::BlindWrites, &["if-match-of-another"], &[], &["if-match"]),
    (Fault::AllMembersGo, &["group-remove-listed"], &[], &["group-remove-by-filter"]),
];

#[test]
fn each_fault_fails_the_check_that_is_about_it_and_no_other() {
    for (fault, failed, warnings, skipped) in CASES {
        let double = Double::start(*fault);
        double.settle("somebody@contoso.example");
        let said = probe_as_data(&double.url, TOKEN);
        assert_eq!(said.checks("failed"), *failed, "{fault:?}: {}", said.out);
        assert_eq!(said.checks("warning"), *warnings, "{fault:?}: {}", said.out);
        let skipped: Vec<&str> = skipped.iter().copied().chain(["room", "room-read"]).collect();
        let mut left_out = said.checks("skipped");
        left_out.sort_by_key(|name| skipped.iter().position(|wanted| wanted == name));
        assert_eq!(left_out, skipped, "{fault:?}: {}", said.out);
        assert_eq!(said.code, i32::from(!failed.is_empty()), "{fault:?}");
        if *fault != Fault::DeleteLeaves {
            assert_eq!(
                double.names(),
                ["somebody@contoso.example"],
                "{fault:?}: what was made is gone, and nobody else"
            );
            assert_eq!(said.data()["left"], serde_json::json!([]), "{fault:?}");
        }
    }
}

#[test]
fn what_stays_is_told_by_where_it_is() {
    let double = Double::start(Fault::DeleteLeaves);
    let said = probe_as_data(&double.url, TOKEN);
    assert_eq!(said.data()["left"], serde_json::json!(["/Users/r1", "/Users/r2"]));
    assert!(said.err.contains("it may still be there: /Users/r1"), "{}", said.err);
    assert_eq!(double.names().len(), 2);
}

#[test]
fn a_creation_that_was_answered_badly_is_found_and_undone() {
    let double = Double::start(Fault::LostCreation);
    double.settle("somebody@contoso.example");
    let said = probe_as_data(&double.url, TOKEN);
    assert_eq!(
        (said.code, said.checks("failed")),
        (1, vec!["create".to_owned(), "group-create".to_owned()]),
        "{}",
        said.out
    );
    assert_eq!(said.check("create")["found"][0], "500, out of luck where 201 is expected");
    assert_eq!(double.names(), ["somebody@contoso.example"]);
}

#[test]
fn a_filter_that_finds_everybody_costs_nobody() {
    let double = Double::start(Fault::NoFilter);
    double.settle("somebody@contoso.example");
    let said = probe_as_data(&double.url, TOKEN);
    assert_eq!(said.code, 1);
    assert!(said.checks("failed").contains(&"test-connection".to_owned()), "{}", said.out);
    assert_eq!(double.names(), ["somebody@contoso.example"]);
    assert!(!said.out.contains("somebody"), "nobody else is told of: {}", said.out);
}

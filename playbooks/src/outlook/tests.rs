//! Outlooks, as text and as figures.

use engage_engine::adapter::{AtomicGroup, BatchLimits, JoinLimits, JoinSort};

use super::*;
use crate::check::testing::compiled;

/// A CRM that joins one level and shares reads where asked.
fn crm(share_reads: bool) -> Capabilities {
    Capabilities {
        name: "test".into(),
        atomic_group: Some(AtomicGroup { form: "group".into(), max_writes: 100, max_depth: None, max_kinds: None }),
        other_atomic_group: None,
        write_batch: BatchLimits { form: "batch".into(), max: 10 },
        read_batch: BatchLimits { form: "batch".into(), max: 10 },
        share_reads,
        back_references: true,
        caller_ids: true,
        upsert: false,
        find_in_group: false,
        compound_keys: false,
        etags: true,
        join: JoinLimits {
            form: "join".into(),
            depth: 1,
            many_depth: 1,
            many_below_one: false,
            max_to_one: 5,
            max_to_many: 5,
            max_total: 10,
            repeats: false,
            any_field: false,
            by_value: None,
            sorted: JoinSort::Wire,
        },
        in_list: 100,
    }
}

const OVERVIEW: &str = "trigger trigger CustomerOverview
    read one customer : account.Id <- trigger.AccountId
    read two people : contact.Id <- =\"7\"
    filter byMail people.contact : Email Equals two.Results.0.contact.0.Email | require
    read three people : contact <- byMail
    template text one : text <- one.Results.0.account
    ai short summary : text <- text
    ai shorter summary : text <- short.text
    create made people : contact.LastName <- shorter.text when=three.Results IsNotNull
    output all : * <- made.contact.0.Id";

#[test]
fn an_outlook_tells_what_waits_for_what() {
    let playbook = compiled(&OVERVIEW.replace("one.Results.0.account\n", "one.Results.0.account | require\n"));
    let outlook = Outlook::of(&playbook, &crm(false)).unwrap();
    let expected = "\
playbook p on crm-a
depth: 4 calls, round trips: 4 or so, ai calls: 2
at the same time: 2 at most

at once
  trigger trigger = CustomerOverview
  read one = customer, as employee, 1 trip, 1 call deep, needs trigger
  read two = people, as employee, 1 trip, 1 call deep, needs trigger

after 1 call
  filter byMail = people.contact, needs two
  read three = people, as employee, 1 trip, 1 call deep, needs byMail
  template text = one, needs one
  ai short = summary, 1 call, needs text

after 2 calls
  ai shorter = summary, 1 call, needs short

after 3 calls
  create made = people, as employee, 1 trip, 1 call deep, once: yes, may be skipped, needs three, shorter

after 4 calls
  output all, needs made

critical path: one -> short -> shorter -> made
";
    assert_eq!(outlook.explain(), expected);
    assert_eq!(outlook, Outlook::of(&playbook, &crm(false)).unwrap());
}

#[test]
fn reads_that_start_together_may_share_a_request() {
    let playbook = compiled(
        "trigger t CustomerOverview\nread a customer : account.Id <- t.AccountId\nread b people : contact.Id <- =\"1\"\noutput o : a <- a ; b <- b",
    );
    let apart = Outlook::of(&playbook, &crm(false)).unwrap();
    assert_eq!((apart.depth, apart.round_trips, apart.width, apart.exact), (1, 2, 2, true));
    assert!(apart.shared_reads.is_empty());
    let together = Outlook::of(&playbook, &crm(true)).unwrap();
    assert_eq!(format!("{:?}", together.shared_reads), "[[`a`, `b`]]");
    assert!(!together.exact && together.explain().ends_with("may share a request: a, b\n"));
}

#[test]
fn json_says_what_the_text_says() {
    let playbook = compiled("trigger t Manual a:string\noutput o : * <- t.a");
    let json = Outlook::of(&playbook, &crm(false)).unwrap().to_json();
    assert_eq!(json["depth"], 0);
    assert_eq!(json["stages"][0]["blocks"][1]["needs"], serde_json::json!(["t"]));
    assert_eq!(json["stages"][0]["blocks"][0]["names"], "Manual");
}

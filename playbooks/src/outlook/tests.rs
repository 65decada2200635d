//! Outlooks, as text and as figures.

use super::testing::crm;
use super::*;
use crate::check::testing::compiled;

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
depth: 4 calls, round trips: at most 4, ai calls: 2
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

/// Requests, and by group those that share them.
fn shared(playbook: &str, capabilities: &Capabilities) -> (usize, String) {
    let outlook = Outlook::of(&compiled(playbook), capabilities).unwrap();
    let groups = outlook.shared_reads.iter().map(|SharedReads { blocks, round_trips }| {
        let names: Vec<&str> = blocks.iter().map(|block| block.as_str()).collect();
        format!("{} in {round_trips}", names.join(" "))
    });
    (outlook.round_trips, groups.collect::<Vec<_>>().join(", "))
}

#[test]
fn reads_that_start_together_share_requests() {
    let playbook = compiled(
        "trigger t CustomerOverview\nread a customer : account.Id <- t.AccountId\nread b people : contact.Id <- =\"1\"\noutput o : a <- a ; b <- b",
    );
    let apart = Outlook::of(&playbook, &crm(false)).unwrap();
    assert_eq!((apart.depth, apart.round_trips, apart.width, apart.exact), (1, 2, 2, true));
    assert!(apart.shared_reads.is_empty());
    let together = Outlook::of(&playbook, &crm(true)).unwrap();
    assert_eq!((together.depth, together.round_trips, together.width, together.exact), (1, 1, 2, true));
    assert!(together.explain().contains("round trips: 1, "), "{}", together.explain());
    assert!(together.explain().ends_with("in 1 request together: a, b\n"));
    assert_eq!(together.to_json()["shared_reads"], serde_json::json!([{"blocks": ["a", "b"], "round_trips": 1}]));
}

#[test]
fn what_does_not_start_in_one_step_for_certain_is_counted_apart() {
    // `c` and `d` each wait for another read, whose answers are told one after the other; `e` and `f` wait for both.
    let playbook = "trigger t CustomerOverview
        read a customer : account.Id <- t.AccountId
        read b people : contact.Id <- =\"1\"
        filter ofC people.contact : Email Equals a.Results.0.account.0.Name | require
        filter ofD people.contact : Email Equals b.Results.0.contact.0.Email | require
        read c people : contact <- ofC
        read d people : contact <- ofD
        read e people after=a,b : contact.Id <- =\"2\"
        read f people after=b,a : contact.Id <- =\"3\"
        output o : * <- f.Results";
    assert_eq!(shared(playbook, &crm(false)), (6, String::new()));
    assert_eq!(shared(playbook, &crm(true)), (4, "a b in 1, e f in 1".to_owned()));
}

#[test]
fn a_request_that_is_full_and_places_that_are_taken_are_counted() {
    let reads = |number: usize| {
        let reads = (0..number).map(|number| format!("read r{number} people : contact.Id <- =\"{number}\"\n"));
        format!("trigger t CustomerOverview\n{}output o : * <- r0.Results", reads.collect::<String>())
    };
    let mut few = crm(true);
    few.read_batch.max = 3;
    assert_eq!(shared(&reads(7), &few), (3, "r0 r1 r2 r3 r4 r5 r6 in 3".to_owned()));
    let (round_trips, groups) = shared(&reads(10), &crm(true));
    assert_eq!((round_trips, groups.as_str()), (3, "r0 r1 r2 r3 r4 r5 r6 r7 in 1"), "the last two start later");
    let outlook = Outlook::of(&compiled(&reads(10)), &crm(true)).unwrap();
    assert!(!outlook.exact && outlook.explain().contains("round trips: at least 3, "), "{}", outlook.explain());
}

#[test]
fn authorities_do_not_share() {
    let playbook = "trigger t CustomerOverview
        read a people : contact.Id <- =\"1\"
        read b people app : contact.Id <- =\"2\"
        read c people : contact.Id <- =\"3\"
        read d people app : contact.Id <- =\"4\"
        output o : * <- a.Results";
    assert_eq!(shared(playbook, &crm(true)), (2, "a c in 1, b d in 1".to_owned()));
}

#[test]
fn json_says_what_the_text_says() {
    let playbook = compiled("trigger t Manual a:string\noutput o : * <- t.a");
    let json = Outlook::of(&playbook, &crm(false)).unwrap().to_json();
    assert_eq!(json["depth"], 0);
    assert_eq!(json["stages"][0]["blocks"][1]["needs"], serde_json::json!(["t"]));
    assert_eq!(json["stages"][0]["blocks"][0]["names"], "Manual");
}

//! Matches: joins, drops, orders and limits, however the records travel.

use serde_json::json;

use super::crm::{Crm, batches, everything, plain};
use super::*;
use crate::adapter::{Adapter, JoinSort};

fn everyone() -> Vec<crate::adapter::Capabilities> {
    let mut local = everything();
    local.name = "local".into();
    local.join.sorted = JoinSort::Local;
    vec![everything(), local, batches(), plain()]
}

fn office(crm: Crm) -> Crm {
    crm.with("account", "acme", &[("Name", "Acme"), ("Number", "1"), ("OwnerId", "ann")])
        .with("account", "globex", &[("Name", "Globex"), ("Number", "2"), ("OwnerId", "ben")])
        .with("account", "zeta", &[("Name", "Zeta"), ("Number", "3")])
        .with("employee", "ann", &[("Email", "ann@bank.example")])
        .with("employee", "ben", &[("Email", "ben@bank.example")])
        .with("contact", "carl", &[("LastName", "Lie"), ("AccountId", "acme"), ("Email", "carl@x")])
        .with("contact", "dora", &[("LastName", "Abel"), ("AccountId", "acme"), ("Email", "dora@x")])
        .with("contact", "emil", &[("LastName", "Moe"), ("AccountId", "globex"), ("Email", "emil@x")])
        .with("event", "e1", &[("Subject", "B"), ("AccountId", "acme"), ("OwnerId", "ann"), ("ContactId", "carl")])
        .with("event", "e2", &[("Subject", "A"), ("AccountId", "acme"), ("OwnerId", "ben"), ("ContactId", "emil")])
        .with("event", "e3", &[("Subject", "C"), ("AccountId", "globex"), ("OwnerId", "ben")])
}

/// The same matches whatever the CRM can do.
async fn finds(lines: &str, input: Json, expected: &[&str]) {
    for capabilities in everyone() {
        let crm = office(Crm::new(capabilities));
        assert_eq!(ids(&read(lines, input.clone(), &crm).await), expected, "{}", crm.capabilities().name);
    }
}

#[tokio::test]
async fn one_match_per_record_of_the_sole_anchor() {
    let lines =
        "account account readonly\ncontacts[] contact readonly optional sort LastName\ncontacts.AccountId = account.Id";
    finds(lines, json!({"account": {"Id": "acme"}}), &["account=acme contacts=dora,carl"]).await;
    finds(lines, json!({"account": {"Id": "zeta"}}), &["account=zeta contacts="]).await;
    finds(lines, json!({"account": {"Id": "nobody"}}), &[]).await;
    // The other way round: one match per contact.
    finds(lines, json!({"contacts": filter("LastName", "lie")}), &["account=acme contacts=carl"]).await;
}

#[tokio::test]
async fn a_part_that_must_be_there_drops_the_match() {
    let lines = "account account readonly limit 10\nowner employee readonly\naccount.OwnerId = owner.Id";
    finds(lines, json!({}), &["account=acme owner=ann", "account=globex owner=ben"]).await;
    let lines =
        "account account readonly limit 10\nowner employee readonly optional\naccount.OwnerId = owner.Id optional";
    finds(lines, json!({}), &["account=acme owner=ann", "account=globex owner=ben", "account=zeta owner="]).await;
}

#[tokio::test]
async fn the_roots_limit_counts_kept_matches() {
    let lines = "account account readonly root limit 1 sort Number\nevents[] event readonly\nevents.AccountId = account.Id\nowner employee readonly\nevents.OwnerId = owner.Id";
    let lines = lines.replace("events[] event readonly", "events event readonly sort Subject");
    finds(&lines, json!({"owner": filter("Email", "ben@bank.example")}), &["account=acme events=e2 owner=ben"]).await;
}

#[tokio::test]
async fn limits_and_sorts_apply_per_parent() {
    let lines = "account account readonly root limit 10\nevents[] event readonly sort Subject limit 1\nevents.AccountId = account.Id";
    finds(lines, json!({}), &["account=acme events=e2", "account=globex events=e3"]).await;
}

#[tokio::test]
async fn a_single_part_takes_the_first_by_its_sort_and_without_one_it_is_an_error() {
    let lines = "account account readonly\nevent event readonly optional sort Subject\nevent.AccountId = account.Id";
    finds(lines, json!({"account": {"Id": "acme"}}), &["account=acme event=e2"]).await;
    for capabilities in everyone() {
        let crm = office(Crm::new(capabilities));
        let error =
            run(&lines.replace(" sort Subject", ""), Operation::Read, json!({"account": {"Id": "acme"}}), &crm).await;
        assert_eq!(format!("{:?}", error.unwrap_err().kind), "Several", "{}", crm.capabilities().name);
    }
}

#[tokio::test]
async fn further_anchors_filter() {
    let lines = "account account readonly root\nevents[] event readonly optional\nowner employee readonly\n\
        events.AccountId = account.Id\nevents.OwnerId = owner.Id";
    let input = json!({"account": {"$filter": {"field": "Name", "operator": "In", "values": ["acme", "globex", "zeta", "x"]}},
        "owner": filter("Email", "ben@bank.example")});
    finds(lines, input, &["account=acme events=e2 owner=ben", "account=globex events=e3 owner=ben"]).await;
}

#[tokio::test]
async fn a_diamond_holds_on_all_sides() {
    let lines = "account account readonly root\ncontacts[] contact readonly optional\nevents[] event readonly optional\n\
        contacts.AccountId = account.Id\nevents.AccountId = account.Id\nevents.ContactId = contacts.Id";
    finds(lines, json!({"account": {"Id": "acme"}}), &["account=acme contacts=carl,dora events=e1"]).await;
}

#[tokio::test]
async fn what_no_anchor_reaches_repeats_in_every_match() {
    let lines = "account account readonly root\nowner employee readonly limit 1\nemployees[] employee readonly sort Email limit 5\n\
        owner.Id = account.OwnerId";
    let input = json!({"account": {"$filter": {"field": "Number", "operator": "IsNotNull"}}});
    finds(lines, input, &["account=acme employees=ann,ben owner=ann", "account=globex employees=ann,ben owner=ben"])
        .await;
}

#[tokio::test]
async fn only_wanted_fields_are_shown() {
    let catalog = catalog(&with(
        "account account readonly\ncontacts[] contact readonly optional sort LastName\ncontacts.AccountId = account.Id",
    ));
    let pattern = catalog.pattern("crm-a", "p").unwrap();
    for capabilities in everyone() {
        let crm = office(Crm::new(capabilities));
        let input = Input::from_json(pattern, &json!({"account": {"Id": "globex"}})).unwrap();
        let execution = Execution::new(pattern, Operation::Read, input, &crm, Identity::Employee("ann".into()));
        let (contacts, email) = (crate::RefId::new("contacts").unwrap(), crate::FieldName::new("Email").unwrap());
        let results = execution.select(&contacts, [email.clone()]).execute().await.unwrap();
        let record = &results.results().unwrap().matches[0].part("contacts")[0];
        assert!(record.contains_key(&email) && record.contains_key("Id"));
        assert!(!record.contains_key("FirstName"));
    }
}

#[tokio::test]
async fn part_of_an_answer_is_no_answer() {
    struct Short(Crm);
    #[async_trait::async_trait]
    impl Adapter for Short {
        fn crm(&self) -> &crate::CrmName {
            self.0.crm()
        }
        fn capabilities(&self) -> &crate::Capabilities {
            self.0.capabilities()
        }
        async fn read(
            &self,
            call: &crate::adapter::Call,
            queries: &[crate::adapter::Query],
        ) -> Result<Vec<crate::adapter::Page>, crate::AdapterError> {
            let mut pages = self.0.read(call, queries).await?;
            pages.iter_mut().for_each(|page| page.truncated = true);
            Ok(pages)
        }
        async fn write(
            &self,
            call: &crate::adapter::Call,
            group: &crate::adapter::WriteGroup,
        ) -> Result<Vec<Result<crate::adapter::Written, crate::AdapterError>>, crate::adapter::GroupError> {
            self.0.write(call, group).await
        }
        fn preview_read(
            &self,
            _: &[crate::adapter::Query],
        ) -> Result<Vec<crate::adapter::Request>, crate::AdapterError> {
            Ok(Vec::new())
        }
        fn preview_write(
            &self,
            _: &crate::adapter::WriteGroup,
        ) -> Result<Vec<crate::adapter::Request>, crate::AdapterError> {
            Ok(Vec::new())
        }
    }
    let catalog = catalog(&with("account account readonly"));
    let pattern = catalog.pattern("crm-a", "p").unwrap();
    let input = Input::from_json(pattern, &json!({"account": {"Id": "acme"}})).unwrap();
    let short = Short(office(Crm::new(everything())));
    let error =
        Execution::new(pattern, Operation::Read, input, &short, Identity::Employee("ann".into())).execute().await;
    assert!(matches!(error.unwrap_err().kind, crate::run::RunErrorKind::Truncated));
}

//! What creates and updates do when nothing goes wrong, and what they refuse.

use std::sync::Mutex;

use serde_json::json;

use super::crm::{Crm, batches, everything, own_ids, plain};
use super::*;
use crate::adapter::Adapter;
use crate::model::{EntityDefinition, Model};
use crate::run::{Audit, BeforeWrite, Observer, RunErrorKind};

const VISIT: &str = "account account readonly\nowner employee readonly\nevent event Subject=Visit\nadvisors[] employee readonly optional\n\
    notes[] note optional Title=Invitation\n\
    event.AccountId = account.Id\nevent.OwnerId = owner.Id\nnotes.EventId = event.Id\nnotes.Author = advisors.Id";

fn office(crm: Crm) -> Crm {
    crm.with("account", "acme", &[("Name", "Acme")])
        .with("employee", "ann", &[("Email", "ann@bank.example")])
        .with("employee", "ben", &[("Email", "ben@bank.example")])
        .with("employee", "cora", &[("Email", "cora@bank.example")])
}

pub(super) fn problem_codes(error: &RunError) -> Vec<String> {
    match &error.kind {
        RunErrorKind::Input(problems) => {
            problems.iter().map(|problem| format!("{} {}", problem.code, problem.path)).collect()
        }
        RunErrorKind::Plan(problems) => problems.iter().map(|problem| problem.code.to_string()).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_pattern_is_written_as_one_group_with_our_keys_as_ids() {
    let crm = office(Crm::new(everything()));
    let input = json!({"account": {"Id": "acme"}, "owner": {"Id": "ann"}, "advisors": [{"Id": "ben"}, {"Id": "cora"}]});
    let outcome = create(VISIT, input, &crm).await.unwrap().to_json();
    assert_eq!(crm.log(), ["create event+create note+create note"]);
    let parts = |part: &str| {
        outcome[part].as_array().unwrap().iter().map(|e| e["outcome"].as_str().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(parts("notes"), ["created", "created"]);
    assert_eq!((parts("account"), parts("advisors")), (vec!["unchanged"], vec!["unchanged"; 2]));
    insta::assert_snapshot!(crm.state().join("\n"), @r#"
    account acme: Name="Acme"
    employee ann: Email="ann@bank.example"
    employee ben: Email="ben@bank.example"
    employee cora: Email="cora@bank.example"
    event 1c8948dc-ca87-58b2-9468-d50e331e9f33: AccountId="acme" OwnerId="ann" Subject="Visit"
    note 26036491-c0b2-5be6-a342-5ddf9286a91c: Author="ben" EventId="1c8948dc-ca87-58b2-9468-d50e331e9f33" Title="Invitation"
    note 598dfa6a-df2d-5dc0-b800-e3ffc8f584f7: Author="cora" EventId="1c8948dc-ca87-58b2-9468-d50e331e9f33" Title="Invitation"
    "#);
}

#[tokio::test]
async fn ids_that_the_crm_makes_flow_on_by_back_reference_or_by_answer() {
    for capabilities in [own_ids(), plain(), batches()] {
        let crm = office(Crm::new(capabilities));
        let input = json!({"account": {"Id": "acme"}, "owner": {"Id": "ann"}, "advisors": [{"Id": "ben"}]});
        let outcome = create(VISIT, input, &crm).await.unwrap();
        let event = outcome.effects().unwrap().part("event")[0].id.clone().unwrap();
        let note = crm.state().into_iter().find(|line| line.starts_with("note")).unwrap();
        assert!(note.contains(&format!("EventId=\"{event}\"")), "{}: {note}", crm.capabilities().name);
    }
}

#[tokio::test]
async fn read_only_parts_are_found_before_the_write() {
    for capabilities in [own_ids(), plain(), batches(), everything()] {
        let crm = office(Crm::new(capabilities));
        let advisors = json!({"$filter": {"field": "Email", "operator": "In", "values": ["BEN@bank.example", "cora@bank.example", "nobody", "x", "y"]}});
        let input =
            json!({"account": {"Id": "acme"}, "owner": filter("Email", "ann@bank.example"), "advisors": advisors});
        let outcome = create(VISIT, input, &crm).await.unwrap();
        let ids: Vec<_> =
            outcome.effects().unwrap().part("advisors").iter().map(|effect| effect.id.as_deref().unwrap()).collect();
        assert_eq!(ids, ["ben", "cora"], "{}", crm.capabilities().name);
        assert_eq!(shape(&crm).iter().filter(|line| line.starts_with("note")).count(), 2);
    }
}

#[tokio::test]
async fn nobody_or_several_found_stop_before_any_write() {
    let crm = office(Crm::new(everything())).with("employee", "ann2", &[("Email", "ann@bank.example")]);
    for (email, expected) in [("nobody", "NoRecord"), ("ann@bank.example", "Several")] {
        let before = crm.state();
        let input = json!({"account": {"Id": "acme"}, "owner": filter("Email", email)});
        let error = create(VISIT, input, &crm).await.unwrap_err();
        assert_eq!(format!("{:?}", error.kind), expected);
        assert_eq!(error.context.part.as_ref().unwrap().as_str(), "owner");
        assert_eq!(crm.state(), before);
    }
}

#[tokio::test]
async fn a_value_may_repeat_the_requirement_and_not_contradict_it() {
    let crm = office(Crm::new(everything()));
    let input =
        |account: &str| json!({"account": {"Id": "acme"}, "owner": {"Id": "ann"}, "event": {"AccountId": account}});
    let error = create(VISIT, input("globex"), &crm).await.unwrap_err();
    assert_eq!(problem_codes(&error), ["E0480 event.AccountId"]);
    assert!(crm.log().is_empty());
    assert!(create(VISIT, input("acme"), &crm).await.is_ok());
}

#[tokio::test]
async fn fields_of_existing_records_are_read_and_copied() {
    let lines =
        "account account readonly\nevent event\nlead account\nevent.Subject = account.Name\nlead.Name = event.Subject";
    for capabilities in [everything(), plain()] {
        let crm = office(Crm::new(capabilities));
        create(lines, json!({"account": {"Id": "acme"}}), &crm).await.unwrap();
        let state = shape(&crm);
        assert!(state.contains(&"event: Subject=\"Acme\"".to_owned()), "{state:?}");
        assert_eq!(state.iter().filter(|line| *line == "account: Name=\"Acme\"").count(), 2, "{state:?}");
    }
}

#[tokio::test]
async fn a_source_without_a_value_is_told_before_any_write() {
    let crm = Crm::new(everything()).with("account", "acme", &[("Number", "1")]);
    let lines = "account account readonly\nevent event\nevent.Subject = account.Name";
    let error = create(lines, json!({"account": {"Id": "acme"}}), &crm).await.unwrap_err();
    assert_eq!(problem_codes(&error), ["E0482 event.Subject"]);
}

#[tokio::test]
async fn a_missing_record_is_told_before_any_write() {
    let crm = office(Crm::new(everything()));
    let lines = "account account readonly\nevent event\nevent.Subject = account.Name";
    let error = create(lines, json!({"account": {"Id": "nobody"}}), &crm).await.unwrap_err();
    assert!(matches!(error.kind, RunErrorKind::NoRecord), "{error}");
}

const MATCHED: &str = "account account readonly\ncontact contact match Email Vip=true\ncontact.AccountId = account.Id";

#[tokio::test]
async fn a_match_creates_with_defaults_or_updates_without() {
    for capabilities in [everything(), own_ids(), plain(), batches()] {
        let name = capabilities.name.clone();
        let crm =
            office(Crm::new(capabilities)).with("contact", "c1", &[("Email", "Old@x.example"), ("FirstName", "Otto")]);
        let input = |email: &str| json!({"account": {"Id": "acme"}, "contact": {"Email": email, "LastName": "Berg"}});
        let outcome = create(MATCHED, input("old@x.example"), &crm).await.unwrap().to_json();
        assert_eq!(outcome["contact"], json!([{"Id": "c1", "outcome": "updated"}]), "{name}");
        let outcome = create(MATCHED, input("new@x.example"), &crm).await.unwrap().to_json();
        assert_eq!(outcome["contact"][0]["outcome"], "created", "{name}");
        let contacts: Vec<_> = shape(&crm).into_iter().filter(|line| line.starts_with("contact")).collect();
        assert_eq!(
            contacts,
            [
                "contact: AccountId=\"acme\" Email=\"Old@x.example\" FirstName=\"Otto\" LastName=\"Berg\"",
                "contact: AccountId=\"acme\" Email=\"new@x.example\" LastName=\"Berg\" Vip=true",
            ],
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_match_needs_a_value_and_one_hit() {
    let crm =
        office(Crm::new(plain())).with("contact", "c1", &[("Email", "a")]).with("contact", "c2", &[("Email", "A")]);
    let input =
        |email: serde_json::Value| json!({"account": {"Id": "acme"}, "contact": {"Email": email, "LastName": "Berg"}});
    let error = create(MATCHED, input(json!(null)), &crm).await.unwrap_err();
    assert_eq!(problem_codes(&error), ["E0481 contact.Email"]);
    let error = create(MATCHED, input(json!("a")), &crm).await.unwrap_err();
    assert!(matches!(error.kind, RunErrorKind::Several), "{error}");
}

#[tokio::test]
async fn an_update_sends_what_is_given_and_nothing_where_there_is_nothing() {
    let crm = office(Crm::new(everything())).with("event", "e1", &[("Subject", "Old"), ("AccountId", "acme")]);
    let outcome = update(VISIT, json!({"event": {"Id": "e1", "Subject": "New"}}), &crm).await.unwrap().to_json();
    assert_eq!(outcome["event"], json!([{"Id": "e1", "outcome": "updated"}]));
    let outcome = update(VISIT, json!({"event": {"Id": "e1"}}), &crm).await.unwrap().to_json();
    assert_eq!(outcome["event"], json!([{"Id": "e1", "outcome": "unchanged"}]));
    assert_eq!(crm.log(), ["update event"]);
}

#[tokio::test]
async fn a_cycle_is_closed_after_both_records_exist() {
    let lines =
        "account account\ncontact contact\ncontact.AccountId = account.Id\naccount.Primary = contact.Id deferred";
    for capabilities in [everything(), own_ids(), plain(), batches()] {
        let crm = Crm::new(capabilities);
        let outcome = create(lines, json!({"account": {"Name": "A"}, "contact": {"LastName": "B"}}), &crm)
            .await
            .unwrap()
            .to_json();
        let contact = outcome["contact"][0]["Id"].as_str().unwrap();
        assert_eq!(outcome["account"][0]["outcome"], "created");
        assert!(crm.state()[0].contains(&format!("Primary=\"{contact}\"")), "{:?}", crm.state());
    }
}

#[tokio::test]
async fn a_set_is_replaced_by_what_is_given() {
    let lines = "event event\nnotes[] note replace optional\nnotes.EventId = event.Id";
    for capabilities in [everything(), own_ids(), plain(), batches()] {
        let crm = Crm::new(capabilities).with("event", "e1", &[("Subject", "S")]);
        let crm =
            ["n1", "n2", "n3"].iter().fold(crm, |crm, id| crm.with("note", id, &[("Title", id), ("EventId", "e1")]));
        let crm = crm.with("note", "other", &[("Title", "other"), ("EventId", "e2")]);
        let input = json!({"event": {"Id": "e1"}, "notes": [{"Id": "n2", "Title": "two"}, {"Title": "new"}]});
        let outcome = update(lines, input.clone(), &crm).await.unwrap().to_json();
        let outcomes: Vec<_> =
            outcome["notes"].as_array().unwrap().iter().map(|e| e["outcome"].as_str().unwrap()).collect();
        assert_eq!(outcomes, ["updated", "created", "deleted", "deleted"], "{}", crm.capabilities().name);
        let expected = [
            "event: Subject=\"S\"",
            "note: EventId=\"e1\" Title=\"new\"",
            "note: EventId=\"e1\" Title=\"two\"",
            "note: EventId=\"e2\" Title=\"other\"",
        ];
        assert_eq!(shape(&crm), expected, "{}", crm.capabilities().name);
        if crm.capabilities().caller_ids {
            // The same operation again finds its own record and takes it for given.
            update(lines, input, &crm).await.unwrap();
            assert_eq!(shape(&crm), expected);
        }
    }
}

#[tokio::test]
async fn a_record_of_a_replaced_set_stays_with_its_parent_and_another_is_moved_there() {
    let lines = "event event\nnotes[] note replace optional\nnotes.EventId = event.Id";
    for capabilities in [everything(), own_ids(), plain(), batches()] {
        let crm = Crm::new(capabilities).with("event", "e1", &[("Subject", "S")]);
        let crm = crm.with("note", "n1", &[("Title", "n1"), ("EventId", "e1")]);
        let crm = crm.with("note", "other", &[("Title", "other"), ("EventId", "e2")]);
        let input = json!({"event": {"Id": "e1"}, "notes": [{"Id": "n1"}, {"Id": "other"}]});
        let outcome = update(lines, input, &crm).await.unwrap().to_json();
        let outcomes: Vec<_> =
            outcome["notes"].as_array().unwrap().iter().map(|e| e["outcome"].as_str().unwrap()).collect();
        assert_eq!(outcomes, ["unchanged", "updated"], "{}", crm.capabilities().name);
        let expected =
            ["event: Subject=\"S\"", "note: EventId=\"e1\" Title=\"n1\"", "note: EventId=\"e1\" Title=\"other\""];
        assert_eq!(shape(&crm), expected, "{}", crm.capabilities().name);
    }
}

fn parties() -> Model {
    let mut model = with("event event\npeople[] party optional Kind=Required\npeople.EventId = event.Id");
    let mut party: EntityDefinition =
        crate::check::testing::entity("party", "EventId ref event required, PersonId ref employee, Kind");
    party.embedded =
        Some(crate::model::Embedded { parent: crate::check::testing::id("event"), collection: "people".into() });
    model.definitions.push(party);
    model
}

#[tokio::test]
async fn embedded_records_travel_in_their_parents_write() {
    let crm = Crm::new(everything());
    let input =
        json!({"event": {"Subject": "S"}, "people": [{"PersonId": "ann"}, {"PersonId": "ben", "Kind": "Optional"}]});
    let outcome = run_model(&parties(), Operation::Create, input, &crm).await.unwrap().to_json();
    assert_eq!(crm.log(), ["create event"]);
    assert_eq!(outcome["people"], json!([{"Id": null, "outcome": "created"}, {"Id": null, "outcome": "created"}]));
    let event = outcome["event"][0]["Id"].as_str().unwrap();
    let input = json!({"event": {"Id": event}, "people": [{"PersonId": "cora"}]});
    run_model(&parties(), Operation::Update, input, &crm).await.unwrap();
    assert_eq!(shape(&crm), ["event: Subject=\"S\"", "party: Kind=\"Required\" PersonId=\"cora\""]);
    let input = json!({"event": {"Id": event}, "people": []});
    run_model(&parties(), Operation::Update, input, &crm).await.unwrap();
    assert_eq!(shape(&crm), ["event: Subject=\"S\""]);
}

#[tokio::test]
async fn the_identity_is_the_one_the_pattern_declares() {
    let mut model = with("account account");
    model.patterns[0].escalation = Some(crate::model::Escalation { reason: "why".into() });
    let crm = Crm::new(everything());
    let error = run_model(&model, Operation::Create, json!({"account": {"Name": "A"}}), &crm).await.unwrap_err();
    assert!(matches!(error.kind, RunErrorKind::Acting { needs: "the application" }), "{error}");
}

#[tokio::test]
async fn an_input_made_in_code_is_held_against_the_pattern() {
    let catalog = catalog(&with("account account\nevent event\nevent.AccountId = account.Id"));
    let pattern = catalog.pattern("crm-a", "p").unwrap();
    let crm = Crm::new(everything());
    let mut input = Input::from_json(pattern, &json!({"account": {"Name": "A"}})).unwrap();
    let instance = |name: &str, value| crate::Instance::from([(crate::FieldName::new(name).unwrap(), value)]);
    let part = |label: &str| crate::RefId::new(label).unwrap();
    input.parts.insert(part("event"), crate::PartInput::One(instance("Sbject", crate::Value::Null)));
    input.parts.insert(part("account"), crate::PartInput::One(instance("Name", crate::Value::Int(1))));
    let ann = Identity::Employee("ann".into());
    let error = Execution::new(pattern, Operation::Create, input, &crm, ann).execute().await.unwrap_err();
    assert_eq!(problem_codes(&error), ["E0403 account.Name", "E0402 event.Sbject"]);
}

#[derive(Default)]
struct Ear {
    heard: Mutex<Vec<String>>,
    refuse: bool,
}

#[async_trait::async_trait]
impl Observer for Ear {
    async fn before_write(&self, before: &BeforeWrite<'_>) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        self.heard.lock().unwrap().push(format!("{} {} {}", before.run, before.read, before.input.to_json()));
        if self.refuse { Err("the disk is full".into()) } else { Ok(()) }
    }

    fn audit(&self, event: &Audit<'_>) {
        let fields: Vec<&str> = event.fields.iter().map(|field| event.entity.fields[*field].name.as_str()).collect();
        let line = format!("{} {} {} {fields:?} {:?}", event.identity, event.action.name(), event.part, event.failure);
        self.heard.lock().unwrap().push(line);
    }
}

#[tokio::test]
async fn an_observer_sees_the_resolved_input_and_every_call_and_may_refuse() {
    let catalog = catalog(&with(VISIT));
    let pattern = catalog.pattern("crm-a", "p").unwrap();
    for refuse in [false, true] {
        let crm = office(Crm::new(everything()));
        let ear = Ear { refuse, ..Ear::default() };
        let input = json!({"account": {"Id": "acme"}, "owner": filter("Email", "ann@bank.example")});
        let input = Input::from_json(pattern, &input).unwrap();
        let ann = Identity::Employee("ann".into());
        let execution = Execution::new(pattern, Operation::Create, input, &crm, ann).run("r1").observer(&ear);
        let result = execution.execute().await;
        assert_eq!(result.is_err(), refuse);
        let heard = ear.heard.lock().unwrap();
        assert_eq!(heard[0], "employee ann read owner [] None");
        assert_eq!(heard[1], r#"r1 true {"account":{"Id":"acme"},"owner":{"Id":"ann"}}"#);
        assert_eq!(heard.get(2).is_none(), refuse);
        if let Err(error) = result {
            assert!(matches!(error.kind, RunErrorKind::Refused(_)));
            assert!(crm.log().iter().all(|call| call.starts_with("read")));
        }
    }
    let crm = office(Crm::new(everything()));
    let ear = Ear::default();
    let input = json!({"account": {"Id": "acme"}, "owner": {"Id": "ann"}});
    let input = Input::from_json(pattern, &input).unwrap();
    let ann = Identity::Employee("ann".into());
    Execution::new(pattern, Operation::Create, input, &crm, ann).run("r1").observer(&ear).execute().await.unwrap();
    let first = ear.heard.lock().unwrap()[0].clone();
    assert_eq!(first, r#"r1 false {"account":{"Id":"acme"},"owner":{"Id":"ann"}}"#);
}

#[tokio::test]
async fn a_dry_run_sends_nothing_and_shows_what_it_would_send() {
    let catalog = catalog(&with(VISIT));
    let pattern = catalog.pattern("crm-a", "p").unwrap();
    let crm = office(Crm::new(own_ids()));
    let input = json!({"account": {"Id": "acme"}, "owner": filter("Email", "ann@bank.example"), "advisors": filter("Email", "x")});
    let input = Input::from_json(pattern, &input).unwrap();
    let ann = Identity::Employee("ann".into());
    let dry = Execution::new(pattern, Operation::Create, input, &crm, ann).dry_run().unwrap();
    let line = |planned: &crate::run::Planned| {
        let request = &planned.request;
        format!("{} {} {} {}", planned.trip, request.method, request.target, request.body)
    };
    insta::assert_snapshot!(dry.requests.iter().map(line).collect::<Vec<_>>().join("\n"), @r#"
    1 READ employee {"field":"Email","operator":"Equals","value":"x"}
    1 READ employee {"field":"Email","operator":"Equals","value":"ann@bank.example"}
    2 WRITE event AccountId="acme" OwnerId="<owner.Id>" Subject="Visit"
    2 WRITE note Author="<advisors.Id>" EventId=$0 Title="Invitation"
    "#);
    assert!(crm.log().is_empty());
}

#[tokio::test]
async fn a_dry_run_does_not_take_a_placeholder_for_a_value() {
    let catalog = catalog(&with("account account readonly\nevent event\nevent.AccountId = account.Id"));
    let pattern = catalog.pattern("crm-a", "p").unwrap();
    let crm = Crm::new(everything());
    let input = json!({"account": filter("Name", "Acme"), "event": {"AccountId": "acme"}});
    let input = Input::from_json(pattern, &input).unwrap();
    let ann = Identity::Employee("ann".into());
    assert!(Execution::new(pattern, Operation::Create, input, &crm, ann).dry_run().is_ok());
}

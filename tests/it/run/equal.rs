//! What is read does not depend on how it travels: random records, every capability set, one answer.

use engage_adapters::memory::presets;
use engage_engine::Operation;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::{World, block_on};

const MODEL: &str = r#"
entity account "Account" on crm account {
  Name -> name
  Rank -> rank int
  OwnerId -> owner ref person
}
entity person "Person" on crm person {
  Name -> name
  Email -> email
}
entity visit "Visit" on crm visit {
  Title -> title
  Rank -> rank int
  AccountId -> account ref account
  HostId -> host ref person
}
entity remark "Remark" on crm remark {
  Text -> text
  VisitId -> visit ref visit
  AuthorId -> author ref person
  Email -> email
}
pattern deep "Account, visits, remarks" {
  account   : account readonly root sort Rank limit 3
  visits[]  : visit readonly optional sort Rank desc limit 2
  remarks[] : remark readonly optional sort Text limit 3
  owner     : person readonly optional
  visits.AccountId = account.Id
  remarks.VisitId = visits.Id
  account.OwnerId = owner.Id optional
}
pattern strict "Only accounts with a host's visit" {
  account  : account readonly root sort Rank desc limit 2
  visits[] : visit readonly sort Title
  host     : person readonly
  latest   : remark readonly optional sort Text desc
  visits.AccountId = account.Id
  account.OwnerId = host.Id
  visits.HostId = host.Id
  latest.AuthorId = host.Id
}
pattern diamond "A sorted part that closes a circle" {
  top     : account readonly root sort Rank
  host    : person readonly optional
  first   : visit readonly optional sort Title
  some[]  : visit readonly optional sort Rank limit 1
  top.OwnerId = host.Id optional
  first.AccountId = top.Id
  first.HostId = host.Id
  some.AccountId = top.Id
  some.HostId = host.Id
}
pattern up "From a remark to everything" {
  remark  : remark readonly
  visit   : visit readonly optional
  account : account readonly optional
  author  : person readonly optional sort Name
  remark.VisitId = visit.Id optional
  visit.AccountId = account.Id optional
  remark.Email = author.Email optional
}
"#;

const SCHEMA: &str = "
kind: CrmSchema
crm: crm
tables:
  account: {key: id, columns: {name: {type: String}, rank: {type: Int}, owner: {type: Ref, targets: [person]}}}
  person: {key: id, columns: {name: {type: String}, email: {type: String}}}
  visit: {key: id, columns: {title: {type: String}, rank: {type: Int}, account: {type: Ref, targets: [account]}, host: {type: Ref, targets: [person]}}}
  remark: {key: id, columns: {text: {type: String}, visit: {type: Ref, targets: [visit]}, author: {type: Ref, targets: [person]}, email: {type: String}}}
";

fn record(
    prefix: &'static str,
    count: usize,
    fields: &'static [(&'static str, &'static str)],
) -> impl Strategy<Value = Vec<Json>> {
    let one = prop::collection::vec(prop::option::weighted(0.8, 0_usize..4), fields.len());
    prop::collection::vec(one, 0..=count).prop_map(move |records| {
        let record = |(index, values): (usize, Vec<Option<usize>>)| {
            let mut record = json!({"Id": format!("{prefix}{index}")});
            for ((name, kind), value) in fields.iter().zip(values) {
                let Some(value) = value else { continue };
                record[name] = match *kind {
                    "int" => json!(value),
                    "text" => json!(["a", "B", "b", "Å"][value]),
                    target => json!(format!("{target}{value}")),
                };
            }
            record
        };
        records.into_iter().enumerate().map(record).collect()
    })
}

/// References to records that are not there are left out.
fn state() -> impl Strategy<Value = Json> {
    let accounts = record("a", 5, &[("Name", "text"), ("Rank", "int"), ("OwnerId", "p")]);
    let persons = record("p", 4, &[("Name", "text"), ("Email", "text")]);
    let visits = record("v", 8, &[("Title", "text"), ("Rank", "int"), ("AccountId", "a"), ("HostId", "p")]);
    let remarks = record("r", 8, &[("Text", "text"), ("VisitId", "v"), ("AuthorId", "p"), ("Email", "text")]);
    (accounts, persons, visits, remarks).prop_map(|(accounts, persons, visits, remarks)| {
        let ids: Vec<Json> =
            [&accounts, &persons, &visits].into_iter().flatten().map(|record| record["Id"].clone()).collect();
        let known = |mut records: Vec<Json>| {
            for record in &mut records {
                let record = record.as_object_mut().unwrap();
                record.retain(|name, value| name == "Id" || !name.ends_with("Id") || ids.contains(value));
            }
            records
        };
        json!({"account": known(accounts), "person": persons, "visit": known(visits), "remark": known(remarks)})
    })
}

fn inputs() -> Vec<(&'static str, Json)> {
    let ranked = json!({"$filter": {"field": "Rank", "operator": "IsNotNull"}});
    let named = json!({"$filter": {"field": "Name", "operator": "Equals", "value": "b"}});
    vec![
        ("deep", json!({"account": {"Id": "a1"}})),
        ("deep", json!({"account": ranked})),
        ("deep", json!({"visits": {"$filter": {"field": "Title", "operator": "In", "values": ["A", "b"]}}})),
        (
            "deep",
            json!({"account": ranked, "remarks": {"$filter": {"field": "Text", "operator": "Equals", "value": "b"}}}),
        ),
        ("strict", json!({"account": ranked})),
        ("diamond", json!({"top": ranked})),
        ("diamond", json!({"top": {"Id": "a1"}})),
        ("strict", json!({"host": named})),
        ("strict", json!({"account": ranked, "host": named})),
        ("up", json!({"remark": {"$filter": {"field": "Text", "operator": "IsNotNull"}}})),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]
    #[test]
    fn every_capability_set_gives_the_same_matches(state in state()) {
        let world = World::written("crm", MODEL, SCHEMA);
        for (pattern, input) in inputs() {
            let mut expected: Option<Result<Json, String>> = None;
            for (name, mut capabilities) in presets::all() {
                // Short lists are cut into several queries.
                if name == "no-joins" {
                    capabilities.in_list = 2;
                }
                let crm = world.crm(capabilities, &state);
                let outcome = block_on(world.run(&crm, pattern, Operation::Read, &input));
                let found = outcome.map(|outcome| outcome.to_json()).map_err(|error| error.to_string());
                let expected = expected.get_or_insert_with(|| found.clone());
                prop_assert_eq!(&*expected, &found, "{} {} {}", pattern, input, name);
            }
        }
    }
}

#[test]
fn a_requirement_that_closes_a_circle_comes_before_sort_and_limit() {
    let world = World::written("crm", MODEL, SCHEMA);
    let state = json!({
        "person": [{"Id": "p0"}, {"Id": "p1"}],
        "account": [{"Id": "a0", "Rank": 1, "OwnerId": "p0"}],
        "visit": [
            {"Id": "v0", "Title": "a", "Rank": 0, "AccountId": "a0", "HostId": "p1"},
            {"Id": "v1", "Title": "b", "Rank": 1, "AccountId": "a0", "HostId": "p0"},
            {"Id": "v2", "Title": "c", "Rank": 2, "AccountId": "a0", "HostId": "p0"},
        ],
    });
    for (name, capabilities) in presets::all() {
        let crm = world.crm(capabilities, &state);
        let outcome = block_on(world.run(&crm, "diamond", Operation::Read, &json!({"top": {"Id": "a0"}}))).unwrap();
        let found = outcome.to_json();
        let ids = |part: &str| {
            let records = found["Results"][0][part].as_array().unwrap();
            records.iter().map(|record| record["Id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!((ids("first"), ids("some")), (vec!["v1".to_owned()], vec!["v1".to_owned()]), "{name}");
    }
}

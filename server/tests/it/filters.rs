//! What the database finds is what the plain evaluator finds.

use engage_scim::Resource;
use engage_scim::filter::Filter;
use engage_scim::json::Limits;
use engage_scim::schema::USER;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::kit::Kit;

const WORDS: [&str; 7] = ["ann", "Ann", "bo", "ÅSE", "åse", "a%b_c", "ΟΔΟΣ"];

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(&WORDS[..]).prop_map(str::to_owned)
}

fn maybe<T: Into<Value> + Clone + std::fmt::Debug>(some: impl Strategy<Value = T>) -> impl Strategy<Value = Value> {
    prop::option::of(some).prop_map(|some| some.map_or(Value::Null, Into::into))
}

fn user() -> impl Strategy<Value = Value> {
    let email = (
        maybe(prop::sample::select(&["work", "Home"][..]).prop_map(str::to_owned)),
        maybe(word()),
        maybe(any::<bool>()),
    )
        .prop_map(|(kind, value, primary)| json!({"type": kind, "value": value, "primary": primary}));
    let emails = prop::collection::vec(email, 0..3).prop_map(|mut emails| {
        // At most one is primary.
        for email in emails.iter_mut().skip(1) {
            email["primary"] = Value::Null;
        }
        Value::Array(emails)
    });
    (word(), maybe(word()), maybe(word()), maybe(any::<bool>()), emails, maybe(word())).prop_map(
        |(name, title, given, active, emails, department)| {
            json!({
                "userName": name, "title": title, "name": {"givenName": given}, "active": active, "emails": emails,
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": department},
            })
        },
    )
}

fn filter() -> impl Strategy<Value = String> {
    let path = prop::sample::select(
        &[
            "userName",
            "title",
            "name.givenName",
            "externalId",
            "displayName",
            "emails.value",
            "emails.type",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        ][..],
    );
    let op = prop::sample::select(&["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"][..]);
    let compared = (path.clone(), op.clone(), word()).prop_map(|(path, op, word)| format!("{path} {op} \"{word}\""));
    let present = path.clone().prop_map(|path| format!("{path} pr"));
    let null = (path, prop::sample::select(&["eq", "ne"][..])).prop_map(|(path, op)| format!("{path} {op} null"));
    let flag = prop::sample::select(
        &["active eq true", "active ne true", "emails.primary eq false", "emails pr", "active pr"][..],
    )
    .prop_map(str::to_owned);
    let element = (op, word(), prop::sample::select(&["and", "or"][..]))
        .prop_map(|(op, word, join)| format!("emails[type eq \"WORK\" {join} not (value {op} \"{word}\")]"));
    let schema = Just("schemas eq \"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\"".to_owned());
    let leaf = prop_oneof![4 => compared, 1 => present, 1 => null, 1 => flag, 2 => element, 1 => schema];
    leaf.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one} and {other})")),
            (inner.clone(), inner.clone()).prop_map(|(one, other)| format!("({one} or {other})")),
            inner.prop_map(|one| format!("not ({one})")),
        ]
    })
}

#[test]
fn the_database_finds_what_the_evaluator_finds() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cases = Config { cases: Config::default().cases.min(48), ..Config::default() };
    let worlds = (prop::collection::vec(user(), 1..8), prop::collection::vec(filter(), 12));
    let ran = TestRunner::new(cases).run(&worlds, |(users, filters)| {
        runtime.block_on(async {
            let kit = Kit::start().await;
            let contoso = kit.customer("Contoso").await;
            let mut there = Vec::new();
            for (number, mut user) in users.into_iter().enumerate() {
                // Names differ by more than case.
                user["userName"] = json!(format!("{}{number}", user["userName"].as_str().unwrap()));
                let made = contoso.post("/employees/scim/Users", &user).await;
                prop_assert_eq!(made.status, 201, "{:?}", made);
                let sent = Resource::from_bytes(&USER, user.to_string().as_bytes(), &Limits::default()).unwrap();
                there.push((made.id(), sent));
            }
            for text in filters {
                let filter = Filter::parse(&USER, &text).unwrap();
                let mut expected: Vec<&String> =
                    there.iter().filter(|(_, user)| filter.matches(user)).map(|(id, _)| id).collect();
                let found =
                    contoso.post("/employees/scim/Users/.search", &json!({"filter": text, "attributes": ["id"]})).await;
                prop_assert_eq!(found.status, 200, "{}: {:?}", &text, found);
                let list = found.body["Resources"].as_array().unwrap();
                let mut ids: Vec<&str> = list.iter().map(|user| user["id"].as_str().unwrap()).collect();
                expected.sort();
                ids.sort_unstable();
                prop_assert_eq!(ids, expected, "{}", &text);
            }
            Ok(())
        })
    });
    ran.unwrap();
}

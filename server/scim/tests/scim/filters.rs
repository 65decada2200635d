//! The grammar of filters, what they mean, and what is refused.

use engage_scim::Resource;
use engage_scim::filter::{Filter, MAX_DEPTH, MAX_TERMS, MAX_TEXT};
use engage_scim::schema::{Attribute, COMMON, GROUP, Kind, ResourceType, Schema, USER};
use serde_json::json;

use crate::{ENTERPRISE, group, kind_of, made, meta, user};

fn canonical(text: &str) -> String {
    Filter::parse(&USER, text).unwrap_or_else(|error| panic!("{text}: {error}")).to_string()
}

fn refused(text: &str) -> String {
    let error = Filter::parse(&USER, text).unwrap_err();
    assert_eq!(kind_of(&error), "invalidFilter");
    error.detail
}

fn bo() -> Resource {
    let more = json!({
        "externalId": "AbC",
        "active": false,
        "name": { "givenName": "Bo", "familyName": "Ek" },
        "emails": [{ "type": "work", "value": "bo@X.dk", "primary": true }, { "type": "home", "value": "bo@home.dk" }],
        "addresses": [{ "type": "work", "formatted": "Allé 1-3" }],
        "x509Certificates": [{ "value": "QUJD" }],
        ENTERPRISE: { "department": "Erhverv", "manager": { "value": "M1" } },
    });
    user(more).identified("u1", &meta())
}

fn holds(text: &str) -> bool {
    Filter::parse(&USER, text).unwrap_or_else(|error| panic!("{text}: {error}")).matches(&bo())
}

#[test]
fn every_form_has_one_spelling() {
    for (written, printed) in [
        ("USERNAME EQ \"a\"", r#"userName eq "a""#),
        ("userName eq a@b.dk", r#"userName eq "a@b.dk""#),
        ("  userName\teq  \"a\"  ", r#"userName eq "a""#),
        ("title pr and active eq \"True\"", "title pr and active eq true"),
        ("active eq FALSE", "active eq false"),
        ("title eq null", "title eq null"),
        ("title eq \"null\"", r#"title eq "null""#),
        ("title eq 5", r#"title eq "5""#),
        ("title eq true", r#"title eq "true""#),
        ("emails co x", r#"emails.value co "x""#),
        ("emails pr", "emails pr"),
        ("name pr", "name pr"),
        ("meta.lastModified gt \"2026-01-01T01:00:00+01:00\"", r#"meta.lastModified gt "2026-01-01T00:00:00Z""#),
        ("emails[type eq work].value sw x", r#"emails[type eq "work" and value sw "x"]"#),
        ("emails[type eq work or type pr].value sw x", r#"emails[(type eq "work" or type pr) and value sw "x"]"#),
        ("emails[(type eq work) and (not(primary eq true))]", r#"emails[type eq "work" and not (primary eq true)]"#),
        ("groups.$REF pr", "groups.$ref pr"),
        ("not(title pr)and(title pr)", "not (title pr) and title pr"),
        ("title pr or title pr and title pr", "title pr or title pr and title pr"),
        ("(title pr or title pr) and title pr", "(title pr or title pr) and title pr"),
        ("(title pr and title pr) and title pr", "(title pr and title pr) and title pr"),
        ("((title pr))", "title pr"),
        (r#"title eq "a\"] and \u00e9""#, r#"title eq "a\"] and é""#),
        ("urn:ietf:params:scim:schemas:core:2.0:User:title pr", "title pr"),
    ] {
        assert_eq!(canonical(written), printed);
        assert_eq!(canonical(printed), printed);
    }
    let department = format!("{ENTERPRISE}:department eq \"x\"");
    assert_eq!(canonical(&department.replace("department", "DEPARTMENT")), department);
    assert_eq!(canonical(&format!("{ENTERPRISE}:manager eq m")), format!("{ENTERPRISE}:manager.value eq \"m\""));
}

#[test]
fn what_cannot_be_read_is_told_by_its_place() {
    assert_eq!(refused(""), "the filter needs an attribute at character 1");
    assert_eq!(refused("title"), "the filter needs an operator after `title`, such as `eq` or `pr` at character 6");
    assert_eq!(refused("title eq"), "the filter needs a value to compare `title` with at character 9");
    assert_eq!(refused("title eq \"a"), "the filter needs a JSON string to compare `title` with at character 10");
    assert_eq!(refused("title pr title pr"), "the filter needs `and`, `or` or the end at character 10");
    assert_eq!(refused("(title pr"), "the filter needs `and`, `or` or `)` at character 10");
    assert_eq!(refused("\"secret\" eq title"), "the filter needs the name of an attribute before at character 9");
    assert_eq!(refused("shoeSize pr"), "User has no attribute `shoeSize`");
    assert_eq!(refused("emails[shoe pr]"), "`emails` has no part `shoe`");
    assert_eq!(refused("title[value pr]"), "`title` has no elements to select with `[…]`");
    assert_eq!(refused("active gt true"), "`active` is a boolean and cannot be compared with `gt`; use `eq` or `ne`");
    assert_eq!(refused("active eq yes"), "`active` compares with `true` or `false`");
    assert_eq!(refused("title gt null"), "`title` compares with `null` by `eq` and `ne` alone");
    let whole = "`name` has parts and cannot be compared as a whole; name one, such as `name.formatted`";
    assert_eq!(refused("name eq x"), whole);
    for text in [
        "title eq \"a\" and",
        "not title pr",
        "and",
        "emails[",
        "emails[]",
        "emails[type eq work",
        "emails[emails[a pr]]",
        "emails.value[type pr]",
        "title pr)",
        "x509Certificates.value gt \"QQ==\"",
        "active co true",
        "meta.created eq now",
        "meta.created co \"2026\"",
        "name.given.x pr",
        "emails[type eq a]value pr",
        "emails[type eq a].",
        "title eq 'a' b",
        "title eq \"\\x\"",
        ENTERPRISE,
        "urn:none:a pr",
        "titel eq \"a\"",
        "name[givenName pr]",
    ] {
        refused(text);
    }
    assert!(!refused("title xx \"secret value\"").contains("secret"), "values are not repeated");
}

#[test]
fn what_is_too_much_is_refused() {
    let nested = |depth: usize| format!("{}title pr{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Filter::parse(&USER, &nested(MAX_DEPTH)).is_ok());
    assert!(refused(&nested(MAX_DEPTH + 1)).contains("nested deeper"));
    assert!(refused(&"not (".repeat(700)).contains("nested deeper"));
    assert!(refused(&format!("{}emails[type pr]{}", "(".repeat(MAX_DEPTH), ")".repeat(MAX_DEPTH))).contains("nested"));
    let joined = |terms: usize| vec!["title pr"; terms].join(" or ");
    assert!(Filter::parse(&USER, &joined(MAX_TERMS)).is_ok());
    assert!(refused(&joined(MAX_TERMS + 1)).contains("more than 50 tests"));
    let long = |length: usize| format!("title eq \"{}\"", "é".repeat(length));
    assert!(Filter::parse(&USER, &long((MAX_TEXT - 11) / 2)).is_ok());
    assert!(refused(&long(MAX_TEXT / 2)).contains("longer than 4096 bytes"));
}

#[test]
fn texts_compare_as_their_attribute_says() {
    for text in [
        "userName eq BO@x.dk",
        "externalId eq AbC",
        "displayName ne x",
        "userName co \"O@X\"",
        "userName sw BO",
        "userName ew .DK",
        "name.givenName gt ba",
        "name.givenName ge BO",
        "name.givenName le bo",
        "name.givenName lt c",
        "not (userName eq x)",
        "addresses.formatted eq \"ALLÉ 1-3\"",
        "title eq null",
        "title ne x",
        "userName ne null",
        "id eq u1",
        "meta.resourceType eq User",
        "schemas eq urn:ietf:params:scim:schemas:core:2.0:User",
    ] {
        assert!(holds(text), "{text}");
    }
    for text in [
        "externalId eq abc",
        "externalId co B",
        "title eq x",
        "title gt a",
        "title pr",
        "name.givenName gt bo",
        "id eq U1",
        "userName ne BO@X.DK",
        "userName eq null",
        "title ne null",
        "x509Certificates.value eq qujd",
    ] {
        assert!(!holds(text), "{text}");
    }
}

#[test]
fn lists_match_by_any_element() {
    for text in [
        "emails eq bo@home.dk",
        "emails.type eq home",
        "emails ne bo@home.dk",
        "emails[type eq work and value ew x.dk]",
        "emails[type eq work].value eq bo@x.dk",
        "emails[primary eq false].type eq home",
        "emails.primary eq \"False\"",
        "phoneNumbers ne x",
        "phoneNumbers eq null",
        "emails pr and emails.value pr",
        "emails[not (type eq home)]",
        "emails.display eq null",
    ] {
        assert!(holds(text), "{text}");
    }
    for text in [
        "emails[type eq work].value eq bo@home.dk",
        "emails[type eq home and primary eq true]",
        "phoneNumbers pr",
        "phoneNumbers.primary eq false",
        "phoneNumbers[value ne x]",
        "emails.display pr",
        "phoneNumbers ne null",
    ] {
        assert!(!holds(text), "{text}");
    }
}

#[test]
fn booleans_times_and_extensions_compare() {
    for text in [
        "active eq False".to_owned(),
        "active ne true".to_owned(),
        "meta.lastModified eq \"2026-02-28T08:30:00Z\"".to_owned(),
        "meta.created lt \"2026-01-31T08:00:00.001Z\" and meta.created ge \"2026-01-31T09:00:00+01:00\"".to_owned(),
        format!("{ENTERPRISE}:department eq erhverv"),
        format!("{ENTERPRISE}:manager eq M1 and not ({ENTERPRISE}:manager.value eq m1)"),
    ] {
        assert!(holds(&text), "{text}");
    }
    assert!(Filter::parse(&USER, "active eq true").unwrap().matches(&user(json!({}))), "unassigned means active");
    let someone = group(&["a", "b"]);
    let matches = |text: &str| Filter::parse(&GROUP, text).unwrap().matches(&someone);
    assert!(matches("members[value eq a]") && matches("members eq b") && !matches("members.value eq B"));
}

static NUMBERS: Schema = Schema { urn: "urn:test:Thing", name: "Thing", description: "", attributes: THING };
static THINGS: ResourceType =
    ResourceType { name: "Thing", endpoint: "/Things", description: "", schema: &NUMBERS, extensions: &[] };
const THING: &[Attribute] = &[
    Attribute::new("size", "", Kind::Integer),
    Attribute::new("rate", "", Kind::Decimal),
    Attribute::new("seen", "", Kind::DateTime),
    Attribute::string("words", "").many(),
];

#[test]
fn a_type_with_numbers_works_the_same() {
    let thing = made(&THINGS, json!({ "size": 40, "rate": 1.50, "seen": "2026-01-01T00:00:00Z", "words": "One" }));
    let matches = |text: &str| Filter::parse(&THINGS, text).unwrap().matches(&thing);
    for text in ["size gt 39.5", "size eq 4e1", "rate eq 1.5", "rate le 1.500", "words eq one", "words sw O", "size pr"]
    {
        assert!(matches(text), "{text}");
    }
    assert!(!matches("size lt 40") && !matches("words eq two") && matches("rate ne 2"));
    assert!(Filter::parse(&THINGS, "size eq large").is_err() && Filter::parse(&THINGS, "size co 4").is_err());
    for unfit in [json!({ "size": 1.5 }), json!({ "size": "1" }), json!({ "rate": true }), json!({ "seen": "today" })] {
        assert_eq!(kind_of(&Resource::read(&THINGS, unfit).unwrap_err()), "invalidValue");
    }
    assert!(COMMON.iter().all(|attribute| THINGS.attribute(attribute.name).is_some()));
}

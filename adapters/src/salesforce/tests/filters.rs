//! Conditions: "Condition Expression Syntax", "Quoted String Escape Sequences", "Reserved Characters".

use engage_engine::model::{Condition, Operator};
use engage_engine::value::Value;
use rust_decimal::Decimal;

use super::{ACME, MIA, entity, id, metadata, test, text};
use crate::salesforce::filter::filter;

fn of(name: &str, condition: &Condition<Value>) -> (String, bool) {
    let metadata = metadata();
    let entity = entity(name);
    let filter = filter(&metadata, metadata.of(&entity).unwrap(), &entity, condition).unwrap();
    (filter.text.unwrap_or_else(|| "everything".to_owned()), filter.exact)
}

fn says(condition: &Condition<Value>, wanted: &str) {
    assert_eq!(of("account", condition), (wanted.to_owned(), true));
}

fn not(condition: Condition<Value>) -> Condition<Value> {
    Condition::Not(Box::new(condition))
}

#[test]
fn every_operator_and_its_opposite() {
    use Operator as O;
    let one = || vec![text("a")];
    let cases = [
        (O::Equals, "acct_name = 'a'", "acct_name != 'a' OR acct_name = null"),
        (O::NotEquals, "acct_name != 'a' OR acct_name = null", "acct_name = 'a'"),
        (O::Contains, "acct_name LIKE '%a%'", "(NOT acct_name LIKE '%a%') OR acct_name = null"),
        (O::StartsWith, "acct_name LIKE 'a%'", "(NOT acct_name LIKE 'a%') OR acct_name = null"),
        (O::EndsWith, "acct_name LIKE '%a'", "(NOT acct_name LIKE '%a') OR acct_name = null"),
        (O::GreaterThan, "acct_name > 'a'", "acct_name <= 'a' OR acct_name = null"),
        (O::GreaterThanOrEqual, "acct_name >= 'a'", "acct_name < 'a' OR acct_name = null"),
        (O::LessThan, "acct_name < 'a'", "acct_name >= 'a' OR acct_name = null"),
        (O::LessThanOrEqual, "acct_name <= 'a'", "acct_name > 'a' OR acct_name = null"),
        (O::In, "acct_name IN ('a')", "acct_name NOT IN ('a') OR acct_name = null"),
        (O::NotIn, "acct_name NOT IN ('a') OR acct_name = null", "acct_name IN ('a')"),
    ];
    for (operator, plain, opposite) in cases {
        says(&test("Name", operator, one()), plain);
        says(&not(test("Name", operator, one())), opposite);
    }
    says(&test("Name", O::IsNull, Vec::new()), "acct_name = null");
    says(&not(test("Name", O::IsNull, Vec::new())), "acct_name != null");
    says(&not(test("Name", O::IsNotNull, Vec::new())), "acct_name = null");
}

#[test]
fn literals_of_every_type() {
    let equals = |field, value| test(field, Operator::Equals, vec![value]);
    says(&equals("Active", Value::Boolean(true)), "acct_active = true");
    says(&equals("Size", Value::Int(-42)), "acct_size = -42");
    says(&equals("Score", Value::Double(0.25)), "acct_score = 0.25");
    says(&equals("Revenue", Value::Decimal(Decimal::new(1_234_567_890, 2))), "acct_revenue = 12345678.90");
    says(&equals("Founded", Value::Date("1999-12-31".parse().unwrap())), "acct_founded = 1999-12-31");
    let seen = Value::DateTime("2026-11-24T10:00:00+01:00".parse().unwrap());
    says(&equals("Seen", seen), "acct_seen = 2026-11-24T09:00:00Z");
    // A picklist's values are texts, whatever the definition calls them.
    says(&equals("Stage", Value::Choice("Won".into())), "acct_stage = '2'");
    says(&equals("Id", id("001000000000001")), "Id = '001000000000001AAA'");
    says(&equals("Id", id("00000000-0000-4000-9999-000000000000")), "Id = null");
    says(&not(equals("Id", id("x' OR Id != '"))), "everything");
}

#[test]
fn a_boolean_is_never_null() {
    says(&test("Active", Operator::IsNull, Vec::new()), "Id = null");
    says(&test("Active", Operator::NotEquals, vec![Value::Boolean(true)]), "acct_active != true");
}

#[test]
fn columns_hold_whole_seconds() {
    let seen = |operator| test("Seen", operator, vec![Value::DateTime("2026-11-24T09:00:00.5Z".parse().unwrap())]);
    says(&seen(Operator::Equals), "Id = null");
    says(&seen(Operator::GreaterThanOrEqual), "acct_seen > 2026-11-24T09:00:00Z");
    says(&seen(Operator::LessThan), "acct_seen <= 2026-11-24T09:00:00Z");
    says(&seen(Operator::GreaterThan), "acct_seen > 2026-11-24T09:00:00Z");
}

#[test]
fn several_choices() {
    let gold = || test("Tags", Operator::Contains, vec![Value::Choice("Gold".into())]);
    says(&gold(), "acct_tags INCLUDES ('g')");
    says(&not(gold()), "acct_tags EXCLUDES ('g') OR acct_tags = null");
    let whole = test("Tags", Operator::Equals, vec![Value::MultiChoice(vec!["Gold".into(), "Local".into()])]);
    assert_eq!(of("account", &whole), ("everything".to_owned(), false));
}

#[test]
fn quotes_wildcards_and_references_are_escaped() {
    let one = |operator, value| test("Name", operator, vec![text(value)]);
    says(&one(Operator::Equals, "O'Brien \\ \n\t\u{1}"), r"acct_name = 'O\'Brien \\ \n\t\u0001'");
    says(&one(Operator::Equals, "@{w0.id} a@b"), r"acct_name = '\u0040{w0.id} a@b'");
    says(&one(Operator::Contains, "50%_'"), r"acct_name LIKE '%50\%\_\'%'");
    // No page says how a backslash is escaped here: any character stands for it, and the answer is looked at again.
    assert_eq!(of("account", &one(Operator::StartsWith, "a\\b")), ("acct_name LIKE 'a_b%'".to_owned(), false));
    assert_eq!(of("account", &not(one(Operator::StartsWith, "a\\b"))), ("everything".to_owned(), false));
}

#[test]
fn groups_are_in_parentheses_wherever_they_mix() {
    let one = |field: &str, value| test(field, Operator::Equals, vec![text(value)]);
    let mixed = Condition::And(vec![
        Condition::Or(vec![one("Name", "a"), one("Number", "b")]),
        not(Condition::And(vec![one("Name", "c"), one("Number", "d")])),
    ]);
    says(
        &mixed,
        "(acct_name = 'a' OR acct_no = 'b') AND ((acct_name != 'c' OR acct_name = null) OR (acct_no != 'd' OR acct_no = null))",
    );
    says(&Condition::And(Vec::new()), "everything");
    says(&Condition::Or(Vec::new()), "Id = null");
    says(&test("Name", Operator::In, Vec::new()), "Id = null");
    says(&test("Name", Operator::NotIn, Vec::new()), "everything");
    says(&Condition::And(vec![one("Name", "a"), Condition::Or(Vec::new())]), "Id = null");
}

#[test]
fn a_polymorphic_reference_is_about_one_object() {
    let note = |condition: &Condition<Value>| of("note", condition).0;
    let about = |operator, operands| test("AccountId", operator, operands);
    assert_eq!(note(&about(Operator::IsNotNull, Vec::new())), "About.Type = 'acct'");
    assert_eq!(note(&about(Operator::IsNull, Vec::new())), "note_about = null OR About.Type != 'acct'");
    assert_eq!(note(&about(Operator::Equals, vec![id(ACME)])), format!("note_about = '{ACME}'"));
    // A contact is no value of the field that is about accounts.
    assert_eq!(note(&about(Operator::Equals, vec![id(MIA)])), "Id = null");
    assert_eq!(note(&about(Operator::In, vec![id(MIA), id(ACME)])), format!("note_about IN ('{ACME}')"));
}

#[test]
fn what_no_condition_can_name_is_looked_at_here() {
    let long = "x".repeat(4001);
    assert!(!of("account", &test("Name", Operator::Equals, vec![text(&long)])).1);
}

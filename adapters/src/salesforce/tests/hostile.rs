//! Whatever a value holds, it stays in its quotes: read by a scanner that shares nothing with the writer.

use engage_engine::model::{Condition, Operator};
use engage_engine::value::Value;
use proptest::prelude::*;

use super::{entity, metadata, query, test, text};
use crate::salesforce::literal::{encode, segment};
use crate::salesforce::query::reading;
use crate::salesforce::statement::statement;

/// A statement with each literal taken out and decoded, as "Quoted String Escape Sequences" and "Reserved Characters"
/// say. `None` where a literal does not end or holds an escape that is none.
fn scan(statement: &str) -> Option<(String, Vec<String>)> {
    let (mut outside, mut literals) = (String::new(), Vec::new());
    let mut characters = statement.chars();
    while let Some(character) = characters.next() {
        if character != '\'' {
            outside.push(character);
            continue;
        }
        outside.push('?');
        let mut literal = String::new();
        loop {
            match characters.next()? {
                '\'' => break,
                '\\' => match characters.next()? {
                    'n' | 'N' => literal.push('\n'),
                    'r' | 'R' => literal.push('\r'),
                    't' | 'T' => literal.push('\t'),
                    'b' | 'B' => literal.push('\u{8}'),
                    'f' | 'F' => literal.push('\u{c}'),
                    'u' => {
                        let code: String = (0..4).filter_map(|_| characters.next()).collect();
                        literal.push(char::from_u32(u32::from_str_radix(&code, 16).ok()?)?);
                    }
                    escaped @ ('\'' | '"' | '\\') => literal.push(escaped),
                    // Wildcards keep their backslash: LIKE reads it.
                    wildcard @ ('_' | '%') => literal.extend(['\\', wildcard]),
                    _ => return None,
                },
                control if control.is_control() => return None,
                other => literal.push(other),
            }
        }
        literals.push(literal);
    }
    Some((outside, literals))
}

/// What a value can hold to get out: pieces that mean something to SOQL, URLs or composites, among any text.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "'",
        "\\",
        "\\'",
        "'' OR Id != null OR Name = '",
        "%",
        "_",
        "@{w0.id}",
        "\n",
        "\u{0}",
        ") FROM User --",
        "&",
        "#",
        "+",
        "%27",
        "\\u0027",
        "/",
        "..",
        ":x",
        "{",
        "é",
        "\u{2028}",
        "🎉",
        "\"",
    ]);
    prop::collection::vec(prop_oneof![pieces.prop_map(str::to_owned), ".{0,4}".prop_map(|text| text)], 0..8)
        .prop_map(|pieces| pieces.concat())
}

/// Whether a composite would see a reference.
fn refers(text: &str) -> bool {
    text.contains("@{")
}

fn statement_of(filter: Condition<Value>) -> String {
    let metadata = metadata();
    let query = engage_engine::adapter::Query { filter: Some(filter), ..query("account", &["Name"]) };
    statement(&reading(&metadata, &query).unwrap()).unwrap()
}

proptest! {
    #[test]
    fn a_text_stays_in_its_quotes(value in hostile()) {
        for (operator, shape) in [
            (Operator::Equals, "= ?"),
            (Operator::GreaterThan, "> ?"),
            (Operator::In, "IN (?)"),
        ] {
            let statement = statement_of(test("Name", operator, vec![text(&value)]));
            prop_assert!(!refers(&statement));
            let (outside, literals) = scan(&statement).unwrap();
            prop_assert_eq!(outside, format!("SELECT Id, acct_name FROM acct WHERE acct_name {shape} ORDER BY Id"));
            prop_assert_eq!(literals, vec![value.clone()]);
        }
    }

    #[test]
    fn a_pattern_stays_in_its_quotes_and_its_wildcards_are_the_operators(value in hostile()) {
        let statement = statement_of(test("Name", Operator::Contains, vec![text(&value)]));
        prop_assert!(!refers(&statement));
        let (outside, literals) = scan(&statement).unwrap();
        prop_assert_eq!(outside, "SELECT Id, acct_name FROM acct WHERE acct_name LIKE ? ORDER BY Id");
        let inner = literals[0].strip_prefix('%').unwrap().strip_suffix('%').unwrap();
        let escaped: String = value.chars().map(|character| match character {
            '%' | '_' => format!("\\{character}"),
            '\\' => "_".to_owned(),
            other => other.to_string(),
        }).collect();
        prop_assert_eq!(inner, escaped);
    }

    #[test]
    fn an_id_is_an_id_or_nothing(value in hostile()) {
        let statement = statement_of(test("Id", Operator::Equals, vec![Value::Id(value)]));
        let (outside, literals) = scan(&statement).unwrap();
        prop_assert!(outside.ends_with("WHERE Id = null ORDER BY Id") || literals[0].chars().all(char::is_alphanumeric));
    }

    #[test]
    fn a_statement_comes_out_of_its_address_as_it_went_in(value in hostile()) {
        let statement = statement_of(test("Name", Operator::Equals, vec![text(&value)]));
        let url = format!("https://sf.example/services/data/v66.0/query?q={}", encode(&statement));
        let url = reqwest::Url::parse(&url).unwrap();
        let pairs: Vec<(String, String)> = url.query_pairs().map(|(name, value)| (name.into(), value.into())).collect();
        prop_assert_eq!(pairs, vec![("q".to_owned(), statement)]);
        prop_assert_eq!(url.path(), "/services/data/v66.0/query");
        prop_assert!(url.fragment().is_none());
    }

    #[test]
    fn a_key_is_one_segment_of_its_path(value in hostile()) {
        let Some(segment) = segment(&value) else { return Ok(()) };
        let url = reqwest::Url::parse(&format!("https://sf.example/sobjects/acct/acct_no/{segment}?fields=Id")).unwrap();
        let segments: Vec<&str> = url.path_segments().unwrap().collect();
        prop_assert_eq!(segments.len(), 4);
        let decoded = percent_encoding::percent_decode_str(segments[3]).decode_utf8().unwrap().into_owned();
        prop_assert_eq!(decoded, value);
        prop_assert_eq!(url.query(), Some("fields=Id"));
        prop_assert!(!refers(&segment));
    }
}

#[test]
fn names_are_the_describes() {
    assert_eq!(entity("account").crm_type, "acct");
    assert_eq!(crate::salesforce::metadata::target("Account/../x?y='"), "sobjects/Accountxy/describe");
}

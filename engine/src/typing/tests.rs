use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::ids::{FieldName, SemanticId};
use crate::model::Choice;

fn field(field_type: FieldType) -> EntityField {
    let choices = ["Open", "Won"].map(|name| Choice { name: name.into(), wire: None }).to_vec();
    EntityField {
        name: FieldName::new("F").unwrap(),
        read_column: Some("f".into()),
        write_column: Some("f".into()),
        field_type,
        choices,
        allowed: Vec::new(),
        via: None,
        required: false,
        max_length: None,
        public: false,
        sensitive: false,
    }
}

fn json_of(field_type: FieldType, json: serde_json::Value) -> Option<Value> {
    from_json(&field(field_type), &json).ok()
}

fn reference() -> FieldType {
    FieldType::Ref(SemanticId::new("account").unwrap())
}

#[test]
fn each_type_takes_its_own_and_null() {
    use FieldType::*;
    let read = [
        (String, json!("x"), Value::String("x".into())),
        (Boolean, json!(true), Value::Boolean(true)),
        (Int, json!(-5), Value::Int(-5)),
        (Double, json!(1.5), Value::Double(1.5)),
        (Decimal, json!("12.50"), Value::Decimal("12.50".parse().unwrap())),
        (Date, json!("2026-11-24"), Value::Date("2026-11-24".parse().unwrap())),
        (DateTime, json!("2026-11-24T10:00:00+01:00"), Value::DateTime("2026-11-24T09:00:00Z".parse().unwrap())),
        (Choice, json!("Open"), Value::Choice("Open".into())),
        (MultiChoice, json!(["Won", "Open", "Won"]), Value::MultiChoice(vec!["Open".into(), "Won".into()])),
        (reference(), json!("id-1"), Value::Id("id-1".into())),
    ];
    for (field_type, json, value) in read {
        assert!(json_of(field_type.clone(), json).as_ref() == Some(&value), "{field_type}");
        assert!(json_of(field_type.clone(), serde_json::Value::Null) == Some(Value::Null), "{field_type}");
        assert!(json_of(field_type.clone(), json!({})).is_none(), "{field_type}");
    }
}

#[test]
fn whole_numbers_have_64_bits_and_no_fraction() {
    let int = |text: &str| from_literal(&field(FieldType::Int), &Literal::Number(text.into())).ok();
    for (text, value) in
        [("9223372036854775807", i64::MAX), ("-9223372036854775808", i64::MIN), ("5.0", 5), ("1e3", 1000)]
    {
        assert!(int(text) == Some(Value::Int(value)), "{text}");
    }
    for bad in ["9223372036854775808", "5.5", "1e99", "1e-1", "x", "", "--1"] {
        assert!(int(bad).is_none(), "{bad}");
    }
}

#[test]
fn decimals_are_exact_or_refused() {
    let decimal = |text: &str| from_literal(&field(FieldType::Decimal), &Literal::Text(text.into())).ok();
    for (text, plain) in [("0.10", "0.10"), ("-12.5", "-12.5"), ("1.5e3", "1500"), ("1E+2", "100"), ("25e-1", "2.5")] {
        let Some(Value::Decimal(value)) = decimal(text) else { panic!("{text}") };
        assert_eq!(value.to_string(), plain);
    }
    let long = "0.12345678901234567890123456789012345";
    for bad in [long, "1e29", "1e999999999999", "+1", "1_000", ".5", "5.", "inf", "NaN", "", "1e", "0x10", "1,5"] {
        assert!(decimal(bad).is_none(), "{bad}");
    }
}

#[test]
fn doubles_are_finite() {
    let double = |text: &str| from_literal(&field(FieldType::Double), &Literal::Number(text.into())).ok();
    assert!(double("1e300") == Some(Value::Double(1e300)));
    for bad in ["1e400", "inf", "NaN", "nan", "0x1p3", ""] {
        assert!(double(bad).is_none(), "{bad}");
    }
}

#[test]
fn days_and_instants_have_one_form_each() {
    for bad in ["2026-11-24T10:00:00Z", "20261124", "2026-02-30", "24.11.2026", "", "2026-11-2"] {
        assert!(json_of(FieldType::Date, json!(bad)).is_none(), "{bad}");
    }
    for bad in ["2026-11-24", "2026-11-24T10:00:00", "2026-11-24T10:00:00+01:00[Europe/Oslo]", "soon", ""] {
        assert!(json_of(FieldType::DateTime, json!(bad)).is_none(), "{bad}");
    }
}

#[test]
fn text_is_held_to_its_length_in_characters_and_its_allowed_texts() {
    let mut text = field(FieldType::String);
    text.max_length = Some(3);
    assert!(from_json(&text, &json!("øøø")).is_ok());
    let long = from_json(&text, &json!("abcd")).unwrap_err();
    assert_eq!(long.to_string(), "4 characters, at most 3 are allowed");
    text.allowed = vec!["blue".into(), "red".into()];
    text.max_length = None;
    assert!(from_json(&text, &json!("red")).is_ok());
    let near = from_json(&text, &json!("Blue")).unwrap_err();
    assert_eq!(
        (near.to_string(), near.suggestion.as_deref()),
        ("not one of the allowed values: blue, red".into(), Some("blue"))
    );
}

#[test]
fn choices_are_read_letter_for_letter_and_the_nearest_is_suggested() {
    let wrong = from_json(&field(FieldType::Choice), &json!("open")).unwrap_err();
    assert_eq!(wrong.suggestion.as_deref(), Some("Open"));
    assert!(json_of(FieldType::Choice, json!(1)).is_none());
    assert!(json_of(FieldType::MultiChoice, json!("Open")).is_none());
    assert!(json_of(FieldType::MultiChoice, json!(["Open", 1])).is_none());
    assert!(json_of(FieldType::MultiChoice, json!([])) == Some(Value::MultiChoice(Vec::new())));
}

#[test]
fn an_operand_is_bound_by_neither_length_nor_allowed_texts() {
    let mut text = field(FieldType::String);
    text.max_length = Some(1);
    text.allowed = vec!["a".into()];
    assert!(operand(&text, &Literal::Text("long".into()), false).is_ok());
    let tags = field(FieldType::MultiChoice);
    assert!(operand(&tags, &Literal::Text("Won".into()), true).ok() == Some(Value::Choice("Won".into())));
    assert!(operand(&tags, &Literal::Text("Won".into()), false).is_err());
    assert!(operand(&tags, &Literal::List(vec![Literal::Text("Won".into())]), true).is_err());
}

proptest! {
    #[test]
    fn what_is_written_as_json_is_read_back(int: i64, double in -1e300_f64..1e300, mantissa: i64, scale in 0_u32..18, text in "\\PC{1,20}") {
        let decimal = rust_decimal::Decimal::new(mantissa, scale);
        let values = [
            (FieldType::Int, Value::Int(int)),
            (FieldType::Double, Value::Double(double)),
            (FieldType::Decimal, Value::Decimal(decimal)),
            (FieldType::String, Value::String(text.clone())),
            (reference(), Value::Id(text)),
        ];
        for (field_type, value) in values {
            prop_assert!(json_of(field_type.clone(), value.to_json()) == Some(value), "{}", field_type);
        }
    }

    #[test]
    fn no_text_breaks_the_readers(text in "\\PC{0,40}|[-+0-9.eE_]{0,12}") {
        for field_type in [FieldType::Int, FieldType::Double, FieldType::Decimal, FieldType::Date, FieldType::DateTime] {
            let field = field(field_type);
            let _ = from_literal(&field, &Literal::Number(text.clone()));
            let _ = from_literal(&field, &Literal::Text(text.clone()));
        }
    }
}

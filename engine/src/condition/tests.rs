use proptest::prelude::*;

use super::*;

fn name(text: &str) -> FieldName {
    FieldName::new(text).unwrap()
}

fn test(operator: Operator, operands: &[Value]) -> Condition<Value> {
    Condition::Test(Test { field: name("F"), operator, operands: operands.to_vec() })
}

fn record(value: Value) -> Instance {
    Instance::from([(name("F"), value)])
}

fn text(text: &str) -> Value {
    Value::String(text.into())
}

#[test]
fn text_ignores_case_everywhere() {
    let oslo = record(text("OSLO city"));
    for (operator, operand) in [
        (Operator::Equals, "oslo CITY"),
        (Operator::In, "oslo CITY"),
        (Operator::Contains, "O C"),
        (Operator::StartsWith, "oslo"),
        (Operator::EndsWith, "City"),
        (Operator::GreaterThan, "BERGEN"),
        (Operator::LessThanOrEqual, "oslo city"),
    ] {
        assert!(matches(&test(operator, &[text(operand)]), &oslo), "{operator}");
    }
    assert!(!matches(&test(Operator::NotEquals, &[text("oslo city")]), &oslo));
}

#[test]
fn so_do_letters_beyond_ascii() {
    for (value, operator, operand) in [
        ("Åse Ørn", Operator::Equals, "åSE øRN"),
        ("Straße", Operator::Equals, "STRASSE"),
        ("STRASSE 1", Operator::Contains, "aße"),
        ("ΟΔΟΣ", Operator::Equals, "οδος"),
        // The letter at the end of a word has another form, which its place must not decide.
        ("ΟΔΟΣΑ", Operator::StartsWith, "ΟΔΟΣ"),
        ("οδος", Operator::EndsWith, "ΟΣ"),
        ("İstanbul", Operator::In, "İSTANBUL"),
    ] {
        assert!(matches(&test(operator, &[text(operand)]), &record(text(value))), "{value} {operator} {operand}");
    }
}

#[test]
fn null_meets_only_what_is_negative() {
    for operator in Operator::ALL {
        let operands = match operator {
            Operator::IsNull | Operator::IsNotNull => vec![],
            _ => vec![text("x")],
        };
        let expected = matches!(operator, Operator::NotEquals | Operator::NotIn | Operator::IsNull);
        for absent in [Instance::new(), record(Value::Null)] {
            assert_eq!(matches(&test(operator, &operands), &absent), expected, "{operator}");
        }
    }
}

#[test]
fn a_list_of_nothing_holds_nothing() {
    assert!(!matches(&test(Operator::In, &[]), &record(text("x"))));
    assert!(matches(&test(Operator::NotIn, &[]), &record(text("x"))));
    assert!(matches(&Condition::And(Vec::new()), &Instance::new()));
    assert!(!matches(&Condition::Or(Vec::new()), &Instance::new()));
}

#[test]
fn a_multi_choice_contains_one_of_its_names_and_equals_a_list() {
    let both = record(Value::MultiChoice(vec!["A".into(), "B".into()]));
    assert!(matches(&test(Operator::Contains, &[Value::Choice("B".into())]), &both));
    assert!(!matches(&test(Operator::Contains, &[Value::Choice("C".into())]), &both));
    assert!(matches(&test(Operator::Equals, &[Value::MultiChoice(vec!["A".into(), "B".into()])]), &both));
    assert!(!matches(&test(Operator::Equals, &[Value::MultiChoice(vec!["A".into()])]), &both));
}

#[test]
fn the_fields_of_a_condition_are_told_left_to_right() {
    let named = |text: &str| {
        Condition::Test(Test { field: name(text), operator: Operator::IsNull, operands: Vec::<Value>::new() })
    };
    let condition = Condition::And(vec![
        named("A"),
        Condition::Not(Box::new(named("B"))),
        Condition::Or(vec![named("C"), named("A")]),
    ]);
    let told: Vec<&str> = fields(&condition).into_iter().map(FieldName::as_str).collect();
    assert_eq!(told, ["A", "B", "C", "A"]);
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![Just(Value::Null), (0_i64..4).prop_map(Value::Int), Just(Value::Double(1.0))]
}

fn condition() -> impl Strategy<Value = Condition<Value>> {
    let operator = prop::sample::select(&[
        Operator::Equals,
        Operator::NotEquals,
        Operator::GreaterThan,
        Operator::GreaterThanOrEqual,
        Operator::LessThan,
        Operator::LessThanOrEqual,
        Operator::In,
        Operator::NotIn,
        Operator::IsNull,
        Operator::IsNotNull,
    ]);
    let operands = prop::collection::vec((0_i64..4).prop_map(Value::Int), 0..3);
    let leaf = (operator, operands).prop_map(|(operator, operands)| {
        let wanted = match operator {
            Operator::In | Operator::NotIn => operands,
            Operator::IsNull | Operator::IsNotNull => Vec::new(),
            _ => vec![operands.first().cloned().unwrap_or(Value::Int(1))],
        };
        test(operator, &wanted)
    });
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Condition::And),
            prop::collection::vec(inner.clone(), 0..3).prop_map(Condition::Or),
            inner.prop_map(|inner| Condition::Not(Box::new(inner))),
        ]
    })
}

fn not(condition: Condition<Value>) -> Condition<Value> {
    Condition::Not(Box::new(condition))
}

proptest! {
    #[test]
    fn de_morgan_holds(parts in prop::collection::vec(condition(), 0..4), value in value()) {
        let record = record(value);
        let negated = || parts.iter().cloned().map(not).collect::<Vec<_>>();
        let both = |a: &Condition<Value>, b: &Condition<Value>| (matches(a, &record), matches(b, &record));
        let (a, b) = both(&not(Condition::And(parts.clone())), &Condition::Or(negated()));
        prop_assert_eq!(a, b);
        let (a, b) = both(&not(Condition::Or(parts.clone())), &Condition::And(negated()));
        prop_assert_eq!(a, b);
    }

    #[test]
    fn negated_operators_are_the_opposite(operand in 0_i64..4, others in prop::collection::vec((0_i64..4).prop_map(Value::Int), 0..3), value in value()) {
        let record = record(value);
        let pairs = [
            (test(Operator::Equals, &[Value::Int(operand)]), test(Operator::NotEquals, &[Value::Int(operand)])),
            (test(Operator::In, &others), test(Operator::NotIn, &others)),
            (test(Operator::IsNull, &[]), test(Operator::IsNotNull, &[])),
        ];
        for (positive, negative) in pairs {
            prop_assert_ne!(matches(&positive, &record), matches(&negative, &record));
        }
        let any = Condition::Or(others.iter().map(|one| test(Operator::Equals, std::slice::from_ref(one))).collect());
        prop_assert_eq!(matches(&any, &record), matches(&test(Operator::In, &others), &record));
    }
}

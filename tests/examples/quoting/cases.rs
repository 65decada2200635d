//! Conditions: hostile ones, random ones, and rows to try them on.

use engage_engine::catalog::{Entity, EntityField};
use engage_engine::condition::has_operator;
use engage_engine::model::{Condition, Operator, Test, WireValue};
use engage_engine::{FieldType, Value};
use serde_json::{Map, Value as Json, json};

use super::dice::Dice;

pub type Case = Condition<Value>;

/// What breaks out of texts, patterns, lists, addresses, XML and lines.
const HOSTILE: [&str; 40] = [
    "",
    "'",
    "''",
    "'''",
    "O'Hara",
    "' or 1 eq 1",
    "') or (1 eq 1",
    "x' or name ne 'x",
    "\\' OR Name != '",
    "\\",
    "\\\\",
    "\\'",
    "'\\",
    "%",
    "100%",
    "_",
    "a_b",
    "[a]",
    "[^a]",
    "[%]",
    "\"",
    "a\",\"b",
    "\"])) or Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=[\"",
    "a\nb\r\nc\td",
    "\u{0}\u{1}\u{7f}\u{85}",
    "\u{2028}\u{2029}",
    "\u{feff}bom",
    "--", // a comment in some languages
    "/* x */ // # ;",
    "&$filter=name ne null&$top=1#",
    "%27%20or%20true",
    "+ +%20",
    "@p1 @{q0.records[0].Id}",
    "{0} {{x}} $1 ${x} :bind",
    "null",
    "LAST_N_DAYS:3",
    "<condition attribute=\"name\" operator='not-null'/>&amp;]]>",
    "😀👩‍👩‍👧 Ærøskøbing İıß",
    "\u{202e}txet\u{202c} عربي עברית",
    "n\u{303}e\u{301}  two  blanks ",
];

/// Every text under every operator of texts, plain and negated, and in lists.
pub fn hostile(entity: &Entity) -> Vec<Case> {
    let mut cases = Vec::new();
    for text in HOSTILE {
        let value = Value::String(text.to_owned());
        for operator in [
            Operator::Equals,
            Operator::NotEquals,
            Operator::Contains,
            Operator::StartsWith,
            Operator::EndsWith,
            Operator::In,
            Operator::NotIn,
            Operator::LessThan,
        ] {
            let test = test("Name", operator, vec![value.clone()]);
            cases.push(Condition::Not(Box::new(test.clone())));
            cases.push(test);
        }
    }
    let all = || HOSTILE.iter().map(|text| Value::String((*text).to_owned()));
    cases.push(test("Name", Operator::In, all().collect()));
    cases.push(test("City", Operator::NotIn, all().collect()));
    // More than an address holds.
    cases.push(test(
        "Name",
        Operator::In,
        (0..450).map(|n| Value::String(format!("O'Hara & sons, no. {n}"))).collect(),
    ));
    assert!(entity.field("City").is_some());
    cases
}

/// Whether a condition is longer than an address: queries in FetchXML travel in their address.
pub fn is_long(case: &Case) -> bool {
    matches!(case, Condition::Test(test) if test.operands.len() > HOSTILE.len())
}

fn test(field: &str, operator: Operator, operands: Vec<Value>) -> Case {
    Condition::Test(Test { field: field.parse().expect("a name"), operator, operands })
}

/// A tree of up to four levels over all fields.
pub fn random(entity: &Entity, dice: &mut Dice) -> Case {
    grow(entity, dice, 3)
}

fn grow(entity: &Entity, dice: &mut Dice, depth: usize) -> Case {
    let several =
        |dice: &mut Dice| (0..1 + dice.below(3)).map(|_| grow(entity, dice, depth.saturating_sub(1))).collect();
    match (depth, dice.below(6)) {
        (0, _) | (_, 0 | 1) => leaf(entity, dice),
        (_, 2) => Condition::Not(Box::new(grow(entity, dice, depth - 1))),
        (_, 3 | 4) => Condition::And(several(dice)),
        _ => Condition::Or(several(dice)),
    }
}

fn leaf(entity: &Entity, dice: &mut Dice) -> Case {
    let field = dice.pick(&entity.fields);
    let operators: Vec<Operator> = Operator::ALL
        .into_iter()
        .filter(|operator| has_operator(&field.field_type, *operator))
        // A yes-or-no is never null.
        .filter(|operator| field.field_type != FieldType::Boolean || !is_null(*operator))
        .collect();
    let operator = *dice.pick(&operators);
    let number = match operator {
        Operator::IsNull | Operator::IsNotNull => 0,
        Operator::In | Operator::NotIn => 1 + dice.below(4),
        _ => 1,
    };
    let operands = (0..number).map(|_| value(field, dice)).collect();
    Condition::Test(Test { field: field.name.clone(), operator, operands })
}

fn is_null(operator: Operator) -> bool {
    matches!(operator, Operator::IsNull | Operator::IsNotNull)
}

/// A value of a field's type.
fn value(field: &EntityField, dice: &mut Dice) -> Value {
    let number = i64::try_from(dice.below(2000)).expect("a small number") - 1000;
    let instant = || jiff::Timestamp::from_second(1_600_000_000 + number * 100_003).expect("a near instant");
    match &field.field_type {
        FieldType::Boolean => Value::Boolean(number > 0),
        FieldType::Int => Value::Int(number),
        FieldType::Decimal => Value::Decimal(rust_decimal::Decimal::new(number * 12_345_679, 2)),
        FieldType::DateTime => Value::DateTime(instant()),
        FieldType::Choice => Value::Choice(dice.pick(&field.choices).name.clone()),
        FieldType::Ref(_) => Value::Id(id(column(field), number)),
        FieldType::String => Value::String(words(dice)),
        other => panic!("no values of {other}"),
    }
}

/// The column that a field is read from.
pub fn column(field: &EntityField) -> &str {
    field.read_column.as_deref().expect("a column")
}

/// An identifier in the form of the CRM whose column it is.
fn id(column: &str, number: i64) -> String {
    match column {
        "Id" => format!("001{:012}AAA", number + 1000),
        "OwnerId" => format!("005{:012}AAA", number + 1000),
        _ => format!("11111111-0000-4000-8000-{:012}", number + 1000),
    }
}

fn words(dice: &mut Dice) -> String {
    const CHARACTERS: [char; 24] = [
        'a', 'B', 'z', '0', ' ', '\'', '\\', '%', '_', '[', ']', '^', '"', '\n', '\u{0}', '&', '#', '+', '(', ')', ',',
        ';', 'é', '😀',
    ];
    match dice.below(3) {
        0 => (*dice.pick(&HOSTILE)).to_owned(),
        1 => format!("{}{}", dice.pick(&HOSTILE), dice.pick(&HOSTILE)),
        _ => (0..dice.below(12)).map(|_| *dice.pick(&CHARACTERS)).collect(),
    }
}

/// Rows that hold what the condition asks for, what is like it, and nothing.
pub fn rows(entity: &Entity, case: &Case, dice: &mut Dice) -> Vec<Json> {
    let mut asked = Vec::new();
    operands(case, &mut asked);
    (0..14).map(|_| Json::Object(row(entity, &asked, dice))).collect()
}

fn row(entity: &Entity, asked: &[(String, Value)], dice: &mut Dice) -> Map<String, Json> {
    let mut row = Map::new();
    for (name, _) in asked {
        let field = entity.field(name).expect("a field of the entity");
        let mut values: Vec<&Value> = asked.iter().filter(|(other, _)| other == name).map(|(_, value)| value).collect();
        let other = value(field, dice);
        values.push(&other);
        // A key and a yes-or-no are never null.
        let nullable = name != "Id" && field.field_type != FieldType::Boolean;
        let value = match (dice.below(5), *dice.pick(&values)) {
            (0, _) if nullable => Json::Null,
            (1 | 2, Value::String(text)) => json!({"text": alike(text, dice)}),
            (_, value) => stored(field, value),
        };
        row.insert(name.clone(), value);
    }
    row
}

/// A text that a sloppy filter would take for the one asked for, or that holds it.
fn alike(text: &str, dice: &mut Dice) -> String {
    match dice.below(7) {
        0 => text.replace('\'', "''"),
        1 => text.replace('\\', "\\\\"),
        2 => text.replace(['%', '_'], "x"),
        3 => format!("x{text}"),
        4 => format!("{text}x"),
        5 => text.to_ascii_uppercase(),
        _ => format!("a{text}b"),
    }
}

fn operands(case: &Case, found: &mut Vec<(String, Value)>) {
    match case {
        Condition::Test(test) => {
            found.extend(test.operands.iter().map(|value| (test.field.to_string(), value.clone())));
        }
        Condition::And(inner) | Condition::Or(inner) => inner.iter().for_each(|inner| operands(inner, found)),
        Condition::Not(inner) => operands(inner, found),
    }
}

/// A condition as JSON.
pub fn tree(entity: &Entity, case: &Case) -> Json {
    let all = |inner: &[Case]| inner.iter().map(|inner| tree(entity, inner)).collect::<Vec<_>>();
    match case {
        Condition::And(inner) => json!({"and": all(inner)}),
        Condition::Or(inner) => json!({"or": all(inner)}),
        Condition::Not(inner) => json!({"not": tree(entity, inner)}),
        Condition::Test(test) => {
            let field = entity.field(test.field.as_str()).expect("a field of the entity");
            let operands: Vec<Json> = test.operands.iter().map(|value| stored(field, value)).collect();
            json!({"test": {"field": test.field.as_str(), "operator": test.operator.name(), "operands": operands}})
        }
    }
}

/// A value, as the CRM stores it, with its kind.
fn stored(field: &EntityField, value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::String(text) => json!({"text": text}),
        Value::Boolean(flag) => json!({"flag": flag}),
        Value::Int(number) => json!({"number": number.to_string()}),
        Value::Decimal(number) => json!({"number": number.to_string()}),
        Value::DateTime(instant) => json!({"instant": instant.as_second()}),
        Value::Id(id) => json!({"id": id}),
        Value::Choice(name) => {
            let choice = field.choices.iter().find(|choice| choice.name == *name).expect("a declared choice");
            match choice.wire_value() {
                WireValue::Int(number) => json!({"number": number.to_string()}),
                WireValue::Text(text) => json!({"text": text}),
                WireValue::Boolean(flag) => json!({"flag": flag}),
            }
        }
        other => panic!("no {} in a condition", other.type_name()),
    }
}

//! Every construct means what the README says, and leads back to its place.

use super::*;

#[test]
fn every_place_of_an_entity_leads_to_its_words() {
    let text = "\
entity contact \"Contact\" on dataverse contact {
  AccountId -> parentcustomerid write WhatId ref account via What required max 50
  Plain -> plain choice { Open = 1, Won } readonly
  key (First, `Last name`)
  idempotency ExternalKey
  embedded in event as parties
}
";
    let (model, map, errors) = read(text);
    assert_eq!(errors, []);
    let words = |place: Place| {
        let span = map.span(&Subject { item: engage_engine::model::Item::Definition(0), place }).unwrap();
        &text[span.start as usize..span.end as usize]
    };
    assert_eq!(words(Place::Whole), "entity contact \"Contact\" on dataverse contact");
    assert_eq!((words(Place::Id), words(Place::Crm), words(Place::CrmType)), ("contact", "dataverse", "contact"));
    assert_eq!((words(Place::Field(0)), words(Place::FieldMapped(0))), ("AccountId", "parentcustomerid"));
    assert_eq!((words(Place::FieldWrite(0)), words(Place::FieldType(0))), ("WhatId", "account"));
    assert_eq!((words(Place::FieldVia(0)), words(Place::FieldMax(0))), ("What", "max 50"));
    assert_eq!((words(Place::FieldRequired(0)), words(Place::FieldReadOnly(1))), ("required", "readonly"));
    assert_eq!(words(Place::FieldFlags(0)), "write WhatId ref account via What required max 50");
    assert_eq!((words(Place::FieldWrite(1)), words(Place::FieldType(1))), ("plain", "choice { Open = 1, Won }"));
    assert_eq!((words(Place::Choice(1, 0)), words(Place::Choice(1, 1))), ("Open", "Won"));
    assert_eq!((words(Place::Key(0)), words(Place::Idempotency)), ("key (First, `Last name`)", "ExternalKey"));
    assert_eq!((words(Place::KeyField(0, 0)), words(Place::KeyField(0, 1))), ("First", "`Last name`"));
    assert_eq!((words(Place::Embedded), words(Place::EmbeddedAs)), ("event", "parties"));
    assert_eq!(model.definitions[0].keys[0][1].as_str(), "Last name");
}

#[test]
fn every_place_of_a_pattern_leads_to_its_words() {
    let text = "\
pattern p \"P\" {
  as application \"why\"
  notes[] : note optional root replace match (A, B) sort C desc limit 3 where D == 1 and not (E is null) { F = \"x\", G := [1, 2] }
  notes.Id = a.Id ?? b.Id optional deferred
}
";
    let (model, map, errors) = read(text);
    assert_eq!(errors, []);
    let words = |place: Place| {
        let span = map.span(&Subject { item: engage_engine::model::Item::Pattern(0), place }).unwrap();
        &text[span.start as usize..span.end as usize]
    };
    assert_eq!((words(Place::Whole), words(Place::Id)), ("pattern p \"P\"", "p"));
    assert_eq!(words(Place::Escalation), "as application \"why\"");
    assert_eq!((words(Place::Part(0)), words(Place::PartEntity(0))), ("notes", "note"));
    assert_eq!((words(Place::PartMatch(0, 1)), words(Place::Sort(0))), ("B", "C"));
    assert_eq!((words(Place::PartRoot(0)), words(Place::PartReplace(0))), ("root", "replace"));
    assert_eq!(words(Place::Limit(0)), "limit 3");
    assert_eq!(words(Place::Query(0)), "where D == 1 and not (E is null)");
    assert_eq!((words(Place::QueryField(0, 0)), words(Place::QueryField(0, 1))), ("D", "E"));
    assert_eq!((words(Place::Default(0, 0)), words(Place::DefaultValue(0, 0))), ("F", "\"x\""));
    assert_eq!((words(Place::Fixed(0, 0)), words(Place::FixedValue(0, 0))), ("G", "[1, 2]"));
    assert_eq!(words(Place::Requirement(0)), "notes.Id = a.Id ?? b.Id optional deferred");
    assert_eq!((words(Place::Dependent(0)), words(Place::Source(0, 1))), ("notes.Id", "b.Id"));
    let requirement = &model.patterns[0].requirements[0];
    assert!(requirement.optional && requirement.deferred && model.patterns[0].parts[0].multiple);
}

#[test]
fn operators_are_spelled_as_in_the_table() {
    for (text, operator, count) in [
        ("A == 1", Operator::Equals, 1),
        ("A != \"x\"", Operator::NotEquals, 1),
        ("A contains \"x\"", Operator::Contains, 1),
        ("A starts with \"x\"", Operator::StartsWith, 1),
        ("A ends  with \"x\"", Operator::EndsWith, 1),
        ("A > 1", Operator::GreaterThan, 1),
        ("A >= 1", Operator::GreaterThanOrEqual, 1),
        ("A < -1.5e3", Operator::LessThan, 1),
        ("A <= 1", Operator::LessThanOrEqual, 1),
        ("A in (1, 2\n 3)", Operator::In, 3),
        ("A in ()", Operator::In, 0),
        ("A not in (1,)", Operator::NotIn, 1),
        ("A is null", Operator::IsNull, 0),
        ("A is not null", Operator::IsNotNull, 0),
    ] {
        let Condition::Test(test) = condition(text) else { panic!("{text}") };
        assert_eq!((test.operator, test.operands.len()), (operator, count), "{text}");
    }
}

#[test]
fn and_binds_closer_than_or_and_brackets_group() {
    let names = |text: &str| shape(&condition(text));
    assert_eq!(names("A == 1 or B == 1 and not C == 1"), "(A or (B and not C))");
    assert_eq!(names("(A == 1 or B == 1) and C == 1"), "((A or B) and C)");
    assert_eq!(names("(A == 1 and B == 1) and C == 1"), "((A and B) and C)");
    assert_eq!(names("A == 1 and B == 1 and C == 1"), "(A and B and C)");
    assert_eq!(names("all (A == 1) or any (\n B == 1\n C == 1 )"), "((A) or (B or C))");
    assert_eq!(names("( # why\n A == 1\n  and B == 1\n)"), "(A and B)");
    assert_eq!(names("all == 1 and any == 1"), "(all and any)");
}

fn shape(condition: &Condition<Literal>) -> String {
    let join = |list: &[Condition<Literal>], word: &str| {
        format!("({})", list.iter().map(shape).collect::<Vec<_>>().join(word))
    };
    match condition {
        Condition::And(list) => join(list, " and "),
        Condition::Or(list) => join(list, " or "),
        Condition::Not(inner) => format!("not {}", shape(inner)),
        Condition::Test(test) => test.field.to_string(),
    }
}

#[test]
fn layout_is_free() {
    let one = read("pattern p \"P\" { a : b, c : d { X = 1, Y = 2 }, a.A = c.B }").0;
    let other = read(
        "\u{feff}pattern p \"P\"\r\n# between\r\n{ # open\r\n\ta:b\r\n\r\nc : d {\r\nX=1 # x\r\n,Y=2\r\n}\r\na.A=c.B}",
    )
    .0;
    assert_eq!(one, other);
    assert_eq!((one.patterns[0].parts.len(), one.patterns[0].requirements.len()), (2, 1));
}

#[test]
fn keywords_are_names_where_names_stand() {
    let text = "\
entity entity \"E\" on on pattern {
  description -> description
  key -> key required
  idempotency -> as
  embedded -> in ref ref via via
  idempotency idempotency
}
pattern pattern {
  as : entity
  description : description optional
  as.as = description.where
}
";
    let (model, _, errors) = read(text);
    assert_eq!(errors, []);
    assert_eq!((model.definitions[0].fields.len(), model.patterns[0].parts.len()), (4, 2));
    assert_eq!(model.patterns[0].name, "pattern");
}

#[test]
fn texts_and_names_hold_escapes() {
    let (model, _, errors) = read("entity e \"a \\\"b\\\" \\u{e9}\\n\" on d `x \\` y` {\n  `Start time` -> `a.b`\n}\n");
    assert_eq!(errors, []);
    let definition = &model.definitions[0];
    assert_eq!((definition.name.as_str(), definition.crm_type.as_str()), ("a \"b\" é\n", "x ` y"));
    assert_eq!(definition.fields[0].mapped_name, "a.b");
}

#[test]
fn grammar_and_tokenizer_agree_on_the_characters_of_words() {
    use crate::syntax::token::is_word_char;
    for c in ('\0'..=char::MAX).filter(|c| !c.is_ascii() || c.is_ascii_punctuation()) {
        if is_word_char(c) != crate::syntax::reader::is_name(&c.to_string()) {
            panic!("U+{:04X}", u32::from(c));
        }
    }
}

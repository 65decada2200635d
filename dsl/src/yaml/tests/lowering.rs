use super::*;
use crate::source::Span;
use engage_engine::model::{Choice, Condition, FieldKind, Item, Literal, Operator, Place, Subject, Test, WireValue};

const CONTACT: &str = "
kind: EntityDefinition
id: contact
name: Contact
description: People at customers
crm: dataverse
type: contact
idempotency: ExternalKey
keys: [[Email], [FirstName, LastName]]
embedded: {in: event, as: appointment_activity_parties}
fields:
  - {name: LastName, mappedName: lastname, type: String, required: true, maxLength: 50, public: true}
  - {name: Status, mappedName: statuscode, type: Choice, choices: [{name: Open, value: 1}, {name: Won, value: true}, Lost]}
  - {name: Colour, mappedName: new_colour, allowed: [red, \"no\", no]}
  - {name: AccountId, mappedName: AccountId, writeName: WhatId, type: Ref, entity: account, via: What}
  - {name: Score, mappedName: score, type: Int, readOnly: true, sensitive: true}
  - {name: Id, mappedName: contactid}
";

const MEETING: &str = "
kind: EntityPattern
id: meeting
name: Meeting
escalation: why
parts:
  - {ref: account, entity: account, readOnly: true, optional: true, root: true}
  - {ref: event, entity: event, defaults: {ShowAs: Busy, Amount: 1.50}, fixed: {Status: null, Tags: [a, b]}}
  - ref: notes
    entity: note
    multiple: true
    replace: true
    match: [Email]
    query:
      sort: {field: CreatedOn, direction: descending}
      limit: 10
      where: {and: [{field: Status, operator: Equals, value: Open}, {or: [{field: Kind, operator: In, values: [a, b]}, {not: {field: Title, operator: IsNull}}]}]}
requirements:
  - {dependent: event.AccountId, source: account.Id}
  - {dependent: lead.AccountId, source: [account.Id, customer.Id], optional: true, deferred: true}
";

fn read(yaml: &str) -> (Model, SourceMap) {
    let (tree, found) = parse(FileId(0), yaml);
    assert_eq!(found, []);
    let (mut model, mut map) = (Model::default(), SourceMap::default());
    assert_eq!(lower(&tree, &mut model, &mut Library::default(), &mut map), []);
    map.finish();
    (model, map)
}

#[test]
fn a_definition_with_everything() {
    let (model, _) = read(CONTACT);
    let contact = &model.definitions[0];
    assert_eq!(
        (contact.id.as_str(), contact.crm.as_str(), contact.crm_type.as_str()),
        ("contact", "dataverse", "contact")
    );
    assert_eq!(contact.keys.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(contact.embedded.as_ref().unwrap().collection, "appointment_activity_parties");
    let [last_name, status, colour, account, score, id] = &contact.fields[..] else { panic!() };
    assert!(last_name.required && last_name.public && last_name.max_length == Some(50));
    let choice = |name: &str, wire| Choice { name: name.into(), wire };
    let choices =
        [choice("Open", Some(WireValue::Int(1))), choice("Won", Some(WireValue::Boolean(true))), choice("Lost", None)];
    assert_eq!(status.kind, FieldKind::Choice(choices.into()));
    assert_eq!(colour.kind, FieldKind::String { allowed: vec!["red".into(), "no".into(), "no".into()] });
    assert_eq!(account.write_column(), "WhatId");
    assert!(
        matches!(&account.kind, FieldKind::Ref { entity, via: Some(via) } if entity.as_str() == "account" && via == "What")
    );
    assert!(score.read_only && score.sensitive);
    assert!(matches!(&id.kind, FieldKind::Ref { entity, via: None } if entity.as_str() == "contact"));
}

#[test]
fn a_pattern_with_everything() {
    let (model, _) = read(MEETING);
    let meeting = &model.patterns[0];
    assert_eq!(meeting.escalation.as_ref().unwrap().reason, "why");
    let [account, event, notes] = &meeting.parts[..] else { panic!() };
    assert!(account.read_only && account.optional && account.root && !account.multiple);
    assert_eq!(event.defaults[1].value, Literal::Number("1.50".into()));
    assert_eq!(event.fixed[0].value, Literal::Null);
    assert_eq!(event.fixed[1].value, Literal::List(vec![Literal::Text("a".into()), Literal::Text("b".into())]));
    assert!(notes.multiple && notes.replace && notes.query.limit == Some(10));
    let Some(Condition::And(both)) = &notes.query.filter else { panic!() };
    assert!(
        matches!(&both[0], Condition::Test(Test { operator: Operator::Equals, operands, .. }) if operands.len() == 1)
    );
    let [single, double] = &meeting.requirements[..] else { panic!() };
    assert!(!single.optional && single.sources.len() == 1);
    assert!(double.optional && double.deferred && double.sources[1].to_string() == "customer.Id");
}

#[test]
fn every_place_is_noted() {
    let yaml = format!("{CONTACT}---{MEETING}");
    let (_, map) = read(&yaml);
    let words = |span: Span| &yaml[span.start as usize..span.end as usize];
    let definition = |place| words(map.span(&Subject { item: Item::Definition(0), place }).unwrap());
    let pattern = |place| words(map.span(&Subject { item: Item::Pattern(0), place }).unwrap());
    for (place, expected) in [
        (Place::Whole, "contact"),
        (Place::Id, "contact"),
        (Place::Crm, "dataverse"),
        (Place::CrmType, "contact"),
        (Place::Idempotency, "ExternalKey"),
        (Place::Key(1), "[FirstName, LastName]"),
        (Place::KeyField(1, 0), "FirstName"),
        (Place::Embedded, "event"),
        (Place::EmbeddedAs, "appointment_activity_parties"),
        (Place::Field(1), "Status"),
        (Place::FieldMapped(1), "statuscode"),
        (Place::FieldWrite(3), "WhatId"),
        (Place::FieldWrite(1), "statuscode"),
        (Place::FieldType(1), "Choice"),
        (Place::FieldType(3), "account"),
        (Place::FieldVia(3), "What"),
        (Place::FieldReadOnly(4), "readOnly: true"),
        (Place::Choice(1, 1), "Won"),
        (Place::FieldFlags(4), "readOnly: true"),
    ] {
        assert_eq!(definition(place), expected, "{place:?}");
    }
    for (place, expected) in [
        (Place::Whole, "meeting"),
        (Place::Escalation, "why"),
        (Place::Part(1), "event"),
        (Place::PartEntity(2), "note"),
        (Place::PartFlags(0), "readOnly: true"),
        (Place::PartMatch(2, 0), "Email"),
        (Place::Default(1, 1), "Amount"),
        (Place::DefaultValue(1, 1), "1.50"),
        (Place::Fixed(1, 0), "Status"),
        (Place::FixedValue(1, 0), "null"),
        (Place::PartRoot(0), "root: true"),
        (Place::PartReplace(2), "replace: true"),
        (Place::Query(2), "limit: 10"),
        (Place::Limit(2), "limit: 10"),
        (Place::Sort(2), "CreatedOn"),
        (Place::QueryField(2, 0), "Status"),
        (Place::QueryField(2, 2), "Title"),
        (Place::Requirement(0), "event.AccountId"),
        (Place::Dependent(1), "lead.AccountId"),
        (Place::Source(1, 1), "customer.Id"),
    ] {
        assert_eq!(pattern(place), expected, "{place:?}");
    }
}

#[test]
fn all_problems_of_a_file_are_told_at_once() {
    insta::assert_snapshot!(problems("
kind: EntityDefinition
id: Contact
crm: dataverse
fields:
  - {name: e-mail🎉, mapedName: emailaddress1, type: Strin, maxLength: long}
  - {name: Age, mappedName: age, type: Int, allowed: [1], required: yes}
  - {name: Owner, mappedName: owner, type: Ref}
  - [Status]
---
kind: EntityPatern
id: x
---
kind: EntityPattern
id: meeting
parts:
  - {ref: event, entity: event, defaults: [ShowAs], query: {where: {field: A, operator: In, value: 1}, sort: {field: B, direction: down}}}
requirements:
  - {dependent: event, source: []}
  - {source: a.b.c}
"), @r"
    error[E0152]: a definition needs `type`
     --> a.yaml:2:1
      |
    2 | kind: EntityDefinition
      | ^
      |
      = help: add `type: …`

    error[E0170]: `Contact` is not a name: 'C' may not stand in a semantic id
     --> a.yaml:3:5
      |
    3 | id: Contact
      |     ^^^^^^^
      |
      = help: use lower-case letters, digits and hyphens, starting with a letter or a digit: `customer-overview` — did you mean `contact`?

    error[E0170]: `e-mail🎉` is not a name: '🎉' may not stand in a field name
     --> a.yaml:6:12
      |
    6 |   - {name: e-mail🎉, mapedName: emailaddress1, type: Strin, maxLength: long}
      |            ^^^^^^^^
      |
      = help: use letters, digits, `_`, `-` and spaces, starting with a letter or `_`: `StartTime`

    error[E0157]: a field has no property `mapedName`
     --> a.yaml:6:21
      |
    6 |   - {name: e-mail🎉, mapedName: emailaddress1, type: Strin, maxLength: long}
      |                      ^^^^^^^^^
      |
      = help: known are `name`, `mappedName`, `writeName`, `type`, `required`, `readOnly`, `maxLength`, `public`, `sensitive`, `choices`, `allowed`, `entity`, `via` — did you mean `mappedName`?

    error[E0156]: unknown type `Strin`
     --> a.yaml:6:53
      |
    6 |   - {name: e-mail🎉, mapedName: emailaddress1, type: Strin, maxLength: long}
      |                                                      ^^^^^
      |
      = help: known are `String`, `Boolean`, `Int`, `Double`, `Decimal`, `Date`, `DateTime`, `Choice`, `MultiChoice`, `Ref` — did you mean `String`?

    error[E0172]: expected a whole number for `maxLength`, found text
     --> a.yaml:6:71
      |
    6 |   - {name: e-mail🎉, mapedName: emailaddress1, type: Strin, maxLength: long}
      |                                                                        ^^^^
      |
      = help: write it with digits only

    error[E0153]: `allowed` belongs to type `String`
     --> a.yaml:7:45
      |
    7 |   - {name: Age, mappedName: age, type: Int, allowed: [1], required: yes}
      |                                             ^^^^^^^
      |
      = help: leave it out

    error[E0172]: expected true or false for `required`, found text
     --> a.yaml:7:69
      |
    7 |   - {name: Age, mappedName: age, type: Int, allowed: [1], required: yes}
      |                                                                     ^^^
      |
      = help: write `true`, or leave it out

    error[E0152]: a field needs `entity`
     --> a.yaml:8:5
      |
    8 |   - {name: Owner, mappedName: owner, type: Ref}
      |     ^
      |
      = help: add `entity: …`

    error[E0172]: expected a mapping for a field, found a list
     --> a.yaml:9:5
      |
    9 |   - [Status]
      |     ^
      |
      = help: write it as `{name: value, …}`

    error[E0152]: a pattern needs `parts`
      --> a.yaml:11:1
       |
    11 | kind: EntityPatern
       | ^
       |
       = help: add `parts: …`

    error[E0151]: unknown kind `EntityPatern`
      --> a.yaml:11:7
       |
    11 | kind: EntityPatern
       |       ^^^^^^^^^^^^
       |
       = help: `kind` is `EntityDefinition`, `EntityPattern`, `Playbook`, `AiCapability` or `Mapper` — did you mean `EntityPattern`?

    error[E0172]: expected a mapping for `defaults`, found a list
      --> a.yaml:17:43
       |
    17 |   - {ref: event, entity: event, defaults: [ShowAs], query: {where: {field: A, operator: In, value: 1}, sort: {fi...
       |                                           ^
       |
       = help: write `{Field: value}`

    error[E0153]: `value` does not go with `In` and `NotIn`; they take `values`
      --> a.yaml:17:93
       |
    17 |   - {ref: event, entity: event, defaults: [ShowAs], query: {where: {field: A, operator: In, value: 1}, sort: {fi...
       |                                                                                             ^^^^^
       |
       = help: leave it out

    error[E0156]: unknown direction `down`
      --> a.yaml:17:132
       |
    17 | ...perator: In, value: 1}, sort: {field: B, direction: down}}}
       |                                                        ^^^^
       |
       = help: known are `ascending`, `descending`

    error[E0155]: `event` does not name a field of a part
      --> a.yaml:19:17
       |
    19 |   - {dependent: event, source: []}
       |                 ^^^^^
       |
       = help: write `part.Field`, as in `account.Id`

    error[E0152]: a requirement needs a source
      --> a.yaml:19:32
       |
    19 |   - {dependent: event, source: []}
       |                                ^^
       |
       = help: write `source: part.Field`

    error[E0152]: a requirement needs `dependent`
      --> a.yaml:20:5
       |
    20 |   - {source: a.b.c}
       |     ^
       |
       = help: add `dependent: …`

    error[E0155]: `a.b.c` does not name a field of a part
      --> a.yaml:20:14
       |
    20 |   - {source: a.b.c}
       |              ^^^^^
       |
       = help: write `part.Field`, as in `account.Id`
    ");
}

#[test]
fn a_dropped_definition_leaves_its_places_to_no_other() {
    let yaml = "kind: EntityDefinition\nid: Bad Id\ncrm: x\ntype: wrong\n---\nkind: EntityDefinition\nid: good\ncrm: x\ntype: right\n";
    let (tree, _) = parse(FileId(0), yaml);
    let (mut model, mut map) = (Model::default(), SourceMap::default());
    assert_eq!(lower(&tree, &mut model, &mut Library::default(), &mut map).len(), 1);
    let span = map.span(&Subject { item: Item::Definition(0), place: Place::CrmType }).unwrap();
    assert_eq!(&yaml[span.start as usize..span.end as usize], "right");
}

#[test]
fn groups_of_conditions_stand_alone() {
    let wrap = |condition: &str| {
        format!("kind: EntityPattern\nid: p\nparts:\n  - {{ref: a, entity: b, query: {{where: {condition}}}}}\n")
    };
    for (condition, code) in [
        ("{and: [], or: []}", "E0154"),
        ("{and: {field: A, operator: IsNull}}", "E0172"),
        ("{field: A}", "E0152"),
        ("{field: A, operator: Equals}", "E0152"),
        ("{field: A, operator: Equals, values: [1]}", "E0153"),
        ("{field: A, operator: IsNull, value: 1}", "E0153"),
        ("{field: A, operator: equal, value: 1}", "E0156"),
        ("{feild: A, operator: IsNull}", "E0157"),
        ("[]", "E0172"),
    ] {
        let found = marked(&wrap(condition));
        assert!(found.iter().any(|found| found.0 == code), "{condition}: {found:?}");
    }
}

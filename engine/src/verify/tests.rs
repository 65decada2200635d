use super::*;
use crate::check::testing::{entity, pattern};

fn column(kind: ColumnKind) -> ColumnFacts {
    ColumnFacts { kind, type_name: format!("{kind:?}"), create: true, update: true, ..primary_key() }
}

fn facts() -> Facts {
    let columns = [
        ("email", ColumnFacts { max_length: Some(100), ..column(ColumnKind::Text) }),
        ("last_name", ColumnFacts { required: true, ..column(ColumnKind::Text) }),
        ("rank", column(ColumnKind::Int)),
        ("created_on", ColumnFacts { create: false, update: false, ..column(ColumnKind::DateTime) }),
        ("state", ColumnFacts { create: false, choices: vec![WireValue::Int(1)], ..column(ColumnKind::Choice) }),
        ("account_id", ColumnFacts { targets: ["account".to_owned()].into(), ..column(ColumnKind::Reference) }),
        ("parent_id", ColumnFacts { targets: ["contact".to_owned()].into(), ..column(ColumnKind::Reference) }),
    ];
    let contact = TableFacts {
        primary_key: "contact_id".to_owned(),
        columns: columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect(),
        keys: vec![["email".to_owned()].into()],
        links_only: false,
    };
    Facts { tables: [("contact".to_owned(), contact)].into() }
}

fn found(change: impl FnOnce(&mut EntityDefinition)) -> Vec<String> {
    let mut definition = entity("contact", "Email, LastName");
    definition.crm_type = "contact".to_owned();
    for (field, column) in definition.fields.iter_mut().zip(["email", "last_name"]) {
        column.clone_into(&mut field.mapped_name);
        field.required = column == "last_name";
    }
    change(&mut definition);
    let crm = definition.crm.clone();
    let patterns = vec![pattern("contacts", "contact contact")];
    let problems = verify(&Model { definitions: vec![definition], patterns }, &crm, &facts());
    problems
        .into_iter()
        .map(|problem| {
            let near = problem.suggestion.map(|near| format!(" ({near})")).unwrap_or_default();
            format!("{} {:?} {:?}: {}{near}", problem.code, problem.severity, problem.at.place, problem.message)
        })
        .collect()
}

fn push(definition: &mut EntityDefinition, column: &str, kind: FieldKind) -> usize {
    let name = FieldName::new("Other").unwrap();
    definition.fields.push(Field::new(name, column, kind));
    definition.fields.len() - 1
}

fn text() -> FieldKind {
    FieldKind::String { allowed: Vec::new() }
}

#[test]
fn what_the_crm_has_is_fine() {
    assert_eq!(found(|definition| definition.keys = vec![vec![FieldName::new("Email").unwrap()]]), [""; 0]);
}

#[test]
fn names_are_the_crms_own() {
    assert_eq!(
        found(|definition| "contacts".clone_into(&mut definition.crm_type)),
        ["E0501 Error CrmType: crm-a has no entity `contacts` (contact)"]
    );
    assert_eq!(
        found(|definition| "emial".clone_into(&mut definition.fields[0].mapped_name)),
        ["E0502 Error FieldMapped(0): `contact` has no column `emial` (email)"]
    );
    assert_eq!(
        found(|definition| definition.fields[0].write = Some("mail".to_owned())),
        ["E0502 Error FieldWrite(0): `contact` has no column `mail` (email)"]
    );
}

#[test]
fn columns_hold_what_their_fields_say() {
    let wrong = found(|definition| {
        push(definition, "rank", text());
    });
    assert_eq!(wrong, ["E0503 Error FieldType(2): `Other` is a String, and `rank` a Int"]);
    let choice = |wire| vec![Choice { name: "Open".to_owned(), wire: Some(WireValue::Int(wire)) }];
    let read = |wire| {
        found(move |definition| {
            let position = push(definition, "state", FieldKind::Choice(choice(wire)));
            definition.fields[position].read_only = true;
        })
    };
    assert_eq!(read(1), [""; 0]);
    assert_eq!(read(7), ["E0509 Error FieldType(2): `state` has no value for `Open`"]);
    let lead_to = |column: &'static str| {
        found(move |definition| {
            let kind = FieldKind::Ref { entity: definition.id.clone(), via: None };
            push(definition, column, kind);
        })
    };
    assert_eq!(lead_to("parent_id"), [""; 0]);
    assert_eq!(lead_to("account_id"), ["E0507 Error FieldType(2): `account_id` does not refer to `contact`"]);
}

#[test]
fn what_cannot_be_written_is_said() {
    let wrong = found(|definition| {
        push(definition, "created_on", FieldKind::DateTime);
    });
    assert_eq!(wrong, ["E0505 Error FieldFlags(2): `Other` is written, and `created_on` cannot be"]);
    let wrong = found(|definition| {
        let open = Choice { name: "Open".to_owned(), wire: Some(WireValue::Int(1)) };
        push(definition, "state", FieldKind::Choice(vec![open]));
    });
    assert_eq!(wrong, ["E0506 Warning FieldFlags(2): `state` can be set by an update, and not by a create"]);
    assert_eq!(
        found(|definition| definition.fields[0].max_length = Some(500)),
        ["E0508 Warning FieldFlags(0): `Email` takes 500 characters, and `email` holds 100"]
    );
}

#[test]
fn what_the_crm_requires_is_required() {
    assert_eq!(
        found(|definition| definition.fields[1].required = false),
        ["E0504 Warning Field(1): the CRM requires `last_name`, and `LastName` is not required"]
    );
    assert_eq!(
        found(|definition| definition.fields.truncate(1)),
        ["E0504 Warning CrmType: `contact` requires `last_name`, and no field is written to it"]
    );
}

#[test]
fn keys_are_unique_there_too() {
    let last = || FieldName::new("LastName").unwrap();
    let not_unique = "`contact` is not unique by `last_name` in the CRM";
    assert_eq!(found(|definition| definition.keys = vec![vec![last()]]), [format!("E0510 Error Key(0): {not_unique}")]);
    assert_eq!(
        found(|definition| definition.idempotency = Some(last())),
        [format!("E0510 Error Idempotency: {not_unique}")]
    );
}

#[test]
fn links_of_two_others_are_only_read() {
    let mut definition = entity("contact", "Email");
    definition.crm_type = "contact".to_owned();
    "email".clone_into(&mut definition.fields[0].mapped_name);
    let crm = definition.crm.clone();
    let mut facts = facts();
    facts.tables.get_mut("contact").unwrap().links_only = true;
    let found = |line| {
        let model = Model { definitions: vec![definition.clone()], patterns: vec![pattern("links", line)] };
        let problems = verify(&model, &crm, &facts);
        problems
            .iter()
            .map(|problem| format!("{} {:?}: {}", problem.code, problem.at.place, problem.message))
            .collect::<Vec<_>>()
    };
    assert!(found("contact contact readonly").is_empty());
    let written = found("contact contact");
    assert!(
        written
            .contains(&"E0511 CrmType: `contact` only links records of two others, and a pattern writes it".to_owned()),
        "{written:?}"
    );
}

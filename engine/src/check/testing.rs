//! Models in a line per thing, for the tests of the rules: the engine knows no text, so this is not the DSL.

use super::check;
use crate::ids::{CrmName, FieldName, RefId, SemanticId};
use crate::model::{
    Assignment, Choice, EntityDefinition, EntityPattern, Field, FieldKind, FieldRef, FieldRequirement, Literal, Model,
    PatternPart,
};

pub(crate) fn id(text: &str) -> SemanticId {
    SemanticId::new(text).unwrap()
}

pub(crate) fn name(text: &str) -> FieldName {
    FieldName::new(text).unwrap()
}

/// `AccountId ref account readonly required max 5 as column write other`. An `idtext` is a reference that no relationship
/// follows.
pub(crate) fn field(text: &str) -> Field {
    let mut words = text.split_whitespace();
    let mut field = Field::new(name(words.next().unwrap()), "", FieldKind::String { allowed: Vec::new() });
    field.mapped_name = field.name.as_str().to_lowercase();
    while let Some(word) = words.next() {
        let choices = |word: &str| word.split('|').map(|name| Choice { name: name.into(), wire: None }).collect();
        match word {
            "required" => field.required = true,
            "readonly" => field.read_only = true,
            "public" => field.public = true,
            "sensitive" => field.sensitive = true,
            "max" => field.max_length = words.next().map(|max| max.parse().unwrap()),
            "as" => field.mapped_name = words.next().unwrap().into(),
            "write" => field.write = words.next().map(str::to_owned),
            "boolean" => field.kind = FieldKind::Boolean,
            "int" => field.kind = FieldKind::Int,
            "double" => field.kind = FieldKind::Double,
            "decimal" => field.kind = FieldKind::Decimal,
            "date" => field.kind = FieldKind::Date,
            "datetime" => field.kind = FieldKind::DateTime,
            "choice" => field.kind = FieldKind::Choice(choices(words.next().unwrap())),
            "multichoice" => field.kind = FieldKind::MultiChoice(choices(words.next().unwrap())),
            "ref" => {
                let via = (!field.name.is_id()).then(|| field.name.to_string());
                field.kind = FieldKind::Ref { entity: id(words.next().unwrap()), via };
            }
            "idtext" => field.kind = FieldKind::Ref { entity: id(words.next().unwrap()), via: None },
            "allowed" => {
                let allowed = words.next().unwrap().split('|').map(str::to_owned).collect();
                field.kind = FieldKind::String { allowed };
            }
            other => panic!("what is {other}?"),
        }
    }
    field
}

/// An entity with one field per line or comma, on `crm-a`.
pub(crate) fn entity(text: &str, fields: &str) -> EntityDefinition {
    entity_on("crm-a", text, fields)
}

pub(crate) fn entity_on(crm: &str, text: &str, fields: &str) -> EntityDefinition {
    EntityDefinition {
        id: id(text),
        name: text.into(),
        description: String::new(),
        crm: CrmName::new(crm).unwrap(),
        crm_type: text.into(),
        fields: fields.split([',', '\n']).filter(|line| !line.trim().is_empty()).map(field).collect(),
        idempotency: None,
        keys: Vec::new(),
        embedded: None,
    }
}

/// `notes[] note readonly optional root replace match A|B limit 3 sort F Title=text Title:=text`.
pub(crate) fn part(text: &str) -> PatternPart {
    let mut words = text.split_whitespace();
    let label = words.next().unwrap();
    let ref_id = RefId::new(label.trim_end_matches("[]")).unwrap();
    let mut part = PatternPart::new(ref_id, id(words.next().unwrap()));
    part.multiple = label.ends_with("[]");
    while let Some(word) = words.next() {
        match word {
            "readonly" => part.read_only = true,
            "optional" => part.optional = true,
            "root" => part.root = true,
            "replace" => part.replace = true,
            "match" => part.match_on = words.next().unwrap().split('|').map(name).collect(),
            "limit" => part.query.limit = words.next().map(|limit| limit.parse().unwrap()),
            "sort" => {
                let field = name(words.next().unwrap());
                part.query.sort = Some(crate::model::Sort { field, direction: Default::default() });
            }
            other => match other.split_once(":=") {
                Some((field, text)) => part.fixed.push(assignment(field, text)),
                None => {
                    let (field, text) = other.split_once('=').unwrap();
                    part.defaults.push(assignment(field, text));
                }
            },
        }
    }
    part
}

fn assignment(field: &str, text: &str) -> Assignment {
    let value = match text {
        "null" => Literal::Null,
        "true" => Literal::Boolean(true),
        text if text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') => Literal::Number(text.into()),
        text => Literal::Text(text.into()),
    };
    Assignment { field: name(field), value }
}

/// `event.AccountId = account.Id ?? customer.Id optional deferred`.
pub(crate) fn requirement(text: &str) -> FieldRequirement {
    let mut words = text.split_whitespace();
    let reference = |text: &str| {
        let (part, field) = text.split_once('.').unwrap();
        FieldRef { part: RefId::new(part).unwrap(), field: name(field) }
    };
    let mut requirement = FieldRequirement {
        dependent: reference(words.next().unwrap()),
        sources: Vec::new(),
        optional: false,
        deferred: false,
    };
    for word in words {
        match word {
            "=" | "??" => {}
            "optional" => requirement.optional = true,
            "deferred" => requirement.deferred = true,
            source => requirement.sources.push(reference(source)),
        }
    }
    requirement
}

/// A pattern with a part per line, and requirements where there is a ` = `.
pub(crate) fn pattern(text: &str, lines: &str) -> EntityPattern {
    let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    let (requirements, parts): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.contains(" = "));
    EntityPattern {
        id: id(text),
        name: text.into(),
        description: String::new(),
        escalation: None,
        parts: parts.into_iter().map(part).collect(),
        requirements: requirements.into_iter().map(requirement).collect(),
    }
}

/// Account, contact, event, employee and note, as most tests need them.
pub(crate) fn domain() -> Vec<EntityDefinition> {
    let fields = [
        ("account", "Name required max 20, Number, Primary ref contact, OwnerId ref employee, Score int readonly"),
        ("contact", "Email, FirstName, LastName required, AccountId ref account, Vip boolean, Tags multichoice A|B"),
        (
            "event",
            "Subject, AccountId ref account, OwnerId ref employee, ContactId ref contact, Start datetime, Status choice Open|Won, Places int",
        ),
        ("employee", "Email, Manager ref employee"),
        ("note", "Title, EventId ref event, AccountId ref account, Author ref employee, CreatedOn datetime readonly"),
    ];
    fields.into_iter().map(|(id, fields)| entity(id, fields)).collect()
}

/// The domain with one pattern `p`.
pub(crate) fn with(lines: &str) -> Model {
    Model { definitions: domain(), patterns: vec![pattern("p", lines)] }
}

/// What the checker finds, a line each: `E0301 Part(1): message`; a warning begins with `W`.
pub(crate) fn found(model: &Model) -> Vec<String> {
    let checked = check(model);
    assert_eq!(checked.catalog.is_some(), checked.errors().next().is_none());
    let line = |problem: &crate::problem::Problem| {
        let sign = if problem.severity == crate::problem::Severity::Warning { "W " } else { "" };
        let mut line = format!("{sign}{} {:?}: {}", problem.code, problem.at.place, problem.message);
        for (at, label) in &problem.related {
            line.push_str(&format!(" [{:?}: {label}]", at.place));
        }
        if let Some(suggestion) = &problem.suggestion {
            line.push_str(&format!(" (did you mean {suggestion}?)"));
        }
        line
    };
    checked.problems.iter().map(line).collect()
}

/// Asserts what is found with the domain and one pattern.
#[track_caller]
pub(crate) fn finds(lines: &str, expected: &[&str]) {
    assert_eq!(found(&with(lines)), expected);
}

//! Types of what flows between blocks, for people and for programs.

use std::fmt::Write as _;

use engage_playbooks::types::{Rest, Shape, Type};
use serde_json::{Map, Value as Json, json};

/// Deeper types are named and not taken apart.
const MAX_DEPTH: usize = 8;

/// A type in lines: what it is, and below it the fields of what is made of others.
pub(super) fn lines(label: &str, of: &Type, indent: usize, text: &mut String) {
    let _ = writeln!(text, "{:indent$}{label}: {of}{}", "", sensitive(of));
    below(of, indent + 2, 0, text);
}

fn below(of: &Type, indent: usize, depth: usize, text: &mut String) {
    if depth >= MAX_DEPTH {
        return;
    }
    match &of.shape {
        Shape::List(element) => below(element, indent, depth + 1, text),
        Shape::Object(object) => fields(object.fields.iter(), indent, depth, text),
        Shape::Instances(part) => fields(part.instance.fields.iter(), indent, depth, text),
        _ => {}
    }
}

fn fields<'t>(fields: impl Iterator<Item = (&'t String, &'t Type)>, indent: usize, depth: usize, text: &mut String) {
    for (name, of) in fields {
        let _ = writeln!(text, "{:indent$}{name}: {of}{}", "", sensitive(of));
        below(of, indent + 2, depth + 1, text);
    }
}

fn sensitive(of: &Type) -> String {
    match of.sensitive.is_empty() {
        true => String::new(),
        false => format!(" (sensitive: {})", of.sensitive.iter().cloned().collect::<Vec<_>>().join(", ")),
    }
}

/// A type for programs: `type`, `optional`, and what it is made of.
pub(super) fn json(of: &Type) -> Json {
    at_depth(of, 0)
}

fn at_depth(of: &Type, depth: usize) -> Json {
    let mut told = Map::new();
    let mut put = |key: &str, value: Json| drop(told.insert(key.to_owned(), value));
    put("type", json!(word(&of.shape)));
    put("optional", json!(of.optional || of.nullable));
    if !of.sensitive.is_empty() {
        put("sensitive", json!(of.sensitive));
    }
    let inner = |fields: &std::collections::BTreeMap<String, Type>| -> Json {
        fields.iter().map(|(name, of)| (name.clone(), at_depth(of, depth + 1))).collect::<Map<_, _>>().into()
    };
    match &of.shape {
        _ if depth >= MAX_DEPTH => {}
        Shape::Text(Some(max)) => put("max_length", json!(max)),
        Shape::Choice(names) => put("choices", json!(names)),
        Shape::Id(Some(entity)) => put("entity", json!(entity.to_string())),
        Shape::List(element) => put("items", at_depth(element, depth + 1)),
        Shape::Object(object) => {
            put("fields", inner(&object.fields));
            put("open", json!(!matches!(object.rest, Rest::Closed)));
        }
        Shape::Condition(pattern, part) => put("part", json!(format!("{pattern}.{part}"))),
        Shape::Instances(part) => {
            put("part", json!(format!("{}.{}", part.pattern, part.part)));
            put("fields", inner(&part.instance.fields));
            put("many", json!(part.many));
            put("filter", json!(part.filter));
        }
        _ => {}
    }
    Json::Object(told)
}

fn word(shape: &Shape) -> &'static str {
    match shape {
        Shape::Any => "any",
        Shape::Null => "null",
        Shape::Text(_) => "text",
        Shape::Choice(_) => "choice",
        Shape::Boolean => "boolean",
        Shape::Int => "int",
        Shape::Double => "double",
        Shape::Decimal => "decimal",
        Shape::Date => "date",
        Shape::DateTime => "date-time",
        Shape::Id(_) => "id",
        Shape::List(_) => "list",
        Shape::Object(_) => "object",
        Shape::Condition(..) => "condition",
        Shape::Instances(_) => "records",
    }
}

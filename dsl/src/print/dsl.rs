//! The model in the language, in canonical form: laid out by the formatter.

use std::fmt::Write as _;

use engage_engine::model::{
    Choice, Condition, Direction, EntityDefinition, EntityPattern, Field, FieldKind, FieldRef, FieldRequirement,
    Literal, Model, Operator, PatternPart, Test, WireValue,
};
use engage_playbooks::Library;

mod playbook;
mod source;

use crate::fmt::layout;
use crate::lower::codes::default_kind;
use crate::syntax::text::{encode, is_bare};

/// Writes a model and a library in the language. Reading the text gives both back, but for templates, which are files of
/// their own.
///
/// ```
/// use engage_dsl::engine::model::Model;
/// use engage_dsl::playbooks::Library;
/// use engage_dsl::source::{FileId, SourceMap};
/// use engage_dsl::{lower, print, syntax};
///
/// let text = "pattern lookup \"Look up\" {\n  account : account  readonly\n}\n";
/// let (mut model, mut library) = (Model::default(), Library::default());
/// lower::document(&syntax::parse(FileId(0), text).0, &mut model, &mut library, &mut SourceMap::default());
/// assert_eq!(print::dsl(&model, &library), text);
/// ```
pub fn dsl(model: &Model, library: &Library) -> String {
    let Model { definitions, patterns } = model;
    let Library { packages: _, playbooks, templates: _, capabilities, mappers } = library;
    let items = definitions.iter().map(entity).chain(patterns.iter().map(pattern));
    let items = items.chain(playbooks.iter().map(playbook::playbook));
    let items = items.chain(capabilities.iter().map(playbook::capability));
    layout(&items.chain(mappers.iter().map(playbook::mapper)).collect::<String>())
}

fn entity(definition: &EntityDefinition) -> String {
    let EntityDefinition { id, name: title, description, crm, crm_type, fields, idempotency, keys, embedded } =
        definition;
    let mut out =
        format!("entity {} {} on {} {} {{\n", name(id.as_str()), text(title), name(crm.as_str()), name(crm_type));
    if !description.is_empty() {
        let _ = writeln!(out, "description {}", text(description));
    }
    for field in fields {
        let _ =
            writeln!(out, "{} -> {} {}", name(field.name.as_str()), name(&field.mapped_name), flags(definition, field));
    }
    for key in keys {
        let _ = writeln!(out, "key ({})", list(key.iter().map(|field| name(field.as_str()))));
    }
    if let Some(field) = idempotency {
        let _ = writeln!(out, "idempotency {}", name(field.as_str()));
    }
    if let Some(embedded) = embedded {
        let _ = writeln!(out, "embedded in {} as {}", name(embedded.parent.as_str()), name(&embedded.collection));
    }
    out.push_str("}\n");
    out
}

fn flags(definition: &EntityDefinition, field: &Field) -> String {
    let Field { name: own, mapped_name: _, write, kind, required, read_only, max_length, public, sensitive } = field;
    let mut flags = Vec::new();
    flags.extend(write.as_ref().map(|column| format!("write {}", name(column))));
    if *kind != default_kind(own, &definition.id) {
        flags.push(field_type(kind));
    }
    for (set, word) in [(required, "required"), (read_only, "readonly")] {
        flags.extend(set.then(|| word.to_owned()));
    }
    flags.extend(max_length.map(|max| format!("max {max}")));
    for (set, word) in [(public, "public"), (sensitive, "sensitive")] {
        flags.extend(set.then(|| word.to_owned()));
    }
    flags.join(" ")
}

fn field_type(kind: &FieldKind) -> String {
    match kind {
        FieldKind::String { allowed } => block("string", allowed.iter().map(|value| text(value))),
        FieldKind::Boolean => "boolean".to_owned(),
        FieldKind::Int => "int".to_owned(),
        FieldKind::Double => "double".to_owned(),
        FieldKind::Decimal => "decimal".to_owned(),
        FieldKind::Date => "date".to_owned(),
        FieldKind::DateTime => "datetime".to_owned(),
        FieldKind::Choice(choices) => block("choice", choices.iter().map(choice)),
        FieldKind::MultiChoice(choices) => block("multichoice", choices.iter().map(choice)),
        FieldKind::Ref { entity, via: None } => format!("ref {}", name(entity.as_str())),
        FieldKind::Ref { entity, via: Some(via) } => format!("ref {} via {}", name(entity.as_str()), name(via)),
    }
}

fn choice(choice: &Choice) -> String {
    match &choice.wire {
        None => name(&choice.name),
        Some(WireValue::Int(value)) => format!("{} = {value}", name(&choice.name)),
        Some(WireValue::Text(value)) => format!("{} = {}", name(&choice.name), text(value)),
        Some(WireValue::Boolean(value)) => format!("{} = {value}", name(&choice.name)),
    }
}

fn block(word: &str, entries: impl Iterator<Item = String>) -> String {
    let entries = list(entries);
    if entries.is_empty() { word.to_owned() } else { format!("{word} {{ {entries} }}") }
}

fn pattern(pattern: &EntityPattern) -> String {
    let EntityPattern { id, name: title, description, escalation, parts, requirements } = pattern;
    let mut out = format!("pattern {} {} {{\n", name(id.as_str()), text(title));
    if !description.is_empty() {
        let _ = writeln!(out, "description {}", text(description));
    }
    if let Some(escalation) = escalation {
        let _ = writeln!(out, "as application {}", text(&escalation.reason));
    }
    for part in parts {
        let _ = writeln!(out, "{}", self::part(part));
    }
    out.push('\n');
    for requirement in requirements {
        let _ = writeln!(out, "{}", self::requirement(requirement));
    }
    out.push_str("}\n");
    out
}

fn part(part: &PatternPart) -> String {
    let PatternPart { ref_id, entity, read_only, multiple, optional, root, replace, match_on, .. } = part;
    let PatternPart { defaults, fixed, query, .. } = part;
    let label = format!("{}{}", name(ref_id.as_str()), if *multiple { "[]" } else { "" });
    let marks = [(read_only, "readonly"), (optional, "optional"), (root, "root"), (replace, "replace")];
    let mut flags: Vec<String> = marks.into_iter().filter(|(set, _)| **set).map(|(_, word)| word.to_owned()).collect();
    if !match_on.is_empty() {
        flags.push(format!("match ({})", list(match_on.iter().map(|field| name(field.as_str())))));
    }
    flags.extend(query.sort.as_ref().map(|sort| {
        let direction = if sort.direction == Direction::Descending { " desc" } else { "" };
        format!("sort {}{direction}", name(sort.field.as_str()))
    }));
    flags.extend(query.limit.map(|limit| format!("limit {limit}")));
    flags.extend(query.filter.as_ref().map(|filter| format!("where {}", condition(filter, false))));
    let defaults = defaults.iter().map(|default| (default, "="));
    let assignments = defaults.chain(fixed.iter().map(|fixed| (fixed, ":=")));
    let assignments =
        list(assignments.map(|(one, sign)| format!("{} {sign} {}", name(one.field.as_str()), literal(&one.value))));
    if !assignments.is_empty() {
        flags.push(format!("{{ {assignments} }}"));
    }
    format!("{label} : {} {}", name(entity.as_str()), flags.join(" "))
}

fn requirement(requirement: &FieldRequirement) -> String {
    let FieldRequirement { dependent, sources, optional, deferred } = requirement;
    let mut right = format!("= {}", sources.iter().map(reference).collect::<Vec<_>>().join(" ?? "));
    for (set, word) in [(optional, " optional"), (deferred, " deferred")] {
        if *set {
            right.push_str(word);
        }
    }
    format!("{} {right}", reference(dependent))
}

fn reference(reference: &FieldRef) -> String {
    format!("{}.{}", name(reference.part.as_str()), name(reference.field.as_str()))
}

/// A condition; `inside` another one, groups take parentheses.
fn condition(written: &Condition<Literal>, inside: bool) -> String {
    match written {
        Condition::And(all) => group(all, inside, " and ", "all", condition),
        Condition::Or(any) => group(any, inside, " or ", "any", condition),
        Condition::Not(inner) => format!("not {}", condition(inner, true)),
        Condition::Test(Test { field, operator, operands }) => {
            comparison(&test_name(field.as_str()), *operator, &list(operands.iter().map(literal)))
        }
    }
}

/// A group of conditions; those of none or one have their own spelling.
fn group<C>(list: &[C], inside: bool, operator: &str, word: &str, print: fn(&C, bool) -> String) -> String {
    if list.len() < 2 {
        return format!("{word} ({})", list.iter().map(|one| print(one, false)).collect::<String>());
    }
    let joined = list.iter().map(|one| print(one, true)).collect::<Vec<_>>().join(operator);
    if inside { format!("({joined})") } else { joined }
}

/// A name where a condition may start.
fn test_name(field: &str) -> String {
    if matches!(field, "not" | "all" | "any" | "and" | "or") { quoted(field) } else { name(field) }
}

fn comparison(left: &str, operator: Operator, operands: &str) -> String {
    match operator {
        Operator::Equals => format!("{left} == {operands}"),
        Operator::NotEquals => format!("{left} != {operands}"),
        Operator::Contains => format!("{left} contains {operands}"),
        Operator::StartsWith => format!("{left} starts with {operands}"),
        Operator::EndsWith => format!("{left} ends with {operands}"),
        Operator::GreaterThan => format!("{left} > {operands}"),
        Operator::GreaterThanOrEqual => format!("{left} >= {operands}"),
        Operator::LessThan => format!("{left} < {operands}"),
        Operator::LessThanOrEqual => format!("{left} <= {operands}"),
        Operator::In => format!("{left} in ({operands})"),
        Operator::NotIn => format!("{left} not in ({operands})"),
        Operator::IsNull => format!("{left} is null"),
        Operator::IsNotNull => format!("{left} is not null"),
    }
}

fn literal(written: &Literal) -> String {
    match written {
        Literal::Null => "null".to_owned(),
        Literal::Text(value) => text(value),
        Literal::Boolean(value) => value.to_string(),
        Literal::Number(value) => value.clone(),
        Literal::List(values) => format!("[{}]", list(values.iter().map(literal))),
    }
}

fn list(entries: impl Iterator<Item = String>) -> String {
    entries.collect::<Vec<_>>().join(", ")
}

fn name(name: &str) -> String {
    if is_bare(name) { name.to_owned() } else { quoted(name) }
}

fn quoted(name: &str) -> String {
    let mut out = String::new();
    encode(name, '`', &mut out);
    out
}

fn text(text: &str) -> String {
    let mut out = String::new();
    encode(text, '"', &mut out);
    out
}

#[cfg(test)]
mod tests;

//! The canonical YAML of a model: what is at its default is left out, short things stand on one line.

use engage_engine::model::{
    Assignment, Choice, Condition, Direction, Embedded, EntityDefinition, EntityPattern, Escalation, Field, FieldKind,
    FieldRef, FieldRequirement, Literal, Model, PatternPart, Query, Sort, Test, WireValue,
};
use engage_playbooks::Library;
use engage_playbooks::bundle::Bundle;
use engage_playbooks::model::{Block, Playbook, Template, Transformation};

mod layout;
mod playbook;
mod source;

pub(crate) use self::layout::visible;

use self::layout::Out;

/// Prints a model and a library: one document per item, in their order. Templates are files of their own.
///
/// The text reads back as the same model, but for a field that one part gives two defaults (or two fixed values): a
/// mapping cannot hold a key twice, and the checker refuses it in either spelling.
///
/// ```
/// use engage_dsl::{Workspace, print};
/// let text = "kind: EntityDefinition\nid: contact\nname: Contact\ncrm: memory\ntype: contact\n";
/// let workspace = Workspace::from_sources([("contact.yaml", text)]);
/// assert_eq!(print::yaml(&workspace.model, &workspace.library), text);
/// ```
pub fn yaml(model: &Model, library: &Library) -> String {
    let mut text = String::new();
    for document in documents(model, library) {
        if !text.is_empty() {
            text.push_str("---\n");
        }
        layout::document(&document, &mut text);
    }
    text
}

/// The same documents as JSON, each from a line of its own. A file of JSON holds one.
pub fn json(model: &Model, library: &Library) -> String {
    let mut text = String::new();
    for document in documents(model, library) {
        layout::json(&document, 0, 0, &mut text);
        text.push('\n');
    }
    text
}

/// A bundle as one document, which ends by saying that it is whole: one that was cut off does not.
pub(crate) fn bundle(bundle: &Bundle, version: u32, as_json: bool) -> String {
    let templates = bundle.library.templates.iter().map(template);
    let items = documents(&bundle.model, &bundle.library).chain(templates).collect();
    let whole = Map::default()
        .text("kind", "Bundle")
        .with("version", Out::word(&version.to_string()))
        .with("items", Out::Rows(items))
        .flag("complete", true)
        .out();
    let mut text = String::new();
    if as_json {
        layout::json(&whole, 0, usize::MAX, &mut text);
        text.push('\n');
    } else {
        layout::document(&whole, &mut text);
    }
    text
}

fn documents(model: &Model, library: &Library) -> impl Iterator<Item = Out> {
    let Model { definitions, patterns } = model;
    let Library { packages: _, playbooks, templates: _, capabilities, mappers } = library;
    let documents = definitions.iter().map(definition).chain(patterns.iter().map(pattern));
    let documents = documents.chain(playbooks.iter().map(playbook::playbook));
    let documents = documents.chain(capabilities.iter().map(playbook::capability));
    documents.chain(mappers.iter().map(playbook::mapper))
}

/// A template, as a bundle holds it.
fn template(template: &Template) -> Out {
    let Template { id, source } = template;
    Map::default().text("kind", "Template").text("id", id).text("text", source).out()
}

/// The properties of a playbook in the YAML form, as JSON.
pub(crate) fn playbook_json(of: &Playbook) -> serde_json::Map<String, serde_json::Value> {
    playbook::playbook(of).object()
}

/// The properties of a block in the YAML form, as JSON.
pub(crate) fn block_json(of: &Block) -> serde_json::Map<String, serde_json::Value> {
    playbook::block(of).object()
}

/// Transformations in the YAML form, as JSON.
pub(crate) fn steps_json(steps: &[Transformation]) -> serde_json::Value {
    Out::List(steps.iter().map(source::transformation).collect()).json()
}

/// The properties of a mapping, in order.
#[derive(Default)]
struct Map(Vec<(String, Out)>);

impl Map {
    fn with(mut self, key: &str, value: Out) -> Self {
        self.0.push((key.to_owned(), value));
        self
    }

    fn text(self, key: &str, value: impl AsRef<str>) -> Self {
        self.with(key, Out::text(value.as_ref()))
    }

    fn some(self, key: &str, value: Option<Out>) -> Self {
        match value {
            Some(value) => self.with(key, value),
            None => self,
        }
    }

    fn described(self, description: &str) -> Self {
        self.some("description", (!description.is_empty()).then(|| Out::text(description)))
    }

    fn flag(self, key: &str, value: bool) -> Self {
        self.some(key, value.then(|| Out::word("true")))
    }

    /// A list, left out when empty.
    fn list(self, key: &str, values: Vec<Out>) -> Self {
        self.some(key, (!values.is_empty()).then_some(Out::List(values)))
    }

    /// A list with one line or block for each element, left out when empty.
    fn rows(self, key: &str, rows: Vec<Out>) -> Self {
        self.some(key, (!rows.is_empty()).then_some(Out::Rows(rows)))
    }

    fn out(self) -> Out {
        Out::Map(self.0)
    }
}

fn names<T: AsRef<str>>(names: &[T]) -> Vec<Out> {
    names.iter().map(|name| Out::text(name.as_ref())).collect()
}

fn definition(definition: &EntityDefinition) -> Out {
    let EntityDefinition { id, name, description, crm, crm_type, fields, idempotency, keys, embedded } = definition;
    Map::default()
        .text("kind", "EntityDefinition")
        .text("id", id)
        .text("name", name)
        .described(description)
        .text("crm", crm)
        .text("type", crm_type)
        .some("idempotency", idempotency.as_ref().map(|field| Out::text(field.as_str())))
        .list("keys", keys.iter().map(|key| Out::List(names(key))).collect())
        .some("embedded", embedded.as_ref().map(embedding))
        .rows("fields", fields.iter().map(|one| field(one, id.as_str())).collect())
        .out()
}

fn embedding(embedded: &Embedded) -> Out {
    let Embedded { parent, collection } = embedded;
    Map::default().text("in", parent).text("as", collection).out()
}

fn field(field: &Field, of: &str) -> Out {
    let Field { name, mapped_name, write, kind, required, read_only, max_length, public, sensitive } = field;
    let map = Map::default()
        .text("name", name)
        .text("mappedName", mapped_name)
        .some("writeName", write.as_deref().map(Out::text));
    field_kind(kind, name.is_id(), of, map)
        .flag("required", *required)
        .flag("readOnly", *read_only)
        .some("maxLength", max_length.map(|max| Out::word(&max.to_string())))
        .flag("public", *public)
        .flag("sensitive", *sensitive)
        .out()
}

fn field_kind(kind: &FieldKind, is_id: bool, of: &str, map: Map) -> Map {
    match kind {
        FieldKind::String { allowed } if !is_id => map.list("allowed", names(allowed)),
        FieldKind::String { allowed } => map.text("type", "String").list("allowed", names(allowed)),
        FieldKind::Choice(choices) => map.text("type", "Choice").with("choices", Out::List(choice_list(choices))),
        FieldKind::MultiChoice(choices) => {
            map.text("type", "MultiChoice").with("choices", Out::List(choice_list(choices)))
        }
        // The type that an `Id` has anyway.
        FieldKind::Ref { entity, via: None } if is_id && entity.as_str() == of => map,
        FieldKind::Ref { entity, via } => {
            map.text("type", "Ref").text("entity", entity).some("via", via.as_deref().map(Out::text))
        }
        FieldKind::Boolean
        | FieldKind::Int
        | FieldKind::Double
        | FieldKind::Decimal
        | FieldKind::Date
        | FieldKind::DateTime => map.text("type", kind.field_type().to_string()),
    }
}

fn choice_list(choices: &[Choice]) -> Vec<Out> {
    choices.iter().map(choice).collect()
}

fn choice(choice: &Choice) -> Out {
    let Choice { name, wire } = choice;
    let value = match wire {
        None => return Out::text(name),
        Some(WireValue::Int(value)) => Out::word(&value.to_string()),
        Some(WireValue::Text(text)) => Out::text(text),
        Some(WireValue::Boolean(value)) => Out::word(&value.to_string()),
    };
    Map::default().text("name", name).with("value", value).out()
}

fn pattern(pattern: &EntityPattern) -> Out {
    let EntityPattern { id, name, description, escalation, parts, requirements } = pattern;
    let map = Map::default().text("kind", "EntityPattern").text("id", id).text("name", name).described(description);
    let reason = escalation.as_ref().map(|Escalation { reason }| Out::text(reason));
    map.some("escalation", reason)
        .with("parts", Out::Rows(parts.iter().map(part).collect()))
        .rows("requirements", requirements.iter().map(requirement).collect())
        .out()
}

fn part(part: &PatternPart) -> Out {
    let PatternPart { ref_id, entity, read_only, multiple, optional, root, replace, match_on, defaults, fixed, query } =
        part;
    Map::default()
        .text("ref", ref_id)
        .text("entity", entity)
        .flag("readOnly", *read_only)
        .flag("multiple", *multiple)
        .flag("optional", *optional)
        .flag("root", *root)
        .flag("replace", *replace)
        .list("match", names(match_on))
        .some("defaults", assignments(defaults))
        .some("fixed", assignments(fixed))
        .some("query", query_of(query))
        .out()
}

fn assignments(assignments: &[Assignment]) -> Option<Out> {
    let entries = assignments.iter().map(|Assignment { field, value }| (field.to_string(), literal(value)));
    (!assignments.is_empty()).then(|| Out::Map(entries.collect()))
}

fn literal(value: &Literal) -> Out {
    match value {
        Literal::Null => Out::word("null"),
        Literal::Text(text) => Out::text(text),
        Literal::Boolean(value) => Out::word(&value.to_string()),
        Literal::Number(spelling) => Out::word(spelling),
        Literal::List(values) => Out::List(values.iter().map(literal).collect()),
    }
}

fn query_of(query: &Query) -> Option<Out> {
    let Query { filter, sort, limit } = query;
    let map = Map::default()
        .some("where", filter.as_ref().map(condition))
        .some("sort", sort.as_ref().map(sorting))
        .some("limit", limit.map(|limit| Out::word(&limit.to_string())));
    (!map.0.is_empty()).then(|| map.out())
}

fn sorting(sort: &Sort) -> Out {
    let Sort { field, direction } = sort;
    let map = Map::default().text("field", field);
    match direction {
        Direction::Ascending => map.out(),
        Direction::Descending => map.text("direction", "descending").out(),
    }
}

fn condition(condition: &Condition<Literal>) -> Out {
    match condition {
        Condition::Test(test) => comparison(test),
        Condition::And(group) => {
            Map::default().with("and", Out::List(group.iter().map(self::condition).collect())).out()
        }
        Condition::Or(group) => Map::default().with("or", Out::List(group.iter().map(self::condition).collect())).out(),
        Condition::Not(inner) => Map::default().with("not", self::condition(inner)).out(),
    }
}

fn comparison(test: &Test<Literal>) -> Out {
    use engage_engine::model::Operator::{In, IsNotNull, IsNull, NotIn};
    let Test { field, operator, operands } = test;
    let map = Map::default().text("field", field).text("operator", operator.name());
    match operator {
        IsNull | IsNotNull => map,
        In | NotIn => map.with("values", Out::List(operands.iter().map(literal).collect())),
        _ => map.some("value", operands.first().map(literal)),
    }
    .out()
}

fn requirement(requirement: &FieldRequirement) -> Out {
    let FieldRequirement { dependent, sources, optional, deferred } = requirement;
    let texts: Vec<Out> = sources.iter().map(reference).collect();
    let source = match <[Out; 1]>::try_from(texts) {
        Ok([only]) => only,
        Err(several) => Out::List(several),
    };
    Map::default()
        .with("dependent", reference(dependent))
        .with("source", source)
        .flag("optional", *optional)
        .flag("deferred", *deferred)
        .out()
}

fn reference(field: &FieldRef) -> Out {
    Out::text(&field.to_string())
}

#[cfg(test)]
mod tests;

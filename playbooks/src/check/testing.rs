//! Playbooks as tests write them: a block per line.
//!
//! `KIND name target flags … : destination <- source | step ; …`, with `a.b.0.*` for paths and `=JSON` for constants.
//! Flags: `app`, `allow`, `after=a,b`, `when=SOURCE Operator JSON` (last). The condition of a filter is
//! `Field Operator source-or-=JSON`.

use engage_engine::Catalog;
use engage_engine::check::check as check_model;
use engage_engine::ids::{CrmName, FieldName, RefId, SemanticId};
use engage_engine::model::{
    Choice, Condition, EntityDefinition, EntityPattern, Escalation, Field, FieldKind, FieldRef, FieldRequirement,
    Literal, Model, Operator, PatternPart, Test,
};
use engage_engine::problem::Severity;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::check;
use crate::compiled::Compiled;
use crate::model::{
    Block, BlockKind, Capability, CapabilityVersion, Comparison, Declared, DeclaredType, FieldMapping, InputValue,
    Library, Operand, Origin, Path, Playbook, Schedule, Segment, Source, Template, Transformation, Trigger,
    TriggerKind, VersionChoice, When,
};
use crate::ports::{TemplateError, TemplateProblem, Templates};
use crate::types::{Shape, Type};

pub(crate) fn id(text: &str) -> SemanticId {
    SemanticId::new(text).unwrap()
}

pub(crate) fn label(text: &str) -> RefId {
    RefId::new(text).unwrap()
}

pub(crate) fn path(text: &str) -> Path {
    let segments = text.split('.').map(|part| match part {
        "*" => Segment::All,
        part => part.parse().map_or_else(|_| Segment::Key(part.into()), Segment::Index),
    });
    Path::new(segments.collect()).unwrap()
}

/// `trigger.a.0`, `=JSON`, with steps behind `|`.
pub(crate) fn source(text: &str) -> Source {
    let mut parts = text.split(" | ").map(str::trim);
    let start = parts.next().unwrap();
    let origin = match start.strip_prefix('=') {
        Some(json) => Origin::Constant(serde_json::from_str(json).unwrap()),
        None => match start.split_once('.') {
            Some((block, at)) => Origin::Block { block: label(block), path: Some(path(at)) },
            None => Origin::Block { block: label(start), path: None },
        },
    };
    Source { origin, transformations: parts.map(step).collect() }
}

fn step(text: &str) -> Transformation {
    let (name, rest) = text.split_once(' ').unwrap_or((text, ""));
    match name {
        "join" => Transformation::Join { separator: ", ".into() },
        "split" => Transformation::Split { separator: ",".into() },
        "serialize" => Transformation::Serialize,
        "decode" => Transformation::Base64Decode,
        "first" => Transformation::First,
        "count" => Transformation::Count,
        "require" => Transformation::Require,
        "extract" => Transformation::Extract(path(rest)),
        "project" => Transformation::Project(rest.split(',').map(str::to_owned).collect()),
        "default" => Transformation::Default(serde_json::from_str(rest).unwrap()),
        "format" => Transformation::Format { pattern: rest.into(), zone: Some("Europe/Copenhagen".into()) },
        "map" => {
            let Value::Object(map) = serde_json::from_str(rest).unwrap() else { panic!("a map is an object") };
            let table = map.into_iter().map(|(from, to)| (Value::String(from), to)).collect();
            Transformation::Map { table, otherwise: None }
        }
        other => panic!("what is {other}?"),
    }
}

fn operator(name: &str) -> Operator {
    Operator::ALL.into_iter().find(|operator| operator.name() == name).unwrap()
}

fn literal(json: &str) -> Literal {
    match serde_json::from_str(json).unwrap() {
        Value::Null => Literal::Null,
        Value::Bool(value) => Literal::Boolean(value),
        Value::Number(number) => Literal::Number(number.to_string()),
        Value::String(text) => Literal::Text(text),
        other => panic!("no literal: {other}"),
    }
}

fn operands(text: &str) -> Vec<Operand> {
    match text {
        "" => Vec::new(),
        text => vec![match text.strip_prefix('=') {
            Some(json) => Operand::Literal(literal(json)),
            None => Operand::Source(source(text)),
        }],
    }
}

fn when(text: &str) -> When {
    let mut words = text.splitn(3, ' ');
    let left = source(words.next().unwrap());
    let operator = operator(words.next().unwrap());
    When::Test(Comparison { left, operator, operands: operands(words.next().unwrap_or("")) })
}

fn declared(text: &str) -> Declared {
    let (name, of) = text.split_once(':').unwrap();
    let (of, optional) = (of.trim_end_matches('?'), of.ends_with('?'));
    let of = match of.trim_end_matches("[]") {
        "string" => DeclaredType::String,
        "boolean" => DeclaredType::Boolean,
        "int" => DeclaredType::Int,
        "double" => DeclaredType::Double,
        "decimal" => DeclaredType::Decimal,
        "date" => DeclaredType::Date,
        "datetime" => DeclaredType::DateTime,
        entity => DeclaredType::Ref(id(entity)),
    };
    let list = text.trim_end_matches('?').ends_with("[]");
    Declared { name: name.into(), of: if list { DeclaredType::List(Box::new(of)) } else { of }, optional }
}

fn trigger(kind: &str, rest: &mut Vec<&str>) -> Trigger {
    let mut trigger = Trigger::new(TriggerKind::of(kind).unwrap());
    for word in rest.drain(..) {
        if let Some(portal) = word.strip_prefix("portal=") {
            trigger.portals.push(portal.into());
        } else if let Some(body) = word.strip_prefix("body=") {
            trigger.body = Some(serde_json::from_str(body).unwrap());
        } else if let Some(cron) = word.strip_prefix("cron=") {
            trigger.schedule = Some(Schedule { cron: cron.replace('_', " "), zone: "Europe/Copenhagen".into() });
        } else {
            trigger.inputs.push(declared(word));
        }
    }
    trigger
}

/// A block of a line.
pub(crate) fn block(line: &str) -> Block {
    let (line, condition) = match line.split_once(" when=") {
        Some((line, condition)) => (line, Some(when(condition))),
        None => (line, None),
    };
    let (head, body) = line.split_once(" : ").unwrap_or((line, ""));
    let mut words: Vec<&str> = head.split_whitespace().collect();
    let mut flag = |wanted: &str| {
        let position = words.iter().position(|word| word.strip_prefix(wanted).is_some())?;
        words.remove(position).strip_prefix(wanted)
    };
    let escalation = flag("app").map(|_| Escalation { reason: "nobody is there".into() });
    let allow_sensitive = flag("allow").map(|_| "it has to".to_owned());
    let after = flag("after=").map_or_else(Vec::new, |names| names.split(',').map(label).collect());
    let (verb, name, target) = (words.remove(0), words.remove(0), if words.is_empty() { "" } else { words.remove(0) });
    let mut mappings = Vec::new();
    let kind = match verb {
        "trigger" => BlockKind::Trigger(trigger(target, &mut words)),
        "read" => BlockKind::Read { pattern: id(target) },
        "create" => BlockKind::Create { pattern: id(target) },
        "update" => BlockKind::Update { pattern: id(target) },
        "template" => BlockKind::Template { template: id(target) },
        "ai" => BlockKind::Ai { capability: id(target), version: VersionChoice::Latest },
        "output" => BlockKind::Output { name: if target.is_empty() { name } else { target }.into() },
        "given" => BlockKind::Input(InputValue::Given(declared(target))),
        "input" => BlockKind::Input(InputValue::Constant(serde_json::from_str(target).unwrap())),
        "file" => BlockKind::File { file: target.into() },
        "filter" => {
            let (pattern, part) = target.split_once('.').unwrap();
            let mut test = body.splitn(3, ' ');
            let field = FieldName::new(test.next().unwrap()).unwrap();
            let operator = operator(test.next().unwrap());
            let operands = operands(test.next().unwrap_or(""));
            let condition = Condition::Test(Test { field, operator, operands });
            BlockKind::Filter { pattern: id(pattern), part: label(part), condition }
        }
        other => panic!("what is {other}?"),
    };
    if verb != "filter" {
        for entry in body.split(" ; ").map(str::trim).filter(|entry| !entry.is_empty()) {
            let (to, from) = entry.split_once(" <- ").unwrap();
            let destination = (to != "*").then(|| path(to));
            mappings.push(FieldMapping { destination, source: source(from) });
        }
    }
    Block {
        name: label(name),
        title: String::new(),
        kind,
        when: condition,
        after,
        escalation,
        allow_sensitive,
        mappings,
        position: None,
    }
}

pub(crate) fn playbook(name: &str, lines: &str) -> Playbook {
    Playbook {
        id: id(name),
        name: name.into(),
        description: String::new(),
        package: None,
        fork: None,
        deadline: None,
        concurrency: None,
        blocks: lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(block).collect(),
    }
}

fn field(text: &str) -> Field {
    let mut words = text.split_whitespace();
    let name = FieldName::new(words.next().unwrap()).unwrap();
    let mut field = Field::new(name, "column", FieldKind::String { allowed: Vec::new() });
    field.mapped_name = field.name.to_string();
    while let Some(word) = words.next() {
        match word {
            "required" => field.required = true,
            "readonly" => field.read_only = true,
            "sensitive" => field.sensitive = true,
            "max" => field.max_length = words.next().map(|max| max.parse().unwrap()),
            "int" => field.kind = FieldKind::Int,
            "boolean" => field.kind = FieldKind::Boolean,
            "double" => field.kind = FieldKind::Double,
            "decimal" => field.kind = FieldKind::Decimal,
            "date" => field.kind = FieldKind::Date,
            "datetime" => field.kind = FieldKind::DateTime,
            "choice" => {
                let names = words.next().unwrap().split('|');
                field.kind = FieldKind::Choice(names.map(|name| Choice { name: name.into(), wire: None }).collect());
            }
            "ref" => {
                let via = Some(field.name.to_string());
                field.kind = FieldKind::Ref { entity: id(words.next().unwrap()), via };
            }
            other => panic!("what is {other}?"),
        }
    }
    field
}

fn entity(crm: &str, name: &str, fields: &str) -> EntityDefinition {
    EntityDefinition {
        id: id(name),
        name: name.into(),
        description: String::new(),
        crm: CrmName::new(crm).unwrap(),
        crm_type: name.into(),
        fields: fields.split(',').map(field).collect(),
        idempotency: None,
        keys: Vec::new(),
        embedded: None,
    }
}

fn pattern(name: &str, parts: &[&str], requirements: &[(&str, &str)]) -> EntityPattern {
    let part = |text: &&str| {
        let mut words = text.split_whitespace();
        let (name, of) = (words.next().unwrap(), words.next().unwrap());
        let mut part = PatternPart::new(label(name.trim_end_matches("[]")), id(of));
        part.multiple = name.ends_with("[]");
        for word in words {
            match word {
                "readonly" => part.read_only = true,
                "optional" => part.optional = true,
                "root" => part.root = true,
                other => panic!("what is {other}?"),
            }
        }
        part
    };
    let reference = |text: &str| {
        let (part, field) = text.split_once('.').unwrap();
        FieldRef { part: label(part), field: FieldName::new(field).unwrap() }
    };
    let requirement = |(dependent, source): &(&str, &str)| FieldRequirement {
        dependent: reference(dependent),
        sources: vec![reference(source)],
        optional: false,
        deferred: false,
    };
    EntityPattern {
        id: id(name),
        name: name.into(),
        description: String::new(),
        escalation: None,
        parts: parts.iter().map(part).collect(),
        requirements: requirements.iter().map(requirement).collect(),
    }
}

/// Contacts, accounts and events, on two CRMs.
pub(crate) fn catalog() -> Catalog {
    let mut model = Model::default();
    for crm in ["crm-a", "crm-b"] {
        let max = if crm == "crm-b" { 12 } else { 10 };
        let contact = format!(
            "FirstName, LastName required max {max}, Email, Cpr sensitive, AccountId ref account, Born date, Kind choice A|B"
        );
        model.definitions.extend([
            entity(crm, "contact", &contact),
            entity(crm, "account", "Name required, Amount decimal, Score int, Vip boolean, Rate double, Seen datetime"),
            entity(
                crm,
                "event",
                "Subject required, Start datetime required, Place, AccountId ref account, ContactId ref contact",
            ),
        ]);
    }
    model.definitions.push(entity("crm-a", "lead", "Subject required, OwnerId ref contact"));
    model.patterns = vec![
        pattern("people", &["contact contact"], &[]),
        pattern("crowd", &["contacts[] contact"], &[]),
        pattern(
            "customer",
            &["account account root", "contacts[] contact optional"],
            &[("contacts.AccountId", "account.Id")],
        ),
        pattern("meeting", &["account account readonly", "event event"], &[("event.AccountId", "account.Id")]),
        pattern("visitor", &["contact contact", "event event"], &[("event.ContactId", "contact.Id")]),
        pattern("lead", &["lead lead"], &[]),
    ];
    let checked = check_model(&model);
    let problems = format!("{:?}", checked.problems);
    checked.catalog.unwrap_or_else(|| panic!("{problems}"))
}

/// A template names its variables, separated by blanks; `?` marks one that may be absent.
pub(crate) struct Words;

impl Templates for Words {
    fn inspect(&self, source: &str) -> Result<Type, Vec<TemplateProblem>> {
        if let Some(offset) = source.find('%') {
            let message = "`%` is not supported".to_owned();
            return Err(vec![TemplateProblem { offset, message, help: None, suggestion: None }]);
        }
        let any = || Type::of(Shape::Any);
        Ok(Type::object(source.split_whitespace().map(|word| match word.strip_suffix('?') {
            Some(word) => (word, any().optional().nullable()),
            None => (word, any()),
        })))
    }

    fn render(&self, source: &str, _: &Value, _: Timestamp) -> Result<String, TemplateError> {
        Ok(source.to_owned())
    }
}

pub(crate) fn library(playbooks: Vec<Playbook>) -> Library {
    let template = |name: &str, source: &str| Template { id: id(name), source: source.into() };
    let text = || json!({"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]});
    let version = |number| CapabilityVersion {
        number,
        model: "small".into(),
        prompt: "Say it in one sentence.".into(),
        input: text(),
        output: text(),
        max_tokens: None,
    };
    Library {
        packages: Vec::new(),
        playbooks,
        templates: vec![template("note", "title guests?"), template("one", "text")],
        capabilities: vec![Capability {
            id: id("summary"),
            name: "Summary".into(),
            description: String::new(),
            versions: vec![version(1), version(2)],
        }],
        mappers: Vec::new(),
    }
}

/// What is found in a library, a line each: `E0601 Block(1): message`; a warning begins with `W`.
pub(crate) fn found(library: &Library, catalog: &Catalog) -> Vec<String> {
    let checked = check(library, catalog, Some(&Words));
    assert_eq!(checked.playbooks.is_some(), checked.errors().next().is_none());
    let line = |problem: &engage_engine::problem::Problem| {
        let sign = if problem.severity == Severity::Warning { "W " } else { "" };
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

/// Asserts what is found in one playbook.
#[track_caller]
pub(crate) fn finds(lines: &str, expected: &[&str]) {
    assert_eq!(found(&library(vec![playbook("p", lines)]), &catalog()), expected);
}

/// A playbook compiled on `crm-a`.
pub(crate) fn compiled(lines: &str) -> std::sync::Arc<Compiled> {
    let checked = check(&library(vec![playbook("p", lines)]), &catalog(), Some(&Words));
    let problems = format!("{:#?}", checked.problems);
    let playbooks = checked.playbooks.unwrap_or_else(|| panic!("{problems}"));
    playbooks.get("crm-a", "p").unwrap().clone()
}

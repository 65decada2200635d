//! Reads an input from JSON, typed by the pattern's entities.

use std::collections::{BTreeMap, HashMap, HashSet};

use serde_json::{Map, Value as Json};

use super::problem::{self, InputProblem};
use super::{Input, PartInput, filter};
use crate::catalog::{EntityField, Part, Pattern};
use crate::ids::FieldName;
use crate::nearest::nearest;
use crate::typing;
use crate::value::{Instance, Value};

/// The key under which a part's condition stands instead of an instance.
pub(super) const FILTER: &str = "$filter";

/// The most instances of one operation, over all parts.
const MAX_INSTANCES: usize = 100_000;

/// The most problems that are told.
const MAX_PROBLEMS: usize = 1_000;

pub(super) fn read(pattern: &Pattern, json: &Json) -> Result<Input, Vec<InputProblem>> {
    let mut reader = Reader { problems: Vec::new(), instances: 0 };
    let mut input = Input { parts: BTreeMap::new() };
    match json {
        Json::Object(parts) => {
            for (label, json) in parts {
                if let Some(part) = reader.known(pattern, label) {
                    let given = reader.part(part, json, label);
                    input.parts.extend(given.map(|given| (part.ref_id.clone(), given)));
                }
            }
        }
        other => {
            let message = format!("an input is an object by part, this is {}", kind(other));
            reader.wrong_form("", message, "write `{\"part\": {\"Field\": …}}`");
        }
    }
    if reader.problems.is_empty() { Ok(input) } else { Err(reader.problems) }
}

fn kind(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "text",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

struct Reader {
    problems: Vec<InputProblem>,
    instances: usize,
}

impl Reader {
    fn report(&mut self, problem: InputProblem) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        }
    }

    fn wrong_form(&mut self, path: &str, message: String, help: &str) {
        self.report(InputProblem::new(&problem::FORM, path, message).help(help));
    }

    fn known<'p>(&mut self, pattern: &'p Pattern, label: &str) -> Option<&'p Part> {
        let part = pattern.part(label);
        if part.is_none() && self.problems.len() < MAX_PROBLEMS {
            let labels = pattern.parts.iter().map(|part| part.ref_id.as_str());
            let message = format!("`{}` has no part `{label}`", pattern.id);
            let problem = InputProblem::new(&problem::UNKNOWN_PART, label, message).suggest(nearest(label, labels));
            self.report(problem.help("use a reference id of the pattern"));
        }
        part
    }

    fn part(&mut self, part: &Part, json: &Json, path: &str) -> Option<PartInput> {
        match json {
            Json::Object(map) if map.contains_key(FILTER) => self.filter(part, map, path),
            Json::Object(map) => {
                self.count(1, path)?;
                let instance = self.instance(part, map, path)?;
                Some(if part.multiple { PartInput::Many(vec![instance]) } else { PartInput::One(instance) })
            }
            Json::Array(items) => self.list(part, items, path),
            other => {
                let help = match other {
                    Json::Null => "leave the part out, or write `{}` for an instance without values",
                    _ => "write an object by field, or a list of them",
                };
                self.wrong_form(path, format!("`{}` takes instances, this is {}", part.ref_id, kind(other)), help);
                None
            }
        }
    }

    fn count(&mut self, more: usize, path: &str) -> Option<()> {
        let before = self.instances <= MAX_INSTANCES;
        self.instances = self.instances.saturating_add(more);
        if self.instances <= MAX_INSTANCES {
            return Some(());
        }
        if before {
            let message = format!("more than {MAX_INSTANCES} instances");
            self.report(
                InputProblem::new(&problem::TOO_LARGE, path, message).help("split the input over several operations"),
            );
        }
        None
    }

    fn filter(&mut self, part: &Part, map: &Map<String, Json>, path: &str) -> Option<PartInput> {
        let path = format!("{path}.{FILTER}");
        if map.len() > 1 {
            let message = format!("`{FILTER}` stands alone");
            let help = "give either instances or a condition";
            self.report(InputProblem::new(&problem::FILTER, &path, message).help(help));
        }
        match filter::from_json(&part.entity, map.get(FILTER)?, &path) {
            Ok(condition) => Some(PartInput::Filter(condition)),
            Err(problems) => {
                problems.into_iter().for_each(|problem| self.report(problem));
                None
            }
        }
    }

    fn list(&mut self, part: &Part, items: &[Json], path: &str) -> Option<PartInput> {
        if items.iter().any(Json::is_array) {
            let message = format!("`{}` is given lists inside a list", part.ref_id);
            let help = "lists per parent cannot be expressed in one pattern: give one flat list, or run the pattern once per parent";
            self.wrong_form(path, message, help);
            return None;
        }
        self.count(items.len(), path)?;
        if !part.multiple && items.len() != 1 {
            let message = format!("`{}` is single and is given a list of {}", part.ref_id, items.len());
            self.wrong_form(path, message, "give one instance, or make the part multiple in its pattern");
            return None;
        }
        let mut instances = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let path = format!("{path}[{index}]");
            match item {
                Json::Object(map) if map.contains_key(FILTER) => {
                    let message = format!("`{FILTER}` cannot stand in a list");
                    self.report(
                        InputProblem::new(&problem::FILTER, path, message).help("give it in place of the list"),
                    );
                }
                Json::Object(map) => instances.extend(self.instance(part, map, &path)),
                other => self.wrong_form(
                    &path,
                    format!("an instance is an object by field, this is {}", kind(other)),
                    "write `{\"Field\": …}`",
                ),
            }
        }
        self.repeated(part, &instances, path);
        if part.multiple {
            return Some(PartInput::Many(instances));
        }
        instances.pop().map(PartInput::One)
    }

    /// Written twice, one of the two would be lost.
    fn repeated(&mut self, part: &Part, instances: &[Instance], path: &str) {
        if part.read_only {
            return;
        }
        let mut seen = HashSet::new();
        for (index, instance) in instances.iter().enumerate() {
            let Some(Value::Id(id)) = instance.get(FieldName::ID) else { continue };
            if !seen.insert(id.as_str()) {
                let message = format!("`{}` is given this record twice", part.ref_id);
                let problem = InputProblem::new(&problem::RECORD_ID, format!("{path}[{index}].Id"), message);
                self.report(problem.help("give each record once, with all its values"));
            }
        }
    }

    fn instance(&mut self, part: &Part, map: &Map<String, Json>, path: &str) -> Option<Instance> {
        let before = self.problems.len();
        let mut instance = Instance::new();
        for (name, json) in map {
            let Some(field) = part.entity.field(name) else {
                self.unknown_field(part, name, path);
                continue;
            };
            if let Some(value) = self.value(part, field, json, &format!("{path}.{name}")) {
                instance.insert(field.name.clone(), value);
            }
        }
        self.columns(part, &instance, path);
        (self.problems.len() == before).then_some(instance)
    }

    fn unknown_field(&mut self, part: &Part, name: &str, path: &str) {
        if self.problems.len() >= MAX_PROBLEMS {
            return;
        }
        let names = part.entity.fields.iter().map(|field| field.name.as_str());
        let message = format!("`{}` has no field `{name}`", part.entity.id);
        let problem = InputProblem::new(&problem::UNKNOWN_FIELD, format!("{path}.{name}"), message);
        self.report(problem.help("use a field of the entity").suggest(nearest(name, names)));
    }

    fn value(&mut self, part: &Part, field: &EntityField, json: &Json, path: &str) -> Option<Value> {
        let name = &field.name;
        let problem = match typing::from_json(field, json) {
            Ok(Value::Null) if name.is_id() => InputProblem::new(&problem::RECORD_ID, path, "`Id` cannot be null")
                .help("leave it out where the record does not exist yet"),
            Err(wrong) if name.is_id() => InputProblem::new(&problem::RECORD_ID, path, format!("`Id`: {wrong}"))
                .help("write the record's Id as text"),
            Ok(value) if name.is_id() => return Some(value),
            _ if part.read_only => {
                let message = format!("`{}` is read-only and takes no `{name}`", part.ref_id);
                let help = format!("give the record's `Id`, or find it by `{FILTER}`");
                InputProblem::new(&problem::NOT_WRITABLE, path, message).help(help)
            }
            _ if field.read_only() => {
                let message = format!("`{name}` of `{}` is read-only", part.entity.id);
                InputProblem::new(&problem::NOT_WRITABLE, path, message).help("leave it out")
            }
            Ok(Value::Null) if field.required => {
                let message = format!("`{name}` is required and cannot be cleared");
                InputProblem::new(&problem::VALUE, path, message).help("leave it out to keep its value, or give one")
            }
            Ok(value) => return Some(value),
            Err(wrong) => {
                let problem = InputProblem::new(&problem::VALUE, path, format!("`{name}`: {wrong}"));
                match wrong.help() {
                    Some(help) => problem.help(help).suggest(wrong.suggestion),
                    None => problem.suggest(wrong.suggestion),
                }
            }
        };
        self.report(problem);
        None
    }

    /// Of the targets of one polymorphic reference an instance has one.
    fn columns(&mut self, part: &Part, instance: &Instance, path: &str) {
        let mut columns: HashMap<&str, &FieldName> = HashMap::new();
        for (name, _) in instance.iter().filter(|(_, value)| !value.is_null()) {
            let column = part.entity.field(name.as_str()).and_then(|field| field.write_column.as_deref());
            let Some(other) = column.and_then(|column| columns.insert(column, name)) else { continue };
            let message = format!("`{other}` and `{name}` are targets of one reference and both have a value");
            let problem = InputProblem::new(&problem::COLUMN, format!("{path}.{name}"), message);
            self.report(problem.help("give one of them"));
        }
    }
}

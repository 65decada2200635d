//! Types as schemas. A type has one schema for what is written and one for what is read; where both are the same, they have one name.

use std::collections::BTreeSet;

use schemars::generate::{SchemaGenerator, SchemaSettings};
use serde_json::{Map, Value, json};

use super::{Shape, Surface};

/// Where schemas of answers stand, and where those of bodies stand until they have a name.
const WRITTEN: &str = "#/components/schemas/";
const READ: &str = "#/components/read/";
/// What is put behind the name of a type that is read otherwise than it is written.
const INPUT: &str = "Input";

/// The schemas of a document, as they are asked for.
pub(super) struct Schemas {
    written: SchemaGenerator,
    read: SchemaGenerator,
}

impl Schemas {
    pub(super) fn new() -> Self {
        let at = |settings: SchemaSettings, path: &'static str| {
            settings.with(|settings| settings.definitions_path = path.into()).into_generator()
        };
        Self {
            written: at(SchemaSettings::draft2020_12().for_serialize(), WRITTEN),
            read: at(SchemaSettings::draft2020_12().for_deserialize(), READ),
        }
    }

    /// The schema of what is written into answers.
    pub(super) fn written(&mut self, shape: Shape) -> Value {
        (shape.0)(&mut self.written).to_value()
    }

    /// The schema of what is read of requests.
    pub(super) fn read(&mut self, shape: Shape) -> Value {
        (shape.0)(&mut self.read).to_value()
    }

    /// Every schema by its name; what refers to them is told the names that they have now.
    pub(super) fn finish(mut self, surface: &Surface<'_>, paths: &mut Value) -> Map<String, Value> {
        let mut written = self.written.take_definitions(true);
        let mut read = self.read.take_definitions(true);
        for schema in written.values_mut().chain(read.values_mut()) {
            (surface.reshape)(schema);
            plain(schema);
        }
        read.values_mut().for_each(unset);
        (surface.reshape)(paths);
        plain(paths);
        let others = otherwise(&written, &read);
        renamed(paths, &others);
        for (name, mut schema) in read {
            renamed(&mut schema, &others);
            if others.contains(&name) {
                written.insert(format!("{name}{INPUT}"), schema);
            } else {
                written.entry(name).or_insert(schema);
            }
        }
        reached(written, paths)
    }
}

/// What types say of earlier versions, whether a surface has any or not, is no part of a document.
fn plain(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|name, _| !matches!(name.as_str(), "x-since" | "x-required-in" | "x-names"));
            if members.get("format").is_some_and(|format| format == "int32") {
                // The name of a format binds nobody.
                members.entry("minimum").or_insert_with(|| i32::MIN.into());
                members.entry("maximum").or_insert_with(|| i32::MAX.into());
            }
            members.values_mut().for_each(plain);
        }
        Value::Array(items) => items.iter_mut().for_each(plain),
        _ => {}
    }
}

/// What need not be sent may be sent as `null`, which is as if it was not there.
fn unset(value: &mut Value) {
    match value {
        Value::Object(members) => {
            let needed = members.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
            let properties = members.get_mut("properties").and_then(Value::as_object_mut);
            for (name, property) in properties.into_iter().flatten() {
                if let (false, Some(kind @ Value::String(_))) =
                    (needed.contains(&json!(name)), property.get_mut("type"))
                {
                    *kind = json!([kind, "null"]);
                }
            }
            members.values_mut().for_each(unset);
        }
        Value::Array(items) => items.iter_mut().for_each(unset),
        _ => {}
    }
}

/// The types that are read otherwise than they are written: of themselves, or as they hold one that is.
fn otherwise(written: &Map<String, Value>, read: &Map<String, Value>) -> BTreeSet<String> {
    let none = BTreeSet::new();
    let differs = |(name, schema): &(&String, &Value)| {
        let mut plain = (*schema).clone();
        renamed(&mut plain, &none);
        written.get(*name).is_some_and(|written| *written != plain)
    };
    let mut others: BTreeSet<String> = read.iter().filter(differs).map(|(name, _)| name.clone()).collect();
    loop {
        let holds = |(name, schema): &(&String, &Value)| {
            let mut named = BTreeSet::new();
            references(schema, READ, &mut named);
            !others.contains(*name) && written.contains_key(*name) && !named.is_disjoint(&others)
        };
        let more: Vec<String> = read.iter().filter(holds).map(|(name, _)| name.clone()).collect();
        if more.is_empty() {
            return others;
        }
        others.extend(more);
    }
}

/// References to what is read, as references to the names of the document.
fn renamed(value: &mut Value, others: &BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) if name == "$ref" => {
                        if let Some(of) = text.strip_prefix(READ) {
                            let input = if others.contains(of) { INPUT } else { "" };
                            *text = format!("{WRITTEN}{of}{input}");
                        }
                    }
                    value => renamed(value, others),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| renamed(item, others)),
        _ => {}
    }
}

/// The names of those schemas below a place that something refers to.
fn references(value: &Value, place: &str, to: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            let named = members.get("$ref").and_then(Value::as_str).and_then(|text| text.strip_prefix(place));
            to.extend(named.map(str::to_owned));
            members.values().for_each(|value| references(value, place, to));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, place, to)),
        _ => {}
    }
}

/// What the paths lead to, by name: a version may have done away with members that led to the rest.
fn reached(all: Map<String, Value>, paths: &Value) -> Map<String, Value> {
    let (mut seen, mut next) = (BTreeSet::new(), BTreeSet::new());
    references(paths, WRITTEN, &mut next);
    while let Some(name) = next.pop_first() {
        let mut found = BTreeSet::new();
        all.get(&name).into_iter().for_each(|schema| references(schema, WRITTEN, &mut found));
        seen.insert(name);
        next.extend(found.difference(&seen).cloned().collect::<Vec<_>>());
    }
    let mut kept: Vec<(String, Value)> = all.into_iter().filter(|(name, _)| seen.contains(name)).collect();
    kept.sort_by(|(one, _), (other, _)| one.cmp(other));
    kept.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::openapi::Surface;

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Leaf {
        needed: u8,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Branch {
        leaf: Leaf,
        may: Option<u8>,
        #[serde(default)]
        many: Vec<u8>,
    }

    #[derive(Serialize, Deserialize, JsonSchema)]
    struct Tree {
        branch: Branch,
    }

    #[test]
    fn what_is_read_otherwise_than_written_has_two_names_and_so_has_what_holds_it() {
        let mut schemas = Schemas::new();
        let tree = Shape::of::<Tree>();
        let mut paths = serde_json::json!({"written": schemas.written(tree), "read": schemas.read(tree)});
        let surface =
            Surface { title: "", version: "", description: "", prefix: "", tags: &[], reasons: &[], reshape: &|_| () };
        let all = schemas.finish(&surface, &mut paths);
        assert_eq!(all.keys().collect::<Vec<_>>(), ["Branch", "BranchInput", "Leaf", "Tree", "TreeInput"]);
        assert_eq!(paths["read"]["$ref"], "#/components/schemas/TreeInput");
        assert_eq!(all["BranchInput"]["properties"]["leaf"]["$ref"], "#/components/schemas/Leaf");
        assert_eq!(all["Branch"]["required"], serde_json::json!(["leaf", "may", "many"]));
        assert_eq!(all["BranchInput"]["required"], serde_json::json!(["leaf"]));
        assert_eq!(all["BranchInput"]["properties"]["many"]["type"], serde_json::json!(["array", "null"]));
    }
}

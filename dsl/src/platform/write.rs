//! From the model, by way of the YAML form, to the platform's JSON.

use engage_playbooks::Path;
use engage_playbooks::model::{
    Block, BlockKind, FieldMapping, Operand, Origin, Playbook, Source, Transformation, VersionChoice,
};
use serde_json::{Map, Value, json};

use super::{COMPARED, TRANSFORMATIONS, TYPES};
use crate::print;

/// The platform's JSON of a playbook. [`read`](super::read) gives the same playbook back.
///
/// ```
/// let text = r#"{"id": "p", "blocks": [{"name": "trigger", "type": "Trigger", "value": "CustomerOverview"}], "relations": []}"#;
/// let playbook = engage_dsl::platform::read("p.platform.json", text)?;
/// let written = engage_dsl::platform::write(&playbook);
/// assert_eq!(engage_dsl::platform::read("p.platform.json", &written)?, playbook);
/// # Ok::<(), engage_dsl::Rejected>(())
/// ```
pub fn write(playbook: &Playbook) -> String {
    let Playbook { id, name, description, package: _, fork: _, deadline: _, concurrency: _, blocks } = playbook;
    let mut out = Map::new();
    out.insert("id".to_owned(), json!(id.as_str()));
    out.insert("name".to_owned(), json!(name));
    out.insert("description".to_owned(), json!(description));
    out.insert("blocks".to_owned(), blocks.iter().map(block).collect());
    out.insert("relations".to_owned(), blocks.iter().flat_map(relations).collect());
    let mut house = print::playbook_json(playbook);
    let kept = ["fork", "deadline", "concurrency"].into_iter().filter_map(|key| house.remove_entry(key)).collect();
    extend(&mut out, kept);
    let mut text = print::visible(&serde_json::to_string_pretty(&Value::Object(out)).unwrap_or_default());
    text.push('\n');
    text
}

/// Adds what the platform has no place for.
fn extend(out: &mut Map<String, Value>, extension: Map<String, Value>) {
    if !extension.is_empty() {
        out.insert("engage".to_owned(), Value::Object(extension));
    }
}

fn block(block: &Block) -> Value {
    let mut house = print::block_json(block);
    // The inputs are relations and constants, and so is what a filter compares with.
    house.shift_remove("input");
    house.shift_remove("name");
    let of = house.shift_remove("type").unwrap_or_default();
    let (of, ..) = TYPES.into_iter().find(|(_, house, _)| of == *house).unwrap_or_default();
    let mut out = Map::new();
    out.insert("name".to_owned(), json!(block.name.as_str()));
    out.insert("type".to_owned(), json!(of));
    if let Some(value) = value(block, &mut house) {
        out.insert("value".to_owned(), value);
    }
    if let Some(position) = house.shift_remove("position") {
        out.insert("position".to_owned(), position);
    }
    let constants = constants(&block.mappings);
    if !constants.is_empty() {
        house.insert("constants".to_owned(), Value::Array(constants));
    }
    extend(&mut out, house);
    Value::Object(out)
}

/// The value of a block; what it takes from the YAML form is taken out there.
fn value(block: &Block, house: &mut Map<String, Value>) -> Option<Value> {
    match &block.kind {
        BlockKind::Trigger(_) => {
            let mut value = Map::new();
            value.insert("type".to_owned(), house.shift_remove("event")?);
            if let Some(portals) = house.shift_remove("portals") {
                value.insert("scope".to_owned(), portals);
            }
            Some(Value::Object(value))
        }
        BlockKind::Filter { .. } => {
            let mut value = Map::new();
            for key in ["pattern", "part"] {
                value.insert(key.to_owned(), house.shift_remove(key)?);
            }
            if let Some(relation) = compared(block) {
                let Some(Value::Object(mut comparison)) = house.shift_remove("where") else { return None };
                if relation.is_some() {
                    comparison.shift_remove("value");
                }
                value.extend(comparison);
            }
            Some(Value::Object(value))
        }
        BlockKind::Ai { version, .. } => {
            let version = match version {
                VersionChoice::Latest => json!("latest"),
                VersionChoice::Pinned(number) => json!(number),
            };
            house.shift_remove("version");
            Some(json!({ "capability": house.shift_remove("capability")?, "version": version }))
        }
        BlockKind::Output { name } => {
            house.shift_remove("result");
            Some(json!(name))
        }
        BlockKind::Input(_) => house.shift_remove("value"),
        BlockKind::Read { .. } | BlockKind::Create { .. } | BlockKind::Update { .. } => house.shift_remove("pattern"),
        BlockKind::Template { .. } => house.shift_remove("template"),
        BlockKind::File { .. } => house.shift_remove("file"),
    }
}

/// Of a filter that is one comparison as the platform has them: the source that it compares with, if it is no literal.
fn compared(block: &Block) -> Option<Option<&Source>> {
    use engage_engine::model::{Condition, Operator};
    let BlockKind::Filter { condition: Condition::Test(test), .. } = &block.kind else { return None };
    let literals = test.operands.iter().all(|operand| matches!(operand, Operand::Literal(_)));
    match test.operands.as_slice() {
        _ if literals => Some(None),
        [Operand::Source(source)] if !matches!(test.operator, Operator::In | Operator::NotIn) => {
            matches!(source.origin, Origin::Block { .. }).then_some(Some(source))
        }
        _ => None,
    }
}

/// The constants among the inputs of a block, each with its place.
fn constants(mappings: &[FieldMapping]) -> Vec<Value> {
    let constant = |(at, mapping): (usize, &FieldMapping)| {
        let FieldMapping { destination, source } = mapping;
        let Origin::Constant(value) = &source.origin else { return None };
        let mut out = Map::new();
        out.insert("at".to_owned(), json!(at));
        if let Some(to) = destination {
            out.insert("to".to_owned(), json!(to.to_string()));
        }
        out.insert("value".to_owned(), value.clone());
        if !source.transformations.is_empty() {
            out.insert("then".to_owned(), print::steps_json(&source.transformations));
        }
        Some(Value::Object(out))
    };
    mappings.iter().enumerate().filter_map(constant).collect()
}

/// The relations into a block: one for each run of mappings from the same source, so that their order stays.
fn relations(block: &Block) -> Vec<Value> {
    let given = compared(block).flatten();
    let given = given.map(|source| mapping(Some(COMPARED.to_owned()), source));
    let own = block
        .mappings
        .iter()
        .map(|FieldMapping { destination, source }| mapping(destination.as_ref().map(Path::to_string), source));
    let mut runs: Vec<(String, Vec<Value>)> = Vec::new();
    for (source, mapping) in given.into_iter().chain(own).flatten() {
        match runs.last_mut() {
            Some((last, mappings)) if *last == source => mappings.push(mapping),
            _ => runs.push((source, vec![mapping])),
        }
    }
    let target = block.name.as_str();
    runs.into_iter()
        .map(|(source, mappings)| json!({ "source": source, "target": target, "mappings": mappings }))
        .collect()
}

/// A mapping from a block, and that block.
fn mapping(destination: Option<String>, source: &Source) -> Option<(String, Value)> {
    let Source { origin: Origin::Block { block, path }, transformations } = source else { return None };
    let mut out = Map::new();
    out.insert("sourcePath".to_owned(), json!(path.as_ref().map(Path::to_string).unwrap_or_default()));
    out.insert("destinationPath".to_owned(), json!(destination.unwrap_or_default()));
    let steps: Option<Vec<Value>> = transformations.iter().map(transformation).collect();
    match steps {
        Some(steps) => drop(out.insert("transformations".to_owned(), Value::Array(steps))),
        None => extend(&mut out, Map::from_iter([("then".to_owned(), print::steps_json(transformations))])),
    }
    Some((block.to_string(), Value::Object(out)))
}

/// A transformation of the platform's.
fn transformation(step: &Transformation) -> Option<Value> {
    let (name, _, argument) = TRANSFORMATIONS.into_iter().find(|(_, word, _)| *word == step.word())?;
    let mut out = Map::new();
    out.insert("type".to_owned(), json!(name));
    let value = match step {
        Transformation::Extract(path) => json!(path.to_string()),
        Transformation::Project(fields) => json!(fields),
        Transformation::Join { separator } | Transformation::Split { separator } => json!(separator),
        _ => Value::Null,
    };
    if let Some(argument) = argument {
        out.insert(argument.to_owned(), value);
    }
    Some(Value::Object(out))
}

//! The checker accepts no playbook whose execution then fails on a type: random playbooks on random events, most of them
//! refused, the others run as far as their inputs.

use std::cell::Cell;

use engage_engine::Input;
use engage_engine::ids::RefId;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use super::super::flow::Flow;
use super::super::known::Known;
use super::super::shape::{Shape, sources};
use super::super::testing::{Words, block, catalog, library, path, playbook};
use crate::check;
use crate::model::{FieldMapping, Library, Origin, Source, Transformation, Trigger, TriggerKind};
use crate::transform::{TransformErrorKind, evaluate, input};
use crate::triggers;
use crate::types::arbitrary::{any_path, any_transformation, any_type, path_in, value_of};
use crate::types::{Object, Rest, Shape as TypeShape, Type, conforms};

/// A JSON Schema of a type, as far as schemas can say it.
fn schema(of: &Type) -> Value {
    let named = |name: &str| match of.nullable {
        true => json!({"type": [name, "null"]}),
        false => json!({"type": name}),
    };
    let text = |format: &str| {
        let mut text = named("string");
        text["format"] = json!(format);
        text
    };
    match &of.shape {
        TypeShape::Text(_) => named("string"),
        TypeShape::Choice(names) => {
            let names = names.iter().map(|name| json!(name)).chain(of.nullable.then_some(Value::Null));
            json!({ "enum": names.collect::<Vec<_>>() })
        }
        TypeShape::Boolean => named("boolean"),
        TypeShape::Int => named("integer"),
        TypeShape::Double => named("number"),
        TypeShape::Decimal => text("decimal"),
        TypeShape::Date => text("date"),
        TypeShape::DateTime => text("date-time"),
        TypeShape::Id(_) => text("id"),
        TypeShape::List(element) => {
            let mut list = named("array");
            list["items"] = schema(element);
            list
        }
        TypeShape::Object(object) => object_schema(object, named("object")),
        _ => json!({}),
    }
}

fn object_schema(object: &Object, mut schema: Value) -> Value {
    let properties = object.fields.iter().map(|(key, of)| (key.clone(), self::schema(of)));
    schema["properties"] = Value::Object(properties.collect());
    let required = object.fields.iter().filter(|(_, of)| !of.optional).map(|(key, _)| key.as_str());
    schema["required"] = required.collect();
    match &object.rest {
        Rest::Closed => schema["additionalProperties"] = json!(false),
        Rest::Hidden => {}
        Rest::Map(of) => schema["additionalProperties"] = self::schema(of),
    }
    schema
}

/// An event's body: an object.
fn body() -> impl Strategy<Value = Trigger> {
    prop::collection::btree_map(prop::sample::select(&["a", "b", "c"][..]), any_type(), 1..4).prop_map(|fields| {
        let of = Type::object(fields);
        Trigger { body: Some(schema(&of)), ..Trigger::new(TriggerKind::Webhook) }
    })
}

/// Where values may go: a block, which has what it needs but for the mappings, and a destination in it.
const PLACES: [(&str, &str); 17] = [
    ("create made customer app : account.Name <- =\"x\"", "account.Amount"),
    ("create made customer app : account.Name <- =\"x\"", "account.Score"),
    ("create made customer app : account.Name <- =\"x\"", "account.Vip"),
    ("create made customer app : account.Name <- =\"x\"", "account.Rate"),
    ("create made customer app : account.Name <- =\"x\"", "account.Seen"),
    ("create made customer app", "account.Name"),
    ("create made people app : contact.LastName <- =\"x\"", "contact.Born"),
    ("create made people app : contact.LastName <- =\"x\"", "contact.Kind"),
    ("create made people app : contact.LastName <- =\"x\"", "contact.AccountId"),
    ("create made people app", "contact"),
    ("create made crowd app", "contacts"),
    ("create made crowd app", "contacts.*.LastName"),
    ("update made people app : contact.LastName <- =\"x\"", "contact.Id"),
    ("read made people app", "contact.Id"),
    ("template made one", "text"),
    ("ai made summary", "text"),
    ("output made", "x"),
];

fn from_trigger(trigger: &Trigger) -> BoxedStrategy<Source> {
    let of = triggers::data(trigger).unwrap();
    let at = prop_oneof![9 => path_in(&of), 1 => any_path().prop_map(Some)];
    let steps = prop::collection::vec(any_transformation(), 0..3);
    (at, prop_oneof![3 => Just(Vec::new()), 1 => steps], any::<bool>())
        .prop_map(|(path, mut transformations, require)| {
            transformations.extend(require.then_some(Transformation::Require));
            let block = RefId::new("trigger").unwrap();
            Source { origin: Origin::Block { block, path }, transformations }
        })
        .boxed()
}

/// A library with one playbook: an event, and a block with one mapping from it.
fn any_library() -> impl Strategy<Value = (Library, Value)> {
    body().prop_flat_map(|trigger| {
        let event = value_of(&triggers::data(&trigger).unwrap());
        let place = prop::sample::select(&PLACES[..]);
        (from_trigger(&trigger), place, event, Just(trigger)).prop_map(|(source, (line, to), event, trigger)| {
            let mut blocks = playbook("p", "trigger trigger Webhook");
            blocks.blocks[0].kind = crate::model::BlockKind::Trigger(trigger);
            let mut taking = block(line);
            taking.mappings.push(FieldMapping { destination: Some(path(to)), source });
            blocks.blocks.push(taking);
            (library(vec![blocks]), event.unwrap_or(Value::Null))
        })
    })
}

#[test]
fn what_the_checker_accepts_does_not_fail_on_a_type() {
    let catalog = catalog();
    let accepted = Cell::new(0_usize);
    let mut runner =
        TestRunner::new(Config { cases: 1_500, failure_persistence: None, max_shrink_iters: 300, ..Config::default() });
    let outcome = runner.run(&any_library(), |(library, event)| {
        let checked = check(&library, &catalog, Some(&Words));
        let Some(playbooks) = checked.playbooks else { return Ok(()) };
        let compiled = playbooks.get("crm-b", "p").unwrap();
        let outputs = |name: &RefId| (name.as_str() == "trigger").then_some(&event);
        let node = &compiled.blocks[1];
        claims(&library, &catalog, &event)?;
        match input(&node.block.mappings, &outputs) {
            Ok(given) => {
                prop_assert_eq!(conforms(given.as_ref(), &node.input), Ok(()), "{:?}", given);
                taken(node.pattern.as_deref(), given)?;
                accepted.set(accepted.get() + 1);
            }
            Err(error) => prop_assert!(for_the_run(&error.error.kind), "{}", error),
        }
        Ok(())
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
    assert!(accepted.get() > 100, "only {} were accepted and ran", accepted.get());
}

/// The form of text, and that `!` finds nothing, is no matter of types.
fn for_the_run(kind: &TransformErrorKind) -> bool {
    matches!(kind, TransformErrorKind::Absent | TransformErrorKind::Base64 | TransformErrorKind::Utf8)
}

/// Every value that comes in is of the type that the checker says.
fn claims(library: &Library, catalog: &engage_engine::Catalog, event: &Value) -> Result<(), TestCaseError> {
    let known = Known::new(library, catalog, Some(&Words));
    let shape = Shape::new(0, &library.playbooks[0]);
    let crm = catalog.crms().find(|crm| crm.as_str() == "crm-b");
    let flow = Flow::new(&shape, &known, crm);
    let outputs = |name: &RefId| (name.as_str() == "trigger").then_some(event);
    for (at, source) in sources(&library.playbooks[0].blocks[1]) {
        let of = flow.blocks[1].values[&at].as_ref();
        prop_assert!(of.is_some(), "{:?} of a playbook without errors has no type", source);
        match (evaluate(source, &outputs), of) {
            (Ok(value), Some(of)) => {
                prop_assert_eq!(conforms(value.as_ref(), of), Ok(()), "{:?}: {:?}", source, value);
            }
            (Err(error), _) => prop_assert!(for_the_run(&error.kind), "{}", error),
            _ => {}
        }
    }
    Ok(())
}

/// The engine takes what it is given, but for text that is too long and a record that stands twice in a list.
fn taken(pattern: Option<&engage_engine::catalog::Pattern>, given: Option<Value>) -> Result<(), TestCaseError> {
    let (Some(pattern), Some(given)) = (pattern, given) else { return Ok(()) };
    if let Err(problems) = Input::from_json(pattern, &given) {
        let of_values = |message: &str| message.contains("characters, at most") || message.contains("twice");
        prop_assert!(problems.iter().all(|problem| of_values(&problem.message)), "{:?} of {}", problems, given);
    }
    Ok(())
}

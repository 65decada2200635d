//! Names of records as ids of a CRM, and back.

use std::collections::BTreeMap;
use std::sync::Mutex;

use engage_engine::catalog::{Catalog, Entity, EntityField, Pattern};
use engage_engine::model::{Condition, Test};
use engage_engine::{FieldType, Input, Instance, PartInput, Value};
use serde_json::Value as Json;
use uuid::Uuid;

/// What the last three characters of an id are made of: each says which of five characters are capitals.
const CHECK: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// The ids of one CRM.
#[derive(Debug)]
pub struct Ids {
    /// The first characters of ids by object; empty where ids have none.
    prefixes: BTreeMap<String, String>,
    /// Names by id.
    names: Mutex<BTreeMap<String, String>>,
}

impl Ids {
    pub fn new(prefixes: BTreeMap<String, String>) -> Self {
        Self { prefixes, names: Mutex::default() }
    }

    /// The id that a name stands for; ids have the order of their names. What is an id already stays what it is.
    pub fn of(&self, table: &str, name: &str) -> String {
        if is_id(name) {
            return name.to_owned();
        }
        let id = match self.prefixes.get(table) {
            Some(prefix) => salesforce(prefix, name),
            None if self.prefixes.is_empty() => dataverse(table, name),
            None => panic!("nobody knows the prefix of {table}"),
        };
        self.learn(&id, name);
        id
    }

    /// An id is from now on shown as this name.
    pub fn learn(&self, id: &str, name: &str) {
        self.names.lock().unwrap().insert(id.to_owned(), name.to_owned());
    }

    /// Forgets all names.
    pub fn forget(&self) {
        self.names.lock().unwrap().clear();
    }

    /// Names in place of ids, wherever they stand.
    pub fn named(&self, json: &Json) -> Json {
        let names = self.names.lock().unwrap();
        named(json, &names)
    }

    /// A record of names as a record of ids.
    pub fn of_instance(&self, catalog: &Catalog, entity: &Entity, instance: &Instance) -> Instance {
        let value = |name: &engage_engine::FieldName, value: &Value| match (entity.field(name.as_str()), value) {
            (Some(field), Value::Id(id)) => Value::Id(self.of(&table(catalog, entity, field), id)),
            _ => value.clone(),
        };
        instance.iter().map(|(name, given)| (name.clone(), value(name, given))).collect()
    }

    /// An input of names as an input of ids.
    pub fn of_input(&self, catalog: &Catalog, pattern: &Pattern, input: Input) -> Input {
        let part = |label: &engage_engine::RefId, given: &PartInput| {
            let entity = &pattern.part(label.as_str()).unwrap().entity;
            match given {
                PartInput::One(instance) => PartInput::One(self.of_instance(catalog, entity, instance)),
                PartInput::Many(all) => {
                    PartInput::Many(all.iter().map(|one| self.of_instance(catalog, entity, one)).collect())
                }
                PartInput::Filter(condition) => PartInput::Filter(self.of_condition(catalog, entity, condition)),
            }
        };
        Input { parts: input.parts.iter().map(|(label, given)| (label.clone(), part(label, given))).collect() }
    }

    fn of_condition(&self, catalog: &Catalog, entity: &Entity, condition: &Condition<Value>) -> Condition<Value> {
        let all =
            |inner: &[Condition<Value>]| inner.iter().map(|one| self.of_condition(catalog, entity, one)).collect();
        match condition {
            Condition::And(inner) => Condition::And(all(inner)),
            Condition::Or(inner) => Condition::Or(all(inner)),
            Condition::Not(inner) => Condition::Not(Box::new(self.of_condition(catalog, entity, inner))),
            Condition::Test(test) => {
                let operand = |value: &Value| match (entity.field(test.field.as_str()), value) {
                    (Some(field), Value::Id(id)) => Value::Id(self.of(&table(catalog, entity, field), id)),
                    _ => value.clone(),
                };
                Condition::Test(Test { operands: test.operands.iter().map(operand).collect(), ..test.clone() })
            }
        }
    }
}

/// The CRM's table whose ids a field holds.
pub fn table(catalog: &Catalog, entity: &Entity, field: &EntityField) -> String {
    match &field.field_type {
        FieldType::Ref(target) => catalog.entity(entity.crm.as_str(), target.as_str()).unwrap().crm_type.clone(),
        _ => entity.crm_type.clone(),
    }
}

/// A name of up to six characters in front, and what tells tables apart behind.
fn dataverse(table: &str, name: &str) -> String {
    let mut bytes = *Uuid::new_v5(&Uuid::NAMESPACE_OID, table.as_bytes()).as_bytes();
    assert!(name.len() <= 6, "{name}");
    bytes[..6].fill(0);
    bytes[..name.len()].copy_from_slice(name.as_bytes());
    Uuid::from_bytes(bytes).to_string()
}

/// An id in its long form: a prefix, a name of up to twelve characters, three that say which characters are capitals.
fn salesforce(prefix: &str, name: &str) -> String {
    let id = format!("{prefix}{name:0<12}");
    assert_eq!(id.len(), 15, "{name}");
    let check = |five: &[u8]| {
        let capitals = five.iter().enumerate().filter(|(_, byte)| byte.is_ascii_uppercase());
        char::from(CHECK[capitals.map(|(at, _)| 1 << at).sum::<usize>()])
    };
    let check: String = id.as_bytes().chunks(5).map(check).collect();
    id + &check
}

fn is_id(text: &str) -> bool {
    Uuid::try_parse(text).is_ok()
        || matches!(text.len(), 15 | 18) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn named(json: &Json, names: &BTreeMap<String, String>) -> Json {
    match json {
        Json::String(text) => names.get(text).cloned().unwrap_or_else(|| text.clone()).into(),
        Json::Array(items) => items.iter().map(|item| named(item, names)).collect(),
        Json::Object(map) => map.iter().map(|(name, value)| (name.clone(), named(value, names))).collect(),
        other => other.clone(),
    }
}

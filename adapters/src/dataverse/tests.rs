//! Wire texts against the facts of Microsoft's pages; the whole adapter is tried over HTTP elsewhere.

use std::sync::Arc;

use engage_engine::adapter::{
    AdapterErrorKind, Back, EmbeddedWrite, Find, Join, Query, Record, Write, WriteAction, WriteGroup, WriteValue,
};
use engage_engine::catalog::{Catalog, Entity};
use engage_engine::ids::CrmName;
use engage_engine::model::{Condition, Direction, Operator, Test};
use engage_engine::value::Value;
use rust_decimal::Decimal;
use serde_json::{Value as Json, json};

use super::answer::{self, Targets};
use super::batch::answers;
use super::error::error;
use super::filter::filter;
use super::metadata::{Metadata, table};
use super::{outcome, query, write};

const A: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const B: &str = "bbbbbbbb-0000-4000-8000-000000000002";

fn catalog() -> Catalog {
    crate::conformance::catalog(&CrmName::new("dataverse").unwrap())
}

fn entity(id: &str) -> Arc<Entity> {
    catalog().entity("dataverse", id).unwrap().clone()
}

fn targets() -> Targets {
    catalog().entities("dataverse").map(|entity| (entity.id.clone(), entity.crm_type.clone())).collect()
}

/// Table definitions as Dataverse would send them for the conformance suite's entities.
fn metadata() -> Metadata {
    let mut tables = Vec::new();
    let catalog = catalog();
    let entities: Vec<&Arc<Entity>> = catalog.entities("dataverse").collect();
    for entity in &entities {
        let id = entity.field("Id").and_then(|field| field.read_column.clone()).unwrap_or_else(|| "Id".to_owned());
        let attributes: Vec<Json> = entity
            .fields
            .iter()
            .filter_map(|field| field.read_column.clone())
            .map(|column| json!({"LogicalName": column, "AttributeType": "String", "IsValidForCreate": true}))
            .collect();
        let references = |own: &Entity| {
            let fields: Vec<_> = own.fields.iter().filter(|field| !field.name.is_id()).cloned().collect();
            fields.into_iter().filter_map(|field| match &field.field_type {
                engage_engine::FieldType::Ref(target) => {
                    let target = catalog.entity("dataverse", target.as_str())?.crm_type.clone();
                    Some((field.read_column.clone()?, target, field.via.clone().unwrap_or_default()))
                }
                _ => None,
            })
        };
        let to_one: Vec<Json> = references(entity)
            .map(|(column, target, via)| {
                json!({"ReferencingAttribute": column, "ReferencedEntity": target, "ReferencingEntityNavigationPropertyName": via})
            })
            .collect();
        let to_many: Vec<Json> = entities
            .iter()
            .flat_map(|other| references(other).map(move |found| (other.crm_type.clone(), found)))
            .filter(|(_, (_, target, _))| *target == entity.crm_type)
            .map(|(table, (column, _, _))| {
                json!({"ReferencingEntity": table, "ReferencingAttribute": column,
                       "ReferencedEntityNavigationPropertyName": format!("{}_{table}_{column}", entity.crm_type)})
            })
            .collect();
        let definition = json!({
            "LogicalName": entity.crm_type, "EntitySetName": format!("{}set", entity.crm_type),
            "PrimaryIdAttribute": id, "Attributes": attributes,
            "ManyToOneRelationships": to_one, "OneToManyRelationships": to_many,
        });
        tables.push(table(&entity.crm_type, definition.to_string().as_bytes()).unwrap());
    }
    Metadata::new(tables)
}

fn test(field: &str, operator: Operator, operands: Vec<Value>) -> Condition<Value> {
    Condition::Test(Test { field: field.parse().unwrap(), operator, operands })
}

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

/// The filter of a condition on contacts.
fn contacts(condition: &Condition<Value>) -> (Option<String>, bool) {
    let metadata = metadata();
    let entity = entity("contact");
    let filter = filter(metadata.of(&entity).unwrap(), &entity, condition).unwrap();
    (filter.text, filter.exact)
}

fn says(condition: Condition<Value>) -> String {
    let (text, exact) = contacts(&condition);
    assert!(exact);
    text.unwrap_or_else(|| "everything".to_owned())
}

fn position(entity: &Entity, name: &str) -> usize {
    entity.position(name).unwrap()
}

//! Short ways to write to the CRM of the conformance suite.

use std::sync::{Arc, LazyLock};

use engage_adapters::conformance;
use engage_adapters::memory::MemoryCrm;
use engage_engine::adapter::{
    Adapter, AdapterError, Call, Query, Record, Write, WriteAction, WriteGroup, WriteValue, Written,
};
use engage_engine::catalog::Entity;
use engage_engine::{Catalog, CrmName, FieldName, Identity, Instance, Value};

pub(crate) fn crm() -> CrmName {
    "memory".parse().unwrap()
}

pub(crate) fn memory() -> MemoryCrm {
    MemoryCrm::new(conformance::schema(&crm()).unwrap()).unwrap().with_catalog(&catalog())
}

pub(crate) fn catalog() -> Catalog {
    CATALOG.clone()
}

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| conformance::catalog(&crm()));

pub(crate) fn entity(id: &str) -> Arc<Entity> {
    Arc::clone(CATALOG.entity("memory", id).unwrap())
}

pub(crate) fn call(who: Identity) -> Call {
    Call { identity: who, run: "run-1".to_owned(), timeout: None }
}

pub(crate) fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

pub(crate) fn id(id: &str) -> Value {
    Value::Id(id.to_owned())
}

pub(crate) fn instance(fields: &[(&str, Value)]) -> Instance {
    fields.iter().map(|(name, value)| (FieldName::new(name).unwrap(), value.clone())).collect()
}

pub(crate) fn write(of: &str, action: WriteAction, fields: &[(&str, Value)]) -> Write {
    let entity = entity(of);
    let field = |(name, value): &(&str, Value)| (entity.position(name).unwrap(), WriteValue::Value(value.clone()));
    let mut fields: Vec<_> = fields.iter().map(field).collect();
    fields.sort_by_key(|(position, _)| *position);
    Write { entity, action, fields, embedded: Vec::new() }
}

pub(crate) fn create(of: &str, fields: &[(&str, Value)]) -> Write {
    write(of, WriteAction::Create { id: None }, fields)
}

pub(crate) fn update(of: &str, id: &str, fields: &[(&str, Value)]) -> Write {
    write(of, WriteAction::Update { record: Record::Id(id.to_owned()), etag: None }, fields)
}

pub(crate) fn delete(of: &str, id: &str) -> Write {
    write(of, WriteAction::Delete { record: Record::Id(id.to_owned()), etag: None }, &[])
}

pub(crate) fn query(of: &str, fields: &[&str]) -> Query {
    let entity = entity(of);
    let select = fields.iter().map(|name| entity.position(name).unwrap()).collect();
    Query { entity, select, filter: None, sort: None, limit: None, joins: Vec::new() }
}

pub(crate) fn batch(writes: Vec<Write>) -> WriteGroup {
    WriteGroup { atomic: false, writes }
}

pub(crate) async fn one(crm: &dyn Adapter, write: Write) -> Result<Written, AdapterError> {
    let results = crm.write(&call(Identity::Application), &batch(vec![write])).await.map_err(|failed| failed.error)?;
    results.into_iter().next().unwrap()
}

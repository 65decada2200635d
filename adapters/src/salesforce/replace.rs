//! Collections of embedded records that a write replaces as a whole: which records they have now.
//!
//! Salesforce has no such collections, and a graph cannot ask for the records to remove: they are read before.

use std::collections::HashMap;

use engage_engine::FieldType;
use engage_engine::Value;
use engage_engine::adapter::{AdapterError, Query, Record, WriteAction, WriteGroup};
use engage_engine::catalog::{Entity, EntityField};
use engage_engine::model::{Condition, Operator, Test};

use super::error::unread;
use super::read::Reader;
use crate::guard::unsupported;

/// Ids by write and collection.
pub(super) type Replaced = HashMap<(usize, usize), Vec<String>>;

/// The field of an embedded entity that says whose a record is.
///
/// # Errors
/// `Unsupported` for an entity that has none.
pub(super) fn parent_field(entity: &Entity) -> Result<&EntityField, AdapterError> {
    let parent = entity.embedded.as_ref().map(|embedded| &embedded.parent);
    let mut fields = entity.fields.iter();
    let field = fields.find(|field| matches!(&field.field_type, FieldType::Ref(target) if Some(target) == parent));
    field.ok_or_else(|| unsupported("embed records that do not name their parent", super::NAME))
}

/// Reads which records a group replaces; most replace none, and ask nothing.
///
/// # Errors
/// As any read.
pub(super) async fn replaced(reader: &Reader<'_>, group: &WriteGroup) -> Result<Replaced, AdapterError> {
    let (mut places, mut queries) = (Vec::new(), Vec::new());
    for (position, write) in group.writes.iter().enumerate() {
        let WriteAction::Update { record: Record::Id(id), .. } = &write.action else { continue };
        for (number, embedded) in write.embedded.iter().enumerate() {
            places.push((position, number));
            queries.push(children(&embedded.entity, id)?);
        }
    }
    let pages = reader.pages(&queries).await?;
    if pages.iter().any(|page| page.truncated) {
        return Err(unread("a collection is too large to be replaced"));
    }
    let ids = pages.into_iter().map(|page| page.rows.into_iter().map(|row| row.id).collect());
    Ok(places.into_iter().zip(ids).collect())
}

fn children(entity: &std::sync::Arc<Entity>, parent: &str) -> Result<Query, AdapterError> {
    let field = parent_field(entity)?.name.clone();
    let of = Test { field, operator: Operator::Equals, operands: vec![Value::Id(parent.to_owned())] };
    Ok(Query {
        entity: entity.clone(),
        select: Vec::new(),
        filter: Some(Condition::Test(of)),
        sort: None,
        limit: None,
        joins: Vec::new(),
    })
}

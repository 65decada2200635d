//! Wire texts against the facts of Salesforce's pages, hostile values, and the whole adapter over HTTP.

mod early;
mod filters;
mod hostile;
mod http;
mod login;
mod long;
mod outcomes;
mod reads;
mod stub;
mod truth;
mod writes;

use std::sync::Arc;

use engage_engine::adapter::{Join, Query};
use engage_engine::catalog::{Catalog, Entity};
use engage_engine::ids::CrmName;
use engage_engine::model::{Condition, Direction, Operator, Test};
use engage_engine::value::Value;
use serde_json::{Value as Json, json};

use super::metadata::{Metadata, object};

const ACME: &str = "001000000000001AAA";
const MIA: &str = "003000000000001AAA";
const ROOT: &str = "/services/data/v66.0/";

fn crm() -> CrmName {
    CrmName::new("salesforce").unwrap()
}

fn catalog() -> Catalog {
    crate::conformance::catalog(&crm())
}

fn entity(id: &str) -> Arc<Entity> {
    catalog().entity("salesforce", id).unwrap().clone()
}

/// A column: its name, its type and what differs from a plain one.
fn column(name: &str, kind: &str, more: Json) -> Json {
    let mut column = json!({
        "name": name, "type": kind, "createable": true, "updateable": true, "filterable": true, "sortable": true,
        "externalId": false, "idLookup": false, "referenceTo": [], "relationshipName": null,
    });
    for (member, value) in more.as_object().into_iter().flatten() {
        column[member] = value.clone();
    }
    column
}

fn reference(name: &str, targets: &[&str], relationship: &str) -> Json {
    column(name, "reference", json!({"referenceTo": targets, "relationshipName": relationship}))
}

fn child(object: &str, field: &str, relationship: Option<&str>) -> Json {
    json!({"childSObject": object, "field": field, "relationshipName": relationship, "cascadeDelete": false})
}

/// The describes that Salesforce would send for the conformance suite's entities.
fn describe(name: &str) -> Option<Json> {
    let key = json!({"externalId": true, "idLookup": true});
    let plain = |name: &str| column(name, "string", json!({}));
    let (prefix, mut columns, children) = match name {
        "acct" => (
            "001",
            vec![
                plain("acct_name"),
                column("acct_no", "string", key),
                column("acct_size", "int", json!({})),
                column("acct_score", "double", json!({})),
                column("acct_revenue", "currency", json!({})),
                column("acct_founded", "date", json!({})),
                column("acct_seen", "datetime", json!({})),
                column("acct_active", "boolean", json!({})),
                column("acct_stage", "picklist", json!({})),
                column("acct_tags", "multipicklist", json!({"sortable": false})),
                reference("acct_primary", &["cont"], "PrimaryContact"),
            ],
            vec![child("cont", "cont_acct", Some("Conts")), child("note", "note_about", Some("Notes"))],
        ),
        "cont" => (
            "003",
            vec![
                plain("cont_last"),
                column("cont_mail", "email", key),
                column("cont_rank", "double", json!({})),
                reference("cont_acct", &["acct"], "Account"),
            ],
            vec![child("note", "note_about", Some("Notes")), child("acct", "acct_primary", None)],
        ),
        "note" => ("00N", vec![plain("note_title"), reference("note_about", &["acct", "cont"], "About")], Vec::new()),
        "meet" => ("00U", vec![plain("meet_subject"), column("meet_key", "string", key)], Vec::new()),
        "party" => (
            "0RE",
            vec![
                reference("party_meet", &["meet"], "Meeting"),
                reference("party_cont", &["cont"], "Contact"),
                plain("party_role"),
            ],
            Vec::new(),
        ),
        _ => return None,
    };
    columns.insert(0, column("Id", "id", json!({"createable": false, "updateable": false, "idLookup": true})));
    Some(json!({"name": name, "keyPrefix": prefix, "fields": columns, "childRelationships": children}))
}

fn metadata() -> Metadata {
    let names = ["acct", "cont", "note", "meet", "party"];
    let objects = names.map(|name| object(name, &describe(name).unwrap()).unwrap());
    Metadata::new(objects, &catalog(), "salesforce")
}

fn test(field: &str, operator: Operator, operands: Vec<Value>) -> Condition<Value> {
    Condition::Test(Test { field: field.parse().unwrap(), operator, operands })
}

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

fn id(value: &str) -> Value {
    Value::Id(value.to_owned())
}

fn position(entity: &Entity, name: &str) -> usize {
    entity.position(name).unwrap()
}

fn query(name: &str, fields: &[&str]) -> Query {
    let entity = entity(name);
    let mut select: Vec<usize> = fields.iter().map(|field| position(&entity, field)).collect();
    select.sort_unstable();
    Query { entity, select, filter: None, sort: None, limit: None, joins: Vec::new() }
}

fn sorted(query: Query, field: &str, direction: Direction) -> Query {
    let field = position(&query.entity, field);
    Query { sort: Some((field, direction)), ..query }
}

/// Joins `child.to` to `parent.from`.
fn join(parent: &Query, from: &str, to: &str, child: Query) -> Join {
    Join { parent_field: position(&parent.entity, from), child_field: position(&child.entity, to), query: child }
}

fn with(mut parent: Query, joins: Vec<(&str, &str, Query)>) -> Query {
    for (from, to, child) in joins {
        let join = join(&parent, from, to, child);
        parent.joins.push(join);
    }
    parent
}

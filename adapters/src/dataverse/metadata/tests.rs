//! What kinds of tables and columns mean for requests: links between others, ids that are kept as text.

use engage_engine::adapter::{AdapterErrorKind, Back, Record, Write, WriteAction, WriteGroup, WriteValue};
use engage_engine::catalog::{Catalog, Entity};
use engage_engine::model::{Condition, EntityDefinition, Field, FieldKind, Model, Operator, Test};
use engage_engine::value::Value;
use serde_json::{Value as Json, json};

use super::super::answer::Targets;
use super::super::filter::filter;
use super::super::write::lower;
use super::{Metadata, facts, table};

const A: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const B: &str = "bbbbbbbb-0000-4000-8000-000000000002";

/// An account, and what names one by a column: a lookup, a text, a mere GUID.
fn catalog() -> Catalog {
    let field = |name: &str, column: &str, kind| Field::new(name.parse().unwrap(), column, kind);
    let account =
        |via: Option<&str>| FieldKind::Ref { entity: "account".parse().unwrap(), via: via.map(str::to_owned) };
    let text = || FieldKind::String { allowed: Vec::new() };
    let definition = |id: &str, fields: Vec<Field>| EntityDefinition {
        id: id.parse().unwrap(),
        name: id.to_owned(),
        description: String::new(),
        crm: "dataverse".parse().unwrap(),
        crm_type: id.to_owned(),
        fields,
        idempotency: None,
        keys: Vec::new(),
        embedded: None,
    };
    let fields = vec![
        field("Lookup", "parentid", account(Some("parentid"))),
        field("Text", "accounttext", account(None)),
        field("Guid", "accountguid", account(None)),
    ];
    let definitions = vec![definition("account", vec![field("Name", "name", text())]), definition("link", fields)];
    engage_engine::check(&Model { definitions, patterns: Vec::new() }).catalog.unwrap()
}

fn metadata(intersect: bool) -> Metadata {
    let column = |name: &str, kind: &str| json!({"LogicalName": name, "AttributeType": kind, "IsValidForCreate": true});
    let account = json!({"LogicalName": "account", "EntitySetName": "accounts", "PrimaryIdAttribute": "accountid",
        "Attributes": [column("accountid", "Uniqueidentifier"), column("name", "String")]});
    let link = json!({"LogicalName": "link", "EntitySetName": "links", "PrimaryIdAttribute": "linkid", "IsIntersect": intersect,
        "Attributes": [column("linkid", "Uniqueidentifier"), column("parentid", "Lookup"), column("accounttext", "String"),
                       column("accountguid", "Uniqueidentifier")],
        "ManyToOneRelationships": [{"ReferencingAttribute": "parentid", "ReferencedEntity": "account",
                                    "ReferencingEntityNavigationPropertyName": "parentid"}]});
    let read = |name: &str, definition: &Json| table(name, definition.to_string().as_bytes()).unwrap();
    Metadata::new([read("account", &account), read("link", &link)])
}

fn written(metadata: &Metadata, fields: &[(&str, WriteValue)]) -> Result<Json, AdapterErrorKind> {
    let catalog = catalog();
    let of = |name: &str| catalog.entity("dataverse", name).unwrap();
    let targets: Targets =
        catalog.entities("dataverse").map(|entity| (entity.id.clone(), entity.crm_type.clone())).collect();
    let position = |entity: &Entity, name: &str| entity.position(name).unwrap();
    let mut fields: Vec<_> = fields.iter().map(|(name, value)| (position(of("link"), name), value.clone())).collect();
    fields.sort_by_key(|(position, _)| *position);
    let write = |name: &str, action, fields| Write { entity: of(name).clone(), action, fields, embedded: Vec::new() };
    let first = WriteAction::Update { record: Record::Id(A.to_owned()), etag: None };
    let name = vec![(position(of("account"), "Name"), WriteValue::Value(Value::String("A".to_owned())))];
    let create = WriteAction::Create { id: Some(B.to_owned()) };
    let group = WriteGroup { atomic: true, writes: vec![write("account", first, name), write("link", create, fields)] };
    let parts = lower(metadata, &targets, &group).map_err(|error| error.kind)?;
    Ok(parts.writes.last().unwrap().body.clone().unwrap())
}

#[test]
fn ids_are_written_as_their_column_keeps_them() {
    let metadata = metadata(false);
    let id = |name| (name, WriteValue::Value(Value::Id(A.to_owned())));
    let body = written(&metadata, &[id("Lookup"), id("Text")]).unwrap();
    assert_eq!(body, json!({"linkid": B, "parentid@odata.bind": format!("/accounts({A})"), "accounttext": A}));
    let body = written(&metadata, &[("Text", WriteValue::Back(Back(0)))]).unwrap();
    assert_eq!(body, json!({"linkid": B, "accounttext": A}));
    let body = written(&metadata, &[("Text", WriteValue::Value(Value::Null))]).unwrap();
    assert_eq!(body, json!({"linkid": B, "accounttext": null}));
}

#[test]
fn ids_are_compared_as_their_column_keeps_them() {
    let (catalog, metadata) = (catalog(), metadata(false));
    let link = catalog.entity("dataverse", "link").unwrap();
    let says = |field: &str, operator, ids: &[&str]| {
        let operands = ids.iter().map(|id| Value::Id((*id).to_owned())).collect();
        let test = Condition::Test(Test { field: field.parse().unwrap(), operator, operands });
        filter(metadata.of(link).unwrap(), link, &test).unwrap().text.unwrap()
    };
    assert_eq!(says("Lookup", Operator::Equals, &[A]), format!("_parentid_value eq {A}"));
    assert_eq!(says("Guid", Operator::Equals, &[A]), format!("accountguid eq {A}"));
    assert_eq!(says("Text", Operator::Equals, &[A]), format!("accounttext eq '{A}'"));
    assert_eq!(says("Text", Operator::Equals, &["o'x"]), "accounttext eq 'o''x'");
    let list =
        |column: &str| format!("Microsoft.Dynamics.CRM.In(PropertyName='{column}',PropertyValues=[\"{A}\",\"{B}\"])");
    assert_eq!(says("Text", Operator::In, &[A, B]), list("accounttext"));
    assert_eq!(says("Lookup", Operator::In, &[A, B]), list("parentid"));
}

#[test]
fn links_between_two_others_are_read_and_never_sent() {
    let id = |name| (name, WriteValue::Value(Value::Id(A.to_owned())));
    let refused = written(&metadata(true), &[id("Lookup")]).unwrap_err();
    assert_eq!(refused.to_string(), "Dataverse Web API v9.2 cannot write a record that only links two others");
    let told = |intersect| facts(metadata(intersect).get("link").unwrap(), &[]).links_only;
    assert_eq!((told(true), told(false)), (true, false));
}

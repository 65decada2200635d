//! Metadata as it is served, against the project's own table of facts and, where they are at hand, the recordings.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use engage_sandbox::Options;
use engage_sandbox::dataverse::{Role, Setup};
use engage_sandbox::schema::{Crm, Schema};
use serde_json::Value as Json;
use serde_yaml::Value as Yaml;

use crate::client::Org;

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_path_buf()
}

async fn organisation() -> Org {
    let installed = Schema::starter(Crm::Dataverse).unwrap().to_owned();
    Org::with(Options { schemas: vec![installed], ..Options::default() }).await
}

async fn definition(org: &Org, table: &str) -> Json {
    let path = format!(
        "EntityDefinitions(LogicalName='{table}')?$expand=Attributes,ManyToOneRelationships,OneToManyRelationships,ManyToManyRelationships,Keys"
    );
    org.get(&path).await.expect(200).json()
}

fn list<'j>(of: &'j Json, name: &str) -> impl Iterator<Item = &'j Json> {
    of[name].as_array().unwrap().iter()
}

fn attribute<'j>(table: &'j Json, name: &str) -> Option<&'j Json> {
    list(table, "Attributes").find(|attribute| attribute["LogicalName"] == name)
}

fn kind(attribute: &Json, key: &str) -> &'static str {
    match attribute["AttributeType"].as_str().unwrap() {
        "Uniqueidentifier" if attribute["LogicalName"] == key => "Id",
        "String" | "Memo" => "String",
        "Integer" => "Int",
        "Money" | "Decimal" => "Decimal",
        "Boolean" => "Boolean",
        "DateTime" if attribute["DateTimeBehavior"]["Value"] == "DateOnly" => "Date",
        "DateTime" => "DateTime",
        "Picklist" | "State" | "Status" => "Choice",
        "Lookup" | "Customer" | "Owner" => "Ref",
        other => panic!("unknown attribute type {other}"),
    }
}

/// A navigation name per target, or one name for all.
fn navigation(facts: &Yaml) -> Vec<(Option<String>, String)> {
    match &facts["navigation"] {
        Yaml::String(name) => vec![(None, name.clone())],
        Yaml::Mapping(names) => names
            .iter()
            .map(|(target, name)| (target.as_str().map(str::to_owned), name.as_str().unwrap().to_owned()))
            .collect(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn every_fact_of_the_starter_library_is_served() {
    let org = organisation().await;
    let text = fs::read_to_string(project().join("playbooks/packages/starter/crm/dataverse.schema.yaml")).unwrap();
    let facts: Yaml = serde_yaml::from_str(&text).unwrap();
    let mut wrong = Vec::new();
    for (name, table) in facts["tables"].as_mapping().unwrap() {
        let (name, key) = (name.as_str().unwrap(), table["key"].as_str().unwrap());
        let served = definition(&org, name).await;
        let mut expect = |fact: bool, what: String| {
            if !fact {
                wrong.push(format!("{name} {what}"))
            }
        };
        expect(served["PrimaryIdAttribute"] == key, "key".into());
        for (column, facts) in table["columns"].as_mapping().unwrap() {
            let column = column.as_str().unwrap();
            let Some(attribute) = attribute(&served, column) else {
                expect(false, format!("{column} is missing"));
                continue;
            };
            expect(kind(attribute, key) == facts["type"].as_str().unwrap(), format!("{column} type"));
            if let Some(max) = facts["max"].as_u64() {
                expect(attribute["MaxLength"] == max, format!("{column} max {}", attribute["MaxLength"]));
            }
            for (flag, member) in [("create", "IsValidForCreate"), ("update", "IsValidForUpdate")] {
                let wanted = facts[flag].as_bool().unwrap_or(column != key || flag == "create");
                expect(attribute[member] == wanted, format!("{column} {flag}"));
            }
            for (target, navigation) in navigation(facts) {
                let known = list(&served, "ManyToOneRelationships").any(|relation| {
                    relation["ReferencingAttribute"] == column
                        && relation["ReferencingEntityNavigationPropertyName"] == navigation.as_str()
                        && target.as_ref().is_none_or(|target| relation["ReferencedEntity"] == target.as_str())
                });
                expect(known, format!("{column} navigation {navigation}"));
            }
        }
        for (child, collection) in table["children"].as_mapping().into_iter().flatten() {
            let known = list(&served, "OneToManyRelationships").any(|relation| {
                relation["ReferencingEntity"] == child.as_str().unwrap()
                    && relation["ReferencedEntityNavigationPropertyName"] == collection.as_str().unwrap()
            });
            expect(known, format!("children {collection:?}"));
        }
        for key in table["keys"].as_sequence().into_iter().flatten() {
            let columns = |key: &Json| key.as_array().unwrap().iter().map(Json::to_string).collect::<BTreeSet<_>>();
            let wanted: Json = serde_yaml::from_value(key.clone()).unwrap();
            expect(
                list(&served, "Keys").any(|key| columns(&key["KeyAttributes"]) == columns(&wanted)),
                format!("key {key:?}"),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Members of a recorded attribute that must be served as they were recorded.
const MEMBERS: [&str; 17] = [
    "@odata.type",
    "SchemaName",
    "AttributeType",
    "AttributeOf",
    "EntityLogicalName",
    "IsPrimaryId",
    "IsPrimaryName",
    "IsValidForCreate",
    "IsValidForRead",
    "IsValidForUpdate",
    "IsSecured",
    "MaxLength",
    "Targets",
    "DateTimeBehavior",
    "AttributeTypeName",
    "Precision",
    "MinValue",
];

#[tokio::test]
async fn what_was_recorded_is_served() {
    let recordings =
        project().ancestors().skip(1).map(|above| above.join("shared/data/dataverse-metadata")).find(|d| d.is_dir());
    let Some(recordings) = recordings else {
        println!("skipped: there are no recordings (`shared/data` beside the project)");
        return;
    };
    // A column is secured as soon as a role closes it, and in the recorded organisation none did.
    let roles = Role::defaults().into_iter().filter(|role| role.closed_columns.is_empty()).collect();
    let org = Org::with(Options { dataverse_setup: Setup { roles, ..Setup::default() }, ..Options::default() }).await;
    let mut wrong = Vec::new();
    for file in fs::read_dir(recordings).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let Some(table) = name.strip_suffix(".EntityDefinition.json") else { continue };
        let recorded: Json = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let served = definition(&org, table).await;
        for member in [
            "LogicalName",
            "EntitySetName",
            "IsActivity",
            "PrimaryIdAttribute",
            "PrimaryNameAttribute",
            "ObjectTypeCode",
            "OwnershipType",
            "IsIntersect",
            "IsPrivate",
        ] {
            if served[member] != recorded[member] {
                wrong.push(format!("{table} {member}: {} instead of {}", served[member], recorded[member]));
            }
        }
        for expected in list(&recorded, "Attributes") {
            let column = expected["LogicalName"].as_str().unwrap();
            let Some(found) = attribute(&served, column) else {
                wrong.push(format!("{table}.{column} is missing"));
                continue;
            };
            for member in MEMBERS {
                let same = expected.get(member).is_none_or(|value| {
                    let number = |json: &Json| json.as_f64();
                    found[member] == *value || (number(value).is_some() && number(&found[member]) == number(value))
                });
                if !same {
                    wrong.push(format!("{table}.{column} {member}: {} instead of {}", found[member], expected[member]));
                }
            }
            if found["RequiredLevel"]["Value"] != expected["RequiredLevel"]["Value"] {
                wrong.push(format!("{table}.{column} RequiredLevel"));
            }
        }
        for name in ["ManyToOneRelationships", "OneToManyRelationships", "ManyToManyRelationships"] {
            // Relations to tables the sandbox does not have are left out; those it has are served as recorded.
            for found in list(&served, name) {
                let Some(expected) = list(&recorded, name).find(|e| {
                    e["SchemaName"] == found["SchemaName"] && e["ReferencingAttribute"] == found["ReferencingAttribute"]
                }) else {
                    continue;
                };
                for (member, value) in expected.as_object().unwrap() {
                    if found[member] != *value && !(value.is_null() && found[member] == "") {
                        wrong.push(format!(
                            "{table} {} {member}: {} instead of {value}",
                            found["SchemaName"], found[member]
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

//! Describes held against what was recorded and against the starter's own facts.

use std::fs;
use std::path::{Path, PathBuf};

use engage_sandbox::schema::{Crm, Schema};
use serde_json::Value as Json;
use serde_yaml::Value as Yaml;

use crate::salesforce::Org;

fn project() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

async fn describe(org: &Org, object: &str) -> Json {
    org.get(&format!("sobjects/{object}/describe")).await.expect(200).json()
}

fn list<'j>(json: &'j Json, name: &str) -> impl Iterator<Item = &'j Json> {
    json[name].as_array().unwrap().iter()
}

/// Members of a recorded field that must be served as they were recorded.
const MEMBERS: [&str; 27] = [
    "type",
    "createable",
    "updateable",
    "nillable",
    "defaultedOnCreate",
    "length",
    "byteLength",
    "referenceTo",
    "relationshipName",
    "filterable",
    "sortable",
    "groupable",
    "aggregatable",
    "externalId",
    "idLookup",
    "unique",
    "restrictedPicklist",
    "polymorphicForeignKey",
    "namePointing",
    "soapType",
    "precision",
    "scale",
    "digits",
    "compoundFieldName",
    "custom",
    "nameField",
    "label",
];

/// What the recordings have of their own: fields that call themselves custom by name only, keys of a service that is
/// gone, sizes that follow no rule.
const ODD: [(&str, &str); 8] = [
    ("Primary_Contact__c", "custom"),
    ("ns__Description__c", "custom"),
    ("History__c", "custom"),
    ("ns__LinkedAccount__c", "custom"),
    ("JigsawCompanyId", "relationshipName"),
    ("JigsawContactId", "relationshipName"),
    ("Fiscal", "byteLength"),
    ("Comments", "byteLength"),
];

#[tokio::test]
async fn what_was_recorded_is_described() {
    let recordings =
        project().ancestors().skip(1).map(|above| above.join("shared/data/salesforce-describe")).find(|d| d.is_dir());
    let Some(recordings) = recordings else {
        println!("skipped: there are no recordings (`shared/data` beside the project)");
        return;
    };
    let org = Org::start().await;
    let mut wrong = Vec::new();
    for object in ["Account", "Contact", "Lead", "Opportunity", "OpportunityContactRole", "Case", "Event"] {
        let text = fs::read_to_string(recordings.join(format!("{object}.describe.json"))).unwrap();
        let recorded: Json = serde_json::from_str(&text).unwrap();
        let served = describe(&org, object).await;
        for (member, expected) in recorded.as_object().unwrap() {
            match served.get(member) {
                None => wrong.push(format!("{object} {member} is missing")),
                Some(found)
                    if matches!(member.as_str(), "name" | "label" | "labelPlural" | "keyPrefix" | "custom")
                        && found != expected =>
                {
                    wrong.push(format!("{object} {member}: {found} instead of {expected}"));
                }
                Some(_) => {}
            }
        }
        for expected in list(&recorded, "fields") {
            let Some(found) = list(&served, "fields").find(|field| field["name"] == expected["name"]) else {
                wrong.push(format!("{object}.{} is missing", expected["name"]));
                continue;
            };
            for member in expected.as_object().unwrap().keys() {
                let differs = found[member] != expected[member] && MEMBERS.contains(&member.as_str());
                if ODD.contains(&(expected["name"].as_str().unwrap(), member)) {
                    continue;
                }
                if found.get(member).is_none() || differs {
                    wrong.push(format!(
                        "{object}.{} {member}: {} instead of {}",
                        expected["name"], found[member], expected[member]
                    ));
                }
            }
        }
        for found in list(&served, "childRelationships") {
            let same = |expected: &&Json| {
                expected["childSObject"] == found["childSObject"] && expected["field"] == found["field"]
            };
            let Some(expected) = list(&recorded, "childRelationships").find(same) else { continue };
            if found != expected {
                wrong.push(format!("{object} child {found} instead of {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}

/// The type of a field in the words of the facts.
fn kind(field: &Json) -> &str {
    match field["type"].as_str().unwrap() {
        "id" => "Id",
        "reference" => "Ref",
        "picklist" => "Choice",
        "multipicklist" => "MultiChoice",
        "boolean" => "Boolean",
        "int" => "Int",
        "double" | "currency" | "percent" => "Decimal",
        "date" => "Date",
        "datetime" => "DateTime",
        _ => "String",
    }
}

fn texts(yaml: &Yaml) -> impl Iterator<Item = &str> {
    yaml.as_sequence().into_iter().flatten().filter_map(Yaml::as_str)
}

#[tokio::test]
async fn every_fact_of_the_starter_library_is_described() {
    let org = Org::with(Schema::starter(Crm::Salesforce).unwrap()).await;
    let text = fs::read_to_string(project().join("playbooks/packages/starter/crm/salesforce.schema.yaml")).unwrap();
    let facts: Yaml = serde_yaml::from_str(&text).unwrap();
    let mut wrong = Vec::new();
    for (name, table) in facts["tables"].as_mapping().unwrap() {
        let name = name.as_str().unwrap();
        let served = describe(&org, name).await;
        let mut expect = |fact: bool, what: String| {
            if !fact {
                wrong.push(format!("{name} {what}"));
            }
        };
        for (column, facts) in table["columns"].as_mapping().unwrap() {
            let column = column.as_str().unwrap();
            let Some(field) = list(&served, "fields").find(|field| field["name"] == column) else {
                expect(false, format!("{column} is missing"));
                continue;
            };
            // A picklist that is read as text is text to a definition.
            let wanted = facts["type"].as_str().unwrap();
            let fits = kind(field) == wanted || (kind(field) == "Choice" && wanted == "String");
            expect(fits, format!("{column} type {}", field["type"]));
            if let Some(max) = facts["max"].as_u64() {
                expect(field["length"] == max, format!("{column} max {}", field["length"]));
            }
            for (flag, member) in [("create", "createable"), ("update", "updateable")] {
                let wanted = facts[flag].as_bool().unwrap_or(column != "Id");
                expect(field[member] == wanted, format!("{column} {flag}"));
            }
            if let Some(navigation) = facts["navigation"].as_str() {
                expect(field["relationshipName"] == navigation, format!("{column} navigation"));
            }
            let targets: Vec<&str> = list(field, "referenceTo").filter_map(Json::as_str).collect();
            expect(texts(&facts["targets"]).all(|target| targets.contains(&target)), format!("{column} targets"));
            let options: Vec<&str> =
                list(field, "picklistValues").filter_map(|option| option["value"].as_str()).collect();
            expect(texts(&facts["choices"]).all(|choice| options.contains(&choice)), format!("{column} choices"));
        }
        for (child, collection) in table["children"].as_mapping().into_iter().flatten() {
            let known = list(&served, "childRelationships").any(|relation| {
                relation["childSObject"] == child.as_str().unwrap()
                    && relation["relationshipName"] == collection.as_str().unwrap()
            });
            expect(known, format!("children {collection:?}"));
        }
        for key in table["keys"].as_sequence().into_iter().flatten().flat_map(texts) {
            let field = list(&served, "fields").find(|field| field["name"] == key).unwrap();
            expect(field["unique"] == true && field["externalId"] == true, format!("key {key}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

//! The starter library's fact tables against recorded metadata.
//!
//! The recordings are reference data and no part of the project. Where the folder is not at hand the comparison is
//! skipped, and says so.

use std::fs;
use std::path::{Path, PathBuf};

use engage_dsl::Workspace;
use serde_json::Value as Json;
use serde_yaml::Value as Yaml;

use crate::crm::{Table, root, starter};

/// What the product insists on, though its metadata calls the field nillable or gives it a default.
const INSISTED: [&str; 3] = ["Event.Subject", "Event.StartDateTime", "Event.EndDateTime"];

/// Targets that an app adds to lookups of the platform.
const APPS: [&str; 1] = ["lead"];

/// `shared/data` beside the project, or beside a folder above it.
fn recordings() -> Option<PathBuf> {
    root().ancestors().skip(1).map(|above| above.join("shared/data")).find(|data| data.is_dir())
}

fn json(path: &Path) -> Option<Json> {
    Some(serde_json::from_str(&fs::read_to_string(path).ok()?).unwrap())
}

/// Collects what differs.
#[derive(Default)]
struct Findings(Vec<String>);

impl Findings {
    fn expect(&mut self, fact: bool, what: impl FnOnce() -> String) {
        if !fact {
            self.0.push(what());
        }
    }
}

fn list<'j>(of: &'j Json, name: &str) -> Vec<&'j Json> {
    of[name].as_array().into_iter().flatten().collect()
}

fn dataverse_type(recorded: &Json) -> &'static str {
    match recorded["AttributeType"].as_str().unwrap() {
        "String" | "Memo" => "String",
        "Integer" => "Int",
        "Money" | "Decimal" => "Decimal",
        "Double" => "Double",
        "Boolean" => "Boolean",
        "DateTime" if recorded["DateTimeBehavior"]["Value"] == "DateOnly" => "Date",
        "DateTime" => "DateTime",
        "Picklist" | "State" | "Status" => "Choice",
        "Lookup" | "Customer" | "Owner" => "Ref",
        other => panic!("unknown attribute type {other}"),
    }
}

fn compare_dataverse(table: &Table<'_>, recorded: &Json, found: &mut Findings) {
    let at = |column: &str| format!("dataverse {}.{column}", table.name);
    found.expect(recorded["PrimaryIdAttribute"] == table.key(), || at("key"));
    let to_one = list(recorded, "ManyToOneRelationships");
    for column in table.columns("amb_") {
        let attributes = list(recorded, "Attributes");
        let Some(attribute) = attributes.into_iter().find(|a| a["LogicalName"] == column.name) else {
            found.0.push(format!("{} does not exist", at(column.name)));
            continue;
        };
        found.expect(dataverse_type(attribute) == column.type_name(), || at(column.name) + " type");
        found.expect(attribute["MaxLength"].as_u64() == column.max(), || at(column.name) + " max");
        for (flag, name) in [("create", "IsValidForCreate"), ("update", "IsValidForUpdate")] {
            found.expect(attribute[name] == column.flag(flag, true), || at(column.name) + " " + flag);
        }
        let level = &attribute["RequiredLevel"]["Value"];
        found.expect(!column.flag("required", false) || level != "None", || at(column.name) + " required");
        let targets: Vec<_> = list(attribute, "Targets").into_iter().filter_map(Json::as_str).collect();
        found.expect(column.texts("targets").iter().all(|t| targets.contains(t)), || at(column.name) + " targets");
        for (target, navigation) in column.navigation() {
            let known = to_one.iter().any(|relationship| {
                relationship["ReferencingAttribute"] == column.name
                    && relationship["ReferencingEntityNavigationPropertyName"] == navigation
                    && target.is_none_or(|target| relationship["ReferencedEntity"] == target)
            });
            found.expect(known, || at(column.name) + " navigation " + navigation);
        }
    }
    for (child, collection) in table.children() {
        let known = list(recorded, "OneToManyRelationships").into_iter().any(|relationship| {
            relationship["ReferencingEntity"] == child
                && relationship["ReferencedEntityNavigationPropertyName"] == collection
        });
        found.expect(known, || at(collection));
    }
}

/// The appointment has no recording; its reference page was transcribed.
fn compare_appointment(table: &Table<'_>, page: &Json, found: &mut Findings) {
    for column in table.columns("amb_") {
        let at = |what: &str| format!("appointment.{} {what}", column.name);
        let attribute = &page["attributes"][column.name];
        found.expect(attribute.is_object(), || at("does not exist"));
        found.expect(attribute["maxLength"].as_u64() == column.max(), || at("max"));
        let access = attribute["access"].as_str().unwrap_or_default();
        found.expect(column.flag("create", true) == matches!(access, "rw" | "create-only"), || at("create"));
        found.expect(column.flag("update", true) == matches!(access, "rw" | "update-only"), || at("update"));
        let values = |choices: &serde_yaml::Mapping| -> Vec<String> {
            choices.keys().filter_map(Yaml::as_u64).map(|value| value.to_string()).collect()
        };
        let choices = column.facts["choices"].as_mapping().map(values).unwrap_or_default();
        let options: Vec<_> = attribute["options"].as_object().into_iter().flatten().map(|(n, _)| n.clone()).collect();
        found.expect(choices == options, || at("choices"));
    }
}

/// Tables without a recording: names, lengths and targets as the Common Data Model has them.
fn compare_cdm(table: &Table<'_>, model: &Json, found: &mut Findings) {
    for column in table.columns("amb_") {
        let at = |what: &str| format!("dataverse {}.{} {what}", table.name, column.name);
        let attribute = &model["attributes"][column.name];
        found.expect(attribute.is_object(), || at("does not exist"));
        if column.type_name() == "String" {
            found.expect(attribute["maxLength"].as_u64() == column.max(), || at("max"));
        }
        let targets: Vec<_> = list(attribute, "targets").into_iter().filter_map(Json::as_str).collect();
        let wanted = column.texts("targets");
        let wanted = wanted.iter().filter(|target| !APPS.contains(target));
        found.expect(targets.is_empty() || wanted.into_iter().all(|t| targets.contains(t)), || at("targets"));
    }
}

fn salesforce_type(recorded: &Json) -> &'static str {
    match recorded["type"].as_str().unwrap() {
        "picklist" => "Choice",
        "boolean" => "Boolean",
        "int" => "Int",
        "currency" => "Decimal",
        "date" => "Date",
        "datetime" => "DateTime",
        "reference" => "Ref",
        "string" | "textarea" | "phone" | "url" | "email" | "combobox" => "String",
        other => panic!("unknown field type {other}"),
    }
}

fn compare_salesforce(table: &Table<'_>, recorded: &Json, found: &mut Findings) {
    for column in table.columns("AMB_") {
        let at = |what: &str| format!("salesforce {}.{} {what}", table.name, column.name);
        let Some(field) = list(recorded, "fields").into_iter().find(|field| field["name"] == column.name) else {
            found.0.push(at("does not exist"));
            continue;
        };
        let open_list = field["type"] == "picklist" && field["restrictedPicklist"] == false;
        let as_text = open_list && column.type_name() == "String";
        found.expect(as_text || salesforce_type(field) == column.type_name(), || at("type"));
        if column.type_name() == "String" {
            found.expect(field["length"].as_u64() == column.max(), || at("max"));
        }
        found.expect(field["createable"] == column.flag("create", true), || at("create"));
        found.expect(field["updateable"] == column.flag("update", true), || at("update"));
        let required = field["createable"] == true && field["nillable"] == false && field["defaultedOnCreate"] == false;
        let insisted = INSISTED.contains(&format!("{}.{}", table.name, column.name).as_str());
        found.expect(column.flag("required", false) == (required || insisted), || at("required"));
        let targets: Vec<_> = list(field, "referenceTo").into_iter().filter_map(Json::as_str).collect();
        let own = |target: &&str| targets.contains(target) || target.starts_with("AMB_");
        found.expect(column.texts("targets").iter().all(own), || at("targets"));
        for (_, navigation) in column.navigation() {
            found.expect(field["relationshipName"] == navigation, || at("navigation"));
        }
        let values: Vec<_> = list(field, "picklistValues").into_iter().filter_map(|v| v["value"].as_str()).collect();
        found.expect(column.type_name() != "Choice" || column.texts("choices") == values, || at("choices"));
    }
    for (child, collection) in table.children() {
        let known = list(recorded, "childRelationships").into_iter().any(|relationship| {
            relationship["childSObject"] == child && relationship["relationshipName"] == collection
        });
        let own = child.starts_with("AMB_") || collection.starts_with("AMB_");
        found.expect(known || own, || format!("salesforce {} {collection}", table.name));
    }
}

/// Objects without a describe: names, lengths and targets as the published stubs have them.
fn compare_stub(table: &Table<'_>, stub: &Json, found: &mut Findings) {
    for column in table.columns("AMB_") {
        let at = |what: &str| format!("salesforce {}.{} {what}", table.name, column.name);
        let field = &stub["fields"][column.name];
        found.expect(field.is_object(), || at("does not exist"));
        if let (Some(length), "String") = (field["length"].as_u64(), column.type_name()) {
            found.expect(column.max() == Some(length), || at("max"));
        }
        for (_, navigation) in column.navigation() {
            found.expect(field["relationshipName"] == navigation, || at("navigation"));
        }
    }
}

#[test]
fn the_fact_tables_say_what_was_recorded() {
    let Some(data) = recordings() else {
        println!("skipped: there are no recordings (`shared/data` beside the project)");
        return;
    };
    let mut found = Findings::default();
    let dataverse = starter("dataverse");
    let cdm = json(&data.join("crm-schemas/dataverse-cdm.json")).unwrap();
    for table in Table::all(&dataverse) {
        let recorded = json(&data.join(format!("dataverse-metadata/{}.EntityDefinition.json", table.name)));
        if table.inferred() && cdm[table.name].is_object() {
            compare_cdm(&table, &cdm[table.name], &mut found);
        }
        found.expect(recorded.is_none() == table.inferred(), || format!("dataverse {} inferred", table.name));
        if let Some(recorded) = recorded {
            compare_dataverse(&table, &recorded, &mut found);
        }
        if table.name == "appointment" {
            let page = json(&data.join("crm-schemas/dataverse-appointment-msdocs.json")).unwrap();
            compare_appointment(&table, &page, &mut found);
        }
    }
    let salesforce = starter("salesforce");
    let stubs = json(&data.join("crm-schemas/salesforce-standard.json")).unwrap();
    for table in Table::all(&salesforce) {
        let recorded = json(&data.join(format!("salesforce-describe/{}.describe.json", table.name)));
        found.expect(recorded.is_none() == table.inferred(), || format!("salesforce {} inferred", table.name));
        match recorded {
            Some(recorded) => compare_salesforce(&table, &recorded, &mut found),
            None if stubs["objects"][table.name].is_object() => {
                compare_stub(&table, &stubs["objects"][table.name], &mut found);
            }
            None => {}
        }
    }
    assert!(found.0.is_empty(), "differs from the recordings:\n  {}", found.0.join("\n  "));
}

/// Environments differ in lengths, and so do the sources: a definition asks for no more than any of them gives.
#[test]
fn no_dataverse_text_is_longer_than_the_common_data_model_has_it() {
    let Some(data) = recordings() else {
        println!("skipped: there are no recordings (`shared/data` beside the project)");
        return;
    };
    let cdm = json(&data.join("crm-schemas/dataverse-cdm.json")).unwrap();
    let workspace = Workspace::load(root().join("playbooks/packages/starter")).unwrap();
    let mut found = Findings::default();
    for definition in workspace.model.definitions.iter().filter(|definition| definition.crm.as_str() == "dataverse") {
        for field in &definition.fields {
            let longest = cdm[&definition.crm_type]["attributes"][&field.mapped_name]["maxLength"].as_u64();
            let fits = field.max_length.is_none_or(|max| longest.is_none_or(|longest| u64::from(max) <= longest));
            found.expect(fits, || format!("{}.{} is longer than {longest:?}", definition.id, field.name));
        }
    }
    assert!(found.0.is_empty(), "{:#?}", found.0);
}

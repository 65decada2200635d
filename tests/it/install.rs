//! What the starter library needs of a CRM and no CRM has by itself: the files in `install/` make all of it, as the
//! fact tables have it.

use std::fs;

use serde_json::Value as Json;

use crate::crm::{Column, Table, root, starter};

fn text(path: &str) -> String {
    fs::read_to_string(root().join("playbooks/packages/starter/install").join(path)).unwrap()
}

/// The bodies of the requests in a file for REST clients, with the request line of each.
fn requests(file: &str) -> Vec<(String, Json)> {
    let sections = file.split("\n###\n").skip(1);
    let request = |section: &str| {
        let line = section.lines().find(|line| line.starts_with("POST ")).unwrap().to_owned();
        let (_, body) = section.split_once("\n\n").unwrap();
        let body = serde_json::from_str(body).unwrap_or_else(|error| panic!("{line}: {error}"));
        (line, body)
    };
    sections.map(request).collect()
}

/// Every column of the requests, as table and definition.
fn columns(requests: &[(String, Json)]) -> Vec<(String, Json)> {
    let mut all = Vec::new();
    for (line, body) in requests {
        if line.ends_with("/Attributes") {
            let table = line.split('\'').nth(1).unwrap();
            all.push((table.to_owned(), body.clone()));
        }
        let table = body["SchemaName"].as_str().unwrap_or_default().to_lowercase();
        let own = body["Attributes"].as_array().into_iter().flatten();
        all.extend(own.map(|column| (table.clone(), column.clone())));
        if body["Lookup"].is_object() {
            let table = body["ReferencingEntity"].as_str().unwrap();
            all.push((table.to_owned(), body["Lookup"].clone()));
        }
    }
    all
}

fn dataverse_fits(column: &Column<'_>, made: &Json) -> bool {
    let kind = made["@odata.type"].as_str().unwrap().trim_start_matches("Microsoft.Dynamics.CRM.");
    match kind {
        "StringAttributeMetadata" => column.type_name() == "String" && made["MaxLength"].as_u64() == column.max(),
        "LookupAttributeMetadata" => column.navigation().iter().any(|(_, name)| made["SchemaName"] == *name),
        "PicklistAttributeMetadata" => {
            let options = made["OptionSet"]["Options"].as_array().unwrap();
            let value =
                |option: &Json| (option["Value"].clone(), option["Label"]["LocalizedLabels"][0]["Label"].clone());
            let choices = column.facts["choices"].as_mapping().unwrap().iter();
            let choices = choices.map(|(value, name)| (value.as_u64().unwrap().into(), name.as_str().unwrap().into()));
            options.iter().map(value).eq(choices)
        }
        other => panic!("unknown kind of column {other}"),
    }
}

#[test]
fn the_requests_make_what_dataverse_lacks() {
    let requests = requests(&text("dataverse.http"));
    let made = columns(&requests);
    let schema = starter("dataverse");
    let mut count = 0;
    for table in Table::all(&schema) {
        for column in table.columns("-").into_iter().filter(|column| column.name.starts_with("amb_")) {
            let named = |made: &Json| made["SchemaName"].as_str().unwrap().to_lowercase() == column.name;
            let found = made.iter().find(|(of, made)| of == table.name && named(made));
            let (_, found) = found.unwrap_or_else(|| panic!("{}.{} is not made", table.name, column.name));
            assert!(dataverse_fits(&column, found), "{}.{} differs: {found}", table.name, column.name);
            count += 1;
        }
        for key in table.facts["keys"].as_sequence().into_iter().flatten() {
            let key: Vec<_> = key.as_sequence().unwrap().iter().map(|column| column.as_str().unwrap()).collect();
            let path = format!("EntityDefinitions(LogicalName='{}')/Keys", table.name);
            let found = requests
                .iter()
                .any(|(line, body)| line.ends_with(&path) && body["KeyAttributes"] == Json::from(key.clone()));
            assert!(found, "the key {key:?} of {} is not made", table.name);
        }
        for (child, collection) in table.children().into_iter().filter(|(_, name)| name.starts_with("amb_")) {
            let found = |body: &Json| body["SchemaName"] == collection && body["ReferencingEntity"] == child;
            assert!(requests.iter().any(|(_, body)| found(body)), "{collection} is not made");
        }
    }
    assert_eq!(made.len(), count, "something is made that nothing uses");
}

/// The text of the first element of a name.
fn element<'x>(xml: &'x str, name: &str) -> Option<&'x str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    rest.split_once(&format!("</{name}>")).map(|(text, _)| text)
}

fn elements<'x>(xml: &'x str, name: &str) -> Vec<&'x str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    xml.split(&open).skip(1).filter_map(|rest| rest.split_once(&close)).map(|(text, _)| text).collect()
}

fn salesforce_fits(column: &Column<'_>, field: &str) -> bool {
    let length = element(field, "length").and_then(|length| length.parse().ok());
    let text = column.type_name() == "String" && length == column.max();
    match element(field, "type").unwrap() {
        "Text" => {
            let unique = column.flag("unique", false);
            let flag = |name| element(field, name) == Some("true");
            text && flag("unique") == unique
                && flag("externalId") == unique
                && flag("required") == column.flag("required", false)
        }
        "LongTextArea" => text && length > Some(255),
        "Lookup" => {
            let navigation = column.navigation();
            column.texts("targets") == elements(field, "referenceTo")
                && element(field, "fullName").unwrap().replace("__c", "__r") == navigation[0].1
        }
        "Picklist" => {
            let values: Vec<_> =
                elements(field, "value").iter().filter_map(|value| element(value, "fullName")).collect();
            column.type_name() == "Choice" && column.texts("choices") == values
        }
        other => panic!("unknown type of field {other}"),
    }
}

#[test]
fn the_package_makes_what_salesforce_lacks_and_lets_people_see_it() {
    let schema = starter("salesforce");
    let package = text("salesforce/package.xml");
    let permissions = text("salesforce/permissionsets/AMB_engage.permissionset");
    for table in Table::all(&schema) {
        let own: Vec<_> = table.columns("-").into_iter().filter(|column| column.name.starts_with("AMB_")).collect();
        if own.is_empty() {
            continue;
        }
        // Fields of events are declared on activities, and permitted on events.
        let object = if table.name == "Event" { "Activity" } else { table.name };
        let file = text(&format!("salesforce/objects/{object}.object"));
        let fields = elements(&file, "fields");
        assert_eq!(fields.len(), own.len(), "{object}");
        for column in own {
            let found = fields.iter().find(|field| element(field, "fullName") == Some(column.name));
            let field = found.unwrap_or_else(|| panic!("{object}.{} is not made", column.name));
            assert!(salesforce_fits(&column, field), "{object}.{} differs", column.name);
            let (listed, permitted) = (format!("{object}.{}", column.name), format!("{}.{}", table.name, column.name));
            assert!(object.starts_with("AMB_") || elements(&package, "members").contains(&listed.as_str()), "{listed}");
            let needless = column.flag("required", false);
            assert!(needless || elements(&permissions, "field").contains(&permitted.as_str()), "{permitted}");
        }
        if object.starts_with("AMB_") {
            assert!(
                elements(&package, "members").contains(&object) && elements(&permissions, "object").contains(&object)
            );
        }
    }
    for table in Table::all(&schema) {
        for (child, collection) in table.children().into_iter().filter(|(_, name)| name.starts_with("AMB_")) {
            let file = text(&format!("salesforce/objects/{child}.object"));
            let name = collection.trim_end_matches("__r");
            assert!(elements(&file, "relationshipName").contains(&name), "{collection} of {child} is not made");
        }
    }
}

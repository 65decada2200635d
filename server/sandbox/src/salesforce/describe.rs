//! Describes in the shape Salesforce has them.

use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Map, Value as Json, json};

use super::model::{self, Child, Model};
use super::profile::Right;
use crate::schema::{Column, Kind, OnDelete, Required, Table};

/// Every object in short.
pub(crate) fn global(model: &Model, root: &str) -> Json {
    let objects: Vec<Json> = model.schema.tables.values().map(|table| Json::Object(head(model, root, table))).collect();
    json!({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects})
}

/// An object in short, with what was used last.
pub(crate) fn basic(model: &Model, root: &str, table: &Table) -> Json {
    json!({"objectDescribe": head(model, root, table), "recentItems": []})
}

/// An object in full.
pub(crate) fn object(model: &Model, root: &str, table: &Table) -> Json {
    let mut full = head(model, root, table);
    let fields: Vec<Json> =
        table.columns.values().filter(|column| column.read).map(|column| field(table, column)).collect();
    let named = table.name_column.is_some();
    let children: Vec<Json> = model.children(table).map(|child| relation(&child)).collect();
    let more = json!({
        "actionOverrides": [], "childRelationships": children, "compactLayoutable": true, "fields": fields,
        "implementedBy": null, "implementsInterfaces": null, "defaultImplementation": null, "extendedBy": null,
        "extendsInterfaces": null, "isInterface": false, "listviewable": null, "lookupLayoutable": null,
        "namedLayoutInfos": [], "networkScopeFieldName": null, "recordTypeInfos": named.then(|| master(root, table)).into_iter().collect::<Vec<_>>(),
        "searchLayoutable": named, "sobjectDescribeOption": "FULL",
        "supportedScopes": scopes(table),
    });
    if let Json::Object(more) = more {
        full.extend(more);
    }
    Json::Object(full)
}

fn head(model: &Model, root: &str, table: &Table) -> Map<String, Json> {
    let url = format!("{root}/sobjects/{}", table.name);
    // Rows that only tie others together have no name, and are found through those.
    let named = table.name_column.is_some();
    let head = json!({
        "activateable": false, "associateEntityType": null, "associateParentEntity": null, "createable": model.may(&table.name, Right::Create),
        "custom": table.name.ends_with("__c"), "customSetting": false, "deepCloneable": false, "deletable": model.may(&table.name, Right::Delete),
        "deprecatedAndHidden": false, "feedEnabled": named && table.name != "Event", "hasSubtypes": false, "isSubtype": false,
        "keyPrefix": model.prefix(table), "label": table.label, "labelPlural": table.labels, "layoutable": true,
        "mergeable": matches!(table.name.as_str(), "Account" | "Contact" | "Lead"), "mruEnabled": named,
        "name": table.name, "queryable": true, "replicateable": true, "retrieveable": true, "searchable": named,
        "triggerable": true, "undeletable": named, "updateable": model.may(&table.name, Right::Edit),
        "urls": {"sobject": url, "describe": format!("{url}/describe"), "rowTemplate": format!("{url}/{{ID}}")},
    });
    match head {
        Json::Object(head) => head,
        _ => Map::new(),
    }
}

/// The etag of a describe: the same for the same text.
pub(crate) fn etag(body: &Json) -> String {
    let mut hasher = DefaultHasher::new();
    body.to_string().hash(&mut hasher);
    format!("\"{:016x}\"", hasher.finish())
}

fn master(root: &str, table: &Table) -> Json {
    let layout = format!("{root}/sobjects/{}/describe/layouts/012000000000000AAA", table.name);
    json!({
        "active": true, "available": true, "defaultRecordTypeMapping": true, "developerName": "Master", "master": true,
        "name": "Master", "recordTypeId": "012000000000000AAA", "urls": {"layout": layout},
    })
}

fn relation(child: &Child<'_>) -> Json {
    let name = if child.name.is_empty() { Json::Null } else { json!(child.name) };
    json!({
        "cascadeDelete": child.column.on_delete == OnDelete::Cascade, "childSObject": child.table.name,
        "deprecatedAndHidden": false, "field": child.column.name, "junctionIdListNames": [], "junctionReferenceTo": [],
        "relationshipName": name, "restrictedDelete": child.column.on_delete == OnDelete::Restrict,
    })
}

fn field(table: &Table, column: &Column) -> Json {
    let is_id = column.name == table.id;
    let length = match column.kind {
        Kind::Id | Kind::Ref => 18,
        Kind::Text | Kind::Choices => column.length.unwrap_or(255),
        _ => 0,
    };
    let polymorphic = column.polymorphic;
    let default = match (&column.default, column.kind) {
        (None, Kind::Bool) if column.defaulted => json!(false),
        (Some(default), Kind::Bool) => json!(default == "true"),
        (Some(default), _) => json!(default),
        (None, _) => Json::Null,
    };
    let bytes = if matches!(column.kind, Kind::Id | Kind::Ref) { length } else { length * 3 };
    let mut field = json!({
        "aggregatable": column.aggregatable, "aiPredictionField": false, "autoNumber": column.auto_number,
        "byteLength": bytes, "calculated": column.calculated, "calculatedFormula": null,
        "cascadeDelete": false, "caseSensitive": column.case_sensitive, "compoundFieldName": column.compound,
        "controllerName": null, "createable": column.create, "custom": column.name.ends_with("__c"),
        "defaultValue": default, "defaultValueFormula": null, "defaultedOnCreate": column.defaulted,
        "dependentPicklist": false, "deprecatedAndHidden": false, "digits": column.digits.unwrap_or(0),
        "displayLocationInDecimal": false, "encrypted": false, "externalId": column.external_id, "extraTypeInfo": extra(table, column),
        "filterable": column.filterable, "filteredLookupInfo": null, "formulaTreatNullNumberAsZero": false,
        "groupable": column.groupable, "highScaleNumber": false, "htmlFormatted": false, "idLookup": column.id_lookup || is_id,
        "inlineHelpText": null, "label": column.label, "length": length, "mask": null, "maskType": null,
    });
    let rest = json!({
        "name": column.name, "nameField": table.name_column.as_deref() == Some(&column.name),
        "namePointing": polymorphic, "nillable": column.required != Required::SystemRequired && !is_id,
        "permissionable": (column.required != Required::SystemRequired && column.create) || column.crm_type == "address", "picklistValues": options(column),
        "polymorphicForeignKey": polymorphic, "precision": column.precision.unwrap_or(0), "queryByDistance": column.kind == Kind::Virtual,
        "referenceTargetField": null, "referenceTo": column.targets, "relationshipName": model::relationship(column),
        "relationshipOrder": null, "restrictedDelete": false, "restrictedPicklist": column.restricted,
        "scale": column.scale.unwrap_or(0), "searchPrefilterable": is_prefilter(column), "soapType": soap(column),
        "sortable": column.sortable, "type": column.crm_type, "unique": column.unique, "updateable": column.update,
        "writeRequiresMasterRead": false,
    });
    if let (Json::Object(field), Json::Object(rest)) = (&mut field, rest) {
        field.extend(rest);
    }
    field
}

/// What a query can be narrowed to by `USING SCOPE`.
fn scopes(table: &Table) -> Vec<Json> {
    let labels = table.labels.to_lowercase();
    let mut scopes = vec![json!({"label": format!("All {labels}"), "name": "everything"})];
    if table.column("OwnerId").is_some() {
        scopes.push(json!({"label": format!("My {labels}"), "name": "mine"}));
    }
    scopes
}

fn is_prefilter(column: &Column) -> bool {
    let free = column.update && column.required != Required::SystemRequired;
    column.kind == Kind::Ref && free && column.name != "RecordTypeId"
}

/// More about a type, as recordings have it.
fn extra(table: &Table, column: &Column) -> Option<&'static str> {
    match (column.name.as_str(), column.crm_type.as_str()) {
        (_, "textarea") => Some("plaintextarea"),
        ("PhotoUrl", _) => Some("imageurl"),
        ("Name", _) if table.name == "Account" => Some("switchablepersonname"),
        ("Name" | "FirstName" | "LastName" | "Salutation", _) if table.column("LastName").is_some() => {
            Some("personname")
        }
        _ => None,
    }
}

fn options(column: &Column) -> Vec<Json> {
    let one = |(value, label): &(String, String)| {
        let default = column.default.as_ref() == Some(value);
        json!({"active": true, "defaultValue": default, "label": label, "validFor": null, "value": value})
    };
    column.options.iter().map(one).collect()
}

fn soap(column: &Column) -> &'static str {
    match column.crm_type.as_str() {
        "id" | "reference" => "tns:ID",
        "boolean" => "xsd:boolean",
        "int" => "xsd:int",
        "double" | "currency" | "percent" => "xsd:double",
        "date" => "xsd:date",
        "datetime" => "xsd:dateTime",
        "address" => "urn:address",
        _ => "xsd:string",
    }
}

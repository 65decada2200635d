//! Definitions of tables, columns and relations as JSON, in the shape the product answers.

use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::nav;
use crate::schema::{Column, Kind, Required, Schema, Table};

/// The language of every label.
const LANGUAGE: u32 = 1033;

/// The identifier of a definition: the same in every run.
pub(crate) fn metadata_id(name: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()).to_string()
}

fn label(text: &str) -> Json {
    let one = json!({
        "Label": text, "LanguageCode": LANGUAGE, "IsManaged": true, "MetadataId": metadata_id(text), "HasChanged": null,
    });
    json!({"LocalizedLabels": [one], "UserLocalizedLabel": one})
}

/// A table without its columns and relations.
pub(crate) fn table(table: &Table) -> Map<String, Json> {
    let code = table.code.parse::<u32>().map(Json::from).unwrap_or_else(|_| custom_code(&table.name));
    let definition = json!({
        "MetadataId": metadata_id(&table.name),
        "LogicalName": table.name,
        "SchemaName": table.schema_name,
        "EntitySetName": table.set,
        "LogicalCollectionName": table.set,
        "CollectionSchemaName": table.set,
        "DisplayName": label(&table.label),
        "DisplayCollectionName": label(&table.labels),
        "Description": label(""),
        "HasNotes": !matches!(table.name.as_str(), "annotation" | "activityparty" | "systemuser"),
        "HasActivities": false,
        "IsActivity": table.activity,
        "IsActivityParty": false,
        "IsIntersect": false,
        "IsManaged": !table.custom,
        "IsCustomEntity": table.custom,
        "IsPrivate": false,
        "IsLogicalEntity": false,
        "IsOptimisticConcurrencyEnabled": true,
        "ChangeTrackingEnabled": super::tracking::is_tracked(table),
        "PrimaryIdAttribute": table.id,
        "PrimaryNameAttribute": table.name_column,
        "PrimaryImageAttribute": null,
        "ObjectTypeCode": code,
        "OwnershipType": table.ownership,
        "TableType": "Standard",
        "DataProviderId": null,
    });
    into_map(definition)
}

/// Custom tables are numbered from 10000 on.
fn custom_code(name: &str) -> Json {
    let number = Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()).as_u128() % 10_000;
    Json::from(10_000 + u64::try_from(number).unwrap_or(0))
}

fn into_map(json: Json) -> Map<String, Json> {
    match json {
        Json::Object(map) => map,
        _ => Map::new(),
    }
}

fn required(level: Required) -> &'static str {
    match level {
        Required::None => "None",
        Required::Recommended => "Recommended",
        Required::ApplicationRequired => "ApplicationRequired",
        Required::SystemRequired => "SystemRequired",
    }
}

/// `AttributeType` of a column: some types have no word of their own there.
fn attribute_type(column: &Column) -> &str {
    match column.crm_type.as_str() {
        "MultiSelectPicklist" | "Image" => "Virtual",
        other => other,
    }
}

/// The class of a column's definition; none for columns that have no properties of their own.
pub(crate) fn class(column: &Column) -> Option<String> {
    let class = match column.crm_type.as_str() {
        "Uniqueidentifier" | "Virtual" | "CalendarRules" => return None,
        "Customer" | "Owner" | "PartyList" => "Lookup",
        other => other,
    };
    Some(format!("Microsoft.Dynamics.CRM.{class}AttributeMetadata"))
}

/// A column.
pub(crate) fn column(table: &Table, column: &Column) -> Map<String, Json> {
    let mut out = Map::new();
    if let Some(class) = class(column) {
        out.insert("@odata.type".into(), format!("#{class}").into());
    }
    // The addresses within a row are rows of their own to the product, each with its key.
    let is_id = column.name == table.id || column.name.ends_with("_addressid");
    let base = json!({
        "MetadataId": metadata_id(&format!("{}.{}", table.name, column.name)),
        "LogicalName": column.name,
        "SchemaName": column.schema_name,
        "AttributeType": attribute_type(column),
        "AttributeOf": column.of,
        "EntityLogicalName": table.name,
        "DisplayName": label(&column.label),
        "Description": label(""),
        "IsPrimaryId": is_id,
        "IsPrimaryName": table.name_column.as_deref() == Some(&column.name),
        "IsValidForCreate": column.create,
        "IsValidForRead": column.read,
        "IsValidForUpdate": column.update,
        "IsValidODataAttribute": nav::is_property(column),
        "IsLogical": column.of.is_some(),
        "IsSecured": column.secured,
        "IsCustomAttribute": column.custom,
        "IsManaged": !column.custom,
        "SourceType": if column.calculated { json!(2) } else if is_id { Json::Null } else { json!(0) },
        "RequiredLevel": {
            "Value": required(column.required),
            "CanBeChanged": column.required != Required::SystemRequired,
            "ManagedPropertyLogicalName": "canmodifyrequirementlevelsettings",
        },
        "AttributeTypeName": {"Value": format!("{}Type", column.crm_type)},
    });
    out.append(&mut into_map(base));
    out.append(&mut into_map(details(column)));
    out
}

/// What a column has beside what all have.
fn details(column: &Column) -> Json {
    let format = |default: &str| column.format.clone().unwrap_or_else(|| default.to_owned());
    match (column.crm_type.as_str(), column.kind) {
        ("String", _) => {
            json!({"MaxLength": column.length, "Format": format("Text"), "FormatName": {"Value": format("Text")}})
        }
        ("Memo", _) => json!({"MaxLength": column.length, "Format": format("TextArea")}),
        ("Integer", _) => {
            let bound = |given: Option<f64>, default: i32| given.map_or_else(|| json!(default), number);
            json!({"Format": format("None"), "MinValue": bound(column.min, i32::MIN), "MaxValue": bound(column.max, i32::MAX)})
        }
        ("BigInt", _) => json!({"MinValue": i64::MIN, "MaxValue": i64::MAX}),
        ("Decimal" | "Money" | "Double", _) => {
            json!({"MinValue": column.min, "MaxValue": column.max, "Precision": column.precision.unwrap_or(2)})
        }
        ("DateTime", _) => json!({
            "Format": column.format.clone().unwrap_or_else(|| if column.kind == Kind::Date { "DateOnly" } else { "DateAndTime" }.to_owned()),
            "DateTimeBehavior": {"Value": column.behavior.clone().unwrap_or_else(|| "UserLocal".to_owned())},
        }),
        ("Lookup" | "Customer" | "Owner" | "PartyList", _) => {
            json!({"Targets": column.targets, "Format": format("None")})
        }
        ("Picklist" | "State" | "Status" | "MultiSelectPicklist", _) => {
            json!({"DefaultFormValue": column.default.as_ref().and_then(|value| value.parse::<i64>().ok()).unwrap_or(-1)})
        }
        ("Boolean", _) => json!({"DefaultValue": column.default.as_deref() == Some("true")}),
        _ => json!({}),
    }
}

/// A bound as a whole number where it is one.
fn number(value: f64) -> Json {
    let text = format!("{value}");
    serde_json::from_str(&text).unwrap_or(Json::Null)
}

/// The options of a choice; none for other columns.
pub(crate) fn option_set(table: &Table, column: &Column) -> Option<Json> {
    let name = format!("{}_{}", table.name, column.name);
    let option = |value: &str, text: &str, index: usize| {
        json!({
            "Value": value.parse::<i64>().unwrap_or(i64::try_from(index).unwrap_or(0)),
            "Label": label(text), "Description": label(""), "Color": null, "IsManaged": !column.custom, "ExternalValue": "",
            "ParentValues": [], "MetadataId": null, "HasChanged": null,
        })
    };
    let kind = match column.crm_type.as_str() {
        "Boolean" => {
            return Some(json!({
                "MetadataId": metadata_id(&name), "Name": name, "IsGlobal": false, "OptionSetType": "Boolean",
                "TrueOption": option("1", "Yes", 1), "FalseOption": option("0", "No", 0),
            }));
        }
        "Picklist" | "MultiSelectPicklist" => "Picklist",
        "State" => "State",
        "Status" => "Status",
        _ => return None,
    };
    let options: Vec<Json> =
        column.options.iter().enumerate().map(|(at, (value, text))| option(value, text, at)).collect();
    Some(json!({
        "MetadataId": metadata_id(&name), "Name": name, "DisplayName": label(&column.label), "Description": label(""),
        "IsCustomOptionSet": column.custom, "IsGlobal": false, "IsManaged": !column.custom, "OptionSetType": kind,
        "Options": options,
    }))
}

/// Relations of a table: as the referring side, as the side referred to, and many-to-many.
#[derive(Debug, Default)]
pub(crate) struct Relations {
    pub(crate) many_to_one: Vec<Json>,
    pub(crate) one_to_many: Vec<Json>,
    pub(crate) many_to_many: Vec<Json>,
}

/// All relations of a table.
pub(crate) fn relations(schema: &Schema, table: &Table) -> Relations {
    let mut found = Relations::default();
    for child in schema.tables.values() {
        for column in child.columns.values() {
            for relation in &column.relations {
                let json = || one_to_many(schema, child, column, relation);
                if child.name == table.name {
                    found.many_to_one.push(json());
                }
                if relation.to == table.name {
                    found.one_to_many.push(json());
                }
            }
        }
    }
    let own = |link: &&crate::schema::Link| link.left == table.name || link.right == table.name;
    found.many_to_many = schema.links.iter().filter(own).map(many_to_many).collect();
    found
}

fn one_to_many(schema: &Schema, child: &Table, column: &Column, relation: &crate::schema::Relation) -> Json {
    let key = match relation.to.as_str() {
        "owner" => "ownerid".to_owned(),
        to => schema.table(to).map(|table| table.id.clone()).unwrap_or_default(),
    };
    let cascade = match column.on_delete {
        crate::schema::OnDelete::Clear => "RemoveLink",
        crate::schema::OnDelete::Cascade => "Cascade",
        crate::schema::OnDelete::Restrict => "Restrict",
    };
    json!({
        "MetadataId": metadata_id(&format!("{}/{}/{}", relation.name, child.name, column.name)),
        "SchemaName": relation.name,
        "RelationshipType": "OneToManyRelationship",
        "IsCustomRelationship": column.custom,
        "IsManaged": !column.custom,
        "ReferencedEntity": relation.to,
        "ReferencedAttribute": key,
        "ReferencingEntity": child.name,
        "ReferencingAttribute": column.name,
        "ReferencedEntityNavigationPropertyName": relation.collection,
        "ReferencingEntityNavigationPropertyName": relation.navigation,
        "CascadeConfiguration": {
            "Assign": "NoCascade", "Delete": cascade, "Merge": "NoCascade", "Reparent": "NoCascade", "Share": "NoCascade",
            "Unshare": "NoCascade",
        },
    })
}

fn many_to_many(link: &crate::schema::Link) -> Json {
    json!({
        "MetadataId": metadata_id(&link.name),
        "SchemaName": link.name,
        "RelationshipType": "ManyToManyRelationship",
        "Entity1LogicalName": link.left,
        "Entity2LogicalName": link.right,
        "IntersectEntityName": link.table,
        "Entity1NavigationPropertyName": link.left_navigation,
        "Entity2NavigationPropertyName": link.right_navigation,
    })
}

/// Alternate keys of a table.
pub(crate) fn keys(table: &Table) -> Vec<Json> {
    let key = |(name, columns): (&String, &Vec<String>)| {
        json!({
            "MetadataId": metadata_id(&format!("{}.{name}", table.name)),
            "LogicalName": name,
            "SchemaName": name,
            "DisplayName": label(name),
            "EntityLogicalName": table.name,
            "KeyAttributes": columns,
            "IsManaged": false,
            "EntityKeyIndexStatus": "Active",
        })
    };
    table.keys.iter().map(key).collect()
}

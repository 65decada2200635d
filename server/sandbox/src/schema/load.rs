//! Reads schema files.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_yaml::{Mapping, Value as Yaml};

use super::{Column, Crm, Kind, Link, OnDelete, Relation, Required, Schema, SchemaError, Table, Validation};

/// Largest schema file.
pub(super) const MAX_BYTES: usize = 8 * 1024 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FileIn {
    kind: String,
    crm: Crm,
    #[serde(default)]
    tables: BTreeMap<String, TableIn>,
    #[serde(default)]
    many_to_many: Vec<Link>,
    #[serde(default)]
    settings: BTreeMap<String, bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableIn {
    set: Option<String>,
    schema: Option<String>,
    label: Option<String>,
    labels: Option<String>,
    id: Option<String>,
    name: Option<String>,
    code: Option<Yaml>,
    ownership: Option<String>,
    #[serde(default)]
    activity: bool,
    #[serde(default)]
    inferred: bool,
    #[serde(default)]
    keys: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    duplicates: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    blocking: BTreeSet<String>,
    #[serde(default)]
    validations: BTreeMap<String, Validation>,
    #[serde(default)]
    columns: BTreeMap<String, ColumnIn>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ColumnIn {
    schema: Option<String>,
    label: Option<String>,
    #[serde(rename = "type")]
    crm_type: String,
    #[serde(default = "yes")]
    create: bool,
    #[serde(default = "yes")]
    read: bool,
    #[serde(default = "yes")]
    update: bool,
    #[serde(default)]
    required: Required,
    length: Option<u64>,
    min: Option<f64>,
    max: Option<f64>,
    precision: Option<u32>,
    scale: Option<u32>,
    digits: Option<u32>,
    format: Option<String>,
    behavior: Option<String>,
    #[serde(default)]
    options: Mapping,
    #[serde(default)]
    restricted: bool,
    default: Option<Yaml>,
    #[serde(default)]
    defaulted: bool,
    #[serde(default)]
    targets: Vec<String>,
    #[serde(default)]
    relations: Vec<Relation>,
    navigation: Option<String>,
    #[serde(default)]
    polymorphic: bool,
    #[serde(default)]
    on_delete: OnDelete,
    of: Option<String>,
    compound: Option<String>,
    #[serde(default)]
    secured: bool,
    #[serde(default)]
    unique: bool,
    #[serde(default)]
    external_id: bool,
    #[serde(default)]
    id_lookup: bool,
    #[serde(default)]
    case_sensitive: bool,
    #[serde(default)]
    calculated: bool,
    #[serde(default)]
    rollup: bool,
    #[serde(default)]
    auto_number: bool,
    #[serde(default = "yes")]
    filterable: bool,
    #[serde(default = "yes")]
    sortable: bool,
    #[serde(default = "yes")]
    groupable: bool,
    #[serde(default = "yes")]
    aggregatable: bool,
}

fn yes() -> bool {
    true
}

pub(super) fn extend(schema: &mut Schema, text: &str, custom: bool) -> Result<(), SchemaError> {
    if text.len() > MAX_BYTES {
        return Err(SchemaError::TooLarge);
    }
    let file: FileIn = serde_yaml::from_str(text).map_err(SchemaError::Shape)?;
    if file.kind != "SandboxSchema" || file.crm != schema.crm {
        return Err(SchemaError::NotOurs);
    }
    for (name, table) in file.tables {
        add_table(schema, name, table, custom)?;
    }
    schema.links.extend(file.many_to_many);
    schema.settings.extend(switches(schema.crm, file.settings)?);
    check_ends(schema)?;
    schema.between = schema.links.iter().map(|link| (link.table.clone(), between(schema, link))).collect();
    Ok(())
}

/// Switches that each CRM has.
fn switches(crm: Crm, given: BTreeMap<String, bool>) -> Result<BTreeMap<String, bool>, SchemaError> {
    let known: &[&str] = match crm {
        Crm::Dataverse => &[],
        Crm::Salesforce => &["shared_activities"],
    };
    match given.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(SchemaError::UnknownSetting { name: name.clone() }),
        None => Ok(given),
    }
}

/// The table of a many-to-many relation: the keys of its two ends.
fn between(schema: &Schema, link: &Link) -> Table {
    let mut table = new_table(schema.crm, &link.table, false);
    for end in [&link.left, &link.right] {
        let Some(end) = schema.table(end) else { continue };
        if let Some(key) = end.column(&end.id) {
            table.columns.insert(key.name.clone(), key.clone());
        }
    }
    table
}

/// Relations lead to tables that are there; `owner` stands for users and teams.
fn check_ends(schema: &Schema) -> Result<(), SchemaError> {
    let relations = schema.tables.values().flat_map(|table| table.columns.values()).flat_map(|c| &c.relations);
    let ends = relations.map(|relation| &relation.to).filter(|to| *to != "owner");
    let mut ends = ends.chain(schema.links.iter().flat_map(|link| [&link.left, &link.right]));
    match ends.find(|table| schema.table(table).is_none()) {
        Some(table) => Err(SchemaError::UnknownTable { table: table.clone() }),
        None => Ok(()),
    }
}

fn add_table(schema: &mut Schema, name: String, given: TableIn, custom: bool) -> Result<(), SchemaError> {
    let crm = schema.crm;
    let table = schema.tables.entry(name.clone()).or_insert_with(|| new_table(crm, &name, custom));
    let TableIn { set, schema: schema_name, label, labels, id, name: name_column, code, ownership, .. } = given;
    table.set = set.unwrap_or_else(|| std::mem::take(&mut table.set));
    table.schema_name = schema_name.unwrap_or_else(|| std::mem::take(&mut table.schema_name));
    table.label = label.unwrap_or_else(|| std::mem::take(&mut table.label));
    table.labels = labels.unwrap_or_else(|| std::mem::take(&mut table.labels));
    table.id = id.unwrap_or_else(|| std::mem::take(&mut table.id));
    table.name_column = name_column.filter(|column| !column.is_empty()).or_else(|| table.name_column.take());
    table.code = code.as_ref().map(plain).unwrap_or_else(|| std::mem::take(&mut table.code));
    table.ownership = ownership.unwrap_or_else(|| std::mem::take(&mut table.ownership));
    table.activity |= given.activity;
    table.inferred |= given.inferred;
    for (name, column) in given.columns {
        let column = column_of(crm, &table.name, name, column, custom)?;
        if column.unique && !table.keys.contains_key(&column.name) {
            table.keys.insert(column.name.clone(), vec![column.name.clone()]);
        }
        table.columns.insert(column.name.clone(), column);
    }
    table.keys.extend(given.keys);
    table.duplicates.extend(given.duplicates);
    table.blocking.extend(given.blocking);
    if crm == Crm::Dataverse && !(given.validations.is_empty() && table.blocking.is_empty()) {
        return Err(SchemaError::UnknownSetting { name: "validations, blocking".to_owned() });
    }
    table.validations.extend(given.validations);
    check(table)
}

fn new_table(crm: Crm, name: &str, custom: bool) -> Table {
    let set = match crm {
        Crm::Dataverse => format!("{name}s"),
        Crm::Salesforce => name.to_owned(),
    };
    let id = match crm {
        Crm::Dataverse => format!("{name}id"),
        Crm::Salesforce => "Id".to_owned(),
    };
    Table {
        name: name.to_owned(),
        set,
        schema_name: name.to_owned(),
        label: name.to_owned(),
        labels: format!("{name}s"),
        id,
        name_column: None,
        code: String::new(),
        ownership: "UserOwned".to_owned(),
        activity: false,
        inferred: false,
        custom,
        columns: BTreeMap::new(),
        keys: BTreeMap::new(),
        duplicates: BTreeMap::new(),
        blocking: BTreeSet::new(),
        validations: BTreeMap::new(),
    }
}

fn check(table: &Table) -> Result<(), SchemaError> {
    let relations = table.columns.values().flat_map(|column| &column.relations);
    let relations =
        relations.flat_map(|relation| [&relation.to, &relation.name, &relation.navigation, &relation.collection]);
    let own = [&table.name, &table.set, &table.schema_name];
    let names = own.into_iter().chain(table.columns.keys()).chain(table.keys.keys()).chain(relations);
    if let Some(name) = names.into_iter().find(|name| !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')) {
        return Err(SchemaError::Name { name: name.clone() });
    }
    if table.column(&table.id).is_none() {
        return Err(SchemaError::NoPrimaryKey { table: table.name.clone(), id: table.id.clone() });
    }
    if let Some(rule) = table.blocking.iter().find(|rule| !table.duplicates.contains_key(*rule)) {
        return Err(SchemaError::UnknownRule { table: table.name.clone(), rule: rule.clone() });
    }
    for (rule, validation) in &table.validations {
        if let Some(column) = validation.field.as_ref().filter(|field| table.column(field).is_none()) {
            let (table, key, column) = (table.name.clone(), rule.clone(), column.clone());
            return Err(SchemaError::UnknownKeyColumn { table, key, column });
        }
    }
    for (key, columns) in table.keys.iter().chain(&table.duplicates) {
        if let Some(column) = columns.iter().find(|column| table.column(column).is_none()) {
            let (table, key, column) = (table.name.clone(), key.clone(), column.clone());
            return Err(SchemaError::UnknownKeyColumn { table, key, column });
        }
    }
    Ok(())
}

fn column_of(crm: Crm, table: &str, name: String, given: ColumnIn, custom: bool) -> Result<Column, SchemaError> {
    let Some(kind) = Kind::of(crm, &given.crm_type, given.behavior.as_deref()) else {
        let (table, crm_type) = (table.to_owned(), given.crm_type);
        return Err(SchemaError::UnknownType { table, column: name, crm_type });
    };
    let targets = match given.targets.is_empty() {
        true => given.relations.iter().map(|relation| relation.to.clone()).collect(),
        false => given.targets,
    };
    Ok(Column {
        schema_name: given.schema.unwrap_or_else(|| name.clone()),
        label: given.label.unwrap_or_else(|| name.clone()),
        name,
        crm_type: given.crm_type,
        kind,
        create: given.create,
        read: given.read,
        update: given.update,
        required: given.required,
        length: given.length,
        min: given.min,
        max: given.max,
        precision: given.precision,
        scale: given.scale,
        digits: given.digits,
        format: given.format,
        behavior: given.behavior,
        options: given.options.iter().map(|(value, label)| (plain(value), plain(label))).collect(),
        restricted: given.restricted,
        default: given.default.as_ref().map(plain),
        defaulted: given.defaulted,
        targets,
        relations: given.relations,
        navigation: given.navigation,
        polymorphic: given.polymorphic,
        on_delete: given.on_delete,
        of: given.of,
        compound: given.compound,
        secured: given.secured,
        unique: given.unique,
        external_id: given.external_id,
        id_lookup: given.id_lookup,
        case_sensitive: given.case_sensitive,
        calculated: given.calculated || given.rollup,
        auto_number: given.auto_number,
        filterable: given.filterable,
        sortable: given.sortable,
        groupable: given.groupable,
        aggregatable: given.aggregatable,
        custom,
    })
}

/// A scalar as text.
fn plain(yaml: &Yaml) -> String {
    match yaml {
        Yaml::String(text) => text.clone(),
        Yaml::Bool(bool) => bool.to_string(),
        Yaml::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

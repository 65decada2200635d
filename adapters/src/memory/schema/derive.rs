//! A schema from definitions alone: every column that a definition names, as the definition describes it.

use engage_engine::catalog::{Catalog, Entity, EntityField};
use engage_engine::{CrmName, FieldType};

use super::{ColumnSchema, ColumnType, EmbeddedSchema, Navigation, Schema, TableSchema, Wire};

impl Schema {
    /// What the definitions of a CRM imply about its tables: for workspaces that have no schema file.
    ///
    /// A column that is written under another name follows the column that is written. Required, lengths and choices
    /// are taken from the definition; where two definitions share a column, the kinder one counts.
    pub fn derive(catalog: &Catalog, crm: &CrmName) -> Self {
        let mut schema = Self::new(crm.clone());
        for entity in catalog.entities(crm.as_str()) {
            let table = schema.tables.entry(entity.crm_type.clone()).or_default();
            let id = entity.field(engage_engine::FieldName::ID).and_then(|field| field.read_column.clone());
            if table.key.is_empty() {
                table.key = id.unwrap_or_else(|| "Id".to_owned());
            }
            for field in entity.fields.iter().filter(|field| !field.name.is_id()) {
                table.add(field, entity, catalog);
            }
            let column = |position: &usize| entity.fields.get(*position).and_then(column_of);
            for key in &entity.keys {
                let columns: Vec<String> = key.iter().filter_map(column).collect();
                if !table.keys.contains(&columns) {
                    table.keys.push(columns);
                }
            }
            if let Some(column) = entity.idempotency.as_ref().and_then(column) {
                table.columns.entry(column).and_modify(|column| column.unique = true);
            }
            if table.embedded.is_none() {
                table.embedded = embedded(entity, catalog);
            }
        }
        schema
    }
}

fn column_of(field: &EntityField) -> Option<String> {
    field.write_column.clone().or_else(|| field.read_column.clone())
}

impl TableSchema {
    fn add(&mut self, field: &EntityField, entity: &Entity, catalog: &Catalog) {
        let described = describe(field, entity, catalog);
        let Some(read) = &field.read_column else { return };
        match &field.write_column {
            Some(write) if write != read => {
                let derived = ColumnSchema {
                    create: false,
                    update: false,
                    required: false,
                    navigation: None,
                    follows: Some(write.clone()),
                    ..described.clone()
                };
                self.put(write, described);
                self.put(read, derived);
            }
            Some(write) => self.put(write, described),
            None => self.put(read, ColumnSchema { create: false, update: false, required: false, ..described }),
        }
    }

    fn put(&mut self, name: &str, column: ColumnSchema) {
        match self.columns.get_mut(name) {
            Some(own) => own.widen(column),
            None => {
                self.columns.insert(name.to_owned(), column);
            }
        }
    }
}

impl ColumnSchema {
    /// Allows what either allows.
    fn widen(&mut self, other: Self) {
        self.required &= other.required;
        self.create |= other.create;
        self.update |= other.update;
        self.max = self.max.zip(other.max).map(|(a, b)| a.max(b));
        // An empty list allows everything, so it stays empty.
        if self.choices.is_empty() || other.choices.is_empty() {
            self.choices.clear();
        } else {
            let new: Vec<Wire> = other.choices.into_iter().filter(|choice| !self.choices.contains(choice)).collect();
            self.choices.extend(new);
        }
        let targets: Vec<String> = other.targets.into_iter().filter(|target| !self.targets.contains(target)).collect();
        self.targets.extend(targets);
        if self.follows.is_none() {
            self.follows = other.follows;
        }
        self.navigation = match (self.navigation.take(), other.navigation) {
            (Some(Navigation::PerTarget(mut own)), Some(Navigation::PerTarget(other))) => {
                own.extend(other);
                Some(Navigation::PerTarget(own))
            }
            (own, other) => own.or(other),
        };
    }
}

fn describe(field: &EntityField, entity: &Entity, catalog: &Catalog) -> ColumnSchema {
    let column_type = match &field.field_type {
        FieldType::String => ColumnType::String,
        FieldType::Boolean => ColumnType::Boolean,
        FieldType::Int => ColumnType::Int,
        FieldType::Double => ColumnType::Double,
        FieldType::Decimal => ColumnType::Decimal,
        FieldType::Date => ColumnType::Date,
        FieldType::DateTime => ColumnType::DateTime,
        FieldType::Choice => ColumnType::Choice,
        FieldType::MultiChoice => ColumnType::MultiChoice,
        FieldType::Ref(_) => ColumnType::Ref,
    };
    let mut column = ColumnSchema::new(column_type);
    column.required = field.required;
    column.max = field.max_length;
    column.choices = field.choices.iter().map(|choice| Wire(choice.wire_value())).collect();
    if let FieldType::Ref(target) = &field.field_type
        && let Some(target) = catalog.entity(entity.crm.as_str(), target.as_str())
    {
        column.targets.push(target.crm_type.clone());
        let per_target = |via: &String| Navigation::PerTarget([(target.crm_type.clone(), via.clone())].into());
        column.navigation = field.via.as_ref().map(per_target);
    }
    column
}

fn embedded(entity: &Entity, catalog: &Catalog) -> Option<EmbeddedSchema> {
    let embedded = entity.embedded.as_ref()?;
    let parent = catalog.entity(entity.crm.as_str(), embedded.parent.as_str())?;
    let refers = |field: &&EntityField| field.field_type == FieldType::Ref(embedded.parent.clone());
    let by = entity.fields.iter().filter(|field| !field.name.is_id()).find(refers).and_then(column_of);
    Some(EmbeddedSchema { parent: parent.crm_type.clone(), collection: embedded.collection.clone(), by })
}

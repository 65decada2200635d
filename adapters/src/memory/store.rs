//! The tables together: names resolved, references checked, changes undone.

use std::collections::HashMap;
use std::sync::Arc;

use engage_engine::adapter::{AdapterError, AdapterErrorKind};
use engage_engine::catalog::{Entity, EntityField};
use engage_engine::{FieldType, Value};

use super::cell::{Cell, id_of};
use super::schema::{ColumnSchema, ColumnType, Schema, SchemaError, TableSchema};
use super::table::{Column, Inside, Row, Table};

/// Where an abstract field is found in a row.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Id,
    Column(usize),
}

/// A field of an entity, ready to be read from rows.
#[derive(Clone, Copy)]
pub(super) struct Reader<'e> {
    pub(super) field: &'e EntityField,
    pub(super) place: Place,
    /// The only table whose references the field shows; `None`: any that the column has.
    pub(super) target: Option<usize>,
}

impl Reader<'_> {
    pub(super) fn value(&self, table: &Table, id: &Arc<str>, row: &Row) -> Value {
        let Place::Column(column) = self.place else { return id_of(self.field, id) };
        match (table.cell(row, column), self.target) {
            (Cell::Ref(table, _), Some(target)) if *table != target => Value::Null,
            (cell, _) => cell.value(self.field),
        }
    }
}

#[derive(Default)]
pub(super) struct Store {
    pub(super) tables: Vec<Table>,
    by_name: HashMap<String, usize>,
    /// Tables by the semantic id of their entities, from the catalog.
    pub(super) entities: HashMap<String, usize>,
    pub(super) revision: u64,
    /// Records made, for the next id.
    pub(super) made: u64,
    undo: Vec<(usize, Arc<str>, Option<Row>)>,
}

pub(super) fn fail(kind: AdapterErrorKind, details: impl Into<String>) -> AdapterError {
    AdapterError { kind, details: Some(details.into()) }
}

pub(super) fn rejected(field: &EntityField, why: &str) -> AdapterError {
    let kind = AdapterErrorKind::Rejected { field: Some(field.name.to_string()) };
    fail(kind, format!("`{}`: {why}", field.name))
}

impl Store {
    /// Compiles a schema: every name in it becomes a position.
    pub(super) fn new(schema: &Schema) -> Result<Self, SchemaError> {
        let by_name: HashMap<String, usize> =
            schema.tables.keys().enumerate().map(|(position, name)| (name.clone(), position)).collect();
        let mut tables = Vec::with_capacity(schema.tables.len());
        for (name, table) in &schema.tables {
            tables.push(compile(name, table, &by_name)?);
        }
        let mut store = Self { tables, by_name, ..Self::default() };
        for (name, table) in &schema.tables {
            if let Some(inside) = store.inside(name, table)?
                && let Some(table) = store.by_name.get(name).and_then(|position| store.tables.get_mut(*position))
            {
                table.inside = Some(inside);
            }
        }
        Ok(store)
    }

    fn inside(&self, name: &str, table: &TableSchema) -> Result<Option<Inside>, SchemaError> {
        let Some(embedded) = &table.embedded else { return Ok(None) };
        let Some(&parent) = self.by_name.get(&embedded.parent) else {
            return Err(SchemaError::rule(name, format!("there is no table `{}` to live in", embedded.parent)));
        };
        let only_parent = |(_, column): &(&String, &ColumnSchema)| *column.targets == [embedded.parent.clone()];
        let by = match &embedded.by {
            Some(by) => by,
            None => match table.columns.iter().find(only_parent) {
                Some((by, _)) => by,
                None => return Err(SchemaError::rule(name, "no column refers to the parent: name it with `by`")),
            },
        };
        let own = self.by_name.get(name).and_then(|position| self.tables.get(*position));
        let Some(&by) = own.and_then(|own| own.by_name.get(by)) else {
            return Err(SchemaError::rule(name, format!("there is no column `{by}`")));
        };
        Ok(Some(Inside { parent, collection: embedded.collection.clone(), by }))
    }

    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    pub(super) fn table(&self, position: usize) -> Result<&Table, AdapterError> {
        self.tables.get(position).ok_or_else(|| AdapterError::new(AdapterErrorKind::NotFound))
    }

    pub(super) fn table_mut(&mut self, position: usize) -> Result<&mut Table, AdapterError> {
        self.tables.get_mut(position).ok_or_else(|| AdapterError::new(AdapterErrorKind::NotFound))
    }

    /// The table of an entity.
    pub(super) fn table_of(&self, entity: &Entity) -> Result<usize, AdapterError> {
        self.position(&entity.crm_type)
            .ok_or_else(|| fail(AdapterErrorKind::NotFound, format!("there is no table `{}`", entity.crm_type)))
    }

    /// How a field of an entity is read.
    pub(super) fn reader<'e>(
        &self,
        table: usize,
        entity: &'e Entity,
        position: usize,
    ) -> Result<Reader<'e>, AdapterError> {
        let own = self.table(table)?;
        let missing = |what: String| fail(AdapterErrorKind::NotFound, what);
        let field = entity.fields.get(position).ok_or_else(|| missing(format!("`{}` has no such field", entity.id)))?;
        let Some(column) = &field.read_column else { return Ok(Reader { field, place: Place::Id, target: None }) };
        if *column == own.key {
            return Ok(Reader { field, place: Place::Id, target: None });
        }
        let Some(&place) = own.by_name.get(column) else {
            return Err(missing(format!("`{}` has no column `{column}`", own.name)));
        };
        let target = own.columns.get(place).and_then(|column| self.target(column, field));
        Ok(Reader { field, place: Place::Column(place), target })
    }

    /// The one table that a reference field means, of those its column may point at.
    pub(super) fn target(&self, column: &Column, field: &EntityField) -> Option<usize> {
        let FieldType::Ref(entity) = &field.field_type else { return None };
        let by_relationship = || {
            let target = column.schema.navigation.as_ref()?.target(field.via.as_deref()?)?;
            self.position(target)
        };
        let by_entity = || self.entities.get(entity.as_str()).copied().filter(|table| column.may_point_at(*table));
        by_relationship().or_else(by_entity)
    }

    /// The record that a reference means: among the tables that field and column allow, the one that has the id.
    pub(super) fn resolve(&self, column: &Column, target: Option<usize>, id: &str) -> Option<Cell> {
        let mut tables: Box<dyn Iterator<Item = usize>> = match (target, &column.targets) {
            (Some(target), _) => Box::new(std::iter::once(target)),
            (None, Some(targets)) => Box::new(targets.iter().copied()),
            (None, None) => Box::new(0..self.tables.len()),
        };
        tables.find_map(|table| Some(Cell::Ref(table, self.tables.get(table)?.stored_id(id)?)))
    }

    /// Puts or removes a row, and remembers how to undo it.
    pub(super) fn put(&mut self, table: usize, id: &Arc<str>, cells: Option<Vec<Cell>>) -> Result<(), AdapterError> {
        self.revision += 1;
        let revision = self.revision;
        let row = cells.map(|cells| Row { cells, revision });
        let before = self.table_mut(table)?.put(id, row);
        self.undo.push((table, Arc::clone(id), before));
        Ok(())
    }

    /// Where to come back to.
    pub(super) fn savepoint(&self) -> usize {
        self.undo.len()
    }

    /// Undoes everything since a savepoint, newest first.
    pub(super) fn roll_back(&mut self, savepoint: usize) {
        while self.undo.len() > savepoint {
            if let Some((table, id, before)) = self.undo.pop()
                && let Some(table) = self.tables.get_mut(table)
            {
                table.put(&id, before);
            }
        }
    }

    /// Forgets how to undo.
    pub(super) fn commit(&mut self) {
        self.undo.clear();
    }
}

fn compile(name: &str, schema: &TableSchema, tables: &HashMap<String, usize>) -> Result<Table, SchemaError> {
    if schema.key.is_empty() {
        return Err(SchemaError::rule(name, "the key's column needs a name"));
    }
    let described: Vec<(&String, &ColumnSchema)> =
        schema.columns.iter().filter(|(column, _)| **column != schema.key).collect();
    let position = |wanted: &str| described.iter().position(|(column, _)| column.as_str() == wanted);
    let no_column = |wanted: &str| SchemaError::rule(name, format!("there is no column `{wanted}`"));
    let mut columns = Vec::with_capacity(described.len());
    let mut unique: Vec<Vec<usize>> = Vec::new();
    for (own, (column, schema)) in described.iter().enumerate() {
        let place = || format!("{name}.{column}");
        if schema.column_type == ColumnType::Id {
            return Err(SchemaError::rule(place(), "only the key is of type `Id`"));
        }
        let follows = match &schema.follows {
            None => None,
            Some(followed) => {
                let source = position(followed).ok_or_else(|| no_column(followed))?;
                if described.get(source).is_some_and(|(_, source)| source.follows.is_some()) || source == own {
                    return Err(SchemaError::rule(place(), "what it follows follows something itself"));
                }
                Some(source)
            }
        };
        if schema.unique {
            unique.push(vec![own]);
        }
        let targets = (!schema.targets.is_empty())
            .then(|| schema.targets.iter().filter_map(|target| tables.get(target).copied()).collect());
        let choices = schema.choices.iter().map(|wire| Cell::from_wire(&wire.0)).collect();
        columns.push(Column { name: (*column).clone(), schema: (*schema).clone(), targets, follows, choices });
    }
    for key in &schema.keys {
        if key.is_empty() {
            return Err(SchemaError::rule(name, "a key without columns would let one row in"));
        }
        let key: Vec<usize> =
            key.iter().map(|column| position(column).ok_or_else(|| no_column(column))).collect::<Result<_, _>>()?;
        if !unique.contains(&key) {
            unique.push(key);
        }
    }
    Ok(Table::new(name.to_owned(), schema.key.clone(), columns, unique))
}

//! Putting records in before a test or a case, by abstract values.

use std::sync::Arc;

use engage_engine::adapter::AdapterErrorKind;
use engage_engine::catalog::{Entity, EntityField};
use engage_engine::{Instance, Value};

use super::MemoryCrm;
use super::cell::Cell;
use super::ids::IdSource;
use super::schema::ColumnType;
use super::store::Store;
use super::write::valid;

/// Why a record cannot be put in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{entity}` `{record}`{}: {problem}", field.as_ref().map(|field| format!(", field `{field}`")).unwrap_or_default())]
pub struct SeedError {
    /// The entity.
    pub entity: String,
    /// The record's id.
    pub record: String,
    /// The field, where one is to blame.
    pub field: Option<String>,
    /// What is wrong.
    pub problem: String,
}

impl MemoryCrm {
    /// Puts a record in, whoever may write it: read-only fields are set too, and required ones may be absent, as in
    /// records older than the requirement. Everything else that the schema asks holds. Answers the record's id.
    ///
    /// # Errors
    /// [`SeedError`] says which field is wrong; nothing is put in.
    pub fn seed(&self, entity: &Entity, instance: &Instance) -> Result<String, SeedError> {
        let ids = self.seed_all([(entity, instance)])?;
        Ok(ids.into_iter().next().unwrap_or_default())
    }

    /// Puts records in, all or none, in any order: they may refer to each other. Answers their ids, in order.
    ///
    /// # Errors
    /// [`SeedError`] says which record is wrong; nothing is put in.
    pub fn seed_all<'a>(
        &self,
        records: impl IntoIterator<Item = (&'a Entity, &'a Instance)>,
    ) -> Result<Vec<String>, SeedError> {
        let mut state = self.lock();
        let store = &mut state.store;
        let seeded = store.seed(records.into_iter().collect(), &*self.ids);
        match seeded {
            Ok(_) => store.commit(),
            Err(_) => store.roll_back(0),
        }
        seeded
    }
}

/// A record on its way in.
struct Seed<'a> {
    entity: &'a Entity,
    instance: &'a Instance,
    table: usize,
    id: Arc<str>,
}

impl Seed<'_> {
    fn error(&self, field: Option<&EntityField>, problem: &str) -> SeedError {
        SeedError {
            entity: self.entity.id.to_string(),
            record: self.id.as_ref().to_owned(),
            field: field.map(|field| field.name.to_string()),
            problem: problem.to_owned(),
        }
    }
}

impl Store {
    fn seed(&mut self, records: Vec<(&Entity, &Instance)>, ids: &dyn IdSource) -> Result<Vec<String>, SeedError> {
        let mut seeds = Vec::with_capacity(records.len());
        for (entity, instance) in records {
            seeds.push(self.plant(entity, instance, ids)?);
        }
        for seed in &seeds {
            self.fill(seed)?;
        }
        Ok(seeds.into_iter().map(|seed| seed.id.as_ref().to_owned()).collect())
    }

    /// Makes the empty row, so that other records can refer to it.
    fn plant<'a>(
        &mut self,
        entity: &'a Entity,
        instance: &'a Instance,
        ids: &dyn IdSource,
    ) -> Result<Seed<'a>, SeedError> {
        let given = match instance.get(engage_engine::FieldName::ID) {
            Some(Value::Id(id) | Value::String(id)) => Some(id.as_str()),
            _ => None,
        };
        let error = |problem: &str| SeedError {
            entity: entity.id.to_string(),
            record: given.unwrap_or("new").to_owned(),
            field: None,
            problem: problem.to_owned(),
        };
        let table = self.table_of(entity).map_err(|_| error("the CRM's schema has no such table"))?;
        let draft = self.draft(table, given, ids).map_err(|failed| match failed.kind {
            AdapterErrorKind::Duplicate => error("there are two records with this Id"),
            _ => error("the record cannot be made"),
        })?;
        let (id, cells) = (Arc::clone(&draft.id), draft.cells);
        self.put(table, &id, Some(cells)).map_err(|_| error("the record cannot be made"))?;
        Ok(Seed { entity, instance, table, id })
    }

    fn fill(&mut self, seed: &Seed<'_>) -> Result<(), SeedError> {
        let none = || seed.error(None, "the CRM's schema has no such table");
        let own = self.table(seed.table).map_err(|_| none())?;
        let mut cells = own.row(&seed.id).map(|row| row.cells.clone()).unwrap_or_default();
        // Of the fields on one column, those with a value count.
        let given = seed.instance.iter().filter(|(name, value)| !name.is_id() && !value.is_null());
        for (name, value) in given {
            let field = seed.entity.field(name.as_str()).ok_or_else(|| seed.error(None, "there is no such field"))?;
            let column = field.read_column.as_deref().and_then(|column| own.by_name.get(column)).copied();
            let column = column.ok_or_else(|| seed.error(Some(field), "the CRM's schema has no such column"))?;
            let place = own.columns.get(column).and_then(|column| column.follows).unwrap_or(column);
            let cell = self.seeded_cell(seed, place, field, value)?;
            if let Some(slot) = cells.get_mut(place) {
                *slot = cell;
            }
        }
        let row = super::table::Row { cells, revision: 0 };
        if own.clash(&seed.id, &row) {
            return Err(seed.error(None, "there are two records with this key"));
        }
        self.put(seed.table, &seed.id, Some(row.cells)).map_err(|_| none())
    }

    fn seeded_cell(
        &self,
        seed: &Seed<'_>,
        place: usize,
        field: &EntityField,
        value: &Value,
    ) -> Result<Cell, SeedError> {
        let error = |problem: &str| seed.error(Some(field), problem);
        let own = self.table(seed.table).map_err(|_| error("the CRM's schema has no such table"))?;
        let column = own.columns.get(place).ok_or_else(|| error("the CRM's schema has no such column"))?;
        match Cell::of(value, field, column.column_type()) {
            Some(Cell::Text(id)) if column.column_type() == ColumnType::Ref => self
                .resolve(column, self.target(column, field), &id)
                .ok_or_else(|| error("the record that it refers to is not there")),
            Some(cell) => valid(column, &cell).map(|()| cell).map_err(error),
            None => Err(error("the CRM's column is of another type")),
        }
    }
}

//! The CRM in a file: schema and rows as JSON that a person can read, in a stable order.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engage_engine::model::WireValue;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::MemoryCrm;
use super::cell::Cell;
use super::schema::{ColumnType, Schema, SchemaError, Wire};
use super::store::Store;
use super::table::{Column, Row, Table};

const REVISION: &str = "@revision";

/// Why a state file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The file system said no.
    #[error("`{}` cannot be {verb}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// `read` or `written`.
        verb: &'static str,
        /// Why.
        source: std::io::Error,
    },
    /// The file holds something else.
    #[error("`{}` is no state of a simulated CRM: {problem}", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong with it; names tables, columns and ids.
        problem: String,
    },
    /// The file's schema cannot be used.
    #[error(transparent)]
    Schema(#[from] SchemaError),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    kind: Kind,
    /// Of the form of this file.
    version: u32,
    revision: u64,
    made: u64,
    schema: Schema,
    tables: BTreeMap<String, BTreeMap<String, Map<String, Json>>>,
}

#[derive(Serialize, Deserialize)]
enum Kind {
    CrmState,
}

const VERSION: u32 = 1;

/// The highest counter of a file: far more than anybody writes, and far from where counting ends.
const MOST: u64 = 1 << 53;

impl MemoryCrm {
    /// Reads the CRM from a file that [`save`](Self::save) wrote, with everything switched on.
    ///
    /// # Errors
    /// [`StateError`] when the file cannot be read, or is no such state: a half-written or hand-broken one.
    pub fn load(path: &Path) -> Result<Self, StateError> {
        Self::load_with(path, None)
    }

    /// The same under another schema than the file's: a newer one of the same CRM.
    ///
    /// # Errors
    /// As [`load`](Self::load), and when a row does not fit the schema.
    pub fn load_as(path: &Path, schema: Schema) -> Result<Self, StateError> {
        Self::load_with(path, Some(schema))
    }

    fn load_with(path: &Path, schema: Option<Schema>) -> Result<Self, StateError> {
        let text = fs::read_to_string(path).map_err(|source| StateError::Io {
            path: path.to_owned(),
            verb: "read",
            source,
        })?;
        let form = |problem: String| StateError::Form { path: path.to_owned(), problem };
        let file: File = serde_json::from_str(&text).map_err(|error| form(error.to_string()))?;
        if file.version != VERSION {
            return Err(form(format!("its form has version {}, this program reads {VERSION}", file.version)));
        }
        if file.revision > MOST || file.made > MOST {
            return Err(form(format!("`revision` and `made` are whole numbers up to {MOST}")));
        }
        if let Some(schema) = &schema
            && schema.crm != file.schema.crm
        {
            return Err(form(format!("it is of `{}`, not of `{}`", file.schema.crm, schema.crm)));
        }
        let crm = Self::new(schema.unwrap_or(file.schema))?;
        let mut state = crm.lock();
        fill(&mut state.store, &file.tables).map_err(form)?;
        state.store.revision = file.revision.max(state.store.revision);
        state.store.made = file.made;
        drop(state);
        Ok(crm)
    }

    /// Writes the CRM to a file: schema and rows, not capabilities and permissions. The file is whole at every
    /// moment: the old one or the new one.
    ///
    /// # Errors
    /// [`StateError::Io`].
    pub fn save(&self, path: &Path) -> Result<(), StateError> {
        let io = |source| StateError::Io { path: path.to_owned(), verb: "written", source };
        let text = self.to_json().map_err(|error| io(error.into()))?;
        let mut name = std::ffi::OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}.tmp", std::process::id()));
        let temporary = path.with_file_name(name);
        let written = fs::File::create(&temporary)
            .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&temporary, path));
        written.map_err(|source| {
            // Nothing more can be done about a temporary file that will not go.
            let _ = fs::remove_file(&temporary);
            io(source)
        })
    }

    fn to_json(&self) -> Result<String, serde_json::Error> {
        let state = self.lock();
        let store = &state.store;
        let rows = |table: &Table| {
            let rows = table.rows().iter();
            rows.map(|(id, row)| (id.as_ref().to_owned(), columns(store, table, row))).collect()
        };
        let tables = store.tables.iter().filter(|table| !table.rows().is_empty());
        let file = File {
            kind: Kind::CrmState,
            version: VERSION,
            revision: store.revision,
            made: store.made,
            schema: self.schema.clone(),
            tables: tables.map(|table| (table.name.clone(), rows(table))).collect(),
        };
        let mut text = serde_json::to_string_pretty(&file)?;
        text.push('\n');
        Ok(text)
    }
}

fn columns(store: &Store, table: &Table, row: &Row) -> Map<String, Json> {
    let mut values = Map::new();
    values.insert(REVISION.to_owned(), Json::from(row.revision));
    for (column, cell) in table.columns.iter().zip(&row.cells) {
        let value = match cell {
            Cell::Null => continue,
            Cell::Text(text) => Json::from(text.as_str()),
            Cell::Boolean(value) => Json::from(*value),
            Cell::Int(value) => Json::from(*value),
            Cell::Double(value) => Json::from(*value),
            Cell::Decimal(value) => Json::from(value.to_string()),
            Cell::Date(value) => Json::from(value.to_string()),
            Cell::DateTime(value) => Json::from(value.to_string()),
            Cell::List(wires) => {
                wires.iter().map(|wire| serde_json::to_value(Wire(wire.clone())).unwrap_or_default()).collect()
            }
            Cell::Ref(target, id) => match (column.schema.targets.as_slice(), store.tables.get(*target)) {
                ([_], _) | (_, None) => Json::from(id.as_ref()),
                (_, Some(target)) => {
                    Json::Object([(target.name.clone(), Json::from(id.as_ref()))].into_iter().collect())
                }
            },
        };
        values.insert(column.name.clone(), value);
    }
    values
}

type Rows = BTreeMap<String, BTreeMap<String, Map<String, Json>>>;

/// First all rows, then what is in them: they refer to each other.
fn fill(store: &mut Store, tables: &Rows) -> Result<(), String> {
    for (name, rows) in tables {
        let position = store.position(name).ok_or_else(|| format!("the schema has no table `{name}`"))?;
        for id in rows.keys() {
            let table = store.tables.get_mut(position).ok_or("the schema has lost a table")?;
            let cells = vec![Cell::Null; table.columns.len()];
            table.put(&Arc::from(id.as_str()), Some(Row { cells, revision: 0 }));
        }
    }
    for (name, rows) in tables {
        let position = store.position(name).ok_or_else(|| format!("the schema has no table `{name}`"))?;
        for (id, values) in rows {
            let at = |problem: String| format!("`{name}` `{id}`: {problem}");
            let row = row(store, position, values).map_err(at)?;
            store.revision = store.revision.max(row.revision);
            let table = store.tables.get_mut(position).ok_or("the schema has lost a table")?;
            if table.clash(id, &row) {
                return Err(at("its key is that of another record".to_owned()));
            }
            table.put(&Arc::from(id.as_str()), Some(row));
        }
    }
    Ok(())
}

fn row(store: &Store, table: usize, values: &Map<String, Json>) -> Result<Row, String> {
    let table = store.tables.get(table).ok_or("the schema has lost a table")?;
    let mut row = Row { cells: vec![Cell::Null; table.columns.len()], revision: 0 };
    for (name, value) in values {
        if name == REVISION {
            let revision = value.as_u64().filter(|revision| *revision <= MOST);
            row.revision = revision.ok_or_else(|| format!("`{REVISION}` is no whole number up to {MOST}"))?;
            continue;
        }
        let column = table.by_name.get(name).and_then(|place| Some((*place, table.columns.get(*place)?)));
        let (place, column) = column.ok_or_else(|| format!("there is no column `{name}`"))?;
        let cell = cell(store, column, value).ok_or_else(|| format!("`{name}` is no {:?}", column.column_type()))?;
        if let Some(slot) = row.cells.get_mut(place) {
            *slot = cell;
        }
    }
    Ok(row)
}

fn cell(store: &Store, column: &Column, value: &Json) -> Option<Cell> {
    let wire = |value: &Json| match serde_json::from_value::<Wire>(value.clone()) {
        Ok(Wire(wire)) => Some(wire),
        Err(_) => None,
    };
    Some(match (column.column_type(), value) {
        (ColumnType::String, Json::String(text)) => Cell::Text(text.clone()),
        (ColumnType::Boolean, Json::Bool(value)) => Cell::Boolean(*value),
        (ColumnType::Int, value) => Cell::Int(value.as_i64()?),
        (ColumnType::Double, value) => Cell::Double(value.as_f64().filter(|value| value.is_finite())?),
        (ColumnType::Decimal, Json::String(text)) => Cell::Decimal(text.parse().ok()?),
        (ColumnType::Date, Json::String(text)) => Cell::Date(text.parse().ok()?),
        (ColumnType::DateTime, Json::String(text)) => Cell::DateTime(text.parse().ok()?),
        (ColumnType::Choice, value) => Cell::from_wire(&wire(value)?),
        (ColumnType::MultiChoice, Json::Array(values)) => {
            Cell::List(values.iter().map(wire).collect::<Option<Vec<WireValue>>>()?)
        }
        (ColumnType::Ref, Json::String(id)) => store.resolve(column, None, id)?,
        (ColumnType::Ref, Json::Object(target)) => {
            let (table, id) = target.iter().next()?;
            store.resolve(column, Some(store.position(table)?), id.as_str()?)?
        }
        _ => return None,
    })
}

//! The simulated CRM of a workspace: its schema, its capabilities, its records in a file, and who acts on it.

use std::io::ErrorKind;
use std::path::Path;

use engage_adapters::memory::{MemoryCrm, Schema, StateError};
use engage_dsl::source::{Source, Sources};
use engage_engine::catalog::Pattern;
use engage_engine::input::instance_to_json;
use engage_engine::{Capabilities, CrmName, Identity};
use serde_json::{Map, Value as Json};

use crate::exit::Exit;
use crate::failure::{Failure, Placed};
use crate::workspace::Loaded;
use crate::{case, input};

/// The employee who acts where nobody is named.
pub const LOCAL: &str = "local";

/// The schema of a CRM: the workspace's schema files for it put together, else what its definitions imply.
///
/// # Errors
/// When a schema file cannot be read, or two of them contradict each other.
pub fn schema(loaded: &Loaded, crm: &CrmName) -> Result<Schema, Failure> {
    Ok(written(loaded, crm)?.unwrap_or_else(|| Schema::derive(&loaded.catalog, crm)))
}

/// The workspace's schema files of a CRM put together; `None` where there is none.
///
/// # Errors
/// When one cannot be read, or two of them contradict each other.
pub fn written(loaded: &Loaded, crm: &CrmName) -> Result<Option<Schema>, Failure> {
    let mut all: Option<Schema> = None;
    for source in loaded.workspace.schemas() {
        let told = |error: &dyn std::fmt::Display| Failure::problem(format!("`{}`: {error}", source.path().display()));
        let schema = Schema::from_yaml(source.text()).map_err(|error| told(&error))?;
        if schema.crm == *crm {
            all = Some(match all {
                None => schema,
                Some(others) => others.merge(schema).map_err(|error| told(&error))?,
            });
        }
    }
    Ok(all)
}

/// An empty simulated CRM.
///
/// # Errors
/// As [`schema`], and when a name in the schema leads nowhere.
pub fn empty(loaded: &Loaded, crm: &CrmName, capabilities: Capabilities) -> Result<MemoryCrm, Failure> {
    let made = MemoryCrm::new(schema(loaded, crm)?)
        .map_err(|error| Failure::problem(format!("the schema of `{crm}`: {error}")))?;
    Ok(made.with_capabilities(capabilities).with_catalog(&loaded.catalog))
}

/// The simulated CRM that is kept in a file; an empty one where the file is not there yet.
///
/// # Errors
/// As [`empty`], and when the file is no state of this CRM.
pub fn open(loaded: &Loaded, crm: &CrmName, capabilities: Capabilities, path: &Path) -> Result<MemoryCrm, Failure> {
    if !path.exists() {
        return empty(loaded, crm, capabilities);
    }
    let opened = MemoryCrm::load_as(path, schema(loaded, crm)?);
    let opened = opened
        .map_err(|error| unusable(&error).help("name another file, or remove this one to begin without records"))?;
    Ok(opened.with_capabilities(capabilities).with_catalog(&loaded.catalog))
}

/// Puts the records of a file into the simulated CRM.
///
/// # Errors
/// When the file cannot be read, or a record does not fit: told at its line.
pub fn fill(loaded: &Loaded, crm: &MemoryCrm, path: &Path) -> Result<(), Failure> {
    let text = input::text(path)?;
    let mut sources = Sources::default();
    let file = sources.add(Source::new(path, text.as_str()));
    let (state, mut problems) = case::read_state(file, &text);
    if problems.is_empty() {
        problems.extend(case::seed(&loaded.catalog, crm, &state).err().unwrap_or_default());
    }
    if problems.is_empty() { Ok(()) } else { Err(Failure::problem("").placed(Placed::draw(&sources, &problems))) }
}

/// Writes the simulated CRM to its file.
///
/// # Errors
/// When the file cannot be written.
pub fn keep(crm: &MemoryCrm, path: &Path) -> Result<(), Failure> {
    crm.save(path).map_err(|error| unusable(&error))
}

fn unusable(error: &StateError) -> Failure {
    let source = std::error::Error::source(error).map(|source| format!(": {source}")).unwrap_or_default();
    let outside = matches!(error, StateError::Io { source, .. } if source.kind() != ErrorKind::InvalidData);
    let exit = if outside { Exit::Outside } else { Exit::Problems };
    Failure::new(exit, format!("{error}{source}"))
}

/// Every record by entity, in abstract fields.
pub fn records(loaded: &Loaded, crm: &MemoryCrm) -> Map<String, Json> {
    let tables = crm.dump(&loaded.catalog).into_iter();
    tables.map(|(entity, rows)| (entity.to_string(), rows.iter().map(instance_to_json).collect())).collect()
}

/// Who acts: as named; else the application where the pattern declares it, else the employee `local`.
pub fn identity(pattern: &Pattern, employee: Option<&str>, application: bool) -> Identity {
    match employee {
        _ if application => Identity::Application,
        Some(name) => Identity::Employee(name.to_owned()),
        None if pattern.escalation.is_some() => Identity::Application,
        None => Identity::Employee(LOCAL.to_owned()),
    }
}

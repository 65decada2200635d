//! Paths held against the schema, and what stands at their end in a row.

use super::super::fault::Fault;
use super::super::model::{self, Model};
use super::function::Of;
use super::lex::placed;
use super::tree::Path;
use crate::schema::{Column, Kind, Table};
use crate::store::{Row, State, Value};

/// Most references on a path.
const MAX_UP: usize = 5;

/// What all objects behind a polymorphic reference share.
const NAME_FIELDS: [&str; 12] = [
    "Id",
    "Name",
    "Type",
    "Alias",
    "Email",
    "FirstName",
    "LastName",
    "Phone",
    "Title",
    "Username",
    "IsActive",
    "UserRoleId",
];

/// A path that leads somewhere.
#[derive(Clone, Debug)]
pub(super) struct Resolved<'m> {
    /// References followed, in order.
    pub(super) up: Vec<&'m Column>,
    pub(super) end: End<'m>,
    /// The function it stands in.
    pub(super) of: Option<Of>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum End<'m> {
    Column {
        table: &'m Table,
        column: &'m Column,
    },
    /// A field of whatever stands behind a polymorphic reference.
    Shared(&'static str),
}

impl Resolved<'_> {
    pub(super) fn name(&self) -> &str {
        match self.end {
            End::Column { column, .. } => &column.name,
            End::Shared(name) => name,
        }
    }

    /// The kind of its values, those of its function where it stands in one.
    pub(super) fn kind(&self) -> Kind {
        let (kind, crm_type) = match self.end {
            End::Column { column, .. } => (column.kind, column.crm_type.as_str()),
            End::Shared("Id" | "UserRoleId") => (Kind::Id, "id"),
            End::Shared("IsActive") => (Kind::Bool, "boolean"),
            End::Shared(_) => (Kind::Text, "string"),
        };
        self.of.map_or(Some(kind), |of| of.kind(kind, crm_type)).unwrap_or(kind)
    }
}

/// The words of a query, for messages that show the place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Names<'m> {
    pub(super) model: &'m Model,
    /// The organisation, whatever the user sees of it.
    pub(super) whole: &'m Model,
    pub(super) text: &'m str,
}

impl<'m> Names<'m> {
    pub(super) fn fail(&self, code: &'static str, at: usize, message: &str) -> Fault {
        placed(code, self.text, at, message)
    }

    /// A path held against a table, and its function against what it leads to.
    pub(super) fn resolve(&self, table: &'m Table, alias: Option<&str>, path: &Path) -> Result<Resolved<'m>, Fault> {
        let resolved = Resolved { of: path.of, ..self.resolve_bare(table, alias, path)? };
        let fits = match (path.of, resolved.end) {
            (None, _) => true,
            (Some(of), End::Column { column, .. }) => of.kind(column.kind, &column.crm_type).is_some(),
            (Some(_), End::Shared(_)) => false,
        };
        match fits {
            true => Ok(resolved),
            false => {
                let message = format!("Invalid use of a function on field {}", path.text());
                Err(self.fail("MALFORMED_QUERY", path.at, &message))
            }
        }
    }

    fn resolve_bare(&self, table: &'m Table, alias: Option<&str>, path: &Path) -> Result<Resolved<'m>, Fault> {
        let mut names = path.names.as_slice();
        if let [first, rest @ ..] = names
            && !rest.is_empty()
            && (alias.is_some_and(|alias| alias.eq_ignore_ascii_case(first))
                || (first.eq_ignore_ascii_case(&table.name) && model::reference(table, first).is_none()))
        {
            names = rest;
        }
        let (mut table, mut up) = (table, Vec::new());
        let Some((last, parents)) = names.split_last() else { return Err(Fault::json()) };
        if parents.len() > MAX_UP {
            let message = "Relationship depth exceeded: at most 5 levels may be followed from child to parent";
            return Err(self.fail("MALFORMED_QUERY", path.at, message));
        }
        for (at, name) in parents.iter().enumerate() {
            let column = model::reference(table, name).ok_or_else(|| self.no_relationship(path, name))?;
            up.push(column);
            if model::is_polymorphic(column) {
                if at + 1 < parents.len() {
                    return Err(self.no_relationship(path, parents.get(at + 1).unwrap_or(last)));
                }
                return Ok(Resolved { up, end: End::Shared(self.shared(path, last)?), of: None });
            }
            let target = column.targets.first().and_then(|target| self.model.table(target));
            let hidden = column.targets.iter().any(|target| self.is_hidden(target));
            table = target.ok_or_else(|| {
                if hidden {
                    return self.no_relationship(path, name);
                }
                let target = column.targets.first().map_or("", String::as_str);
                self.fail("INVALID_TYPE", path.at, &format!("Not supported by the sandbox: the object {target}"))
            })?;
        }
        let column = model::column(table, last).filter(|column| column.read);
        let column = column.ok_or_else(|| self.no_column(path, last, &table.name))?;
        Ok(Resolved { up, end: End::Column { table, column }, of: None })
    }

    /// An object that is there and that the user does not see.
    fn is_hidden(&self, table: &str) -> bool {
        self.model.table(table).is_none() && self.whole.table(table).is_some()
    }

    fn shared(&self, path: &Path, name: &str) -> Result<&'static str, Fault> {
        let known = NAME_FIELDS.into_iter().find(|field| field.eq_ignore_ascii_case(name));
        known.ok_or_else(|| self.no_column(path, name, "Name"))
    }

    fn no_column(&self, path: &Path, name: &str, table: &str) -> Fault {
        let message = format!(
            "No such column '{name}' on entity '{table}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names."
        );
        self.fail("INVALID_FIELD", path.at, &message)
    }

    fn no_relationship(&self, path: &Path, name: &str) -> Fault {
        let message = format!(
            "Didn't understand relationship '{name}' in field path. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names."
        );
        self.fail("INVALID_FIELD", path.at, &message)
    }

    /// The object of a `FROM`.
    pub(super) fn table(&self, path: &Path) -> Result<&'m Table, Fault> {
        let name = path.text();
        self.model.table(&name).ok_or_else(|| {
            let message = format!(
                "sObject type '{name}' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names."
            );
            self.fail("INVALID_TYPE", path.at, &message)
        })
    }
}

/// What stands at the end of a path; none where a reference on the way leads nowhere.
pub(super) fn value(state: &State, row: &Row, path: &Resolved<'_>) -> Option<Value> {
    let (mut row, mut table) = (row, "");
    for column in &path.up {
        let reference = row.get(&column.name)?.reference()?;
        table = &reference.table;
        row = state.follow(reference)?;
    }
    match path.end {
        End::Column { table, column } => {
            let found = cell(table, row, column);
            match path.of {
                Some(of) => of.of(column, found?),
                None => found,
            }
        }
        End::Shared("Type") => Some(Value::Text(table.to_owned())),
        End::Shared(name) => {
            let table = state.schema().table(table)?;
            shared(table, row, name)
        }
    }
}

/// A field that all objects behind a polymorphic reference share.
pub(super) fn shared(table: &Table, row: &Row, name: &str) -> Option<Value> {
    match name {
        "Type" => Some(Value::Text(table.name.clone())),
        "Name" => cell(table, row, table.column(table.name_column.as_deref()?)?),
        name => cell(table, row, table.column(name)?),
    }
}

pub(super) fn cell(table: &Table, row: &Row, column: &Column) -> Option<Value> {
    if column.name == table.id {
        return Some(Value::Id(row.id.clone()));
    }
    let missing = || (column.kind == Kind::Bool).then_some(Value::Bool(false));
    row.get(&column.name).cloned().or_else(missing)
}

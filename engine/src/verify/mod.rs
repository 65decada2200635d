//! Definitions held against what the CRM itself says: what the checker cannot know, because it asks nobody.

mod codes;
mod facts;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use codes::codes;
pub use facts::{ColumnFacts, ColumnKind, Facts, TableFacts};

use crate::ids::{CrmName, FieldName};
use crate::model::{Choice, EntityDefinition, Field, FieldKind, Item, Model, Place, Subject, WireValue};
use crate::nearest::nearest;
use crate::problem::{CodeInfo, Problem};

/// Holds the definitions that a model has of a CRM against what the CRM says; all problems, in the order of the model.
///
/// What a create or an update would be refused for is an error, what only some use of a definition is refused for a
/// warning.
///
/// ```
/// use engage_engine::model::Model;
/// use engage_engine::verify::{Facts, verify};
/// let crm = "crm-a".parse().unwrap();
/// assert!(verify(&Model::default(), &crm, &Facts::default()).is_empty());
/// ```
pub fn verify(model: &Model, crm: &CrmName, facts: &Facts) -> Vec<Problem> {
    let mut problems = Vec::new();
    let own = model.definitions.iter().enumerate().filter(|(_, definition)| definition.crm == *crm);
    let types: BTreeMap<&str, &str> =
        own.clone().map(|(_, definition)| (definition.id.as_str(), definition.crm_type.as_str())).collect();
    let parts = model.patterns.iter().flat_map(|pattern| &pattern.parts);
    let written: BTreeSet<&str> = parts.filter(|part| !part.read_only).map(|part| part.entity.as_str()).collect();
    for (index, definition) in own {
        let at = |place| Subject { item: Item::Definition(index), place };
        let Some(table) = facts.tables.get(&definition.crm_type) else {
            let message = format!("{crm} has no entity `{}`", definition.crm_type);
            let near = nearest(&definition.crm_type, facts.tables.keys().map(String::as_str));
            let help = "name it as the CRM does; or the caller may not see it";
            problems.push(error(&codes::TABLE, at(Place::CrmType), message).help(help).suggest(near));
            continue;
        };
        let written_by_patterns = written.contains(definition.id.as_str());
        Verifier { index, definition, table, types: &types, written_by_patterns, problems: &mut problems }.definition();
    }
    problems
}

fn error(info: &CodeInfo, at: Subject, message: String) -> Problem {
    Problem::error(info.code, at, message)
}

fn warning(info: &CodeInfo, at: Subject, message: String) -> Problem {
    Problem::warning(info.code, at, message)
}

struct Verifier<'a> {
    index: usize,
    definition: &'a EntityDefinition,
    table: &'a TableFacts,
    /// The CRM's entity of each definition.
    types: &'a BTreeMap<&'a str, &'a str>,
    written_by_patterns: bool,
    problems: &'a mut Vec<Problem>,
}

impl Verifier<'_> {
    fn at(&self, place: Place) -> Subject {
        Subject { item: Item::Definition(self.index), place }
    }

    fn definition(&mut self) {
        for (position, field) in self.definition.fields.iter().enumerate() {
            self.field(position, field);
        }
        self.links();
        self.required();
        self.keys();
    }

    fn field(&mut self, position: usize, field: &Field) {
        let Some(read) = self.column(&field.mapped_name, Place::FieldMapped(position)) else { return };
        // A CRM may lack the relationship (nothing can look up an event in some): then a text holds the id.
        let as_text = matches!(&field.kind, FieldKind::Ref { via: None, .. }) && read.kind == ColumnKind::Text;
        if !as_text && !read.kind.holds(&field.kind.field_type()) {
            let message = format!(
                "`{}` is a {}, and `{}` a {}",
                field.name,
                field.kind.field_type(),
                field.mapped_name,
                read.type_name
            );
            let at = self.at(Place::FieldType(position));
            self.problems.push(error(&codes::TYPE, at, message).help("give the field the type of its column"));
            return;
        }
        let column = match &field.write {
            Some(write) => match self.column(write, Place::FieldWrite(position)) {
                Some(column) => column,
                None => return,
            },
            None => read,
        };
        let name = field.write_column();
        self.target(position, field, &column, name);
        self.choices(position, field, &column, name);
        if !field.read_only && !field.name.is_id() && self.definition.embedded.is_none() {
            self.writable(position, field, &column, name);
        }
        self.length(position, field, &column, name);
    }

    /// A column by name; one that is not there is a problem.
    fn column(&mut self, name: &str, place: Place) -> Option<ColumnFacts> {
        if name == self.table.primary_key {
            return Some(self.table.columns.get(name).cloned().unwrap_or_else(primary_key));
        }
        let found = self.table.columns.get(name).cloned();
        if found.is_none() {
            let message = format!("`{}` has no column `{name}`", self.definition.crm_type);
            let near = nearest(name, self.table.columns.keys().map(String::as_str));
            let problem = error(&codes::COLUMN, self.at(place), message);
            self.problems.push(problem.help("name the column as the CRM does").suggest(near));
        }
        found
    }

    fn target(&mut self, position: usize, field: &Field, column: &ColumnFacts, name: &str) {
        let FieldKind::Ref { entity, .. } = &field.kind else { return };
        let Some(target) = self.types.get(entity.as_str()) else { return };
        if column.kind == ColumnKind::Reference && !column.targets.is_empty() && !column.targets.contains(*target) {
            let message = format!("`{name}` does not refer to `{target}`");
            let several: Vec<&str> = column.targets.iter().map(String::as_str).take(8).collect();
            let help = format!("it refers to {}", several.join(", "));
            self.problems.push(error(&codes::TARGET, self.at(Place::FieldType(position)), message).help(help));
        }
    }

    fn choices(&mut self, position: usize, field: &Field, column: &ColumnFacts, name: &str) {
        let (FieldKind::Choice(choices) | FieldKind::MultiChoice(choices)) = &field.kind else { return };
        let stored = |choice: &Choice| {
            let two = column.kind == ColumnKind::Boolean && matches!(choice.wire_value(), WireValue::Boolean(_));
            column.choices.is_empty() || two || column.choices.contains(&choice.wire_value())
        };
        for choice in choices.iter().filter(|choice| !stored(choice)) {
            let message = format!("`{name}` has no value for `{}`", choice.name);
            let help = format!("it has {}", told(&column.choices));
            self.problems.push(error(&codes::CHOICE, self.at(Place::FieldType(position)), message).help(help));
        }
    }

    fn writable(&mut self, position: usize, field: &Field, column: &ColumnFacts, name: &str) {
        let at = self.at(Place::FieldFlags(position));
        let problem = match (column.create, column.update) {
            (true, true) => return,
            (false, false) => {
                let message = format!("`{}` is written, and `{name}` cannot be", field.name);
                error(&codes::NOT_WRITABLE, at, message).help("add `readonly`, or `write` and the column to write")
            }
            (true, false) => {
                let message = format!("`{name}` can be set by a create, and not by an update");
                warning(&codes::HALF_WRITABLE, at, message).help("leave it out of updates")
            }
            (false, true) => {
                let message = format!("`{name}` can be set by an update, and not by a create");
                warning(&codes::HALF_WRITABLE, at, message).help("leave it out of creates")
            }
        };
        self.problems.push(problem);
    }

    fn length(&mut self, position: usize, field: &Field, column: &ColumnFacts, name: &str) {
        if let (FieldKind::String { .. }, Some(own), Some(most)) = (&field.kind, field.max_length, column.max_length)
            && own > most
            && !field.read_only
        {
            let message = format!("`{}` takes {own} characters, and `{name}` holds {most}", field.name);
            let problem = warning(&codes::LENGTH, self.at(Place::FieldFlags(position)), message);
            self.problems.push(problem.help(format!("write `max {most}`")));
        }
    }

    /// Columns that a create is refused without: of entities that some pattern writes. A parent's write gives an
    /// embedded record what it needs of it.
    fn required(&mut self) {
        if self.definition.embedded.is_some() || !self.written_by_patterns {
            return;
        }
        let required = self.table.columns.iter().filter(|(_, column)| column.required && column.create);
        for (name, _) in required {
            let fields = self.definition.fields.iter().enumerate();
            let mapped: Vec<(usize, &Field)> =
                fields.filter(|(_, field)| !field.read_only && field.write_column() == name).collect();
            let (place, message, help) = match mapped.as_slice() {
                [(_, field)] if field.required => continue,
                // Of the targets of one reference none can be required by itself.
                [_, _, ..] => continue,
                [(position, field)] => {
                    let message = format!("the CRM requires `{name}`, and `{}` is not required", field.name);
                    (Place::Field(*position), message, "add `required`".to_owned())
                }
                [] => {
                    let message =
                        format!("`{}` requires `{name}`, and no field is written to it", self.definition.crm_type);
                    (Place::CrmType, message, "map a field to it, or only read this entity".to_owned())
                }
            };
            self.problems.push(warning(&codes::REQUIRED, self.at(place), message).help(help));
        }
    }

    /// Links between records of two other entities are not written by themselves.
    fn links(&mut self) {
        if self.table.links_only && self.written_by_patterns {
            let crm_type = &self.definition.crm_type;
            let message = format!("`{crm_type}` only links records of two others, and a pattern writes it");
            let help = "add `readonly` to the part, or keep the link in an entity of its own with two references";
            self.problems.push(error(&codes::LINKS_ONLY, self.at(Place::CrmType), message).help(help));
        }
    }

    fn keys(&mut self) {
        let declared = |columns: &BTreeSet<String>| self.table.keys.contains(columns);
        let idempotency = self.definition.idempotency.as_ref().map(|field| (Place::Idempotency, vec![field]));
        let keys = self.definition.keys.iter().enumerate();
        let keys = keys.map(|(index, key)| (Place::Key(index), key.iter().collect::<Vec<&FieldName>>()));
        let wrong: Vec<(Place, BTreeSet<String>)> = keys
            .chain(idempotency)
            .filter_map(|(place, names)| {
                let columns: Option<BTreeSet<String>> = names.iter().map(|name| self.written(name)).collect();
                // A field that is not there is the checker's business.
                columns.filter(|columns| !declared(columns)).map(|columns| (place, columns))
            })
            .collect();
        for (place, columns) in wrong {
            let columns: Vec<String> = columns.into_iter().map(|column| format!("`{column}`")).collect();
            let message =
                format!("`{}` is not unique by {} in the CRM", self.definition.crm_type, columns.join(" and "));
            let help = "declare an alternate key or a unique external id there";
            self.problems.push(error(&codes::KEY, self.at(place), message).help(help));
        }
    }

    fn written(&self, name: &FieldName) -> Option<String> {
        let field = self.definition.fields.iter().find(|field| field.name == *name)?;
        Some(field.write_column().to_owned())
    }
}

fn primary_key() -> ColumnFacts {
    ColumnFacts {
        kind: ColumnKind::Id,
        type_name: "primary key".to_owned(),
        required: false,
        create: false,
        update: false,
        max_length: None,
        targets: BTreeSet::new(),
        choices: Vec::new(),
    }
}

fn told(choices: &[WireValue]) -> String {
    let texts = choices.iter().take(12).map(|choice| match choice {
        WireValue::Int(number) => number.to_string(),
        WireValue::Text(text) => format!("`{text}`"),
        WireValue::Boolean(flag) => flag.to_string(),
    });
    let more = if choices.len() > 12 { ", …" } else { "" };
    format!("{}{more}", texts.collect::<Vec<_>>().join(", "))
}

//! A schema as the facts that definitions are verified against: the same question, asked of a file.

use std::collections::BTreeSet;

use engage_engine::verify::{ColumnFacts, ColumnKind, Facts, TableFacts};

use super::{ColumnSchema, ColumnType, Schema, TableSchema, Wire};

impl From<&Schema> for Facts {
    fn from(schema: &Schema) -> Self {
        Self { tables: schema.tables.iter().map(|(name, table)| (name.clone(), facts(table))).collect() }
    }
}

fn facts(table: &TableSchema) -> TableFacts {
    let unique = table.columns.iter().filter(|(_, column)| column.unique);
    let keys = table.keys.iter().map(|key| key.iter().cloned().collect());
    TableFacts {
        primary_key: table.key.clone(),
        columns: table.columns.iter().map(|(name, column)| (name.clone(), column_facts(column))).collect(),
        keys: keys.chain(unique.map(|(name, _)| BTreeSet::from([name.clone()]))).collect(),
        links_only: false,
    }
}

fn column_facts(column: &ColumnSchema) -> ColumnFacts {
    ColumnFacts {
        kind: kind(column.column_type),
        type_name: format!("{:?}", column.column_type),
        required: column.required,
        create: column.create,
        update: column.update,
        max_length: column.max,
        targets: column.targets.iter().cloned().collect(),
        choices: column.choices.iter().map(|Wire(value)| value.clone()).collect(),
    }
}

fn kind(column: ColumnType) -> ColumnKind {
    match column {
        ColumnType::String => ColumnKind::Text,
        ColumnType::Boolean => ColumnKind::Boolean,
        ColumnType::Int => ColumnKind::Int,
        ColumnType::Double => ColumnKind::Double,
        ColumnType::Decimal => ColumnKind::Decimal,
        ColumnType::Date => ColumnKind::Date,
        ColumnType::DateTime => ColumnKind::DateTime,
        ColumnType::Choice => ColumnKind::Choice,
        ColumnType::MultiChoice => ColumnKind::MultiChoice,
        ColumnType::Ref => ColumnKind::Reference,
        ColumnType::Id => ColumnKind::Id,
    }
}

//! What a column holds, and how an abstract value becomes that and back.

use engage_engine::catalog::EntityField;
use engage_engine::model::WireValue;
use engage_engine::value::fold;
use engage_engine::{FieldType, Value};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use rust_decimal::prelude::{FromPrimitive, ToPrimitive};
use std::sync::Arc;

use super::schema::ColumnType;

/// A stored value. There is no `Debug`: these are the customers' own.
#[derive(Clone, PartialEq)]
pub(super) enum Cell {
    Null,
    Text(String),
    Boolean(bool),
    Int(i64),
    Double(f64),
    Decimal(Decimal),
    Date(Date),
    DateTime(Timestamp),
    List(Vec<WireValue>),
    /// A record, with the position of its table: a polymorphic reference has several.
    Ref(usize, Arc<str>),
}

/// What equality of cells is by, in an index: text without case. Two cells with one key may still differ (ids keep
/// their case), so that whoever looks up compares once more.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Key {
    Text(String),
    Boolean(bool),
    Int(i64),
    Double(u64),
    Decimal(Decimal),
    Date(Date),
    DateTime(Timestamp),
}

impl Cell {
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// `None` for null and for lists, which nothing is looked up by.
    pub(super) fn key(&self) -> Option<Key> {
        Some(match self {
            Self::Null | Self::List(_) => return None,
            Self::Text(text) => Key::Text(fold(text)),
            Self::Ref(_, id) => Key::Text(fold(id)),
            Self::Boolean(value) => Key::Boolean(*value),
            Self::Int(value) => Key::Int(*value),
            // Zero has two spellings.
            Self::Double(value) => Key::Double((value + 0.0).to_bits()),
            Self::Decimal(value) => Key::Decimal(value.normalize()),
            Self::Date(value) => Key::Date(*value),
            Self::DateTime(value) => Key::DateTime(*value),
        })
    }

    pub(super) fn from_wire(wire: &WireValue) -> Self {
        match wire {
            WireValue::Int(value) => Self::Int(*value),
            WireValue::Text(text) => Self::Text(text.clone()),
            WireValue::Boolean(value) => Self::Boolean(*value),
        }
    }

    fn wire(&self) -> Option<WireValue> {
        Some(match self {
            Self::Int(value) => WireValue::Int(*value),
            Self::Text(text) => WireValue::Text(text.clone()),
            Self::Boolean(value) => WireValue::Boolean(*value),
            _ => return None,
        })
    }

    /// The cell that a column of a type stores for a value; `None` when the column cannot hold it. References are
    /// resolved by the caller, who knows the tables.
    pub(super) fn of(value: &Value, field: &EntityField, column: ColumnType) -> Option<Self> {
        let wire =
            |name: &str| field.choices.iter().find(|choice| choice.name == name).map(|choice| choice.wire_value());
        Some(match (value, column) {
            (Value::Null, _) => Self::Null,
            (Value::Choice(name), ColumnType::MultiChoice) => Self::List(vec![wire(name)?]),
            (Value::Choice(name), _) => return fitting(Self::from_wire(&wire(name)?), column),
            (Value::MultiChoice(names), ColumnType::MultiChoice) => {
                let mut values = names.iter().map(|name| wire(name)).collect::<Option<Vec<_>>>()?;
                values.sort_by_key(sort_key);
                Self::List(values)
            }
            (Value::String(text) | Value::Id(text), _) => return fitting(Self::Text(text.clone()), column),
            (Value::Boolean(value), _) => return fitting(Self::Boolean(*value), column),
            (Value::Int(value), ColumnType::Double) => Self::Double(value.to_f64()?),
            (Value::Int(value), ColumnType::Decimal) => Self::Decimal(Decimal::from(*value)),
            (Value::Int(value), _) => return fitting(Self::Int(*value), column),
            (Value::Double(value), ColumnType::Decimal) => Self::Decimal(Decimal::from_f64(*value)?),
            (Value::Double(value), ColumnType::Double) => Self::Double(*value),
            (Value::Decimal(value), ColumnType::Double) => Self::Double(value.to_f64()?),
            (Value::Decimal(value), ColumnType::Decimal) => Self::Decimal(*value),
            (Value::Date(value), ColumnType::Date) => Self::Date(*value),
            (Value::DateTime(value), ColumnType::DateTime) => Self::DateTime(*value),
            _ => return None,
        })
    }

    /// The abstract value. A stored choice that the definition does not name shows as the CRM's own text, so that
    /// nothing is lost and nothing is taken for another.
    pub(super) fn value(&self, field: &EntityField) -> Value {
        let name = |wire: &WireValue| {
            let declared = field.choices.iter().find(|choice| choice.wire_value() == *wire);
            declared.map_or_else(|| text_of(wire), |choice| choice.name.clone())
        };
        match (&field.field_type, self) {
            (_, Self::Null) => Value::Null,
            (FieldType::Choice, cell) => cell.wire().map_or(Value::Null, |wire| Value::Choice(name(&wire))),
            (FieldType::MultiChoice, Self::List(wires)) => {
                let mut names: Vec<String> = wires.iter().map(name).collect();
                names.sort_unstable();
                names.dedup();
                Value::MultiChoice(names)
            }
            (FieldType::Ref(_), Self::Text(id)) => Value::Id(id.clone()),
            (_, Self::Ref(_, id)) => id_of(field, id),
            (FieldType::Int, Self::Decimal(value)) => value.to_i64().map_or(Value::Null, Value::Int),
            (FieldType::Int, Self::Double(value)) => Value::Int(value.round().to_i64().unwrap_or_default()),
            (FieldType::Double, Self::Decimal(value)) => value.to_f64().map_or(Value::Null, Value::Double),
            (FieldType::Double, Self::Int(value)) => value.to_f64().map_or(Value::Null, Value::Double),
            (FieldType::Decimal, Self::Int(value)) => Value::Decimal(Decimal::from(*value)),
            (FieldType::Decimal, Self::Double(value)) => Decimal::from_f64(*value).map_or(Value::Null, Value::Decimal),
            (_, Self::Text(text)) => Value::String(text.clone()),
            (_, Self::Boolean(value)) => Value::Boolean(*value),
            (_, Self::Int(value)) => Value::Int(*value),
            (_, Self::Double(value)) => Value::Double(*value),
            (_, Self::Decimal(value)) => Value::Decimal(*value),
            (_, Self::Date(value)) => Value::Date(*value),
            (_, Self::DateTime(value)) => Value::DateTime(*value),
            (_, Self::List(wires)) => Value::MultiChoice(wires.iter().map(name).collect()),
        }
    }
}

/// An id as a field shows it: a definition may call it a text.
pub(super) fn id_of(field: &EntityField, id: &str) -> Value {
    match field.field_type {
        FieldType::String => Value::String(id.to_owned()),
        _ => Value::Id(id.to_owned()),
    }
}

fn fitting(cell: Cell, column: ColumnType) -> Option<Cell> {
    let fits = match column {
        ColumnType::Choice => cell.wire().is_some(),
        // A reference is text until the table is known.
        ColumnType::String | ColumnType::Ref | ColumnType::Id => matches!(cell, Cell::Text(_)),
        ColumnType::Boolean => matches!(cell, Cell::Boolean(_)),
        ColumnType::Int => matches!(cell, Cell::Int(_)),
        _ => false,
    };
    fits.then_some(cell)
}

pub(super) fn text_of(wire: &WireValue) -> String {
    match wire {
        WireValue::Int(value) => value.to_string(),
        WireValue::Text(text) => text.clone(),
        WireValue::Boolean(value) => value.to_string(),
    }
}

pub(super) fn sort_key(wire: &WireValue) -> (u8, i64, String) {
    match wire {
        WireValue::Boolean(value) => (0, i64::from(*value), String::new()),
        WireValue::Int(value) => (1, *value, String::new()),
        WireValue::Text(text) => (2, 0, text.clone()),
    }
}

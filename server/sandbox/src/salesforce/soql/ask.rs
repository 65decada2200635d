//! What is asked without a whole query: rows by a list of fields, and conditions.

use serde_json::Value as Json;

use super::super::fault::Fault;
use super::super::model::Child;
use super::condition::Reader;
use super::parse::condition;
use super::path::Names;
use super::run::{Asked, Plan};
use super::select::Shape;
use super::test::Test;
use super::tree::Path;
use crate::schema::Table;
use crate::store::{Ref, Row, RowId};

/// One row with the fields named.
pub(crate) fn record(asked: &Asked<'_>, table: &Table, row: &Row, fields: &str) -> Result<Json, Fault> {
    let model_table = asked.model.table(&table.name).ok_or_else(Fault::not_found)?;
    let shape = listed(asked, model_table, fields)?;
    Ok(shape.record(asked, table, row, &table.name))
}

/// The rows that refer to a row by a relationship, with the fields named.
pub(crate) fn children<'m>(
    asked: &Asked<'m>,
    child: &Child<'m>,
    parent: &RowId,
    fields: &str,
) -> Result<Vec<Json>, Fault> {
    let shape = listed(asked, child.table, fields)?;
    let plan = Plan::of(child.table, shape);
    Ok(plan.records(asked, Some((child, &Ref::new(child.parent, parent.clone())))))
}

/// Whether a condition holds for a row.
pub(crate) fn holds(asked: &Asked<'_>, table: &Table, row: &Row, text: &str) -> Result<bool, Fault> {
    Ok(read_test(asked, table, text)?.holds(asked.state, row))
}

/// Reads a condition, to say what is wrong with it.
pub(crate) fn read_condition(asked: &Asked<'_>, table: &Table, text: &str) -> Result<(), Fault> {
    read_test(asked, table, text).map(|_| ())
}

fn read_test<'m>(asked: &Asked<'m>, table: &Table, text: &str) -> Result<Test<'m>, Fault> {
    let condition = condition(text)?;
    let table = asked.model.table(&table.name).ok_or_else(Fault::not_found)?;
    let names = Names { model: asked.model, whole: asked.model, text: "" };
    Reader { asked, names, table, alias: None }.condition(&condition, true)
}

/// The shape of a list of fields separated by commas.
fn listed<'m>(asked: &Asked<'m>, table: &'m Table, fields: &str) -> Result<Shape<'m>, Fault> {
    let names = Names { model: asked.model, whole: &asked.sf.model, text: "" };
    let reader = Reader { asked, names, table, alias: None };
    let mut shape = Shape::default();
    let mut seen: Vec<String> = Vec::new();
    for field in fields.split(',').map(str::trim).filter(|field| !field.is_empty()) {
        if seen.iter().any(|known| known.eq_ignore_ascii_case(field)) {
            continue;
        }
        seen.push(field.to_owned());
        let path = Path { names: field.split('.').map(str::to_owned).collect(), at: 0, of: None };
        shape.add(&reader, &path, None).map_err(|fault| match fault.code {
            "INVALID_FIELD" => super::super::fault::no_column(field, &table.name),
            _ => fault,
        })?;
    }
    Ok(shape)
}

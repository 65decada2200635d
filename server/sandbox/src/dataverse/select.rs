//! `$select` and `$filter` on definitions, which are JSON and no rows.

use serde_json::{Map, Value as Json};

use super::fault::Fault;
use super::filter::{self, Comparison, Expr, Operand};
use super::lex::Literal;
use super::options::Options;

/// The chosen members, with those that are always there.
pub(crate) fn project(mut full: Map<String, Json>, options: &Options, always: &[&str]) -> Map<String, Json> {
    let Some(select) = &options.select else { return full };
    let expanded = |name: &str| options.expand.iter().any(|expand| expand.navigation == name);
    full.retain(|name, _| {
        name.starts_with('@') || always.contains(&name.as_str()) || select.iter().any(|s| s == name) || expanded(name)
    });
    full
}

/// The items the filter lets through. Names are checked against the items, so a misspelt one is an error.
pub(crate) fn filtered(
    items: Vec<Map<String, Json>>,
    options: &Options,
    alias: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<Map<String, Json>>, Fault> {
    check_select(&items, options)?;
    let Some(text) = &options.filter else { return Ok(items) };
    let expr = filter::parse(text, alias)?;
    let mut kept = Vec::new();
    for item in items {
        if holds(&expr, &item)? {
            kept.push(item);
        }
    }
    Ok(kept)
}

/// A member that no item has is not one of the type. Columns differ by class, so one that has it is enough.
fn check_select(items: &[Map<String, Json>], options: &Options) -> Result<(), Fault> {
    let unknown = options
        .select
        .iter()
        .flatten()
        .find(|name| !items.is_empty() && !items.iter().any(|item| item.contains_key(name.as_str())));
    match unknown {
        Some(name) => {
            Err(Fault::usage(format!("Could not find a property named '{name}' on the type of the definition.")))
        }
        None => Ok(()),
    }
}

fn holds(expr: &Expr, item: &Map<String, Json>) -> Result<bool, Fault> {
    Ok(match expr {
        Expr::And(a, b) => holds(a, item)? && holds(b, item)?,
        Expr::Or(a, b) => holds(a, item)? || holds(b, item)?,
        Expr::Not(inner) => !holds(inner, item)?,
        Expr::Compare(comparison, Operand::Path(path), Operand::Literal(literal)) => {
            let same = same(member(item, path)?, literal)?;
            match comparison {
                Comparison::Eq => same,
                Comparison::Ne => !same,
                _ => return Err(Fault::usage("Only 'eq' and 'ne' are supported in a filter of metadata.")),
            }
        }
        Expr::Text(function, Operand::Path(path), Operand::Literal(Literal::Text(text))) => {
            let value = member(item, path)?.as_str().unwrap_or_default();
            match function.as_str() {
                "startswith" => value.starts_with(text.as_str()),
                "endswith" => value.ends_with(text.as_str()),
                _ => value.contains(text.as_str()),
            }
        }
        _ => return Err(Fault::usage("This expression is not supported in a filter of metadata.")),
    })
}

fn member<'j>(item: &'j Map<String, Json>, path: &[String]) -> Result<&'j Json, Fault> {
    let unknown = || Fault::usage(format!("Could not find a property named '{}'.", path.join("/")));
    let (first, rest) = path.split_first().ok_or_else(unknown)?;
    let mut value = item.get(first).ok_or_else(unknown)?;
    for name in rest {
        value = value.get(name).ok_or_else(unknown)?;
    }
    Ok(value)
}

fn same(value: &Json, literal: &Literal) -> Result<bool, Fault> {
    Ok(match literal {
        Literal::Null => value.is_null(),
        Literal::Bool(bool) => value.as_bool() == Some(*bool),
        Literal::Text(text) | Literal::Enum(text) => value.as_str() == Some(text),
        Literal::Guid(id) => value.as_str() == Some(id.as_str()),
        Literal::Number(number) => value.as_number().is_some_and(|value| value.to_string() == number.to_string()),
        _ => return Err(Fault::usage("This literal is not supported in a filter of metadata.")),
    })
}

//! Conditions held against a table: names resolved, literals typed, evaluated with the logic of SQL, where a comparison
//! with null is neither true nor false.

use std::cmp::Ordering;

use super::fault::Fault;
use super::filter::{Comparison, Expr, Operand};
use super::lex::Literal;
use super::nav::{self, Nav};
use super::query_function::{self, Function};
use super::security::{Access, Op};
use super::{coerce, like};
use crate::schema::{Column, Kind, Schema, Table};
use crate::store::{Ref, Row, Side, State, Value};

/// A condition on rows.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    Always,
    And(Box<Condition>, Box<Condition>),
    Or(Box<Condition>, Box<Condition>),
    Not(Box<Condition>),
    Compare(Comparison, Path, Right),
    Like(Path, like::Pattern),
    Function(Path, Function),
    Exists { variable: usize, table: String, via: Via, all: bool, body: Box<Condition> },
}

/// What stands right of a comparison.
#[derive(Clone, Debug)]
pub(crate) enum Right {
    Value(Option<Value>),
    Path(Path),
}

/// How the rows of a collection hang on their row.
#[derive(Clone, Debug)]
pub(crate) enum Via {
    Column { table: String, column: String },
    Link { table: String, relation: String, from: Side },
}

/// A column, seen from the row itself or through lookups.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    variable: usize,
    hops: Vec<(String, Vec<String>)>,
    column: String,
}

impl Path {
    /// The value for these rows.
    pub(crate) fn value(&self, state: &State, rows: &[&Row]) -> Option<Value> {
        let mut row = *rows.get(self.variable)?;
        for (column, targets) in &self.hops {
            let reference = row.get(column)?.reference()?;
            if !targets.contains(&reference.table) {
                return None;
            }
            row = state.follow(reference)?;
        }
        match row.get(&self.column) {
            None if self.column == "versionnumber" => i64::try_from(row.version).ok().map(Value::Int),
            value => value.cloned(),
        }
    }
}

/// How a name leads to a column.
type Find<'s> = fn(&'s Table, &str) -> Option<&'s Column>;

/// Resolves names against tables.
#[derive(Clone, Debug)]
pub(crate) struct Binder<'s> {
    pub(crate) schema: &'s Schema,
    pub(crate) access: &'s Access,
    pub(crate) now: jiff::Timestamp,
    /// Variables in reach: the row itself (without a name), then those of lambdas.
    variables: Vec<(String, &'s Table)>,
}

impl<'s> Binder<'s> {
    pub(crate) fn new(schema: &'s Schema, access: &'s Access, now: jiff::Timestamp, table: &'s Table) -> Binder<'s> {
        Binder { schema, access, now, variables: vec![(String::new(), table)] }
    }

    pub(crate) fn bind(&mut self, expr: &Expr) -> Result<Condition, Fault> {
        match expr {
            Expr::And(a, b) => Ok(Condition::And(Box::new(self.bind(a)?), Box::new(self.bind(b)?))),
            Expr::Or(a, b) => Ok(Condition::Or(Box::new(self.bind(a)?), Box::new(self.bind(b)?))),
            Expr::Not(inner) => Ok(Condition::Not(Box::new(self.bind(inner)?))),
            Expr::Compare(comparison, left, right) => self.compare(*comparison, left, right),
            Expr::Text(function, left, right) => self.text(function, left, right),
            Expr::Query(function, arguments) => self.query(function, arguments),
            Expr::Lambda { path, all, variable, body } => self.lambda(path, *all, variable, body.as_deref()),
        }
    }

    fn compare(&self, comparison: Comparison, left: &Operand, right: &Operand) -> Result<Condition, Fault> {
        match (left, right) {
            (Operand::Path(left), Operand::Literal(right)) => {
                let (path, column) = self.path(left)?;
                let value = coerce::from_literal(column, right)?;
                Ok(Condition::Compare(comparison, path, Right::Value(value)))
            }
            (Operand::Literal(_), Operand::Path(_)) => self.compare(mirrored(comparison), right, left),
            (Operand::Path(left), Operand::Path(right)) => self.compare_columns(comparison, left, right),
            (Operand::Literal(_), Operand::Literal(_)) => {
                Err(Fault::usage("A comparison needs a property on one of its sides."))
            }
        }
    }

    fn compare_columns(&self, comparison: Comparison, left: &[String], right: &[String]) -> Result<Condition, Fault> {
        let ((left, left_column), (right, right_column)) = (self.path(left)?, self.path(right)?);
        if left.hops.len() + right.hops.len() > 0 || left.variable != right.variable {
            return Err(Fault::usage("Only columns of the same row can be compared."));
        }
        if coerce::edm(left_column) != coerce::edm(right_column) {
            return Err(Fault::usage("A binary operator with incompatible types was detected."));
        }
        Ok(Condition::Compare(comparison, left, Right::Path(right)))
    }

    fn text(&self, function: &str, left: &Operand, right: &Operand) -> Result<Condition, Fault> {
        let (Operand::Path(path), Operand::Literal(Literal::Text(text))) = (left, right) else {
            return Err(Fault::usage(format!("The function '{function}' needs a property and a text.")));
        };
        let (path, column) = self.path(path)?;
        if column.kind != Kind::Text {
            return Err(Fault::usage(format!("The function '{function}' cannot be applied to '{}'.", column.name)));
        }
        Ok(Condition::Like(path, like::Pattern::of(function, text)))
    }

    fn query(&self, function: &str, arguments: &[(String, Literal)]) -> Result<Condition, Fault> {
        let name = arguments.iter().find(|(name, _)| name == "PropertyName").map(|(_, value)| value);
        let Some(Literal::Text(name)) = name else {
            return Err(Fault::usage(format!("The function '{function}' needs the parameter 'PropertyName'.")));
        };
        let path: Vec<String> = name.split('/').map(str::to_owned).collect();
        let (path, column, _) = self.resolve(&path, nav::logical)?;
        let bound = query_function::bind(function, column, arguments, self.now, &self.access.user)?;
        query_function::require_parameters(function, arguments)?;
        Ok(Condition::Function(path, bound))
    }

    fn lambda(&mut self, path: &[String], all: bool, name: &str, body: Option<&Expr>) -> Result<Condition, Fault> {
        let [collection] = path else {
            // `nav/collection/any(..)`: the product has no any or all below a lookup.
            return Err(Fault::usage("The 'any' and 'all' operators are not supported below a lookup."));
        };
        if self.variables.len() > 1 {
            return Err(Fault::usage("Nested 'any' and 'all' operators are not supported."));
        }
        let table = self.variables.first().map(|(_, table)| *table).ok_or_else(|| Fault::usage("no row in reach"))?;
        let (child, via) = match nav::find(self.schema, table, collection) {
            Some(Nav::Many { table: child, column }) => {
                (child, Via::Column { table: child.name.clone(), column: column.name.clone() })
            }
            Some(Nav::Linked { table: child, link, from }) => {
                (child, Via::Link { table: child.name.clone(), relation: link.name.clone(), from })
            }
            _ => return Err(Fault::no_property(collection, &table.name)),
        };
        self.access.require(&child.name, Op::Read)?;
        let variable = self.variables.len();
        self.variables.push((name.to_owned(), child));
        let body = body.map_or(Ok(Condition::Always), |body| self.bind(body));
        self.variables.pop();
        Ok(Condition::Exists { variable, table: table.name.clone(), via, all, body: Box::new(body?) })
    }

    /// Resolves `column`, `nav/column`, `variable/column`.
    pub(crate) fn path(&self, names: &[String]) -> Result<(Path, &'s Column), Fault> {
        self.path_and_table(names).map(|(path, column, _)| (path, column))
    }

    /// As [`Binder::path`], with the table that the column belongs to.
    pub(crate) fn path_and_table(&self, names: &[String]) -> Result<(Path, &'s Column, &'s Table), Fault> {
        self.resolve(names, nav::property)
    }

    fn resolve(&self, names: &[String], find: Find<'s>) -> Result<(Path, &'s Column, &'s Table), Fault> {
        let (variable, names) = match names.split_first() {
            Some((first, rest)) if !rest.is_empty() => {
                match self.variables.iter().position(|(name, _)| !name.is_empty() && name == first) {
                    Some(variable) => (variable, rest),
                    None => (0, names),
                }
            }
            _ => (0, names),
        };
        let Some((_, mut table)) = self.variables.get(variable).cloned() else {
            return Err(Fault::usage("no row in reach"));
        };
        let Some((last, through)) = names.split_last() else { return Err(Fault::usage("empty property path")) };
        let mut hops = Vec::new();
        for (at, name) in through.iter().enumerate() {
            let Some(Nav::One { column, targets }) = nav::find(self.schema, table, name) else {
                return Err(Fault::no_property(name, &table.name));
            };
            let Some(target) = targets.first() else {
                return Err(Fault::unsupported(&format!("the table behind '{name}'")));
            };
            // A row that may be of several tables has only what all of them have: its key as a principal.
            if targets.len() > 1 && (at + 1 < through.len() || last != "ownerid") {
                let next = through.get(at + 1).unwrap_or(last);
                return Err(Fault::no_property(next, "principal"));
            }
            hops.push((column.name.clone(), targets.iter().map(|target| target.name.clone()).collect()));
            table = target;
            self.access.require(&table.name, Op::Read)?;
        }
        // The owner of a row is a principal, whose key is `ownerid`.
        let last = match (last.as_str(), table.name.as_str()) {
            ("ownerid", "systemuser" | "team") => table.id.as_str(),
            (last, _) => last,
        };
        let Some(column) = find(table, last).filter(|column| column.read) else {
            return Err(Fault::no_property(last, &table.name));
        };
        self.access.require_readable(&table.name, &column.name)?;
        Ok((Path { variable, hops, column: column.name.clone() }, column, table))
    }
}

fn mirrored(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Gt => Comparison::Lt,
        Comparison::Ge => Comparison::Le,
        Comparison::Lt => Comparison::Gt,
        Comparison::Le => Comparison::Ge,
        same => same,
    }
}

impl Condition {
    /// True, false, or neither because of a null.
    pub(crate) fn holds(&self, state: &State, rows: &[&Row]) -> Option<bool> {
        match self {
            Condition::Always => Some(true),
            Condition::And(a, b) => match (a.holds(state, rows), b.holds(state, rows)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Condition::Or(a, b) => match (a.holds(state, rows), b.holds(state, rows)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            Condition::Not(inner) => inner.holds(state, rows).map(|holds| !holds),
            Condition::Compare(comparison, path, right) => {
                let right = match right {
                    Right::Value(None) => return is_null(*comparison, path.value(state, rows).is_none()),
                    Right::Value(Some(value)) => value.clone(),
                    Right::Path(other) => other.value(state, rows)?,
                };
                compared(*comparison, path.value(state, rows)?.compare(&right)?)
            }
            Condition::Like(path, pattern) => Some(pattern.matches(path.value(state, rows)?.as_text()?)),
            Condition::Function(path, function) => function.holds(path.value(state, rows).as_ref()),
            Condition::Exists { variable, table, via, all, body } => {
                let outer = rows.first()?;
                let own = Ref::new(table, outer.id.clone());
                let mut children = children(state, &own, via).into_iter();
                let mut holds = |child: &Row| {
                    let mut reach: Vec<&Row> = rows.get(..*variable).unwrap_or(rows).to_vec();
                    reach.push(child);
                    body.holds(state, &reach) == Some(true)
                };
                Some(match all {
                    true => children.all(&mut holds),
                    false => children.any(&mut holds),
                })
            }
        }
    }
}

fn is_null(comparison: Comparison, null: bool) -> Option<bool> {
    match comparison {
        Comparison::Eq => Some(null),
        Comparison::Ne => Some(!null),
        _ => None,
    }
}

/// Whether an order is the one a comparison asks for.
pub(crate) fn compared(comparison: Comparison, order: Ordering) -> Option<bool> {
    Some(match comparison {
        Comparison::Eq => order.is_eq(),
        Comparison::Ne => order.is_ne(),
        Comparison::Gt => order.is_gt(),
        Comparison::Ge => order.is_ge(),
        Comparison::Lt => order.is_lt(),
        Comparison::Le => order.is_le(),
    })
}

/// Rows of a collection of a row.
pub(crate) fn children<'s>(state: &'s State, of: &'s Ref, via: &'s Via) -> Vec<&'s Row> {
    match via {
        Via::Column { table, column } => state.referring(table, column, of).collect(),
        Via::Link { table, relation, from } => {
            let ids = state.linked(relation, *from, &of.id);
            let mut rows: Vec<&Row> = ids.iter().filter_map(|id| state.get(table, id)).collect();
            rows.sort_by_key(|row| row.sequence);
            rows
        }
    }
}

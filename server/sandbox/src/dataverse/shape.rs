//! What a query returns of each row: columns and expanded rows, resolved against the schema.

use std::cmp::Ordering;

use super::call::Call;
use super::condition::{Binder, Condition, Path, Via};
use super::fault::Fault;
use super::filter;
use super::nav::{self, Nav};
use super::options::{Expand, Options};
use super::security::Op;
use crate::schema::{Column, Kind, Table};
use crate::store::{Row, State, Value};

/// The columns and expands of one level.
#[derive(Clone, Debug)]
pub(crate) struct Shape<'s> {
    pub(crate) table: &'s Table,
    pub(crate) columns: Vec<&'s Column>,
    pub(crate) expands: Vec<Expanded<'s>>,
}

/// One expanded navigation.
#[derive(Clone, Debug)]
pub(crate) struct Expanded<'s> {
    pub(crate) name: String,
    pub(crate) nav: Nav<'s>,
    pub(crate) only_references: bool,
    /// One shape per table the navigation may lead to.
    pub(crate) shapes: Vec<Shape<'s>>,
    pub(crate) rows: Selection,
    /// The options as written, for the address of the next page.
    pub(crate) text: Vec<String>,
}

impl Expanded<'_> {
    /// How the rows of a collection hang on their row.
    pub(crate) fn via(&self) -> Option<Via> {
        via(&self.nav)
    }
}

/// How the rows of a collection hang on their row; none for a single-valued navigation.
pub(crate) fn via(nav: &Nav<'_>) -> Option<Via> {
    match nav {
        Nav::One { .. } => None,
        Nav::Many { table, column } => Some(Via::Column { table: table.name.clone(), column: column.name.clone() }),
        Nav::Linked { table, link, from } => {
            Some(Via::Link { table: table.name.clone(), relation: link.name.clone(), from: *from })
        }
    }
}

/// Which rows, in which order.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    pub(crate) condition: Condition,
    pub(crate) order: Vec<Order>,
    pub(crate) top: Option<usize>,
}

/// One criterion of an order.
#[derive(Clone, Debug)]
pub(crate) struct Order {
    path: Path,
    descending: bool,
    /// References are ordered by the name of the row they point at.
    by_name: bool,
}

impl Selection {
    /// The rows that fit, in order.
    pub(crate) fn apply<'r>(&self, state: &State, rows: impl Iterator<Item = &'r Row>) -> Vec<&'r Row> {
        let mut found: Vec<&Row> = rows.filter(|row| self.condition.holds(state, &[row]) == Some(true)).collect();
        if !self.order.is_empty() {
            // Keys are computed once per row, not once per comparison.
            let mut keyed: Vec<(Vec<Option<Value>>, &Row)> = found
                .into_iter()
                .map(|row| (self.order.iter().map(|order| order.key(state, row)).collect(), row))
                .collect();
            keyed.sort_by(|(a, _), (b, _)| self.compare(a, b));
            found = keyed.into_iter().map(|(_, row)| row).collect();
        }
        found
    }

    fn compare(&self, a: &[Option<Value>], b: &[Option<Value>]) -> Ordering {
        for ((order, a), b) in self.order.iter().zip(a).zip(b) {
            let ordering = match (a, b) {
                (None, None) => Ordering::Equal,
                (None, Some(_)) => Ordering::Less,
                (Some(_), None) => Ordering::Greater,
                (Some(a), Some(b)) => a.compare(b).unwrap_or(Ordering::Equal),
            };
            if ordering != Ordering::Equal {
                return if order.descending { ordering.reverse() } else { ordering };
            }
        }
        Ordering::Equal
    }
}

impl Order {
    fn key(&self, state: &State, row: &Row) -> Option<Value> {
        let value = self.path.value(state, &[row])?;
        match (&value, self.by_name) {
            (Value::Ref(reference), true) => {
                let table = state.schema().table(&reference.table)?;
                state.follow(reference)?.get(table.name_column.as_deref()?).cloned()
            }
            _ => Some(value),
        }
    }
}

/// Resolves one level of options.
pub(crate) fn shape<'s>(call: &Call<'s>, table: &'s Table, options: &Options) -> Result<Shape<'s>, Fault> {
    call.access.require(&table.name, Op::Read)?;
    let columns = match &options.select {
        None => table.columns.values().filter(|column| column.read && nav::is_property(column)).collect(),
        Some(names) => selected(table, names)?,
    };
    let mut expands = Vec::new();
    for expand in &options.expand {
        expands.push(expanded(call, table, expand)?);
    }
    let linked = expands.iter().any(|expand| matches!(expand.nav, Nav::Linked { .. }));
    let nested = expands.iter().any(|expand| expand.shapes.iter().any(|shape| !shape.expands.is_empty()));
    if linked && (nested || expands.len() > 1) {
        return Err(Fault::usage("A many-to-many relationship cannot be combined with other $expand options."));
    }
    Ok(Shape { table, columns, expands })
}

fn selected<'s>(table: &'s Table, names: &[String]) -> Result<Vec<&'s Column>, Fault> {
    let mut columns: Vec<&Column> = Vec::new();
    for name in names {
        if name == "*" {
            columns.extend(table.columns.values().filter(|column| column.read && nav::is_property(column)));
            continue;
        }
        let column = nav::property(table, name).filter(|column| column.read);
        columns.push(column.ok_or_else(|| Fault::no_property(name, &table.name))?);
    }
    // Money is nothing without its currency.
    if columns.iter().any(|column| column.crm_type == "Money") {
        columns.extend(table.column("transactioncurrencyid"));
    }
    columns.extend(table.column(&table.id));
    let mut seen = std::collections::BTreeSet::new();
    columns.retain(|column| seen.insert(column.name.clone()));
    Ok(columns)
}

fn expanded<'s>(call: &Call<'s>, table: &'s Table, expand: &Expand) -> Result<Expanded<'s>, Fault> {
    let Some(nav) = nav::find(call.schema, table, &expand.navigation) else {
        return Err(Fault::no_property(&expand.navigation, &table.name));
    };
    let Expand { options, .. } = expand;
    let single = matches!(nav, Nav::One { .. });
    if expand.only_references && !single {
        return Err(Fault::usage("$ref in $expand is only supported for single-valued navigation properties."));
    }
    if single && (options.filter.is_some() || options.orderby.is_some() || options.top.is_some()) {
        return Err(Fault::usage(format!(
            "Only $select and $expand are allowed in the $expand of the single-valued navigation property '{}'.",
            expand.navigation
        )));
    }
    let targets: Vec<&Table> = match &nav {
        Nav::One { targets, .. } => targets.clone(),
        Nav::Many { table, .. } | Nav::Linked { table, .. } => vec![table],
    };
    let Some(first) = targets.first() else {
        return Err(Fault::unsupported(&format!("the table behind '{}'", expand.navigation)));
    };
    if targets.len() > 1
        && let Some(name) = options.select.iter().flatten().find(|name| *name != "ownerid")
    {
        return Err(Fault::no_property(name, "principal"));
    }
    let mut shapes = Vec::new();
    for target in &targets {
        let own = Options { select: options.select.clone().filter(|_| targets.len() == 1), ..options.clone() };
        let shape = shape(call, target, &own)?;
        if shape.expands.iter().any(|inner| matches!(inner.nav, Nav::Linked { .. })) {
            return Err(Fault::usage("Nested $expand is not supported for many-to-many relationships."));
        }
        shapes.push(shape);
    }
    let rows = selection(call, first, options)?;
    let (name, only_references, text) = (expand.navigation.clone(), expand.only_references, expand.text.clone());
    Ok(Expanded { name, nav, only_references, shapes, rows, text })
}

/// Resolves `$filter`, `$orderby` and `$top` of one level.
pub(crate) fn selection(call: &Call<'_>, table: &Table, options: &Options) -> Result<Selection, Fault> {
    let mut binder = Binder::new(call.schema, call.access, call.now, table);
    let condition = match &options.filter {
        None => Condition::Always,
        Some(text) => binder.bind(&filter::parse(text, &|name| options.alias(name))?)?,
    };
    let mut order = Vec::new();
    for item in options.orderby.iter().flat_map(|orderby| orderby.split(',')) {
        order.push(order_item(&binder, item.trim(), options)?);
    }
    Ok(Selection { condition, order, top: options.top })
}

fn order_item(binder: &Binder<'_>, item: &str, options: &Options) -> Result<Order, Fault> {
    let mut words = item.split_whitespace();
    let (name, direction) = (words.next().unwrap_or_default(), words.next().unwrap_or("asc"));
    let descending = match (direction, words.next()) {
        ("asc", None) => false,
        ("desc", None) => true,
        _ => return Err(Fault::usage(format!("Syntax error in the $orderby item '{item}'."))),
    };
    if name.contains('/') {
        return Err(Fault::usage("The $orderby expression cannot contain a property of a related table."));
    }
    let name = match name.strip_prefix('@') {
        Some(alias) => {
            options.alias(alias).ok_or_else(|| Fault::usage(format!("The alias '@{alias}' has no value.")))?
        }
        None => name.to_owned(),
    };
    let (path, column) = binder.path(&[name])?;
    Ok(Order { path, descending, by_name: column.kind == Kind::Ref })
}

//! Navigation names: exact case, from the schema only.

use crate::schema::{Column, Link, Relation, Schema, Table};
use crate::store::Side;

/// Where a navigation name leads.
#[derive(Clone, Debug)]
pub(crate) enum Nav<'s> {
    /// To one row, through a column of this row.
    One { column: &'s Column, targets: Vec<&'s Table> },
    /// To the rows of `table` whose `column` refers to this row.
    Many { table: &'s Table, column: &'s Column },
    /// Through a many-to-many relation, from this side of it.
    Linked { table: &'s Table, link: &'s Link, from: Side },
}

impl<'s> Nav<'s> {
    /// The table at the other end; none where it may be one of several.
    pub(crate) fn table(&self) -> Option<&'s Table> {
        match self {
            Nav::One { targets, .. } => targets.first().copied().filter(|_| targets.len() == 1),
            Nav::Many { table, .. } | Nav::Linked { table, .. } => Some(table),
        }
    }
}

/// Finds a navigation name on a table.
pub(crate) fn find<'s>(schema: &'s Schema, table: &'s Table, name: &str) -> Option<Nav<'s>> {
    one(schema, table, name).or_else(|| many(schema, table, name)).or_else(|| linked(schema, table, name))
}

fn one<'s>(schema: &'s Schema, table: &'s Table, name: &str) -> Option<Nav<'s>> {
    let found = table.columns.values().find_map(|column| {
        let relation = column.relations.iter().find(|relation| relation.navigation == name)?;
        Some((column, relation))
    });
    let (column, relation) = found?;
    Some(Nav::One { column, targets: targets(schema, column, relation) })
}

/// Tables a relation leads to: `owner` stands for users and teams.
pub(crate) fn targets<'s>(schema: &'s Schema, column: &'s Column, relation: &Relation) -> Vec<&'s Table> {
    match relation.to.as_str() {
        "owner" => column.targets.iter().filter_map(|target| schema.table(target)).collect(),
        to => schema.table(to).into_iter().collect(),
    }
}

fn many<'s>(schema: &'s Schema, table: &'s Table, name: &str) -> Option<Nav<'s>> {
    schema.tables.values().find_map(|child| {
        let column = child.columns.values().find(|column| {
            column.relations.iter().any(|relation| relation.to == table.name && relation.collection == name)
        })?;
        Some(Nav::Many { table: child, column })
    })
}

fn linked<'s>(schema: &'s Schema, table: &'s Table, name: &str) -> Option<Nav<'s>> {
    schema.links.iter().find_map(|link| {
        let (other, from) = match () {
            () if link.left == table.name && link.left_navigation == name => (&link.right, Side::Left),
            () if link.right == table.name && link.right_navigation == name => (&link.left, Side::Right),
            () => return None,
        };
        Some(Nav::Linked { table: schema.table(other)?, link, from })
    })
}

/// The single-valued navigation a body may name: besides the declared name, activities take the short form
/// `regardingobjectid_account`.
pub(crate) fn writable<'s>(schema: &'s Schema, table: &'s Table, name: &str) -> Option<Nav<'s>> {
    find(schema, table, name).or_else(|| {
        let full = format!("{name}_{}", table.name);
        table.activity.then(|| one(schema, table, &full)).flatten()
    })
}

/// Whether a column is a property of the row, as opposed to a shadow of another column.
pub(crate) fn is_property(column: &Column) -> bool {
    column.of.is_none() && column.kind != crate::schema::Kind::Virtual
}

/// The column of `_name_value`, or of a plain property name.
pub(crate) fn property<'s>(table: &'s Table, name: &str) -> Option<&'s Column> {
    let lookup = name.strip_prefix('_').and_then(|name| name.strip_suffix("_value"));
    let is_ref = |column: &&Column| column.kind == crate::schema::Kind::Ref;
    match lookup.and_then(|lookup| table.column(lookup)).filter(is_ref) {
        Some(column) => Some(column),
        None => table.column(name).filter(|column| !is_ref(column) && is_property(column)),
    }
}

/// A column by its logical name: what the query functions take, for lookups too. The property that shows a lookup's
/// value is no column.
pub(crate) fn logical<'s>(table: &'s Table, name: &str) -> Option<&'s Column> {
    table.column(name).filter(|column| column.kind == crate::schema::Kind::Ref || is_property(column))
}

/// The name of a column as a property of the row.
pub(crate) fn property_name(column: &Column) -> String {
    match column.kind {
        crate::schema::Kind::Ref => format!("_{}_value", column.name),
        _ => column.name.clone(),
    }
}

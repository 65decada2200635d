//! Queries as FetchXML, for joins by value, which OData does not have ("Join tables using FetchXml").
//!
//! A row of the answer is one combination of records: `answer` folds them, so that every record stands once below its
//! parent, as an `$expand` would have it. Only queries with a join by value are written so, and only their joins to many
//! stand on one way: others would multiply.

mod answer;
mod filter;
#[cfg(test)]
mod tests;
mod xml;

use engage_engine::Value;
use engage_engine::adapter::{AdapterError, Join, Query};
use engage_engine::catalog::Entity;
use engage_engine::ids::FieldName;
use engage_engine::model::Condition;

use super::literal::encode;
use super::metadata::{Metadata, Table};
use super::query::needed;
use crate::guard::unsupported;
pub(super) use answer::page;
use filter::{Filter, filter};
use xml::Xml;

/// Rows a page, which is the most there can be ("Page results using FetchXml").
const PAGE: usize = 5000;
/// The most pages: simple paging ends after 50,000 rows, and cookies do not go with orders of joined tables.
pub(super) const MAX_PAGES: usize = 10;
/// Answers name what a polymorphic lookup refers to, and say whether there are more.
pub(super) const ANNOTATIONS: &str =
    "odata.include-annotations=\"Microsoft.Dynamics.CRM.lookuplogicalname,Microsoft.Dynamics.CRM.morerecords\"";

/// A query as it travels.
#[derive(Debug)]
pub(super) struct Lowered<'q> {
    set: &'q str,
    pub(super) root: Node<'q>,
}

/// A table of the query, and how its columns are read from a row.
#[derive(Debug)]
pub(super) struct Node<'q> {
    pub(super) query: &'q Query,
    pub(super) table: &'q Table,
    /// Field positions decoded: those wanted and those that are needed here, sorted.
    pub(super) fields: Vec<usize>,
    /// Rows that do not meet this are dropped here.
    pub(super) local: Option<&'q Condition<Value>>,
    filter: Filter,
    /// The name in the answer, and the columns that it is joined by; none of the root.
    pub(super) link: Option<Link>,
    pub(super) joins: Vec<Node<'q>>,
}

/// How a table hangs on another.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) alias: String,
    from: String,
    to: String,
}

/// Lowers one query.
///
/// # Errors
/// `NotFound` for what this environment does not have, `Unsupported` for what no query can say.
pub(super) fn lower<'q>(metadata: &'q Metadata, query: &'q Query) -> Result<Lowered<'q>, AdapterError> {
    let mut links = 0;
    let root = node(metadata, query, None, &mut links)?;
    Ok(Lowered { set: &root.table.entity_set, root })
}

/// Recursion is as deep as the query's joins.
fn node<'q>(
    metadata: &'q Metadata,
    query: &'q Query,
    link: Option<Link>,
    links: &mut usize,
) -> Result<Node<'q>, AdapterError> {
    let table = metadata.of(&query.entity)?;
    let filter = filter(table, &query.entity, query.filter.as_ref())?;
    let local = query.filter.as_ref().filter(|_| !filter.exact);
    let mut joins = Vec::with_capacity(query.joins.len());
    for join in &query.joins {
        *links += 1;
        let (from, to) = columns(metadata, query, join)?;
        let link = Link { alias: format!("l{links}"), from, to };
        joins.push(node(metadata, &join.query, Some(link), links)?);
    }
    Ok(Node { query, table, fields: needed(query), local, filter, link, joins })
}

/// The columns that a join compares: of the joined table, and of the other.
fn columns(metadata: &Metadata, query: &Query, join: &Join) -> Result<(String, String), AdapterError> {
    let (table, below) = (metadata.of(&query.entity)?, metadata.of(&join.query.entity)?);
    let no_field = || unsupported("join on such a field", super::NAME);
    let is_id = |entity: &Entity, position| entity.position(FieldName::ID) == Some(position);
    let (up, down) = (is_id(&join.query.entity, join.child_field), is_id(&query.entity, join.parent_field));
    let parent = query.entity.fields.get(join.parent_field).ok_or_else(no_field)?;
    let child = join.query.entity.fields.get(join.child_field).ok_or_else(no_field)?;
    let from = below.linked(below.read_column(child), &table.logical_name).filter(|_| down);
    let to = table.linked(table.read_column(parent), &below.logical_name).filter(|_| up);
    let (from, to) = (from.unwrap_or(below.read_column(child)), to.unwrap_or(table.read_column(parent)));
    Ok((from.to_owned(), to.to_owned()))
}

impl Lowered<'_> {
    /// Path and query below the service root of a page, counted from 1.
    pub(super) fn target(&self, page: usize) -> String {
        let mut xml = Xml::default();
        xml.open("fetch", &[("count", &PAGE.to_string()), ("page", &page.to_string())]);
        xml.open("entity", &[("name", &self.root.table.logical_name)]);
        self.root.write(&mut xml);
        xml.close("entity");
        xml.close("fetch");
        format!("{}?fetchXml={}", self.set, encode(&xml.finish()))
    }

    /// Whether there are more rows after a page of so many, as far as it says nothing of it.
    pub(super) fn is_full(rows: usize) -> bool {
        rows >= PAGE
    }
}

impl Node<'_> {
    /// What stands inside the element of a table. Without an order pages would not be of one list.
    fn write(&self, xml: &mut Xml) {
        let id = self.table.primary_id.as_str();
        let fields = self.fields.iter().filter_map(|position| self.query.entity.fields.get(*position));
        let mut columns: Vec<&str> = vec![id];
        for column in fields.map(|field| self.table.read_column(field)) {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        columns.into_iter().for_each(|column| xml.leaf("attribute", &[("name", column)]));
        xml.leaf("order", &[("attribute", id)]);
        self.filter.write(xml);
        for join in &self.joins {
            let Some(link) = &join.link else { continue };
            let attributes = [
                ("name", join.table.logical_name.as_str()),
                ("from", &link.from),
                ("to", &link.to),
                ("link-type", "outer"),
                ("alias", &link.alias),
            ];
            xml.open("link-entity", &attributes);
            join.write(xml);
            xml.close("link-entity");
        }
    }
}

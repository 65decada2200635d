//! A FetchXML query, understood: entities, columns, conditions, orders.

use super::super::call::Call;
use super::super::fault::Fault;
use super::super::filter::Comparison;
use super::super::security::Op;
use super::super::{like, query_function};
use super::xml::{self, Element};
use crate::schema::{Column, Table};
use crate::store::Value;

/// Attributes of the root: those that count here, and those that say nothing about the rows.
const KNOWN: [&str; 13] = [
    "aggregate",
    "count",
    "distinct",
    "latematerialize",
    "mapping",
    "no-lock",
    "options",
    "output-format",
    "page",
    "paging-cookie",
    "returntotalrecordcount",
    "top",
    "version",
];

/// Most link-entities.
const MAX_LINKS: usize = 15;

/// The root entity or a link-entity.
#[derive(Debug)]
pub(super) struct Entity<'s> {
    pub(super) table: &'s Table,
    pub(super) alias: String,
    /// How it hangs on another; none for the root.
    pub(super) link: Option<Link>,
    pub(super) columns: Vec<Wanted<'s>>,
    pub(super) filter: Vec<Test>,
    /// Of the rows found here only the first counts for what they hang on.
    pub(super) only_first: bool,
}

/// A join.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) parent: usize,
    pub(super) from: String,
    pub(super) to: String,
    pub(super) outer: bool,
}

/// A column that is returned.
#[derive(Debug)]
pub(super) struct Wanted<'s> {
    pub(super) column: &'s Column,
    pub(super) alias: Option<String>,
    pub(super) aggregate: Option<Aggregate>,
    pub(super) groups: bool,
}

/// What is computed over a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aggregate {
    Count,
    CountColumn,
    Distinct,
    Sum,
    Average,
    Least,
    Greatest,
}

/// A condition, or several.
#[derive(Debug)]
pub(super) enum Test {
    All(Vec<Test>),
    Any(Vec<Test>),
    Null {
        entity: usize,
        column: String,
        wanted: bool,
    },
    Compare {
        entity: usize,
        column: String,
        comparison: Comparison,
        value: Value,
    },
    Like {
        entity: usize,
        column: String,
        pattern: like::Pattern,
        negated: bool,
    },
    Function {
        entity: usize,
        column: String,
        function: query_function::Function,
    },
    /// Two columns, of the same row or of joined ones.
    Columns {
        left: (usize, String),
        comparison: Comparison,
        right: (usize, String),
    },
    /// Whether one of [`Query::related`] has a row with the value of the column.
    Related {
        entity: usize,
        column: String,
        at: usize,
        wanted: bool,
    },
}

/// A table that rows are looked for in, without being part of the answer.
#[derive(Debug)]
pub(super) struct Related<'s> {
    /// The column of its rows that is compared.
    pub(super) from: String,
    pub(super) query: Query<'s>,
}

/// One criterion of the order.
#[derive(Debug)]
pub(super) enum Order {
    Column { entity: usize, column: String, descending: bool },
    Alias { alias: String, descending: bool },
}

/// The whole query.
#[derive(Debug, Default)]
pub(super) struct Query<'s> {
    pub(super) entities: Vec<Entity<'s>>,
    pub(super) orders: Vec<Order>,
    pub(super) related: Vec<Related<'s>>,
    pub(super) top: Option<usize>,
    pub(super) count: Option<usize>,
    pub(super) page: usize,
    pub(super) aggregate: bool,
    pub(super) distinct: bool,
    pub(super) total: bool,
}

/// Reads a query on a table.
pub(super) fn parse<'s>(call: &Call<'s>, table: &'s Table, text: &str) -> Result<Query<'s>, Fault> {
    let root = xml::parse(text)?;
    let [entity] = root.children.as_slice() else { return Err(invalid("A fetch holds exactly one entity.")) };
    if root.name != "fetch" || entity.name != "entity" {
        return Err(invalid("A fetch holds exactly one entity."));
    }
    if entity.attribute("name") != Some(&table.name) {
        return Err(invalid("The entity of the query is not that of the address."));
    }
    if let Some((name, _)) = root.attributes.iter().find(|(name, _)| !KNOWN.contains(&name.as_str())) {
        return Err(Fault::unsupported(&format!("the FetchXML attribute '{name}'")));
    }
    let is = |name: &str| matches!(root.attribute(name), Some("true" | "1"));
    let query = Query {
        top: number(&root, "top")?,
        count: number(&root, "count")?,
        page: number(&root, "page")?.unwrap_or(1).max(1),
        aggregate: is("aggregate"),
        distinct: is("distinct"),
        total: is("returntotalrecordcount"),
        ..Query::default()
    };
    let mut parser = Parser { call, query };
    parser.entity(entity, table, None, false)?;
    parser.conditions(entity, 0)?;
    if parser.query.top.is_some() && (parser.query.count.is_some() || root.attribute("page").is_some()) {
        return Err(invalid("The attribute 'top' cannot be combined with 'count' or 'page'."));
    }
    Ok(parser.query)
}

/// The error for a query that is not FetchXML.
pub(super) fn invalid(message: &str) -> Fault {
    Fault::new(400, "0x80041102", format!("Invalid FetchXML. {message}"))
}

fn number(element: &Element, name: &str) -> Result<Option<usize>, Fault> {
    match element.attribute(name) {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| invalid(&format!("The attribute '{name}' is not a number."))),
    }
}

pub(super) struct Parser<'c, 's> {
    pub(super) call: &'c Call<'s>,
    pub(super) query: Query<'s>,
}

impl<'s> Parser<'_, 's> {
    /// Reads an entity and the links below it; conditions follow when every alias is known.
    pub(super) fn entity(
        &mut self,
        element: &Element,
        table: &'s Table,
        link: Option<Link>,
        only_first: bool,
    ) -> Result<(), Fault> {
        // What lies between two tables is read with the rights on both.
        if !self.call.schema.between.contains_key(&table.name) {
            self.call.access.require(&table.name, Op::Read)?;
        }
        let number = self.query.entities.len();
        if number > MAX_LINKS {
            return Err(invalid("The query has too many link-entities."));
        }
        let alias = element.attribute("alias").map(str::to_owned).unwrap_or_else(|| format!("{}{number}", table.name));
        let entity = Entity { table, alias, link, columns: Vec::new(), filter: Vec::new(), only_first };
        self.query.entities.push(entity);
        let mut columns = Vec::new();
        for child in &element.children {
            match child.name.as_str() {
                "attribute" => columns.push(self.wanted(child, table)?),
                "all-attributes" => {
                    let all = table.columns.values().filter(|c| c.read && super::super::nav::is_property(c));
                    columns.extend(all.map(|column| Wanted { column, alias: None, aggregate: None, groups: false }));
                }
                "link-entity" => self.link(child, number)?,
                "order" | "filter" => {}
                other => return Err(Fault::unsupported(&format!("the FetchXML element '{other}'"))),
            }
        }
        if let Some(entity) = self.query.entities.get_mut(number) {
            entity.columns = columns;
        }
        Ok(())
    }

    fn wanted(&self, element: &Element, table: &'s Table) -> Result<Wanted<'s>, Fault> {
        for name in ["dategrouping", "rowaggregate", "usertimezone"] {
            if element.attribute(name).is_some() {
                return Err(Fault::unsupported(&format!("the FetchXML attribute '{name}'")));
            }
        }
        let column = column(table, element.attribute("name").unwrap_or_default())?;
        let aggregate = match element.attribute("aggregate") {
            None => None,
            Some("count") => Some(Aggregate::Count),
            Some("countcolumn") if matches!(element.attribute("distinct"), Some("true" | "1")) => {
                Some(Aggregate::Distinct)
            }
            Some("countcolumn") => Some(Aggregate::CountColumn),
            Some("sum") => Some(Aggregate::Sum),
            Some("avg") => Some(Aggregate::Average),
            Some("min") => Some(Aggregate::Least),
            Some("max") => Some(Aggregate::Greatest),
            Some(other) => return Err(invalid(&format!("The aggregate '{other}' is not known."))),
        };
        let alias = element.attribute("alias").map(str::to_owned);
        let groups = matches!(element.attribute("groupby"), Some("true" | "1"));
        if self.query.aggregate {
            self.call.access.require_readable(&table.name, &column.name)?;
        }
        if self.query.aggregate && (alias.is_none() || aggregate.is_some() == groups) {
            return Err(invalid("A column of an aggregate query needs an alias, and either an aggregate or groupby."));
        }
        if !self.query.aggregate && (aggregate.is_some() || groups) {
            return Err(invalid("Aggregates need aggregate='true' on the fetch."));
        }
        Ok(Wanted { column, alias, aggregate, groups })
    }
}

/// A column by its exact name.
pub(super) fn column<'s>(table: &'s Table, name: &str) -> Result<&'s Column, Fault> {
    let found = table.column(name).filter(|column| column.read && super::super::nav::is_property(column));
    found.ok_or_else(|| {
        let message = format!("'{}' entity doesn't contain attribute with Name = '{name}'.", table.name);
        Fault::new(400, "0x80041103", message)
    })
}

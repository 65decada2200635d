//! A FetchXML query, understood: entities, columns, conditions, orders.

use super::super::call::Call;
use super::super::fault::Fault;
use super::super::filter::Comparison;
use super::super::lex::Literal;
use super::super::security::Op;
use super::super::{coerce, like, query_function};
use super::xml::{self, Element};
use crate::schema::{Column, Kind, Table};
use crate::store::Value;

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
pub(super) enum Aggregate {
    Count,
    CountColumn,
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
    Null { entity: usize, column: String, wanted: bool },
    Compare { entity: usize, column: String, comparison: Comparison, value: Value },
    Like { entity: usize, column: String, pattern: like::Pattern, negated: bool },
    Function { entity: usize, column: String, function: query_function::Function },
}

/// One criterion of the order.
#[derive(Debug)]
pub(super) enum Order {
    Column { entity: usize, column: String, descending: bool },
    Alias { alias: String, descending: bool },
}

/// The whole query.
#[derive(Debug)]
pub(super) struct Query<'s> {
    pub(super) entities: Vec<Entity<'s>>,
    pub(super) orders: Vec<Order>,
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
    let is = |name: &str| matches!(root.attribute(name), Some("true" | "1"));
    let query = Query {
        entities: Vec::new(),
        orders: Vec::new(),
        top: number(&root, "top")?,
        count: number(&root, "count")?,
        page: number(&root, "page")?.unwrap_or(1).max(1),
        aggregate: is("aggregate"),
        distinct: is("distinct"),
        total: is("returntotalrecordcount"),
    };
    let mut parser = Parser { call, query };
    parser.entity(entity, table, None)?;
    parser.conditions(entity, 0)?;
    if parser.query.top.is_some() && (parser.query.count.is_some() || root.attribute("page").is_some()) {
        return Err(invalid("The attribute 'top' cannot be combined with 'count' or 'page'."));
    }
    Ok(parser.query)
}

fn invalid(message: &str) -> Fault {
    Fault::new(400, "0x80041102", format!("Invalid FetchXML. {message}"))
}

fn number(element: &Element, name: &str) -> Result<Option<usize>, Fault> {
    match element.attribute(name) {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| invalid(&format!("The attribute '{name}' is not a number."))),
    }
}

struct Parser<'c, 's> {
    call: &'c Call<'s>,
    query: Query<'s>,
}

impl<'s> Parser<'_, 's> {
    /// Reads an entity and the links below it; conditions follow when every alias is known.
    fn entity(&mut self, element: &Element, table: &'s Table, link: Option<Link>) -> Result<(), Fault> {
        // What lies between two tables is read with the rights on both.
        if !self.call.schema.between.contains_key(&table.name) {
            self.call.access.require(&table.name, Op::Read)?;
        }
        let number = self.query.entities.len();
        if number > MAX_LINKS {
            return Err(invalid("The query has too many link-entities."));
        }
        let alias = element.attribute("alias").map(str::to_owned).unwrap_or_else(|| format!("{}{number}", table.name));
        let entity = Entity { table, alias, link, columns: Vec::new(), filter: Vec::new() };
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
        if element.attribute("dategrouping").is_some() {
            return Err(Fault::unsupported("the FetchXML attribute 'dategrouping'"));
        }
        let column = column(table, element.attribute("name").unwrap_or_default())?;
        let aggregate = match element.attribute("aggregate") {
            None => None,
            Some("count") => Some(Aggregate::Count),
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

    fn link(&mut self, element: &Element, parent: usize) -> Result<(), Fault> {
        let name = element.attribute("name").unwrap_or_default();
        let schema = self.call.schema;
        let Some(table) = schema.table(name).or_else(|| schema.between.get(name)) else {
            let message = format!("The entity with a name = '{name}' was not found in the MetadataCache.");
            return Err(Fault::new(400, "0x80041102", message));
        };
        let outer = match element.attribute("link-type").unwrap_or("inner") {
            "inner" => false,
            "outer" => true,
            other => return Err(Fault::unsupported(&format!("the link-type '{other}' of FetchXML"))),
        };
        let parent_table = self.query.entities.get(parent).map(|entity| entity.table);
        let parent_table = parent_table.ok_or_else(|| invalid("A link-entity hangs on nothing."))?;
        let end = |name: &str, table: &Table| match element.attribute(name) {
            Some(name) => column(table, name).map(|column| column.name.clone()),
            None => Err(invalid(&format!("A link-entity needs the attribute '{name}'."))),
        };
        let link = Link { parent, from: end("from", table)?, to: end("to", parent_table)?, outer };
        self.entity(element, table, Some(link))
    }

    /// Reads filters and orders, in the order in which the entities were read.
    fn conditions(&mut self, element: &Element, number: usize) -> Result<usize, Fault> {
        let mut next = number + 1;
        for child in &element.children {
            match child.name.as_str() {
                "filter" => {
                    let test = self.filter(child, number)?;
                    if let Some(entity) = self.query.entities.get_mut(number) {
                        entity.filter.push(test);
                    }
                }
                "order" => {
                    let order = self.order(child, number)?;
                    self.query.orders.push(order);
                }
                "link-entity" => next = self.conditions(child, next)?,
                _ => {}
            }
        }
        Ok(next)
    }

    fn order(&self, element: &Element, entity: usize) -> Result<Order, Fault> {
        let descending = matches!(element.attribute("descending"), Some("true" | "1"));
        if let Some(alias) = element.attribute("alias") {
            return Ok(Order::Alias { alias: alias.to_owned(), descending });
        }
        let entity = self.named(element, entity)?;
        let column = self.column(entity, element.attribute("attribute").unwrap_or_default())?.name.clone();
        Ok(Order::Column { entity, column, descending })
    }

    /// The entity of `entityname`, or the one the element stands in.
    fn named(&self, element: &Element, entity: usize) -> Result<usize, Fault> {
        let Some(name) = element.attribute("entityname") else { return Ok(entity) };
        let found = self.query.entities.iter().position(|entity| entity.alias == name);
        found.ok_or_else(|| invalid(&format!("There is no link-entity with the alias '{name}'.")))
    }

    fn column(&self, entity: usize, name: &str) -> Result<&'s Column, Fault> {
        let entity = self.query.entities.get(entity).ok_or_else(|| invalid("There is no such entity."))?;
        self.call.access.require_readable(&entity.table.name, name)?;
        column(entity.table, name)
    }

    fn filter(&self, element: &Element, entity: usize) -> Result<Test, Fault> {
        let mut tests = Vec::new();
        for child in &element.children {
            tests.push(match child.name.as_str() {
                "condition" => self.condition(child, entity)?,
                "filter" => self.filter(child, entity)?,
                other => return Err(Fault::unsupported(&format!("the FetchXML element '{other}' in a filter"))),
            });
        }
        match element.attribute("type").unwrap_or("and") {
            "and" => Ok(Test::All(tests)),
            "or" => Ok(Test::Any(tests)),
            other => Err(invalid(&format!("The filter type '{other}' is not known."))),
        }
    }

    fn condition(&self, element: &Element, entity: usize) -> Result<Test, Fault> {
        if element.attribute("valueof").is_some() {
            return Err(Fault::unsupported("the FetchXML attribute 'valueof'"));
        }
        let entity = self.named(element, entity)?;
        let column = self.column(entity, element.attribute("attribute").unwrap_or_default())?;
        let operator = element.attribute("operator").unwrap_or_default();
        let mut values: Vec<String> = element.attribute("value").map(str::to_owned).into_iter().collect();
        values.extend(element.children.iter().filter(|child| child.name == "value").map(|child| child.text.clone()));
        let name = column.name.clone();
        if let "null" | "not-null" = operator {
            return Ok(Test::Null { entity, column: name, wanted: operator == "null" });
        }
        let first = || values.first().ok_or_else(|| invalid(&format!("The operator '{operator}' needs a value.")));
        let comparison = match operator {
            "eq" => Some(Comparison::Eq),
            "ne" | "neq" => Some(Comparison::Ne),
            "gt" => Some(Comparison::Gt),
            "ge" => Some(Comparison::Ge),
            "lt" => Some(Comparison::Lt),
            "le" => Some(Comparison::Le),
            _ => None,
        };
        if let Some(comparison) = comparison {
            let value = coerce::from_text(column, first()?).map_err(|_| unfit(column))?;
            return Ok(Test::Compare { entity, column: name, comparison, value });
        }
        if let Some((pattern, negated)) = pattern(operator, first().ok()) {
            if column.kind != Kind::Text {
                return Err(unfit(column));
            }
            return Ok(Test::Like { entity, column: name, pattern, negated });
        }
        let function = self.function(operator, column, values)?;
        Ok(Test::Function { entity, column: name, function })
    }

    /// The operators that the query functions of OData have as well.
    fn function(
        &self,
        operator: &str,
        column: &Column,
        values: Vec<String>,
    ) -> Result<query_function::Function, Fault> {
        let name = match operator {
            "in" => "In",
            "not-in" => "NotIn",
            "between" => "Between",
            "not-between" => "NotBetween",
            "contain-values" => "ContainValues",
            "not-contain-values" => "DoesNotContainValues",
            "eq-userid" => "EqualUserId",
            "ne-userid" => "NotEqualUserId",
            "today" => "Today",
            "yesterday" => "Yesterday",
            "tomorrow" => "Tomorrow",
            "last-seven-days" => "Last7Days",
            "next-seven-days" => "Next7Days",
            "last-x-days" => "LastXDays",
            "next-x-days" => "NextXDays",
            "olderthan-x-days" => "OlderThanXDays",
            "on" => "On",
            "on-or-after" => "OnOrAfter",
            "on-or-before" => "OnOrBefore",
            other => return Err(Fault::unsupported(&format!("the FetchXML operator '{other}'"))),
        };
        let single = values.first().and_then(|value| super::super::lex::literal(value));
        let mut arguments = vec![("PropertyValues".to_owned(), Literal::List(values))];
        arguments.extend(single.map(|literal| ("PropertyValue".to_owned(), literal)));
        query_function::bind(name, column, &arguments, self.call.now, &self.call.access.user)
    }
}

fn column<'s>(table: &'s Table, name: &str) -> Result<&'s Column, Fault> {
    let found = table.column(name).filter(|column| column.read && super::super::nav::is_property(column));
    found.ok_or_else(|| {
        let message = format!("'{}' entity doesn't contain attribute with Name = '{name}'.", table.name);
        Fault::new(400, "0x80041103", message)
    })
}

fn unfit(column: &Column) -> Fault {
    let message = format!("Condition for attribute '{}': the value does not fit its type.", column.name);
    Fault::new(400, "0x80040203", message)
}

fn pattern(operator: &str, value: Option<&String>) -> Option<(like::Pattern, bool)> {
    let value = value?;
    Some(match operator {
        "like" => (like::Pattern::plain(value), false),
        "not-like" => (like::Pattern::plain(value), true),
        "begins-with" => (like::Pattern::of("startswith", value), false),
        "not-begin-with" => (like::Pattern::of("startswith", value), true),
        "ends-with" => (like::Pattern::of("endswith", value), false),
        "not-end-with" => (like::Pattern::of("endswith", value), true),
        _ => return None,
    })
}

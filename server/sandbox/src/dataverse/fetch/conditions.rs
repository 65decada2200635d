//! Filters and orders of a FetchXML query.

use super::super::fault::Fault;
use super::super::filter::Comparison;
use super::super::lex::{Literal, literal};
use super::super::{coerce, like, query_function};
use super::query::{Order, Parser, Query, Related, Test, column, invalid};
use super::xml::Element;
use crate::schema::{Column, Kind};

impl<'s> Parser<'_, 's> {
    /// Reads filters and orders, in the order in which the entities were read.
    pub(super) fn conditions(&mut self, element: &Element, number: usize) -> Result<usize, Fault> {
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

    fn filter(&mut self, element: &Element, entity: usize) -> Result<Test, Fault> {
        let mut tests = Vec::new();
        for child in &element.children {
            tests.push(match child.name.as_str() {
                "condition" => self.condition(child, entity)?,
                "filter" => self.filter(child, entity)?,
                "link-entity" => self.related(child, entity)?,
                other => return Err(Fault::unsupported(&format!("the FetchXML element '{other}' in a filter"))),
            });
        }
        match element.attribute("type").unwrap_or("and") {
            "and" => Ok(Test::All(tests)),
            "or" => Ok(Test::Any(tests)),
            other => Err(invalid(&format!("The filter type '{other}' is not known."))),
        }
    }

    /// A link-entity within a filter: whether there are rows like that ("Filter on values in related records").
    fn related(&mut self, element: &Element, entity: usize) -> Result<Test, Fault> {
        let wanted = match element.attribute("link-type").unwrap_or_default() {
            "any" => true,
            "not any" => false,
            // What these mean the pages of the product say in two ways.
            other => return Err(Fault::unsupported(&format!("the link-type '{other}' of FetchXML in a filter"))),
        };
        let (table, from, column) = self.ends(element, entity)?;
        let mut parser = Parser { call: self.call, query: Query::default() };
        parser.entity(element, table, None, false)?;
        parser.conditions(element, 0)?;
        if parser.query.entities.iter().any(|entity| !entity.columns.is_empty()) {
            return Err(invalid("A link-entity in a filter returns no columns."));
        }
        self.query.related.push(Related { from, query: parser.query });
        Ok(Test::Related { entity, column, at: self.query.related.len() - 1, wanted })
    }

    /// `valueof`: another column of the row, or `alias.column` of a joined one.
    fn columns(&self, element: &Element, left: (usize, &Column), named: &str) -> Result<Test, Fault> {
        let (entity, name) = match named.split_once('.') {
            Some((alias, name)) => {
                let found = self.query.entities.iter().position(|entity| entity.alias == alias);
                let missing = || invalid(&format!("There is no link-entity with the alias '{alias}'."));
                (found.ok_or_else(missing)?, name)
            }
            None => (left.0, named),
        };
        let right = self.column(entity, name)?;
        if coerce::edm(left.1) != coerce::edm(right) {
            return Err(invalid("Only columns of the same type can be compared."));
        }
        let operator = element.attribute("operator").unwrap_or_default();
        let comparison = comparison(operator)
            .ok_or_else(|| invalid(&format!("The operator '{operator}' does not compare columns.")))?;
        Ok(Test::Columns { left: (left.0, left.1.name.clone()), comparison, right: (entity, right.name.clone()) })
    }

    fn condition(&self, element: &Element, entity: usize) -> Result<Test, Fault> {
        let entity = self.named(element, entity)?;
        let column = self.column(entity, element.attribute("attribute").unwrap_or_default())?;
        if let Some(named) = element.attribute("valueof") {
            return self.columns(element, (entity, column), named);
        }
        let operator = element.attribute("operator").unwrap_or_default();
        let mut values: Vec<String> = element.attribute("value").map(str::to_owned).into_iter().collect();
        values.extend(element.children.iter().filter(|child| child.name == "value").map(|child| child.text.clone()));
        let name = column.name.clone();
        if let "null" | "not-null" = operator {
            return Ok(Test::Null { entity, column: name, wanted: operator == "null" });
        }
        let first = || values.first().ok_or_else(|| invalid(&format!("The operator '{operator}' needs a value.")));
        if let Some(comparison) = comparison(operator) {
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
            "this-week" => "ThisWeek",
            "last-week" => "LastWeek",
            "next-week" => "NextWeek",
            "this-month" => "ThisMonth",
            "last-month" => "LastMonth",
            "next-month" => "NextMonth",
            "this-year" => "ThisYear",
            "last-year" => "LastYear",
            "next-year" => "NextYear",
            "last-x-days" => "LastXDays",
            "next-x-days" => "NextXDays",
            "olderthan-x-days" => "OlderThanXDays",
            "on" => "On",
            "on-or-after" => "OnOrAfter",
            "on-or-before" => "OnOrBefore",
            other => return Err(Fault::unsupported(&format!("the FetchXML operator '{other}'"))),
        };
        let single = values.first().and_then(|value| literal(value));
        let mut arguments = vec![("PropertyValues".to_owned(), Literal::List(values))];
        arguments.extend(single.map(|literal| ("PropertyValue".to_owned(), literal)));
        query_function::bind(name, column, &arguments, self.call.now, &self.call.access.user)
    }
}

fn comparison(operator: &str) -> Option<Comparison> {
    Some(match operator {
        "eq" => Comparison::Eq,
        "ne" | "neq" => Comparison::Ne,
        "gt" => Comparison::Gt,
        "ge" => Comparison::Ge,
        "lt" => Comparison::Lt,
        "le" => Comparison::Le,
        _ => return None,
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

//! Rows as JSON.

use jiff::tz::Offset;
use jiff::{Timestamp, civil};
use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value as Json, json};

use super::call::Call;
use super::condition::children;
use super::nav::{self, Nav};
use super::shape::{Expanded, Shape};
use crate::http::encode;
use crate::schema::{Column, Kind, Table};
use crate::store::{Ref, Row, State, Value};

const FORMATTED: &str = "OData.Community.Display.V1.FormattedValue";
const LOOKUP_NAME: &str = "Microsoft.Dynamics.CRM.lookuplogicalname";
const LOOKUP_NAVIGATION: &str = "Microsoft.Dynamics.CRM.associatednavigationproperty";

/// Most rows of an expanded collection.
pub(crate) const MAX_EXPANDED: usize = 5000;

/// The etag of a row.
pub(crate) fn etag(row: &Row) -> String {
    format!("W/\"{}\"", row.version)
}

impl Call<'_> {
    /// One row in its shape. `page` limits expanded collections of nested expands.
    pub(crate) fn row(&self, state: &State, row: &Row, shape: &Shape<'_>, page: Option<usize>) -> Map<String, Json> {
        let mut object = Map::new();
        object.insert("@odata.etag".into(), etag(row).into());
        for column in &shape.columns {
            self.cell(state, row, shape.table, column, &mut object);
        }
        for expanded in &shape.expands {
            self.expand(state, row, shape.table, expanded, page, &mut object);
        }
        object
    }

    fn cell(&self, state: &State, row: &Row, table: &Table, column: &Column, object: &mut Map<String, Json>) {
        self.named_cell(state, row, table, column, &nav::property_name(column), object);
    }

    /// One cell with its annotations, under a name.
    pub(crate) fn named_cell(
        &self,
        state: &State,
        row: &Row,
        table: &Table,
        column: &Column,
        name: &str,
        object: &mut Map<String, Json>,
    ) {
        let computed = match column.name.as_str() {
            "versionnumber" => i64::try_from(row.version).ok().map(Value::Int),
            _ => None,
        };
        let closed = self.access.is_closed(&table.name, &column.name);
        match computed.as_ref().or_else(|| row.get(&column.name)).filter(|_| !closed) {
            Some(value) => self.valued(state, column, value, name, object),
            None => {
                object.insert(name.to_owned(), Json::Null);
            }
        }
    }

    /// A value with its annotations, under a name.
    pub(crate) fn valued(
        &self,
        state: &State,
        column: &Column,
        value: &Value,
        name: &str,
        object: &mut Map<String, Json>,
    ) {
        if let (true, Some(text)) = (self.prefer.wants(FORMATTED), formatted(state, column, value)) {
            object.insert(format!("{name}@{FORMATTED}"), text.into());
        }
        if let Value::Ref(reference) = value {
            if self.prefer.wants(LOOKUP_NAVIGATION) {
                let relation = column.relations.iter().find(|r| r.to == reference.table || r.to == "owner");
                if let Some(relation) = relation {
                    object.insert(format!("{name}@{LOOKUP_NAVIGATION}"), relation.navigation.clone().into());
                }
            }
            if self.prefer.wants(LOOKUP_NAME) {
                object.insert(format!("{name}@{LOOKUP_NAME}"), reference.table.clone().into());
            }
        }
        object.insert(name.to_owned(), json_of(column, value));
    }

    fn expand(
        &self,
        state: &State,
        row: &Row,
        table: &Table,
        expanded: &Expanded<'_>,
        page: Option<usize>,
        object: &mut Map<String, Json>,
    ) {
        let Some(via) = expanded.via() else {
            object.insert(expanded.name.clone(), self.expand_one(state, row, expanded, page));
            return;
        };
        let Some(shape) = expanded.shapes.first() else { return };
        let own = Ref::new(&table.name, row.id.clone());
        let rows = expanded.rows.apply(state, children(state, &own, &via).into_iter());
        let total = rows.len().min(expanded.rows.top.unwrap_or(usize::MAX));
        let limit = total.min(page.unwrap_or(MAX_EXPANDED)).min(MAX_EXPANDED);
        let items = rows.into_iter().take(limit).map(|child| Json::Object(self.row(state, child, shape, page)));
        object.insert(expanded.name.clone(), Json::Array(items.collect()));
        // In a single level the link is there even when nothing is left; nested, it means that there is more.
        if page.is_none() || total > limit {
            let link = self.collection_link(table, row, expanded, page.map(|_| limit));
            object.insert(format!("{}@odata.nextLink", expanded.name), link.into());
        }
    }

    fn collection_link(&self, table: &Table, row: &Row, expanded: &Expanded<'_>, offset: Option<usize>) -> String {
        let mut options: Vec<String> = expanded
            .text
            .iter()
            .map(|option| match option.split_once('=') {
                Some((name, value)) => format!("{name}={}", encode(value)),
                None => option.clone(),
            })
            .collect();
        if let Some(offset) = offset {
            options.push(format!("$skiptoken={}", super::paging::Cookie::at(2, offset).write()));
        }
        let query = if options.is_empty() { String::new() } else { format!("?{}", options.join("&")) };
        format!("{}{}({})/{}{query}", self.root, table.set, row.id, expanded.name)
    }

    fn expand_one(&self, state: &State, row: &Row, expanded: &Expanded<'_>, page: Option<usize>) -> Json {
        let Nav::One { column, targets } = &expanded.nav else { return Json::Null };
        let Some(reference) = row.get(&column.name).and_then(Value::reference) else { return Json::Null };
        let shape = expanded.shapes.iter().find(|shape| shape.table.name == reference.table);
        let (Some(shape), Some(target)) = (shape, state.follow(reference)) else { return Json::Null };
        if expanded.only_references {
            return json!({"@odata.id": self.row_address(shape.table, target)});
        }
        let mut object = self.row(state, target, shape, page);
        if targets.len() > 1 {
            let mut typed = Map::new();
            typed.insert("@odata.type".into(), format!("#Microsoft.Dynamics.CRM.{}", shape.table.name).into());
            typed.insert("ownerid".into(), target.id.to_string().into());
            typed.append(&mut object);
            object = typed;
        }
        Json::Object(object)
    }

    /// A number that is no column's, under a name.
    pub(crate) fn count_value(&self, count: i64, name: &str, object: &mut Map<String, Json>) {
        if self.prefer.wants(FORMATTED) {
            object.insert(format!("{name}@{FORMATTED}"), grouped(Decimal::from(count)).into());
        }
        object.insert(name.to_owned(), count.into());
    }

    /// The address of a row.
    pub(crate) fn row_address(&self, table: &Table, row: &Row) -> String {
        format!("{}{}({})", self.root, table.set, row.id)
    }
}

/// A value as JSON.
pub(crate) fn json_of(column: &Column, value: &Value) -> Json {
    match value {
        Value::Text(text) => text.clone().into(),
        Value::Int(int) => (*int).into(),
        Value::Decimal(decimal) => number(&decimal.to_string()),
        Value::Double(double) => json!(double),
        Value::Bool(bool) => (*bool).into(),
        Value::Moment(moment) => moment_text(*moment).into(),
        Value::Date(date) => date.to_string().into(),
        Value::Id(id) => id.as_str().into(),
        Value::Ref(reference) => reference.id.as_str().into(),
        Value::Choices(choices) if column.kind == Kind::Choices => choices.join(",").into(),
        Value::Choices(_) => Json::Null,
    }
}

/// A number with all of its digits.
fn number(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or(Json::Null)
}

fn moment_text(moment: Timestamp) -> String {
    moment.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A value as people read it.
fn formatted(state: &State, column: &Column, value: &Value) -> Option<String> {
    let label = |value: &str| column.options.iter().find(|(option, _)| option == value).map(|(_, label)| label.clone());
    match value {
        Value::Int(int) => label(&int.to_string()).or_else(|| Some(grouped(Decimal::from(*int)))),
        Value::Bool(bool) => Some(if *bool { "Yes" } else { "No" }.to_owned()),
        Value::Decimal(decimal) if column.crm_type == "Money" => Some(format!("${}", grouped(cents(*decimal)))),
        Value::Decimal(decimal) => Some(grouped(*decimal)),
        Value::Double(double) => Some(double.to_string()),
        Value::Moment(moment) => Some(Offset::UTC.to_datetime(*moment).strftime("%-m/%-d/%Y %-I:%M %p").to_string()),
        Value::Date(date) => Some(civil::Date::strftime(date, "%-m/%-d/%Y").to_string()),
        Value::Ref(reference) => {
            let table = state.schema().table(&reference.table)?;
            let name = state.follow(reference)?.get(table.name_column.as_deref()?)?;
            name.as_text().map(str::to_owned)
        }
        Value::Choices(choices) => {
            let labels = choices.iter().map(|choice| label(choice).unwrap_or_else(|| choice.clone()));
            Some(labels.collect::<Vec<_>>().join("; "))
        }
        Value::Text(_) | Value::Id(_) => None,
    }
}

/// An amount with two places, no more and no less.
fn cents(amount: Decimal) -> Decimal {
    let mut amount = amount.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    amount.rescale(2);
    amount
}

/// A number with commas between thousands.
fn grouped(number: Decimal) -> String {
    let text = number.to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    match fraction {
        Some(fraction) => format!("{sign}{out}.{fraction}"),
        None => format!("{sign}{out}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits() {
        assert_eq!(number("12345678901234567890.10").to_string(), "12345678901234567890.10");
        assert_eq!(grouped(Decimal::new(-123_456_789, 2)), "-1,234,567.89");
        assert_eq!(grouped(Decimal::from(12)), "12");
        assert_eq!(grouped(cents(Decimal::new(15_005, 1))), "1,500.50");
        assert_eq!(grouped(cents(Decimal::new(1_005, 3))), "1.01");
    }
}

//! `$apply`: groups and aggregates ("Aggregate data using OData").

use std::collections::HashMap;

use serde_json::{Map, Value as Json};

use super::call::Call;
use super::condition::{Binder, Condition, Path};
use super::fault::Fault;
use super::fetch::{Aggregate, computed, refuse_many};
use super::filter;
use super::nav;
use super::options::{Options, split};
use super::paging::Cookie;
use super::read::MAX_PAGE;
use super::security::Op;
use crate::http::Answer;
use crate::schema::{Column, Kind, Table};
use crate::store::{Row, State, Value};

/// A transformation with what stands between its parentheses.
type Written<'t> = (&'t str, &'t str);

/// A column of a group.
struct Grouping<'s> {
    name: String,
    path: Path,
    column: &'s Column,
}

/// A computed value of a group.
struct Computed<'s> {
    name: String,
    aggregate: Aggregate,
    /// None counts rows.
    of: Option<(Path, &'s Column)>,
}

/// The whole query.
struct Query<'s> {
    conditions: Vec<Condition>,
    groupings: Vec<Grouping<'s>>,
    computed: Vec<Computed<'s>>,
}

/// One group: the values it stands for, and its rows.
type Group<'r> = (Vec<Option<Value>>, Vec<&'r Row>);

/// Answers a query.
pub(crate) fn run<'a>(call: &Call<'a>, state: &State, table: &'a Table, options: &Options) -> Result<Answer, Fault> {
    call.access.require(&table.name, Op::Read)?;
    let query = query(call, table, options)?;
    let kept = |row: &&Row| query.conditions.iter().all(|condition| condition.holds(state, &[row]) == Some(true));
    let rows: Vec<&Row> = state.rows(&table.name).filter(kept).collect();
    refuse_many(rows.len())?;
    let mut groups = grouped(state, &query, rows);
    sort(&query, &mut groups, options)?;
    let mut objects = Vec::with_capacity(groups.len());
    for group in &groups {
        objects.push(Json::Object(object(call, state, &query, group)?));
    }
    page(call, table, objects, options)
}

fn page(call: &Call<'_>, table: &Table, objects: Vec<Json>, options: &Options) -> Result<Answer, Fault> {
    let cookie = options.skiptoken.as_deref().map_or(Ok(Cookie::FIRST), Cookie::read)?;
    let size = options.top.or(call.prefer.page_size).unwrap_or(MAX_PAGE).min(MAX_PAGE);
    let (start, total) = (cookie.offset(size), objects.len());
    let shown: Vec<Json> = objects.into_iter().skip(start).take(size).collect();
    let next = start.saturating_add(shown.len());
    let mut body = Map::new();
    body.insert("@odata.context".into(), format!("{}$metadata#{}", call.root, table.set).into());
    body.insert("value".into(), Json::Array(shown));
    if options.top.is_none() && next < total {
        body.insert("@odata.nextLink".into(), call.next_link(cookie.page + 1, next).into());
    }
    Ok(call.json(200, &Json::Object(body)))
}

/// Reads a query: filters, then one grouping or aggregation.
fn query<'a>(call: &Call<'a>, table: &'a Table, options: &Options) -> Result<Query<'a>, Fault> {
    for (name, given) in
        [("$select", options.select.is_some()), ("$expand", !options.expand.is_empty()), ("$count", options.count)]
    {
        if given {
            return Err(Fault::unsupported(&format!("the query option '{name}' beside '$apply'")));
        }
    }
    let mut binder = Binder::new(call.schema, call.access, call.now, table);
    let mut query = Query { conditions: Vec::new(), groupings: Vec::new(), computed: Vec::new() };
    let condition = |binder: &mut Binder<'a>, text: &str| {
        let expression = filter::parse(text, &|name| options.alias(name))?;
        binder.bind(&expression)
    };
    if let Some(text) = &options.filter {
        query.conditions.push(condition(&mut binder, text)?);
    }
    let mut finished = false;
    for part in split(options.apply.as_deref().unwrap_or_default(), '/')? {
        let (name, inside) = transformation(part)?;
        match (name, finished) {
            ("filter", false) => query.conditions.push(condition(&mut binder, inside)?),
            ("aggregate", false) => query.computed = aggregates(&binder, inside)?,
            ("groupby", false) => group(&binder, inside, &mut query)?,
            (name, _) => {
                return Err(Fault::unsupported(&format!("the transformation '{name}' at this place in '$apply'")));
            }
        }
        finished = name != "filter";
    }
    match finished {
        true => Ok(query),
        false => Err(Fault::unsupported("'$apply' without 'groupby' or 'aggregate'")),
    }
}

fn syntax(text: &str) -> Fault {
    Fault::usage(format!("Syntax error in the $apply expression '{text}'."))
}

fn transformation(part: &str) -> Result<Written<'_>, Fault> {
    let part = part.trim();
    let (name, rest) = part.split_once('(').ok_or_else(|| syntax(part))?;
    Ok((name.trim(), rest.strip_suffix(')').ok_or_else(|| syntax(part))?))
}

fn group<'a>(binder: &Binder<'a>, inside: &str, query: &mut Query<'a>) -> Result<(), Fault> {
    let parts = split(inside, ',')?;
    let (columns, aggregation) = match parts.as_slice() {
        [columns] => (*columns, None),
        [columns, aggregation] => (*columns, Some(*aggregation)),
        _ => return Err(syntax(inside)),
    };
    let columns = columns.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    for name in columns.ok_or_else(|| syntax(inside))?.split(',') {
        query.groupings.push(grouping(binder, name.trim())?);
    }
    if let Some(aggregation) = aggregation {
        let (name, inside) = transformation(aggregation)?;
        if name != "aggregate" {
            return Err(Fault::unsupported(&format!("the transformation '{name}' within 'groupby'")));
        }
        query.computed = aggregates(binder, inside)?;
    }
    Ok(())
}

fn grouping<'a>(binder: &Binder<'a>, name: &str) -> Result<Grouping<'a>, Fault> {
    let names: Vec<String> = name.split('/').map(str::to_owned).collect();
    let (path, column, table) = binder.path_and_table(&names)?;
    if matches!(column.kind, Kind::Moment) {
        return Err(Fault::usage(format!("The property '{name}' cannot be grouped by: it is a date with a time.")));
    }
    // A column of another table is named after it: `contact_fullname`.
    let name = match names.len() {
        1 => nav::property_name(column),
        _ => format!("{}_{}", table.name, column.name),
    };
    Ok(Grouping { name, path, column })
}

fn aggregates<'a>(binder: &Binder<'a>, inside: &str) -> Result<Vec<Computed<'a>>, Fault> {
    split(inside, ',')?.into_iter().map(|text| aggregate(binder, text)).collect()
}

/// `revenue with sum as total`, `$count as count`.
fn aggregate<'a>(binder: &Binder<'a>, text: &str) -> Result<Computed<'a>, Fault> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (property, method, name) = match words.as_slice() {
        ["$count", "as", name] => return Ok(Computed { name: alias(name)?, aggregate: Aggregate::Count, of: None }),
        [property, "with", method, "as", name] => (*property, *method, *name),
        _ => return Err(syntax(text)),
    };
    let names: Vec<String> = property.split('/').map(str::to_owned).collect();
    let (path, column) = binder.path(&names)?;
    let aggregate = match method {
        "sum" => Aggregate::Sum,
        "average" => Aggregate::Average,
        "min" => Aggregate::Least,
        "max" => Aggregate::Greatest,
        "countdistinct" => Aggregate::Distinct,
        other => return Err(Fault::unsupported(&format!("the aggregation method '{other}'"))),
    };
    let is_number = matches!(column.kind, Kind::Int | Kind::Decimal | Kind::Double);
    if matches!(aggregate, Aggregate::Sum | Aggregate::Average) && !is_number {
        return Err(Fault::usage(format!("The method '{method}' cannot be applied to '{property}'.")));
    }
    Ok(Computed { name: alias(name)?, aggregate, of: Some((path, column)) })
}

fn alias(name: &str) -> Result<String, Fault> {
    let fits = |(at, c): (usize, char)| c == '_' || c.is_ascii_alphabetic() || (at > 0 && c.is_ascii_digit());
    match !name.is_empty() && name.chars().enumerate().all(fits) {
        true => Ok(name.to_owned()),
        false => Err(syntax(name)),
    }
}

fn grouped<'r>(state: &State, query: &Query<'_>, rows: Vec<&'r Row>) -> Vec<Group<'r>> {
    let mut groups: Vec<Group<'r>> = Vec::new();
    let mut known: HashMap<Vec<Option<String>>, usize> = HashMap::new();
    if query.groupings.is_empty() {
        // Without groups there is one answer, even for no rows.
        return vec![(Vec::new(), rows)];
    }
    for row in rows {
        let values: Vec<Option<Value>> =
            query.groupings.iter().map(|grouping| grouping.path.value(state, &[row])).collect();
        let key = values.iter().map(|value| value.as_ref().map(|value| value.key(false))).collect();
        let at = *known.entry(key).or_insert_with(|| {
            groups.push((values, Vec::new()));
            groups.len() - 1
        });
        if let Some((_, members)) = groups.get_mut(at) {
            members.push(row);
        }
    }
    groups
}

/// Groups are in order by their columns; an order by what is computed the product refuses.
fn sort(query: &Query<'_>, groups: &mut [Group<'_>], options: &Options) -> Result<(), Fault> {
    let mut order = Vec::new();
    for item in options.orderby.iter().flat_map(|text| text.split(',')) {
        let (name, direction) = item.trim().split_once(' ').unwrap_or((item.trim(), "asc"));
        let Some(at) = query.groupings.iter().position(|grouping| grouping.name == name) else {
            return Err(Fault::usage("The query node SingleValueOpenPropertyAccess is not supported."));
        };
        order.push((at, direction.trim() == "desc"));
    }
    groups.sort_by(|(a, _), (b, _)| {
        let orderings = order.iter().map(|(at, descending)| {
            let (a, b) = (a.get(*at).and_then(Option::as_ref), b.get(*at).and_then(Option::as_ref));
            let ordering = super::fetch::compare(a, b);
            if *descending { ordering.reverse() } else { ordering }
        });
        orderings.into_iter().find(|ordering| ordering.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
    });
    Ok(())
}

/// A group as the product shows it: without what is null.
fn object(call: &Call<'_>, state: &State, query: &Query<'_>, group: &Group<'_>) -> Result<Map<String, Json>, Fault> {
    let (values, rows) = group;
    let mut out = Map::new();
    for (grouping, value) in query.groupings.iter().zip(values) {
        if let Some(value) = value {
            call.valued(state, grouping.column, value, &grouping.name, &mut out);
        }
    }
    for wanted in &query.computed {
        let Some((path, column)) = &wanted.of else {
            call.count_value(i64::try_from(rows.len()).unwrap_or(i64::MAX), &wanted.name, &mut out);
            continue;
        };
        let cells: Vec<Option<Value>> = rows.iter().map(|row| path.value(state, &[row])).collect();
        match computed(wanted.aggregate, column, &cells)? {
            Some(Value::Int(count)) if wanted.aggregate == Aggregate::Distinct => {
                call.count_value(count, &wanted.name, &mut out);
            }
            Some(value) => call.valued(state, column, &value, &wanted.name, &mut out),
            None => {}
        }
    }
    Ok(out)
}

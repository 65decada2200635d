//! PATCH once more, the naive way: no schema, no parser, no cache, only the table of RFC 7644 §3.5.2 and our decisions, on
//! plain JSON. It knows the few attributes that [`Place`] can name and well-typed values, and shares nothing with the library.

use serde_json::{Map, Value, json};

use crate::ENTERPRISE;

pub(crate) use steps::steps;

mod steps;

/// Where an operation takes effect; the path is printed from it, so that nothing here reads one.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    extended: bool,
    attribute: &'static str,
    filter: Option<Vec<(&'static str, Value)>>,
    part: Option<&'static str>,
}

#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// The value without path: a place and a value each.
    Whole(Vec<(Place, Value)>),
    At(Place, Value),
}

#[derive(Debug, Clone)]
pub(crate) struct Step {
    op: &'static str,
    target: Target,
}

const LISTS: [&str; 3] = ["emails", "roles", "members"];

impl Place {
    fn path(&self) -> String {
        let urn = if self.extended { format!("{ENTERPRISE}:") } else { String::new() };
        let terms = |terms: &Vec<(&str, Value)>| {
            let terms: Vec<String> = terms.iter().map(|(part, value)| format!("{part} eq {value}")).collect();
            format!("[{}]", terms.join(" and "))
        };
        let part = self.part.map_or(String::new(), |part| format!(".{part}"));
        format!("{urn}{}{}{part}", self.attribute, self.filter.as_ref().map_or(String::new(), terms))
    }

    fn is_list(&self) -> bool {
        LISTS.contains(&self.attribute)
    }
}

impl Step {
    /// The operation as a client sends it.
    pub(crate) fn sent(&self) -> Value {
        match &self.target {
            Target::At(place, value) => json!({ "op": self.op, "path": place.path(), "value": value }),
            Target::Whole(fields) => {
                let fields = fields.iter().map(|(place, value)| (place.path(), value.clone()));
                json!({ "op": self.op, "value": Map::from_iter(fields) })
            }
        }
    }
}

type Done = Result<(), &'static str>;

/// The resource after all steps, or the kind of the error of the first that cannot be done.
pub(crate) fn run(before: &Value, steps: &[Step]) -> Result<Value, &'static str> {
    let mut resource = before.clone();
    for step in steps {
        match &step.target {
            Target::Whole(_) if step.op == "remove" => return Err("noTarget"),
            Target::Whole(fields) => {
                for (place, value) in fields {
                    write(&mut resource, step.op, place, value)?;
                }
            }
            Target::At(place, value) if step.op == "remove" => remove(&mut resource, place, value)?,
            Target::At(place, value) => write(&mut resource, step.op, place, value)?,
        }
        tidy(&mut resource);
    }
    for list in ["emails", "roles"] {
        let mut kept: Vec<Value> = Vec::new();
        for element in resource.get(list).and_then(Value::as_array).into_iter().flatten() {
            if !kept.contains(element) {
                kept.push(element.clone());
            }
        }
        if !kept.is_empty() {
            resource[list] = kept.into();
        }
    }
    Ok(resource)
}

/// Takes away what is empty.
fn tidy(value: &mut Value) {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    };
    match value {
        Value::Array(list) => {
            list.iter_mut().for_each(tidy);
            list.retain(|element| !is_empty(element));
        }
        Value::Object(fields) => {
            fields.values_mut().for_each(tidy);
            fields.retain(|_, value| !is_empty(value));
        }
        _ => {}
    }
}

/// The attribute, null where it is not there yet.
fn spot<'a>(resource: &'a mut Value, place: &Place) -> &'a mut Value {
    let scope = if place.extended { &mut resource[ENTERPRISE] } else { resource };
    &mut scope[place.attribute]
}

fn typed(attribute: &str, value: &Value) -> Value {
    match (attribute, value) {
        ("active" | "primary", Value::String(text)) => Value::Bool(text.eq_ignore_ascii_case("true")),
        _ => value.clone(),
    }
}

fn alike(part: &str, list: &str, one: Option<&Value>, other: &Value) -> bool {
    match (one, other) {
        (None, Value::Bool(false)) if part == "primary" => true,
        (Some(Value::String(one)), Value::String(other)) if !(list == "members" && part == "value") => {
            one.to_lowercase() == other.to_lowercase()
        }
        (one, other) => one == Some(other),
    }
}

fn selected(place: &Place, element: &Value) -> bool {
    let term = |(part, value): &(&str, Value)| alike(part, place.attribute, element.get(part), &typed(part, value));
    place.filter.as_ref().is_none_or(|terms| terms.iter().all(term))
}

fn remove(resource: &mut Value, place: &Place, value: &Value) -> Done {
    if place.attribute == "userName" {
        return Err("mutability");
    }
    let there = spot(resource, place);
    if !place.is_list() {
        match place.part {
            Some(part) if there.is_object() => there[part] = Value::Null,
            Some(_) => {}
            None => *there = Value::Null,
        }
        return Ok(());
    }
    let Some(list) = there.as_array_mut() else { return Ok(()) };
    match place.part {
        Some(part) => {
            for element in list.iter_mut().filter(|element| selected(place, element)) {
                if place.attribute == "members" && part == "value" {
                    return Err("mutability");
                }
                element[part] = Value::Null;
            }
        }
        None if place.filter.is_none() && !value.is_null() => list.retain(|element| {
            let listed = |like: &Value| match place.attribute {
                _ if like.as_object().unwrap().values().all(Value::is_null) => false,
                "members" => element["value"] == like["value"],
                list => like.as_object().unwrap().iter().all(|(part, value)| {
                    value.is_null() || element.get(part).is_some_and(|there| alike(part, list, Some(there), value))
                }),
            };
            !value.as_array().unwrap().iter().any(listed)
        }),
        None => list.retain(|element| !selected(place, element)),
    }
    Ok(())
}

fn write(resource: &mut Value, op: &str, place: &Place, value: &Value) -> Done {
    if op == "add" && value.is_null() {
        return Ok(());
    }
    if place.attribute == "userName" && value.is_null() {
        return Err("mutability");
    }
    let there = spot(resource, place);
    if place.is_list() {
        if there.is_null() {
            *there = json!([]);
        }
        return write_list(there.as_array_mut().unwrap(), op, place, value);
    }
    match place.part {
        Some(part) => there[part] = value.clone(),
        None if place.attribute == "manager" && value.is_string() => there["value"] = value.clone(),
        None if value.is_object() => merge(there, op, value),
        None => *there = typed(place.attribute, value),
    }
    Ok(())
}

fn merge(there: &mut Value, op: &str, value: &Value) {
    for (part, value) in value.as_object().unwrap() {
        if op == "replace" || !value.is_null() {
            there[part] = typed(part, value);
        }
    }
}

fn write_list(list: &mut Vec<Value>, op: &str, place: &Place, value: &Value) -> Done {
    let before = list.len();
    let mut written = Vec::new();
    if place.filter.is_none() && place.part.is_none() {
        let mut new: Vec<Value> = value.as_array().cloned().unwrap_or_default();
        new.iter_mut().for_each(tidy);
        new.retain(|element| *element != json!({}));
        let mut distinct: Vec<Value> = Vec::new();
        for element in new {
            if !distinct.iter().any(|there| twins(place, there, &element)) {
                distinct.push(element);
            }
        }
        if distinct.iter().filter(|element| element["primary"] == true).count() > 1 {
            return Err("invalidValue");
        }
        if op == "replace" {
            *list = distinct;
            return Ok(());
        }
        distinct.retain(|element| !list.iter().any(|there| twins(place, there, element)));
        list.extend(distinct);
        written.extend(before..list.len());
    } else {
        written.extend((0..before).filter(|&index| selected(place, &list[index])));
        if written.is_empty() {
            return create(list, op, place, value);
        }
        for &index in &written {
            write_element(&mut list[index], op, place, value)?;
        }
    }
    prefer(list, &written)
}

/// Whether one of two elements is enough.
fn twins(place: &Place, one: &Value, other: &Value) -> bool {
    if place.attribute == "members" { one["value"] == other["value"] } else { one == other }
}

fn write_element(element: &mut Value, op: &str, place: &Place, value: &Value) -> Done {
    let before = element.get("value").cloned();
    match place.part {
        Some(part) => element[part] = typed(part, value),
        None if value.is_null() => {
            *element = Value::Null;
            return Ok(());
        }
        None => merge(element, op, value),
    }
    tidy(element);
    match (place.attribute, before) {
        ("members", Some(before)) if element.get("value") != Some(&before) => Err("mutability"),
        ("members", None) if element.get("value").is_none() => Err("invalidValue"),
        _ => Ok(()),
    }
}

fn create(list: &mut Vec<Value>, op: &str, place: &Place, value: &Value) -> Done {
    if value.is_null() {
        return Ok(());
    }
    let mut element = json!({});
    for (part, value) in place.filter.iter().flatten() {
        let value = typed(part, value);
        if element.get(part).is_some() && !alike(part, place.attribute, element.get(part), &value) {
            return Err("noTarget");
        }
        element[part] = value;
    }
    write_element(&mut element, op, place, value)?;
    if element == json!({}) || list.iter().any(|there| twins(place, there, &element)) {
        return Ok(());
    }
    list.push(element);
    let last = list.len() - 1;
    prefer(list, &[last])
}

fn prefer(list: &mut [Value], written: &[usize]) -> Done {
    let primaries: Vec<usize> = (0..list.len()).filter(|&index| list[index]["primary"] == true).collect();
    let new: Vec<usize> = primaries.iter().copied().filter(|index| written.contains(index)).collect();
    if primaries.len() > 1 && new.len() != 1 {
        return Err("invalidValue");
    }
    for index in primaries {
        if !new.is_empty() && !new.contains(&index) {
            list[index]["primary"] = false.into();
        }
    }
    Ok(())
}

//! What differs between versions: members that came later, words that were spelled otherwise, statuses.
//!
//! Types say it of themselves: `x-since` of a member is the version from which on it is there, `x-required-in` those that need it,
//! and `x-names` of a list of words which came `since` when, which were there `until` when, and which version writes them in `lower` case.

use engage_client::model::insensitive;
use serde_json::{Map, Value};

use crate::api::table::Version;
use crate::openapi::Described;

/// The number of the document of a version. It grows with what is described.
pub(super) const fn number(version: Version) -> &'static str {
    match version {
        Version::V1 => "1.0.0",
        Version::V2 => "2.0.0",
        Version::V3 => "3.0.0",
    }
}

/// An operation, as a version has it.
pub(super) fn described(mut said: Described, version: Version) -> Described {
    if said.id == "Meetings_delete" && version < Version::V3 {
        said.successes.iter_mut().for_each(|success| success.status = 200);
    }
    said
}

/// Whether a version is, or comes after, one that is named.
fn has(version: Version, since: Option<&Value>) -> bool {
    since.and_then(Value::as_str).is_none_or(|since| version.as_str() >= since)
}

/// A schema, as a version has it.
pub(super) fn reshaped(value: &mut Value, version: Version) {
    match value {
        Value::Object(members) => {
            if let Some(Value::Object(said)) = members.remove("x-names") {
                names(members, &said, version);
            }
            properties(members, version);
            members.values_mut().for_each(|value| reshaped(value, version));
        }
        Value::Array(items) => items.iter_mut().for_each(|item| reshaped(item, version)),
        _ => {}
    }
}

/// Members that the version has, and those of them that it needs.
fn properties(schema: &mut Map<String, Value>, version: Version) {
    let mut needed = schema.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    properties.retain(|_, property| has(version, property.get("x-since")));
    for (name, property) in properties.iter_mut() {
        let Some(said) = property.as_object_mut() else { continue };
        said.remove("x-since");
        let named = said.remove("x-required-in");
        let mut versions = named.iter().filter_map(Value::as_str).flat_map(|named| named.split(','));
        if versions.any(|named| named == version.as_str()) {
            needed.push(name.clone().into());
            // What has to be there is not `null`.
            if let Some(Value::Array(types)) = said.get_mut("type") {
                types.retain(|name| name != "null");
            }
        }
    }
    needed.retain(|name| name.as_str().is_some_and(|name| properties.contains_key(name)));
    if needed.is_empty() {
        schema.remove("required");
    } else {
        schema.insert("required".to_owned(), needed.into());
    }
}

/// The words of a list that the version has, as it spells them.
fn names(schema: &mut Map<String, Value>, said: &Map<String, Value>, version: Version) {
    let listed = match schema.get("enum") {
        Some(all) => Some(all),
        None => schema.get("anyOf").and_then(|either| either.pointer("/0/enum")),
    };
    let since = said.get("since");
    let is_there = |name: &&str| has(version, since.and_then(|since| since.get(*name)));
    let mut kept: Vec<&str> =
        listed.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    kept.retain(is_there);
    let until = said.get("until").and_then(|until| until.get(version.as_str()));
    kept.extend(until.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str));
    let lower = said.get("lower").is_some_and(|named| named == version.as_str());
    let spelled: Vec<String> =
        kept.iter().map(|name| if lower { name.to_ascii_lowercase() } else { (*name).to_owned() }).collect();
    let pattern = insensitive(spelled.iter().map(String::as_str));
    let description = schema.get("description").and_then(Value::as_str).map(|text| told(text, &spelled));
    schema.extend(description.map(|text| ("description".to_owned(), text.into())));
    if let Some(Value::Array(either)) = schema.get_mut("anyOf") {
        *either = vec![serde_json::json!({"enum": spelled}), serde_json::json!({"pattern": pattern})];
    } else {
        schema.insert("enum".to_owned(), spelled.into());
    }
}

/// A description without the lines of words that are not there.
fn told(description: &str, names: &[String]) -> String {
    let is_kept = |line: &&str| {
        let word = line.strip_prefix("* `").and_then(|rest| rest.split('`').next());
        word.is_none_or(|word| names.iter().any(|name| name.eq_ignore_ascii_case(word)))
    };
    description.lines().filter(is_kept).collect::<Vec<_>>().join("\n")
}

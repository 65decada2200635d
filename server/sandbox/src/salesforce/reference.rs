//! `@{ref.field}`: what came of an earlier request, in the address or the body of a later one.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::fault::Fault;
use crate::http::encode;

/// Deepest body.
const MAX_DEPTH: usize = 64;

/// What came of earlier requests; null for those that failed.
#[derive(Debug)]
pub(crate) struct Results {
    bodies: BTreeMap<String, Json>,
    /// A field without a value is a value: null. Before, what referred to one failed.
    nulls: bool,
}

/// First version in which a reference may lead to null ("Composite" in the REST API guide).
const NULLS_SINCE: u32 = 52;

impl Results {
    /// Nothing yet; `version` is that of the request around it.
    pub(crate) fn new(version: u32) -> Results {
        Results { bodies: BTreeMap::new(), nulls: version >= NULLS_SINCE }
    }

    pub(crate) fn add(&mut self, reference: &str, body: Json) {
        self.bodies.insert(reference.to_owned(), body);
    }

    pub(crate) fn fail(&mut self, reference: &str) {
        self.bodies.insert(reference.to_owned(), Json::Null);
    }

    /// A text with its references filled in.
    pub(crate) fn fill(&self, text: &str, in_address: bool) -> Result<String, Fault> {
        let (mut filled, mut rest) = (String::new(), text);
        while let Some((before, after)) = rest.split_once("@{") {
            let Some((path, after)) = after.split_once('}') else { break };
            filled.push_str(before);
            let value = match self.value(path)? {
                Json::String(text) => text.clone(),
                Json::Null => String::new(),
                other => other.to_string(),
            };
            filled.push_str(&if in_address { encode(&value) } else { value });
            rest = after;
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// A body with its references filled in.
    pub(crate) fn fill_json(&self, json: &Json) -> Result<Json, Fault> {
        self.fill_at(json, 0)
    }

    fn fill_at(&self, json: &Json, depth: usize) -> Result<Json, Fault> {
        if depth > MAX_DEPTH {
            return Err(Fault::json());
        }
        Ok(match json {
            Json::String(text) => {
                let whole = text.strip_prefix("@{").and_then(|rest| rest.strip_suffix('}'));
                match whole.filter(|path| !path.contains(['{', '}'])) {
                    // A reference alone keeps its type.
                    Some(path) => self.value(path)?.clone(),
                    None => Json::String(self.fill(text, false)?),
                }
            }
            Json::Array(list) => {
                Json::Array(list.iter().map(|one| self.fill_at(one, depth + 1)).collect::<Result<_, _>>()?)
            }
            Json::Object(object) => {
                let pairs = object.iter().map(|(name, one)| Ok((name.clone(), self.fill_at(one, depth + 1)?)));
                Json::Object(pairs.collect::<Result<_, Fault>>()?)
            }
            other => other.clone(),
        })
    }

    fn value(&self, path: &str) -> Result<&Json, Fault> {
        let (reference, rest) = path.split_at(path.find(['.', '[']).unwrap_or(path.len()));
        let none = || {
            let message = format!("Invalid reference specified. No value for {path} found in {reference}");
            Fault::bad("PROCESSING_HALTED", message)
        };
        let body = self.bodies.get(reference).filter(|_| !rest.is_empty()).ok_or_else(none)?;
        let mut found = body;
        for step in rest.split('.').flat_map(|step| step.split_inclusive('[')) {
            let step = step.trim_end_matches('[');
            let next = match step.strip_suffix(']') {
                Some(index) => found.get(index.parse::<usize>().map_err(|_| none())?),
                None if step.is_empty() => Some(found),
                None => found.get(step),
            };
            found = next.ok_or_else(none)?;
        }
        match found {
            Json::Object(_) | Json::Array(_) => Err(none()),
            Json::Null if !self.nulls || body.is_null() => Err(none()),
            scalar => Ok(scalar),
        }
    }
}

/// The references in an address and a body, by their ids.
pub(crate) fn used(url: &str, body: &Json) -> Vec<String> {
    let text = format!("{url} {body}");
    let parts = text.split("@{").skip(1).filter_map(|part| part.split_once('}'));
    parts.map(|(path, _)| path.split(['.', '[']).next().unwrap_or_default().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_are_filled_in() {
        let mut results = Results::new(66);
        results.add("q", json!({"records": [{"Id": "001", "Size": 3, "Site": null}]}));
        results.fail("bad");
        assert_eq!(results.fill("/x/@{q.records[0].Id}?a", true).unwrap(), "/x/001?a");
        let body = json!({"a": "@{q.records[0].Size}", "b": ["n @{q.records[0].Id}!"]});
        assert_eq!(results.fill_json(&body).unwrap(), json!({"a": 3, "b": ["n 001!"]}));
        assert_eq!(results.fill_json(&json!({"a": "@{q.records[0].Site}"})).unwrap(), json!({"a": null}));
        let mut old = Results::new(51);
        old.add("q", json!({"Site": null}));
        assert!(old.fill("@{q.Site}", false).is_err());
        for wrong in [
            "@{q.records[1].Id}",
            "@{q.records[0].Nope}",
            "@{q.records[0].Site.Id}",
            "@{bad}",
            "@{q}",
            "@{bad.id}",
            "@{other.id}",
            "@{q.records}",
        ] {
            assert_eq!(results.fill(wrong, false).unwrap_err().code, "PROCESSING_HALTED");
        }
        assert_eq!(used("/x/@{a.id}", &json!({"y": "@{b.records[0].Id}"})), ["a", "b"]);
    }
}

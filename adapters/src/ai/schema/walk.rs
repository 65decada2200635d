//! How schemas lie within a schema.

use std::collections::HashMap;

use serde_json::Value as Json;

use super::{MAX_BYTES, MAX_DEPTH, MAX_NODES, SchemaProblem, SchemaProblemKind};

/// Keywords that hold one schema.
const ONE: [&str; 12] = [
    "additionalItems",
    "additionalProperties",
    "contains",
    "contentSchema",
    "else",
    "if",
    "items",
    "not",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];
/// Keywords that hold a list of schemas; `items` does in older drafts.
const LIST: [&str; 5] = ["allOf", "anyOf", "items", "oneOf", "prefixItems"];
/// Keywords that hold schemas by name; some values of `dependencies` are lists of names.
const NAMED: [&str; 6] =
    ["$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"];
/// Keywords that change what a reference means.
const REFUSED: [&str; 7] =
    ["$anchor", "$dynamicAnchor", "$dynamicRef", "$id", "$recursiveAnchor", "$recursiveRef", "$vocabulary"];
/// The drafts whose references are read as here.
const DRAFTS: [&str; 3] = [
    "https://json-schema.org/draft/2020-12/schema",
    "https://json-schema.org/draft/2019-09/schema",
    "http://json-schema.org/draft-07/schema",
];

/// A schema within another.
#[derive(Debug, Clone)]
pub(in crate::ai) struct Found<'a> {
    /// The way from the schema around it, as a JSON pointer.
    pub(in crate::ai) step: String,
    pub(in crate::ai) schema: &'a Json,
}

/// The schemas right within a schema, whatever keyword they stand under.
pub(in crate::ai) fn subschemas(schema: &Json) -> Vec<Found<'_>> {
    let Some(object) = schema.as_object() else { return Vec::new() };
    let mut found = Vec::new();
    for (keyword, value) in object {
        let keyword = keyword.as_str();
        match value {
            Json::Array(list) if LIST.contains(&keyword) => found
                .extend(list.iter().enumerate().map(|(n, schema)| Found { step: format!("/{keyword}/{n}"), schema })),
            Json::Object(named) if NAMED.contains(&keyword) => found.extend(
                named
                    .iter()
                    .filter(|(_, schema)| !schema.is_array())
                    .map(|(name, schema)| Found { step: format!("/{keyword}/{}", escape(name)), schema }),
            ),
            schema if ONE.contains(&keyword) && !schema.is_array() => {
                found.push(Found { step: format!("/{keyword}"), schema });
            }
            _ => {}
        }
    }
    found
}

/// A name within a JSON pointer.
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// What a reference within a schema leads to.
pub(in crate::ai) fn resolve<'a>(root: &'a Json, reference: &str) -> Option<&'a Json> {
    let pointer = percent_encoding::percent_decode_str(reference.strip_prefix('#')?).decode_utf8().ok()?;
    root.pointer(&pointer)
}

/// How many schemas a schema amounts to.
///
/// # Errors
/// What of it cannot stay.
pub(super) fn measure(schema: &Json) -> Result<usize, Vec<SchemaProblem>> {
    let whole = |kind| Err(vec![SchemaProblem { at: String::new(), kind }]);
    // Only what is not too deep may be written out or walked with recursion.
    if deeper_than(schema, MAX_DEPTH) {
        return whole(SchemaProblemKind::TooDeep);
    }
    if schema.to_string().len() > MAX_BYTES {
        return whole(SchemaProblemKind::TooLarge);
    }
    let mut walk = Walk { root: schema, known: HashMap::new(), problems: Vec::new() };
    let size = walk.visit(schema, "", 0);
    match walk.problems {
        problems if !problems.is_empty() => Err(problems),
        _ if size.depth > MAX_DEPTH => whole(SchemaProblemKind::TooDeep),
        _ if size.nodes > MAX_NODES => whole(SchemaProblemKind::TooMuch),
        _ => Ok(size.nodes),
    }
}

/// How many values a value holds, itself included.
pub(super) fn values(value: &Json) -> usize {
    let (mut waiting, mut count) = (vec![value], 0);
    while let Some(value) = waiting.pop() {
        count += 1;
        match value {
            Json::Array(items) => waiting.extend(items),
            Json::Object(fields) => waiting.extend(fields.values()),
            _ => {}
        }
    }
    count
}

/// Whether a value is nested deeper than so many levels; asked before anything that recurses.
pub(in crate::ai) fn deeper_than(value: &Json, limit: usize) -> bool {
    let mut waiting = vec![(value, 0)];
    while let Some((value, depth)) = waiting.pop() {
        if depth > limit {
            return true;
        }
        match value {
            Json::Array(items) => waiting.extend(items.iter().map(|item| (item, depth + 1))),
            Json::Object(fields) => waiting.extend(fields.values().map(|field| (field, depth + 1))),
            _ => {}
        }
    }
    false
}

/// What a schema amounts to.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    nodes: usize,
    depth: usize,
}

struct Walk<'a> {
    root: &'a Json,
    /// By the schema's place in memory, so that each is measured once, whatever leads to it; `None` while it is.
    known: HashMap<*const Json, Option<Size>>,
    problems: Vec<SchemaProblem>,
}

impl<'a> Walk<'a> {
    fn visit(&mut self, schema: &'a Json, at: &str, depth: usize) -> Size {
        if let Some(Some(size)) = self.known.get(&std::ptr::from_ref(schema)) {
            return *size;
        }
        // References add to the depth, so that this recursion ends.
        if depth > MAX_DEPTH {
            return Size { nodes: 1, depth };
        }
        self.known.insert(std::ptr::from_ref(schema), None);
        self.keywords(schema, at);
        let within: Vec<Size> = subschemas(schema)
            .into_iter()
            .map(|found| self.visit(found.schema, &format!("{at}{}", found.step), depth + 1))
            .collect();
        let referred = self.follow(schema, at, depth + 1);
        let mut size = Size { nodes: 1, depth: 0 };
        for part in within.into_iter().chain(referred) {
            size.nodes = size.nodes.saturating_add(part.nodes);
            size.depth = size.depth.max(part.depth + 1);
        }
        self.known.insert(std::ptr::from_ref(schema), Some(size));
        size
    }

    fn keywords(&mut self, schema: &Json, at: &str) {
        // At the top an address changes nothing: references lead within the schema whatever it is called.
        let refused = REFUSED.into_iter().filter(|keyword| !(at.is_empty() && *keyword == "$id"));
        for keyword in refused.filter(|keyword| schema.get(keyword).is_some()) {
            self.problem(format!("{at}/{keyword}"), SchemaProblemKind::Keyword { keyword });
        }
        let draft = schema.get("$schema").and_then(Json::as_str);
        if draft.is_some_and(|draft| !DRAFTS.contains(&draft.trim_end_matches('#'))) {
            self.problem(format!("{at}/$schema"), SchemaProblemKind::Keyword { keyword: "$schema" });
        }
    }

    fn follow(&mut self, schema: &'a Json, at: &str, depth: usize) -> Option<Size> {
        let reference = schema.get("$ref").and_then(Json::as_str)?;
        let problem = if !(reference == "#" || reference.starts_with("#/")) {
            SchemaProblemKind::Outside
        } else {
            match resolve(self.root, reference) {
                None => SchemaProblemKind::Dangling,
                Some(target) if matches!(self.known.get(&std::ptr::from_ref(target)), Some(None)) => {
                    SchemaProblemKind::Recursive
                }
                Some(target) => return Some(self.visit(target, reference.trim_start_matches('#'), depth)),
            }
        };
        self.problem(format!("{at}/$ref"), problem);
        None
    }

    fn problem(&mut self, at: String, kind: SchemaProblemKind) {
        self.problems.push(SchemaProblem { at, kind });
    }
}

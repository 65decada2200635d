//! An answer made from nothing but the schema and the call. The same call gets the same answer; another input, another.

use std::borrow::Cow;

use engage_playbooks::ports::ai::AiCall;
use serde_json::{Map, Value as Json};

use crate::ai::schema::resolve;

mod scalar;

/// The most values of an answer.
const MOST_VALUES: usize = 10_000;
/// Bytes of a text that count as a value more.
const BYTES_PER_VALUE: usize = 100;

/// An answer, or `None` where the schema asks for more than is made here. It is yet to be held against the schema.
pub(super) fn output(call: &AiCall<'_>) -> Option<Json> {
    let seed = format!("{}\n{}\n{}", call.capability, call.version, sorted(call.input));
    let mut maker = Maker { root: call.output_schema, seed: scalar::hash(0, &seed), left: MOST_VALUES };
    maker.make(call.output_schema, "", "answer")
}

/// A value whose fields are in order, so that it is written the same whatever order they came in. The guard has limited the
/// depth.
fn sorted(value: &Json) -> Json {
    match value {
        Json::Array(items) => Json::Array(items.iter().map(sorted).collect()),
        Json::Object(fields) => {
            let mut fields: Vec<(String, Json)> = fields.iter().map(|(k, v)| (k.clone(), sorted(v))).collect();
            fields.sort_by(|(a, _), (b, _)| a.cmp(b));
            Json::Object(fields.into_iter().collect())
        }
        other => other.clone(),
    }
}

struct Maker<'a> {
    root: &'a Json,
    seed: u64,
    left: usize,
}

impl<'a> Maker<'a> {
    /// A value for a schema. That the schema has no problems limits the depth.
    fn make(&mut self, schema: &'a Json, at: &str, name: &str) -> Option<Json> {
        self.left = self.left.checked_sub(1)?;
        let keywords = self.flat(schema)?;
        let lot = scalar::hash(self.seed, at);
        if let Some(constant) = keywords.get("const") {
            return Some((*constant).clone());
        }
        if let Some(values) = keywords.get("enum").and_then(|values| values.as_array()) {
            let count = u64::try_from(values.len()).ok().filter(|count| *count > 0)?;
            return values.get(usize::try_from(lot % count).ok()?).cloned();
        }
        match kind(&keywords) {
            "object" => self.object(&keywords, at),
            "array" => self.array(&keywords, at, name),
            "string" => {
                let text = scalar::text(&keywords, name, lot);
                self.left = self.left.checked_sub(text.len() / BYTES_PER_VALUE)?;
                Some(Json::String(text))
            }
            "integer" | "number" => scalar::number(&keywords, lot),
            "boolean" => Some(Json::Bool(lot.is_multiple_of(2))),
            _ => Some(Json::Null),
        }
    }

    /// The keywords of a schema with its references and `allOf` written out, and the first alternative that is not just null.
    fn flat(&self, schema: &'a Json) -> Option<Keywords<'a>> {
        let own = match schema {
            Json::Object(own) => own,
            Json::Bool(true) => return Some(Keywords::default()),
            _ => return None,
        };
        let mut parts: Vec<&'a Json> = Vec::new();
        if let Some(reference) = own.get("$ref").and_then(Json::as_str) {
            parts.push(resolve(self.root, reference)?);
        }
        parts.extend(own.get("allOf").and_then(Json::as_array).into_iter().flatten());
        for choice in ["anyOf", "oneOf"] {
            let alternatives = own.get(choice).and_then(Json::as_array).into_iter().flatten();
            let null = |schema: &&Json| schema.get("type").is_some_and(|kind| kind == "null");
            parts.extend(alternatives.clone().find(|schema| !null(schema)).or_else(|| alternatives.clone().next()));
        }
        let mut flat = Keywords::default();
        for part in parts {
            flat.add(self.flat(part)?);
        }
        flat.add(Keywords::of(own));
        Some(flat)
    }

    fn object(&mut self, keywords: &Keywords<'a>, at: &str) -> Option<Json> {
        let mut made = Map::new();
        for (name, schema) in &keywords.properties {
            if **schema != Json::Bool(false) {
                made.insert((*name).to_owned(), self.make(schema, &format!("{at}/{name}"), name)?);
            }
        }
        for name in &keywords.required {
            if !made.contains_key(*name) {
                let other = keywords.get("additionalProperties").unwrap_or(&Json::Bool(true));
                made.insert((*name).to_owned(), self.make(other, &format!("{at}/{name}"), name)?);
            }
        }
        Some(Json::Object(made))
    }

    fn array(&mut self, keywords: &Keywords<'a>, at: &str, name: &str) -> Option<Json> {
        let first = keywords.get("prefixItems").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        let count = |keyword| keywords.get(keyword).and_then(Json::as_u64).and_then(|n| usize::try_from(n).ok());
        let (least, most) = (count("minItems").unwrap_or(0), count("maxItems").unwrap_or(usize::MAX));
        let rest = keywords.get("items").unwrap_or(&Json::Bool(true));
        let usual = if *rest == Json::Bool(false) { first.len() } else { first.len().max(1) };
        let mut made = Vec::new();
        for n in 0..usual.max(least).min(most) {
            made.push(self.make(first.get(n).unwrap_or(rest), &format!("{at}/{n}"), name)?);
        }
        Some(Json::Array(made))
    }
}

/// The keywords of a schema and of what it takes over from others; its own count more.
#[derive(Default)]
struct Keywords<'a> {
    others: Vec<(&'a str, &'a Json)>,
    properties: Vec<(&'a str, &'a Json)>,
    required: Vec<&'a str>,
}

impl<'a> Keywords<'a> {
    fn of(own: &'a Map<String, Json>) -> Self {
        let properties = own.get("properties").and_then(Json::as_object).into_iter().flatten();
        let required = own.get("required").and_then(Json::as_array).into_iter().flatten();
        Self {
            others: own.iter().map(|(name, value)| (name.as_str(), value)).collect(),
            properties: properties.map(|(name, schema)| (name.as_str(), schema)).collect(),
            required: required.filter_map(Json::as_str).collect(),
        }
    }

    /// Takes in keywords that count more.
    fn add(&mut self, more: Self) {
        self.others.extend(more.others);
        for (name, schema) in more.properties {
            self.properties.retain(|(known, _)| *known != name);
            self.properties.push((name, schema));
        }
        self.required.extend(more.required);
    }

    fn get(&self, name: &str) -> Option<&'a Json> {
        self.others.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

/// The type to make: the first that is not null, or the one that the keywords are about.
fn kind(keywords: &Keywords<'_>) -> &'static str {
    const TYPES: [&str; 7] = ["object", "array", "string", "integer", "number", "boolean", "null"];
    let named: Cow<'_, [Json]> = match keywords.get("type") {
        Some(Json::Array(types)) => Cow::Borrowed(types),
        Some(one) => Cow::Owned(vec![one.clone()]),
        None => Cow::Owned(Vec::new()),
    };
    let mut known = named.iter().filter_map(|name| TYPES.into_iter().find(|known| name == known));
    let first = known.next();
    match first {
        Some("null") => known.next().unwrap_or("null"),
        Some(first) => first,
        None if !keywords.properties.is_empty() || !keywords.required.is_empty() => "object",
        None if keywords.get("items").is_some() || keywords.get("prefixItems").is_some() => "array",
        None if keywords.get("minimum").is_some() || keywords.get("maximum").is_some() => "number",
        None => "string",
    }
}

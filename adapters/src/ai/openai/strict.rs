//! Which schemas strict structured outputs take: "Structured model outputs", Supported schemas; and Microsoft's
//! "Structured outputs", Supported schemas and limitations, which takes less.

use serde_json::{Map, Value as Json};

use super::config::Style;
use crate::ai::schema::{resolve, subschemas};

const KEYWORDS: [&str; 13] = [
    "$defs",
    "$ref",
    "additionalProperties",
    "anyOf",
    "const",
    "definitions",
    "description",
    "enum",
    "items",
    "properties",
    "required",
    "title",
    "type",
];
/// What OpenAI itself takes besides.
const OPENAI_KEYWORDS: [&str; 9] = [
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "maxItems",
    "maximum",
    "minItems",
    "minimum",
    "multipleOf",
    "pattern",
];
const OPENAI_FORMATS: [&str; 9] =
    ["date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "time", "uuid"];

/// What a schema may have in all.
struct Limits {
    levels: usize,
    properties: usize,
}

/// Whether a schema may be sent as a strict one; others are sent as guidance. The schema has no
/// [problems](crate::ai::schema_problems), so that its references end.
pub(super) fn takes(schema: &Json, style: &Style) -> bool {
    let openai = *style == Style::OpenAi;
    let limits = if openai { Limits { levels: 10, properties: 5000 } } else { Limits { levels: 5, properties: 100 } };
    let object = schema.get("type").and_then(Json::as_str) == Some("object") && schema.get("anyOf").is_none();
    let mut properties = 0;
    object && fits(schema, schema, openai, limits.levels, &mut properties) && properties <= limits.properties
}

/// Objects within objects count as levels.
fn fits(root: &Json, schema: &Json, openai: bool, levels: usize, properties: &mut usize) -> bool {
    let Some(keywords) = schema.as_object() else { return false };
    let known = |keyword: &str| KEYWORDS.contains(&keyword) || openai && OPENAI_KEYWORDS.contains(&keyword);
    let format = keywords.get("format").and_then(Json::as_str);
    if !keywords.keys().all(|keyword| known(keyword)) || format.is_some_and(|name| !OPENAI_FORMATS.contains(&name)) {
        return false;
    }
    let mut levels = levels;
    if is_object(keywords) {
        if levels == 0 || !closed(keywords, properties) {
            return false;
        }
        levels -= 1;
    }
    let referred = keywords.get("$ref").and_then(Json::as_str);
    if let Some(reference) = referred
        && !resolve(root, reference).is_some_and(|target| fits(root, target, openai, levels, properties))
    {
        return false;
    }
    let within = subschemas(schema).into_iter().filter(|found| found.step != "/additionalProperties");
    within.into_iter().all(|found| fits(root, found.schema, openai, levels, properties))
}

fn is_object(keywords: &Map<String, Json>) -> bool {
    match keywords.get("type") {
        Some(Json::Array(types)) => types.iter().any(|one| one == "object"),
        Some(one) => one == "object",
        None => keywords.contains_key("properties"),
    }
}

/// Whether an object names all that it has and requires all that it names.
fn closed(keywords: &Map<String, Json>, properties: &mut usize) -> bool {
    let named = keywords.get("properties").and_then(Json::as_object);
    let required = keywords.get("required").and_then(Json::as_array);
    let all = named.into_iter().flat_map(Map::keys).all(|name| required.is_some_and(|r| r.iter().any(|r| r == name)));
    *properties += named.map_or(0, Map::len);
    all && keywords.get("additionalProperties") == Some(&Json::Bool(false))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(properties: Json) -> Json {
        let required: Vec<&String> = properties.as_object().unwrap().keys().collect();
        json!({"type": "object", "required": required, "additionalProperties": false, "properties": properties})
    }

    fn nested(levels: usize) -> Json {
        (0..levels).fold(json!({"type": "string"}), |inner, _| object(json!({"a": inner})))
    }

    fn azure() -> Style {
        Style::AzureDeployment { api_version: "2024-10-21".to_owned() }
    }

    #[test]
    fn what_both_pages_list_is_strict() {
        let mut schema = object(json!({
            "stage": {"enum": ["new", "won"], "description": "where it stands"},
            "owner": {"type": ["string", "null"]},
            "steps": {"type": "array", "items": {"$ref": "#/$defs/step"}},
            "either": {"anyOf": [{"type": "number"}, object(json!({"x": {"const": 1}}))]}
        }));
        schema["$defs"] = json!({"step": object(json!({"title": {"type": "string"}}))});
        assert!(takes(&schema, &Style::OpenAi) && takes(&schema, &azure()));
        schema["$defs"]["step"]["additionalProperties"] = json!(true);
        assert!(!takes(&schema, &Style::OpenAi) && !takes(&schema, &azure()));
    }

    #[test]
    fn azure_takes_less() {
        for limit in [json!({"type": "string", "format": "date"}), json!({"type": "number", "minimum": 1})] {
            let schema = object(json!({"a": limit}));
            assert!(takes(&schema, &Style::OpenAi) && !takes(&schema, &azure()) && !takes(&schema, &Style::AzureV1));
        }
        assert!(takes(&nested(5), &azure()) && !takes(&nested(6), &azure()));
        assert!(takes(&nested(10), &Style::OpenAi) && !takes(&nested(11), &Style::OpenAi));
        let many =
            |count: usize| (0..count).map(|n| (format!("f{n}"), json!({"type": "string"}))).collect::<Map<_, _>>();
        let wide = |count| object(Json::Object(many(count)));
        assert!(takes(&wide(100), &azure()) && !takes(&wide(101), &azure()) && takes(&wide(101), &Style::OpenAi));
    }

    #[test]
    fn everything_else_is_guidance() {
        for schema in [
            json!({"type": "string"}),
            json!({"type": "array", "items": {"type": "string"}}),
            json!(true),
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}),
            json!({"type": "object", "properties": {"a": {}}, "required": [], "additionalProperties": false}),
            object(json!({"a": {"type": "string", "minLength": 1}})),
            object(json!({"a": {"type": "string", "format": "uri"}})),
            object(json!({"a": {"oneOf": [{"type": "string"}]}})),
            object(json!({"a": {"type": ["object", "null"]}})),
        ] {
            assert!(!takes(&schema, &Style::OpenAi), "{schema}");
        }
        let mut union = object(json!({}));
        union["anyOf"] = json!([object(json!({}))]);
        assert!(!takes(&union, &Style::OpenAi));
    }
}

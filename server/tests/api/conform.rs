//! Whatever a test sends and gets is held against the OpenAPI document of the version: the status is one that is described, the answer
//! is of its schema and has nothing else, the headers are there; what was accepted is what the document says is accepted.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use axum::http::{HeaderMap, Method, StatusCode};
use engage_server::api::{Operation, Version, document, operations};
use engage_server::management;
use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

/// What went to and fro.
pub(crate) struct Exchange<'a> {
    pub(crate) method: &'a Method,
    pub(crate) path: &'a str,
    pub(crate) sent: &'a [u8],
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) text: &'a str,
}

/// What a document describes.
pub(crate) trait Described: Copy {
    /// What it is called in failures.
    fn name(self) -> &'static str;
    /// The document.
    fn document(self) -> &'static Value;
    /// The rows that are served there.
    fn rows(self) -> Vec<&'static Operation>;
}

impl Described for Version {
    fn name(self) -> &'static str {
        self.as_str()
    }

    fn document(self) -> &'static Value {
        static ALL: LazyLock<Vec<(Version, Value)>> =
            LazyLock::new(|| Version::ALL.map(|version| (version, document(version))).into());
        &ALL.iter().find(|(known, _)| *known == self).unwrap().1
    }

    fn rows(self) -> Vec<&'static Operation> {
        operations().iter().filter(|row| row.versions.contains(&self)).collect()
    }
}

/// The Management API.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Management;

impl Described for Management {
    fn name(self) -> &'static str {
        "management"
    }

    fn document(self) -> &'static Value {
        static MADE: LazyLock<Value> = LazyLock::new(management::document);
        &MADE
    }

    fn rows(self) -> Vec<&'static Operation> {
        management::operations().iter().collect()
    }
}

/// The document of something.
pub(crate) fn described(of: impl Described) -> &'static Value {
    of.document()
}

/// Operations of old names, each with the one that its answers are like.
const LIKE: [(&str, &str); 3] = [
    ("Meetings_replace", "Meetings_patch"),
    ("CustomerTypes_patch", "CustomerTypes_update"),
    ("Labels_merge", "Labels_update"),
];

/// The row that a request leads to: of all that fit the one with the fewest names.
fn row(of: impl Described, method: &Method, path: &str) -> Option<&'static Operation> {
    let path = path.trim_end_matches('/');
    let fits = |pattern: &str| {
        let (one, other) = (pattern.split('/').collect::<Vec<_>>(), path.split('/').collect::<Vec<_>>());
        let alike =
            one.len() == other.len() && one.iter().zip(&other).all(|(one, other)| one.starts_with('{') || one == other);
        alike.then(|| pattern.matches('{').count())
    };
    let here = of.rows().into_iter().filter(|row| row.method == *method);
    let fitting = here.filter_map(|row| Some((row.paths().filter_map(|path| fits(&path)).min()?, row)));
    fitting.min_by_key(|(names, _)| *names).map(|(_, row)| row)
}

/// The description of an operation, by its name.
pub(crate) fn operation(document: &'static Value, id: &str) -> Option<&'static Value> {
    let methods = document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values());
    methods.into_iter().find(|operation| operation["operationId"] == id)
}

/// What a reference leads to; anything else is itself.
pub(crate) fn followed<'v>(document: &'v Value, value: &'v Value) -> &'v Value {
    match value["$ref"].as_str() {
        Some(to) => document.pointer(&to[1..]).unwrap_or_else(|| panic!("{to} leads nowhere")),
        None => value,
    }
}

/// The same schema with nothing allowed that it does not name.
fn closed(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            if members.contains_key("properties") && !members.contains_key("additionalProperties") {
                members.insert("additionalProperties".to_owned(), false.into());
            }
            members.values_mut().for_each(closed);
        }
        Value::Array(items) => items.iter_mut().for_each(closed),
        _ => {}
    }
}

/// What holds values against a schema of a document; of answers nothing may be there that is not named.
pub(crate) fn validator(version: impl Described, schema: &Value, is_answer: bool) -> Arc<Validator> {
    static MADE: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);
    let key = format!("{} {is_answer} {schema}", version.name());
    let mut made = MADE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let make = || {
        let mut whole =
            json!({"allOf": [schema], "components": {"schemas": described(version)["components"]["schemas"]}});
        if is_answer {
            closed(&mut whole["components"]["schemas"]);
        }
        let options = jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true);
        Arc::new(options.build(&whole).unwrap_or_else(|error| panic!("{schema}: {error}")))
    };
    Arc::clone(made.entry(key).or_insert_with(make))
}

/// Fails where a value is not of a schema, with the place.
#[track_caller]
pub(crate) fn holds(version: impl Described, schema: &Value, value: &Value, is_answer: bool, what: &str) {
    let validator = validator(version, schema, is_answer);
    let wrong: Vec<String> =
        validator.iter_errors(value).map(|error| format!("`{}`: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{} {what} is not as described:\n{}\n{value}", version.name(), wrong.join("\n"));
}

/// Holds an exchange against the document of its version. What leads to no operation has the envelope alone.
#[track_caller]
pub(crate) fn check(exchange: &Exchange<'_>) {
    let below = |prefix: &str| exchange.path.strip_prefix(prefix);
    if let Some(path) = below(management::PREFIX) {
        return against(Management, path, exchange);
    }
    let of = |version: &Version| below(version.prefix()).map(|rest| (*version, rest));
    if let Some((version, path)) = Version::ALL.iter().find_map(of) {
        against(version, path, exchange);
    }
}

#[track_caller]
fn against(version: impl Described, path: &str, exchange: &Exchange<'_>) {
    let document = described(version);
    let status = exchange.status.as_u16();
    // Before any surface nobody is counted: the head is too large, or the body is announced as too large.
    let counted = exchange.headers.contains_key("x-ratelimit-remaining");
    assert!(counted || matches!(status, 408 | 413 | 431 | 503), "no figures of rates: {status} {}", exchange.text);
    let row = row(version, exchange.method, path);
    let own = row.and_then(|row| operation(document, row.id));
    let like =
        row.and_then(|row| LIKE.iter().find(|(id, _)| *id == row.id)).and_then(|(_, like)| operation(document, like));
    let Some(described) = own.or(like) else {
        if !exchange.status.is_success() && !exchange.text.is_empty() {
            envelope(version, exchange, "a refusal");
        }
        return;
    };
    answered(version, described, exchange);
    let body = own.map_or(&Value::Null, |own| &own["requestBody"]["content"]["application/json"]["schema"]);
    if exchange.status.is_success() && !body.is_null() && !exchange.sent.is_empty() {
        let sent: Value = serde_json::from_slice(exchange.sent).unwrap();
        let what = format!("what {} was sent", described["operationId"]);
        holds(version, body, &sent, false, &what);
    }
}

#[track_caller]
fn envelope(version: impl Described, exchange: &Exchange<'_>, what: &str) {
    let told: Value = serde_json::from_str(exchange.text).unwrap_or_else(|_| panic!("{what}: {}", exchange.text));
    holds(version, &json!({"$ref": "#/components/schemas/Error"}), &told, true, what);
}

#[track_caller]
fn answered(version: impl Described, described: &'static Value, exchange: &Exchange<'_>) {
    let (document, status) = (self::described(version), exchange.status.as_str());
    let what = format!("what {} answered with {status}", described["operationId"]);
    let answer = &described["responses"][status];
    assert!(!answer.is_null(), "{} {what} is not described: {}", version.name(), exchange.text);
    let answer = followed(document, answer);
    for (name, _) in answer["headers"].as_object().unwrap() {
        let optional = name.starts_with("X-RateLimit");
        assert!(optional || exchange.headers.contains_key(name), "{what} lacks {name}");
    }
    let Some(contents) = answer["content"].as_object() else {
        assert_eq!(exchange.text, "", "{what} has no body");
        return;
    };
    let media = exchange.headers["content-type"].to_str().unwrap().split(';').next().unwrap();
    let content = contents.get(media).unwrap_or_else(|| panic!("{what} is `{media}`"));
    if media == "application/json" {
        let told: Value = serde_json::from_str(exchange.text).unwrap();
        holds(version, &content["schema"], &told, true, &what);
    }
}

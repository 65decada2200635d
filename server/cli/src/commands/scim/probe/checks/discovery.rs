//! What the server says of itself. It may say nothing: all of discovery is optional (RFC 7644 §4).

use serde_json::Value as Json;

use super::super::expect::{drawn, list, object, schema, status};
use super::super::message::{Answer, Request};
use super::super::script::{Check, Finding, Known, Level, Part, Remarks, Verdict};
use super::{USER, never};

pub(super) const PART: Part = Part { title: "discovery", checks: CHECKS };

/// The URN of what a server can do.
const CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";

const CHECKS: &[Check] = &[
    Check {
        name: "service-provider-config",
        about: "what the server can do has all its parts",
        level: Level::Must("RFC 7643 §5"),
        needs: &["token"],
        unless: never,
        ask: |_| vec![Request::get(&["ServiceProviderConfig"])],
        judge: |known, answers, remarks| unless_left_out(answers.first(), remarks, |answer| config(known, answer)),
        cure: "give every part that RFC 7643 §5 requires, with `supported` as a boolean",
    },
    Check {
        name: "patch-and-filter",
        about: "the server says that it takes PATCH and filters",
        level: Level::Entra("changes come by PATCH, users are found by filters"),
        needs: &["service-provider-config"],
        unless: never,
        ask: |_| vec![Request::get(&["ServiceProviderConfig"])],
        judge: |_, answers, remarks| unless_left_out(answers.first(), remarks, patch_and_filter),
        cure: "support PATCH and filters, and say so",
    },
    Check {
        name: "resource-types",
        about: "the types of resources are listed, users among them",
        level: Level::Must("RFC 7643 §6"),
        needs: &["token"],
        unless: never,
        ask: |_| vec![Request::get(&["ResourceTypes"])],
        judge: |known, answers, remarks| unless_left_out(answers.first(), remarks, |answer| types(known, answer)),
        cure: "list the types in a ListResponse, each with `name`, `endpoint` and `schema`",
    },
    Check {
        name: "schemas",
        about: "the schemas are listed, that of users with `userName`",
        level: Level::Must("RFC 7643 §7"),
        needs: &["token"],
        unless: never,
        ask: |_| vec![Request::get(&["Schemas"])],
        judge: |_, answers, remarks| unless_left_out(answers.first(), remarks, schemas),
        cure: "list the schemas in a ListResponse, each with its URN as `id` and with `attributes`",
    },
    Check {
        name: "schema-by-urn",
        about: "one schema is read by its URN",
        level: Level::Should("RFC 7644 §4"),
        needs: &["schemas"],
        unless: never,
        ask: |_| vec![Request::get(&["Schemas", USER])],
        judge: |_, answers, remarks| {
            unless_left_out(answers.first(), remarks, |answer| match object(answer)?.get("id") {
                Some(id) if id == USER => Ok(()),
                _ => Err(Finding::new("`id` is not the URN that was asked for")),
            })
        },
        cure: "answer `/Schemas/URN` with the schema of that URN",
    },
];

/// What a server may leave out is a remark, what it says has to be right.
fn unless_left_out(answer: &Answer, remarks: &mut Remarks, judge: impl FnOnce(&Answer) -> Verdict) -> Verdict {
    if matches!(answer.status, 404 | 501) {
        remarks.push(format!("{}: the server leaves it out, which it may", answer.brief()));
        return Ok(());
    }
    status(answer, &[200])?;
    judge(answer)
}

fn config(known: &mut Known, answer: &Answer) -> Verdict {
    schema(answer, CONFIG)?;
    let config = object(answer)?;
    let supported = |name: &&str| config.get(*name).and_then(|part| part.get("supported"));
    known.etags = supported(&"etag") == Some(&Json::Bool(true));
    let parts = ["patch", "bulk", "filter", "changePassword", "sort", "etag"];
    let mut amiss: Vec<String> =
        parts.into_iter().filter(|name| !supported(name).is_some_and(Json::is_boolean)).map(named).collect();
    if !config.get("authenticationSchemes").is_some_and(Json::is_array) {
        amiss.push("`authenticationSchemes`".to_owned());
    }
    if amiss.is_empty() {
        return Ok(());
    }
    Err(Finding::new(format!("missing, or of another type: {}", amiss.join(", "))))
}

fn named(part: &str) -> String {
    format!("`{part}.supported`")
}

fn patch_and_filter(answer: &Answer) -> Verdict {
    for name in ["patch", "filter"] {
        let supported = object(answer)?.get(name).and_then(|part| part.get("supported"));
        if supported != Some(&Json::Bool(true)) {
            let found = supported.map_or_else(|| "missing".to_owned(), drawn);
            return Err(Finding::new(format!("{} is {found}", named(name))));
        }
    }
    Ok(())
}

fn types(known: &mut Known, answer: &Answer) -> Verdict {
    let all = list(answer)?;
    let text = |one: &Json, name: &str| one.get(name).and_then(Json::as_str).map(str::to_owned);
    let of = |wanted: &str| all.iter().find(|one| text(one, "name").is_some_and(|name| name == wanted));
    known.groups = of("Group").is_some();
    let user = of("User").ok_or_else(|| Finding::new("`User` is not among them"))?;
    for name in ["endpoint", "schema"] {
        if text(user, name).is_none() {
            return Err(Finding::new(format!("`{name}` of `User` is missing")));
        }
    }
    match text(user, "schema") {
        Some(urn) if urn == USER => Ok(()),
        _ => Err(Finding::new(format!("`schema` of `User` is not `{USER}`"))),
    }
}

fn schemas(answer: &Answer) -> Verdict {
    let user = list(answer)?.iter().find(|schema| schema.get("id").is_some_and(|id| id == USER));
    let user = user.ok_or_else(|| Finding::new(format!("`{USER}` is not among them")))?;
    let attributes = user.get("attributes").and_then(Json::as_array);
    let attributes = attributes.ok_or_else(|| Finding::new("`attributes` of users are missing"))?;
    if attributes.iter().any(|attribute| attribute.get("name").is_some_and(|name| name == "userName")) {
        return Ok(());
    }
    Err(Finding::new("`userName` is not among the attributes of users"))
}

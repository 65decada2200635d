//! Composite: requests in order, each of which may use what came of earlier ones.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::call::Call;
use super::fault::Fault;
use super::part::{Part, or_nothing};
use super::reference::Results;
use super::terms::Terms;
use super::work::Work;

/// Most requests.
const MAX_REQUESTS: usize = 25;
/// Most of them that are queries or collections.
const MAX_HEAVY: usize = 5;

/// One request of a composite or of a graph.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    #[serde(rename = "referenceId")]
    pub(crate) reference: String,
    #[serde(default)]
    pub(crate) body: Json,
    #[serde(rename = "httpHeaders", default, deserialize_with = "or_nothing")]
    pub(crate) headers: BTreeMap<String, String>,
}

// A misspelt `allOrNone` must not pass for one that was left out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct In {
    #[serde(rename = "allOrNone", default, deserialize_with = "or_nothing")]
    all_or_none: bool,
    /// Only the speed depends on it: requests are always done in their order.
    #[serde(rename = "collateSubrequests", default, deserialize_with = "or_nothing")]
    _collate: bool,
    #[serde(rename = "compositeRequest")]
    requests: Vec<Request>,
}

/// Answers a composite.
pub(crate) fn run(work: &mut Work<'_, '_>, body: Json, version: u32) -> Result<Part, Fault> {
    let composite: In = serde_json::from_value(body).map_err(|_| Fault::json())?;
    check(&composite.requests)?;
    work.all_or_none = composite.all_or_none;
    let start = work.mark();
    let mut results = Results::new(version);
    let mut parts: Vec<Part> = Vec::new();
    let mut failed = None;
    for (at, request) in composite.requests.iter().enumerate() {
        let mark = work.mark();
        match one(work, request, &results) {
            Ok(part) if part.failed && composite.all_or_none => {
                parts.push(Part { status: 400, ..part });
                failed = Some(at);
                break;
            }
            Ok(part) => {
                results.add(&request.reference, part.body.clone());
                parts.push(part);
            }
            Err(fault) => {
                work.back_to(mark);
                results.fail(&request.reference);
                parts.push(Part::of(&fault));
                if composite.all_or_none {
                    failed = Some(at);
                    break;
                }
            }
        }
    }
    if let Some(culprit) = failed {
        work.back_to(start);
        parts = halt(parts, culprit, composite.requests.len());
    }
    let answers: Vec<Json> =
        parts.iter().zip(&composite.requests).map(|(part, one)| part.within(&one.reference)).collect();
    Ok(Part::ok(json!({"compositeResponse": answers})))
}

/// All but the culprit were undone, or never done.
fn halt(parts: Vec<Part>, culprit: usize, count: usize) -> Vec<Part> {
    let mut parts = parts;
    let own = parts.drain(..).nth(culprit);
    let mut halted = vec![Part::of(&Fault::halted()); count];
    if let (Some(own), Some(place)) = (own, halted.get_mut(culprit)) {
        *place = own;
    }
    halted
}

/// Does one request, references filled in.
pub(crate) fn one(work: &mut Work<'_, '_>, request: &Request, results: &Results) -> Result<Part, Fault> {
    let url = results.fill(&request.url, true)?;
    let body = results.fill_json(&request.body)?;
    let header = |wanted: &str| {
        let mut headers = request.headers.iter();
        headers.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.as_str())
    };
    let call = Call::new(&request.method.to_uppercase(), &url, body, Terms::read(header))?;
    let result = call.run(work);
    let status = result.as_ref().map_or_else(|fault| fault.status, |part| part.status);
    work.operations.push(format!("{} {url} {status}", request.method));
    result
}

fn check(requests: &[Request]) -> Result<(), Fault> {
    if requests.len() > MAX_REQUESTS {
        let message = format!("Composite request can not have more than {MAX_REQUESTS} subrequests.");
        return Err(Fault::bad("LIMIT_EXCEEDED", message));
    }
    let is_heavy = |request: &&Request| {
        let below = request.url.split('?').next().unwrap_or_default();
        below.contains("/query") || below.contains("/composite/sobjects")
    };
    if requests.iter().filter(is_heavy).count() > MAX_HEAVY {
        let message =
            format!("Composite request can not have more than {MAX_HEAVY} query or sObject collection subrequests.");
        return Err(Fault::bad("LIMIT_EXCEEDED", message));
    }
    check_references(requests)
}

/// Headers that a request has from the one around it ("Composite Subrequest").
const INHERITED: [&str; 3] = ["Accept", "Authorization", "Content-Type"];

/// Headers are the request's own, reference ids are names, and each is given once.
pub(crate) fn check_references(requests: &[Request]) -> Result<(), Fault> {
    for (at, request) in requests.iter().enumerate() {
        let is_inherited = |name: &&String| INHERITED.iter().any(|own| name.eq_ignore_ascii_case(own));
        if let Some(name) = request.headers.keys().find(is_inherited) {
            let message = format!("The header {name} is that of the whole request and cannot be given in httpHeaders");
            return Err(Fault::bad("JSON_PARSER_ERROR", message));
        }
        let id = &request.reference;
        let is_name =
            !id.is_empty() && id.len() <= 40 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_name || id.starts_with('_') {
            let message = format!(
                "Provided referenceId ('{id}') must start with a letter or a number, and it can contain only letters, numbers and underscores ('_')."
            );
            return Err(Fault::bad("JSON_PARSER_ERROR", message));
        }
        if requests.iter().take(at).any(|earlier| earlier.reference == *id) {
            return Err(Fault::bad("JSON_PARSER_ERROR", format!("Duplicate referenceId provided: {id}")));
        }
    }
    Ok(())
}

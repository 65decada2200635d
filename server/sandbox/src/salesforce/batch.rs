//! Composite batch: requests that have nothing to do with each other.

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::call::Call;
use super::fault::Fault;
use super::part::{Part, or_nothing};
use super::terms::Terms;
use super::work::Work;

/// Most requests.
const MAX_REQUESTS: usize = 25;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct In {
    #[serde(rename = "haltOnError", default, deserialize_with = "or_nothing")]
    halt_on_error: bool,
    #[serde(rename = "batchRequests")]
    requests: Vec<One>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct One {
    method: String,
    url: String,
    #[serde(rename = "richInput", default)]
    body: Json,
}

/// Answers a batch.
pub(crate) fn run(work: &mut Work<'_, '_>, body: Json) -> Result<Part, Fault> {
    let batch: In = serde_json::from_value(body).map_err(|_| Fault::json())?;
    if batch.requests.len() > MAX_REQUESTS {
        let message = format!("Batch request can not have more than {MAX_REQUESTS} subrequests.");
        return Err(Fault::bad("LIMIT_EXCEEDED", message));
    }
    let (mut results, mut failed) = (Vec::new(), false);
    for request in batch.requests {
        let part = match failed && batch.halt_on_error {
            true => Part::of(&Fault::new(412, "BATCH_PROCESSING_HALTED", "Batch processing halted per request")),
            false => one(work, request),
        };
        failed |= part.status >= 400;
        results.push(json!({"statusCode": part.status, "result": part.body}));
    }
    Ok(Part::ok(json!({"hasErrors": failed, "results": results})))
}

/// The address of a request begins with the version.
fn one(work: &mut Work<'_, '_>, request: One) -> Part {
    let mark = work.mark();
    let below = request.url.trim_start_matches('/');
    let target = format!("/services/data/{}", below.strip_prefix("services/data/").unwrap_or(below));
    let call = Call::new(&request.method.to_uppercase(), &target, request.body, Terms::default());
    let refuse = |call: &Call| call.segments.first().is_some_and(|first| first == "composite");
    let result = call.and_then(|call| match refuse(&call) {
        true => Err(Fault::unsupported("composite resources in a batch")),
        false => call.run(work),
    });
    let part = result.unwrap_or_else(|fault| {
        work.back_to(mark);
        Part::of(&fault)
    });
    work.operations.push(format!("{} {target} {}", request.method, part.status));
    part
}

//! What comes back. Nothing of it but ids and codes gets into an error.

use std::time::Duration;

use engage_playbooks::ports::ai::{AiCall, AiErrorKind, Usage};
use serde_json::Value as Json;

use crate::http::Reply;

/// The longest code or id that is taken over into an error.
const LONGEST_CODE: usize = 64;

/// What came back of one ask.
pub(super) struct Read {
    /// What it took.
    pub(super) usage: Usage,
    /// The endpoint's id of the request.
    pub(super) request: Option<String>,
    /// What the model wrote.
    pub(super) content: Result<String, AiErrorKind>,
}

pub(super) fn read(reply: &Reply, call: &AiCall<'_>) -> Read {
    let body: Option<Json> = serde_json::from_slice(&reply.body).ok();
    let count = |name| body.as_ref()?.pointer(name)?.as_u64();
    let usage = Usage {
        input_tokens: count("/usage/prompt_tokens").unwrap_or_default(),
        output_tokens: count("/usage/completion_tokens").unwrap_or_default(),
        asked: 0,
    };
    let told = reply.header("x-request-id").or_else(|| reply.header("apim-request-id"));
    let content = match &body {
        body if reply.status != 200 => Err(refused(reply, body.as_ref(), call)),
        Some(body) => content(body),
        None => Err(AiErrorKind::NotJson),
    };
    Read { usage, request: told.and_then(|id| safe(id, call)), content }
}

fn content(body: &Json) -> Result<String, AiErrorKind> {
    let at = |pointer| body.pointer(pointer).and_then(Json::as_str);
    let finish = at("/choices/0/finish_reason");
    // "Structured model outputs", Refusals; "Content filtering", for what Azure filters.
    if at("/choices/0/message/refusal").is_some_and(|text| !text.is_empty()) || finish == Some("content_filter") {
        return Err(AiErrorKind::Refused);
    }
    if finish == Some("length") {
        return Err(AiErrorKind::Truncated);
    }
    at("/choices/0/message/content").map(str::to_owned).ok_or(AiErrorKind::NotJson)
}

/// What an endpoint means by a status that is no success: "Error codes".
fn refused(reply: &Reply, body: Option<&Json>, call: &AiCall<'_>) -> AiErrorKind {
    let text = |pointer| body?.pointer(pointer)?.as_str();
    let (code, kind) = (text("/error/code"), text("/error/type"));
    let is = |name| code == Some(name) || kind == Some(name);
    match reply.status {
        300..=399 => AiErrorKind::Rejected { reason: "redirect".to_owned() },
        // What Azure's filter stops before the model sees it.
        400 if is("content_filter") => AiErrorKind::Refused,
        401 => AiErrorKind::Unauthenticated,
        402 => AiErrorKind::QuotaExhausted,
        403 => AiErrorKind::Denied,
        429 if is("insufficient_quota") => AiErrorKind::QuotaExhausted,
        429 => AiErrorKind::Throttled { after: after(reply) },
        408 | 409 | 500.. => AiErrorKind::Unavailable,
        status => {
            let told = code.or(kind).and_then(|code| safe(code, call));
            AiErrorKind::Rejected { reason: told.unwrap_or_else(|| format!("status-{status}")) }
        }
    }
}

/// How long the endpoint asks to wait; some say it in milliseconds too, which is finer.
fn after(reply: &Reply) -> Option<Duration> {
    let finer = reply.header("retry-after-ms").and_then(|text| text.trim().parse().ok());
    finer.map(Duration::from_millis).or_else(|| reply.retry_after())
}

/// A code or an id, unless it could be something else: a word of the input, or a text.
fn safe(code: &str, call: &AiCall<'_>) -> Option<String> {
    let plain = !code.is_empty()
        && code.len() <= LONGEST_CODE
        && code.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    (plain && !call.input.to_string().contains(code) && !call.prompt.contains(code)).then(|| code.to_owned())
}

/// The JSON that a model wrote. A code fence around all of it is taken off; anything else beside the JSON is not guessed
/// at.
pub(super) fn json(content: &str) -> Option<Json> {
    let text = content.trim();
    serde_json::from_str(text).ok().or_else(|| serde_json::from_str(fenced(text)?).ok())
}

fn fenced(text: &str) -> Option<&str> {
    let (info, rest) = text.strip_prefix("```")?.split_once('\n')?;
    let info = info.trim();
    (info.is_empty() || info.eq_ignore_ascii_case("json")).then_some(())?;
    rest.strip_suffix("```")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_taken_off_where_nothing_else_stands_beside_it() {
        let one = Some(serde_json::json!({"a": "```"}));
        for good in [
            r#" {"a": "```"} "#,
            "```json\n{\"a\": \"```\"}\n```",
            "\n```\n{\"a\": \"```\"}```\n",
            "```JSON\r\n{\"a\": \"```\"}\r\n```",
        ] {
            assert_eq!(json(good), one, "{good}");
        }
        for bad in [
            "Here it is:\n```json\n{\"a\": 1}\n```",
            "```json\n{\"a\": 1}\n```\nAnything else?",
            "```json\n{\"a\": 1}\n```\n```json\n{\"a\": 2}\n```",
            "```yaml\na: 1\n```",
            "```json\n{\"a\": 1}",
            "```{\"a\": 1}```",
            "{\"a\": 1} {\"a\": 2}",
            "",
        ] {
            assert_eq!(json(bad), None, "{bad}");
        }
    }
}

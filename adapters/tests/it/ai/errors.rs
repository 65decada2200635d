//! How an endpoint refuses.

use std::sync::Arc;
use std::time::Duration;

use engage_engine::run::SystemClock;
use engage_playbooks::ports::ai::{AiBudget, AiErrorKind, AiLimit};
use serde_json::{Value as Json, json};

use super::stub::{Stub, Turn, status};
use super::{Question, asked, config, failed, openai};

fn said(code: u16, name: &str) -> Turn {
    status(
        code,
        json!({"error": {"message": "a text with private words", "type": "invalid_request_error", "code": name}}),
    )
}

fn rejected(reason: &str) -> AiErrorKind {
    AiErrorKind::Rejected { reason: reason.to_owned() }
}

#[tokio::test]
async fn a_status_says_what_the_caller_does_next() {
    let throttled = |after: Option<u64>| AiErrorKind::Throttled { after: after.map(Duration::from_millis) };
    let table = [
        (said(401, "invalid_api_key"), AiErrorKind::Unauthenticated),
        (said(403, "unsupported_country_region_territory"), AiErrorKind::Denied),
        (said(402, "insufficient_credits"), AiErrorKind::QuotaExhausted),
        (said(429, "insufficient_quota"), AiErrorKind::QuotaExhausted),
        (said(429, "rate_limit_exceeded"), throttled(None)),
        (said(429, "rate_limit_exceeded").header("retry-after", "7"), throttled(Some(7000))),
        (said(429, "").header("retry-after", "8").header("retry-after-ms", "7250"), throttled(Some(7250))),
        (
            said(429, "")
                .header("date", "Sun, 06 Nov 1994 08:49:37 GMT")
                .header("retry-after", "Sun, 06 Nov 1994 08:51:07 GMT"),
            throttled(Some(90_000)),
        ),
        (said(429, "").header("retry-after", "soon"), throttled(None)),
        (said(500, "server_error"), AiErrorKind::Unavailable),
        (said(503, "").header("content-type", "text/html"), AiErrorKind::Unavailable),
        (said(529, "overloaded"), AiErrorKind::Unavailable),
        (said(408, ""), AiErrorKind::Unavailable),
        (said(404, "model_not_found"), rejected("model_not_found")),
        (said(400, "context_length_exceeded"), rejected("context_length_exceeded")),
        (said(400, "content_filter"), AiErrorKind::Refused),
        (status(404, json!("Not Found")), rejected("status-404")),
        (
            status(422, json!({"error": {"type": "invalid_request_error", "code": null}})),
            rejected("invalid_request_error"),
        ),
        (Turn::Whole(413, Vec::new(), b"<html>".to_vec()), rejected("status-413")),
        (status(204, Json::Null), rejected("status-204")),
    ];
    for (turn, kind) in table {
        assert_eq!(failed(turn.clone()).await, kind, "{turn:?}");
    }
}

#[tokio::test]
async fn a_code_that_could_be_a_word_of_the_input_is_not_taken_over() {
    for code in ["Contoso", "a text with private words", "", &"x".repeat(65), "a/b", "Summarise"] {
        let (answer, _) = asked([status(400, json!({"error": {"code": code}}))]).await;
        assert_eq!(answer.unwrap_err().kind, rejected("status-400"), "{code}");
    }
}

#[tokio::test]
async fn an_error_names_run_block_and_the_endpoints_request() {
    let (answer, _) = asked([said(404, "model_not_found").header("x-request-id", "req_1-a")]).await;
    let error = answer.unwrap_err();
    assert_eq!(error.to_string(), "`customer-summary` version 2: the call is refused: model_not_found");
    let context = &error.context;
    assert_eq!((context.run.as_str(), context.block.as_str()), ("run-1", "summary"));
    assert_eq!(context.request.as_deref(), Some("req_1-a"));
    assert!(!format!("{error:?}").contains("private"));
    let (answer, _) = asked([said(500, "").header("apim-request-id", "Contoso")]).await;
    assert_eq!(answer.unwrap_err().context.request, None);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Stub::start([]).await;
    for code in [301, 307, 308] {
        let turn = said(code, "").header("location", &format!("{}/chat/completions", elsewhere.url));
        assert_eq!(failed(turn).await, rejected("redirect"));
    }
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn what_is_beyond_the_budget_is_not_sent() {
    let stub = Stub::start([]).await;
    let ai = openai(config(&stub.url), Arc::new(SystemClock::default()));
    let usual = Question::default();
    let with = |budget| Question { budget, ..usual.clone() };
    for (question, kind) in [
        (with(AiBudget { max_input_bytes: 20, ..usual.budget }), AiErrorKind::Budget { which: AiLimit::InputBytes }),
        (with(AiBudget { max_output_tokens: 0, ..usual.budget }), AiErrorKind::Budget { which: AiLimit::OutputTokens }),
        (with(AiBudget { time: Duration::ZERO, ..usual.budget }), AiErrorKind::Deadline),
        (Question { schema: json!({"type": "text"}), ..usual.clone() }, rejected("schema")),
        (Question { schema: json!({"$ref": format!("{}/schema", stub.url)}), ..usual.clone() }, rejected("schema")),
    ] {
        let error = question.ask(&ai).await.unwrap_err();
        assert_eq!((error.kind, error.usage.asked), (kind, 0));
    }
    assert!(stub.seen().is_empty());
    let exactly = with(AiBudget { max_input_bytes: usual.input.to_string().len(), ..usual.budget });
    assert_eq!(exactly.ask(&ai).await.unwrap_err().kind, AiErrorKind::Unavailable, "sent, to a script that is over");
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn nobody_there_and_an_answer_that_breaks_off() {
    let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let ai = openai(config(&format!("http://{port}/v1")), Arc::new(SystemClock::default()));
    let error = Question::default().ask(&ai).await.unwrap_err();
    assert_eq!((error.kind.clone(), error.is_retryable()), (AiErrorKind::Unavailable, true));
    assert_eq!(failed(Turn::Half).await, AiErrorKind::Unknown);
}

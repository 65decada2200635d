//! Endpoints and models that mean no good.

use std::sync::Arc;

use engage_engine::run::SystemClock;
use engage_playbooks::ports::ai::{AiErrorKind, AiLimit, Usage};
use serde_json::{Value as Json, json};

use super::stub::{Stub, Turn, message, status, text};
use super::{Question, asked, config, failed, good, openai};

fn body(bytes: impl Into<Vec<u8>>) -> Turn {
    Turn::Whole(200, vec![("content-type", "application/json".to_owned())], bytes.into())
}

#[tokio::test]
async fn a_hundred_megabytes_are_cut_off() {
    let (answer, stub) = asked([Turn::Long(100)]).await;
    assert_eq!(answer.unwrap_err().kind, AiErrorKind::Budget { which: AiLimit::AnswerBytes });
    assert!(stub.pieces() < 50, "{} MiB went out", stub.pieces());
}

#[tokio::test]
async fn what_is_no_chat_completion_is_not_json_and_not_asked_again() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    for turn in [
        body("<html>Sign in to the network</html>").header("content-type", "text/html"),
        body(""),
        body("null"),
        body([0xff, 0xfe, b'{', b'}']),
        body(br#"{"choices": [{"message": {"content": "{\"summary\": \"\xff\"}"}}]}"#.to_vec()),
        body("{\"choices\": [{\"message\": {\"content\": \"x\""),
        body(deep.clone()),
        body(format!(r#"{{"choices": {deep}}}"#)),
        status(200, json!({"choices": []})),
        status(200, json!({"choices": {"0": {"message": "x"}}})),
        message(json!({"content": null, "tool_calls": [{"id": "1"}]}), "tool_calls"),
        message(json!({"content": {"summary": "x"}}), "stop"),
    ] {
        assert_eq!(failed(turn.clone()).await, AiErrorKind::NotJson);
    }
}

#[tokio::test]
async fn an_answer_that_is_nested_too_deep_is_no_answer() {
    let deep = format!("{}{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    let (answer, _) = asked([text(&deep), text(&deep)]).await;
    let error = answer.unwrap_err();
    assert_eq!((error.kind, error.usage.asked), (AiErrorKind::NotJson, 2));
}

#[tokio::test]
async fn an_answer_that_would_take_too_long_to_look_at_is_refused_at_once() {
    let alternatives: Vec<Json> = (0..3000).map(|n| json!({"const": n})).collect();
    let schema = json!({"type": "array", "items": {"anyOf": alternatives}});
    let question = Question { schema, ..Question::default() };
    let stub = Stub::start([text(&format!("[{}1]", "-1,".repeat(100_000)))]).await;
    let error = question.ask(&openai(config(&stub.url), Arc::new(SystemClock::default()))).await.unwrap_err();
    let too_large = AiErrorKind::Budget { which: AiLimit::AnswerBytes };
    assert_eq!((error.kind, error.usage.asked, stub.seen().len()), (too_large, 1, 1));
}

#[tokio::test]
async fn fields_that_were_not_asked_for_do_not_get_through() {
    let mut more = good();
    more["IsAdmin"] = json!(true);
    let (answer, _) = asked([text(&more.to_string()), text(&more.to_string())]).await;
    assert!(matches!(answer.unwrap_err().kind, AiErrorKind::BadAnswer { .. }));
}

#[tokio::test]
async fn counts_that_cannot_be_do_no_harm() {
    let choice = json!({"message": {"content": "{}"}});
    let turn = status(200, json!({"choices": [choice], "usage": {"prompt_tokens": u64::MAX, "completion_tokens": -5}}));
    let (answer, _) = asked([turn.clone(), turn]).await;
    assert_eq!(answer.unwrap_err().usage, Usage { input_tokens: u64::MAX, output_tokens: 0, asked: 2 });
}

//! What comes back, and the second ask.

use engage_playbooks::ports::ai::{AiErrorKind, Usage};
use serde_json::json;

use super::stub::{message, status, text};
use super::{asked, failed, good};

const ONCE: Usage = Usage { input_tokens: 100, output_tokens: 20, asked: 1 };
const TWICE: Usage = Usage { input_tokens: 200, output_tokens: 40, asked: 2 };

#[tokio::test]
async fn an_answer_that_fits_is_taken() {
    let (answer, stub) = asked([text(&good().to_string())]).await;
    let answer = answer.unwrap();
    assert_eq!((answer.output, answer.usage), (good(), ONCE));
    assert_eq!(stub.seen().len(), 1);
}

#[tokio::test]
async fn an_answer_in_a_fence_is_taken_without_asking_again() {
    let (answer, _) = asked([text(&format!("```json\n{:#}\n```", good()))]).await;
    assert_eq!((answer.as_ref().unwrap().output.clone(), answer.unwrap().usage), (good(), ONCE));
}

#[tokio::test]
async fn an_answer_that_does_not_fit_is_asked_for_once_more_with_what_is_wrong() {
    let bad = json!({"summary": 7, "score": 9, "Ada Lovelace": true}).to_string();
    let (answer, stub) = asked([text(&bad), text(&good().to_string())]).await;
    let answer = answer.unwrap();
    assert_eq!((answer.output, answer.usage), (good(), TWICE));
    let seen = stub.seen();
    assert_eq!(seen.len(), 2);
    let (first, second) = (seen[0].messages(), seen[1].messages());
    assert_eq!(first, second[..2]);
    assert_eq!(second[2], ("assistant", bad.as_str()));
    let complaint = second[3].1;
    assert_eq!(second[3].0, "user");
    insta::assert_snapshot!(complaint, @r"
    Your answer does not fit the schema:
    - `/properties/summary/type`: must be of type string
    - `/properties/score/maximum`: must be at most 5
    - `/additionalProperties`: must not have properties that are not described
    Answer the first message again, with JSON alone that fits the schema.
    ");
    assert!(!complaint.contains("Ada") && !complaint.contains('7'));
}

#[tokio::test]
async fn an_answer_that_is_no_json_is_asked_for_once_more() {
    let (answer, stub) = asked([text("Sure! Here it is: {}"), text(&good().to_string())]).await;
    assert_eq!(answer.unwrap().usage, TWICE);
    assert!(stub.seen()[1].messages()[3].1.starts_with("Your answer is not JSON."));
}

#[tokio::test]
async fn nobody_is_asked_a_third_time() {
    let bad = text(&json!({"summary": "private"}).to_string());
    let (answer, stub) = asked([bad.clone(), bad.clone(), text(&good().to_string())]).await;
    let error = answer.unwrap_err();
    assert_eq!(error.kind, AiErrorKind::BadAnswer { problems: vec!["`/required`: must have `score`".to_owned()] });
    assert_eq!((error.usage, stub.seen().len(), error.is_retryable()), (TWICE, 2, false));
    assert!(!format!("{error:?}{error}").contains("private"));
    let (answer, stub) = asked([bad.clone(), text("no"), bad.clone()]).await;
    assert_eq!((answer.unwrap_err().kind, stub.seen().len()), (AiErrorKind::NotJson, 2));
    let (answer, stub) = asked([text("no"), text("never"), bad]).await;
    assert_eq!((answer.unwrap_err().kind, stub.seen().len()), (AiErrorKind::NotJson, 2));
}

#[tokio::test]
async fn a_second_ask_that_fails_otherwise_ends_so() {
    let (answer, stub) = asked([text("{}"), status(429, json!({})).header("retry-after", "3")]).await;
    let error = answer.unwrap_err();
    assert!(matches!(error.kind, AiErrorKind::Throttled { after: Some(after) } if after.as_secs() == 3));
    assert_eq!((error.usage.asked, error.usage.input_tokens, stub.seen().len()), (2, 100, 2));
}

#[tokio::test]
async fn a_long_bad_answer_is_not_sent_back() {
    let long = json!({"summary": "x".repeat(50_000)}).to_string();
    let (answer, stub) = asked([text(&long), text(&good().to_string())]).await;
    assert!(answer.is_ok());
    assert_eq!(stub.seen()[1].messages()[2], ("assistant", "(too long to show)"));
}

#[tokio::test]
async fn refusals_filters_and_cuts_are_told_apart_and_not_asked_again() {
    let refusal = message(json!({"content": null, "refusal": "I cannot help with private"}), "stop");
    assert_eq!(failed(refusal).await, AiErrorKind::Refused);
    let filtered = message(json!({"content": "{\"summary\":"}), "content_filter");
    assert_eq!(failed(filtered).await, AiErrorKind::Refused);
    let cut = message(json!({"content": "{\"summary\":"}), "length");
    assert_eq!(failed(cut).await, AiErrorKind::Truncated);
}

#[tokio::test]
async fn what_the_endpoint_does_not_count_is_nothing() {
    let choice = json!({"message": {"content": good().to_string()}});
    let (answer, _) = asked([status(200, json!({"choices": [choice], "usage": {"prompt_tokens": "many"}}))]).await;
    assert_eq!(answer.unwrap().usage, Usage { input_tokens: 0, output_tokens: 0, asked: 1 });
}

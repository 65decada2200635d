use serde_json::json;

use super::*;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER: &str = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const BODY: &[u8] = br#"{"test": 2432232314}"#;
/// Published beside the specification with the secret and the body above.
const PUBLISHED: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

fn headers(signature: &str) -> Headers<'_> {
    Headers { id: Some("msg_p5jXN8AQM9LWM0D4loKWxJek"), timestamp: Some("1614265330"), signature: Some(signature) }
}

fn secrets(texts: &[&str]) -> Vec<Secret> {
    texts.iter().map(|text| Secret::new(text).unwrap()).collect()
}

fn after(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_614_265_330 + seconds).unwrap()
}

fn check(headers: &Headers<'_>, body: &[u8], now: Timestamp) -> Result<Delivery, WebhookError> {
    verify(headers, body, &secrets(&[SECRET]), now, Window::default())
}

/// A signature of our own for another body.
fn sign(body: &[u8]) -> String {
    use base64::Engine as _;
    let key = base64::engine::general_purpose::STANDARD.decode(SECRET.strip_prefix("whsec_").unwrap()).unwrap();
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, &key);
    let text = [b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.", body].concat();
    format!("v1,{}", base64::engine::general_purpose::STANDARD.encode(aws_lc_rs::hmac::sign(&key, &text)))
}

#[test]
fn the_published_example_is_accepted() {
    let delivery = check(&headers(PUBLISHED), BODY, after(0)).unwrap();
    assert_eq!((delivery.body, delivery.at), (json!({"test": 2432232314_u64}), after(0)));
}

#[test]
fn one_good_signature_of_several_is_enough_and_either_side_may_have_two_secrets() {
    let several = format!("v1,Zm9v v2,abc v1a,def {PUBLISHED}");
    assert!(check(&headers(&several), BODY, after(0)).is_ok());
    assert!(verify(&headers(PUBLISHED), BODY, &secrets(&[OTHER, SECRET]), after(0), Window::default()).is_ok());
    let wrong = verify(&headers(PUBLISHED), BODY, &secrets(&[OTHER]), after(0), Window::default());
    assert_eq!(wrong, Err(WebhookError::WrongSignature));
    assert_eq!(verify(&headers(PUBLISHED), BODY, &[], after(0), Window::default()), Err(WebhookError::WrongSignature));
}

#[test]
fn whatever_is_changed_breaks_the_signature() {
    let good = headers(PUBLISHED);
    let changed = [
        (Headers { id: Some("msg_other"), ..good }, BODY),
        (Headers { timestamp: Some("1614265331"), ..good }, BODY),
        (Headers { signature: Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OF="), ..good }, BODY),
        (Headers { signature: Some("g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="), ..good }, BODY),
        (Headers { signature: Some("v1,"), ..good }, BODY),
        (good, br#"{"test": 2432232315}"#),
    ];
    for (headers, body) in changed {
        assert_eq!(check(&headers, body, after(0)), Err(WebhookError::WrongSignature), "{headers:?}");
    }
}

#[test]
fn a_call_from_another_time_is_refused_either_way() {
    assert!(check(&headers(PUBLISHED), BODY, after(300)).is_ok());
    assert!(check(&headers(PUBLISHED), BODY, after(-300)).is_ok());
    let old = Err(WebhookError::OutsideWindow { seconds: 301, most: 300 });
    assert_eq!(check(&headers(PUBLISHED), BODY, after(301)), old);
    let early = Err(WebhookError::OutsideWindow { seconds: -301, most: 300 });
    assert_eq!(check(&headers(PUBLISHED), BODY, after(-301)), early);
}

#[test]
fn headers_that_are_missing_or_senseless_are_named() {
    let good = headers(PUBLISHED);
    let long = "x".repeat(201);
    let cases = [
        (Headers { id: None, ..good }, WebhookError::Missing("webhook-id")),
        (Headers { id: Some(""), ..good }, WebhookError::Malformed("webhook-id")),
        (Headers { id: Some(&long), ..good }, WebhookError::Malformed("webhook-id")),
        (Headers { timestamp: None, ..good }, WebhookError::Missing("webhook-timestamp")),
        (Headers { timestamp: Some("-1"), ..good }, WebhookError::Malformed("webhook-timestamp")),
        (Headers { timestamp: Some("99999999999999999999"), ..good }, WebhookError::Malformed("webhook-timestamp")),
        (Headers { timestamp: Some("9223372036854775807"), ..good }, WebhookError::Malformed("webhook-timestamp")),
        (Headers { signature: None, ..good }, WebhookError::Missing("webhook-signature")),
    ];
    for (headers, error) in cases {
        assert_eq!(check(&headers, BODY, after(0)), Err(error), "{headers:?}");
    }
}

#[test]
fn a_body_that_is_long_deep_or_no_json_is_refused() {
    let long = vec![b' '; MAX_BODY + 1];
    assert_eq!(check(&headers(PUBLISHED), &long, after(0)), Err(WebhookError::TooLarge));
    let deep = |levels: usize| [vec![b'['; levels], vec![b']'; levels]].concat();
    for (body, error) in [
        (b"{".to_vec(), WebhookError::NotJson),
        (Vec::new(), WebhookError::NotJson),
        (deep(66), WebhookError::TooDeep),
        (deep(100_000), WebhookError::TooDeep),
    ] {
        assert_eq!(check(&headers(&sign(&body)), &body, after(0)), Err(error));
    }
    assert!(check(&headers(&sign(&deep(65))), &deep(65), after(0)).is_ok());
}

#[test]
fn a_body_is_held_against_its_schema_and_an_error_tells_no_value() {
    let schema = BodySchema::new(&json!({
        "type": "object", "required": ["email"],
        "properties": {"email": {"type": "string", "pattern": "^[^@]+@[^@]+$"}},
    }));
    let schema = schema.unwrap();
    assert_eq!(schema.check(&json!({"email": "ann@contoso.example"})), Ok(()));
    let wrong = schema.check(&json!({"email": "secret"})).unwrap_err();
    assert_eq!(wrong.to_string(), "the body does not fit its schema at `/email` (pattern)");
    let missing = schema.check(&json!({})).unwrap_err();
    assert_eq!(missing.to_string(), "the body does not fit its schema at `` (required `email`)");
}

#[test]
fn all_that_does_not_fit_is_told_at_once_and_no_more_than_one_reads() {
    let schema = BodySchema::new(&json!({
        "type": "object", "required": ["email", "name"],
        "properties": {"age": {"type": "integer", "minimum": 0}, "tags": {"items": {"type": "string"}}},
    }));
    let schema = schema.unwrap();
    let wrong = schema.check(&json!({"age": -5, "tags": ["a", 815, "b", null]})).unwrap_err().to_string();
    for place in
        ["`` (required `email`)", "`` (required `name`)", "`/age` (minimum)", "`/tags/1` (type)", "`/tags/3` (type)"]
    {
        assert!(wrong.contains(place), "{place}: {wrong}");
    }
    assert!(!wrong.contains("815") && !wrong.contains("more"), "{wrong}");
    let misfits = |body: &Value| match schema.check(body).unwrap_err() {
        WebhookError::Schema(misfits) => (misfits.told.len(), misfits.more),
        other => panic!("{other}"),
    };
    assert_eq!(misfits(&json!({"email": "", "name": "", "tags": vec![1; 20]})), (20, 0));
    assert_eq!(misfits(&json!({"email": "", "name": "", "tags": vec![1; 49]})), (20, 29));
    let told = schema.check(&json!({"email": "", "name": "", "tags": vec![1; 49]})).unwrap_err().to_string();
    assert!(told.ends_with("`/tags/19` (type) and 29 more"), "{told}");
    assert_eq!(misfits(&json!({"tags": vec![1; 100_000]})), (1, 0), "of a long one the first has to do");
}

#[test]
fn a_schema_reaches_nothing_outside_and_matches_in_linear_time() {
    assert!(BodySchema::new(&json!({"$ref": "http://127.0.0.1:1/schema.json"})).is_err());
    assert!(BodySchema::new(&json!({"$ref": "file:///etc/hostname"})).is_err());
    assert!(BodySchema::new(&json!({"type": "string", "pattern": "(a)\\1"})).is_err());
    assert!(BodySchema::new(&json!({"type": "no type"})).is_err());
}

#[test]
fn a_message_sent_again_is_the_same_event_and_the_id_fits_always() {
    let delivery = |id: &str| Delivery { id: id.to_owned(), at: after(0), body: json!({}) };
    let tenant = Tenant::new("contoso").unwrap();
    let longest = SemanticId::new(&"p".repeat(128)).unwrap();
    let event = |id: &str| delivery(id).into_event(tenant.clone(), longest.clone()).id;
    assert_eq!(event("msg_1"), event("msg_1"));
    assert_ne!(event(&"m".repeat(199)), event(&"m".repeat(200)));
    assert!([1, 63, 64, 200].iter().all(|length| event(&"m".repeat(*length)).len() <= 200));
}

#[test]
fn a_secret_has_a_form_and_is_not_shown() {
    assert!(Secret::new("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").is_ok());
    for bad in ["", "whsec_", "whsec_Zm9v", "whsec_not base64!"] {
        assert_eq!(Secret::new(bad).unwrap_err(), SecretError, "{bad}");
    }
    assert_eq!(format!("{:?}", Secret::new(SECRET).unwrap()), "Secret");
}

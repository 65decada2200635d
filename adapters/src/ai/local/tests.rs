use engage_engine::SemanticId;
use engage_playbooks::ports::ai::{AiBudget, AiLimit};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;

const BUDGET: AiBudget = AiBudget { max_output_tokens: 100, max_input_bytes: 1000, time: Duration::from_secs(5) };

fn id(name: &str) -> SemanticId {
    name.parse().unwrap()
}

async fn ask(ai: &Local, input: &Json, schema: &Json) -> Result<AiAnswer, AiError> {
    let capability = id("customer-summary");
    let call = AiCall {
        capability: &capability,
        version: 2,
        model: "any",
        prompt: "Summarise.",
        input,
        output_schema: schema,
        budget: BUDGET,
        run: "run-1",
        block: "summary",
    };
    ai.answer(&call).await
}

fn summary() -> Json {
    json!({"type": "object", "properties": {"summary": {"type": "string"}}, "required": ["summary"],
           "additionalProperties": false})
}

async fn said(ai: &Local, input: Json) -> String {
    match ask(ai, &input, &summary()).await {
        Ok(answer) => answer.output["summary"].as_str().unwrap().to_owned(),
        Err(error) => error.kind.to_string(),
    }
}

fn fixtures(text: &str) -> Result<Vec<Fixture>, String> {
    serde_yaml::from_str(text).map_err(|error| error.to_string())
}

#[tokio::test]
async fn the_first_fixture_that_fits_and_is_not_used_up_answers() {
    let text = "
- {capability: other, output: {summary: other}}
- {capability: customer-summary, version: 1, output: {summary: old}}
- {capability: customer-summary, input: {account: {Name: Ada}}, output: {summary: of Ada}}
- {capability: customer-summary, error: throttled, after_ms: 2000, times: 2}
- {capability: customer-summary, output: {summary: of anybody}}
";
    let ai = Local::new(fixtures(text).unwrap());
    let ada = json!({"account": {"Name": "Ada", "Size": 1}, "notes": []});
    assert_eq!(said(&ai, ada.clone()).await, "of Ada");
    assert_eq!(said(&ai, json!({"account": {}})).await, "the model's limits are reached");
    let throttled = ask(&ai, &json!(null), &summary()).await.unwrap_err();
    assert_eq!(throttled.kind, AiErrorKind::Throttled { after: Some(Duration::from_secs(2)) });
    assert_eq!(said(&ai, json!({"account": {}})).await, "of anybody");
    assert_eq!(said(&ai, ada).await, "of Ada");
}

#[tokio::test]
async fn lists_and_numbers_of_an_input_are_compared_by_what_they_mean() {
    let fixture = |input| Fixture::output(id("customer-summary"), json!({"summary": "fits"})).input(input);
    let fits =
        |wanted: Json, input: Json| async move { said(&Local::new(vec![fixture(wanted)]), input).await == "fits" };
    assert!(fits(json!({"n": 1, "l": [{"a": 1}]}), json!({"l": [{"a": 1.0, "b": 2}], "n": 1.0})).await);
    assert!(!fits(json!({"l": [1]}), json!({"l": [1, 2]})).await);
    assert!(!fits(json!({"a": null}), json!({})).await);
}

#[tokio::test]
async fn a_fixture_that_does_not_fit_the_schema_is_a_bad_answer() {
    let ai = Local::new(vec![Fixture::output(id("customer-summary"), json!({"text": "private"}))]);
    let error = ask(&ai, &json!({}), &summary()).await.unwrap_err();
    let AiErrorKind::BadAnswer { problems } = &error.kind else { panic!("{error:?}") };
    assert!(problems.iter().any(|problem| problem == "`/required`: must have `summary`"), "{problems:?}");
    assert!(!format!("{error:?} {ai:?}").contains("private"));
}

#[test]
fn a_wrong_fixture_is_told() {
    let wrong = |text: &str| fixtures(text).unwrap_err();
    assert!(wrong("- {capability: A B, output: {}}").contains("capability"));
    assert!(wrong("- {capability: a}").contains("either `output` or `error`"));
    assert!(wrong("- {capability: a, output: {}, error: refused}").contains("either `output` or `error`"));
    assert!(wrong("- {capability: a, error: tired}").contains("`tired` is no error"));
    assert!(wrong("- {capability: a, error: refused, after_ms: 1}").contains("after_ms"));
    assert!(wrong("- {capability: a, output: {}, uses: 1}").contains("uses"));
    for name in [
        "throttled",
        "quota-exhausted",
        "unavailable",
        "unauthenticated",
        "denied",
        "rejected",
        "not-json",
        "refused",
        "truncated",
        "deadline",
        "unknown",
    ] {
        let fixture = fixtures(&format!("- {{capability: a, error: {name}}}")).unwrap().remove(0);
        assert!(matches!(&fixture.says, Says::Fails(kind) if kind.code() == name), "{name}");
    }
}

#[tokio::test]
async fn without_a_fixture_the_schema_is_answered_the_same_way_each_time() {
    let schema = json!({
        "type": "object",
        "properties": {
            "summary": {"type": "string", "maxLength": 12},
            "long": {"type": "string", "minLength": 40},
            "score": {"type": "integer", "minimum": 1, "maximum": 5},
            "share": {"type": "number", "exclusiveMinimum": 0, "maximum": 0.5, "multipleOf": 0.1},
            "stage": {"enum": ["new", "open", "won"]},
            "kind": {"const": "lead"},
            "sure": {"type": "boolean"},
            "due": {"type": ["null", "string"], "format": "date-time"},
            "mail": {"anyOf": [{"type": "null"}, {"type": "string", "format": "email"}]},
            "steps": {"type": "array", "minItems": 2, "uniqueItems": true, "items": {"$ref": "#/$defs/step"}},
            "pair": {"type": "array", "prefixItems": [{"type": "integer"}, {"type": "string"}], "items": false}
        },
        "required": ["summary", "other"],
        "$defs": {"step": {"allOf": [
            {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]},
            {"properties": {"id": {"type": "string", "format": "uuid"}}}
        ]}}
    });
    let input = json!({"account": "Contoso", "n": 1});
    let first = ask(&Local::default(), &input, &schema).await.unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&first.output).unwrap(), @r#"
    {
      "summary": "summary 4e29",
      "long": "long 91b9...............................",
      "score": 4,
      "share": 0.1,
      "stage": "new",
      "kind": "lead",
      "sure": true,
      "due": "2030-01-24T03:08:00Z",
      "mail": "someone-8998@example.com",
      "steps": [
        {
          "title": "title 7160",
          "id": "d881773d-0000-4000-8000-00006b6d898b"
        },
        {
          "title": "title 4377",
          "id": "4396c933-0000-4000-8000-0000f9e5c372"
        }
      ],
      "pair": [
        17,
        "pair 5ed3"
      ],
      "other": "other 256b"
    }
    "#);
    let again = ask(&Local::default(), &json!({"n": 1, "account": "Contoso"}), &schema).await.unwrap();
    assert_eq!(again, first);
    let other = ask(&Local::default(), &json!({"account": "Fabrikam", "n": 1}), &schema).await.unwrap();
    assert_ne!(other.output, first.output);
}

#[tokio::test]
async fn what_cannot_be_made_up_asks_for_a_fixture() {
    for schema in [
        json!({"type": "string", "pattern": "^[A-Z]{2}[0-9]{4}$"}),
        json!({"type": "array", "minItems": 1_000_000, "items": {"type": "string"}}),
        json!({"type": "string", "minLength": 2_000_000}),
        json!({"enum": []}),
        json!(false),
        json!({"not": {}}),
    ] {
        let error = ask(&Local::default(), &json!({}), &schema).await.unwrap_err();
        assert!(
            matches!(&error.kind, AiErrorKind::Rejected { reason } if reason == NEEDS_FIXTURE || reason == "schema"),
            "{schema}"
        );
    }
}

#[tokio::test]
async fn the_budget_holds_here_too() {
    let large = json!("x".repeat(2000));
    let error = ask(&Local::default(), &large, &summary()).await.unwrap_err();
    assert_eq!(error.kind, AiErrorKind::Budget { which: AiLimit::InputBytes });
    let deep = (0..300).fold(json!(1), |inner, _| json!([inner]));
    let error = ask(&Local::default(), &deep, &summary()).await.unwrap_err();
    assert_eq!(error.kind, AiErrorKind::Rejected { reason: "input-depth".to_owned() });
    let error = ask(&Local::default(), &json!({}), &json!({"$ref": "https://x.example"})).await.unwrap_err();
    assert_eq!(error.kind, AiErrorKind::Rejected { reason: "schema".to_owned() });
}

/// A clock that never waits and remembers how long it should have.
#[derive(Debug, Default)]
struct Noted(Mutex<Vec<Duration>>);

#[async_trait]
impl Clock for Noted {
    fn now(&self) -> Duration {
        Duration::ZERO
    }

    async fn sleep(&self, duration: Duration) {
        self.0.lock().unwrap().push(duration);
    }
}

#[tokio::test]
async fn answers_take_the_time_that_is_said_and_no_longer_than_the_budget() {
    let clock = Arc::new(Noted::default());
    let slow = |seconds| {
        Fixture::output(id("customer-summary"), json!({"summary": "slow"})).takes(Duration::from_secs(seconds)).times(1)
    };
    let ai = Local::new(vec![slow(4), slow(5)]).paced(clock.clone(), Duration::from_millis(100));
    assert_eq!(said(&ai, json!({})).await, "slow");
    assert_eq!(said(&ai, json!({})).await, "the time for the answer is over");
    assert!(said(&ai, json!({})).await.starts_with("summary "));
    assert_eq!(*clock.0.lock().unwrap(), [4000, 5000, 100].map(Duration::from_millis));
}

fn leaf() -> impl Strategy<Value = Json> {
    prop_oneof![
        Just(json!({"type": "string"})),
        (0u64..30, 0u64..30).prop_map(|(a, b)| json!({"type": "string", "minLength": a.min(b), "maxLength": a.max(b)})),
        proptest::sample::select(vec![
            "date",
            "time",
            "date-time",
            "duration",
            "email",
            "hostname",
            "uri",
            "ipv4",
            "ipv6",
            "uuid"
        ])
        .prop_map(|format| json!({"type": "string", "format": format})),
        (-1000i64..1000, 0i64..1000)
            .prop_map(|(low, more)| json!({"type": "integer", "minimum": low, "maximum": low + more})),
        (-1000i64..1000, 1i64..50)
            .prop_map(|(low, step)| json!({"type": "number", "exclusiveMinimum": low, "multipleOf": step})),
        (-9i64..9).prop_map(|top| json!({"type": ["number", "null"], "exclusiveMaximum": top})),
        Just(json!({"type": "boolean"})),
        Just(json!({"enum": [1, "a", null, {"b": []}]})),
        Just(json!(true)),
    ]
}

fn schema() -> impl Strategy<Value = Json> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            (proptest::collection::vec(inner.clone(), 0..4), any::<bool>()).prop_map(|(parts, open)| {
                let named: serde_json::Map<String, Json> =
                    parts.into_iter().enumerate().map(|(n, part)| (format!("f{n}"), part)).collect();
                let required: Vec<String> = named.keys().cloned().collect();
                json!({"type": "object", "properties": named, "required": required, "additionalProperties": open})
            }),
            (inner.clone(), 0u64..3, 0u64..3).prop_map(|(part, a, b)| {
                json!({"type": "array", "items": part, "minItems": a.min(b), "maxItems": a.max(b)})
            }),
            (inner.clone(), inner).prop_map(|(a, b)| json!({"anyOf": [a, b]})),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_of_these_a_schema_asks_for_is_made(schema in schema(), input in "[a-z]{0,5}") {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let answer = runtime.block_on(ask(&Local::default(), &json!({"text": input}), &schema));
        prop_assert!(answer.is_ok(), "{schema}: {answer:?}");
    }
}

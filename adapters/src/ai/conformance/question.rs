//! What the suite asks, and short ways to look at what comes back.

use std::sync::LazyLock;
use std::time::Duration;

use engage_engine::SemanticId;
use engage_playbooks::ports::ai::{Ai, AiAnswer, AiBudget, AiCall, AiError, AiErrorKind};
use serde_json::{Value as Json, json};

/// What became of a test: it held, it could not be asked and why, or it failed and why.
pub(super) type Outcome = Result<Option<String>, String>;

/// Words that stand in the prompt, the input, and in what the model writes, and in no error.
pub(super) const PRIVATE: [&str; 3] = ["promptword", "inputword", "answerword"];

static CAPABILITY: LazyLock<SemanticId> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "INVARIANT: the name is a slug")]
    SemanticId::new("conformance-summary").expect("a slug")
});

pub(super) fn capability() -> SemanticId {
    CAPABILITY.clone()
}

/// A call, where a test does not say otherwise.
#[derive(Debug, Clone)]
pub(super) struct Question {
    pub(super) input: Json,
    pub(super) schema: Json,
    pub(super) budget: AiBudget,
}

impl Default for Question {
    fn default() -> Self {
        Self {
            input: json!({"customer": "inputword"}),
            schema: json!({
                "type": "object",
                "properties": {"summary": {"type": "string"}, "due": {"type": "string", "format": "date"}},
                "required": ["summary", "due"],
                "additionalProperties": false
            }),
            budget: AiBudget { max_output_tokens: 1000, max_input_bytes: 1000, time: Duration::from_secs(20) },
        }
    }
}

impl Question {
    pub(super) async fn ask(&self, ai: &dyn Ai) -> Result<AiAnswer, AiError> {
        let call = AiCall {
            capability: &CAPABILITY,
            version: 1,
            model: "any",
            prompt: "promptword",
            input: &self.input,
            output_schema: &self.schema,
            budget: self.budget,
            run: "run",
            block: "block",
        };
        ai.answer(&call).await
    }
}

/// What fits the schema.
pub(super) fn good() -> Json {
    json!({"summary": "answerword", "due": "2030-01-31"})
}

/// What does not: a day that there is not, and a field that was not asked for.
pub(super) fn bad() -> Json {
    json!({"summary": "answerword", "due": "2030-02-31", "answerword": 1})
}

pub(super) fn ensure(holds: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(why()) }
}

/// The error of a call that must fail in a certain way.
pub(super) fn fails(
    what: &str,
    got: Result<AiAnswer, AiError>,
    kind: impl Fn(&AiErrorKind) -> bool,
) -> Result<AiError, String> {
    match got {
        Ok(_) => Err(format!("{what}: it was answered")),
        Err(error) if kind(&error.kind) => Ok(error),
        Err(error) => Err(format!("{what}: failed as `{error}`")),
    }
}

/// That an output is what was written.
pub(super) fn answers(what: &str, got: Result<AiAnswer, AiError>, wanted: &Json) -> Result<AiAnswer, String> {
    let answer = got.map_err(|error| format!("{what}: failed as `{error}`"))?;
    ensure(answer.output == *wanted, || format!("{what}: the output is not what was written"))?;
    Ok(answer)
}

//! The boundary to a language model: what a capability asks, what comes back, and how it fails.
//!
//! It knows no model, no endpoint and no template: who implements [`Ai`] brings them.

mod error;

use std::fmt;
use std::ops::AddAssign;
use std::time::Duration;

use async_trait::async_trait;
use engage_engine::SemanticId;
use serde_json::Value as Json;

pub use error::{AiContext, AiError, AiErrorKind, AiLimit};

/// Whoever answers capabilities. Object-safe; one value serves any number of concurrent calls.
///
/// # Contract
/// * **The answer fits the schema.** What is returned as [`AiAnswer::output`] is valid under
///   [`AiCall::output_schema`], formats included. An adapter that gets something else may ask once more, naming the rules that
///   were broken, and then says [`AiErrorKind::BadAnswer`] or [`AiErrorKind::NotJson`].
/// * **No other retries.** Whoever runs the playbook alone retries.
/// * **The whole call is within [`AiBudget::time`]**, the second ask and waiting for a turn included; after it comes
///   [`AiErrorKind::Deadline`]. What exceeds another limit of the budget beforehand is refused unsent.
/// * **The prompt is data, and so is the input.** Nothing is replaced or evaluated in either. The input is shown to the model
///   apart from the prompt, as data; it goes to the configured model and nowhere else.
/// * **Nothing is changed by an answer** anywhere but on the bill: asking again is always safe.
/// * **Dropping a future** abandons the answer; nothing in the adapter may be left broken by it.
/// * **No values in messages.** Errors name the capability, the rule and the schema's own field names, never a word of
///   prompt, input or answer.
#[async_trait]
pub trait Ai: Send + Sync {
    /// Asks a capability.
    ///
    /// # Errors
    /// [`AiError`], with what was used up to then.
    async fn answer(&self, call: &AiCall<'_>) -> Result<AiAnswer, AiError>;
}

/// One question to one capability. `Debug` shows sizes in place of contents.
#[derive(Clone, Copy)]
pub struct AiCall<'a> {
    /// The capability.
    pub capability: &'a SemanticId,
    /// Its version, resolved: never "the latest".
    pub version: u32,
    /// The model, by the name that the capability gives it.
    pub model: &'a str,
    /// What the model is to do: the capability's own plain text, which never holds a customer's value.
    pub prompt: &'a str,
    /// The capability's input fields.
    pub input: &'a Json,
    /// The JSON Schema of the output. References lead within it.
    pub output_schema: &'a Json,
    /// What the call may cost.
    pub budget: AiBudget,
    /// The run, for errors and traces.
    pub run: &'a str,
    /// The block, for errors and traces.
    pub block: &'a str,
}

impl fmt::Debug for AiCall<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AiCall")
            .field("capability", self.capability)
            .field("version", &self.version)
            .field("model", &self.model)
            .field("budget", &self.budget)
            .field("run", &self.run)
            .field("block", &self.block)
            .field("prompt_bytes", &self.prompt.len())
            .finish_non_exhaustive()
    }
}

/// What a call may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AiBudget {
    /// The most tokens of an answer. It holds for each of the two asks, since what is left of the first seldom suffices for
    /// the second; [`Usage`] has the sum. With 0 nothing is asked.
    pub max_output_tokens: u32,
    /// The most bytes of the input, written as compact JSON.
    pub max_input_bytes: usize,
    /// The longest that the whole call may take.
    pub time: Duration,
}

impl Default for AiBudget {
    /// What does for a summary: 4,096 tokens, 256 KiB, a minute.
    fn default() -> Self {
        Self { max_output_tokens: 4096, max_input_bytes: 256 * 1024, time: Duration::from_secs(60) }
    }
}

/// An answer that fits the schema. `Debug` leaves the output out.
#[derive(Clone, PartialEq)]
pub struct AiAnswer {
    /// Valid under the schema of the call.
    pub output: Json,
    /// What it took.
    pub usage: Usage,
}

impl fmt::Debug for AiAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AiAnswer").field("usage", &self.usage).finish_non_exhaustive()
    }
}

/// What was used, over all asks of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Tokens of prompts and inputs, as the model counts them; 0 where it does not tell.
    pub input_tokens: u64,
    /// Tokens of answers, hidden reasoning included.
    pub output_tokens: u64,
    /// How often the model was asked, whether or not it answered; a call whose time ends while it waits for its turn counts as
    /// one.
    pub asked: u32,
}

impl AddAssign for Usage {
    fn add_assign(&mut self, more: Self) {
        self.input_tokens = self.input_tokens.saturating_add(more.input_tokens);
        self.output_tokens = self.output_tokens.saturating_add(more.output_tokens);
        self.asked = self.asked.saturating_add(more.asked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call<'a>(capability: &'a SemanticId, input: &'a Json, schema: &'a Json) -> AiCall<'a> {
        let budget = AiBudget { max_output_tokens: 9, max_input_bytes: 99, time: Duration::from_secs(1) };
        AiCall {
            capability,
            version: 3,
            model: "small",
            prompt: "a private prompt",
            input,
            output_schema: schema,
            budget,
            run: "run-1",
            block: "summary",
        }
    }

    #[test]
    fn nothing_prints_prompt_input_or_output() {
        let (capability, text) = (SemanticId::new("summary").unwrap(), Json::from("private"));
        let call = call(&capability, &text, &text);
        let answer = AiAnswer { output: text.clone(), usage: Usage::default() };
        let problems = ["`/type`: must be a string", "and 2 more"].map(str::to_owned).to_vec();
        let kind = AiErrorKind::BadAnswer { problems };
        let error = AiError::new(&call, kind);
        let printed = format!("{call:?} {answer:?} {error:?} {error}");
        assert!(!printed.contains("private"), "{printed}");
        assert!(printed.contains("run-1") && printed.contains("version: 3"), "{printed}");
        assert_eq!(
            error.to_string(),
            "`summary` version 3: the answer does not fit the schema: `/type`: must be a string; and 2 more"
        );
    }

    #[test]
    fn what_may_help_is_asked_again_and_nothing_else() {
        let (capability, nothing) = (SemanticId::new("summary").unwrap(), Json::Null);
        let retryable = |kind| AiError::new(&call(&capability, &nothing, &nothing), kind).is_retryable();
        assert!(retryable(AiErrorKind::Throttled { after: None }));
        assert!(retryable(AiErrorKind::Unavailable) && retryable(AiErrorKind::Unknown));
        for kind in [
            AiErrorKind::QuotaExhausted,
            AiErrorKind::Unauthenticated,
            AiErrorKind::Denied,
            AiErrorKind::Rejected { reason: "schema".to_owned() },
            AiErrorKind::BadAnswer { problems: Vec::new() },
            AiErrorKind::NotJson,
            AiErrorKind::Refused,
            AiErrorKind::Truncated,
            AiErrorKind::Budget { which: AiLimit::InputBytes },
            AiErrorKind::Deadline,
        ] {
            assert!(!retryable(kind.clone()), "{kind}");
        }
    }

    #[test]
    fn usage_adds_up_and_never_overflows() {
        let mut usage = Usage { input_tokens: u64::MAX, output_tokens: 2, asked: 1 };
        usage += Usage { input_tokens: 5, output_tokens: 3, asked: 1 };
        assert_eq!(usage, Usage { input_tokens: u64::MAX, output_tokens: 5, asked: 2 });
    }
}

//! Models over HTTP, against an endpoint that answers by script.

mod answers;
mod conforms;
mod deadline;
mod errors;
mod hostile;
mod requests;
mod secrets;
mod stub;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use engage_adapters::ai::openai::{Config, OpenAi};
use engage_adapters::http::Secret;
use engage_engine::SemanticId;
use engage_engine::run::{Clock, SystemClock};
use engage_playbooks::ports::ai::{Ai, AiAnswer, AiBudget, AiCall, AiError, AiErrorKind};
use serde_json::{Value as Json, json};

use stub::{Stub, Turn};

const KEY: &str = "sk-very-secret";
const PROMPT: &str = "Summarise the customer. Leave {{ braces }} alone.";

/// What is asked, where a test does not say otherwise.
#[derive(Debug, Clone)]
struct Question {
    input: Json,
    schema: Json,
    budget: AiBudget,
}

impl Default for Question {
    fn default() -> Self {
        Self {
            input: json!({"account": {"Name": "Contoso"}, "notes": ["called", "wrote"]}),
            schema: json!({
                "type": "object",
                "properties": {"summary": {"type": "string"}, "score": {"type": "integer", "maximum": 5}},
                "required": ["summary", "score"],
                "additionalProperties": false
            }),
            budget: AiBudget { max_output_tokens: 500, max_input_bytes: 10_000, time: Duration::from_secs(30) },
        }
    }
}

impl Question {
    async fn ask(&self, ai: &dyn Ai) -> Result<AiAnswer, AiError> {
        let capability: SemanticId = "customer-summary".parse().unwrap();
        let call = AiCall {
            capability: &capability,
            version: 2,
            model: "writer",
            prompt: PROMPT,
            input: &self.input,
            output_schema: &self.schema,
            budget: self.budget,
            run: "run-1",
            block: "summary",
        };
        ai.answer(&call).await
    }
}

fn config(url: &str) -> Config {
    let models = BTreeMap::from([("writer".to_owned(), "gpt-large".to_owned())]);
    Config { models, ..Config::new(url, Some(Secret::new(KEY))) }
}

fn openai(config: Config, clock: Arc<dyn Clock>) -> OpenAi {
    OpenAi::with_clock(config, clock).unwrap()
}

/// Asks an endpoint that answers by script.
async fn asked(script: impl IntoIterator<Item = Turn>) -> (Result<AiAnswer, AiError>, Stub) {
    let stub = Stub::start(script).await;
    let ai = openai(config(&stub.url), Arc::new(SystemClock::default()));
    (Question::default().ask(&ai).await, stub)
}

async fn failed(turn: Turn) -> AiErrorKind {
    let (answer, stub) = asked([turn]).await;
    assert_eq!(stub.seen().len(), 1, "asked once");
    answer.unwrap_err().kind
}

fn good() -> Json {
    json!({"summary": "A good customer", "score": 4})
}

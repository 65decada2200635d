//! Any endpoint that speaks OpenAI's Chat Completions: OpenAI itself, Azure OpenAI, and the many servers that do as they do.
//!
//! Follows OpenAI's pages "Create chat completion", "Structured model outputs" and "Error codes", and Microsoft's "Azure
//! OpenAI in Azure AI Foundry Models REST API reference" and "Structured outputs".
//!
//! | file | what |
//! |---|---|
//! | `config` | where the endpoint is, and how it differs from OpenAI's own |
//! | `settings` | the same as texts under names |
//! | `request` | a call as a request |
//! | `strict` | whether strict structured output takes a schema |
//! | `reply` | what comes back |

mod config;
mod reply;
mod request;
mod settings;
mod strict;

use std::fmt;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use engage_engine::run::{Clock, SystemClock};
use engage_playbooks::ports::ai::{Ai, AiAnswer, AiCall, AiError, AiErrorKind, AiLimit, Usage};
use futures_util::future::{Either, select};

use super::guard;
use super::schema::Shape;
use crate::http::{Client, ConfigError, NoReply};

pub use config::{Config, Output, Style, TokenLimit};
use request::Endpoint;
pub use settings::{SETTINGS, SettingError};

/// One endpoint as an [`Ai`].
///
/// An answer that does not fit the schema is asked for once more, with what is wrong with it. Customer data goes to the
/// configured address and nowhere else: redirects are not followed, and a proxy is used where the configuration names one.
pub struct OpenAi {
    endpoint: Endpoint,
    client: Client,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for OpenAi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAi").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

impl OpenAi {
    /// Nothing is sent yet.
    ///
    /// # Errors
    /// [`ConfigError`] for an address that a key must not go to, a header that cannot be sent, or certificates that cannot be
    /// read.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        Self::with_clock(config, Arc::new(SystemClock::default()))
    }

    /// The same with a clock, which ends calls whose time is over.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_clock(config: Config, clock: Arc<dyn Clock>) -> Result<Self, ConfigError> {
        let client = Client::new(&config.http)?;
        Ok(Self { endpoint: Endpoint::new(config)?, client, clock })
    }

    /// Asks once.
    async fn ask(&self, ask: Ask<'_>, spent: &mut Spent) -> Result<String, AiErrorKind> {
        let left = spent.until.checked_sub(self.clock.now()).filter(|left| !left.is_zero());
        let left = left.ok_or(AiErrorKind::Deadline)?;
        let request = self.endpoint.request(&self.client, &ask);
        spent.usage.asked += 1;
        let reply = match select(pin!(self.clock.sleep(left)), pin!(self.client.exchange(request, None))).await {
            Either::Left(_) => return Err(AiErrorKind::Deadline),
            Either::Right((reply, _)) => reply.map_err(unanswered)?,
        };
        let read = reply::read(&reply, ask.call);
        let (capability, version, usage) = (ask.call.capability.as_str(), ask.call.version, read.usage);
        let (status, input_tokens, output_tokens) = (reply.status, usage.input_tokens, usage.output_tokens);
        tracing::debug!(capability, version, status, input_tokens, output_tokens, "asked a model");
        spent.usage += read.usage;
        spent.request = read.request;
        read.content
    }
}

/// One of the asks of a call.
#[derive(Clone, Copy)]
struct Ask<'a> {
    call: &'a AiCall<'a>,
    /// What became of the ask before.
    before: Option<&'a Failed>,
}

/// An answer that does not do.
struct Failed {
    content: String,
    kind: AiErrorKind,
}

/// What a call has taken so far, and how long it may.
struct Spent {
    until: Duration,
    usage: Usage,
    request: Option<String>,
}

impl Spent {
    fn error(self, call: &AiCall<'_>, kind: AiErrorKind) -> AiError {
        let mut error = AiError::new(call, kind);
        error.usage = self.usage;
        error.context.request = self.request;
        error
    }
}

#[async_trait]
impl Ai for OpenAi {
    async fn answer(&self, call: &AiCall<'_>) -> Result<AiAnswer, AiError> {
        let shape = guard::shape(call)?;
        let until = self.clock.now().saturating_add(call.budget.time);
        let mut spent = Spent { until, usage: Usage::default(), request: None };
        let mut before: Option<Failed> = None;
        loop {
            let content = match self.ask(Ask { call, before: before.as_ref() }, &mut spent).await {
                Ok(content) => content,
                Err(kind) => return Err(spent.error(call, kind)),
            };
            match judge(&shape, &content) {
                Ok(output) => return Ok(AiAnswer { output, usage: spent.usage }),
                Err(kind) if before.is_none() && may_do_better(&kind) => before = Some(Failed { content, kind }),
                Err(kind) => return Err(spent.error(call, kind)),
            }
        }
    }
}

fn judge(shape: &Shape, content: &str) -> Result<serde_json::Value, AiErrorKind> {
    let output = reply::json(content).ok_or(AiErrorKind::NotJson)?;
    shape.check(&output).map(|()| output)
}

/// Whether the model can do something about it.
fn may_do_better(kind: &AiErrorKind) -> bool {
    matches!(kind, AiErrorKind::NotJson | AiErrorKind::BadAnswer { .. })
}

fn unanswered(why: NoReply) -> AiErrorKind {
    match why {
        NoReply::NoConnection => AiErrorKind::Unavailable,
        NoReply::TooLarge => AiErrorKind::Budget { which: AiLimit::AnswerBytes },
        NoReply::NotInTime | NoReply::Nothing | NoReply::BrokenOff => AiErrorKind::Unknown,
    }
}

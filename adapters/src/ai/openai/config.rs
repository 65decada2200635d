//! Where an endpoint is, and how it differs from OpenAI's own.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::http::{HttpOptions, Proxy, Secret};

/// An endpoint. Start from [`Config::new`]; nothing of it is printed that may be secret.
#[derive(Debug, Clone)]
pub struct Config {
    /// What stands before `/chat/completions`: `https://api.openai.com/v1`. For the addresses of Azure's deployments the
    /// resource: `https://contoso.openai.azure.com`.
    pub url: String,
    /// The key; a server on this machine may take none.
    pub key: Option<Secret>,
    /// How addresses and the key are written.
    pub style: Style,
    /// Headers of every request: `OpenAI-Project`, or what a gateway asks for.
    pub headers: Vec<(String, Secret)>,
    /// What the endpoint calls the models of capabilities: model, or deployment. Those that are not here go by their own
    /// name.
    pub models: BTreeMap<String, String>,
    /// How the endpoint is told the schema.
    pub output: Output,
    /// How the endpoint is told the most tokens of an answer.
    pub token_limit: TokenLimit,
    /// Limits of the HTTP client.
    pub http: HttpOptions,
}

impl Config {
    /// As OpenAI takes it, at an address: at most 1 MiB of an answer, 10 minutes for it, 16 calls at a time, and no proxy,
    /// whatever the environment says.
    pub fn new(url: impl Into<String>, key: Option<Secret>) -> Self {
        let http = HttpOptions {
            concurrency: 16,
            timeout: Duration::from_secs(600),
            max_answer_bytes: 1 << 20,
            proxy: Proxy::Direct,
            ..HttpOptions::default()
        };
        Self {
            url: url.into(),
            key,
            style: Style::OpenAi,
            headers: Vec::new(),
            models: BTreeMap::new(),
            output: Output::Schema,
            token_limit: TokenLimit::MaxCompletionTokens,
            http,
        }
    }
}

/// How addresses and the key are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Style {
    /// `{url}/chat/completions` with `Authorization: Bearer`.
    OpenAi,
    /// `{url}/openai/deployments/{model}/chat/completions?api-version={api_version}` with `api-key`.
    AzureDeployment {
        /// `2024-10-21`, the first that is no preview and takes structured outputs.
        api_version: String,
    },
    /// `{url}/chat/completions` with `api-key`, for Azure's `https://contoso.openai.azure.com/openai/v1`.
    AzureV1,
}

/// How the endpoint is told the schema. Answers are held against it in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Output {
    /// `response_format: json_schema`; strict where the schema is one that strict structured outputs take.
    Schema,
    /// `response_format: json_object`, with the schema in the system message: for endpoints that take no schema.
    Object,
}

/// How the endpoint is told the most tokens of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenLimit {
    /// `max_completion_tokens`, as OpenAI's models take it.
    MaxCompletionTokens,
    /// `max_tokens`, as other servers do.
    MaxTokens,
}

//! What the adapters of real CRMs share of HTTP: one client with limits on time, size and concurrency, and tokens.
//!
//! It knows no CRM. Nothing here retries: the engine alone does.

mod pace;
mod secret;
#[cfg(any(feature = "dataverse", feature = "salesforce"))]
mod token;

use std::time::Duration;

#[cfg(any(feature = "dataverse", feature = "salesforce"))]
use engage_engine::adapter::{AdapterError, AdapterErrorKind};
use jiff::fmt::rfc2822::DateTimeParser;
use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, redirect};

use pace::Pace;
pub use secret::Secret;
#[cfg(any(feature = "dataverse", feature = "salesforce"))]
pub use token::Assertions;
#[cfg(any(feature = "dataverse", feature = "salesforce"))]
pub(crate) use token::{Fresh, Token, TokenSource, Tokens, form_token};

/// How a client behaves. The defaults suit both CRMs.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// The most requests at the same time; fewer while the CRM pushes back.
    pub concurrency: usize,
    /// How long a connection may take to stand.
    pub connect_timeout: Duration,
    /// How long a request may take where the caller sets no deadline.
    pub timeout: Duration,
    /// The most bytes of an answer.
    pub max_answer_bytes: usize,
    /// Certificates trusted beside the machine's own, PEM.
    pub extra_roots: Vec<Vec<u8>>,
    /// What requests go through on their way.
    pub proxy: Proxy,
}

/// What stands between here and a server. `Debug` leaves the address out, which may hold a password.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum Proxy {
    /// What the environment says: `HTTPS_PROXY` and its like.
    #[default]
    Environment,
    /// Nothing, whatever the environment says.
    Direct,
    /// The one at this address.
    At(String),
}

impl std::fmt::Debug for Proxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Environment => "Environment",
            Self::Direct => "Direct",
            Self::At(_) => "At(…)",
        })
    }
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            concurrency: 52,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(120),
            max_answer_bytes: 64 * 1024 * 1024,
            extra_roots: Vec::new(),
            proxy: Proxy::Environment,
        }
    }
}

/// An adapter that cannot be set up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// An address that is none, or one that is neither https nor on this machine.
    #[error("`{name}` is not an https address")]
    Address {
        /// The setting.
        name: &'static str,
    },
    /// A certificate that cannot be read.
    #[error("a trusted certificate cannot be read")]
    Certificate,
    /// A header that no request can carry.
    #[error("`{name}` is no header that can be sent")]
    Header {
        /// The header's name.
        name: String,
    },
    /// The HTTP client could not be made.
    #[error("the HTTP client cannot be set up")]
    Client,
    /// A key that cannot be used to sign.
    #[error("the signing key cannot be read")]
    Key,
    /// Nothing to show to the token endpoint.
    #[error("there is neither a client secret nor a signing key with a user")]
    Credentials,
}

/// An answer, whole.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as text; what is no UTF-8 is replaced.
    #[cfg(feature = "dataverse")]
    pub(crate) fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// How long the CRM asks to wait.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        retry_after(self.header("retry-after")?, self.header("date"))
    }
}

/// What `Retry-After` says: seconds, or a date (RFC 9110 §10.2.3). A date is held against the answer's own `Date`, so that
/// the clocks need not agree; without one it says nothing.
pub(crate) fn retry_after(text: &str, date: Option<&str>) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let moment = |text: &str| DateTimeParser::new().parse_timestamp(text.trim()).ok();
    let (until, now) = (moment(text)?, moment(date?)?);
    // What lies in the past need not be waited for.
    Some(Duration::try_from(until.duration_since(now)).unwrap_or_default())
}

/// The client.
#[derive(Debug)]
pub(crate) struct Client {
    http: reqwest::Client,
    pace: Pace,
    timeout: Duration,
    max_answer_bytes: usize,
}

impl Client {
    pub(crate) fn new(options: &HttpOptions) -> Result<Self, ConfigError> {
        let mut builder = reqwest::Client::builder()
            .connect_timeout(options.connect_timeout)
            // A redirect could carry a token to another host.
            .redirect(redirect::Policy::none())
            .user_agent(concat!("engage/", env!("CARGO_PKG_VERSION")));
        builder = match &options.proxy {
            Proxy::Environment => builder,
            Proxy::Direct => builder.no_proxy(),
            Proxy::At(address) => {
                let proxy = reqwest::Proxy::all(address).map_err(|_| ConfigError::Address { name: "proxy" })?;
                builder.no_proxy().proxy(proxy)
            }
        };
        for root in &options.extra_roots {
            let certificates = reqwest::Certificate::from_pem_bundle(root).map_err(|_| ConfigError::Certificate)?;
            for certificate in certificates {
                builder = builder.add_root_certificate(certificate);
            }
        }
        Ok(Self {
            http: builder.build().map_err(|_| ConfigError::Client)?,
            pace: Pace::new(options.concurrency),
            timeout: options.timeout,
            max_answer_bytes: options.max_answer_bytes,
        })
    }

    pub(crate) fn request(&self, method: reqwest::Method, url: &str) -> RequestBuilder {
        self.http.request(method, url)
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// `Unavailable` when nothing was sent, `Unknown` when something was and no whole answer came.
    #[cfg(any(feature = "dataverse", feature = "salesforce"))]
    pub(crate) async fn send(&self, request: RequestBuilder, limit: Option<Duration>) -> Result<Reply, AdapterError> {
        self.exchange(request, limit).await.map_err(AdapterError::from)
    }

    /// The same for whoever has other errors.
    ///
    /// # Errors
    /// [`NoReply`] when no whole answer came.
    pub(crate) async fn exchange(&self, request: RequestBuilder, limit: Option<Duration>) -> Result<Reply, NoReply> {
        let permit = self.pace.enter().await;
        let timeout = limit.map_or(self.timeout, |limit| limit.min(self.timeout));
        let answer = request.timeout(timeout).send().await.map_err(|error| failed(&error))?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = self.read(answer).await?;
        if status == 429 {
            self.pace.pushed_back();
        } else {
            self.pace.went_well();
        }
        drop(permit);
        Ok(Reply { status, headers, body })
    }

    /// Takes an answer that is no 429 for one: some CRMs say in the body that there were too many requests.
    #[cfg(feature = "salesforce")]
    pub(crate) fn pushed_back(&self) {
        self.pace.pushed_back();
    }

    async fn read(&self, mut answer: reqwest::Response) -> Result<Vec<u8>, NoReply> {
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(|_| NoReply::BrokenOff)? {
            if body.len() + chunk.len() > self.max_answer_bytes {
                return Err(NoReply::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

/// Why there is no whole answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoReply {
    /// Nothing was sent.
    NoConnection,
    /// Sent, and nothing came in time.
    NotInTime,
    /// Sent, and nothing came.
    Nothing,
    /// The answer broke off.
    BrokenOff,
    /// The answer is larger than what is taken.
    TooLarge,
}

#[cfg(any(feature = "dataverse", feature = "salesforce"))]
impl From<NoReply> for AdapterError {
    fn from(why: NoReply) -> Self {
        let (kind, details) = match why {
            NoReply::NoConnection => (AdapterErrorKind::Unavailable, "no connection"),
            NoReply::NotInTime => (AdapterErrorKind::Unknown, "no answer in time"),
            NoReply::Nothing => (AdapterErrorKind::Unknown, "no answer"),
            NoReply::BrokenOff => (AdapterErrorKind::Unknown, "the answer broke off"),
            NoReply::TooLarge => (AdapterErrorKind::Unknown, "the answer is too large"),
        };
        Self { kind, details: Some(details.to_owned()) }
    }
}

fn failed(error: &reqwest::Error) -> NoReply {
    if error.is_connect() || error.is_builder() {
        return NoReply::NoConnection;
    }
    if error.is_timeout() { NoReply::NotInTime } else { NoReply::Nothing }
}

/// The failure of a question that is asked before a write is sent: whatever became of the question, nothing was written.
#[cfg(any(feature = "dataverse", feature = "salesforce"))]
pub(crate) fn unwritten(error: AdapterError) -> AdapterError {
    match error.kind {
        AdapterErrorKind::Unknown => AdapterError { kind: AdapterErrorKind::Unavailable, ..error },
        _ => error,
    }
}

/// Whether a token may be sent to an address: over TLS, or to this machine, where the sandbox is.
pub(crate) fn trusted(name: &'static str, url: &str) -> Result<String, ConfigError> {
    let parsed = reqwest::Url::parse(url).map_err(|_| ConfigError::Address { name })?;
    let local = matches!(parsed.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let plain = parsed.username().is_empty() && parsed.password().is_none() && parsed.query().is_none();
    if plain && (parsed.scheme() == "https" || parsed.scheme() == "http" && local) {
        return Ok(url.trim_end_matches('/').to_owned());
    }
    Err(ConfigError::Address { name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_is_told_in_seconds_or_by_a_date() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        let seconds = |text: &str, date| retry_after(text, date).map(|wait| wait.as_secs());
        assert_eq!(seconds(" 17 ", None), Some(17));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:51:07 GMT", date), Some(90));
        assert_eq!(seconds("Sun, 06 Nov 1994 08:00:00 GMT", date), Some(0));
        for (text, date) in [("Sun, 06 Nov 1994 08:51:07 GMT", None), ("soon", date), ("-5", date), ("", date)] {
            assert_eq!(seconds(text, date), None, "{text}");
        }
    }
}

//! Calls over HTTP.

mod call;
mod clock;
mod error;
mod form;
mod operations;
mod token;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Url;
use uuid::Uuid;

pub use clock::Now;
pub use error::{Error, Refusal, Standing};
pub use operations::OPERATIONS;
pub use token::{ClientCredentials, FixedToken, TokenError, TokenSource};

/// How long a call may take, unless told otherwise.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A client of the Public API, version 3: a method for each operation, named after it.
///
/// ```no_run
/// use engage_client::model::{CreateMeeting, MeetingType, TopicsQuery};
/// use engage_client::{Client, ClientCredentials};
/// use uuid::Uuid;
///
/// # async fn book(secret: secrecy::SecretString, employee: Uuid) -> Result<(), Box<dyn std::error::Error>> {
/// let tokens = ClientCredentials::new(
///     "https://login.microsoftonline.com/your-tenant/oauth2/v2.0/token",
///     "your-client-id",
///     secret,
///     "https://engage.example/your-app-id/.default",
/// )?;
/// let client = Client::new("https://engage.example", tokens)?;
/// let topics = client.topics_list(&TopicsQuery { is_customer: true, customer_type_id: None, lang: None }).await?;
/// let meeting = CreateMeeting {
///     topic_id: topics.first().map(|topic| topic.id),
///     ..CreateMeeting::new(MeetingType::Online, employee)
/// };
/// let meeting = client.meetings_create(&meeting).await?;
/// client.meetings_delete(meeting.id, &Default::default()).await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    tokens: Arc<dyn TokenSource>,
    organization: Option<Uuid>,
    timeout: Duration,
    standing: Arc<Mutex<Option<Standing>>>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base", &self.base)
            .field("organization", &self.organization)
            .finish_non_exhaustive()
    }
}

/// An HTTP client that follows nobody elsewhere: what it sends is for one server.
fn plain_http() -> Result<reqwest::Client, Error> {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().map_err(Error::unsent)
}

/// An address to which secrets may be sent: over TLS, or on this machine.
fn safe(address: &str) -> Result<Url, Error> {
    let url = Url::parse(address).map_err(|_| Error::Address { why: "it is no URL" })?;
    let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    match (url.scheme(), is_here) {
        ("https", _) | ("http", true) => Ok(url),
        _ => Err(Error::Address { why: "a token is sent over `https` alone, but on this machine" }),
    }
}

impl Client {
    /// A client of the server at an address, such as `https://engage.example`, with the tokens of a source.
    ///
    /// # Errors
    /// [`Error::Address`] where the address is none, or tokens would be sent to it in the clear.
    pub fn new(base: &str, tokens: impl TokenSource + 'static) -> Result<Self, Error> {
        let base = safe(base)?.as_str().trim_end_matches('/').to_owned();
        Ok(Self {
            http: plain_http()?,
            base,
            tokens: Arc::new(tokens),
            organization: None,
            timeout: TIMEOUT,
            standing: Arc::default(),
        })
    }

    /// How long a call may take, its token included; 30 seconds, unless told otherwise.
    #[must_use]
    pub const fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Which organisation is meant, where the tenant of the token has several.
    #[must_use]
    pub const fn of_organization(mut self, organization: Uuid) -> Self {
        self.organization = Some(organization);
        self
    }

    /// How the caller stood with his rate when he was last answered; nothing before.
    #[must_use]
    pub fn standing(&self) -> Option<Standing> {
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Where keys are fetched: a few hosts that are known beforehand.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};

use super::KeyProblem;
use crate::settings::{Authority, is_loopback};

/// How long an answer may take, all of it.
const PATIENCE: Duration = Duration::from_secs(5);

/// The longest answer, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// Fetches documents of an authority.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// Makes one GET and returns the body of an answer 200. Follows no redirect, ends after a few seconds, reads a body of
    /// limited length, and goes to no host but those that it was made for, whatever the address says.
    ///
    /// # Errors
    /// [`KeyProblem`], which says nothing of what was answered.
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, KeyProblem>;
}

/// Fetches over HTTPS from the host of an authority: 5 seconds, 1 MiB, no redirect.
pub struct HttpFetch {
    client: Client,
    /// Scheme, host and port of where it may go.
    allowed: Url,
}

impl fmt::Debug for HttpFetch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpFetch").field("allowed", &self.allowed.as_str()).finish_non_exhaustive()
    }
}

impl HttpFetch {
    /// For an authority. One without TLS has to be on this machine.
    ///
    /// # Errors
    /// [`KeyProblem::Elsewhere`] where the authority is at no address that keys may come from, [`KeyProblem::Unreachable`] where
    /// the certificates of this machine cannot be read.
    pub fn new(authority: &Authority) -> Result<Self, KeyProblem> {
        let allowed = Url::parse(&authority.base).map_err(|_| KeyProblem::Elsewhere)?;
        let local = allowed.scheme() == "http" && allowed.host_str().is_some_and(is_loopback);
        if allowed.scheme() != "https" && !local {
            return Err(KeyProblem::Elsewhere);
        }
        let builder = Client::builder();
        // No proxy leads to this machine.
        let builder = if local { builder.no_proxy() } else { builder };
        let client = builder
            .timeout(PATIENCE)
            .redirect(Policy::none())
            .https_only(!local)
            .user_agent(concat!("engage/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self { client: client.map_err(|_| KeyProblem::Unreachable)?, allowed })
    }
}

#[async_trait]
impl Fetch for HttpFetch {
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, KeyProblem> {
        let url = Url::parse(url).map_err(|_| KeyProblem::Elsewhere)?;
        let bare = url.username().is_empty() && url.password().is_none();
        if url.origin() != self.allowed.origin() || !bare {
            return Err(KeyProblem::Elsewhere);
        }
        let unreachable = |_| KeyProblem::Unreachable;
        let mut answer = self.client.get(url).send().await.map_err(unreachable)?;
        if answer.status() != StatusCode::OK {
            return Err(KeyProblem::Status(answer.status().as_u16()));
        }
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(unreachable)? {
            if body.len() + chunk.len() > MAX_BYTES {
                return Err(KeyProblem::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

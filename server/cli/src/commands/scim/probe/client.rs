//! Requests over HTTP: one client with limits on time and size that follows no redirect and never repeats.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Certificate, RequestBuilder, Response, Url, redirect};
use serde_json::Value as Json;

use super::given::{self, Token};
use super::message::{Answer, Bearer, Body, NoAnswer, Request};
use crate::failure::Failure;
use crate::input;

/// The most that is read of an answer, in bytes.
pub(super) const MAX_ANSWER: usize = 4 * 1024 * 1024;
/// How long a connection may take to stand.
const TO_CONNECT: Duration = Duration::from_secs(10);
/// The media type of SCIM.
const MEDIA: HeaderValue = HeaderValue::from_static("application/scim+json");

/// What requests go through.
pub(super) trait Wire {
    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// When no whole answer comes.
    async fn send(&self, request: &Request) -> Result<Answer, NoAnswer>;
}

/// A client of one service.
#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    base: Url,
    token: HeaderValue,
    timeout: Duration,
}

impl Client {
    /// A client of the service at an address.
    ///
    /// # Errors
    /// When the token cannot be sent, or the certificates cannot be read.
    pub(super) fn new(base: Url, token: &Token, ca: Option<&Path>, timeout: Duration) -> Result<Self, Failure> {
        let mut builder = reqwest::Client::builder()
            .connect_timeout(TO_CONNECT.min(timeout))
            .timeout(timeout)
            // A redirect could carry the token to another host.
            .redirect(redirect::Policy::none())
            .user_agent(concat!("engage/", env!("CARGO_PKG_VERSION")));
        if base.scheme() == "http" {
            // What is meant for this machine does not leave it: a proxy could read the token.
            builder = builder.no_proxy();
        }
        for certificate in ca.map(certificates).transpose()?.into_iter().flatten() {
            builder = builder.add_root_certificate(certificate);
        }
        let http = builder.build().map_err(|error| {
            Failure::outside(format!("the HTTP client cannot be set up: {}", deepest(&error)))
                .help("look at the certificates of `--ca-file` and at the proxy of the environment")
        })?;
        Ok(Self { http, base, token: token.header()?, timeout })
    }

    fn built(&self, request: &Request) -> RequestBuilder {
        let method = match request.method {
            super::message::Method::Get => reqwest::Method::GET,
            super::message::Method::Post => reqwest::Method::POST,
            super::message::Method::Put => reqwest::Method::PUT,
            super::message::Method::Patch => reqwest::Method::PATCH,
            super::message::Method::Delete => reqwest::Method::DELETE,
        };
        let mut built = self.http.request(method, address(&self.base, request)).header(ACCEPT, MEDIA);
        let bearer = match &request.bearer {
            Bearer::Own => Some(self.token.clone()),
            Bearer::Wrong(token) => given::header(token),
            Bearer::Nobody => None,
        };
        if let Some(bearer) = bearer {
            built = built.header(AUTHORIZATION, bearer);
        }
        if let Some((name, value)) = &request.condition {
            built = built.header(*name, value);
        }
        match &request.body {
            Some(body) => built.header(CONTENT_TYPE, MEDIA).body(body.to_string()),
            None => built,
        }
    }

    fn failed(&self, error: &reqwest::Error) -> NoAnswer {
        if error.is_timeout() {
            return NoAnswer::NotInTime(self.timeout.as_secs());
        }
        if error.is_connect() || error.is_builder() {
            return NoAnswer::NoConnection(deepest(error));
        }
        NoAnswer::BrokenOff(deepest(error))
    }

    async fn read(&self, mut response: Response) -> Result<Vec<u8>, NoAnswer> {
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failed(&error))? {
            if bytes.len() + chunk.len() > MAX_ANSWER {
                return Err(NoAnswer::TooLarge);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

impl Wire for Client {
    async fn send(&self, request: &Request) -> Result<Answer, NoAnswer> {
        let response = self.built(request).send().await.map_err(|error| self.failed(&error))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = self.read(response).await?;
        let text = |name: HeaderName| text(&headers, &name);
        Ok(Answer {
            status,
            media: text(CONTENT_TYPE),
            location: text(reqwest::header::LOCATION),
            etag: text(reqwest::header::ETAG),
            challenge: text(reqwest::header::WWW_AUTHENTICATE),
            body: body(&bytes),
        })
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn body(bytes: &[u8]) -> Body {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Body::Empty;
    }
    serde_json::from_slice::<Json>(bytes).map_or(Body::Other, Body::Json)
}

/// The address of a request. What the base has after `?`, a flag of Entra's, stays in every one.
fn address(base: &Url, request: &Request) -> Url {
    let mut url = base.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(&request.path);
    }
    if !request.query.is_empty() {
        let mut pairs = url.query_pairs_mut();
        for (name, value) in &request.query {
            if value.is_empty() {
                pairs.append_key_only(name);
            } else {
                pairs.append_pair(name, value);
            }
        }
    }
    url
}

/// The certificates of a file.
fn certificates(path: &Path) -> Result<Vec<Certificate>, Failure> {
    let text = input::text(path)?;
    let found = Certificate::from_pem_bundle(text.as_bytes()).ok().filter(|found| !found.is_empty());
    found.ok_or_else(|| {
        Failure::problem(format!("`{}` has no certificates that can be read", path.display()))
            .help("give the certificates of the authority as PEM: `-----BEGIN CERTIFICATE-----`")
    })
}

/// The cause of causes: what an HTTP library wraps around it says less, and may repeat the address.
fn deepest(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    super::message::short(&cause.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_sent_below_the_base_and_keeps_its_flag() {
        let at = |base: &str, request: &Request| address(&Url::parse(base).unwrap(), request).to_string();
        let find = Request::find("Users", "userName eq \"a+b@x.y\"");
        let encoded = "filter=userName+eq+%22a%2Bb%40x.y%22";
        assert_eq!(at("https://h/e/scim", &find), format!("https://h/e/scim/Users?{encoded}"));
        assert_eq!(at("https://h/scim/?flag", &find), format!("https://h/scim/Users?flag&{encoded}"));
        let one = Request::get(&["Users", "a/b?c"]);
        assert_eq!(at("https://h/scim?flag", &one), "https://h/scim/Users/a%2Fb%3Fc?flag");
        assert_eq!(at("https://h", &Request::get(&["Users"]).query("flag", "")), "https://h/Users?flag");
    }

    #[test]
    fn what_is_no_json_is_told_from_nothing() {
        assert_eq!(body(b" \r\n"), Body::Empty);
        assert_eq!(body(b"<html>"), Body::Other);
        assert_eq!(body(b"{}"), Body::Json(serde_json::json!({})));
    }
}

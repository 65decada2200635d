//! Who sent it, and when.

use std::time::Duration;

use aws_lc_rs::{constant_time, digest, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::Value;

use super::{Delivery, MAX_BODY, MAX_DEPTH, WebhookError};
use crate::measure::Bounds;

/// The most signatures of one call that are looked at.
const MAX_SIGNATURES: usize = 16;
/// The longest id of a message, in bytes.
const MAX_ID: usize = 200;
/// The longest id of a message that stands in the id of an event as it is; the longest playbook id leaves this much.
const MAX_PLAIN_ID: usize = 63;

/// What a call says of itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Headers<'a> {
    /// `webhook-id`.
    pub id: Option<&'a str>,
    /// `webhook-timestamp`: seconds since 1970.
    pub timestamp: Option<&'a str>,
    /// `webhook-signature`: `v1,` and base64, several with spaces between.
    pub signature: Option<&'a str>,
}

impl<'a> Headers<'a> {
    /// The headers of a call, by their names in lower case.
    pub fn of(get: impl Fn(&str) -> Option<&'a str>) -> Self {
        Self { id: get("webhook-id"), timestamp: get("webhook-timestamp"), signature: get("webhook-signature") }
    }
}

/// A secret that is shared with a sender. `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Secret(hmac::Key);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// Why a text is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a webhook secret is `whsec_` and the base64 of 24 to 64 bytes")]
pub struct SecretError;

impl Secret {
    /// A secret as it is written: base64 of 24 to 64 bytes, mostly behind `whsec_`.
    ///
    /// # Errors
    /// [`SecretError`] for everything else.
    pub fn new(text: &str) -> Result<Self, SecretError> {
        let bytes = STANDARD.decode(text.strip_prefix("whsec_").unwrap_or(text)).map_err(|_| SecretError)?;
        if !(24..=64).contains(&bytes.len()) {
            return Err(SecretError);
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }

    fn sign(&self, id: &str, timestamp: &str, body: &[u8]) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.0);
        for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
            context.update(part);
        }
        context.sign()
    }
}

/// The signature of a call that is made with a secret, as a header has it (Standard Webhooks, "Signature scheme").
///
/// ```
/// use engage_runner::webhook::{Secret, signature};
///
/// let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")?;
/// assert!(signature(&secret, "msg_1", 1_614_265_330, b"{}").starts_with("v1,"));
/// # Ok::<(), engage_runner::webhook::SecretError>(())
/// ```
#[must_use]
pub fn signature(secret: &Secret, id: &str, seconds: i64, body: &[u8]) -> String {
    format!("v1,{}", STANDARD.encode(secret.sign(id, &seconds.to_string(), body)))
}

/// How far the time of a call may be from ours, either way: longer ago it may be a replay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window(pub Duration);

impl Default for Window {
    /// Five minutes.
    fn default() -> Self {
        Self(Duration::from_mins(5))
    }
}

/// Who knows one of the secrets sent this, just now.
///
/// # Errors
/// [`WebhookError`]; nothing of the body is looked at before its length, time and signature are found right.
pub fn verify(
    headers: &Headers<'_>,
    body: &[u8],
    secrets: &[Secret],
    now: Timestamp,
    window: Window,
) -> Result<Delivery, WebhookError> {
    if body.len() > MAX_BODY {
        return Err(WebhookError::TooLarge);
    }
    let id = headers.id.ok_or(WebhookError::Missing("webhook-id"))?;
    if !(1..=MAX_ID).contains(&id.len()) || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(WebhookError::Malformed("webhook-id"));
    }
    let timestamp = headers.timestamp.ok_or(WebhookError::Missing("webhook-timestamp"))?;
    let at = sent_at(timestamp, now, window)?;
    let signatures = headers.signature.ok_or(WebhookError::Missing("webhook-signature"))?;
    if !signed(signatures, secrets, id, timestamp, body) {
        return Err(WebhookError::WrongSignature);
    }
    Ok(Delivery { id: id.to_owned(), at, body: parse(body)? })
}

fn sent_at(text: &str, now: Timestamp, window: Window) -> Result<Timestamp, WebhookError> {
    const NAME: &str = "webhook-timestamp";
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(WebhookError::Malformed(NAME));
    }
    let seconds: i64 = text.parse().map_err(|_| WebhookError::Malformed(NAME))?;
    let at = Timestamp::from_second(seconds).map_err(|_| WebhookError::Malformed(NAME))?;
    let age = now.as_second().saturating_sub(seconds);
    if age.unsigned_abs() > window.0.as_secs() {
        return Err(WebhookError::OutsideWindow { seconds: age, most: window.0.as_secs() });
    }
    Ok(at)
}

fn signed(signatures: &str, secrets: &[Secret], id: &str, timestamp: &str, body: &[u8]) -> bool {
    let given = signatures.split(' ').filter_map(|one| one.strip_prefix("v1,")).take(MAX_SIGNATURES);
    let given: Vec<Vec<u8>> = given.filter_map(|text| STANDARD.decode(text).ok()).collect();
    secrets
        .iter()
        .map(|secret| secret.sign(id, timestamp, body))
        .any(|tag| given.iter().any(|one| constant_time::verify_slices_are_equal(tag.as_ref(), one).is_ok()))
}

fn parse(body: &[u8]) -> Result<Value, WebhookError> {
    // The parser's own limit of depth, which is above ours, protects the stack.
    let value: Value = serde_json::from_slice(body).map_err(|error| {
        let deep = error.classify() == serde_json::error::Category::Syntax && error.to_string().contains("recursion");
        if deep { WebhookError::TooDeep } else { WebhookError::NotJson }
    })?;
    let bounds = Bounds { bytes: usize::MAX, depth: MAX_DEPTH };
    bounds.hold(&value).map_err(|_| WebhookError::TooDeep)?;
    Ok(value)
}

/// An id of bounded length: itself, or its digest.
pub(super) fn short(id: &str) -> String {
    if id.len() <= MAX_PLAIN_ID {
        return id.to_owned();
    }
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, id.as_bytes()))
}

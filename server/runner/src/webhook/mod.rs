//! Webhooks: a signed call from outside becomes an event.
//!
//! Signatures are those of Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, in base64 behind `v1,`; several of
//! them in one header, and several secrets here, let either side change its secret without a gap. A call that is
//! repeated within the window has the same id, becomes the same event, and starts nothing again.
//!
//! ```
//! use engage_runner::webhook::{Headers, Secret, Window, verify};
//! let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
//! let headers = Headers {
//!     id: Some("msg_p5jXN8AQM9LWM0D4loKWxJek"),
//!     timestamp: Some("1614265330"),
//!     signature: Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
//! };
//! let now = jiff::Timestamp::from_second(1_614_265_400).unwrap();
//! let delivery = verify(&headers, br#"{"test": 2432232314}"#, &[secret], now, Window::default()).unwrap();
//! assert_eq!(delivery.id, "msg_p5jXN8AQM9LWM0D4loKWxJek");
//! ```

mod body;
mod signature;

use engage_engine::SemanticId;
use engage_playbooks::model::TriggerKind;
use engage_playbooks::ports::Event;
use engage_playbooks::run::Tenant;
use jiff::Timestamp;
use serde_json::Value;

pub use body::{BodyMisfit, BodyMisfits, BodySchema, SchemaProblem};
pub use signature::{Headers, Secret, SecretError, Window, signature, verify};

/// The most bytes of a body.
pub const MAX_BODY: usize = 1024 * 1024;
/// The most objects and lists within each other in a body.
pub const MAX_DEPTH: usize = 64;

/// A call that was made by who knows the secret, just now. `Debug` shows no value.
#[derive(Clone, PartialEq)]
pub struct Delivery {
    /// The sender's id of the message: the same when it is sent again.
    pub id: String,
    /// When it was sent, by the sender's clock.
    pub at: Timestamp,
    /// The body.
    pub body: Value,
}

impl std::fmt::Debug for Delivery {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Delivery").field("id", &self.id).field("at", &self.at).finish_non_exhaustive()
    }
}

impl Delivery {
    /// The event that starts a playbook. Its id comes from the message's, so that a message that is sent again starts
    /// nothing again.
    pub fn into_event(self, tenant: Tenant, playbook: SemanticId) -> Event {
        Event {
            tenant,
            id: format!("webhook/{playbook}/{}", signature::short(&self.id)),
            kind: TriggerKind::Webhook,
            subject: None,
            playbook: Some(playbook),
            employee: None,
            data: self.body,
            given: Value::Null,
            at: self.at,
        }
    }
}

/// Why a call is not taken in. No values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// The body is too long.
    #[error("the body has more than {MAX_BODY} bytes")]
    TooLarge,
    /// A header is not there.
    #[error("the header `{0}` is missing")]
    Missing(&'static str),
    /// A header is not what it should be.
    #[error("the header `{0}` cannot be read")]
    Malformed(&'static str),
    /// It was sent too long ago, or the sender's clock is wrong.
    #[error("the call is {seconds} seconds old, and at most {most} are allowed either way")]
    OutsideWindow {
        /// How old, in seconds; negative: from the future.
        seconds: i64,
        /// How old it may be.
        most: u64,
    },
    /// No signature fits any secret.
    #[error("no signature of the call was made with a secret that is known")]
    WrongSignature,
    /// The body is no JSON.
    #[error("the body is no JSON")]
    NotJson,
    /// The body is too deep.
    #[error("the body has values more than {MAX_DEPTH} deep within each other")]
    TooDeep,
    /// The body is not as its schema says.
    #[error("the body does not fit its schema at {0}")]
    Schema(BodyMisfits),
}

#[cfg(test)]
mod tests;

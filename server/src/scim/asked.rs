//! Whose request it is.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use engage_scim::Status;
use engage_store::platform::{Alerts, Environment, Realm, Service, StoreError, Token, TokenDigest, TokenReads, Tokens};
use uuid::Uuid;

use super::Scim;
use super::answer::Fault;
use super::failing::Whose;
use crate::http::Outage;
use crate::work::SILENCE;

/// How long a token is, in characters.
const TOKEN: usize = 32;
/// What stands before it.
const SCHEME: &str = "Bearer ";
const UNKNOWN: &str = "the secret token is missing, or it is not (or no longer) one of this server; compare it with the one you were given";

/// The path before `/Users`, which says what a directory is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mount {
    /// As it stands in the address.
    pub(super) path: &'static str,
    pub(super) service: Service,
}

/// Where directories are.
pub(super) const MOUNTS: [Mount; 3] = [
    Mount { path: "/employees/scim", service: Service::Employees },
    Mount { path: "/rooms/scim", service: Service::Rooms },
    Mount { path: "/advisors/scim", service: Service::Employees },
];

/// A request of which it is known whose it is.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) realm: Realm,
    /// The address of the service, as the caller spells it.
    pub(super) base: String,
}

/// Whoever has no good token is told the same, whatever is wrong with it, before anything of the body is read. How long that takes
/// says nothing of the tokens that are good: the form of one is public, the store is asked for its SHA-256 and not for the token, and
/// what it finds is compared in constant time ([`TokenReads::token`]).
impl FromRequestParts<Arc<Scim>> for Asked {
    type Rejection = Fault;

    async fn from_request_parts(parts: &mut Parts, scim: &Arc<Scim>) -> Result<Self, Fault> {
        let unknown = || Fault::status(Status::Unauthorized, UNKNOWN);
        let token = bearer(&parts.headers).ok_or_else(unknown)?;
        let now = scim.now();
        let found = scim.database.reader().token(&TokenDigest::of(token), now).await?;
        let token = found.ok_or_else(unknown)?;
        scim.buckets.take(token.organisation, scim.time.now()).map_err(Fault::Later)?;
        used(scim, &token).await;
        let mount = parts.extensions.get::<Mount>().copied().ok_or_else(Fault::absent)?;
        let Token { organisation, environment, .. } = token;
        let realm = realm(organisation, environment, mount);
        if let Some(Whose(whose)) = parts.extensions.get() {
            // A handler asks once.
            let _ = whose.set(realm);
        }
        Ok(Self { base: format!("{}{}", scim.url, mount.path), realm })
    }
}

fn realm(organisation: Uuid, environment: Environment, mount: Mount) -> Realm {
    Realm { organisation, environment, service: mount.service }
}

/// Which directory a path is of.
pub(super) fn mount(path: &str) -> Option<Mount> {
    MOUNTS
        .into_iter()
        .find(|mount| path.strip_prefix(mount.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// The one token of a request. Two are none: who sent them does not know which counts.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (given.next()?, given.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_at_checked(SCHEME.len())?;
    let plain = token.len() == TOKEN && token.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (scheme.eq_ignore_ascii_case(SCHEME) && plain).then_some(token)
}

/// Writes down that a token is used, once a minute. A request does not fail for that.
async fn used(scim: &Scim, token: &Token) {
    let now = scim.now();
    if !token.use_counts(now) {
        return;
    }
    // Who is heard of is not silent any more.
    let noted = scim.database.write(token.clone(), move |tx, token| {
        Box::pin(async move {
            tx.close_alert(token.organisation, token.environment, SILENCE, now).await?;
            tx.token_used(token, now).await
        })
    });
    let noted: Result<bool, StoreError> = noted.await;
    const UNNOTED: &str = "the use of a token could not be written down";
    if let Err(error) = noted
        && let Some(left_out) = scim.unnoted.due(&Outage::of(UNNOTED, &error))
    {
        tracing::warn!(%error, left_out, "{UNNOTED}");
    }
}

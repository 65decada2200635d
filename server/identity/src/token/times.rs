//! When a token is good.

use jiff::Timestamp;

use super::Claims;
use crate::denied::Reason;

/// By how much our clock and that of the issuer may differ, in seconds.
const SKEW: i64 = 120;

/// The longest that Entra's tokens are good for, in seconds: 28 hours, with continuous access evaluation (Microsoft,
/// "Access tokens", token lifetime).
const MAX_LIFETIME: i64 = 28 * 3600;

/// Holds the times of a token against now.
pub(crate) fn hold(claims: &Claims, now: Timestamp) -> Result<(), Reason> {
    let now = now.as_second();
    let (Some(expires), Some(issued)) = (claims.seconds("exp")?, claims.seconds("iat")?) else {
        return Err(Reason::TimesMissing);
    };
    if now >= expires.saturating_add(SKEW) {
        return Err(Reason::Expired);
    }
    let begins = claims.seconds("nbf")?.unwrap_or(issued);
    if begins.max(issued) > now.saturating_add(SKEW) {
        return Err(Reason::NotYetValid);
    }
    if expires.saturating_sub(issued) > MAX_LIFETIME + SKEW {
        return Err(Reason::LifetimeRefused);
    }
    Ok(())
}

/// Until when a token is good, as it says itself.
pub(crate) fn expires(claims: &Claims) -> Result<Timestamp, Reason> {
    let seconds = claims.seconds("exp")?.ok_or(Reason::TimesMissing)?;
    Timestamp::from_second(seconds).map_err(|_| Reason::TimesMissing)
}

//! A token as it is sent: found in the request, taken apart, and read. Nothing here is believed yet.

mod claims;
mod header;
mod times;

use axum::http::{HeaderMap, header::AUTHORIZATION};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::percent_decode_str;

pub(crate) use self::claims::{Claims, Kind};
pub(crate) use self::header::{is_key_id, key_id};
pub(crate) use self::times::{expires, hold};
use crate::denied::Reason;

/// The longest token that is looked at, in bytes.
pub const MAX_TOKEN: usize = 16 * 1024;

/// The token of a request (RFC 6750 §2.1): of one header, with the scheme Bearer in any case.
pub(crate) fn bearer<'r>(headers: &'r HeaderMap, query: Option<&str>) -> Result<&'r str, Reason> {
    let names = query.into_iter().flat_map(|query| query.split('&')).map(|pair| pair.split('=').next().unwrap_or(pair));
    if names.into_iter().any(|name| percent_decode_str(name).eq("access_token".bytes())) {
        return Err(Reason::TokenInQuery);
    }
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let value = given.next().ok_or(Reason::TokenMissing)?;
    if given.next().is_some() {
        return Err(Reason::HeaderRepeated);
    }
    if value.len() > MAX_TOKEN + "Bearer ".len() {
        return Err(Reason::TokenTooLong);
    }
    let text = value.to_str().map_err(|_| Reason::TokenMalformed)?;
    let (scheme, token) = text.split_once(' ').ok_or(Reason::SchemeRefused)?;
    if scheme.eq_ignore_ascii_case("bearer") { Ok(token.trim_matches(' ')) } else { Err(Reason::SchemeRefused) }
}

/// The parts of a token in its compact form (RFC 7515 §3.1).
pub(crate) struct Parts<'t> {
    /// Header and claims, as they were signed.
    pub(crate) signed: &'t str,
    /// The signature, in base64url.
    pub(crate) signature: &'t str,
    /// The header.
    pub(crate) header: Vec<u8>,
    /// The claims.
    pub(crate) claims: Vec<u8>,
}

/// Takes a token apart.
pub(crate) fn parts(token: &str) -> Result<Parts<'_>, Reason> {
    if token.len() > MAX_TOKEN {
        return Err(Reason::TokenTooLong);
    }
    let malformed = || Reason::TokenMalformed;
    let (signed, signature) = token.rsplit_once('.').ok_or_else(malformed)?;
    let (header, claims) = signed.split_once('.').ok_or_else(malformed)?;
    // A fourth part, as encrypted tokens have, is no base64url.
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| Reason::TokenMalformed);
    Ok(Parts { signed, signature, header: decode(header)?, claims: decode(claims)? })
}

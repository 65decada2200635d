//! The header of a token (RFC 7515 §4).

use serde_json::Value;

use crate::denied::Reason;
use crate::json;

/// The longest key id.
const MAX_KEY_ID: usize = 128;

/// Parameters by which a token would bring its own key, or change what the others mean.
const REFUSED: [&str; 5] = ["jku", "jwk", "x5u", "x5c", "crit"];

/// Holds the header against what is allowed, and reads which key has signed the token.
pub(crate) fn key_id(bytes: &[u8]) -> Result<String, Reason> {
    let header = json::object(bytes).ok_or(Reason::TokenMalformed)?;
    let text = |name: &str| header.get(name).and_then(Value::as_str);
    if text("alg") != Some("RS256") {
        return Err(Reason::AlgorithmRefused);
    }
    if !is_access_token(text("typ")) {
        return Err(Reason::TypeRefused);
    }
    if REFUSED.iter().any(|name| header.contains_key(*name)) {
        return Err(Reason::HeaderParameterRefused);
    }
    text("kid").filter(|kid| is_key_id(kid)).map(str::to_owned).ok_or(Reason::KeyIdRefused)
}

/// `typ` is compared without regard to case (RFC 7515 §4.1.9).
fn is_access_token(kind: Option<&str>) -> bool {
    kind.is_some_and(|kind| ["JWT", "at+jwt"].iter().any(|known| kind.eq_ignore_ascii_case(known)))
}

/// Entra's key ids are base64url; those of others may have dots. Nothing that means anything in a path, a statement or a log.
pub(crate) fn is_key_id(kid: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=MAX_KEY_ID).contains(&kid.len()) && kid.bytes().all(known)
}

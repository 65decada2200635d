//! The keys of a tenant, as its key set tells them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::DecodingKey;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::KeyProblem;
use crate::json;
use crate::settings::with_tenant;
use crate::token::is_key_id;

/// The most keys that are read; Entra has some ten at a time.
const MAX_KEYS: usize = 256;

/// How long a modulus may be, in bits: shorter ones are weak, longer ones take long.
const MODULUS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// The keys of a tenant. Their order means nothing.
pub(crate) struct Ring {
    keys: Vec<Key>,
}

struct Key {
    id: String,
    /// The issuer that the key is for alone, with `{tenantid}` where it is for that of any tenant.
    issuer: Option<String>,
    key: DecodingKey,
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys.iter().map(|key| &key.id)).finish()
    }
}

impl Ring {
    /// Reads a key set (RFC 7517 §5). Keys that no token of ours is signed with are left out, as the standard asks for.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, KeyProblem> {
        let document = json::object(bytes).ok_or(KeyProblem::Unreadable)?;
        let keys = document.get("keys").and_then(Value::as_array).ok_or(KeyProblem::Unreadable)?;
        if keys.len() > MAX_KEYS {
            return Err(KeyProblem::Unreadable);
        }
        let keys: Vec<Key> = keys.iter().filter_map(Value::as_object).filter_map(key).collect();
        // A set without a key would lock everybody out.
        if keys.is_empty() { Err(KeyProblem::NoKeys) } else { Ok(Self { keys }) }
    }

    /// The keys of an id that may sign for an issuer of a tenant. Several keys may have one id, each for an issuer of its own.
    pub(crate) fn named(&self, kid: &str, issuer: &str, tenant: Uuid) -> Vec<DecodingKey> {
        let tenant = tenant.hyphenated().to_string();
        let signs = |key: &&Key| key.issuer.as_ref().is_none_or(|template| with_tenant(template, &tenant) == issuer);
        self.keys.iter().filter(|key| key.id == kid).filter(signs).map(|key| key.key.clone()).collect()
    }
}

fn key(fields: &Map<String, Value>) -> Option<Key> {
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let suits =
        text("kty") == Some("RSA") && text("use") == Some("sig") && text("alg").is_none_or(|alg| alg == "RS256");
    if !suits {
        return None;
    }
    let id = text("kid").filter(|kid| is_key_id(kid))?.to_owned();
    let number = |name: &str| URL_SAFE_NO_PAD.decode(text(name)?).ok();
    let (modulus, exponent) = (number("n")?, number("e")?);
    if !MODULUS.contains(&bits(&modulus)) || !(2..=64).contains(&bits(&exponent)) {
        return None;
    }
    let issuer = match fields.get("issuer") {
        None => None,
        Some(issuer) => Some(issuer.as_str()?.to_owned()),
    };
    Some(Key { id, issuer, key: DecodingKey::from_rsa_raw_components(&modulus, &exponent) })
}

/// How many bits a number has, of its bytes with the highest first.
fn bits(number: &[u8]) -> usize {
    let mut rest = number.iter().skip_while(|byte| **byte == 0);
    rest.next().map_or(0, |first| (8 - first.leading_zeros() as usize) + 8 * rest.count())
}

//! The keys of the issuer.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use super::IssuerError;

/// How many keys the key set holds at most; the oldest goes.
const MAX_KEYS: usize = 8;

/// Makes a key.
pub(super) fn key() -> Result<RsaKeyPair, IssuerError> {
    RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| IssuerError)
}

/// Keys, the newest first. The newest signs.
pub(super) struct Signing {
    newest: RsaKeyPair,
    older: Vec<RsaKeyPair>,
}

impl Signing {
    pub(super) fn new() -> Result<Self, IssuerError> {
        Ok(Self { newest: key()?, older: Vec::new() })
    }

    pub(super) fn add(&mut self, key: RsaKeyPair) {
        let old = std::mem::replace(&mut self.newest, key);
        self.older.insert(0, old);
        self.older.truncate(MAX_KEYS - 1);
    }

    pub(super) fn retire(&mut self) {
        self.older.clear();
    }

    pub(super) fn header(&self) -> Map<String, Value> {
        let header = [("typ", "JWT".to_owned()), ("alg", "RS256".to_owned()), ("kid", id(&self.newest))];
        header.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect()
    }

    pub(super) fn sign(&self, header: &Map<String, Value>, claims: &Map<String, Value>) -> Result<String, IssuerError> {
        let part = |members: &Map<String, Value>| {
            serde_json::to_vec(members).map(|bytes| URL_SAFE_NO_PAD.encode(bytes)).map_err(|_| IssuerError)
        };
        let signed = format!("{}.{}", part(header)?, part(claims)?);
        let mut signature = vec![0; self.newest.public_modulus_len()];
        let done = self.newest.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature);
        done.map_err(|_| IssuerError)?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The key set (RFC 7517); with an issuer each key says that it is for that alone, as those of version 2.0 do.
    pub(super) fn key_set(&self, issuer: Option<&str>) -> Value {
        let told = |key: &RsaKeyPair| {
            let (public, kid) = (key.public_key(), id(key));
            let modulus = URL_SAFE_NO_PAD.encode(public.modulus().big_endian_without_leading_zero());
            let exponent = URL_SAFE_NO_PAD.encode(public.exponent().big_endian_without_leading_zero());
            let mut told = json!({"kty": "RSA", "use": "sig", "kid": kid, "x5t": kid, "n": modulus, "e": exponent});
            if let (Some(issuer), Some(told)) = (issuer, told.as_object_mut()) {
                told.insert("issuer".to_owned(), issuer.into());
            }
            told
        };
        json!({"keys": std::iter::once(&self.newest).chain(&self.older).map(told).collect::<Vec<Value>>()})
    }
}

/// What a key is called: a digest of its modulus.
fn id(key: &RsaKeyPair) -> String {
    let digest = digest(&SHA256, key.public_key().modulus().big_endian_without_leading_zero());
    URL_SAFE_NO_PAD.encode(digest.as_ref())
}

//! JSON web tokens with RS256.

use aws_lc_rs::io::Positive;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value as Json, json};

/// The key every sandbox signs with. It is public on purpose: nothing outside of tests may trust it.
const TEST_KEY: &[u8] = include_bytes!("test-key.der");

/// Name of the key in headers and in the key set.
const KEY_ID: &str = "engage-sandbox";

/// Longest token that is read.
const MAX_TOKEN: usize = 16 * 1024;

/// Why a signer cannot be made or cannot sign.
#[derive(Debug, thiserror::Error)]
#[error("the signing key of the sandbox cannot be used")]
pub struct SignerError;

/// Signs and verifies tokens.
#[derive(Debug)]
pub struct Signer {
    key: RsaKeyPair,
}

impl Signer {
    /// The signer with the sandbox's own key.
    ///
    /// # Errors
    /// Never with the key that ships.
    pub fn new() -> Result<Signer, SignerError> {
        RsaKeyPair::from_pkcs8(TEST_KEY).map(|key| Signer { key }).map_err(|_| SignerError)
    }

    /// A signed token with these claims.
    ///
    /// # Errors
    /// When the system gives no randomness.
    pub fn sign(&self, claims: &Json) -> Result<String, SignerError> {
        let header = json!({"typ": "JWT", "alg": "RS256", "kid": KEY_ID});
        let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
        let signed = format!("{}.{}", part(&header), part(claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        let random = aws_lc_rs::rand::SystemRandom::new();
        self.key.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).map_err(|_| SignerError)?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The claims of a token this key has signed; none for any other text. Times are not looked at.
    pub fn read(&self, token: &str) -> Option<Map<String, Json>> {
        if token.len() > MAX_TOKEN {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, self.key.public_key());
        public.verify(signed.as_bytes(), &signature).ok()?;
        claims(signed)
    }

    /// The private key as PEM, for clients that sign assertions. It is as public as everything else about it.
    pub fn private_key(&self) -> String {
        let text = STANDARD.encode(TEST_KEY);
        let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
    }

    /// The JSON web key set with the public key.
    pub fn key_set(&self) -> Json {
        let public = self.key.public_key();
        let encode = |number: Positive<'_>| URL_SAFE_NO_PAD.encode(number.big_endian_without_leading_zero());
        json!({"keys": [{
            "kty": "RSA", "use": "sig", "alg": "RS256", "kid": KEY_ID,
            "n": encode(public.modulus()), "e": encode(public.exponent()),
        }]})
    }
}

fn claims(signed: &str) -> Option<Map<String, Json>> {
    let (_, payload) = signed.split_once('.')?;
    match serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()? {
        Json::Object(claims) => Some(claims),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_by_its_key_and_not_after_a_change() {
        let signer = Signer::new().unwrap();
        let token = signer.sign(&json!({"sub": "x"})).unwrap();
        assert_eq!(signer.read(&token).unwrap()["sub"], "x");
        let (_, rest) = token.split_once('.').unwrap();
        let (_, signature) = rest.split_once('.').unwrap();
        let forged = format!("e30.{}.{signature}", URL_SAFE_NO_PAD.encode("{\"sub\":\"y\"}"));
        assert!(signer.read(&forged).is_none());
        assert!(signer.read("").is_none());
    }
}

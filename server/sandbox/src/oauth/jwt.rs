//! JSON web tokens, with RS256 where we sign.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use aws_lc_rs::io::Positive;
use aws_lc_rs::signature::{
    KeyPair, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RSA_PSS_2048_8192_SHA256, RsaKeyPair,
    RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value as Json, json};

/// The key every sandbox signs with. It is public on purpose: nothing outside of tests may trust it.
const TEST_KEY: &[u8] = include_bytes!("test-key.der");

/// A certificate of that key, as public as the key.
const TEST_CERTIFICATE: &[u8] = include_bytes!("test-certificate.der");

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
        self.sign_with(&json!({"typ": "JWT", "alg": "RS256", "kid": KEY_ID}), claims)
    }

    /// A token with this header and these claims, signed with RS256 whatever the header says.
    pub(super) fn sign_with(&self, header: &Json, claims: &Json) -> Result<String, SignerError> {
        let part = |json: &Json| URL_SAFE_NO_PAD.encode(json.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        let random = aws_lc_rs::rand::SystemRandom::new();
        self.key.sign(&RSA_PKCS1_SHA256, &random, signed.as_bytes(), &mut signature).map_err(|_| SignerError)?;
        Ok(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }

    /// The claims of a token this key has signed; none for any other text. Times are not looked at.
    pub fn read(&self, token: &str) -> Option<Map<String, Json>> {
        let (header, claims) = self.verify(token)?;
        (header.get("alg")?.as_str() == Some("RS256")).then_some(claims)
    }

    /// Header and claims of a token that the key has signed with RS256 or PS256; none for any other text. Times are not
    /// looked at.
    pub fn verify(&self, token: &str) -> Option<(Map<String, Json>, Map<String, Json>)> {
        if token.len() > MAX_TOKEN {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let (header, claims) = (object(header)?, object(claims)?);
        let algorithm = match header.get("alg")?.as_str()? {
            "RS256" => &RSA_PKCS1_2048_8192_SHA256,
            "PS256" => &RSA_PSS_2048_8192_SHA256,
            _ => return None,
        };
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let public = UnparsedPublicKey::new(algorithm, self.key.public_key());
        public.verify(signed.as_bytes(), &signature).ok()?;
        Some((header, claims))
    }

    /// The SHA-1 and the SHA-256 of the certificate, as headers of tokens name it.
    pub fn thumbprints() -> (String, String) {
        let of = |algorithm| URL_SAFE_NO_PAD.encode(digest(algorithm, TEST_CERTIFICATE));
        (of(&SHA1_FOR_LEGACY_USE_ONLY), of(&SHA256))
    }

    /// The SHA-1 of the certificate in hexadecimal digits, as the directory shows it.
    pub fn certificate_thumbprint() -> String {
        let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, TEST_CERTIFICATE);
        digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect()
    }

    /// The certificate of the key as PEM, for applications that prove themselves with it.
    pub fn certificate() -> String {
        pem("CERTIFICATE", TEST_CERTIFICATE)
    }

    /// The private key as PEM, for clients that sign assertions. It is as public as everything else about it.
    pub fn private_key(&self) -> String {
        pem("PRIVATE KEY", TEST_KEY)
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

/// A key of another issuer.
#[derive(Debug)]
pub struct PublicKey(RsaPublicKeyComponents<Vec<u8>>);

impl PublicKey {
    /// The key of a member of a key set; none where it is no key of RSA.
    pub fn of(key: &Json) -> Option<PublicKey> {
        let number = |name: &str| URL_SAFE_NO_PAD.decode(key.get(name)?.as_str()?).ok();
        Some(PublicKey(RsaPublicKeyComponents { n: number("n")?, e: number("e")? }))
    }

    /// The claims of a token that the key has signed with RS256; none for any other text. Times are not looked at.
    pub fn read(&self, token: &str) -> Option<Map<String, Json>> {
        if token.len() > MAX_TOKEN {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        self.0.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature).ok()?;
        (object(header)?.get("alg")?.as_str() == Some("RS256")).then(|| object(claims)).flatten()
    }
}

fn object(part: &str) -> Option<Map<String, Json>> {
    match serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok()? {
        Json::Object(object) => Some(object),
        _ => None,
    }
}

fn pem(kind: &str, der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", lines.join("\n"))
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
        let unsigned = format!("{}.{}.", URL_SAFE_NO_PAD.encode("{\"alg\":\"none\"}"), URL_SAFE_NO_PAD.encode("{}"));
        assert!(signer.verify(&unsigned).is_none());
        let public = PublicKey::of(&signer.key_set()["keys"][0]).unwrap();
        assert_eq!(public.read(&token).unwrap()["sub"], "x");
        assert!(public.read(&forged).is_none() && public.read(&unsigned).is_none());
    }
}

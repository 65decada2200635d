//! AES-256-GCM (NIST SP 800-38D), with a nonce of 96 random bits.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use secrecy::zeroize::Zeroizing;

use super::random::Random;
use super::secret::Secret;
use crate::platform::StoreError;

/// The length of a key.
pub(super) const KEY: usize = 32;

/// What was sealed, and the nonce that it was sealed with.
pub(super) struct Sealed {
    pub(super) nonce: Vec<u8>,
    pub(super) bytes: Vec<u8>,
}

fn key(bytes: &Secret) -> Result<LessSafeKey, StoreError> {
    let key = UnboundKey::new(&AES_256_GCM, bytes.expose());
    key.map(LessSafeKey::new).map_err(|_| StoreError::corrupt("a key of another length"))
}

/// A new key.
pub(super) fn draw_key(random: &dyn Random) -> Result<Secret, StoreError> {
    let mut key = Zeroizing::new([0; KEY]);
    random.fill(&mut *key)?;
    Ok(Secret::new(key.to_vec()))
}

/// Seals a value: it opens with the same key and for the same purpose.
pub(super) fn seal(random: &dyn Random, with: &Secret, about: &[u8], value: &Secret) -> Result<Sealed, StoreError> {
    let mut nonce = [0; NONCE_LEN];
    random.fill(&mut nonce)?;
    let key = key(with)?;
    // Room for the tag, so that the value is not copied while it is in clear.
    let mut bytes = Vec::with_capacity(value.expose().len() + AES_256_GCM.tag_len());
    bytes.extend_from_slice(value.expose());
    let sealed = key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(about), &mut bytes);
    sealed.map_err(|_| StoreError::Refused { what: "a secret of that size" })?;
    Ok(Sealed { nonce: nonce.to_vec(), bytes })
}

/// Opens what was sealed; nothing where the key, the purpose or a bit of it is another.
pub(super) fn open(with: &Secret, about: &[u8], sealed: &Sealed) -> Result<Option<Secret>, StoreError> {
    let Ok(nonce) = Nonce::try_assume_unique_for_key(&sealed.nonce) else { return Ok(None) };
    let key = key(with)?;
    let mut bytes = Zeroizing::new(sealed.bytes.clone());
    let opened = key.open_in_place(nonce, Aad::from(about), &mut bytes);
    Ok(opened.ok().map(|value| Secret::new(value.to_vec())))
}

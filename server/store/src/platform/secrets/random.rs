//! Randomness, as it is given to whoever needs it.

use aws_lc_rs::rand::SecureRandom;

use super::secret::Secret;
use crate::platform::StoreError;

/// How long a token is, and what it is made of: what installers check for.
const TOKEN: usize = 32;
const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Where randomness comes from.
pub trait Random: Send + Sync {
    /// Fills bytes with randomness that nobody can foresee.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when the system has none.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), StoreError>;
}

/// The randomness of the system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), StoreError> {
        let drawn = aws_lc_rs::rand::SystemRandom::new().fill(bytes);
        drawn.map_err(|_| StoreError::unavailable("the system has no randomness"))
    }
}

/// Draws a token for SCIM: 32 letters and digits, each as likely as any other. It is shown once; what is kept is its
/// [`TokenDigest`](crate::platform::TokenDigest).
///
/// # Errors
/// Those of the randomness.
///
/// ```
/// use engage_store::platform::{SystemRandom, TokenDigest, draw_token};
/// # fn main() -> Result<(), engage_store::platform::StoreError> {
/// let token = draw_token(&SystemRandom)?;
/// let digest = token.expose_text().map(TokenDigest::of);
/// assert!(digest.is_some());
/// # Ok(())
/// # }
/// ```
pub fn draw_token(random: &dyn Random) -> Result<Secret, StoreError> {
    let mut token = Vec::with_capacity(TOKEN);
    while token.len() < TOKEN {
        let mut drawn = [0; TOKEN];
        random.fill(&mut drawn)?;
        // 62 letters go four times into 256; what is left over would make some of them likelier.
        let fair = drawn.iter().filter(|byte| usize::from(**byte) < 4 * LETTERS.len());
        let letters = fair.filter_map(|byte| LETTERS.get(usize::from(*byte) % LETTERS.len()));
        token.extend(letters.take(TOKEN - token.len()));
    }
    Ok(Secret::new(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_what_installers_check_for() {
        let tokens: Vec<Secret> = (0..100).map(|_| draw_token(&SystemRandom).unwrap()).collect();
        for token in &tokens {
            assert_eq!(token.expose().len(), 32);
            assert!(token.expose().iter().all(u8::is_ascii_alphanumeric));
        }
        assert_ne!(tokens[0].expose(), tokens[1].expose());
        let seen = |letter: &u8| tokens.iter().any(|token| token.expose().contains(letter));
        assert!(LETTERS.iter().all(seen), "3,200 letters, and one of 62 never");
    }
}

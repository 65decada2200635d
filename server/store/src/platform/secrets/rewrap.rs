//! Secrets under an old key come under the current one, while others read and write them.

use super::rows;
use super::vault::{Vault, of_key};
use crate::platform::StoreError;

/// What a re-wrapping has done, and what is left to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rewrapped {
    /// How many keys of secrets are now wrapped by the current key.
    pub done: u64,
    /// How many are not yet.
    pub left: u64,
}

impl Vault {
    /// Wraps the keys of some secrets by the current key instead of the one that they are wrapped by. Repeated until
    /// nothing is left, while others go on reading and writing; then the old key may go.
    ///
    /// # Errors
    /// [`StoreError::MissingKey`] and [`StoreError::Corrupt`] where one does not unwrap; what was done before stays done.
    pub async fn rewrap(&self, most: usize) -> Result<Rewrapped, StoreError> {
        let current = self.ring().current();
        let mut done = 0;
        for was in rows::others(&mut self.database().reader(), current.id(), most).await? {
            let key = self.unwrap(&was.info, &was.data_key).await?;
            let wrapped = current.wrap_key(&key, &was.info.name.about_key()).await;
            let wrapped = wrapped.map_err(|error| of_key(current, error))?;
            let input = (was, current.id().to_owned(), wrapped);
            let work = self.database().write(input, |tx, (was, to, wrapped)| {
                Box::pin(async move { rows::rewrap(tx, was, to, wrapped).await })
            });
            let moved: Result<bool, StoreError> = work.await;
            done += u64::from(moved?);
        }
        Ok(Rewrapped { done, left: rows::left(&mut self.database().reader(), current.id()).await? })
    }
}

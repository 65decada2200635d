//! What is so personal that it is kept nowhere in clear: somebody seals it, and gives back what stands for it.

use async_trait::async_trait;
use engage_store::platform::{StoreError, Tenancy};
use uuid::Uuid;

/// Seals personal ids.
#[async_trait]
pub trait Seal: Send + Sync {
    /// Keeps a value of a meeting under a seal; what stands for it says nothing of it.
    ///
    /// # Errors
    /// Those of the store, and of the key.
    async fn seal(&self, tenancy: &Tenancy, meeting: Uuid, value: &str) -> Result<String, StoreError>;
}

//! Rows to begin with, from YAML.
//!
//! ```yaml
//! kind: SandboxSeed
//! crm: dataverse
//! rows:
//!   accounts:
//!     - {accountid: 11111111-1111-1111-1111-111111111111, name: Northwind}
//!   contacts:
//!     - {lastname: Doe, parentcustomerid_account@odata.bind: /accounts(11111111-1111-1111-1111-111111111111)}
//! ```
//!
//! Collections and rows are in the CRM's own words, and are created in the order of the file as a client would.

use std::sync::Arc;

use serde::Deserialize;

use super::Service;

/// Largest seed file.
const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Why a seed is refused.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The file is larger than allowed.
    #[error("the seed file is larger than {MAX_BYTES} bytes")]
    TooLarge,
    /// The text is not YAML of the expected shape.
    #[error("the seed file cannot be read")]
    Shape(#[source] serde_yaml::Error),
    /// The file is of another kind, or for a CRM that is not served.
    #[error("the file is not a `SandboxSeed` of a CRM that is served")]
    NotOurs,
    /// The list of the seeds that a folder has had cannot be read or written.
    #[error("the list of the folder's seeds cannot be read or written")]
    List(#[source] std::io::Error),
    /// The CRM refuses a row.
    #[error("row {row} of `{collection}` is refused: {message}")]
    Refused {
        /// The collection.
        collection: String,
        /// Its position, from 1.
        row: usize,
        /// The CRM's words.
        message: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SeedIn {
    kind: String,
    crm: String,
    #[serde(default)]
    rows: serde_yaml::Mapping,
}

/// Creates the rows of a seed.
pub(crate) fn sow(text: &str, services: &[Arc<dyn Service>]) -> Result<(), SeedError> {
    if text.len() > MAX_BYTES {
        return Err(SeedError::TooLarge);
    }
    let seed: SeedIn = serde_yaml::from_str(text).map_err(SeedError::Shape)?;
    let service = services.iter().find(|service| service.name() == seed.crm && seed.kind == "SandboxSeed");
    let service = service.ok_or(SeedError::NotOurs)?;
    for (collection, rows) in seed.rows {
        let collection: String = serde_yaml::from_value(collection).map_err(SeedError::Shape)?;
        let rows: Vec<serde_json::Value> = serde_yaml::from_value(rows).map_err(SeedError::Shape)?;
        for (at, row) in rows.iter().enumerate() {
            service.seed(&collection, row).map_err(|message| SeedError::Refused {
                collection: collection.clone(),
                row: at + 1,
                message,
            })?;
        }
    }
    Ok(())
}

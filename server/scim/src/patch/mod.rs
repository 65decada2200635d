//! Changes of a resource (RFC 7644 §3.5.2), in the dialects of the clients that there are.
//!
//! Operations run in order on a copy: either all of them take effect or none does. Where clients and the standard differ:
//!
//! - `replace` of elements that are not there adds one, if the filter only says what the element is (`eq`, `and`).
//! - `remove` of a list with a `value` removes the elements listed there and not all.
//! - Names in a value without path are paths themselves; unknown ones are ignored as in POST, and so is what only the server
//!   writes, if it is what the server says already.

mod change;
mod draft;
mod elements;
mod named;
mod path;
mod remove;
mod request;

pub use path::Target;
pub use request::{MAX_OPERATIONS, Operation, PATCH_OP, Patch, PatchOp};

use crate::error::ScimError;
use crate::resource::{Outcome, Resource};
use draft::Draft;

impl Patch {
    /// What the operations make of a resource. It should be [`identified`](Resource::identified), so that a client may repeat
    /// what the server says.
    ///
    /// ```
    /// use engage_scim::{Patch, Resource, json::Limits, schema::USER};
    ///
    /// let user = Resource::from_bytes(&USER, br#"{"userName":"bo@x.dk"}"#, &Limits::default()).unwrap();
    /// let sent = br#"{"Operations":[{"op":"Replace","path":"addresses[type eq \"work\"].formatted","value":"Aarhus"}]}"#;
    /// let patch = Patch::from_bytes(sent, &Limits::default()).unwrap();
    /// let outcome = patch.apply(&user).unwrap();
    /// assert_eq!(outcome.resource.as_user().unwrap().location(), Some("Aarhus"));
    /// assert!(outcome.changed && !patch.apply(&outcome.resource).unwrap().changed);
    /// ```
    ///
    /// # Errors
    /// That of the first operation that cannot be done, with its number: `invalidPath`, `invalidFilter`, `invalidValue`,
    /// `mutability` or `noTarget`; `invalidValue` where the resource would lack what is required.
    pub fn apply(&self, resource: &Resource) -> Result<Outcome, ScimError> {
        let mut draft = Draft::new(resource);
        for (index, operation) in self.operations.iter().enumerate() {
            draft.run(operation).map_err(|error| error.at(&format!("operation {}", index + 1)))?;
        }
        draft.finish(resource)
    }
}

//! What a playbook is, in 64 hex digits: equal for playbooks that do the same.
//!
//! The digest stands in journals, so that its input is written out here field by field, and is the same whatever a later
//! version of this program calls its types. What only people see (names, descriptions, positions) is left out.

mod pattern;
mod playbook;

use sha2::{Digest as _, Sha256};

use crate::compiled::Node;
use crate::model::Playbook;
use crate::transform::to_canonical_text;

/// Changes when what is written out changes its meaning.
const VERSION: u32 = 1;

/// The digest of a playbook with all that it names.
pub(super) fn of(playbook: &Playbook, blocks: &[Node]) -> String {
    let written = serde_json::json!({
        "version": VERSION,
        "id": playbook.id,
        "deadline-ms": playbook.deadline.map(|deadline| deadline.as_millis().to_string()),
        "concurrency": playbook.concurrency,
        "blocks": blocks.iter().map(playbook::node).collect::<Vec<_>>(),
    });
    // Only a constant that a program made can be too deep to be written out; then the model is as good.
    let text = to_canonical_text(&written).unwrap_or_else(|| format!("{playbook:?}"));
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

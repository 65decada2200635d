//! Template: text out of its variables.

use serde_json::Value;

use super::Blocks;
use super::failure::permanent;
use crate::ports::{BlockCall, BlockDone, TemplateError};
use crate::run::BlockFailure;

pub(super) fn run(blocks: &Blocks, call: &BlockCall<'_>) -> Result<BlockDone, BlockFailure> {
    let template = call.node.template.as_deref().ok_or_else(|| permanent("internal", "the block has no template"))?;
    // The time is that of the run, so that an attempt after a crash renders the same.
    let text = blocks.templates.render(&template.source, &call.attempt.input, call.started_at);
    let text = text.map_err(|error| {
        let reason = match &error {
            TemplateError::Limit(_) => "limit",
            TemplateError::Render(_) => "render",
        };
        permanent(reason, error.to_string())
    })?;
    Ok(BlockDone { output: Value::String(text), trips: 0 })
}

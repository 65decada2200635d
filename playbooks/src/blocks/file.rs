//! File: a stored file, by id.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::Blocks;
use super::failure::{self, permanent};
use crate::ports::{BlockCall, BlockDone, FileError};
use crate::run::{BlockFailure, FailureKind};

pub(super) async fn run(blocks: &Blocks, call: &BlockCall<'_>, id: &str) -> Result<BlockDone, BlockFailure> {
    let file = blocks.files.file(&call.key.tenant, id).await.map_err(|error| match &error {
        FileError::NotFound => permanent("not-found", error.to_string()),
        FileError::Unavailable(_) => failure::of(FailureKind::Transient, "unavailable", error.to_string()),
    })?;
    let (size, most) = (file.content.len(), blocks.limits.file_bytes);
    if size > most {
        return Err(permanent("too-large", format!("the file has {size} bytes, at most {most} are allowed")));
    }
    let output = json!({
        "Id": id,
        "Name": file.name,
        "ContentType": file.content_type,
        "Size": size,
        "Content": STANDARD.encode(&file.content),
    });
    Ok(BlockDone { output, trips: 0 })
}

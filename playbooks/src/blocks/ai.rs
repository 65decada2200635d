//! Ai: a capability is asked.

use super::Blocks;
use super::failure::{self, permanent};
use crate::model::VersionChoice;
use crate::ports::ai::{AiBudget, AiCall};
use crate::ports::{BlockCall, BlockDone};
use crate::run::BlockFailure;

pub(super) async fn run(
    blocks: &Blocks,
    call: &BlockCall<'_>,
    choice: VersionChoice,
) -> Result<BlockDone, BlockFailure> {
    let left = blocks.left(call)?;
    let capability =
        call.node.capability.as_deref().ok_or_else(|| permanent("internal", "the block has no capability"))?;
    let wanted = match choice {
        VersionChoice::Pinned(number) => Some(number),
        VersionChoice::Latest => call.beginning.versions.get(&capability.id).copied(),
    };
    let wanted = wanted.or_else(|| capability.versions.iter().map(|version| version.number).max());
    let version = capability.versions.iter().find(|version| Some(version.number) == wanted);
    let version = version.ok_or_else(|| permanent("version", "the capability does not have this version"))?;
    let limits = blocks.limits.ai;
    let budget = AiBudget {
        max_output_tokens: version.max_tokens.unwrap_or(limits.max_output_tokens),
        time: left.map_or(limits.time, |left| left.min(limits.time)),
        ..limits
    };
    let run = call.key.run.to_string();
    let question = AiCall {
        capability: &capability.id,
        version: version.number,
        model: &version.model,
        prompt: &version.prompt,
        input: &call.attempt.input,
        output_schema: &version.output,
        budget,
        run: &run,
        block: call.attempt.block.as_str(),
    };
    call.host.may_send().await.map_err(|_| failure::halted())?;
    let answer = blocks.ai.answer(&question).await.map_err(|error| failure::of_ai(&error))?;
    Ok(BlockDone { output: answer.output, trips: answer.usage.asked })
}

//! Read, create and update: an operation of the engine on a pattern.

use engage_engine::acting::Identity;
use engage_engine::adapter::Adapter;
use engage_engine::catalog::Pattern;
use engage_engine::input::Input;
use engage_engine::plan::Operation;
use engage_engine::run::{Execution, RunError, RunErrorKind};

use super::Blocks;
use super::failure::{self, Circumstances, permanent};
use super::follow::{Follow, Withheld};
use super::gate::Gate;
use super::seated::Seated;
use crate::ports::{BlockCall, BlockDone, Halt};
use crate::run::BlockFailure;

pub(super) async fn run(blocks: &Blocks, call: &BlockCall<'_>) -> Result<BlockDone, BlockFailure> {
    let left = blocks.left(call)?;
    let missing = || permanent("internal", "the block has no pattern");
    let pattern = call.node.pattern_for(call.beginning.employee.is_some()).ok_or_else(missing)?;
    let operation = call.node.operation().ok_or_else(missing)?;
    let identity = identity(call, pattern)?;
    let connected = blocks.connections.connect(&call.key.tenant, &pattern.crm, &identity).await;
    let adapter = connected.map_err(|error| failure::of_connection(&error))?;
    let gate = Gate::new(&*adapter, call.host);
    let follow = Follow::new(blocks, call);
    let employee = matches!(identity, Identity::Employee(_));
    let seat = call.host.seat().filter(|_| operation == Operation::Read);
    let adapter = Seated { gate: &gate, seat };
    let execution = execution(blocks, call, pattern, operation, &adapter, identity)?.observer(&follow);
    let time = left.map_or(blocks.limits.time, |left| left.min(blocks.limits.time));
    let answer = execution.deadline(time).execute().await;
    if gate.halted() {
        return Err(failure::halted());
    }
    let known = Circumstances { once: follow.once(), employee };
    let trips = gate.trips();
    let outcome = answer.map_err(|error| {
        let failure = refused(&error).unwrap_or_else(|| failure::of_run(&error, known));
        BlockFailure { trips, ..failure }
    })?;
    Ok(BlockDone { output: outcome.to_json(), trips })
}

/// As whom: the application where the pattern says so by now, else the employee who acts in the run.
fn identity(call: &BlockCall<'_>, pattern: &Pattern) -> Result<Identity, BlockFailure> {
    match (&pattern.escalation, &call.beginning.employee) {
        (Some(_), _) => Ok(Identity::Application),
        (_, Some(employee)) => Ok(Identity::Employee(employee.clone())),
        (_, None) => Err(permanent("no-employee", "no employee acts in this run, and the block acts on behalf of one")),
    }
}

fn execution<'a>(
    blocks: &'a Blocks,
    call: &'a BlockCall<'a>,
    pattern: &'a Pattern,
    operation: Operation,
    adapter: &'a dyn Adapter,
    identity: Identity,
) -> Result<Execution<'a>, BlockFailure> {
    let json = call.attempt.prepared.as_ref().unwrap_or(&call.attempt.input);
    let input = Input::from_json(pattern, json).map_err(|problems| {
        let first = problems.first().map(ToString::to_string).unwrap_or_default();
        let others = problems.len().saturating_sub(1);
        let more = if others == 0 { String::new() } else { format!(" (and {others} more)") };
        permanent("input", format!("{first}{more}"))
    })?;
    let mut execution = Execution::new(pattern, operation, input, adapter, identity)
        .operation_key(call.key.run)
        .block(call.attempt.block.as_str())
        .run(&call.key.run.to_string())
        .clock(&*blocks.time)
        .retry(blocks.limits.retry)
        .budget(blocks.limits.budget);
    if operation == Operation::Read {
        for part in &pattern.parts {
            let fields = call.node.select.get(&part.ref_id).cloned().unwrap_or_default();
            execution = execution.select(&part.ref_id, fields);
        }
    }
    Ok(execution)
}

/// What this module itself refused before the first write.
fn refused(error: &RunError) -> Option<BlockFailure> {
    let RunErrorKind::Refused(source) = &error.kind else { return None };
    if source.is::<Halt>() {
        return Some(failure::halted());
    }
    source.downcast_ref::<Withheld>().map(|withheld| withheld.0.clone())
}

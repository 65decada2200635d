//! The headline of a plan.

use super::{Answer, Figures, GroupKind, Guard, Step, StepAction, WireGroup};
use crate::adapter::Capabilities;
use crate::catalog::Pattern;

/// What only the maker of the steps knows.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The input settles the number of requests.
    pub(super) exact: bool,
    /// A match is looked up before its write.
    pub(super) race: bool,
    /// Existing records are changed, and every change sends the version that was read.
    pub(super) guard: Option<bool>,
}

/// The figures of steps and groups.
pub(super) fn figures(
    pattern: &Pattern,
    capabilities: &Capabilities,
    steps: &[Step],
    groups: &[WireGroup],
    known: &Known,
) -> Figures {
    let over_fetch = steps.iter().any(|step| matches!(&step.action, StepAction::Read(read) if read.over_fetch));
    Figures {
        depth: groups.iter().map(|group| group.trip).max().unwrap_or(0),
        round_trips: groups.len(),
        round_trips_exact: known.exact,
        server_operations: server_operations(steps, groups),
        atomic: atomic(steps, groups),
        once: once(pattern, capabilities, steps, groups),
        guard: match known.guard {
            None => Guard::NotApplicable,
            Some(true) => Guard::Etag,
            Some(false) => Guard::None,
        },
        race: known.race,
        over_fetch,
    }
}

/// One per query, whatever it joins, and one per write or look-up inside a group; embedded records are part of their
/// parent's write.
fn server_operations(steps: &[Step], groups: &[WireGroup]) -> usize {
    let members = groups.iter().flat_map(|group| &group.members);
    let operations = members.map(|member| match steps.get(member.step).map(|step| &step.action) {
        Some(StepAction::Read(read)) => usize::from(!read.by.is_nested()),
        _ => member.to.saturating_sub(member.from),
    });
    operations.sum()
}

fn writes(steps: &[Step], group: &WireGroup) -> usize {
    let members = group.members.iter().filter(|member| {
        let action = steps.get(member.step).map(|step| &step.action);
        !matches!(action, Some(StepAction::Read(_) | StepAction::Find { .. }))
    });
    members.map(|member| member.to.saturating_sub(member.from)).sum()
}

fn atomic(steps: &[Step], groups: &[WireGroup]) -> Answer {
    let mut writing = groups.iter().map(|group| (group, writes(steps, group))).filter(|(_, writes)| *writes > 0);
    match (writing.next(), writing.next()) {
        (None, _) => Answer::NotApplicable,
        (Some((group, writes)), None) if writes == 1 || group.kind == GroupKind::Atomic => Answer::Yes,
        _ => Answer::No,
    }
}

/// Changes, deletions and writes by key can be repeated; what is made carries a key of ours, or stands in an atomic
/// group with something that does.
fn once(pattern: &Pattern, capabilities: &Capabilities, steps: &[Step], groups: &[WireGroup]) -> Answer {
    let keyed = |step: &Step| {
        let entity = pattern.parts.get(step.position).map(|part| &part.entity);
        capabilities.caller_ids || entity.is_some_and(|entity| entity.idempotency.is_some())
    };
    let mut any = false;
    let mut safe = true;
    for group in groups {
        any |= writes(steps, group) > 0;
        let mut created = group
            .members
            .iter()
            .filter_map(|member| steps.get(member.step).filter(|step| matches!(step.action, StepAction::Create)));
        safe &= match group.kind {
            GroupKind::Atomic => {
                let mut created = created.peekable();
                created.peek().is_none() || created.any(keyed)
            }
            GroupKind::Read | GroupKind::Batch => created.all(keyed),
        };
    }
    match (any, safe) {
        (false, _) => Answer::NotApplicable,
        (true, true) => Answer::Yes,
        (true, false) => Answer::No,
    }
}

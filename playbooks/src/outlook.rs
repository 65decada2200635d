//! Outlook: how a playbook will run on a CRM, before it does: what waits for what, how many calls deep it is, and how many
//! requests it takes.
//!
//! Time is counted in calls: a request to the CRM or to an AI is one, what runs here takes none. A block starts when
//! everything that it needs is done, so that a run takes as many calls one after the other as its critical path has.

mod shared;
mod text;

use engage_engine::ids::{CrmName, RefId, SemanticId};
use engage_engine::plan::{Answer, PlanProblem, plan};
use engage_engine::{Acting, Capabilities};
use serde::Serialize;

use crate::compiled::{Compiled, Node};
use crate::model::BlockKind;
use crate::run::MOST_AT_ONCE;

/// How a playbook will run. The same playbook and capabilities give the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outlook {
    /// The playbook.
    pub playbook: SemanticId,
    /// The CRM.
    pub crm: CrmName,
    /// Calls one after the other from the start to the end.
    pub depth: usize,
    /// Requests to the CRM in all; one that several reads share counts once.
    pub round_trips: usize,
    /// Whether that number is settled: no block may be skipped, nothing that is read decides on further requests, and no
    /// bound keeps apart what starts together. Else it is a forecast, in which every list has one element.
    pub exact: bool,
    /// Questions to an AI. One that is answered wrongly is asked again, which is not counted.
    pub ai_calls: usize,
    /// The most blocks that call at the same time.
    pub width: usize,
    /// Blocks by when they start.
    pub stages: Vec<Stage>,
    /// The blocks that call on a longest way to the end, in order.
    pub critical_path: Vec<RefId>,
    /// Reads that share requests with each other.
    pub shared_reads: Vec<SharedReads>,
}

/// Reads that start at the same time under one identity and travel together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SharedReads {
    /// In display order.
    pub blocks: Vec<RefId>,
    /// Requests that they take together.
    pub round_trips: usize,
}

/// Blocks that start at the same time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stage {
    /// After how many calls.
    pub after: usize,
    /// In display order.
    pub blocks: Vec<Step>,
}

/// One block.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// The block.
    pub block: RefId,
    /// What it is: `read`, `template`.
    pub kind: &'static str,
    /// What it names: a pattern, a template, a capability, a kind of trigger.
    pub names: Option<String>,
    /// The blocks that it needs.
    pub needs: Vec<RefId>,
    /// Whether it may be skipped.
    pub may_skip: bool,
    /// Under whose authority it calls the CRM.
    pub acting: Option<Acting>,
    /// Calls one after the other that it takes itself.
    pub calls: usize,
    /// Requests that it takes by itself.
    pub round_trips: usize,
    /// Whether that number is settled, where the block is not skipped.
    pub exact: bool,
    /// Whether a repeat after a crash cannot write twice.
    pub once: Answer,
}

/// That a block cannot be planned on a CRM.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{block}` cannot be planned: {}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct Unplanned {
    /// The block.
    pub block: RefId,
    /// Why.
    pub problems: Vec<PlanProblem>,
}

impl Outlook {
    /// How a playbook will run with what a CRM can do.
    ///
    /// ```
    /// use engage_playbooks::outlook::Outlook;
    /// # mod greeting { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/greeting.rs")); }
    /// # use greeting::*;
    /// let outlook = Outlook::of(&compiled(), &can()).unwrap();
    /// assert_eq!((outlook.depth, outlook.round_trips, outlook.exact), (0, 0, true), "it asks nobody");
    /// assert!(outlook.explain().starts_with("playbook greeting on crm-a"));
    /// ```
    ///
    /// # Errors
    /// [`Unplanned`] where a block's operation cannot be done on this CRM.
    pub fn of(playbook: &Compiled, capabilities: &Capabilities) -> Result<Self, Unplanned> {
        let mut steps = Vec::with_capacity(playbook.blocks.len());
        for node in &playbook.blocks {
            steps.push(step(playbook, node, capabilities)?);
        }
        let times = Times::new(playbook, &steps);
        let depth = times.done.iter().copied().max().unwrap_or(0);
        let width = times.width(&steps);
        let (shared_reads, saved) = shared::reads(playbook, capabilities);
        let exact = steps.iter().all(|step| step.exact && !step.may_skip) && !kept_apart(width, &shared_reads);
        let asks = |node: &&Node| matches!(node.block.kind, BlockKind::Ai { .. });
        Ok(Self {
            playbook: playbook.id.clone(),
            crm: playbook.crm.clone(),
            depth,
            round_trips: steps.iter().map(|step| step.round_trips).sum::<usize>().saturating_sub(saved),
            exact,
            ai_calls: playbook.blocks.iter().filter(asks).count(),
            width,
            critical_path: times.critical_path(playbook, &steps),
            shared_reads,
            stages: stages(steps, &times),
        })
    }

    /// The outlook as JSON.
    pub fn to_json(&self) -> serde_json::Value {
        // Nothing in it can fail to be written: there are no maps with keys that are no text.
        serde_json::to_value(self).unwrap_or_default()
    }

    /// The outlook as text, one thing per line.
    pub fn explain(&self) -> String {
        self.to_string()
    }
}

/// Whether there may be too much at the same time for all to travel together that could.
fn kept_apart(width: usize, shared_reads: &[SharedReads]) -> bool {
    width > MOST_AT_ONCE && !shared_reads.is_empty()
}

fn step(playbook: &Compiled, node: &Node, capabilities: &Capabilities) -> Result<Step, Unplanned> {
    let block = &node.block;
    let mut step = Step {
        block: block.name.clone(),
        kind: kind(&block.kind),
        names: names(&block.kind),
        needs: node.needs.iter().filter_map(|need| Some(playbook.blocks.get(*need)?.block.name.clone())).collect(),
        may_skip: block.when.is_some(),
        acting: node.acting.clone(),
        calls: usize::from(node.calls()),
        round_trips: 0,
        exact: true,
        once: Answer::NotApplicable,
    };
    if let (Some(operation), Some(pattern), Some(shape)) = (node.operation(), &node.pattern, &node.planned) {
        let planned = plan(pattern, operation, shape, capabilities);
        let plan = planned.map_err(|problems| Unplanned { block: block.name.clone(), problems })?;
        step.calls = plan.figures.depth;
        step.round_trips = plan.figures.round_trips;
        step.exact = plan.figures.round_trips_exact;
        step.once = plan.figures.once;
    }
    Ok(step)
}

/// The word for a kind of block, as it is written.
fn kind(kind: &BlockKind) -> &'static str {
    match kind {
        BlockKind::Trigger(_) => "trigger",
        BlockKind::Read { .. } => "read",
        BlockKind::Filter { .. } => "filter",
        BlockKind::Create { .. } => "create",
        BlockKind::Update { .. } => "update",
        BlockKind::Template { .. } => "template",
        BlockKind::Ai { .. } => "ai",
        BlockKind::Output { .. } => "output",
        BlockKind::Input(_) => "input",
        BlockKind::File { .. } => "file",
    }
}

fn names(kind: &BlockKind) -> Option<String> {
    match kind {
        BlockKind::Trigger(trigger) => Some(trigger.kind.to_string()),
        BlockKind::Read { pattern } | BlockKind::Create { pattern } | BlockKind::Update { pattern } => {
            Some(pattern.to_string())
        }
        BlockKind::Filter { pattern, part, .. } => Some(format!("{pattern}.{part}")),
        BlockKind::Template { template } => Some(template.to_string()),
        BlockKind::Ai { capability, .. } => Some(capability.to_string()),
        BlockKind::Output { .. } | BlockKind::Input(_) | BlockKind::File { .. } => None,
    }
}

/// When each block starts and is done, counted in calls.
struct Times {
    start: Vec<usize>,
    done: Vec<usize>,
}

impl Times {
    /// Needs stand before what needs them, so that one look is enough.
    fn new(playbook: &Compiled, steps: &[Step]) -> Self {
        let mut times = Self { start: Vec::new(), done: Vec::new() };
        for (node, step) in playbook.blocks.iter().zip(steps) {
            let start = node.needs.iter().filter_map(|need| times.done.get(*need)).copied().max().unwrap_or(0);
            times.start.push(start);
            times.done.push(start + step.calls);
        }
        times
    }

    /// The most blocks that are on their way at once.
    fn width(&self, steps: &[Step]) -> usize {
        let spans: Vec<(usize, usize)> = (self.start.iter().copied().zip(self.done.iter().copied()).zip(steps))
            .filter(|(_, step)| step.calls > 0)
            .map(|(span, _)| span)
            .collect();
        let at_once = |moment: usize| spans.iter().filter(|(start, done)| (*start..*done).contains(&moment)).count();
        spans.iter().map(|(start, _)| at_once(*start)).max().unwrap_or(0)
    }

    /// Back from the first block that is done last, each time to the need that was done last.
    fn critical_path(&self, playbook: &Compiled, steps: &[Step]) -> Vec<RefId> {
        let latest = |positions: &mut dyn Iterator<Item = usize>| -> Option<usize> {
            positions.max_by_key(|position| (self.done.get(*position), std::cmp::Reverse(*position)))
        };
        let mut path = Vec::new();
        let mut here = latest(&mut (0..steps.len()));
        while let Some((step, node)) = here.and_then(|at| Some((steps.get(at)?, playbook.blocks.get(at)?))) {
            if step.calls > 0 {
                path.push(step.block.clone());
            }
            here = latest(&mut node.needs.iter().copied());
        }
        path.reverse();
        path
    }
}

fn stages(steps: Vec<Step>, times: &Times) -> Vec<Stage> {
    let mut stages = std::collections::BTreeMap::<usize, Vec<Step>>::new();
    for (step, start) in steps.into_iter().zip(&times.start) {
        stages.entry(*start).or_default().push(step);
    }
    stages.into_iter().map(|(after, blocks)| Stage { after, blocks }).collect()
}

#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

//! From facts to lanes.

use engage_engine::ids::RefId;
use jiff::Timestamp;

use super::story::{Step, Story};
use super::{Lane, LaneState, Phase, Shape, ShapeBlock, Span, Timeline};
use crate::run::{BlockFailure, Fact, RunOutcome, RunState};

impl Timeline {
    /// The timeline of a run, as far as its facts go. `shape` is that of its playbook; without one (`None`) there are
    /// only the blocks that have facts, and nobody is seen to wait. `now` ends what has no end yet.
    pub fn of(facts: &[Fact], shape: Option<&Shape>, now: Timestamp) -> Self {
        let own;
        let shape = match shape {
            Some(shape) => shape,
            None => {
                own = Shape::of_facts(facts);
                &own
            }
        };
        let story = Story::of(facts, shape);
        let state = story.state();
        let from = story.began.unwrap_or(now);
        let to = story.ended.as_ref().map_or_else(|| now.max(from), |(at, _)| *at);
        let passed = passed(shape, &story);
        let mut lanes: Vec<Lane> = Vec::new();
        for (position, block) in shape.blocks.iter().enumerate() {
            let mut writer = Writer::new(block, &lanes, from, to);
            for (at, step) in story.blocks.get(&block.name).into_iter().flatten() {
                writer.step(*at, step);
            }
            let passed = state == RunState::Succeeded || passed.get(position) == Some(&true);
            lanes.push(writer.finish(passed, state.at_an_end()));
        }
        let mut timeline = Self {
            playbook: story.playbook.clone(),
            state,
            from,
            to,
            trips: lanes.iter().map(|lane| lane.trips).sum(),
            lanes,
            closed: shape.closed || story.closed,
            failure: None,
            cancelled_by: None,
        };
        let closed = timeline.closed;
        timeline.end(story.ended.map(|(_, outcome)| if closed { outcome.closed() } else { outcome }));
        timeline.mark();
        if closed {
            timeline.lanes.clear();
        }
        timeline
    }

    /// Says how the run ended, and where: a block that is never attempted fails without a fact of its own.
    fn end(&mut self, outcome: Option<RunOutcome>) {
        match outcome {
            Some(RunOutcome::Failed { block, failure }) => {
                let failed = self.lanes.iter_mut().find(|lane| Some(&lane.block) == block.as_ref());
                if let Some(lane) = failed.filter(|lane| lane.state != LaneState::Failed) {
                    lane.state = LaneState::Failed;
                    lane.settled = None;
                    lane.failure = Some(failure.clone());
                }
                self.failure = Some(failure);
            }
            Some(RunOutcome::Cancelled { by }) => self.cancelled_by = Some(by),
            Some(RunOutcome::Succeeded { .. }) | None => {}
        }
    }

    /// Marks the path that decided how long a run took that is at its end: back from the block that ended last.
    fn mark(&mut self) {
        if !self.state.at_an_end() {
            return;
        }
        let ends = |lane: &Lane| match lane.state {
            LaneState::Failed => Some(lane.spans.last().map_or(self.to, |span| span.to)),
            _ => lane.settled,
        };
        let last = self.lanes.iter().enumerate().filter_map(|(at, lane)| Some((ends(lane)?, at))).max();
        let mut next = last.map(|(_, position)| position);
        while let Some(lane) = next.and_then(|position| self.lanes.get_mut(position)) {
            lane.critical = true;
            next = lane.held_by;
        }
    }
}

impl Shape {
    /// The blocks that facts speak of, in the order in which they do.
    fn of_facts(facts: &[Fact]) -> Self {
        let mut shape = Self::default();
        for name in facts.iter().filter_map(|fact| fact.kind.block()) {
            if shape.blocks.iter().all(|block| block.name != *name) {
                let (name, title) = (name.clone(), String::new());
                shape.blocks.push(ShapeBlock { name, title, kind: "", attempted: true, after: Vec::new() });
            }
        }
        shape
    }

    /// A block and all behind it.
    pub(super) fn from(&self, first: &RefId) -> Vec<RefId> {
        let mut found = vec![false; self.blocks.len()];
        for (position, block) in self.blocks.iter().enumerate() {
            let behind = block.after.iter().any(|before| found.get(*before) == Some(&true));
            if let Some(mark) = found.get_mut(position) {
                *mark = behind || block.name == *first;
            }
        }
        self.blocks.iter().zip(found).filter(|(_, found)| *found).map(|(block, _)| block.name.clone()).collect()
    }
}

/// The blocks behind which another has begun: they are done, or were skipped.
fn passed(shape: &Shape, story: &Story) -> Vec<bool> {
    let mut passed = vec![false; shape.blocks.len()];
    for (position, block) in shape.blocks.iter().enumerate().rev() {
        let last = story.blocks.get(&block.name).and_then(|steps| steps.last());
        let begun = last.is_some_and(|(_, step)| *step != Step::Reset);
        if begun || passed.get(position) == Some(&true) {
            for before in &block.after {
                passed.get_mut(*before).into_iter().for_each(|mark| *mark = true);
            }
        }
    }
    passed
}

/// Writes one lane, step by step.
struct Writer<'s> {
    block: &'s ShapeBlock,
    lane: Lane,
    /// What it does, since when.
    open: Option<(Phase, Timestamp)>,
    /// From when on it waits: the run's begin, or that of a retry; `None` once it has been attempted.
    waits_since: Option<Timestamp>,
    /// When all before it were at their end.
    ready: Option<Timestamp>,
    end: Timestamp,
}

impl<'s> Writer<'s> {
    fn new(block: &'s ShapeBlock, before: &[Lane], from: Timestamp, end: Timestamp) -> Self {
        let settled = |position: &usize| before.get(*position).and_then(|lane| Some((lane.settled?, *position)));
        let all: Option<Vec<(Timestamp, usize)>> = block.after.iter().map(settled).collect();
        let last = block.after.iter().filter_map(settled).max();
        let ready = all.map(|all| all.iter().map(|(at, _)| *at).max().unwrap_or(from));
        let lane = Lane {
            block: block.name.clone(),
            title: block.title.clone(),
            kind: block.kind,
            after: block.after.clone(),
            held_by: last.map(|(_, position)| position),
            state: LaneState::Waiting,
            spans: Vec::new(),
            settled: None,
            attempts: 0,
            trips: 0,
            retry_at: None,
            failure: None,
            critical: false,
        };
        Self { block, lane, open: None, waits_since: Some(from), ready, end }
    }

    fn step(&mut self, at: Timestamp, step: &Step) {
        match step {
            Step::Attempted(attempt) => {
                self.waited(at);
                // One that is attempted while it runs was cut off.
                self.close(at, true);
                self.lane.attempts = self.lane.attempts.max(*attempt);
                self.go(LaneState::Running, Phase::Running { attempt: *attempt, failed: false }, at);
            }
            Step::Done { trips } => {
                self.waited(at);
                self.close(at, false);
                self.sent(*trips);
                (self.lane.state, self.lane.settled, self.lane.failure) = (LaneState::Done, Some(at), None);
            }
            Step::Failed { failure, again } => {
                self.close(at, true);
                self.sent(failure.trips);
                self.lane.failure = Some(failure.clone());
                self.lane.retry_at = *again;
                match again {
                    Some(_) => self.go(LaneState::Paused, Phase::Paused, at),
                    None => self.lane.state = LaneState::Failed,
                }
            }
            Step::NeedsIdentity { trips } => {
                self.close(at, false);
                self.sent(*trips);
                self.go(LaneState::NeedsIdentity, Phase::NeedsIdentity, at);
            }
            Step::Identified => {
                self.close(at, false);
                self.go(LaneState::Ready, Phase::Ready, at);
            }
            Step::Reset => {
                self.close(at, false);
                (self.lane.state, self.lane.settled, self.lane.retry_at) = (LaneState::Waiting, None, None);
                self.waits_since = Some(at);
            }
        }
    }

    /// Requests went out.
    fn sent(&mut self, trips: u32) {
        self.lane.trips = self.lane.trips.saturating_add(trips);
    }

    fn go(&mut self, state: LaneState, phase: Phase, at: Timestamp) {
        if phase != Phase::Paused {
            self.lane.retry_at = None;
        }
        self.lane.state = state;
        self.open = Some((phase, at));
    }

    fn close(&mut self, at: Timestamp, failed: bool) {
        let Some((phase, from)) = self.open.take() else { return };
        let phase = match phase {
            Phase::Running { attempt, .. } => Phase::Running { attempt, failed },
            other => other,
        };
        self.span(phase, from, at);
    }

    fn span(&mut self, phase: Phase, from: Timestamp, to: Timestamp) {
        if to > from || matches!(phase, Phase::Running { .. }) {
            self.lane.spans.push(Span { phase, from, to: to.max(from) });
        }
    }

    /// What came before its first attempt: it waited for others, then for its turn.
    fn waited(&mut self, until: Timestamp) {
        let Some(since) = self.waits_since.take() else { return };
        let ready = self.ready.unwrap_or(until).clamp(since, until.max(since));
        self.span(Phase::Waiting, since, ready);
        self.span(Phase::Ready, ready, until);
    }

    fn finish(mut self, passed: bool, over: bool) -> Lane {
        if let Some(since) = self.waits_since {
            self.unattempted(since, passed);
        }
        let end = self.end;
        self.close(end, false);
        let unsettled = !matches!(self.lane.state, LaneState::Done | LaneState::Skipped | LaneState::Failed);
        if over && unsettled {
            (self.lane.state, self.lane.retry_at) = (LaneState::Stopped, None);
        }
        self.lane
    }

    /// A block without an attempt: it still waits, it was passed over, or it is one that is never attempted.
    fn unattempted(&mut self, since: Timestamp, passed: bool) {
        let Some(ready) = self.ready else {
            self.waited(self.end);
            return;
        };
        if self.block.attempted && !passed {
            self.waited(self.end);
            self.lane.state = LaneState::Ready;
            return;
        }
        let ready = ready.max(since);
        self.waited(ready);
        self.lane.state = if self.block.attempted { LaneState::Skipped } else { LaneState::Done };
        self.lane.settled = Some(ready);
    }
}

impl Lane {
    /// Why its last attempt failed, for people: the word, then the sentence.
    pub fn why(&self) -> Option<String> {
        self.failure.as_ref().map(|BlockFailure { reason, message, .. }| format!("{reason}: {message}"))
    }
}

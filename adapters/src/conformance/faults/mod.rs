//! The second part of the suite: every fault at every request, and then the same operation again as a user would.
//!
//! Operations run through the engine's executor, each of them first without a fault: that tells how many requests
//! there are and how it ends. Afterwards nothing is lost, nothing is there twice, and the end is the same. Where a plan
//! does not promise to write once (nothing that is made carries a key), an answer that is lost ends as
//! [`OutcomeUnknown`](RunErrorKind::OutcomeUnknown), with no more in the CRM than the one attempt can have written.

mod scenes;
mod state;
mod trouble;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use engage_engine::adapter::{Adapter, AdapterErrorKind};
use engage_engine::plan::{Answer, InputShape, plan};
use engage_engine::run::{Clock, Done, Execution, RunError, RunErrorKind};
use engage_engine::{Identity, Input, Operation};
use serde_json::Value as Json;
use uuid::Uuid;

use super::Fixture;
use super::bench::{Bench, Outcome, ensure, same};
use super::report::{Ran, Report};
use scenes::{Scene, scenes};
use state::{Line, answer, beyond, state};
pub use trouble::Trouble;

/// What a request was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum About {
    /// It asks for a token. One that is refused is no passing trouble.
    Token,
    /// It asks what tables and columns there are. Whatever becomes of it, nothing is written by it.
    Names,
    /// It reads or writes records.
    Records,
}

/// A way to the CRM that fails when told to. Counting starts anew with every [`calm`](Wire::calm).
#[async_trait]
pub trait Wire: Fixture {
    /// Another adapter over the rows that are there, as after a restart: it has no token and no metadata yet.
    async fn again(&self) -> Arc<dyn Adapter>;

    /// Nothing goes wrong from now on, and no request has been sent.
    async fn calm(&self);

    /// The requests since, in order.
    async fn sent(&self) -> Vec<About>;

    /// The request of this number (from 0, counted since [`calm`](Wire::calm)) meets the trouble. `false`: there is no
    /// such trouble on this wire.
    async fn arm(&self, request: usize, trouble: Trouble) -> bool;
}

/// Runs every operation with every fault at every request.
pub async fn faults(wire: &impl Wire) -> Report {
    let mut report = Report::default();
    for scene in scenes() {
        let name = |trouble: Option<Trouble>| {
            trouble.map_or_else(|| scene.name.to_owned(), |trouble| format!("{}, {trouble}", scene.name))
        };
        match Calm::run(wire, &scene).await {
            Err(why) => report.ran.push(Ran { test: name(None), notes: Vec::new(), failed: Some(why) }),
            Ok(None) => {
                let notes = vec!["not asked: the CRM refuses what it is made of".to_owned()];
                report.ran.push(Ran { test: name(None), notes, failed: None });
            }
            Ok(Some(calm)) => {
                for trouble in Trouble::ALL {
                    let mut notes = Vec::new();
                    let failed = calm.endure(wire, &scene, trouble, &mut notes).await.err();
                    report.ran.push(Ran { test: name(Some(trouble)), notes, failed });
                }
            }
        }
    }
    report
}

/// An operation without a fault.
struct Calm {
    sent: Vec<About>,
    before: Vec<Line>,
    after: Vec<Line>,
    answer: Vec<String>,
    /// A repeat cannot write twice: the plan says so, or nothing is made.
    once: bool,
}

impl Calm {
    async fn run(wire: &impl Wire, scene: &Scene) -> Result<Option<Self>, String> {
        let Some((bench, input)) = stage(wire, scene).await? else { return Ok(None) };
        let before = state(&bench).await?;
        let adapter = wire.again().await;
        wire.calm().await;
        let outcome = execute(&bench, scene, &input, adapter.as_ref()).await?;
        let sent = wire.sent().await;
        let outcome = outcome.map_err(|error| format!("without a fault: {}", told(&error)))?;
        ensure(!sent.is_empty(), || "no request is seen on the wire".to_owned())?;
        let made = outcome
            .effects()
            .is_some_and(|effects| effects.parts.values().flatten().any(|effect| effect.outcome == Done::Created));
        let (after, once) = (state(&bench).await?, !made || once(&bench, scene, &input)?);
        Ok(Some(Self { sent, before, after, answer: answer(&outcome), once }))
    }

    /// One trouble, at every request.
    async fn endure(&self, wire: &impl Wire, scene: &Scene, trouble: Trouble, notes: &mut Vec<String>) -> Outcome {
        let mut unknown = 0;
        for (request, about) in self.sent.iter().enumerate() {
            let at = |why: String| format!("at request {request} ({about:?}): {why}");
            let Some((bench, input)) = stage(wire, scene).await? else { return Ok(()) };
            let adapter = wire.again().await;
            wire.calm().await;
            if !wire.arm(request, trouble).await {
                notes.push("not asked: there is no such trouble on this wire".to_owned());
                return Ok(());
            }
            let first = execute(&bench, scene, &input, adapter.as_ref()).await?;
            wire.calm().await;
            let found = state(&bench).await.map_err(at)?;
            let ended = self.judge(trouble, *about, first, &found).map_err(at)?;
            unknown += usize::from(ended == Ended::Unknown);
            // Without a key the repeat of what took effect, or may have, is another operation.
            if !self.once && ended != Ended::NotDone {
                continue;
            }
            let again = execute(&bench, scene, &input, adapter.as_ref()).await?;
            let again = again.map_err(|error| at(format!("then again: {}", told(&error))))?;
            same("what it says again", &answer(&again), &self.answer).map_err(at)?;
            same("what is there after it again", &state(&bench).await?, &self.after).map_err(at)?;
        }
        notes.push(format!("{} requests", self.sent.len()));
        if unknown > 0 {
            notes.push(format!("told as unknown: {unknown}"));
        }
        let unsure = !self.once && trouble.is_ambiguous();
        ensure(!unsure || unknown > 0, || "a lost answer without a key was not told as unknown".to_owned())
    }

    /// Whether the first execution ended as it may.
    fn judge(
        &self,
        trouble: Trouble,
        about: About,
        first: Result<engage_engine::run::Outcome, RunError>,
        found: &[Line],
    ) -> Result<Ended, String> {
        let unsure = (!self.once || trouble.lasts()) && trouble.is_ambiguous() && about == About::Records;
        // An endpoint of tokens knows neither rows nor quotas: whatever it refuses, it refuses the credentials.
        let refusals = [Trouble::Unauthenticated, Trouble::Locked, Trouble::Throttled];
        let refused = about == About::Token && refusals.contains(&trouble);
        match first {
            Ok(outcome) => {
                same("what it says", &answer(&outcome), &self.answer)?;
                same("what is there", &found, &self.after.as_slice())?;
                Ok(Ended::Done)
            }
            Err(error) if unsure && matches!(error.kind, RunErrorKind::OutcomeUnknown(_)) => {
                self.between(found)?;
                Ok(Ended::Unknown)
            }
            Err(error) if trouble.lasts() || refused && is_refusal(&error) => {
                ensure(!matches!(error.kind, RunErrorKind::OutcomeUnknown(_)), || told(&error))?;
                // Of groups that are not atomic the first may have taken effect; then the error says so.
                if error.context.effects.any() {
                    self.between(found)?;
                    return Ok(Ended::InPart);
                }
                same("what is there", &found, &self.before.as_slice())?;
                Ok(Ended::NotDone)
            }
            Err(error) => Err(told(&error)),
        }
    }

    /// That neither less nor more is there than an execution that stopped on its way leaves.
    fn between(&self, found: &[Line]) -> Outcome {
        let beyond = beyond(found, &self.before, &self.after);
        ensure(beyond.is_empty(), || format!("lost or doubled: {}", beyond.join("; ")))
    }
}

/// How an execution ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// As without a fault.
    Done,
    /// Certainly not at all.
    NotDone,
    /// Certainly in part.
    InPart,
    /// Nobody knows, and that is what it says.
    Unknown,
}

fn is_refusal(error: &RunError) -> bool {
    matches!(&error.kind, RunErrorKind::Adapter(error) if error.kind == AdapterErrorKind::Unauthenticated)
}

/// An error with its cause.
fn told(error: &RunError) -> String {
    use std::error::Error;
    let cause = error.source().map(|cause| format!(": {cause}"));
    let below = error.source().and_then(Error::source).map(|cause| format!(": {cause}"));
    format!("{error}{}{}", cause.unwrap_or_default(), below.unwrap_or_default())
}

/// An empty CRM with what a scene needs; `None` where that cannot be.
async fn stage(wire: &impl Wire, scene: &Scene) -> Result<Option<(Bench, Json)>, String> {
    wire.calm().await;
    let adapter = wire.fresh().await;
    let terms = wire.terms(adapter.crm());
    let bench = Bench::new(adapter, terms);
    if !scene.asked(&bench) {
        return Ok(None);
    }
    let input = scene.prepare(&bench).await?;
    Ok(Some((bench, input)))
}

/// Runs the operation under the same key each time.
async fn execute(
    bench: &Bench,
    scene: &Scene,
    input: &Json,
    adapter: &dyn Adapter,
) -> Result<Result<engage_engine::run::Outcome, RunError>, String> {
    let pattern = bench.pattern(scene.pattern)?;
    let input = Input::from_json(&pattern, input).map_err(|problems| format!("the input: {problems:?}"))?;
    let execution = Execution::new(&pattern, scene.operation, input, adapter, Identity::Application);
    Ok(execution.operation_key(Uuid::from_u128(7)).clock(&Still).execute().await)
}

/// Whether the plan says that a repeat cannot write twice; a plan that writes nothing cannot.
fn once(bench: &Bench, scene: &Scene, input: &Json) -> Result<bool, String> {
    if scene.operation == Operation::Read {
        return Ok(true);
    }
    let pattern = bench.pattern(scene.pattern)?;
    let input = Input::from_json(&pattern, input).map_err(|problems| format!("the input: {problems:?}"))?;
    let plan = plan(&pattern, scene.operation, &InputShape::of(&pattern, &input), bench.can());
    let plan = plan.map_err(|problems| format!("the plan: {problems:?}"))?;
    Ok(plan.figures.once != Answer::No)
}

/// A clock on which waiting takes no time.
struct Still;

#[async_trait]
impl Clock for Still {
    fn now(&self) -> Duration {
        Duration::ZERO
    }

    async fn sleep(&self, _: Duration) {}
}

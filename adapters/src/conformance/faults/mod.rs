//! The second part of the suite: every fault at every request, and then the same operation again as a user would.
//!
//! Operations run through the engine's executor, each of them first without a fault: that tells how many requests
//! there are and how it ends. Afterwards nothing is lost, nothing is there twice, and the end is the same. Where a plan
//! does not promise to write once (nothing that is made carries a key), an answer that is lost ends as
//! [`OutcomeUnknown`](RunErrorKind::OutcomeUnknown), with no more in the CRM than the one attempt can have written.

mod scenes;
mod state;

use std::fmt;
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
use state::{answer, beyond, state};

/// What goes wrong on the way, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Trouble {
    /// The connection is cut before anything took effect.
    CutBefore,
    /// The request takes effect, and no answer comes.
    CutAfter,
    /// 503: nothing took effect.
    Unavailable,
    /// 429 with a second to wait.
    Throttled,
    /// The token is refused.
    Unauthenticated,
    /// Somebody else holds a row.
    Locked,
    /// The request takes effect, and the answer breaks off.
    Truncated,
    /// The answer comes in small pieces.
    Slow,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::CutBefore,
        Self::CutAfter,
        Self::Unavailable,
        Self::Throttled,
        Self::Unauthenticated,
        Self::Locked,
        Self::Truncated,
        Self::Slow,
    ];

    /// Whether nobody can tell from it whether the request took effect.
    fn is_ambiguous(self) -> bool {
        matches!(self, Self::CutBefore | Self::CutAfter | Self::Truncated)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CutBefore => "cut before",
            Self::CutAfter => "cut after",
            Self::Unavailable => "unavailable",
            Self::Throttled => "throttled",
            Self::Unauthenticated => "unauthenticated",
            Self::Locked => "locked",
            Self::Truncated => "truncated",
            Self::Slow => "slow",
        })
    }
}

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
    before: Vec<String>,
    after: Vec<String>,
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
            if self.judge(trouble, *about, first, &found).map_err(at)? {
                unknown += 1;
                continue;
            }
            // Without a key a repeat is another operation.
            if !self.once {
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

    /// Whether the first execution ended as it may; `true`: nobody knows how, and that is what it says.
    fn judge(
        &self,
        trouble: Trouble,
        about: About,
        first: Result<engage_engine::run::Outcome, RunError>,
        found: &[String],
    ) -> Result<bool, String> {
        let unsure = !self.once && trouble.is_ambiguous() && about == About::Records;
        // An endpoint of tokens knows neither rows nor quotas: whatever it refuses, it refuses the credentials.
        let refusals = [Trouble::Unauthenticated, Trouble::Locked, Trouble::Throttled];
        let refused = about == About::Token && refusals.contains(&trouble);
        match first {
            Ok(outcome) => {
                same("what it says", &answer(&outcome), &self.answer)?;
                same("what is there", &found, &self.after.as_slice())?;
                Ok(false)
            }
            Err(error) if unsure && matches!(error.kind, RunErrorKind::OutcomeUnknown(_)) => {
                let beyond = beyond(found, &self.before, &self.after);
                ensure(beyond.is_empty(), || format!("lost or doubled: {}", beyond.join("; ")))?;
                Ok(true)
            }
            Err(error) if refused && is_refusal(&error) => {
                same("what is there", &found, &self.before.as_slice())?;
                Ok(false)
            }
            Err(error) => Err(told(&error)),
        }
    }
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

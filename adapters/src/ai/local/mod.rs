//! A model that is none: answers by fixtures, and where there is none, one made from the schema. For tests, for the
//! simulator and for work without an endpoint.
//!
//! The same calls in the same order get the same answers, on any machine: no randomness, and no time but what an injected clock
//! is asked to wait.

mod fixture;
mod generate;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use engage_engine::run::Clock;
use engage_playbooks::ports::ai::{Ai, AiAnswer, AiCall, AiError, AiErrorKind, Usage};

use super::guard;
use super::schema::Shape;

use fixture::Says;
pub use fixture::{Fixture, FixtureError};

/// The code of a call whose schema asks for something that is not made up here, as a pattern: it takes a fixture.
const NEEDS_FIXTURE: &str = "needs-a-fixture";
/// Bytes for which a token is counted.
const BYTES_PER_TOKEN: u64 = 4;

/// The local model as an [`Ai`].
///
/// The first fixture that fits a call and is not used up answers it. A fixture's output is held against the schema as any
/// model's is, though not asked for twice. Tokens are counted as one for four bytes.
///
/// ```
/// use engage_adapters::ai::local::{Fixture, Local};
///
/// let summary = Fixture::output("customer-summary".parse().unwrap(), serde_json::json!({"summary": "A good customer"}));
/// let ai = Local::new(vec![summary]);
/// # let _: &dyn engage_playbooks::ports::ai::Ai = &ai;
/// ```
#[derive(Default)]
pub struct Local {
    fixtures: Vec<Fixture>,
    /// How often each fixture has answered.
    used: Mutex<Vec<u32>>,
    pace: Option<(Arc<dyn Clock>, Duration)>,
}

impl fmt::Debug for Local {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Local").field("fixtures", &self.fixtures).finish_non_exhaustive()
    }
}

impl Local {
    /// With fixtures, tried in their order.
    pub fn new(fixtures: Vec<Fixture>) -> Self {
        let used = Mutex::new(vec![0; fixtures.len()]);
        Self { fixtures, used, pace: None }
    }

    /// Takes its time: what a fixture says, else `usual`. Without a clock every answer is there at once.
    #[must_use]
    pub fn paced(self, clock: Arc<dyn Clock>, usual: Duration) -> Self {
        Self { pace: Some((clock, usual)), ..self }
    }

    /// The fixture that answers, counted as used.
    fn fixture(&self, call: &AiCall<'_>) -> Option<&Fixture> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |(fixture, used): &(&Fixture, &mut u32)| fixture.fits(call, **used);
        let (fixture, used) = self.fixtures.iter().zip(used.iter_mut()).find(fits)?;
        *used = used.saturating_add(1);
        Some(fixture)
    }

    /// # Errors
    /// `Deadline` when the answer would come too late.
    async fn wait(&self, call: &AiCall<'_>, fixture: Option<&Fixture>) -> Result<(), AiErrorKind> {
        let Some((clock, usual)) = &self.pace else { return Ok(()) };
        let takes = fixture.and_then(|fixture| fixture.takes).unwrap_or(*usual);
        clock.sleep(takes.min(call.budget.time)).await;
        if takes < call.budget.time { Ok(()) } else { Err(AiErrorKind::Deadline) }
    }
}

#[async_trait]
impl Ai for Local {
    async fn answer(&self, call: &AiCall<'_>) -> Result<AiAnswer, AiError> {
        let shape = guard::shape(call)?;
        let fixture = self.fixture(call);
        let waited = self.wait(call, fixture).await;
        let said = waited.and_then(|()| output(call, fixture, &shape));
        let asked = Usage {
            input_tokens: tokens(call.prompt.len() + call.input.to_string().len()),
            output_tokens: 0,
            asked: 1,
        };
        match said {
            Ok(output) => {
                let output_tokens = tokens(output.to_string().len());
                Ok(AiAnswer { output, usage: Usage { output_tokens, ..asked } })
            }
            Err(kind) => Err(AiError { usage: asked, ..AiError::new(call, kind) }),
        }
    }
}

fn output(call: &AiCall<'_>, fixture: Option<&Fixture>, shape: &Shape) -> Result<serde_json::Value, AiErrorKind> {
    let needs_fixture = || AiErrorKind::Rejected { reason: NEEDS_FIXTURE.to_owned() };
    let Some(fixture) = fixture else {
        let made = generate::output(call).ok_or_else(needs_fixture)?;
        return shape.check(&made).map(|()| made).map_err(|_| needs_fixture());
    };
    match &fixture.says {
        Says::Fails(kind) => Err(kind.clone()),
        Says::Output(output) => shape.check(output).map(|()| output.clone()),
    }
}

fn tokens(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX).div_ceil(BYTES_PER_TOKEN)
}

#[cfg(test)]
mod tests;

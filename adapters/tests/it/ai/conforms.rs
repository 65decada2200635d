//! Both adapters under the suite, and adapters with mistakes that it finds.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use engage_adapters::ai::conformance::{self, Puppet, Turn as Play};
use engage_adapters::ai::local::{Fixture, Local};
use engage_engine::run::Clock;
use engage_playbooks::ports::ai::{Ai, AiAnswer, AiCall, AiError, AiErrorKind, Usage};
use serde_json::{Value as Json, json};
use tokio::sync::OnceCell;

use super::deadline::Manual;
use super::stub::{Stub, Turn, message, status, text};
use super::{config, openai};

/// A chat completion endpoint that does as it is told.
#[derive(Default)]
struct Endpoint(Mutex<Option<(Arc<Stub>, Arc<Manual>)>>);

impl Endpoint {
    fn last(&self) -> (Arc<Stub>, Arc<Manual>) {
        self.0.lock().unwrap().clone().unwrap()
    }
}

fn turn(play: Play) -> Turn {
    match play {
        Play::Writes(words) => text(&words),
        Play::Throttles(after) => status(429, json!({})).header("retry-after", &after.as_secs().to_string()),
        Play::IsDown => status(503, json!({"error": {"message": "inputword"}})),
        Play::Refuses => message(json!({"content": null, "refusal": "no answerword"}), "stop"),
        Play::IsCutOff => message(json!({"content": "{\"summary\": \"answerword"}), "length"),
        Play::Hangs => Turn::Never,
    }
}

#[async_trait]
impl Puppet for Endpoint {
    async fn adapter(&self, plays: Vec<Play>) -> Option<Arc<dyn Ai>> {
        let stub = Arc::new(Stub::start(plays.into_iter().map(turn)).await);
        let clock = Manual::new();
        let ai = openai(config(&stub.url), clock.clone());
        *self.0.lock().unwrap() = Some((stub, clock));
        Some(Arc::new(ai))
    }

    async fn asked(&self) -> Option<u32> {
        Some(self.last().0.seen().len().try_into().unwrap())
    }

    async fn pass(&self, time: Duration) {
        let (stub, clock) = self.last();
        stub.came().await;
        clock.advance(time);
    }
}

#[tokio::test]
async fn the_endpoint_conforms_in_everything() {
    let report = conformance::run(&Endpoint::default()).await;
    assert_eq!((report.failures(), report.ran.len()), (Vec::new(), 13), "{report}");
    assert!(report.ran.iter().all(|ran| ran.notes.is_empty()), "{report}");
}

/// A clock whose time passes as soon as somebody waits.
struct Hasty;

#[async_trait]
impl Clock for Hasty {
    fn now(&self) -> Duration {
        Duration::ZERO
    }

    async fn sleep(&self, _: Duration) {}
}

struct Fixtures;

#[async_trait]
impl Puppet for Fixtures {
    async fn adapter(&self, plays: Vec<Play>) -> Option<Arc<dyn Ai>> {
        let capability = conformance::capability();
        let fixture = |play| {
            let error = |kind| Fixture::error(capability.clone(), kind);
            let fixture = match play {
                Play::Writes(words) => match serde_json::from_str(&words) {
                    Ok(output) => Fixture::output(capability.clone(), output),
                    Err(_) => error(AiErrorKind::NotJson),
                },
                Play::Throttles(after) => error(AiErrorKind::Throttled { after: Some(after) }),
                Play::IsDown => error(AiErrorKind::Unavailable),
                Play::Refuses => error(AiErrorKind::Refused),
                Play::IsCutOff => error(AiErrorKind::Truncated),
                Play::Hangs => error(AiErrorKind::Unknown).takes(Duration::from_secs(86_400)),
            };
            fixture.times(1)
        };
        let ai = Local::new(plays.into_iter().map(fixture).collect()).paced(Arc::new(Hasty), Duration::ZERO);
        Some(Arc::new(ai))
    }
}

#[tokio::test]
async fn the_local_model_conforms_in_everything() {
    let report = conformance::run(&Fixtures).await;
    assert_eq!((report.failures(), report.ran.len()), (Vec::new(), 13), "{report}");
    assert!(report.ran.iter().all(|ran| ran.notes.is_empty()), "{report}");
}

/// A way to get it wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mistake {
    TakesAnything,
    ForgetsTheRule,
    AsksThrice,
    RepairsJson,
    DropsTheWait,
    Retries,
    TakesCutsForAnswers,
    CallsRefusalsUnknown,
    SendsWhateverTheSize,
    SendsAnySchema,
    NeverStops,
    BreaksWhenDropped,
    QuotesTheAnswer,
    ForgetsTheRun,
    MiscountsAsks,
}

/// An adapter that gets one thing wrong, around one that gets all right.
struct Wrong {
    mistake: Mistake,
    inner: Arc<dyn Ai>,
    plays: Mutex<VecDeque<Play>>,
    begun: OnceCell<()>,
    asked: Arc<Mutex<u32>>,
}

impl Wrong {
    fn next(&self) -> Option<Play> {
        *self.asked.lock().unwrap() += 1;
        self.plays.lock().unwrap().pop_front()
    }

    fn answered(output: Json, asked: u32) -> Result<AiAnswer, AiError> {
        Ok(AiAnswer { output, usage: Usage { asked, ..Usage::default() } })
    }

    /// What the mistake makes of a call; `None` where it makes no difference.
    fn makes_of(&self, call: &AiCall<'_>) -> Option<Result<AiAnswer, AiError>> {
        let play = self.plays.lock().unwrap().front().cloned();
        let fails = |kind| Some(Err(AiError::new(call, kind)));
        let json = |words: &str| serde_json::from_str::<Json>(words).ok();
        match (self.mistake, play?) {
            (Mistake::TakesAnything, Play::Writes(words)) => Some(Self::answered(json(&words)?, 1)),
            (Mistake::ForgetsTheRule, Play::Writes(words)) if words.contains("02-31") => {
                fails(AiErrorKind::BadAnswer { problems: Vec::new() })
            }
            (Mistake::AsksThrice, Play::Writes(words)) if words.contains("02-31") => {
                let words = std::iter::from_fn(|| self.next()).take(3).last();
                let Some(Play::Writes(words)) = words else {
                    return fails(AiErrorKind::BadAnswer { problems: vec!["due".to_owned()] });
                };
                Some(Self::answered(json(&words)?, 3))
            }
            (Mistake::RepairsJson, Play::Writes(words)) if json(&words).is_none() => {
                Some(Self::answered(json!({"summary": words, "due": "2030-01-31"}), 1))
            }
            (Mistake::DropsTheWait, Play::Throttles(_)) => fails(AiErrorKind::Throttled { after: None }),
            (Mistake::Retries, Play::IsDown) => {
                let again = std::iter::from_fn(|| self.next()).take(2).last();
                if let Some(Play::Writes(words)) = again {
                    Some(Self::answered(json(&words)?, 1))
                } else {
                    fails(AiErrorKind::Unavailable)
                }
            }
            (Mistake::TakesCutsForAnswers, Play::IsCutOff) => fails(AiErrorKind::NotJson),
            (Mistake::CallsRefusalsUnknown, Play::Refuses) => fails(AiErrorKind::Unknown),
            (Mistake::SendsWhateverTheSize, _) if call.input.to_string().len() > call.budget.max_input_bytes => {
                Some(Self::answered(json!({}), 1))
            }
            (Mistake::SendsAnySchema, _) if call.output_schema.get("properties").is_none() => {
                self.next();
                fails(AiErrorKind::Rejected { reason: "schema".to_owned() })
            }
            (Mistake::NeverStops, Play::Hangs) => fails(AiErrorKind::Unknown),
            (Mistake::QuotesTheAnswer, Play::Writes(words)) if words.contains("02-31") => {
                fails(AiErrorKind::BadAnswer { problems: vec![format!("due in {words}")] })
            }
            _ => None,
        }
    }
}

#[async_trait]
impl Ai for Wrong {
    async fn answer(&self, call: &AiCall<'_>) -> Result<AiAnswer, AiError> {
        if self.mistake == Mistake::BreaksWhenDropped {
            if self.begun.initialized() {
                return Err(AiError::new(call, AiErrorKind::Unknown));
            }
            self.begun.set(()).unwrap();
            tokio::task::yield_now().await;
        }
        if let Some(made) = self.makes_of(call) {
            return made;
        }
        let got = self.inner.answer(call).await;
        match (self.mistake, got) {
            (Mistake::ForgetsTheRun, Err(error)) => {
                let nameless = AiCall { run: "", ..*call };
                Err(AiError { usage: error.usage, ..AiError::new(&nameless, error.kind) })
            }
            (Mistake::MiscountsAsks, Ok(answer)) => Self::answered(answer.output, 0),
            (_, got) => got,
        }
    }
}

struct Mistaken {
    mistake: Mistake,
    asked: Arc<Mutex<u32>>,
}

#[async_trait]
impl Puppet for Mistaken {
    async fn adapter(&self, plays: Vec<Play>) -> Option<Arc<dyn Ai>> {
        *self.asked.lock().unwrap() = 0;
        let inner = Fixtures.adapter(plays.clone()).await?;
        let plays = Mutex::new(plays.into());
        Some(Arc::new(Wrong { mistake: self.mistake, inner, plays, begun: OnceCell::new(), asked: self.asked.clone() }))
    }

    async fn asked(&self) -> Option<u32> {
        Some(*self.asked.lock().unwrap())
    }
}

#[tokio::test]
async fn the_suite_finds_every_mistake() {
    let mistakes = [
        (Mistake::TakesAnything, "what_does_not_fit_never_comes_through"),
        (Mistake::ForgetsTheRule, "what_does_not_fit_never_comes_through"),
        (Mistake::AsksThrice, "what_does_not_fit_never_comes_through"),
        (Mistake::RepairsJson, "no_json_is_told"),
        (Mistake::DropsTheWait, "limits_are_handed_on"),
        (Mistake::Retries, "nobody_retries"),
        (Mistake::TakesCutsForAnswers, "refusals_and_cuts"),
        (Mistake::CallsRefusalsUnknown, "refusals_and_cuts"),
        (Mistake::SendsWhateverTheSize, "budgets_before_anything_is_sent"),
        (Mistake::SendsAnySchema, "wrong_schemas"),
        (Mistake::NeverStops, "time_ends_the_call"),
        (Mistake::BreaksWhenDropped, "a_dropped_call"),
        (Mistake::QuotesTheAnswer, "nothing_private_in_errors"),
        (Mistake::ForgetsTheRun, "nothing_private_in_errors"),
        (Mistake::MiscountsAsks, "what_fits_is_taken"),
    ];
    for (mistake, test) in mistakes {
        let report = conformance::run(&Mistaken { mistake, asked: Arc::default() }).await;
        assert!(
            report.failures().iter().any(|failure| failure.test == test),
            "{mistake:?} is not found by {test}:\n{report}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_played_is_told() {
    struct Nothing;
    #[async_trait]
    impl Puppet for Nothing {
        async fn adapter(&self, _: Vec<Play>) -> Option<Arc<dyn Ai>> {
            None
        }
    }
    let report = conformance::run(&Nothing).await;
    assert_eq!(report.failures(), []);
    assert!(report.ran.iter().all(|ran| ran.notes.len() == 1), "{report}");
}

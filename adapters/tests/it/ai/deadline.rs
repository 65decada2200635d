//! Time, by a clock that the test moves.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use engage_engine::run::Clock;
use engage_playbooks::ports::ai::{AiBudget, AiErrorKind};
use futures_util::future::join;
use tokio::sync::watch;

use super::stub::{Stub, Turn, text};
use super::{Question, config, good, openai};

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub(super) struct Manual {
    now: watch::Sender<Duration>,
    slept: Mutex<Vec<Duration>>,
}

impl Manual {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self { now: watch::Sender::new(Duration::ZERO), slept: Mutex::default() })
    }

    pub(super) fn advance(&self, by: Duration) {
        self.now.send_modify(|now| *now += by);
    }
}

#[async_trait]
impl Clock for Manual {
    fn now(&self) -> Duration {
        *self.now.borrow()
    }

    async fn sleep(&self, duration: Duration) {
        self.slept.lock().unwrap().push(duration);
        let until = self.now() + duration;
        self.now.subscribe().wait_for(|now| *now >= until).await.unwrap();
    }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn five_seconds() -> Question {
    let usual = Question::default();
    Question { budget: AiBudget { time: seconds(5), ..usual.budget }, ..usual }
}

#[tokio::test]
async fn a_model_that_says_nothing_is_left_when_the_time_is_over() {
    let (stub, clock) = (Stub::start([Turn::Never]).await, Manual::new());
    let ai = openai(config(&stub.url), clock.clone());
    let question = five_seconds();
    let time_passes = async {
        stub.came().await;
        clock.advance(seconds(5));
    };
    let (answer, ()) = join(question.ask(&ai), time_passes).await;
    let error = answer.unwrap_err();
    assert_eq!((error.kind.clone(), error.usage.asked, error.is_retryable()), (AiErrorKind::Deadline, 1, false));
}

#[tokio::test]
async fn the_second_ask_has_what_the_first_left() {
    let (stub, clock) = (Stub::start([text("{}"), Turn::Never]).await, Manual::new());
    let ai = openai(config(&stub.url), clock.clone());
    let question = five_seconds();
    let time_passes = async {
        stub.came().await;
        clock.advance(seconds(3));
        stub.came().await;
        clock.advance(seconds(2));
    };
    let (answer, ()) = join(question.ask(&ai), time_passes).await;
    let error = answer.unwrap_err();
    assert_eq!((error.kind, error.usage.asked, error.usage.input_tokens), (AiErrorKind::Deadline, 2, 100));
    assert_eq!(*clock.slept.lock().unwrap(), [seconds(5), seconds(2)]);
}

#[tokio::test]
async fn waiting_for_a_turn_counts() {
    let (stub, clock) = (Stub::start([Turn::Never, text(&good().to_string())]).await, Manual::new());
    let mut config = config(&stub.url);
    config.http.concurrency = 1;
    let ai = openai(config, clock.clone());
    let (short, long) = (five_seconds(), Question::default());
    let time_passes = async {
        stub.came().await;
        clock.advance(seconds(5));
    };
    // The first is given up, and its place is the second's, which still has time.
    let (first, (second, ())) = join(short.ask(&ai), join(long.ask(&ai), time_passes)).await;
    assert_eq!(first.unwrap_err().kind, AiErrorKind::Deadline);
    assert_eq!(second.unwrap().output, good());
}

#[tokio::test]
async fn a_call_that_is_dropped_leaves_nothing_behind() {
    let (stub, clock) = (Stub::start([Turn::Never, text(&good().to_string())]).await, Manual::new());
    let mut config = config(&stub.url);
    config.http.concurrency = 1;
    let ai = openai(config, clock);
    let question = Question::default();
    tokio::select! {
        _ = question.ask(&ai) => panic!("nobody answers"),
        () = stub.came() => {}
    }
    assert_eq!(question.ask(&ai).await.unwrap().output, good());
}

//! What a run makes of a server that stops answering.

use std::cell::{Cell, RefCell};

use serde_json::json;
use uuid::Uuid;

use super::super::message::Body;
use super::super::script::Names;
use super::*;

/// A server that lists nothing, and answers so often.
struct Tired {
    answers: Cell<usize>,
    why: NoAnswer,
    log: RefCell<Vec<String>>,
}

impl Tired {
    fn after(answers: usize, why: NoAnswer) -> Self {
        Self { answers: Cell::new(answers), why, log: RefCell::default() }
    }
}

impl Wire for Tired {
    async fn send(&self, request: &Request) -> Result<Answer, NoAnswer> {
        self.log.borrow_mut().push(request.to_string());
        let left = self.answers.get().checked_sub(1).ok_or_else(|| self.why.clone())?;
        self.answers.set(left);
        let (status, body) = match request.path.as_slice() {
            [kind] if kind == "Users" && request.body.is_some() => (201, json!({ "id": "u1" })),
            _ => (200, json!({ "Resources": [] })),
        };
        let (media, location, etag, challenge) = (None, None, None, None);
        Ok(Answer { status, media, location, etag, challenge, body: Body::Json(body) })
    }
}

async fn run<'a>(wire: &'a Tired, token: &'a Token) -> Result<Run<'a, Tired>, NoAnswer> {
    let mut next = 0;
    let names = Names::new(&mut || {
        next += 1;
        Uuid::from_u128(next)
    });
    let mut run = Run::new(wire, token, Known::new(names, false));
    run.checks(std::future::pending(), &mut |_| {}).await?;
    run.clean_up().await;
    Ok(run)
}

fn outcomes<W>(run: &Run<'_, W>, outcome: Outcome) -> usize {
    run.told.iter().filter(|told| told.outcome == outcome).count()
}

#[tokio::test]
async fn a_server_that_never_answers_is_no_report() {
    let token = Token::argument("t").unwrap();
    for why in [NoAnswer::NotInTime(30), NoAnswer::NoConnection("refused".to_owned())] {
        let wire = Tired::after(0, why.clone());
        assert_eq!(run(&wire, &token).await.err(), Some(why));
        assert_eq!(wire.log.borrow().len(), 1);
    }
}

#[tokio::test]
async fn silence_is_borne_three_times_and_a_connection_that_is_gone_once() {
    let token = Token::argument("t").unwrap();
    for (why, borne) in [(NoAnswer::NotInTime(30), 3), (NoAnswer::NoConnection("refused".to_owned()), 1)] {
        let wire = Tired::after(1, why.clone());
        let run = run(&wire, &token).await.unwrap();
        assert_eq!(run.end, End::Silent(why));
        assert_eq!((outcomes(&run, Outcome::Passed), outcomes(&run, Outcome::Failed)), (1, borne), "{:?}", run.told);
        assert_eq!(run.told.len(), PARTS.iter().map(|part| part.checks.len()).sum::<usize>(), "all are told");
        assert_eq!(wire.log.borrow().len(), 1 + borne, "nothing was made, nothing is asked for");
        assert_eq!(run.left(), [""; 0]);
        let failed = run.told.iter().find(|told| told.outcome == Outcome::Failed).unwrap();
        assert_eq!(failed.exchanges.last().unwrap().status, None);
    }
}

#[tokio::test]
async fn what_was_made_before_silence_is_tried_to_be_removed_and_told() {
    let token = Token::argument("t").unwrap();
    // As many answers as there are requests up to the creation of the user, and none after it.
    let all = Tired::after(usize::MAX, NoAnswer::TooLarge);
    run(&all, &token).await.unwrap();
    let made = all.log.borrow().iter().position(|line| line == "POST /Users").unwrap();
    let wire = Tired::after(made + 1, NoAnswer::NoConnection("reset".to_owned()));
    let run = run(&wire, &token).await.unwrap();
    assert_eq!(run.left(), ["/Users/u1"]);
    assert!(wire.log.borrow().contains(&"DELETE /Users/u1".to_owned()));
}

//! The tests, one for each promise of the contract.

use std::time::Duration;

use engage_playbooks::ports::ai::{AiBudget, AiErrorKind, AiLimit};
use futures_util::future::{join, join_all};
use futures_util::poll;
use serde_json::{Value as Json, json};

use super::question::{Outcome, PRIVATE, Question, answers, bad, ensure, fails, good};
use super::{Puppet, Turn};

/// The adapter for these turns; where it cannot be had, the test says so and ends.
macro_rules! adapter {
    ($puppet:expr, $turns:expr) => {{
        let turns: Vec<Turn> = $turns;
        let unplayed = format!("{turns:?} cannot be played");
        match $puppet.adapter(turns).await {
            Some(ai) => ai,
            None => return Ok(Some(unplayed)),
        }
    }};
}

fn writes(output: &Json) -> Turn {
    Turn::Writes(output.to_string())
}

/// That the model was asked so often, as far as anybody counts.
async fn asked(puppet: &impl Puppet, what: &str, most: u32) -> Result<(), String> {
    let count = puppet.asked().await;
    ensure(count.is_none_or(|count| count <= most), || format!("{what}: the model was asked {count:?} times"))
}

pub(super) async fn what_fits_is_taken(puppet: &impl Puppet) -> Outcome {
    let ai = adapter!(puppet, vec![writes(&good())]);
    let answer = answers("an answer that fits", Question::default().ask(&*ai).await, &good())?;
    ensure(answer.usage.asked == 1, || format!("asked {} times as it says", answer.usage.asked))?;
    asked(puppet, "an answer that fits", 1).await?;
    Ok(None)
}

pub(super) async fn what_does_not_fit_never_comes_through(puppet: &impl Puppet) -> Outcome {
    let ai = adapter!(puppet, vec![writes(&bad()), writes(&bad()), writes(&good())]);
    let got = Question::default().ask(&*ai).await;
    let error = fails("two answers that do not fit", got, |kind| matches!(kind, AiErrorKind::BadAnswer { .. }))?;
    let AiErrorKind::BadAnswer { problems } = &error.kind else { return Ok(None) };
    ensure(problems.iter().any(|problem| problem.contains("due")), || format!("the rule is not told: {problems:?}"))?;
    ensure(!error.is_retryable(), || "a bad answer is retryable".to_owned())?;
    asked(puppet, "two answers that do not fit", 2).await?;
    Ok(None)
}

pub(super) async fn a_second_answer_may_do(puppet: &impl Puppet) -> Outcome {
    let ai = adapter!(puppet, vec![writes(&bad()), writes(&good())]);
    match Question::default().ask(&*ai).await {
        // Asking once more is allowed, not asked for.
        Err(error) => {
            fails("one bad answer", Err(error), |kind| matches!(kind, AiErrorKind::BadAnswer { .. })).map(|_| ())?
        }
        Ok(answer) => {
            let twice = answers("a second answer", Ok(answer), &good())?.usage;
            ensure(twice.asked == 2, || format!("asked twice, and says {}", twice.asked))?;
        }
    }
    Ok(None)
}

pub(super) async fn no_json_is_told(puppet: &impl Puppet) -> Outcome {
    for text in ["I would say answerword.", "{\"summary\": ", "", "{} {}", "NaN"] {
        let ai = adapter!(puppet, vec![Turn::Writes(text.to_owned()); 3]);
        fails(text, Question::default().ask(&*ai).await, |kind| *kind == AiErrorKind::NotJson)?;
        asked(puppet, text, 2).await?;
    }
    Ok(None)
}

pub(super) async fn limits_are_handed_on(puppet: &impl Puppet) -> Outcome {
    let ai = adapter!(puppet, vec![Turn::Throttles(Duration::from_secs(7)), writes(&good())]);
    let after = Some(Duration::from_secs(7));
    let got = Question::default().ask(&*ai).await;
    let error = fails("a throttled call", got, |kind| *kind == AiErrorKind::Throttled { after })?;
    ensure(error.is_retryable(), || "a throttled call is not retryable".to_owned())?;
    asked(puppet, "a throttled call", 1).await?;
    answers("the next call", Question::default().ask(&*ai).await, &good())?;
    Ok(None)
}

pub(super) async fn nobody_retries(puppet: &impl Puppet) -> Outcome {
    let ai = adapter!(puppet, vec![Turn::IsDown, writes(&good())]);
    let got = Question::default().ask(&*ai).await;
    let error =
        fails("a model that is down", got, |kind| matches!(kind, AiErrorKind::Unavailable | AiErrorKind::Unknown))?;
    ensure(error.is_retryable(), || "a model that is down is not retryable".to_owned())?;
    asked(puppet, "a model that is down", 1).await?;
    Ok(None)
}

pub(super) async fn refusals_and_cuts(puppet: &impl Puppet) -> Outcome {
    for (turn, kind) in [(Turn::Refuses, AiErrorKind::Refused), (Turn::IsCutOff, AiErrorKind::Truncated)] {
        let what = format!("{turn:?}");
        let ai = adapter!(puppet, vec![turn, writes(&good())]);
        let error = fails(&what, Question::default().ask(&*ai).await, |got| *got == kind)?;
        ensure(!error.is_retryable(), || format!("{what} is retryable"))?;
        asked(puppet, &what, 1).await?;
    }
    Ok(None)
}

pub(super) async fn budgets_before_anything_is_sent(puppet: &impl Puppet) -> Outcome {
    let ai = adapter!(puppet, vec![writes(&good())]);
    let usual = Question::default();
    let size = usual.input.to_string().len();
    let beyond = [
        (AiBudget { max_input_bytes: size - 1, ..usual.budget }, AiErrorKind::Budget { which: AiLimit::InputBytes }),
        (AiBudget { max_output_tokens: 0, ..usual.budget }, AiErrorKind::Budget { which: AiLimit::OutputTokens }),
        (AiBudget { time: Duration::ZERO, ..usual.budget }, AiErrorKind::Deadline),
    ];
    for (budget, kind) in beyond {
        let error =
            fails(&format!("{budget:?}"), Question { budget, ..usual.clone() }.ask(&*ai).await, |got| *got == kind)?;
        ensure(error.usage.asked == 0, || format!("{kind}: something was sent, as it says"))?;
        asked(puppet, "a call beyond its budget", 0).await?;
    }
    let budget = AiBudget { max_input_bytes: size, ..usual.budget };
    answers("an input just as large as allowed", Question { budget, ..usual }.ask(&*ai).await, &good())?;
    Ok(None)
}

pub(super) async fn wrong_schemas(puppet: &impl Puppet) -> Outcome {
    let ai = adapter!(puppet, vec![writes(&good())]);
    for schema in [json!({"type": "text"}), json!({"$ref": "https://schemas.example/a.json"}), json!("string")] {
        let got = Question { schema: schema.clone(), ..Question::default() }.ask(&*ai).await;
        fails(&schema.to_string(), got, |kind| matches!(kind, AiErrorKind::Rejected { .. }))?;
        asked(puppet, "a wrong schema", 0).await?;
    }
    Ok(None)
}

pub(super) async fn time_ends_the_call(puppet: &impl Puppet) -> Outcome {
    let ai = adapter!(puppet, vec![Turn::Hangs, writes(&good())]);
    let question = Question::default();
    let (got, ()) = join(question.ask(&*ai), puppet.pass(question.budget.time)).await;
    let error = fails("a model that says nothing", got, |kind| *kind == AiErrorKind::Deadline)?;
    ensure(!error.is_retryable(), || "a call whose time is over is retryable".to_owned())?;
    answers("the next call", question.ask(&*ai).await, &good())?;
    Ok(None)
}

pub(super) async fn many_at_once(puppet: &impl Puppet) -> Outcome {
    let ai = adapter!(puppet, vec![writes(&good()); 20]);
    let question = Question::default();
    for got in join_all((0..20).map(|_| question.ask(&*ai))).await {
        answers("one of twenty at once", got, &good())?;
    }
    Ok(None)
}

pub(super) async fn a_dropped_call(puppet: &impl Puppet) -> Outcome {
    let ai = adapter!(puppet, vec![writes(&good()); 4]);
    for _ in 0..2 {
        let question = Question::default();
        let mut call = Box::pin(question.ask(&*ai));
        // As far as it comes without waiting, then it is given up.
        drop(poll!(&mut call));
        drop(call);
    }
    answers("the call after those that were dropped", Question::default().ask(&*ai).await, &good())?;
    Ok(None)
}

pub(super) async fn nothing_private_in_errors(puppet: &impl Puppet) -> Outcome {
    let text = Turn::Writes("answerword is no JSON".to_owned());
    let mut played = false;
    for turn in [writes(&bad()), text, Turn::Refuses, Turn::IsCutOff, Turn::IsDown, Turn::Throttles(Duration::ZERO)] {
        let Some(ai) = puppet.adapter(vec![turn.clone(); 2]).await else { continue };
        played = true;
        let error = fails(&format!("{turn:?}"), Question::default().ask(&*ai).await, |_| true)?;
        let printed = format!("{error} {error:?} {:?}", error.context);
        let leaked = PRIVATE.into_iter().find(|word| printed.contains(word));
        ensure(leaked.is_none(), || format!("{turn:?}: the error holds {leaked:?}"))?;
        ensure(error.context.run == "run" && error.context.block == "block", || "it does not say where".to_owned())?;
    }
    Ok((!played).then(|| "no failure can be played".to_owned()))
}

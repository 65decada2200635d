//! One check after the other: what is sent, what becomes of it, what is left out because of it.

use super::checks::PARTS;
use super::client::Wire;
use super::given::Token;
use super::made::Made;
use super::message::{Answer, Answers, NoAnswer, Request};
use super::script::{Check, Finding, Known, Level, Part, Remarks};

/// After so many requests in a row without an answer no more are sent.
const PATIENCE: usize = 3;
/// What is to be done where no answer comes.
const NO_ANSWER: &str = "look into the log of the server; `--timeout` says how long an answer may take";

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Passed,
    Failed,
    Warning,
    Skipped,
}

impl Outcome {
    /// A stable word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Warning => "warning",
            Self::Skipped => "skipped",
        }
    }
}

/// A request, and the status of its answer; `None` where none came.
#[derive(Debug, Clone)]
pub(super) struct Exchange {
    pub(super) sent: String,
    pub(super) status: Option<u16>,
}

/// A check that was made, or left out.
#[derive(Debug, Clone)]
pub(super) struct Told {
    pub(super) part: &'static str,
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) level: Level,
    pub(super) outcome: Outcome,
    pub(super) exchanges: Vec<Exchange>,
    /// What is amiss, or why it was left out.
    pub(super) found: Vec<String>,
    /// What is to be done.
    pub(super) cure: Option<&'static str>,
}

/// Why a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// Every check was made that could be.
    Whole,
    /// It was asked to end.
    Stopped,
    /// The server does not answer any more.
    Silent(NoAnswer),
}

impl End {
    /// Why the checks after it are left out.
    fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Whole => None,
            Self::Stopped => Some("the run was stopped before"),
            Self::Silent(_) => Some("the server did not answer any more"),
        }
    }
}

/// A run.
#[derive(Debug)]
pub(super) struct Run<'a, W> {
    wire: &'a W,
    token: &'a Token,
    pub(super) known: Known,
    pub(super) made: Made,
    pub(super) told: Vec<Told>,
    pub(super) end: End,
    /// Whether anything was ever answered.
    answered: bool,
    /// Requests in a row that were not.
    silent: usize,
}

/// What came of the requests of a check.
#[derive(Debug, Default)]
struct Sent {
    exchanges: Vec<Exchange>,
    answers: Vec<Answer>,
    failure: Option<String>,
}

impl<'a, W: Wire> Run<'a, W> {
    pub(super) fn new(wire: &'a W, token: &'a Token, known: Known) -> Self {
        let (made, told) = (Made::default(), Vec::new());
        Self { wire, token, known, made, told, end: End::Whole, answered: false, silent: 0 }
    }

    /// Makes every check, in order, and tells each as it is done. `stop` ends it between two requests, or within one.
    ///
    /// # Errors
    /// When the very first request is not answered: there is nothing to tell then.
    pub(super) async fn checks(
        &mut self,
        stop: impl Future<Output = ()>,
        tell: &mut impl FnMut(&Told),
    ) -> Result<(), NoAnswer> {
        tokio::pin!(stop);
        for part in PARTS {
            for check in part.checks {
                let told = match self.left_out(check) {
                    Some(reason) => self.skipped(part, check, reason),
                    None => {
                        let sent = self.sent(check, &mut stop).await?;
                        self.judged(part, check, sent)
                    }
                };
                tell(&told);
                self.told.push(told);
            }
        }
        Ok(())
    }

    /// Deletes all that was made.
    pub(super) async fn clean_up(&mut self) {
        self.made.remove(self.wire, self.known.absence_shows).await;
    }

    /// What may have stayed on the server.
    pub(super) fn left(&self) -> Vec<String> {
        self.made.left().iter().map(|left| self.token.hidden_in(left)).collect()
    }

    fn left_out(&self, check: &Check) -> Option<String> {
        if let Some(reason) = self.end.reason() {
            return Some(reason.to_owned());
        }
        // What does not belong here is said before what it would need.
        if let Some(reason) = (check.unless)(&self.known) {
            return Some(reason.to_owned());
        }
        let told = |name: &&str| self.told.iter().find(|told| told.name == *name);
        let needed = check.needs.iter().filter_map(told).find(|told| !held(told))?;
        let came = if needed.outcome == Outcome::Failed { "failed" } else { "was skipped" };
        Some(format!("it needs `{}`, which {came}", needed.name))
    }

    fn skipped(&self, part: &Part, check: &Check, reason: String) -> Told {
        self.told(part, check, Outcome::Skipped, Vec::new(), vec![reason], None)
    }

    async fn sent(&mut self, check: &Check, stop: &mut (impl Future<Output = ()> + Unpin)) -> Result<Sent, NoAnswer> {
        let mut sent = Sent::default();
        for request in (check.ask)(&self.known) {
            self.made.asked(&request);
            let answer = tokio::select! {
                biased;
                () = &mut *stop => {
                    self.end = End::Stopped;
                    sent.failure = Some("the run was stopped".to_owned());
                    return Ok(sent);
                }
                answer = self.wire.send(&request) => answer,
            };
            let status = answer.as_ref().ok().map(|answer| answer.status);
            sent.exchanges.push(Exchange { sent: request.to_string(), status });
            match answer {
                Ok(answer) => {
                    self.answer(&request, &answer);
                    sent.answers.push(answer);
                }
                Err(why) if !self.answered => return Err(why),
                Err(why) => {
                    sent.failure = Some(why.to_string());
                    self.unanswered(why);
                    return Ok(sent);
                }
            }
        }
        Ok(sent)
    }

    fn answer(&mut self, request: &Request, answer: &Answer) {
        (self.answered, self.silent) = (true, 0);
        self.made.answered(request, answer);
        if answer.body == super::message::Body::Empty {
            return;
        }
        let media = answer.media.as_deref().unwrap_or("none");
        let name = media.split(';').next().unwrap_or_default().trim();
        if !name.eq_ignore_ascii_case("application/scim+json") {
            let media = super::message::short(media);
            self.known.other_media.push(format!("`{media}` of {request} ({})", answer.status));
        }
    }

    fn unanswered(&mut self, why: NoAnswer) {
        self.silent += 1;
        if matches!(why, NoAnswer::NoConnection(_)) || self.silent >= PATIENCE {
            self.end = End::Silent(why);
        }
    }

    fn judged(&mut self, part: &Part, check: &Check, sent: Sent) -> Told {
        let Sent { exchanges, answers, failure } = sent;
        if let Some(failure) = failure {
            let outcome = if self.end == End::Stopped { Outcome::Skipped } else { Outcome::Failed };
            let cure = (outcome == Outcome::Failed).then_some(NO_ANSWER);
            return self.told(part, check, outcome, exchanges, vec![failure], cure);
        }
        let mut remarks = Remarks::new();
        let verdict = (check.judge)(&mut self.known, Answers(&answers), &mut remarks);
        let (outcome, cure) = match (&verdict, check.level) {
            (Ok(()), _) if remarks.is_empty() => (Outcome::Passed, None),
            (Ok(()), _) => (Outcome::Warning, Some(check.cure)),
            (Err(found), Level::Should(_)) => (Outcome::Warning, found.cure.or(Some(check.cure))),
            (Err(found), _) => (Outcome::Failed, found.cure.or(Some(check.cure))),
        };
        let found = verdict.err().map(|Finding { found, .. }| found).into_iter().chain(remarks).collect();
        self.told(part, check, outcome, exchanges, found, cure)
    }

    /// A check with how it came out. Whatever a server repeated of the token is taken out of it.
    fn told(
        &self,
        part: &Part,
        check: &Check,
        outcome: Outcome,
        exchanges: Vec<Exchange>,
        found: Vec<String>,
        cure: Option<&'static str>,
    ) -> Told {
        let hidden = |text: String| self.token.hidden_in(&text);
        let exchanges = exchanges.into_iter();
        Told {
            part: part.title,
            name: check.name,
            about: check.about,
            level: check.level,
            outcome,
            exchanges: exchanges.map(|Exchange { sent, status }| Exchange { sent: hidden(sent), status }).collect(),
            found: found.into_iter().map(hidden).collect(),
            cure,
        }
    }
}

/// Whether what depends on a check can be made. A warning is no obstacle.
fn held(told: &Told) -> bool {
    matches!(told.outcome, Outcome::Passed | Outcome::Warning)
}

#[cfg(test)]
mod tests;

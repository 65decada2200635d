//! A run for people and for programs.

use serde_json::{Value as Json, json};

use super::run::{End, Outcome, Told};
use crate::workspace::count;

/// How wide the column of names is.
const NAME: usize = 27;

/// Prints checks as they are done, under the titles of their parts.
#[derive(Debug, Default)]
pub(super) struct Printer {
    pub(super) colour: bool,
    part: Option<&'static str>,
}

impl Printer {
    pub(super) fn new(colour: bool) -> Self {
        Self { colour, part: None }
    }

    /// A check as text: one line where it passed, and what there is to say below it where not.
    pub(super) fn check(&mut self, told: &Told) -> String {
        let mut text = String::new();
        if self.part != Some(told.part) {
            text.push_str(&format!("{}{}\n", if self.part.is_some() { "\n" } else { "" }, told.part));
            self.part = Some(told.part);
        }
        let word = if told.outcome == Outcome::Failed { "FAILED" } else { told.outcome.word() };
        let word = self.painted(told.outcome, &format!("{word:<7}"));
        text.push_str(&format!("  {word}  {:<NAME$}  {}\n", told.name, told.about));
        for (title, line) in below(told) {
            text.push_str(&format!("           {title:<6}{line}\n"));
        }
        text
    }

    fn painted(&self, outcome: Outcome, text: &str) -> String {
        let code = match outcome {
            _ if !self.colour => return text.to_owned(),
            Outcome::Passed => "32",
            Outcome::Failed => "1;31",
            Outcome::Warning => "33",
            Outcome::Skipped => "2",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// What is said of a check that did not simply pass.
fn below(told: &Told) -> Vec<(&'static str, String)> {
    if told.outcome == Outcome::Passed {
        return Vec::new();
    }
    let mut lines = Vec::new();
    if told.outcome != Outcome::Skipped {
        lines.push(("by", format!("{}, {}", told.level.word(), told.level.source())));
    }
    for exchange in &told.exchanges {
        let status = exchange.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
        lines.push(("sent", format!("{}  ->  {status}", exchange.sent)));
    }
    let title = if told.outcome == Outcome::Skipped { "why" } else { "found" };
    lines.extend(told.found.iter().map(|found| (title, found.clone())));
    lines.extend(told.cure.map(|cure| ("do", cure.to_owned())));
    lines
}

/// How many checks came out so.
pub(super) fn number(all: &[Told], outcome: Outcome) -> usize {
    all.iter().filter(|told| told.outcome == outcome).count()
}

/// The last line.
pub(super) fn summary(all: &[Told], left: &[String]) -> String {
    let of = |outcome| number(all, outcome);
    let rest = if left.is_empty() { "nothing is left behind" } else { "something may be left behind" };
    format!(
        "\n{}: {} passed, {} failed, {}, {} skipped; {rest}\n",
        count(all.len(), "check"),
        of(Outcome::Passed),
        of(Outcome::Failed),
        count(of(Outcome::Warning), "warning"),
        of(Outcome::Skipped),
    )
}

/// The run as data.
pub(super) fn data(url: &str, all: &[Told], left: &[String], end: &End) -> Json {
    let of = |outcome| number(all, outcome);
    let ended = match end {
        End::Whole => "whole",
        End::Stopped => "stopped",
        End::Silent(_) => "silent",
    };
    json!({
        "url": url,
        "end": ended,
        "passed": of(Outcome::Passed),
        "failed": of(Outcome::Failed),
        "warnings": of(Outcome::Warning),
        "skipped": of(Outcome::Skipped),
        "left": left,
        "checks": all.iter().map(check).collect::<Vec<_>>(),
    })
}

fn check(told: &Told) -> Json {
    let Told { part, name, about, level, outcome, exchanges, found, cure } = told;
    let exchanges = exchanges.iter().map(|exchange| json!({ "sent": exchange.sent, "status": exchange.status }));
    json!({
        "part": part,
        "check": name,
        "about": about,
        "level": level.word(),
        "source": level.source(),
        "outcome": outcome.word(),
        "exchanges": exchanges.collect::<Vec<_>>(),
        "found": found,
        "cure": cure,
    })
}

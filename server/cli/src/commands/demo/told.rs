//! What was done, for people as it is done, for programs at the end.

use serde_json::{Value as Json, json};

use super::Crm;
use super::call::Call;
use super::crm::Record;
use crate::io::Io;

/// Something that was done.
pub(super) struct Step {
    title: &'static str,
    calls: Vec<Call>,
    facts: Vec<String>,
    records: Vec<Record>,
}

impl Step {
    pub(super) fn new(title: &'static str) -> Self {
        Self { title, calls: Vec::new(), facts: Vec::new(), records: Vec::new() }
    }

    pub(super) fn call(mut self, call: Call) -> Self {
        self.calls.push(call);
        self
    }

    pub(super) fn calls(mut self, calls: Vec<Call>) -> Self {
        self.calls.extend(calls);
        self
    }

    pub(super) fn fact(mut self, fact: String) -> Self {
        self.facts.push(fact);
        self
    }

    pub(super) fn records(mut self, records: Vec<Record>) -> Self {
        self.records.extend(records);
        self
    }
}

/// Tells it.
pub(super) struct Printer<'p, 'io> {
    as_json: bool,
    io: &'p mut Io<'io>,
    /// How many steps were told.
    number: usize,
    /// Those that are told at the end.
    told: Json,
}

impl<'p, 'io> Printer<'p, 'io> {
    pub(super) fn new(as_json: bool, io: &'p mut Io<'io>) -> Self {
        Self { as_json, io, number: 0, told: json!({ "crm": null, "steps": [] }) }
    }

    /// Tells what is served.
    pub(super) fn begin(&mut self, crm: Crm, ready: &Json) {
        if let Some(told) = self.told.get_mut("crm") {
            *told = json!(crm.name());
        }
        if !self.as_json {
            let url = ready.get("base_url").and_then(Json::as_str).unwrap_or_default();
            self.io.line(format!("engage serve --sandbox --crm {}: {url}", crm.name()));
            self.io.flush();
        }
    }

    /// Tells a step.
    pub(super) fn step(&mut self, step: Step) {
        self.number += 1;
        if self.as_json {
            if let Some(steps) = self.told.get_mut("steps").and_then(Json::as_array_mut) {
                steps.push(data(step));
            }
            return;
        }
        let (bold, dim, plain) = if self.io.colour_out() { ("\x1b[1m", "\x1b[2m", "\x1b[0m") } else { ("", "", "") };
        self.io.line(format!("\n{bold}{}. {}{plain}", self.number, step.title));
        for call in &step.calls {
            let status = call.status.map_or_else(String::new, |status| format!("  # {status}"));
            self.io.line(format!("   {dim}{}{status}{plain}", call.curl().replace('\n', "\n   ")));
        }
        for fact in step.facts.iter().cloned().chain(step.records.iter().map(line)) {
            self.io.line(format!("   {fact}"));
        }
        self.io.flush();
    }

    /// Tells the end, or what the commands need where the server goes on.
    pub(super) fn end(&mut self, variables: Option<Vec<(&'static str, &str)>>) {
        if self.as_json {
            let told = std::mem::take(&mut self.told);
            self.io.json(&told);
        }
        if let Some(variables) = variables.filter(|_| !self.as_json) {
            self.io.line("\nThe server goes on until Ctrl-C. For the commands above:");
            for (name, value) in variables {
                self.io.line(format!("{name}={value}"));
            }
        }
        self.io.flush();
    }
}

fn data(step: Step) -> Json {
    let calls = step.calls.iter().map(
        |call| json!({"method": call.method.as_str(), "url": call.url, "status": call.status, "curl": call.curl()}),
    );
    let calls: Vec<Json> = calls.collect();
    let records = step.records.into_iter().map(|record| json!({"table": record.table, "columns": record.columns}));
    json!({"title": step.title, "calls": calls, "facts": step.facts, "records": records.collect::<Vec<_>>()})
}

/// A record in a line.
fn line(record: &Record) -> String {
    let columns = record.columns.iter().map(|(column, value)| match value {
        Json::String(text) => format!("{column} {text}"),
        value => format!("{column} {value}"),
    });
    format!("{}: {}", record.table, columns.collect::<Vec<_>>().join(", "))
}

//! `engage test`: the snapshot cases of a workspace.

use std::fs;
use std::path::PathBuf;

use clap::ValueHint;
use serde_json::{Map, Value as Json, json};

use crate::args::FormatArgs;
use crate::case::{self, Actual, Report, Verdict, emit, sorted};
use crate::exit::Exit;
use crate::failure::{Failure, Placed};
use crate::io::Io;
use crate::workspace::{self, count};

const EXAMPLES: &str = "\
Examples:
  engage test                              every case of this workspace
  engage test playbooks/packages/starter --filter internal-meeting
  engage test demo --show                  the plan, the result and the records of every case
  engage test demo --accept                write what happened into the cases that did not pass

A case is a file *.case.yaml: input, records before, expected plan, result and records after; of a playbook event, records
before, answers of the AI, expected schedule, outputs and records after. Every plan is audited as well. --accept replaces the `expect` of a case and nothing else; read the difference as you would read code.";

/// Arguments of `engage test`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The folder of the workspace
    #[arg(value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub folder: PathBuf,
    /// Only cases whose file or name holds this text
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// Write what happened into the cases that did not pass
    #[arg(long)]
    pub accept: bool,
    /// Show of every case the plan, the result and the records afterwards
    #[arg(long)]
    pub show: bool,
    /// How to tell.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Runs the cases.
///
/// # Errors
/// When the workspace has errors, the filter leaves no case, or an accepted case cannot be written.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let loaded = workspace::load(&args.folder)?;
    let report = case::suite(&loaded, args.filter.as_deref());
    if let Some(filter) = args.filter.as_deref().filter(|_| report.is_empty()) {
        let failure = Failure::usage(format!("no case of the workspace holds `{filter}` in its file or name"));
        return Err(failure.help("`engage test` without `--filter` runs and names them all"));
    }
    let mut accepted = Vec::new();
    let mut refused = Vec::new();
    if args.accept {
        let given = case::accepted(&loaded, &report);
        for (path, text) in &given.files {
            fs::write(path, text).map_err(|error| Failure::write(path, &error))?;
            accepted.push(path.display().to_string());
        }
        refused.extend(given.refused.iter().map(|path| path.display().to_string()));
    }
    let audited = report.verdicts.iter().flat_map(|verdict| &verdict.mismatches).any(|found| found.what == "audit");
    let fine = match args.accept {
        true => report.problems.is_empty() && refused.is_empty() && !audited,
        false => report.passed(),
    };
    if args.format.json() {
        io.json(&data(&report, &accepted, &refused));
    } else {
        tell(&report, &accepted, args, io);
        for path in refused {
            io.err(format!(
                "error: `{path}` is not written in lines of `key: value`, so nothing can be replaced in it\n"
            ));
        }
    }
    Ok(if fine { Exit::Fine } else { Exit::Problems })
}

fn data(report: &Report, accepted: &[String], refused: &[String]) -> Json {
    let failed = report.verdicts.iter().filter(|verdict| !verdict.passed()).count();
    let cases = report.verdicts.iter().map(|verdict| {
        let mismatches = verdict.mismatches.iter().map(|found| json!({ "what": found.what, "diff": found.diff }));
        json!({
            "name": verdict.name,
            "file": verdict.path.display().to_string(),
            "crm": verdict.crm,
            "passed": verdict.passed(),
            "mismatches": mismatches.collect::<Vec<_>>(),
        })
    });
    json!({
        "passed": report.verdicts.len() - failed,
        "failed": failed,
        "accepted": accepted,
        "refused": refused,
        "cases": cases.collect::<Vec<_>>(),
        "problems": Placed::draw(&report.sources, &report.problems).json,
    })
}

fn tell(report: &Report, accepted: &[String], args: &Args, io: &mut Io<'_>) {
    let colour = io.colour_out();
    for verdict in &report.verdicts {
        io.out(line(verdict, args.accept, colour));
        if args.show {
            io.out(whole(&verdict.actual));
        }
    }
    if !report.problems.is_empty() {
        let placed = Placed::draw(&report.sources, &report.problems);
        let drawn = if io.colour_err() { placed.coloured } else { placed.text };
        io.err(format!("{drawn}\n"));
    }
    let failed = report.verdicts.iter().filter(|verdict| !verdict.passed()).count();
    accepted.iter().for_each(|path| io.line(format!("accepted {path}")));
    let wrong = match report.problems.len() {
        0 => String::new(),
        problems => format!(", {}", count(problems, "problem")),
    };
    let verb = if args.accept { "changed" } else { "failed" };
    let passed = report.verdicts.len() - failed;
    io.line(format!("{}: {passed} passed, {failed} {verb}{wrong}", count(report.verdicts.len(), "case")));
}

/// Everything that happened: plan, result, and the records of what the pattern writes.
fn whole(actual: &Actual) -> String {
    let indented = |text: &str| -> String {
        text.lines().map(|line| format!("     {line}").trim_end().to_owned() + "\n").collect()
    };
    let mut text = String::from("\n");
    if let Some(plan) = &actual.plan {
        text.push_str(&indented(plan));
        text.push('\n');
    }
    let mut told = Map::new();
    told.extend(actual.result.clone().map(|result| ("result".to_owned(), result)));
    let written = actual.state.iter().filter(|(entity, _)| actual.written.contains(entity));
    let written: Map<String, Json> = written.map(|(entity, rows)| (entity.clone(), rows.clone())).collect();
    if !written.is_empty() {
        told.insert("state".to_owned(), Json::Object(written));
    }
    let problems: Vec<String> =
        actual.problems.iter().map(|found| format!("{}: {}", found.code, found.message)).collect();
    if !problems.is_empty() {
        told.insert("problems".to_owned(), json!(problems));
    }
    text.push_str(&indented(&emit(&sorted(&Json::Object(told)), 0)));
    text.push('\n');
    text
}

fn line(verdict: &Verdict, accept: bool, colour: bool) -> String {
    let paint = |text: &str, code: &str| if colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() };
    let word = match (verdict.passed(), accept) {
        (true, _) => paint("ok  ", "32"),
        (false, true) => paint("new ", "33"),
        (false, false) => paint("FAIL", "31"),
    };
    let Verdict { name, path, crm, mismatches, .. } = verdict;
    let mut text = format!("{word} {} ({crm}): {name}\n", path.display());
    // What is accepted is read in the file; that an operation failed is said here too, so that nobody takes it for a pass.
    let told = |what: &str| !accept || matches!(what, "audit" | "problems");
    for found in mismatches.iter().filter(|found| told(&found.what)) {
        text.push_str(&format!("     {}:\n", found.what));
        for line in found.diff.lines() {
            let painted = match line.chars().next() {
                Some('-') => paint(line, "31"),
                Some('+') => paint(line, "32"),
                _ => line.to_owned(),
            };
            text.push_str(format!("       {painted}").trim_end());
            text.push('\n');
        }
    }
    text
}

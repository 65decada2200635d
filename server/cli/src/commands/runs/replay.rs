//! A run's event anew: as a run of its own, from the beginning, in the version that the workspace has now.

use std::path::PathBuf;

use clap::ValueHint;
use engage_playbooks::Compiled;
use engage_playbooks::ports::{Event, Offer};
use engage_playbooks::run::{Beginning, Fact, FactKind, RunKey};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{Found, Which};
use crate::commands::{plan, run};
use crate::crm::Place;
use crate::execution::wait;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::planning::Planning;
use crate::playbook::ai::AiChoice;
use crate::playbook::event::{Started, check};
use crate::playbook::journal::{Book, told};
use crate::playbook::place as journal;
use crate::target::{self, CrmChoice, On};
use crate::workspace;

/// Arguments of `engage runs replay`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which run.
    #[command(flatten)]
    pub which: Which,
    /// The id of the event under which it runs: the same id never runs twice [default: a new one]
    #[arg(long, value_name = "ID", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub event_id: Option<String>,
    /// The CRM: `dataverse`, `salesforce`, another that has definitions, `sandbox`, `memory`, or `memory:FILE`
    #[arg(long, value_name = "CRM")]
    pub crm: Option<CrmChoice>,
    /// The CRM.
    #[command(flatten)]
    pub place: Place,
    /// Who answers for AI blocks: `local` makes answers up, a file has them, `openai` is a real model
    #[arg(long, value_name = "local|FILE|openai")]
    pub ai: Option<AiChoice>,
    /// The files of `File` blocks: a folder that holds each under its id
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub files: Option<PathBuf>,
    /// Show the schedule and what the run had written, and send nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// A run as far as its event is concerned.
struct Past {
    key: RunKey,
    beginning: Box<Beginning>,
    /// The blocks that were about to write: more is not known of one that was cut off.
    wrote: Vec<String>,
}

pub(super) fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let place = journal::Place::find(args.which.journal.as_ref())?;
    let loaded = workspace::load(&args.which.workspace)?;
    let past = wait(past(args))??;
    let beginning = &past.beginning;
    let resolve = if args.dry_run { target::shown } else { target::playbook };
    let compiled = resolve(&loaded, &beginning.crm, beginning.playbook.as_str())?;
    let started = anew(beginning, args.event_id.as_deref());
    fits(&started, compiled)?;
    if !args.which.format.json() {
        warn(&past, io);
    }
    if args.dry_run {
        let format = if args.which.format.json() { plan::Form::Json } else { plan::Form::Text };
        plan::schedule(compiled, args.place.capabilities, format, io)?;
        return Ok(Exit::Fine);
    }
    let id = started.id.clone().unwrap_or_default();
    let event = started.event(&id, &past.key.tenant, compiled, Timestamp::now());
    let event = event.ok_or_else(|| Failure::problem("the playbook has no trigger"))?;
    match run::go(&asked(args, place.clone(), beginning), compiled, started, &loaded, io)? {
        Some(exit) => Ok(exit),
        None => wait(hand_over(&place, event, args.which.format.json(), io))?,
    }
}

async fn past(args: &Args) -> Result<Past, Failure> {
    let Found { book, key, facts, .. } = Found::open(&args.which).await?;
    let wrote = writing(&facts);
    let Some(FactKind::Started(beginning)) = facts.into_iter().next().map(|fact| fact.kind) else {
        return Err(Failure::problem(format!("the journal does not hold how run {key} began")));
    };
    if let Some(id) = &args.event_id {
        let known = RunKey::of_event(&key.tenant, &beginning.playbook, id);
        if book.journal().run(&known).await.map_err(|error| told(&error))?.is_some() {
            let message = format!("`{}` has run under the event id `{id}` already: {known}", beginning.playbook);
            return Err(Failure::usage(message).help("give another `--event-id`, or leave it out"));
        }
    }
    Ok(Past { key, beginning, wrote })
}

fn writing(facts: &[Fact]) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    for fact in facts {
        if let FactKind::Prepared { block, .. } = &fact.kind
            && !blocks.iter().any(|known| known == block.as_str())
        {
            blocks.push(block.to_string());
        }
    }
    blocks
}

/// What started the run, under an id of its own.
fn anew(beginning: &Beginning, id: Option<&str>) -> Started {
    Started {
        id: Some(id.map_or_else(|| Uuid::new_v4().to_string(), str::to_owned)),
        subject: beginning.subject.clone(),
        employee: beginning.employee.clone(),
        data: beginning.data.clone(),
        given: beginning.given.as_object().cloned().unwrap_or_default(),
    }
}

/// Refuses an event that the playbook does not take any more. No value is told.
fn fits(started: &Started, compiled: &Compiled) -> Result<(), Failure> {
    let trigger = compiled.trigger().ok_or_else(|| Failure::problem("the playbook has no trigger"))?;
    let wrong = check(started, compiled, trigger);
    if wrong.is_empty() {
        return Ok(());
    }
    let all: Vec<&str> = wrong.iter().map(|(_, problem)| problem.message.as_str()).collect();
    let message = format!("`{}` does not take the event of the run any more: {}", compiled.id, all.join("; "));
    Err(Failure::problem(message).help("`--workspace DIR` names a workspace whose version does"))
}

/// Says that the new run knows nothing of what the old one wrote.
fn warn(past: &Past, io: &mut Io<'_>) {
    if past.wrote.is_empty() {
        return;
    }
    let blocks = if past.beginning.closed { String::new() } else { format!(" ({})", past.wrote.join(", ")) };
    io.err(format!(
        "warning: the run has written{blocks}; a new run has keys of its own, so that the CRM does not know its writes again: \
         what the old one made may be there twice\n"
    ));
}

/// What `engage run` would be asked for.
fn asked(args: &Args, journal: journal::Place, beginning: &Beginning) -> run::Args {
    let (name, target) = (format!("playbook:{}", beginning.playbook), Some(beginning.crm.to_string()));
    let on = On { workspace: args.which.workspace.clone(), crm: args.crm.clone(), target };
    run::Args {
        planning: Planning { name, op: None, on, input: Vec::new() },
        place: args.place.clone(),
        acting: None,
        as_application: false,
        operation_key: None,
        event: None,
        journal: Some(journal),
        keep: None,
        ai: args.ai.clone(),
        files: args.files.clone(),
        timeline: None,
        audit: None,
        dry_run: args.dry_run,
        format: args.which.format,
    }
}

/// Another process runs what is in the journal: it runs the event, in the version that it has.
async fn hand_over(place: &journal::Place, event: Event, as_json: bool, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let book = Book::existing(Some(place)).await?;
    let id = event.id.clone();
    book.journal().offer(&[Offer::Event(event)]).await.map_err(|error| told(&error))?;
    if as_json {
        io.json(&json!({"event": id, "handed_over": true}));
    } else {
        io.line(format!("# another process runs what is in the journal: it was given the event `{id}`"));
    }
    Ok(Exit::Fine)
}

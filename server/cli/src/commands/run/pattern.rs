//! An operation on a pattern.

use std::path::Path;

use engage_engine::Input;
use engage_engine::plan::{InputShape, Plan, plan};
use engage_engine::run::{DryRun, Execution, Outcome, Planned};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::Args;
use crate::case::{emit, sorted};
use crate::crm::{Crm, tell_requests, warn};
use crate::execution::failed;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::planning::{self, Prepared};
use crate::simulated;
use crate::target::CrmChoice;
use crate::workspace::{Loaded, count};

/// Plans and runs an operation.
pub(super) fn run(args: &Args, id: &str, loaded: Loaded, io: &mut Io<'_>) -> Result<Exit, Failure> {
    args.without_playbook()?;
    let choice = args.planning.on.crm.as_ref();
    let mut prepared = planning::prepare(&args.planning, id, loaded, args.place.capabilities, io)?;
    let opened = Crm::open(choice, &prepared.pattern.crm, &args.place, &prepared.loaded)?;
    if let (Some(ids), Some((input, _))) = (&opened.ids, &mut prepared.input) {
        ids.translate(input);
    }
    let crm = opened.crm;
    let key = args.operation_key.unwrap_or_else(Uuid::new_v4);
    let Prepared { pattern, operation, input, capabilities, .. } = &prepared;
    let (given, file) = input.as_ref().map_or((Input::default(), None), |(input, file)| (input.clone(), Some(file)));
    let shape = InputShape::of(pattern, &given);
    let identity = simulated::identity(pattern, args.acting.as_deref(), args.as_application);
    let execution = Execution::new(pattern, *operation, given, crm.adapter(), identity).operation_key(key);
    let words = crm.words(&args.place);
    if args.dry_run {
        crm.prepare()?;
        let dry = execution.dry_run().map_err(|error| failed(&error, file, words))?;
        return Ok(show(&dry, args, io));
    }
    let plan =
        plan(pattern, *operation, &shape, capabilities).map_err(|problems| planning::refused(&problems, file))?;
    if !args.format.json() {
        warn(&crm, choice, &args.place, io);
    }
    let state = args.place.state.is_some() || prepared.loaded.workspace.state.is_some();
    let there = matches!(choice, Some(CrmChoice::Memory(Some(path))) if Path::exists(path));
    let empty = crm.memory().is_some() && !state && !there;
    let outcome = crm.wait(execution.execute())?;
    // What took effect stays, also when the run failed after it.
    crm.keep(choice)?;
    let outcome = outcome.map_err(|error| seedless(failed(&error, file, words), empty))?;
    tell(&outcome, &plan, (key, &crm), args, io);
    Ok(Exit::Fine)
}

/// Adds to a failure that the simulated CRM held no records, where that may be why.
fn seedless(failure: Failure, empty: bool) -> Failure {
    let help = "the simulated CRM began empty: `--state FILE` gives it records to begin with";
    if empty && failure.placed.is_none() && failure.help.is_none() { failure.help(help) } else { failure }
}

fn show(dry: &DryRun, args: &Args, io: &mut Io<'_>) -> Exit {
    if args.format.json() {
        io.json(&dry_json(dry));
        return Exit::Fine;
    }
    io.out(dry.plan.explain());
    for Planned { trip, request, .. } in &dry.requests {
        io.line(format!("\nrequest in trip {trip}\n{} {}", request.method, request.target));
        if !request.body.is_empty() {
            io.line(&request.body);
        }
    }
    Exit::Fine
}

/// The dry run with the plan in its stable form.
fn dry_json(dry: &DryRun) -> Json {
    let mut json = dry.to_json();
    if let Some(object) = json.as_object_mut() {
        object.insert("plan".to_owned(), dry.plan.to_json());
    }
    json
}

fn tell(done: &Outcome, plan: &Plan, (key, crm): (Uuid, &Crm), args: &Args, io: &mut Io<'_>) {
    let outcome = done.to_json();
    let requests = crm.requests();
    if args.format.json() {
        return io.json(&json!({
            "outcome": outcome,
            "plan": plan.to_json(),
            "operation_key": key.to_string(),
            "simulated": crm.memory().is_some(),
            "sandbox": requests,
        }));
    }
    let figures = &plan.figures;
    let least = if figures.round_trips_exact { "" } else { "at least " };
    io.line(format!("# {least}{}, depth {}", count(figures.round_trips, "round trip"), figures.depth));
    if done.effects().is_some() {
        io.line(format!("# operation key {key}"));
    }
    tell_requests(requests, io);
    io.out(emit(&sorted(&outcome), 0));
}

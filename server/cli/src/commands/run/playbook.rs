//! A run of a playbook.

use std::sync::Arc;

use engage_playbooks::Compiled;
use engage_playbooks::ports::Time;
use engage_playbooks::run::{Fact, FactKind, Machine, Run, RunKey, Tenant};
use engage_playbooks::timeline::{Shape, Timeline};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::Args;
use crate::case::emit;
use crate::commands::plan;
use crate::crm::{Crm, tell_requests, warn};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::playbook::ai::AiChoice;
use crate::playbook::audit::AuditFile;
use crate::playbook::drive::{Means, drive};
use crate::playbook::ended;
use crate::playbook::event::{self, Started};
use crate::playbook::journal::{self, Book, TENANT};
use crate::playbook::keep::{self, Keep};
use crate::playbook::place::Place;
use crate::progress::Progress;
use crate::target;
use crate::timeline::{self, Form, summary};
use crate::workspace::{Loaded, count};

/// Runs a playbook to its end.
pub(super) fn run(args: &Args, id: &str, loaded: &Loaded, io: &mut Io<'_>) -> Result<Exit, Failure> {
    args.without_pattern()?;
    let crm = args.planning.on.definitions(loaded)?;
    let resolve = if args.dry_run { target::shown } else { target::playbook };
    let compiled = resolve(loaded, &crm, id)?;
    if !loaded.starts(&compiled.id) {
        io.err(format!("note: a fork replaces `{id}`: no trigger starts it; it runs because it was named\n"));
    }
    if let Some(path) = &args.timeline {
        Form::of(path)?;
    }
    let mut started = event::read(args.event.as_deref(), &args.planning.input, compiled, io)?;
    if let Some(trigger) = compiled.trigger() {
        started.act(args.acting.as_deref(), trigger);
    }
    if args.dry_run {
        let format = if args.format.json() { plan::Form::Json } else { plan::Form::Text };
        plan::schedule(compiled, args.place.capabilities, format, io)?;
        return Ok(Exit::Fine);
    }
    match go(args, compiled, started, loaded, io)? {
        Some(exit) => Ok(exit),
        None => Err(led_elsewhere(args.journal.as_ref())),
    }
}

/// Runs a playbook from an event that fits it, on the CRM that the options name; `None` where another process runs what is in
/// the journal: then nothing was done.
pub(in crate::commands) fn go(
    args: &Args,
    compiled: &Arc<Compiled>,
    mut started: Started,
    loaded: &Loaded,
    io: &mut Io<'_>,
) -> Result<Option<Exit>, Failure> {
    if args.place.crm_words {
        return Err(Failure::usage("`--crm-words` is for operations on patterns").help("leave it out"));
    }
    let choice = args.planning.on.crm.as_ref();
    let opened = Crm::open(choice, &compiled.crm, &args.place, loaded)?;
    if let Some(ids) = &opened.ids {
        ids.translate_data(&mut started.data);
        started.given.values_mut().for_each(|value| ids.translate_data(value));
    }
    let crm = opened.crm;
    let model = AiChoice::choose(args.ai.as_ref(), compiled, crm.is_live(), args.format.json(), io)?;
    let mut means = Means::new(crm.shared(), model.open()?).files(args.files.as_deref())?;
    let audit = args.audit.as_deref().map(AuditFile::open).transpose()?;
    if let Some(audit) = &audit {
        means.blocks = means.blocks.audit(Arc::<AuditFile>::clone(audit));
    }
    if !args.format.json() {
        warn(&crm, choice, &args.place, io);
    }
    let done = match crm.wait(execute(args, compiled, &started, &means, io))? {
        // It may have the records in its hands: what was read here may be old by now.
        Ok(None) => return Ok(None),
        done => done,
    };
    // What took effect stays, also when the run failed after it.
    crm.keep(choice)?;
    audit.map_or(Ok(()), |audit| audit.close())?;
    done?.map(|done| tell(&done, &crm, args, io)).transpose()
}

fn led_elsewhere(journal: Option<&Place>) -> Failure {
    let journal = journal.map(ToString::to_string).unwrap_or_default();
    let failure = Failure::outside(format!("another process runs what is in `{journal}`"));
    failure.help("wait until it is done, or use a journal of your own")
}

/// A run that is at its end, or that waits for its employee.
struct Done {
    key: RunKey,
    machine: Machine,
    timeline: Timeline,
    /// It had been at its end before.
    known: bool,
    /// Other runs that were removed from the journal, as their time was over.
    removed: usize,
}

async fn execute(
    args: &Args,
    compiled: &Arc<Compiled>,
    started: &Started,
    means: &Means,
    io: &mut Io<'_>,
) -> Result<Option<Done>, Failure> {
    let event = started.id.clone().unwrap_or_else(|| Uuid::new_v4().to_string());
    let tenant = Tenant::new(TENANT).map_err(|error| Failure::outside(error.to_string()))?;
    let key = RunKey::of_event(&tenant, &compiled.id, &event);
    let shape = Shape::of(compiled);
    let mut progress = Progress::new(Progress::mode(args.format.json(), io), compiled.id.as_str(), shape);
    let Some(place) = &args.journal else {
        let begins = started.begins(&event, &key.tenant, compiled, means.time.timestamp());
        let begins = begins.ok_or_else(|| Failure::problem("the playbook has no trigger"))?;
        let run = Run::new(Arc::clone(compiled), key.clone(), begins);
        let machine = drive(run, means, None, &mut progress, io).await?;
        let timeline = progress.timeline(means.time.timestamp());
        return Ok(Some(Done { key, machine, timeline, known: false, removed: 0 }));
    };
    let keep = Keep::find(args.keep, keep::VARIABLE)?.unwrap_or(Keep::Forever);
    journaled((place, keep), (compiled, started, &event), key, means, &mut progress, io).await
}

/// Runs in a journal: from the beginning, on from where it was cut off, or not at all where it is at its end; `None` where
/// another process runs what is in it.
async fn journaled(
    (place, keep): (&Place, Keep),
    (compiled, started, event): (&Arc<Compiled>, &Started, &str),
    key: RunKey,
    means: &Means,
    progress: &mut Progress,
    io: &mut Io<'_>,
) -> Result<Option<Done>, Failure> {
    let book = Book::open(place).await?;
    let facts = book.facts(&key).await?;
    pinned(&facts, compiled)?;
    facts.iter().for_each(|fact| progress.known(fact));
    if matches!(facts.last(), Some(Fact { kind: FactKind::Finished { .. }, .. })) {
        let machine = journal::replay(compiled, &facts)?;
        let timeline = progress.timeline(means.time.timestamp());
        return Ok(Some(Done { key, machine, timeline, known: true, removed: 0 }));
    }
    let Some(lease) = book.lead().await? else { return Ok(None) };
    let removed = keep.clear(book.journal(), &lease, means.time.timestamp()).await?;
    let kept = book.keep(&lease, &key, journal::replay(compiled, &facts)?, facts.len());
    let run = if facts.is_empty() {
        let begins = started.begins(event, &key.tenant, compiled, means.time.timestamp());
        let begins = begins.ok_or_else(|| Failure::problem("the playbook has no trigger"))?;
        Run::new(Arc::clone(compiled), key.clone(), begins)
    } else {
        Run::from_facts(Arc::clone(compiled), key.clone(), facts)
    };
    let driven = drive(run, means, Some(kept), progress, io).await;
    book.resign(lease).await;
    let timeline = progress.timeline(means.time.timestamp());
    Ok(Some(Done { key, machine: driven?, timeline, known: false, removed }))
}

/// Refuses to go on with another version than the run began with.
fn pinned(facts: &[Fact], compiled: &Compiled) -> Result<(), Failure> {
    match facts.first().map(|fact| &fact.kind) {
        Some(FactKind::Started(beginning)) if beginning.digest != compiled.digest => {
            let message = format!("the run began with another version of `{}`", compiled.id);
            Err(Failure::problem(message)
                .help("it goes on with the version that it began with, or start a new run with another event id"))
        }
        _ => Ok(()),
    }
}

fn tell(done: &Done, crm: &Crm, args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let Done { key, machine, timeline, known, removed } = done;
    if let Some(path) = &args.timeline {
        timeline::write(path, machine.compiled().id.as_str(), timeline)?;
    }
    let requests = crm.requests();
    if args.format.json() {
        let mut told = ended::json(key, machine);
        if let Some(object) = told.as_object_mut() {
            let more: [(&str, Json); 5] = [
                ("known", json!(known)),
                ("removed", json!(removed)),
                ("timeline", timeline::json(timeline)),
                ("simulated", json!(crm.memory().is_some())),
                ("sandbox", json!(requests)),
            ];
            object.extend(more.into_iter().map(|(key, value)| (key.to_owned(), value)));
        }
        io.line(json!({ "result": told }).to_string());
    } else {
        if *known {
            io.err("note: this event was run before; nothing was done now\n");
        }
        if *removed > 0 {
            io.err(format!(
                "note: {} removed from the journal: the time to keep them was over\n",
                count(*removed, "run")
            ));
        }
        io.line(format!("# {}", summary(timeline)));
        io.line(format!("# run {key}"));
        tell_requests(requests, io);
        for line in ended::tally(&ended::written(machine)) {
            io.line(format!("# {line}"));
        }
        io.out(emit(&ended::outputs(machine), 0));
    }
    match ended::failure(machine) {
        Some(failure) => Err(failure),
        None => Ok(Exit::Fine),
    }
}

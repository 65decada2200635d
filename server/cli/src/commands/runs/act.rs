//! A run is let go on, or stopped: at once in this process, unless another one leads, which is then asked to.

use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueHint;
use engage_engine::ids::RefId;
use engage_engine::nearest::nearest;
use engage_playbooks::Compiled;
use engage_playbooks::ports::{Lease, Offer, Request, Time};
use engage_playbooks::run::{Command, Fact, FactKind, Record, Run, RunState};
use engage_playbooks::timeline::Shape;
use jiff::Timestamp;
use serde_json::json;

use super::{BY, Found, Which};
use crate::crm::{Crm, Place, warn};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::playbook::ai::AiChoice;
use crate::playbook::drive::{Means, drive};
use crate::playbook::ended;
use crate::playbook::journal::{Book, replay, told};
use crate::progress::Progress;
use crate::target::CrmChoice;
use crate::timeline::summary;
use crate::workspace::{self, Loaded};

/// Arguments of `engage runs retry`.
#[derive(Debug, clap::Args)]
pub struct RetryArgs {
    /// Which run.
    #[command(flatten)]
    pub which: Which,
    /// From this block on: what it and those behind it gave is forgotten [default: what failed]
    #[arg(long, value_name = "BLOCK")]
    pub from: Option<String>,
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
}

/// Arguments of `engage runs cancel`.
#[derive(Debug, clap::Args)]
pub struct CancelArgs {
    /// Which run.
    #[command(flatten)]
    pub which: Which,
}

pub(super) fn retry(args: &RetryArgs, io: &mut Io<'_>) -> Result<Exit, Failure> {
    if args.place.crm_words {
        return Err(Failure::usage("`--crm-words` is for operations on patterns").help("leave it out"));
    }
    let loaded = workspace::load(&args.which.workspace)?;
    let choice = args.crm.as_ref();
    // The CRM that the run began on is known once its journal is open.
    let found = crate::execution::wait(Found::open(&args.which))??;
    let compiled = Arc::clone(version(&found, &loaded)?);
    let from = args.from.as_deref().map(|name| block(&compiled, name)).transpose()?;
    if !found.record.state.at_an_end() {
        let failure = Failure::usage(format!("run {} is not at an end", found.key));
        return Err(failure.help("`engage run` with the same event and journal lets it go on"));
    }
    if found.record.state == RunState::Succeeded {
        let failure = Failure::usage(format!("run {} ended well: there is nothing to go on with", found.key));
        return Err(failure.help("`engage runs replay` runs its event anew, as a run of its own"));
    }
    drop(found);
    let crm = Crm::open(choice, &compiled.crm, &args.place, &loaded)?.crm;
    let model = AiChoice::choose(args.ai.as_ref(), &compiled, crm.is_live(), args.which.format.json(), io)?;
    let means = Means::new(crm.shared(), model.open()?).files(args.files.as_deref())?;
    if !args.which.format.json() {
        warn(&crm, choice, &args.place, io);
    }
    match crm.wait(go_on(args, &compiled, from, &means, io))? {
        // Another process has the records in its hands: what was read here may be old by now.
        Ok(None) => Ok(Exit::Fine),
        here => {
            crm.keep(choice)?;
            here.map(|exit| exit.unwrap_or(Exit::Fine))
        }
    }
}

/// The version that the run began with.
fn version<'l>(found: &Found, loaded: &'l Loaded) -> Result<&'l Arc<Compiled>, Failure> {
    found.version(loaded).ok_or_else(|| {
        let message =
            format!("the workspace does not have the version of `{}` that the run began with", found.record.playbook);
        Failure::problem(message).help("`--workspace DIR` names the one that has it")
    })
}

fn block(compiled: &Compiled, name: &str) -> Result<RefId, Failure> {
    if compiled.closed {
        let failure = Failure::problem(format!("`{}` is proprietary: its blocks are not shown", compiled.id));
        return Err(failure.help("leave `--from` out: the run goes on from what failed"));
    }
    let names = || compiled.blocks.iter().map(|node| node.block.name.as_str());
    match compiled.blocks.iter().find(|node| node.block.name.as_str() == name) {
        Some(node) => Ok(node.block.name.clone()),
        None => {
            let failure = Failure::usage(format!("`{}` has no block `{name}`", compiled.id));
            Err(failure
                .suggest(nearest(name, names()))
                .help(format!("it has {}", names().collect::<Vec<_>>().join(", "))))
        }
    }
}

/// Lets a run go on here; `None` where the process that leads was asked to.
async fn go_on(
    args: &RetryArgs,
    compiled: &Arc<Compiled>,
    from: Option<RefId>,
    means: &Means,
    io: &mut Io<'_>,
) -> Result<Option<Exit>, Failure> {
    let found = Found::open(&args.which).await?;
    let Some(lease) = found.book.lead().await? else {
        let request = Request::Retry { key: found.key.clone(), from, by: BY.to_owned() };
        return hand_over(&found.book, request, args.which.format.json(), io).await.map(|_| None);
    };
    let done = led(&found, &lease, compiled, from, means, (args.which.format.json(), io)).await;
    found.book.resign(lease).await;
    done.map(Some)
}

async fn led(
    found: &Found,
    lease: &Lease,
    compiled: &Arc<Compiled>,
    from: Option<RefId>,
    means: &Means,
    (as_json, io): (bool, &mut Io<'_>),
) -> Result<Exit, Failure> {
    let now = means.time.timestamp();
    let deadline = compiled.deadline_from(now, None);
    let wanted = Fact { at: now, kind: FactKind::RetryRequested { by: BY.to_owned(), from, deadline } };
    let mut facts = found.facts.clone();
    let machine = replay(compiled, &facts)?;
    machine.clone().step(&wanted).map_err(|error| Failure::usage(error.to_string()))?;
    let kept = found.book.keep(lease, &found.key, machine, facts.len());
    kept.append(std::slice::from_ref(&wanted)).await.map_err(|error| Failure::outside(error.to_string()))?;
    let mut progress = Progress::new(Progress::mode(as_json, io), compiled.id.as_str(), Shape::of(compiled));
    facts.iter().for_each(|fact| progress.known(fact));
    progress.fact(&wanted, io);
    facts.push(wanted);
    let run = Run::from_facts(Arc::clone(compiled), found.key.clone(), facts);
    let machine = drive(run, means, Some(kept), &mut progress, io).await?;
    if as_json {
        io.line(json!({"result": ended::json(&found.key, &machine)}).to_string());
    } else {
        io.line(format!("# {}", summary(&progress.timeline(means.time.timestamp()))));
    }
    match ended::failure(&machine) {
        Some(failure) => Err(failure),
        None => Ok(Exit::Fine),
    }
}

/// Asks the process that leads to do it.
pub(super) async fn hand_over(book: &Book, request: Request, as_json: bool, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let run = request.key().run.to_string();
    book.journal().offer(&[Offer::Request(request)]).await.map_err(|error| told(&error))?;
    if as_json {
        io.json(&json!({"run": run, "handed_over": true}));
    } else {
        io.line("# another process runs what is in the journal: it was asked to");
    }
    Ok(Exit::Fine)
}

pub(super) async fn cancel(args: &CancelArgs, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let found = Found::open(&args.which).await?;
    let as_json = args.which.format.json();
    if found.record.state.at_an_end() {
        return Err(Failure::usage(format!("run {} is at its end already", found.key)));
    }
    let Some(lease) = found.book.lead().await? else {
        let request = Request::Cancel { key: found.key.clone(), by: BY.to_owned() };
        return hand_over(&found.book, request, as_json, io).await;
    };
    let stopped = stop(&found, &lease, &args.which).await;
    found.book.resign(lease).await;
    let stopped = stopped?;
    if as_json {
        io.json(&json!({"run": found.key.run.to_string(), "handed_over": false, "stopped": stopped}));
    } else if stopped {
        io.line(format!("# run {} is stopped", found.key));
    } else {
        io.line("# a block was cut off: the run stops when that is settled, which running it again does");
    }
    Ok(Exit::Fine)
}

/// Ends a run that nobody drives: what the machine says to a request to cancel. Whether it is at its end then: a block that
/// was cut off has to be settled first, as what it wrote may be there.
async fn stop(found: &Found, lease: &Lease, which: &Which) -> Result<bool, Failure> {
    let loaded = workspace::load(&which.workspace)?;
    let mut machine = replay(version(found, &loaded)?, &found.facts)?;
    let kept = found.book.keep(lease, &found.key, machine.clone(), found.facts.len());
    let at = Timestamp::now();
    let cancel = Fact { at, kind: FactKind::CancelRequested { by: BY.to_owned() } };
    let commands = machine.step(&cancel).map_err(|error| Failure::usage(error.to_string()))?;
    let mut new = vec![cancel];
    new.extend(commands.into_iter().filter_map(|command| match command {
        Command::Finish { outcome } => Some(Fact { at, kind: FactKind::Finished { outcome } }),
        _ => None,
    }));
    let stopped = new.len() > 1;
    kept.append(&new).await.map_err(|error| Failure::outside(error.to_string()))?;
    Ok(stopped)
}

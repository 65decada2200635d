//! Runs that are at an end are removed, with all their values: one by name, or those whose time is over.

use clap::ValueHint;
use engage_playbooks::ports::Request;
use engage_playbooks::run::RunKey;
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::{BY, missing, tenant};
use crate::args::FormatArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::playbook::journal::{Book, told};
use crate::playbook::keep::Keep;
use crate::playbook::place::Place;
use crate::workspace::count;

/// Arguments of `engage runs erase`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("which").required(true))]
pub struct Args {
    /// The run, by its id
    #[arg(value_name = "RUN", value_parser = super::id, group = "which")]
    pub run: Option<Uuid>,
    /// Erase all runs that ended longer ago than this: `30d`, `12h`, `90min`
    #[arg(long, value_name = "TIME", group = "which")]
    pub keep: Option<Keep>,
    /// The journal: a SQLite file, or `postgres://…` [default: `ENGAGE_JOURNAL`]
    #[arg(long, value_name = "FILE|URL", value_hint = ValueHint::FilePath)]
    pub journal: Option<Place>,
    /// How to write.
    #[command(flatten)]
    pub format: FormatArgs,
}

pub(super) async fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let book = Book::existing(args.journal.as_ref()).await?;
    match (args.run, args.keep) {
        (Some(run), _) => one(&book, RunKey { tenant: tenant()?, run }, args.format.json(), io).await,
        (None, Some(keep)) => over(&book, keep, args.format.json(), io).await,
        (None, None) => Err(Failure::usage("nothing says which runs").help("name a run, or say `--keep 30d`")),
    }
}

/// Erases one run, or asks the process that leads to.
async fn one(book: &Book, key: RunKey, as_json: bool, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let record = book.journal().run(&key).await.map_err(|error| told(&error))?.ok_or_else(|| missing(&key))?;
    if !record.state.at_an_end() {
        let failure = Failure::usage(format!("run {key} is not at an end"));
        return Err(failure.help("`engage runs cancel` stops it, and then it can be erased"));
    }
    let Some(lease) = book.lead().await? else {
        let request = Request::Erase { key: key.clone(), by: BY.to_owned() };
        return super::act::hand_over(book, request, as_json, io).await;
    };
    let erased = book.journal().erase(&lease, &key).await.map_err(|error| told(&error));
    book.resign(lease).await;
    if !erased? {
        return Err(missing(&key));
    }
    if as_json {
        io.json(&json!({"run": key.run.to_string(), "handed_over": false, "erased": true}));
    } else {
        io.line(format!("# run {key} is erased"));
    }
    Ok(Exit::Fine)
}

/// Erases the runs whose time is over.
async fn over(book: &Book, keep: Keep, as_json: bool, io: &mut Io<'_>) -> Result<Exit, Failure> {
    if keep == Keep::Forever {
        return Err(Failure::usage("`--keep forever` leaves nothing to erase").help("say a time, such as `30d`"));
    }
    let Some(lease) = book.lead().await? else {
        let failure = Failure::outside("another process runs what is in the journal");
        return Err(failure.help("`engage serve --keep` says how long that one keeps runs; a single run can be named"));
    };
    let erased = keep.clear(book.journal(), &lease, Timestamp::now()).await;
    book.resign(lease).await;
    let erased = erased?;
    if as_json {
        io.json(&json!({ "erased": erased }));
    } else {
        io.line(format!("# {} erased", count(erased, "run")));
    }
    Ok(Exit::Fine)
}

//! Runs that are at an end are removed, with all their values: one by name, or those whose time is over.

use std::collections::HashSet;

use clap::ValueHint;
use engage_playbooks::ports::{Offer, Request, RunPage, RunQuery};
use engage_playbooks::run::{Beginning, Fact, FactKind, RunKey};
use jiff::Timestamp;
use serde_json::{Value as Json, json};
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

/// How many runs are read at once.
const PAGE: usize = 500;
/// Where an event says which customer it is about: a meeting's, and whoever's overview was asked for.
const CUSTOMERS: [&str; 2] = ["/Meeting/CustomerId", "/AccountId"];

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
    /// Erase all runs about a customer that are at an end, by the id that events know the customer by
    #[arg(long, value_name = "ID", group = "which")]
    pub customer: Option<String>,
    /// The journal: a SQLite file, or `postgres://…` [default: `ENGAGE_JOURNAL`]
    #[arg(long, value_name = "FILE|URL", value_hint = ValueHint::FilePath)]
    pub journal: Option<Place>,
    /// How to write.
    #[command(flatten)]
    pub format: FormatArgs,
}

pub(super) async fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let book = Book::existing(args.journal.as_ref()).await?;
    match (args.run, args.keep, &args.customer) {
        (Some(run), ..) => one(&book, RunKey { tenant: tenant()?, run }, args.format.json(), io).await,
        (None, Some(keep), _) => over(&book, keep, args.format.json(), io).await,
        (None, None, Some(customer)) => about(&book, customer, args.format.json(), io).await,
        (None, None, None) => Err(Failure::usage("nothing says which runs").help("name a run, or say `--keep 30d`")),
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

/// A run that an event started, as far as it matters whom it is about.
struct Seen {
    key: RunKey,
    at_an_end: bool,
    subject: Option<String>,
    is_theirs: bool,
}

/// Erases the runs about a customer: those whose event names them, and those about the same meeting whose event does not. Looks at
/// every run that is kept.
async fn about(book: &Book, customer: &str, as_json: bool, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let seen = seen(book, customer).await?;
    let theirs: HashSet<&str> =
        seen.iter().filter(|run| run.is_theirs).filter_map(|run| run.subject.as_deref()).collect();
    let is_about = |run: &&Seen| run.is_theirs || run.subject.as_deref().is_some_and(|id| theirs.contains(id));
    let (ended, under_way): (Vec<&Seen>, Vec<&Seen>) = seen.iter().filter(is_about).partition(|run| run.at_an_end);
    let lease = book.lead().await?;
    let handed_over = lease.is_none();
    let erased = match lease {
        None => ask(book, &ended).await,
        Some(lease) => {
            let mut erased = Ok(());
            for run in &ended {
                erased =
                    erased.and(book.journal().erase(&lease, &run.key).await.map(drop).map_err(|error| told(&error)));
            }
            book.resign(lease).await;
            erased
        }
    };
    erased?;
    let left = under_way.len();
    if as_json {
        io.json(&json!({ "erased": ended.len(), "handed_over": handed_over, "under_way": left }));
        return Ok(Exit::Fine);
    }
    match handed_over {
        false => io.line(format!("# {} erased", count(ended.len(), "run"))),
        true => io.line(format!(
            "# another process runs what is in the journal: it was asked to erase {}",
            count(ended.len(), "run")
        )),
    }
    if left > 0 {
        io.line(format!(
            "# {} under way: erase again once they are at an end, or `engage runs cancel` them",
            count(left, "run")
        ));
    }
    Ok(Exit::Fine)
}

/// Asks the process that leads to erase runs.
async fn ask(book: &Book, runs: &[&Seen]) -> Result<(), Failure> {
    for some in runs.chunks(PAGE) {
        let request = |run: &&Seen| Offer::Request(Request::Erase { key: run.key.clone(), by: BY.to_owned() });
        let offers: Vec<Offer> = some.iter().map(request).collect();
        book.journal().offer(&offers).await.map_err(|error| told(&error))?;
    }
    Ok(())
}

/// Every run that is kept, and whether its event names a customer.
async fn seen(book: &Book, customer: &str) -> Result<Vec<Seen>, Failure> {
    let (mut seen, mut query) = (Vec::new(), RunQuery { most: PAGE, ..RunQuery::default() });
    loop {
        let RunPage { runs, more } = book.journal().runs(&tenant()?, &query).await.map_err(|error| told(&error))?;
        query.after = runs.last().map(|last| (last.started_at, last.key.run));
        for run in runs {
            let facts = book.facts(&run.key).await?;
            let Some(Fact { kind: FactKind::Started(beginning), .. }) = facts.first() else { continue };
            let Beginning { subject, data, .. } = &**beginning;
            let names = |place: &&str| data.pointer(place).and_then(Json::as_str) == Some(customer);
            let is_theirs = CUSTOMERS.iter().any(names);
            let (at_an_end, subject) = (run.state.at_an_end(), subject.clone());
            seen.push(Seen { key: run.key, at_an_end, subject, is_theirs });
        }
        if !more {
            return Ok(seen);
        }
    }
}

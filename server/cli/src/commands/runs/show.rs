//! One run, block by block, and its timeline.

use std::path::PathBuf;

use clap::ValueHint;
use engage_playbooks::timeline::{Timeline, values};
use serde_json::{Value as Json, json};

use super::{Found, Which, record_json};
use crate::case::{emit, sorted};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::timeline::{self, CLOSED, facts, summary};

/// How wide a timeline is where nobody says how wide the terminal is.
const WIDTH: usize = 100;

/// Arguments of `engage runs show`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Which run.
    #[command(flatten)]
    pub which: Which,
    /// Show the values too: the event, what each block gave. They may be customers' data
    #[arg(long)]
    pub values: bool,
}

/// Arguments of `engage runs timeline`.
#[derive(Debug, clap::Args)]
pub struct TimelineArgs {
    /// Which run.
    #[command(flatten)]
    pub which: Which,
    /// The file to draw into, `.svg` or `.html`, instead of text on standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
}

pub(super) async fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let found = Found::open(&args.which).await?;
    let shape = found.shape(&args.which).ok();
    let timeline = found.timeline(shape.as_ref());
    let values = args.values.then(|| Json::Object(values(&found.facts, timeline.closed)));
    if args.which.format.json() {
        let mut told = record_json(&found.record);
        if let Some(object) = told.as_object_mut() {
            object.insert("digest".to_owned(), json!(found.digest()));
            object.insert("timeline".to_owned(), timeline::json(&timeline));
            object.extend(values.map(|values| ("values".to_owned(), values)));
        }
        io.json(&told);
        return Ok(Exit::Fine);
    }
    io.line(format!("{} {}: {}", found.record.playbook, found.key, summary(&timeline)));
    if timeline.closed {
        io.line(CLOSED);
    }
    blocks(&timeline, io);
    if let Some(values) = values {
        io.line("");
        io.out(emit(&sorted(&values), 0));
    }
    Ok(Exit::Fine)
}

fn blocks(timeline: &Timeline, io: &mut Io<'_>) {
    let names = timeline.lanes.iter().map(|lane| lane.block.as_str().chars().count()).max().unwrap_or(0);
    for lane in &timeline.lanes {
        let why = lane.why().map(|why| format!("  {why}")).unwrap_or_default();
        let line = format!(
            "  {:names$}  {:9}  {:14}  {}{why}",
            lane.block.as_str(),
            lane.kind,
            lane.state.name(),
            facts(lane)
        );
        io.line(line.trim_end());
    }
}

pub(super) async fn timeline(args: &TimelineArgs, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let found = Found::open(&args.which).await?;
    let shape = found.shape(&args.which);
    if let Err(why) = &shape
        && !args.which.format.json()
    {
        io.err(format!("note: {why}: who waited for whom is not known\n"));
    }
    let timeline = found.timeline(shape.as_ref().ok());
    let title = format!("{} {}", found.record.playbook, found.key);
    match &args.output {
        Some(path) => timeline::write(path, &title, &timeline)?,
        None if args.which.format.json() => {}
        None => {
            let width = io.screen().map_or(WIDTH, |size| usize::from(size.columns));
            io.out(timeline::text(&title, &timeline, width));
        }
    }
    if args.which.format.json() {
        io.json(&timeline::json(&timeline));
    }
    Ok(Exit::Fine)
}

//! `engage scim probe`: whether Microsoft Entra could provision a SCIM server, found out by doing what Entra does.
//!
//! | file | what is in it |
//! |-|-|
//! | `given` | the address and the token |
//! | `script`, `checks` | the checks as data: requests out of what is known, and judgements of answers |
//! | `expect` | what checks look for in answers |
//! | `run` | one check after the other |
//! | `made` | what a run has made, and how it goes away |
//! | `message`, `client` | requests and answers; the one place that knows HTTP |
//! | `report` | text and JSON |
//!
//! It shares no code with the server's own reading of SCIM, so that each proves the other.

mod checks;
mod client;
mod expect;
mod given;
mod made;
mod message;
mod report;
mod run;
mod script;

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueHint;
use reqwest::Url;
use uuid::Uuid;

use crate::args::FormatArgs;
use crate::commands::sandbox::asked_to_end;
use crate::execution::wait;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use client::Client;
pub use given::{TOKEN, Token};
use message::NoAnswer;
use report::Printer;
use run::{End, Outcome, Run, Told};
use script::{Known, Names};

const EXAMPLES: &str = "\
Examples:
  ENGAGE_SCIM_TOKEN=... engage scim probe https://engage.example/employees/scim
  engage scim probe http://127.0.0.1:8080/rooms/scim - < token.txt
  engage scim probe https://engage.example/employees/scim?aadOptscim062020 --ca-file ca.pem --format json

It does what Microsoft Entra does: tests the connection, makes users and groups of its own, finds, changes, disables, restores and
deletes them, and holds every answer against the standard. What it makes is called engage-probe-... and is deleted at the end, also
after a failure or an interrupt. Until then the server takes it for real: probe where a new user starts nothing that matters.

A TOKEN on the command line can be seen by others on this machine: give it by the variable ENGAGE_SCIM_TOKEN, or by `-` on standard
input.

It ends with 0 where nothing failed, warnings or not, with 1 where a check failed, and with 3 where the server cannot be reached.";

/// Arguments of `engage scim probe`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The base URL of the service: what stands before `/Users`
    #[arg(value_name = "URL", value_hint = ValueHint::Url)]
    pub url: String,
    /// The bearer token; `-` reads it from standard input [default: what ENGAGE_SCIM_TOKEN says]
    #[arg(value_name = "TOKEN", value_parser = Token::argument)]
    pub token: Option<Token>,
    /// Certificates trusted beside the machine's own, PEM
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ca_file: Option<PathBuf>,
    /// How long each request may take
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u16).range(1..=600), default_value_t = 30)]
    pub timeout: u16,
    /// How to tell.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Probes a server.
///
/// # Errors
/// When the address or the token cannot be used, or the server cannot be reached.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let url = given::address(&args.url)?;
    let token = Token::read(args.token.as_ref(), io)?;
    let timeout = Duration::from_secs(args.timeout.into());
    let client = Client::new(url.clone(), &token, args.ca_file.as_deref(), timeout)?;
    let known = Known::new(Names::new(&mut Uuid::new_v4), rooms(&url));
    let mut run = Run::new(&client, &token, known);
    wait(probe(&mut run, args, io))??;
    let left = run.left();
    if args.format.json() {
        io.json(&report::data(&token.hidden_in(&shown(&url)), &run.told, &left, &run.end));
    } else {
        io.out(report::summary(&run.told, &left));
    }
    for left in &left {
        io.err(format!("it may still be there: {left}\n"));
    }
    Ok(exit(&run.told, &run.end))
}

/// Makes the checks and cleans up after them, whatever they came to. A second request to end ends that too.
async fn probe(run: &mut Run<'_, Client>, args: &Args, io: &mut Io<'_>) -> Result<(), Failure> {
    let mut printer = Printer::new(io.colour_out());
    let mut tell = |told: &Told| {
        if !args.format.json() {
            io.out(printer.check(told));
            io.flush();
        }
    };
    let checked = run.checks(asked_to_end(), &mut tell).await;
    tokio::select! {
        () = run.clean_up() => {}
        () = asked_to_end() => {}
    }
    checked.map_err(|why| unreachable(&why))
}

/// Whether the address is that of our service of rooms.
fn rooms(url: &Url) -> bool {
    url.path().trim_end_matches('/').ends_with("/rooms/scim")
}

/// The address without what stands behind it, which may be anything.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.into()
}

fn unreachable(why: &NoAnswer) -> Failure {
    let help = match why {
        NoAnswer::NoConnection(cause) if cause.contains("certificate") => {
            "name the certificates of your authority with `--ca-file`"
        }
        NoAnswer::NoConnection(_) => {
            "see whether the server runs, and whether the address is the one that it listens at"
        }
        NoAnswer::NotInTime(_) => {
            "see whether the server is busy or a firewall swallows requests; `--timeout` gives it longer"
        }
        NoAnswer::BrokenOff(_) | NoAnswer::TooLarge => "see whether what listens at this address is a SCIM server",
    };
    Failure::outside(format!("the server cannot be asked: {why}")).help(help)
}

fn exit(all: &[Told], end: &End) -> Exit {
    match end {
        End::Stopped | End::Silent(_) => Exit::Outside,
        End::Whole if report::number(all, Outcome::Failed) > 0 => Exit::Problems,
        End::Whole => Exit::Fine,
    }
}

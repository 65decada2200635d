//! `engage demo`: from a free time to a record in the CRM, in one process, with each request shown as `curl` sends it.
//!
//! | file | what |
//! |-|-|
//! | `server` | `engage serve --sandbox` in this process |
//! | `call` | requests, as they are sent and as they are shown |
//! | `story` | what is done, step by step |
//! | `sign_in` | tokens of a back-end and of an employee |
//! | `crm` | what the CRM has of it |
//! | `told` | text and JSON |
//!
//! It knows the server by its line of readiness and its addresses alone, as any client does.

mod call;
mod crm;
mod server;
mod sign_in;
mod story;
mod told;

use clap::ValueEnum;

use crate::args::FormatArgs;
use crate::commands::sandbox::asked_to_end;
use crate::execution::wait;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use server::Server;
use story::Story;
use told::Printer;

const EXAMPLES: &str = "\
Examples:
  engage demo                              on a simulated Dataverse: by a back-end, then by an employee
  engage demo --crm salesforce             the same on a simulated Salesforce
  engage demo --by employee --stay         and the server goes on, to try the commands that were shown

It serves the sandbox of `engage serve --sandbox` at a free port of this machine and is its client: employees come in from a
directory, a caller gets a token, asks when somebody is free, holds a time, books it and cancels it. After each the records of the CRM
are shown, which the playbooks of the starter package have written there. Nothing outside of this machine is called, and nothing stays.";

/// Arguments of `engage demo`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The CRM that has the meetings
    #[arg(long, value_enum, default_value_t = Crm::Dataverse, value_name = "CRM")]
    pub crm: Crm,
    /// Who books [default: one after the other]
    #[arg(long, value_enum, value_name = "WHO")]
    pub by: Option<By>,
    /// Go on serving afterwards, until it is told to stop, and show what the commands need
    #[arg(long)]
    pub stay: bool,
    /// How to tell.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// A CRM that is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Crm {
    /// Dataverse, by its Web API
    Dataverse,
    /// Salesforce, by its REST API
    Salesforce,
}

impl Crm {
    /// The name, as options and the line of readiness have it.
    fn name(self) -> &'static str {
        match self {
            Self::Dataverse => "dataverse",
            Self::Salesforce => "salesforce",
        }
    }
}

/// Who books a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// A program, by client credentials: what follows in the CRM is done as the application
    BackEnd,
    /// An employee, signed in with a code and PKCE: what follows in the CRM is done on the employee's behalf
    Employee,
}

/// Shows what it is about.
///
/// # Errors
/// When the server does not start, or something does not come to what it should.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let (server, ready) = Server::start(args.crm)?;
    let mut printer = Printer::new(args.format.json(), io);
    printer.begin(args.crm, &ready);
    let by = args.by.map_or_else(|| vec![By::BackEnd, By::Employee], |by| vec![by]);
    let mut story = Story::new(ready, args.crm)?;
    let end = wait(async {
        story.told(&by, &mut printer).await?;
        printer.end(args.stay.then(|| story.variables()));
        if args.stay {
            asked_to_end().await;
        }
        Ok(())
    })?;
    let ended = server.end();
    end.and(ended)?;
    Ok(Exit::Fine)
}

//! `engage run`: an operation on a pattern, or a run of a playbook.

mod pattern;
mod playbook;

pub(super) use playbook::go;

use std::path::PathBuf;

use clap::ValueHint;
use clap::builder::NonEmptyStringValueParser;
use uuid::Uuid;

use crate::args::FormatArgs;
use crate::crm;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;
use crate::planning::Planning;
use crate::playbook::ai::AiChoice;
use crate::playbook::keep::Keep;
use crate::playbook::place::Place;
use crate::target::{self, Hints, Named};
use crate::workspace;

const EXAMPLES: &str = "\
Examples, patterns:
  engage run internal-meeting --op create --crm memory:crm.json --input three-advisors.input.yaml
  engage run customer-overview --op read --crm memory:crm.json --input …
  engage run internal-meeting --op create --crm salesforce --input … --dry-run

Examples, playbooks:
  engage run portal-lead --event booked.event.yaml --crm memory:crm.json --timeline run.svg
  engage run greet --input Name=Kari --crm memory
  engage run portal-lead --event booked.event.yaml --crm sandbox --journal runs.sqlite
  engage run customer-overview --event asked.event.yaml --crm dataverse --ai openai

The records are kept in the file as JSON, by CRM table and column. --state gives records to begin with.
Run an operation again with the same --operation-key, or a playbook with the same event and --journal, and nothing is
written twice; a run that was cut off goes on.

--crm dataverse and --crm salesforce run on the CRM itself where the environment says where it is: ENGAGE_DATAVERSE_URL,
_TOKEN_URL, _CLIENT_ID, _CLIENT_SECRET, _SCOPE, _ASSERTION (the token of the employee who acts), _IMPERSONATE, _CA_FILE;
ENGAGE_SALESFORCE_URL, _CLIENT_ID, _CLIENT_SECRET or _KEY_FILE and _USERNAME, _AUDIENCE, _API_VERSION, _CA_FILE.
--ai openai asks the model at ENGAGE_AI_URL: _KEY, _STYLE, _API_VERSION, _MODELS, _OUTPUT, _TOKEN_LIMIT, _PROXY.";

/// Arguments of `engage run`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// What is run, and where.
    #[command(flatten)]
    pub planning: Planning,
    /// The CRM.
    #[command(flatten)]
    pub place: crm::Place,
    /// The employee who acts [default: of a pattern `local`; of a playbook the one in the event]
    #[arg(long, value_name = "EMPLOYEE", conflicts_with = "as_application", value_parser = NonEmptyStringValueParser::new())]
    pub acting: Option<String>,
    /// Act as the application, as a pattern with `as application` does by itself
    #[arg(long)]
    pub as_application: bool,
    /// What makes this operation the same as an earlier one [default: a new one]
    #[arg(long, value_name = "UUID")]
    pub operation_key: Option<Uuid>,
    /// The event that starts a playbook, YAML or JSON; `-` for standard input
    ///
    /// A file with `kind` is an event, with its data below `data`; every other file is the data alone. Where an input of the
    /// playbook is called `kind`, or a webhook starts it, an event is what has `data` and the trigger's own name as `kind`.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub event: Option<PathBuf>,
    /// Keep the run in a SQLite file, or in `postgres://…`, from which it goes on where it was cut off
    #[arg(long, value_name = "FILE|URL", value_hint = ValueHint::FilePath)]
    pub journal: Option<Place>,
    /// Remove runs from the journal that ended longer ago than this: `30d`, `12h`, `90min` [default: `ENGAGE_KEEP`, else none]
    #[arg(long, value_name = "TIME", requires = "journal")]
    pub keep: Option<Keep>,
    /// Who answers for AI blocks: `local` makes answers up, a file has them, `openai` is a real model
    #[arg(long, value_name = "local|FILE|openai")]
    pub ai: Option<AiChoice>,
    /// The files of `File` blocks: a folder that holds each under its id
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub files: Option<PathBuf>,
    /// Draw what waited for what into a file, `.svg` or `.html`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub timeline: Option<PathBuf>,
    /// Write a line of JSON per call of a playbook to the CRM at the end of a file: who, as whom, what; never a value
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub audit: Option<PathBuf>,
    /// Show the plan and the requests of a pattern, or the schedule of a playbook, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// How to write.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// Runs an operation on a pattern, or a playbook.
///
/// # Errors
/// When the input is refused, or the CRM fails.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let loaded = workspace::load(&args.planning.on.workspace)?;
    match target::named(&loaded, &args.planning.name, args.hints())? {
        Named::Pattern(id) => pattern::run(args, &id, loaded, io),
        Named::Playbook(id) => playbook::run(args, &id, &loaded, io),
    }
}

impl Args {
    /// What the options say of the name.
    fn hints(&self) -> Hints {
        let given = |all: &[(&str, bool)]| all.iter().any(|(_, given)| *given);
        Hints { pattern: given(&self.of_patterns()), playbook: given(&self.of_playbooks()) }
    }

    fn of_playbooks(&self) -> [(&'static str, bool); 7] {
        [
            ("--event", self.event.is_some()),
            ("--journal", self.journal.is_some()),
            ("--keep", self.keep.is_some()),
            ("--ai", self.ai.is_some()),
            ("--files", self.files.is_some()),
            ("--timeline", self.timeline.is_some()),
            ("--audit", self.audit.is_some()),
        ]
    }

    fn of_patterns(&self) -> [(&'static str, bool); 4] {
        [
            ("--op", self.planning.op.is_some()),
            ("--operation-key", self.operation_key.is_some()),
            ("--as-application", self.as_application),
            // What a block failed with holds no words of the CRM.
            ("--crm-words", self.place.crm_words),
        ]
    }

    /// Refuses what only playbooks take.
    fn without_playbook(&self) -> Result<(), Failure> {
        refuse(&self.of_playbooks(), "a playbook", "a pattern", &self.planning.name)
    }

    /// Refuses what only patterns take.
    fn without_pattern(&self) -> Result<(), Failure> {
        refuse(&self.of_patterns(), "a pattern", "a playbook", &self.planning.name)
    }
}

fn refuse(given: &[(&str, bool)], taken_by: &str, what: &str, name: &str) -> Result<(), Failure> {
    match given.iter().find(|(_, given)| *given) {
        Some((option, _)) => Err(Failure::usage(format!("`{option}` is for {taken_by}, and `{name}` is {what}"))),
        None => Ok(()),
    }
}

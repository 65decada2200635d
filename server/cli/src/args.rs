//! The commands, and the options that several of them share.

use clap::{Parser, Subcommand, ValueEnum};

use crate::commands::{
    access, backtest, check, client, completions, config, convert, credentials, db, demo, describe, diff, explain,
    export, fmt, fork, graph, import, init, man, org, packages, plan, run, runs, sandbox, scim, secrets, serve, test,
    trace, verify,
};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;

const ABOUT: &str = "Entity patterns and playbooks for CRMs: check, plan and run them from files";

/// What stands below the help of the whole: examples, then the exit codes.
pub(crate) const EXAMPLES: &str = "\
Start here:
  engage demo                              all of it at once, on simulated CRMs
  engage init demo                         a small workspace that works
  engage check demo                        every mistake, placed and explained
  engage plan contact-of-account --op create --crm salesforce --workspace demo
  engage test demo                         the workspace's own snapshot cases

Exit codes:
  0  fine
  1  problems found in the input
  2  wrong usage: an option, a name or a folder that does not exist
  3  the outside failed: the CRM, the disk";

/// `engage`: the whole command line.
#[derive(Debug, Parser)]
#[command(name = "engage", version, about = ABOUT, after_help = EXAMPLES, propagate_version = false)]
pub struct Cli {
    /// Colour: on a terminal only, always or never (`NO_COLOR` is respected)
    #[arg(long, global = true, value_enum, default_value_t = ColorChoice::Auto, value_name = "WHEN", hide_possible_values = true)]
    pub color: ColorChoice,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl ColorChoice {
    /// Sets the streams to what is chosen.
    pub fn apply(self, io: &mut Io<'_>) {
        match self {
            Self::Auto => {}
            Self::Always => io.set_colour(true),
            Self::Never => io.set_colour(false),
        }
    }
}

/// Text for people or JSON for programs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// For programs; stable
    Json,
}

/// The `--format` of a command that has no other forms.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct FormatArgs {
    /// How to write: text for people, json for programs
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    pub format: Format,
}

impl FormatArgs {
    /// Whether JSON is asked for.
    pub fn json(self) -> bool {
        self.format == Format::Json
    }
}

/// What engage can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show it all at once: from a free time to a record in a simulated CRM, each request as `curl` sends it
    Demo(demo::Args),
    /// Write a small workspace that works
    Init(init::Args),
    /// Find every mistake of a workspace, placed and explained
    Check(check::Args),
    /// Give every `.engage` file the one layout
    Fmt(fmt::Args),
    /// Write the definitions and patterns of a file in the other spelling
    Convert(convert::Args),
    /// Say what a pattern takes and gives, part by part; what starts a playbook, and what its blocks take and give
    Describe(describe::Args),
    /// Show what an operation or a playbook would do, and in how many requests
    Plan(plan::Args),
    /// Draw the dependency graph of a pattern, of a plan or of a playbook
    Graph(graph::Args),
    /// Run an operation on a pattern, or a playbook, on a CRM, real or simulated
    Run(run::Args),
    /// Look at runs of playbooks in a journal, let them go on, stop them
    Runs(runs::Args),
    /// Run the playbooks of a workspace as events come in, until it is told to stop
    Serve(serve::Args),
    /// List the packages that a workspace uses, their forks, and updates
    Packages(packages::Args),
    /// Write an editable copy of a package's playbook
    Fork(fork::Args),
    /// Write patterns and playbooks, with all that they need, to one file
    Export(export::Args),
    /// Bring an exported file into a workspace: show what would change, then do it
    Import(import::Args),
    /// Run the snapshot cases of a workspace
    Test(test::Args),
    /// Follow every value of playbooks from where it comes to where it goes
    Trace(trace::Args),
    /// Tell what a change of a workspace does to plans, privileges and runs
    Diff(diff::Args),
    /// Tell what a new version would have made of past runs; nothing is sent
    Backtest(backtest::Args),
    /// Hold the definitions against what the CRM says of itself
    Verify(verify::Args),
    /// Tell the least that patterns need to be allowed on a CRM
    Access(access::Args),
    /// Serve a Dataverse and a Salesforce of this machine, for work without a tenant
    Sandbox(sandbox::Args),
    /// Check the configuration of a platform, or show what holds
    Config(config::Args),
    /// Look at the database of a platform, bring it up to date, copy it, put a copy back
    Db(db::Args),
    /// Make, list, disable and enable the organisations of a platform, and say whose users work for them
    Org(org::Args),
    /// Register, list, enable and disable the back-ends that call in the name of an organisation
    Client(client::Args),
    /// Make, list and revoke the tokens that directories come with; check a SCIM server
    Scim(scim::Args),
    /// Keep, list and remove secrets of organisations, put them under another key; no value comes out
    Secrets(secrets::Args),
    /// List what lets somebody in, and when it ends; no value comes out
    Credentials(credentials::Args),
    /// Explain the code of an error
    Explain(explain::Args),
    /// Print the completions of a shell
    Completions(completions::Args),
    /// Write the manual pages into a folder
    Man(man::Args),
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// [`Failure`] with the exit code and what to tell.
    pub fn run(&self, io: &mut Io<'_>) -> Result<Exit, Failure> {
        match self {
            Self::Demo(args) => demo::run(args, io),
            Self::Init(args) => init::run(args, io),
            Self::Check(args) => check::run(args, io),
            Self::Packages(args) => packages::run(args, io),
            Self::Fork(args) => fork::run(args, io),
            Self::Export(args) => export::run(args, io),
            Self::Import(args) => import::run(args, io),
            Self::Fmt(args) => fmt::run(args, io),
            Self::Convert(args) => convert::run(args, io),
            Self::Describe(args) => describe::run(args, io),
            Self::Run(args) => run::run(args, io),
            Self::Runs(args) => runs::run(args, io),
            Self::Serve(args) => serve::run(args, io),
            Self::Test(args) => test::run(args, io),
            Self::Trace(args) => trace::run(args, io),
            Self::Diff(args) => diff::run(args, io),
            Self::Backtest(args) => backtest::run(args, io),
            Self::Sandbox(args) => sandbox::run(args, io),
            Self::Explain(args) => explain::run(args, io),
            Self::Config(args) => config::run(args, io),
            Self::Db(args) => db::run(args, io),
            Self::Org(args) => org::run(args, io),
            Self::Client(args) => client::run(args, io),
            Self::Scim(args) => scim::run(args, io),
            Self::Secrets(args) => secrets::run(args, io),
            Self::Credentials(args) => credentials::run(args, io),
            Self::Verify(args) => verify::run(args, io),
            Self::Access(args) => access::run(args, io),
            Self::Plan(args) => plan::run(args, io),
            Self::Graph(args) => graph::run(args, io),
            Self::Completions(args) => completions::run(args, io),
            Self::Man(args) => man::run(args, io),
        }
    }

    /// Whether failures are told as JSON.
    pub fn as_json(&self) -> bool {
        match self {
            Self::Demo(args) => args.format.json(),
            Self::Init(args) => args.format.json(),
            Self::Check(args) => args.format.json(),
            Self::Packages(args) => args.format.json(),
            Self::Fork(args) => args.format.json(),
            Self::Config(args) => args.json(),
            Self::Db(args) => args.json(),
            Self::Org(args) => args.json(),
            Self::Client(args) => args.json(),
            Self::Scim(args) => args.json(),
            Self::Secrets(args) => args.json(),
            Self::Credentials(args) => args.json(),
            Self::Export(args) => args.json(),
            Self::Import(args) => args.format.json(),
            Self::Verify(args) => args.format.json(),
            Self::Access(args) => args.format.json(),
            Self::Describe(args) => args.format.json(),
            Self::Fmt(args) => args.format.json(),
            Self::Run(args) => args.format.json(),
            Self::Runs(args) => args.json(),
            Self::Test(args) => args.format.json(),
            Self::Trace(args) => args.format == trace::Form::Json,
            Self::Diff(args) => args.format.json(),
            Self::Backtest(args) => args.format.json(),
            Self::Plan(args) => args.format == plan::Form::Json,
            Self::Explain(args) => args.format.json(),
            Self::Convert(args) => args.format.json(),
            Self::Graph(args) => args.format == graph::Form::Json,
            Self::Completions(_) | Self::Sandbox(_) | Self::Serve(_) => false,
            Self::Man(args) => args.format.json(),
        }
    }
}

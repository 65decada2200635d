//! `engage sandbox`: servers on this machine that behave like Dataverse and Salesforce, until they are stopped.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueHint;
use engage_sandbox::server::Ports;
use engage_sandbox::{Options, Running, STARTER_SCHEMAS, Sandbox};
use serde_json::Value as Json;
use tokio::sync::mpsc;

use crate::connection;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::io::Io;
use crate::sandboxed::{self, ROLE};
use crate::workspace;

const EXAMPLES: &str = "\
Examples:
  engage sandbox --log                             free ports; where everything is stands in the line printed
  engage sandbox --dataverse-port 8080 --data state tables.yaml rows.yaml
  engage sandbox --env-file sandbox.env &          then: . ./sandbox.env && engage verify --live --crm dataverse

When it is ready it prints one line of JSON: addresses, client, secret, users with their tokens, per CRM. It serves this
machine alone. Its keys and secrets are the same everywhere and known to everybody: put nothing real into it.
FILEs are `kind: SandboxSchema` (tables) or `kind: SandboxSeed` (rows), in the CRM's own words; those of a workspace,
`*.sandbox.yaml`, come with --workspace.";

/// Arguments of `engage sandbox`.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Tables and rows beside those that ship
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub files: Vec<PathBuf>,
    /// The folder of a workspace whose `*.sandbox.yaml` are taken
    #[arg(short, long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub workspace: Option<PathBuf>,
    /// Leave out the tables and columns that the starter library installs
    #[arg(long)]
    pub bare: bool,
    /// Port of Dataverse; 0 picks a free one, here and below
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub dataverse_port: u16,
    /// Port of Dataverse over TLS
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub dataverse_https_port: u16,
    /// Port of Salesforce
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub salesforce_port: u16,
    /// Port of Salesforce over TLS
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub salesforce_https_port: u16,
    /// Port of administration: the log, faults, reset
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub admin_port: u16,
    /// Folder to keep the rows in [default: memory]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub data: Option<PathBuf>,
    /// Where the certificate of the test authority is written [default: a file for temporary files]
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub ca_file: Option<PathBuf>,
    /// Where the variables are written that connect the other commands with it, for a shell to read
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub env_file: Option<PathBuf>,
    /// Print every request to standard error
    #[arg(long)]
    pub log: bool,
}

/// Serves until the process is asked to end.
///
/// # Errors
/// When a file is refused or a port is taken.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    serve(args, io, asked_to_end())
}

/// Serves until a future ends.
///
/// # Errors
/// As [`run`].
pub fn serve(args: &Args, io: &mut Io<'_>, end: impl Future<Output = ()>) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::outside(format!("the runtime does not start: {error}")))?;
    let mut options = options(args)?;
    let (send, mut lines) = mpsc::unbounded_channel::<String>();
    if args.log {
        // Who prints a line waits for nobody; the streams belong to this thread.
        options.print = Some(Arc::new(move |line: &str| drop(send.send(line.to_owned()))));
    }
    runtime.block_on(async {
        let running = Sandbox::start(options).await.map_err(|error| sandboxed::refused(&error))?;
        if let Some(path) = &args.env_file {
            std::fs::write(path, variables(&running)).map_err(|error| Failure::write(path, &error))?;
        }
        io.line(running.ready_line());
        io.flush();
        tokio::pin!(end);
        loop {
            tokio::select! {
                () = &mut end => break,
                Some(line) = lines.recv() => io.err(line + "\n"),
            }
        }
        running.stop();
        while let Ok(line) = lines.try_recv() {
            io.err(line + "\n");
        }
        Ok(Exit::Fine)
    })
}

fn options(args: &Args) -> Result<Options, Failure> {
    let mut options = Options {
        dataverse: Ports { http: args.dataverse_port, https: args.dataverse_https_port },
        salesforce: Ports { http: args.salesforce_port, https: args.salesforce_https_port },
        admin: args.admin_port,
        folder: args.data.clone(),
        ca_file: args.ca_file.clone(),
        ..Options::default()
    };
    if let Some(folder) = &args.data {
        std::fs::create_dir_all(folder).map_err(|error| Failure::write(folder, &error))?;
    }
    if !args.bare {
        options.schemas.extend(STARTER_SCHEMAS.map(str::to_owned));
    }
    if let Some(folder) = &args.workspace {
        sandboxed::add_files(&workspace::read(folder)?, &mut options)?;
    }
    args.files.iter().try_for_each(|path| add(&mut options, path))?;
    Ok(options)
}

fn add(options: &mut Options, path: &Path) -> Result<(), Failure> {
    sandboxed::add(options, &path.display().to_string(), &input::text(path)?)
}

/// What connects the other commands with it, as lines of a shell.
fn variables(running: &Running) -> String {
    let mut text = String::new();
    for (crm, names) in [
        ("dataverse", ["url", "token_url", "client_id", "client_secret"].as_slice()),
        ("salesforce", ["url", "client_id", "client_secret"].as_slice()),
    ] {
        let Some(facts) = running.ready().get(crm) else { continue };
        let prefix = format!("export ENGAGE_{}", crm.to_uppercase());
        for name in names {
            let value = facts.get(name).and_then(Json::as_str).unwrap_or_default();
            let _ = writeln!(text, "{prefix}_{}='{value}'", name.to_uppercase());
        }
        let key = facts.get("private_key").and_then(Json::as_str).map(str::to_owned);
        let more = [
            ("ASSERTION", connection::assertion_of(facts, ROLE)),
            ("KEY", key),
            ("EMPLOYEE", connection::username_of(facts)),
        ];
        for (name, value) in more {
            if let Some(value) = value {
                let _ = writeln!(text, "{prefix}_{name}='{value}'");
            }
        }
    }
    text
}

/// Ends with an interrupt from the keyboard or the system's request to end.
pub(crate) async fn asked_to_end() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    if let Ok(mut terminated) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = interrupted => {}
            _ = terminated.recv() => {}
        }
        return;
    }
    // Where signals cannot be listened to, the process simply ends with them.
    if interrupted.await.is_err() {
        std::future::pending::<()>().await;
    }
}

//! `engage db`: the database of a platform: its version, its migrations, its copies.

use std::path::{Path, PathBuf};

use clap::{Subcommand, ValueHint};
use engage_server::config::Config;
use engage_server::platform::{self, Place, PlatformError};
use engage_store::platform::{Status, StoreError};
use serde_json::{Value as Json, json};

use crate::configured::{Configured, told};
use crate::execution::wait;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;

const EXAMPLES: &str = "\
Examples:
  engage db status --config engage.toml    versions; nothing is changed
  engage db backup before-upgrade.db       while the server goes on
  engage db migrate
  engage db restore before-upgrade.db --set store.data=elsewhere

The database is PostgreSQL where `store.url` is set, else the file engage.db in the folder `store.data`. Copies of PostgreSQL are
made by pg_dump. A copy holds no key: keep those of `keys.current-file` and `keys.previous-files` apart from it.";

/// Arguments of `engage db`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// What is done.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done with the database.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Tell the version of the tables and the one that this program knows; change nothing
    Status(Configured),
    /// Bring the tables up to date, as the start of a server does
    Migrate(Configured),
    /// Copy the database into a file that is not there yet, while others go on writing
    Backup(CopyArgs),
    /// Put a copy where the database is to be; refused where one is already
    Restore(CopyArgs),
}

/// Arguments of the commands that take a copy.
#[derive(Debug, clap::Args)]
pub struct CopyArgs {
    /// The copy
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: PathBuf,
    /// The configuration.
    #[command(flatten)]
    pub configured: Configured,
}

impl Args {
    fn configured(&self) -> &Configured {
        match &self.command {
            Command::Status(configured) | Command::Migrate(configured) => configured,
            Command::Backup(args) | Command::Restore(args) => &args.configured,
        }
    }

    /// Whether failures are told as JSON.
    pub fn json(&self) -> bool {
        self.configured().format.json()
    }
}

/// Does what is asked with the database.
///
/// # Errors
/// When the configuration is wrong, the database cannot be asked, or what is asked cannot be done.
pub fn run(args: &Args, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let config = args.configured().load()?;
    let json = args.json();
    match &args.command {
        Command::Status(_) => wait(status(&config, json, io))?,
        Command::Migrate(_) => wait(migrate(&config, json, io))?,
        Command::Backup(copy) => wait(backup(&config, copy, io))?,
        Command::Restore(copy) => wait(restore(&config, copy, io))?,
    }
}

/// Says what is known. Tables that this program cannot work with end it with 1.
async fn status(config: &Config, as_json: bool, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let status = platform::status(config).await.map_err(|error| told(&error))?;
    let Status { applied, known } = status;
    let state = match applied {
        0 => "empty",
        _ if applied < known => "behind",
        _ if applied > known => "newer",
        _ => "current",
    };
    if as_json {
        io.json(&with_place(config, json!({ "applied": applied, "known": known, "state": state })));
    } else {
        io.line(place(config));
        io.line(format!("the tables are of version {applied}, this program knows {known}: {state}"));
    }
    Ok(if applied > known { Exit::Problems } else { Exit::Fine })
}

async fn migrate(config: &Config, as_json: bool, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let before = platform::status(config).await.map_err(|error| told(&error))?;
    let database = platform::open(config).await.map_err(|error| told(&error))?;
    let after = database.ready().await.map_err(|error| told(&error.into()))?;
    if as_json {
        io.json(&with_place(config, json!({ "before": before.applied, "applied": after.applied })));
    } else if before.applied == after.applied {
        io.line(format!("the tables are of version {} already", after.applied));
    } else {
        io.line(format!("the tables are of version {} now, and were of {}", after.applied, before.applied));
    }
    Ok(Exit::Fine)
}

async fn backup(config: &Config, args: &CopyArgs, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let path = &args.file;
    if let Place::File(_) = Place::of(config) {
        free(path)?;
    }
    platform::backup(config, path).await.map_err(|error| told(&error))?;
    if args.configured.format.json() {
        io.json(&json!({ "written": [path.display().to_string()] }));
    } else {
        io.line(format!("wrote {}", path.display()));
    }
    Ok(Exit::Fine)
}

/// A copy overwrites nothing, and makes no folders.
fn free(path: &Path) -> Result<(), Failure> {
    if path.exists() {
        let failure = Failure::usage(format!("`{}` is there already; nothing was written", path.display()));
        return Err(failure.help("give the copy another name"));
    }
    match path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
        Some(_) => Err(Failure::write(path, &std::io::ErrorKind::NotFound.into())),
        None => Ok(()),
    }
}

async fn restore(config: &Config, args: &CopyArgs, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let Place::File(target) = Place::of(config) else { return Err(told(&PlatformError::CopiedElsewhere)) };
    let path = &args.file;
    std::fs::File::open(path).map_err(|error| Failure::read(path, &error))?;
    platform::restore(config, path).await.map_err(|error| refused(&error, path, &target))?;
    if args.configured.format.json() {
        io.json(&json!({ "written": [target.display().to_string()] }));
    } else {
        io.line(format!("wrote {}", target.display()));
    }
    Ok(Exit::Fine)
}

fn refused(error: &PlatformError, path: &Path, target: &Path) -> Failure {
    match error {
        PlatformError::Store(StoreError::Refused { .. }) => {
            let message =
                format!("`{}` is there already, or what belongs to it; nothing was written", target.display());
            Failure::usage(message).help("move it away with all that has its name, or set another `store.data`")
        }
        PlatformError::Store(error @ (StoreError::Corrupt { .. } | StoreError::Newer { .. })) => {
            Failure::problem(format!("`{}` cannot be put back: {error}", path.display()))
        }
        error => told(error),
    }
}

fn place(config: &Config) -> String {
    match Place::of(config) {
        Place::File(path) => format!("SQLite in `{}`", path.display()),
        Place::Address(_) => "PostgreSQL".to_owned(),
    }
}

/// Data with where the database is; of an address nothing is shown.
fn with_place(config: &Config, mut data: Json) -> Json {
    let (database, file) = match Place::of(config) {
        Place::File(path) => ("sqlite", Some(path.display().to_string())),
        Place::Address(_) => ("postgres", None),
    };
    if let Some(object) = data.as_object_mut() {
        object.insert("database".to_owned(), json!(database));
        object.insert("file".to_owned(), json!(file));
    }
    data
}

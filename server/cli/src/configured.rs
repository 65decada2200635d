//! What the commands share that work on a platform: its configuration, its database, and how their failures are told.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueHint;
use engage_engine::nearest::nearest;
use engage_runner::SystemTime;
use engage_server::admin::Admin;
use engage_server::config::{Config, Flag, Origin, Problem, Sources, VARIABLE_PREFIX};
use engage_server::platform::{self, KeyProblem, KeyProblems, PlatformError};
use engage_store::platform::{Actor, Organisation, OrganisationReads as _, StoreError, SystemRandom};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::args::FormatArgs;
use crate::commands::scim::probe;
use crate::failure::{Failure, Placed};
use crate::input;

/// Who does it, as the audit log has it.
pub const ACTOR: &str = "command line";
/// How a key is made.
const MAKE_A_KEY: &str = "make one, `(umask 077; echo \"$(date +%Y-%m):$(openssl rand -hex 32)\" > engage.key)`, keep a copy of it \
    elsewhere, and name the file: `keys.current-file`, or `ENGAGE_KEYS_CURRENT_FILE`";
/// How many organisations are asked for at once.
const PAGE: usize = 500;

/// Where the configuration comes from: the default, a file, variables of the environment, options, in that order.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Settings {
    /// The file of the platform's configuration
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// A setting, as in `store.data=/var/lib/engage`; may be repeated, and wins over the file and the environment
    #[arg(long = "set", value_name = "SECTION.KEY=VALUE")]
    pub settings: Vec<String>,
}

/// What every command on a platform takes.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Configured {
    /// The configuration.
    #[command(flatten)]
    pub from: Settings,
    /// How to write.
    #[command(flatten)]
    pub format: FormatArgs,
}

/// A setting as it stands on the command line. It may hold a secret, so that no message repeats what cannot be read: the argument
/// parser would.
fn setting(text: &str) -> Result<Flag, Failure> {
    let Some((setting, value)) = text.split_once('=') else {
        return Err(Failure::usage("`--set` takes a setting and its value, as in `--set section.key=value`"));
    };
    Ok(Flag { spelled: format!("--set {setting}"), setting: setting.to_owned(), value: value.to_owned() })
}

impl Settings {
    /// All that the configuration is read from.
    ///
    /// # Errors
    /// When the file cannot be read, a variable is no text, or an option no setting.
    pub fn sources(&self) -> Result<Sources, Failure> {
        let flags = self.settings.iter().map(|text| setting(text)).collect::<Result<Vec<_>, _>>()?;
        let mut sources = Sources::default().variables(variables()?).flags(flags);
        if let Some(path) = &self.config {
            sources = sources.file(path.display().to_string(), input::text(path)?);
        }
        Ok(sources)
    }
}

impl Configured {
    /// All that the configuration is read from.
    ///
    /// # Errors
    /// Those of [`Settings::sources`].
    pub fn sources(&self) -> Result<Sources, Failure> {
        self.from.sources()
    }

    /// The configuration that holds.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn load(&self) -> Result<Config, Failure> {
        Config::load(&self.sources()?).map_err(|problems| refused(&problems))
    }

    /// Administration of the platform that the configuration leads to, by whoever runs this.
    ///
    /// # Errors
    /// When the configuration is wrong, or the database cannot be opened.
    pub async fn admin(&self, config: &Config) -> Result<Admin, Failure> {
        let database = platform::open(config).await.map_err(|error| told(&error))?;
        let actor = Actor { who: ACTOR.to_owned(), ..Actor::default() };
        let (time, random) = (Arc::new(SystemTime::default()), Arc::new(SystemRandom));
        Ok(Admin { database, time, ids: Arc::new(Uuid::new_v4), random, actor })
    }
}

/// The variables that may be settings. One sounds like a setting and is none: the token that `engage scim probe` sends.
fn variables() -> Result<Vec<(String, String)>, Failure> {
    let ours = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let ours = ours.filter(|(name, _)| name.starts_with(VARIABLE_PREFIX) && name != probe::TOKEN);
    let text = |(name, value): (String, std::ffi::OsString)| match value.into_string() {
        Ok(value) => Ok((name, value)),
        Err(_) => Err(Failure::usage(format!("`{name}` is no text"))),
    };
    ours.map(text).collect()
}

/// A failure that tells all that is wrong with a configuration.
pub fn refused(problems: &[Problem]) -> Failure {
    Failure::problem("").placed(placed(problems))
}

/// Mistakes of a configuration, ready to be shown.
pub fn placed(problems: &[Problem]) -> Placed {
    let lines = |red: &str, plain: &str| -> String {
        problems.iter().map(|problem| format!("{red}error{plain}: {problem}\n")).collect()
    };
    let data = problems.iter().map(data).collect();
    Placed { text: lines("", ""), coloured: lines("\x1b[1;31m", "\x1b[0m"), json: data }
}

/// A mistake with the keys that placed problems have everywhere; one of the environment or of an option has no line.
fn data(problem: &Problem) -> Json {
    let Problem { origin, message } = problem;
    let (file, line, column) = match origin {
        Origin::File(name, line, column) => (Some(name), Some(line), Some(column)),
        Origin::Default | Origin::Variable(_) | Origin::Flag(_) => (None, None, None),
    };
    json!({
        "code": null,
        "severity": "error",
        "message": message,
        "origin": origin.to_string(),
        "file": file,
        "line": line,
        "column": column,
        "end_line": null,
        "end_column": null,
        "source_line": null,
        "label": null,
        "help": null,
        "suggestion": null,
        "related": [],
    })
}

/// A failure of the platform's database.
pub fn told(error: &PlatformError) -> Failure {
    match error {
        PlatformError::Store(error) => store(error),
        PlatformError::CopiedElsewhere => {
            Failure::usage(error.to_string()).help("the address for them is the one in `store.url`")
        }
        PlatformError::NoKey => Failure::problem(error.to_string()).help(MAKE_A_KEY),
        PlatformError::Keys(KeyProblems(problems)) => keys(problems),
        error => Failure::outside(chain(error)),
    }
}

/// Keys that are none: all that is wrong with them, the first as the message.
fn keys(problems: &[KeyProblem]) -> Failure {
    let mut all = problems.iter().map(|problem| chain(problem));
    let mut failure = Failure::problem(all.next().unwrap_or_default());
    failure.notes = all.collect();
    match problems.first() {
        Some(KeyProblem::Twice { .. }) => {
            failure.help("write a name and a colon before the digits of the new one: `2026-06:…`")
        }
        Some(KeyProblem::NoKey { .. }) => failure.help(MAKE_A_KEY),
        _ => failure,
    }
}

/// A failure of the store: what does not exist is wrong usage, what cannot be is a problem, the rest is the outside's.
pub fn store(error: &StoreError) -> Failure {
    let failure = match error {
        StoreError::Absent { .. } => Failure::usage(error.to_string()),
        StoreError::Conflict { .. } | StoreError::Refused { .. } => Failure::problem(error.to_string()),
        StoreError::MissingKey { .. } | StoreError::WrongKey { .. } => Failure::problem(error.to_string()),
        error => Failure::outside(chain(error)),
    };
    match error {
        StoreError::Newer { .. } => failure.help("use the program that made them, or a newer one"),
        StoreError::MissingKey { id } => failure.help(format!(
            "secrets are kept under it: give it as `keys.current-file`, or beside the current one in `keys.previous-files`; \
             where `{id}` is lost, `engage secrets list` says what it held, without it"
        )),
        StoreError::WrongKey { .. } => failure.help(
            "put the key back that it was; a new key has a name of its own, written before its digits: `2026-06:…`",
        ),
        StoreError::Unknown(_) => failure.help("look whether it is there before it is done again"),
        _ => failure,
    }
}

/// An error with its causes.
pub(crate) fn chain(error: &dyn Error) -> String {
    let (mut text, mut cause) = (error.to_string(), error.source());
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

/// The organisation of an id or a name.
///
/// # Errors
/// When there is none: with the nearest name.
pub async fn organisation(admin: &Admin, named: &str) -> Result<Organisation, Failure> {
    if let Some(found) = admin.find_organisation(named).await.map_err(|error| store(&error))? {
        return Ok(found);
    }
    let all = organisations(admin).await?;
    let near = nearest(named, all.iter().map(|organisation| organisation.name.as_str()));
    let failure = Failure::usage(format!("there is no organisation `{named}`")).suggest(near);
    Err(failure.help("`engage org list` shows them all"))
}

/// All organisations, by name.
///
/// # Errors
/// Those of the database.
pub async fn organisations(admin: &Admin) -> Result<Vec<Organisation>, Failure> {
    let mut reader = admin.database.reader();
    let mut all: Vec<Organisation> = Vec::new();
    loop {
        let after = all.last().map(|organisation| organisation.id);
        let page = reader.organisations(after, PAGE).await.map_err(|error| store(&error))?;
        let last = page.len() < PAGE;
        all.extend(page);
        if last {
            all.sort_by(|one, other| one.name.cmp(&other.name));
            return Ok(all);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use engage_server::config::shown;

    use super::*;

    #[test]
    fn the_readme_knows_every_variable_of_the_configuration() {
        let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
        let settings = shown(&Sources::default()).unwrap();
        let sections: BTreeSet<&str> =
            settings.iter().filter_map(|shown| Some(shown.setting.split_once('.')?.0)).collect();
        assert!(sections.len() > 5);
        for section in sections {
            let prefix = format!("`{VARIABLE_PREFIX}{}_…`", section.to_uppercase());
            assert!(readme.contains(&prefix), "{prefix}");
        }
    }

    #[test]
    fn the_value_of_a_setting_is_in_no_message() {
        assert!(!setting("hunter2").unwrap_err().message.contains("hunter2"));
        let flag = setting("store.url=postgres://u:hunter2@h/d=x").unwrap();
        assert_eq!((flag.spelled.as_str(), flag.value.as_str()), ("--set store.url", "postgres://u:hunter2@h/d=x"));
    }
}

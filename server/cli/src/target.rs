//! Which CRM a command means, which pattern on it, and what that CRM can do.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use clap::{ValueEnum, ValueHint};
use engage_adapters::memory::presets;
use engage_adapters::targets;
use engage_engine::catalog::Pattern;
use engage_engine::nearest::nearest;
use engage_engine::{Capabilities, CrmName, Operation};
use engage_playbooks::Compiled;

use crate::failure::Failure;
use crate::workspace::Loaded;

/// What the simulated CRM can do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Switch {
    /// What the target CRM can do
    #[default]
    Target,
    /// Everything an adapter can declare
    Everything,
    /// Everything but atomic groups
    NoAtomicGroups,
    /// Everything but joins
    NoJoins,
    /// Everything, at most two operations in a request
    #[value(name = "batch-of-2")]
    BatchOf2,
}

impl Switch {
    /// The capabilities that are meant, for a CRM. A CRM that nobody knows the limits of can do everything.
    pub fn of(self, crm: &CrmName) -> Capabilities {
        match self {
            Self::Target => targets::for_crm(crm).unwrap_or_else(presets::everything),
            Self::Everything => presets::everything(),
            Self::NoAtomicGroups => presets::no_atomic_groups(),
            Self::NoJoins => presets::no_joins(),
            Self::BatchOf2 => presets::batch_of(2),
        }
    }

    /// The names of all switches.
    pub fn names() -> Vec<String> {
        let values = Self::value_variants().iter().filter_map(ValueEnum::to_possible_value);
        values.map(|value| value.get_name().to_owned()).collect()
    }
}

/// The value of `--op`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Op {
    /// Find matches
    Read,
    /// Make records
    Create,
    /// Change records
    Update,
}

impl From<Op> for Operation {
    fn from(op: Op) -> Self {
        match op {
            Op::Read => Self::Read,
            Op::Create => Self::Create,
            Op::Update => Self::Update,
        }
    }
}

/// The value of `--crm`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CrmChoice {
    /// A CRM by name.
    Named(String),
    /// The simulated CRM, kept in a file or only in memory.
    Memory(Option<PathBuf>),
    /// A sandbox that lives as long as the command.
    Sandbox,
}

impl FromStr for CrmChoice {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            _ if text == "memory" => Ok(Self::Memory(None)),
            _ if text == "sandbox" => Ok(Self::Sandbox),
            Some(("memory", "")) => Err("after `memory:` the name of a file is missing"),
            Some(("memory", path)) => Ok(Self::Memory(Some(PathBuf::from(path)))),
            _ => Ok(Self::Named(text.to_owned())),
        }
    }
}

/// The options that say where a pattern is and on which CRM.
#[derive(Debug, Clone, clap::Args)]
pub struct On {
    /// The folder of the workspace
    #[arg(short, long, value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub workspace: PathBuf,
    /// The CRM: `dataverse`, `salesforce`, another that has definitions, `sandbox`, `memory`, or
    /// `memory:FILE`
    #[arg(long, value_name = "CRM")]
    pub crm: Option<CrmChoice>,
    /// The CRM whose definitions are used [default: the one in --crm, else the workspace's own]
    #[arg(long, value_name = "CRM")]
    pub target: Option<String>,
}

impl On {
    /// The CRM whose definitions are meant: `--target`, else the name in `--crm`, else the workspace's own target, else
    /// the only CRM there is.
    ///
    /// # Errors
    /// When the workspace defines nothing on it, or several CRMs are possible.
    pub fn definitions(&self, loaded: &Loaded) -> Result<CrmName, Failure> {
        let known: Vec<&CrmName> = loaded.catalog.crms().collect();
        let named = match (&self.target, &self.crm) {
            (Some(name), _) => Some(name.clone()),
            (None, Some(CrmChoice::Named(name))) => Some(name.clone()),
            _ => loaded.workspace.target.as_ref().map(ToString::to_string),
        };
        let Some(named) = named else {
            return match known.as_slice() {
                [only] => Ok((*only).clone()),
                [] => Err(Failure::problem("the workspace defines no entity on any CRM")),
                several => {
                    let message = format!("the workspace has definitions on {}; say which is meant", list(several));
                    Err(Failure::usage(message)
                        .help("add `--target NAME`, or write `target = \"…\"` into `engage.toml`"))
                }
            };
        };
        if let Some(found) = known.iter().find(|crm| crm.as_str() == named) {
            return Ok((*found).clone());
        }
        let message = format!("the workspace has no definitions on a CRM `{named}`");
        let help =
            if known.is_empty() { "it defines no entity at all".into() } else { format!("it has {}", list(&known)) };
        // The simulated CRM is always there, but `--target` cannot mean it.
        let simulated = self.target.is_none().then_some("memory");
        let names = known.iter().map(|crm| crm.as_str()).chain(simulated);
        Err(Failure::usage(message).suggest(nearest(&named, names)).help(help))
    }
}

/// A pattern on a CRM.
///
/// # Errors
/// When there is none, with the nearest name; or when one of its entities is missing on that CRM.
pub fn pattern<'c>(loaded: &'c Loaded, crm: &CrmName, id: &str) -> Result<&'c Arc<Pattern>, Failure> {
    if let Some(found) = loaded.catalog.pattern(crm.as_str(), id) {
        return Ok(found);
    }
    let elsewhere: Vec<&CrmName> =
        loaded.catalog.crms().filter(|other| loaded.catalog.pattern(other.as_str(), id).is_some()).collect();
    if !elsewhere.is_empty() {
        let message = format!("the pattern `{id}` names entities that have no definition on `{crm}`");
        return Err(Failure::usage(message).help(format!("it can be used on {}", list(&elsewhere))));
    }
    let known: Vec<&str> = loaded.workspace.model.patterns.iter().map(|pattern| pattern.id.as_str()).collect();
    let failure = Failure::usage(format!("the workspace has no pattern `{id}`"));
    Err(failure.suggest(nearest(id, known.iter().copied())).help(known_help(&known, "pattern")))
}

/// What a name on the command line means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// A pattern, by its id.
    Pattern(String),
    /// A playbook, by its id.
    Playbook(String),
}

/// What the other options of a command say of its name: only patterns have operations, only playbooks have events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Hints {
    /// There is an option that only patterns take.
    pub pattern: bool,
    /// There is an option that only playbooks take.
    pub playbook: bool,
}

/// What a name means: the playbook or the pattern that has it as its id, or what `playbook:ID` and `pattern:ID` say.
///
/// # Errors
/// When nothing has it, with the nearest name, or both have and the other options do not say which is meant.
pub fn named(loaded: &Loaded, name: &str, hints: Hints) -> Result<Named, Failure> {
    if let Some(id) = name.strip_prefix("pattern:") {
        return Ok(Named::Pattern(id.to_owned()));
    }
    if let Some(id) = name.strip_prefix("playbook:") {
        return Ok(Named::Playbook(id.to_owned()));
    }
    let pattern = loaded.workspace.model.patterns.iter().any(|pattern| pattern.id.as_str() == name);
    let playbook = loaded.playbooks().any(|playbook| playbook == name);
    match (pattern, playbook) {
        (true, true) if hints.pattern && !hints.playbook => Ok(Named::Pattern(name.to_owned())),
        (true, true) if hints.playbook && !hints.pattern => Ok(Named::Playbook(name.to_owned())),
        (true, true) => {
            let failure = Failure::usage(format!("`{name}` is a pattern and a playbook"));
            Err(failure.help(format!("say which is meant: `pattern:{name}` or `playbook:{name}`")))
        }
        (_, true) => Ok(Named::Playbook(name.to_owned())),
        (true, _) => Ok(Named::Pattern(name.to_owned())),
        (false, false) => Err(unknown(loaded, name)),
    }
}

fn unknown(loaded: &Loaded, name: &str) -> Failure {
    let patterns = loaded.workspace.model.patterns.iter().map(|pattern| pattern.id.as_str());
    let known: Vec<&str> = patterns.chain(loaded.playbooks()).collect();
    let word = if loaded.playbooks().next().is_none() { "pattern" } else { "pattern or playbook" };
    let failure = Failure::usage(format!("the workspace has no {word} `{name}`"));
    failure.suggest(nearest(name, known.iter().copied())).help(known_help(&known, word))
}

fn known_help(known: &[&str], word: &str) -> String {
    match known.len() {
        0 => format!("the workspace has no {word}s"),
        1..=12 => format!("the workspace has {}", quoted(known.iter().copied())),
        more => format!("the workspace has {more} {word}s; `engage check --format json` lists them"),
    }
}

/// A playbook on a CRM.
///
/// # Errors
/// When there is none, with the nearest name; or when one of its patterns is missing on that CRM.
pub fn playbook<'c>(loaded: &'c Loaded, crm: &CrmName, id: &str) -> Result<&'c Arc<Compiled>, Failure> {
    if let Some(found) = loaded.compiled.get(crm.as_str(), id) {
        return Ok(found);
    }
    let elsewhere: Vec<&CrmName> =
        loaded.compiled.crms().filter(|other| loaded.compiled.get(other.as_str(), id).is_some()).collect();
    if !elsewhere.is_empty() {
        let message = format!("the playbook `{id}` names patterns that cannot be used on `{crm}`");
        return Err(Failure::usage(message).help(format!("it can be run on {}", list(&elsewhere))));
    }
    let known: Vec<&str> = loaded.playbooks().collect();
    let failure = Failure::usage(format!("the workspace has no playbook `{id}`"));
    Err(failure.suggest(nearest(id, known.iter().copied())).help(known_help(&known, "playbook")))
}

/// A playbook on a CRM whose blocks may be shown.
///
/// # Errors
/// As [`playbook`], and when it belongs to a proprietary package.
pub fn shown<'c>(loaded: &'c Loaded, crm: &CrmName, id: &str) -> Result<&'c Arc<Compiled>, Failure> {
    if let Some(package) = loaded.closed(id) {
        let message =
            format!("the playbook `{id}` belongs to `{package}`, which is proprietary: its blocks are not shown");
        return Err(Failure::problem(message).help("`engage run` runs it"));
    }
    playbook(loaded, crm, id)
}

fn list(crms: &[&CrmName]) -> String {
    quoted(crms.iter().map(|crm| crm.as_str()))
}

fn quoted<'t>(names: impl Iterator<Item = &'t str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

//! `--sandbox`: everything in one process, to try it: a demo organisation, simulated CRMs over their own protocols, the starter
//! package. It is nothing but answers to what the command asks otherwise: which workspace, which CRM, where things are kept.
//!
//! | file | what |
//! |---|---|
//! | `folder` | the folder with everything that is kept, which nothing else is put into |
//! | `demo` | the organisation, and the token of its directories |
//! | `issuer` | who issues tokens to the people and the back-end of the organisation |

mod demo;
mod folder;
mod issuer;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use aws_lc_rs::rand;
use clap::ValueHint;
use engage_adapters::http::Assertions;
use engage_engine::CrmName;
use engage_sandbox::server::rows_file;
use engage_sandbox::store::cut;
use engage_server::admin::Admin;
use engage_store::platform::Organisation;
use serde_json::{Value as Json, json};
use tokio::sync::watch;

use super::engine::EngineName;
use super::settings;
use crate::failure::Failure;
use crate::input::variable;
use crate::playbook::place as journal;
use crate::sandboxed::{Local, refused};
use crate::starter;
use crate::target::CrmChoice;
use crate::workspace::Loaded;
use folder::Folder;

pub(super) use demo::{Demo, ORGANISATION};

/// Under what name it is kept what callers have to know.
const OPERATOR: &str = "operator";
/// What is kept under the name of a CRM once it has the records that the workspace begins with.
const FILLED: &str = "filled";
/// What is kept there before, and behind it how long the file of its rows was without them.
const BEGUN: &str = "begun ";

/// What says that everything is to be tried here.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct SandboxArgs {
    /// Try everything in one process: a demo organisation, simulated CRMs over their own protocols, the starter package
    #[arg(long)]
    pub sandbox: bool,
    /// The folder that a sandbox keeps everything in [default: one that goes with the process]
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, requires = "sandbox")]
    pub data: Option<PathBuf>,
    /// Let a sandbox listen where others reach it, and use a folder that it has not made: its secrets are known to everybody
    #[arg(long, requires = "sandbox")]
    pub unsafe_sandbox: bool,
}

impl SandboxArgs {
    /// Refuses to let a sandbox be reached from elsewhere, unless that is asked for.
    pub(super) fn reachable(&self, address: SocketAddr) -> Result<(), Failure> {
        if !self.sandbox || self.unsafe_sandbox || address.ip().is_loopback() {
            return Ok(());
        }
        let message = format!("a sandbox is for this machine alone, and `{address}` can be reached from elsewhere");
        Err(Failure::usage(message).help("listen on 127.0.0.1; `--unsafe-sandbox` lets it all the same"))
    }
}

/// A sandbox whose CRMs do not run yet.
pub(super) struct Begun {
    folder: Folder,
    /// What callers have to know.
    operator: String,
}

/// A sandbox that runs, until it is dropped: outside of any runtime, for it has one.
pub(super) struct Sandbox {
    folder: Folder,
    operator: String,
    crm: Local,
}

impl Begun {
    /// Makes the folder, where a sandbox is meant, and puts what was not said into the arguments.
    pub(super) fn begin(args: super::Args) -> Result<(super::Args, Option<Self>), Failure> {
        let SandboxArgs { sandbox, data, unsafe_sandbox } = &args.sandbox;
        if !sandbox {
            return Ok((args, None));
        }
        allowed(&args)?;
        let folder = match data {
            Some(data) => Folder::claim(data, *unsafe_sandbox)?,
            None => Folder::temporary()?,
        };
        let operator = operator(&folder)?;
        let args = filled(args, &folder)?;
        Ok((args, Some(Self { folder, operator })))
    }

    /// What callers have to know.
    pub(super) fn operator(&self) -> &str {
        &self.operator
    }

    /// Starts the CRMs, with the records that the workspace begins with where they are new.
    pub(super) fn start(
        self,
        args: &super::Args,
        loaded: &Loaded,
        crm: &CrmName,
        assertions: Option<Arc<dyn Assertions>>,
    ) -> Result<Sandbox, Failure> {
        let Self { folder, operator } = self;
        let kept = folder.find(crm.as_str())?;
        let rows = folder.path("crm").join(rows_file(crm.as_str()));
        if let Some(length) = kept.as_deref().and_then(|kept| kept.strip_prefix(BEGUN)?.parse().ok()) {
            // The process ended while it was filled: what there is of that is taken back.
            cut(&rows, length).map_err(|error| refused(&error.into()))?;
        }
        let assertions = assertions.ok_or_else(|| Failure::outside("a sandbox serves directories"))?;
        let local = issuer::beside(loaded, crm, &folder.path("crm"), assertions)?;
        let state = args.state.as_deref().or(loaded.workspace.state.as_deref());
        if let Some(state) = state
            && kept.as_deref() != Some(FILLED)
        {
            let length = std::fs::metadata(&rows).map_err(|error| Failure::read(&rows, &error))?.len();
            folder.keep(crm.as_str(), format!("{BEGUN}{length}"))?;
            local.fill(loaded, state)?;
            folder.keep(crm.as_str(), FILLED.to_owned())?;
        }
        local.warm()?;
        Ok(Sandbox { folder, operator, crm: local })
    }
}

impl Sandbox {
    /// The CRM that playbooks run on.
    pub(super) fn crm(&self) -> &Local {
        &self.crm
    }

    /// The demo organisation and what its callers come with, made where they are not there.
    pub(super) async fn settle(
        &self,
        admin: &Admin,
        stop: &watch::Receiver<bool>,
    ) -> Result<(Organisation, Demo), Failure> {
        demo::settle(admin, self, stop).await
    }

    /// What is told of it, and stands in no log.
    pub(super) fn told(&self, demo: Option<&Demo>) -> Json {
        let mut told = json!({ "tokens": { "operator": self.operator }, "sandbox": self.crm.ready() });
        demo.into_iter().for_each(|demo| super::merge(&mut told, demo.told()));
        told
    }
}

/// Refuses what cannot be meant together with a sandbox.
fn allowed(args: &super::Args) -> Result<(), Failure> {
    let refused = |what: &str, way: &str| Err(Failure::usage(format!("`--sandbox` and {what}")).help(way.to_owned()));
    if matches!(args.on.crm, Some(CrmChoice::Memory(_))) {
        return refused("`--crm memory`", "its CRMs are `dataverse` and `salesforce`");
    }
    if args.engine == EngineName::Restate || args.journal.is_some() {
        return refused("another place for runs", "it keeps them itself: leave `--journal` and `--engine` out");
    }
    if args.directories.organisation.is_some() {
        return refused("`--organisation`", "it has an organisation of its own");
    }
    if args.behind_tls_proxy {
        return refused("`--behind-tls-proxy`", "it serves this machine alone");
    }
    let store = |setting: &&String| setting.trim_start().starts_with("store.");
    if args.directories.from.settings.iter().any(|setting| store(&setting)) {
        return refused("a setting of the store", "`--data` says where it keeps everything");
    }
    Ok(())
}

/// The arguments, with what a sandbox says where nobody did.
fn filled(mut args: super::Args, folder: &Folder) -> Result<super::Args, Failure> {
    let named = args.on.workspace.as_os_str() != "." || args.on.workspace.join("engage.toml").exists();
    if !named {
        args.on.workspace = folder.path("starter");
        starter::unpack(&args.on.workspace)?;
    }
    if let Some(CrmChoice::Named(name)) = &args.on.crm
        && args.on.target.is_none()
    {
        args.on.target = Some(name.clone());
    }
    args.on.crm = Some(CrmChoice::Sandbox);
    args.journal = Some(journal::Place::Sqlite(folder.path("runs.sqlite")));
    args.directories.organisation = Some(ORGANISATION.to_owned());
    let from = &mut args.directories.from;
    // Before those of the command line, which win: two sandboxes are not to want one port for what nobody reads.
    from.settings.insert(0, "metrics.listen=127.0.0.1:0".to_owned());
    // Behind everything: nothing of the configuration leads out of the folder, and no key of a platform comes into it.
    from.settings.extend([format!("store.data={}", folder.path("").display()), "store.url=".to_owned()]);
    let keys = ["current", "previous-files", "previous"];
    from.settings.extend(keys.map(|key| format!("keys.{key}=")));
    from.settings.push(format!("keys.current-file={}", folder.key()?.display()));
    from.settings.extend(issuer::ELSEWHERE.map(str::to_owned));
    Ok(args)
}

/// What callers have to know: as the environment says it, else the same in one folder.
fn operator(folder: &Folder) -> Result<String, Failure> {
    if let Some(token) = variable(settings::TOKEN)? {
        return Ok(token);
    }
    if let Some(kept) = folder.find(OPERATOR)? {
        return Ok(kept);
    }
    let drawn = draw()?;
    folder.keep(OPERATOR, drawn.clone())?;
    Ok(drawn)
}

/// A token that nobody guesses.
fn draw() -> Result<String, Failure> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| Failure::outside("the system gives no random numbers"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

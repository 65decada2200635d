//! What is known before anything is opened that outlasts a mistake in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use engage_engine::{CrmName, SemanticId};
use engage_playbooks::Compiled;
use engage_playbooks::model::BlockKind;
use engage_restate::RestateEngine;

use super::behalf::Behalf;
use super::connections::{One, Opening};
use super::directories::Directories;
use super::engine::{self, EngineName};
use super::logs::LogForm;
use super::measures::Measures;
use super::sandbox::{Begun, Sandbox};
use super::settings::{self, Hook, Token};
use crate::crm::Place;
use crate::failure::Failure;
use crate::io::Io;
use crate::playbook::ai::AiChoice;
use crate::playbook::files::Folder;
use crate::playbook::keep::{self, Keep, Kept};
use crate::target::{CrmChoice, Switch};
use crate::workspace::{self, Loaded};

/// Everything that a server needs, held against what may be.
pub(super) struct Ready {
    pub(super) directories: Option<Directories>,
    pub(super) token: Token,
    pub(super) hooks: BTreeMap<SemanticId, Hook>,
    pub(super) place: engine::Place,
    pub(super) kept: Kept,
    /// Every playbook, so that unfinished runs of one that was replaced go on.
    pub(super) playbooks: Vec<Arc<Compiled>>,
    /// Those that events start.
    pub(super) on: Vec<Arc<Compiled>>,
    pub(super) connections: One,
    /// What employees signed in with, once the platform that keeps it is open.
    pub(super) behalf: Arc<Behalf>,
    pub(super) ai: AiChoice,
    pub(super) files: Option<Arc<Folder>>,
    pub(super) measures: Arc<Measures>,
    /// Runs until this is dropped: the last, and outside of the runtime.
    pub(super) sandbox: Option<Sandbox>,
}

impl Ready {
    /// Reads the workspace, the environment and the command line, and opens the CRM.
    ///
    /// # Errors
    /// Everything that cannot be.
    pub(super) fn prepare(args: &super::Args, begun: Option<Begun>, io: &mut Io<'_>) -> Result<Self, Failure> {
        let directories = Directories::find(args)?;
        reachable(args, directories.as_ref())?;
        let loaded = Arc::new(workspace::load(&args.on.workspace)?);
        let token = begun.as_ref().map_or_else(Token::of_environment, |begun| Token::of(begun.operator()))?;
        let (place, kept) = (engine::Place::find(args)?, kept(args)?);
        let crm = args.on.definitions(&loaded)?;
        let playbooks: Vec<Arc<Compiled>> = loaded.compiled.on(crm.as_str()).cloned().collect();
        let on = switched_on(args, &loaded, &playbooks)?;
        let hooks = settings::hooks(&on)?;
        let measures = Arc::new(Measures::of(args.engine, directories.is_some()));
        let behalf = directories.is_some().then(Arc::<Behalf>::default);
        let (connections, sandbox) = connect(args, loaded, crm, begun, behalf.as_ref(), &measures)?;
        let ai = ai(args, &playbooks, connections.is_live(), io)?;
        let files = args.files.as_deref().map(Folder::open).transpose()?;
        Ok(Self {
            directories,
            token,
            hooks,
            place,
            kept,
            playbooks,
            on,
            connections,
            behalf: behalf.unwrap_or_default(),
            ai,
            files,
            measures,
            sandbox,
        })
    }
}

/// How long runs are kept.
fn kept(args: &super::Args) -> Result<Kept, Failure> {
    let usual = engage_runner::Config::default();
    let usual = Kept { ended: usual.retention, unfinished: usual.unfinished };
    let ended = Keep::find(args.keep, keep::VARIABLE)?;
    Ok(Kept::of(ended, Keep::find(args.keep_unfinished, keep::UNFINISHED)?, usual))
}

/// Refuses to be reached from elsewhere where nothing protects what is said. A configuration says it for itself; that of a sandbox
/// protects nothing, for its secrets are known to everybody.
fn reachable(args: &super::Args, directories: Option<&Directories>) -> Result<(), Failure> {
    if let Some(directories) = directories {
        return args.sandbox.reachable(directories.config.server.listen);
    }
    for (option, address) in [("--listen", args.listen), ("--metrics", args.metrics)] {
        address.map_or(Ok(()), |address| settings::reachable(option, address, args.behind_tls_proxy))?;
    }
    Ok(())
}

/// The playbooks that events start.
fn switched_on(
    args: &super::Args,
    loaded: &Loaded,
    playbooks: &[Arc<Compiled>],
) -> Result<Vec<Arc<Compiled>>, Failure> {
    let on: Vec<Arc<Compiled>> = playbooks.iter().filter(|playbook| loaded.starts(&playbook.id)).cloned().collect();
    if args.engine == EngineName::Restate {
        let unfit = on.iter().try_for_each(|playbook| RestateEngine::supports(playbook));
        unfit.map_err(|error| Failure::problem(error.to_string()).help("leave `concurrency` out"))?;
    }
    Ok(on)
}

/// The CRM, in a sandbox or where the command line says.
fn connect(
    args: &super::Args,
    loaded: Arc<Loaded>,
    crm: CrmName,
    begun: Option<Begun>,
    behalf: Option<&Arc<Behalf>>,
    measures: &Arc<Measures>,
) -> Result<(One, Option<Sandbox>), Failure> {
    let choice = args.on.crm.clone().ok_or_else(|| {
        Failure::usage("say where to run: `--crm` is missing").help("for example `--crm memory:crm.json`")
    })?;
    // What a server writes is to be somewhere: a CRM's own name says too little where nothing says where it is.
    if let CrmChoice::Named(_) = choice {
        crate::connection::required(&crm, &loaded.catalog)?;
    }
    let place = Place { capabilities: Switch::Target, state: args.state.clone(), crm_words: false };
    let opening = Opening { loaded, crm, choice, place, behalf: behalf.cloned() };
    let Some(begun) = begun else {
        return Ok((One::open(opening, args.acting.as_deref(), Arc::clone(measures))?, None));
    };
    let sandbox = begun.start(args, &opening.loaded, &opening.crm, opening.assertions())?;
    Ok((One::of_sandbox(opening, sandbox.crm(), Arc::clone(measures)), Some(sandbox)))
}

/// Who answers for AI blocks, where there are any.
fn ai(args: &super::Args, playbooks: &[Arc<Compiled>], live: bool, io: &mut Io<'_>) -> Result<AiChoice, Failure> {
    let asks =
        |playbook: &&Arc<Compiled>| playbook.blocks.iter().any(|node| matches!(node.block.kind, BlockKind::Ai { .. }));
    match playbooks.iter().find(asks) {
        Some(asking) => AiChoice::choose(args.ai.as_ref(), asking, live, args.log == LogForm::Json, io),
        None => Ok(AiChoice::default()),
    }
}

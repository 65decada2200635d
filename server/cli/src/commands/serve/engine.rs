//! The engine that runs playbooks: the one in this process, on a journal, or Restate, with this process as a worker.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use engage_playbooks::ports::{BlockExecutor, DurableEngine};
use engage_restate::{Addresses, RestateEngine, Url, Worker};
use engage_runner::{Alerts, Config, Host, MemoryShelf, Runner, SystemTime};
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::measures::{Measures, Standing};
use super::settings;
use crate::failure::Failure;
use crate::playbook::keep::Kept;
use crate::playbook::place as journal;

/// How long an engine may take to say how it stands before the process says that it is ready.
const HOW_IT_STANDS: Duration = Duration::from_secs(5);

/// An engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum EngineName {
    /// This process, on a journal
    Embedded,
    /// Restate, on any number of machines, with this process as one of its workers
    Restate,
}

/// Where Restate is, and where it finds this process.
#[derive(Debug, Clone, clap::Args)]
pub struct RestateArgs {
    /// Where Restate takes calls in [default: http://127.0.0.1:8080]
    #[arg(long, value_name = "URL")]
    pub restate_ingress: Option<Url>,
    /// Where Restate is told of workers and asked for lists of runs [default: http://127.0.0.1:9070]
    #[arg(long, value_name = "URL")]
    pub restate_admin: Option<Url>,
    /// The public key of the Restate server, `publickeyv1_…`: the worker answers nobody else [default: whoever reaches it]
    #[arg(long, value_name = "KEY")]
    pub restate_key: Option<String>,
    /// Where this process listens for Restate; port 0 picks a free one [default: 127.0.0.1:9080]
    #[arg(long, value_name = "ADDRESS")]
    pub worker: Option<SocketAddr>,
    /// Where Restate reaches it: of several workers the address of all [default: `http://` and the address of `--worker`]
    #[arg(long, value_name = "URL")]
    pub worker_url: Option<Url>,
}

/// Where runs live.
pub(super) enum Place {
    /// In a journal.
    Journal(journal::Place),
    /// In Restate.
    Restate(Box<Restate>),
}

/// What is known of Restate before it is asked.
pub(super) struct Restate {
    addresses: Addresses,
    key: Option<String>,
    worker: SocketAddr,
    worker_url: Option<Url>,
}

impl Place {
    /// What the command line says, held against what may be.
    pub(super) fn find(args: &super::Args) -> Result<Self, Failure> {
        let RestateArgs { restate_ingress, restate_admin, restate_key, worker, worker_url } =
            RestateArgs::clone(&args.restate);
        if args.engine == EngineName::Embedded {
            let told = [restate_ingress.is_some(), restate_admin.is_some(), restate_key.is_some()];
            if told.contains(&true) || worker.is_some() || worker_url.is_some() {
                let failure = Failure::usage("options of Restate stand there, and runs live in a journal");
                return Err(failure.help("say `--engine restate`, or leave them out"));
            }
            return Ok(Self::Journal(journal::Place::find(args.journal.as_ref())?));
        }
        if args.journal.is_some() {
            let failure = Failure::usage("`--journal` stands there, and runs live in Restate");
            return Err(failure.help("leave one of `--journal` and `--engine restate` out"));
        }
        if args.keep_unfinished.is_some() {
            let failure = Failure::usage("`--keep-unfinished` stands there, and runs at Restate end at their deadline");
            return Err(failure.help("leave it out"));
        }
        let worker = worker.unwrap_or(SocketAddr::from(([127, 0, 0, 1], 9080)));
        settings::reachable("--worker", worker, args.behind_tls_proxy)?;
        let at = |url: Option<Url>, usual: &str| url.map_or_else(|| usual.parse(), Ok);
        let wrong = |_| Failure::usage("an address of Restate is none");
        let addresses = Addresses {
            ingress: at(restate_ingress, "http://127.0.0.1:8080").map_err(wrong)?,
            admin: at(restate_admin, "http://127.0.0.1:9070").map_err(wrong)?,
        };
        Ok(Self::Restate(Box::new(Restate { addresses, key: restate_key, worker, worker_url })))
    }
}

/// What an engine works with.
pub(super) struct Tools {
    pub(super) shelf: Arc<MemoryShelf>,
    pub(super) blocks: Arc<dyn BlockExecutor>,
    pub(super) measures: Arc<Measures>,
    pub(super) alerts: Arc<dyn Alerts>,
}

/// An engine that is open: what it does in this process, and nothing runs yet.
pub(super) enum Work {
    Embedded { runner: Runner, journal: String, standing: watch::Receiver<Standing> },
    Restate(Box<AtRestate>),
}

/// A worker of Restate.
pub(super) struct AtRestate {
    engine: RestateEngine,
    worker: Worker,
    listener: TcpListener,
    /// Where Restate reaches it.
    url: Url,
}

impl Work {
    /// Opens the journal, or listens for Restate.
    pub(super) async fn open(place: Place, kept: Kept, tools: Tools) -> Result<Self, Failure> {
        let holder = format!("engage serve, process {}", std::process::id());
        let Kept { ended, unfinished } = kept;
        let config = Config { holder, retention: ended, unfinished, ..Config::default() };
        match place {
            Place::Journal(place) => {
                let mut host = Host::new(place.open().await?, tools.shelf, tools.blocks);
                let (journal, standing) = (place.to_string(), tools.measures.standing());
                (host.metrics, host.alerts) = (tools.measures, tools.alerts);
                Ok(Self::Embedded { runner: Runner::new(host, config), journal, standing })
            }
            Place::Restate(restate) => restate.open(tools, config).await,
        }
    }

    pub(super) fn engine(&self) -> Arc<dyn DurableEngine> {
        match self {
            Self::Embedded { runner, .. } => Arc::new(runner.clone()),
            Self::Restate(at) => Arc::new(at.engine.clone()),
        }
    }

    /// Whether this process leads, on an engine of which one process does.
    pub(super) fn standing(&self) -> Option<watch::Receiver<Standing>> {
        match self {
            Self::Embedded { standing, .. } => Some(standing.clone()),
            Self::Restate(_) => None,
        }
    }

    /// Works until it is told to stop, and then what is under way; tells once how it stands.
    pub(super) async fn run(self, mut stop: watch::Receiver<bool>, tell: watch::Sender<Option<Json>>) {
        let told = |standing: Json| tell.send_replace(Some(standing));
        match self {
            Self::Embedded { runner, journal, standing } => {
                let stopping = async {
                    told(json!({"journal": journal, "leader": leads(standing).await}));
                    // Who could tell it to stop is gone: the same.
                    let _ = stop.wait_for(|stop| *stop).await;
                    runner.stop();
                    std::future::pending().await
                };
                tokio::select! {
                    () = runner.run() => {}
                    () = stopping => {}
                }
            }
            Self::Restate(at) => {
                let AtRestate { engine, worker, listener, url } = *at;
                let stopped = async {
                    let _ = stop.wait_for(|stop| *stop).await;
                };
                let introducing = async {
                    let introduced = tokio::time::timeout(HOW_IT_STANDS, engine.introduce(&url)).await.is_ok();
                    told(json!({"journal": "restate", "worker": url.as_str(), "registered": introduced}));
                    if !introduced {
                        engine.introduce(&url).await;
                    }
                    std::future::pending().await
                };
                tokio::select! {
                    () = worker.serve_on(listener, stopped) => {}
                    () = introducing => {}
                }
            }
        }
    }
}

/// Whether this process leads, once that is known.
async fn leads(mut standing: watch::Receiver<Standing>) -> bool {
    let known = standing.wait_for(|standing| standing.leads.is_some());
    match tokio::time::timeout(HOW_IT_STANDS, known).await {
        Ok(Ok(standing)) => standing.leads == Some(true),
        _ => false,
    }
}

impl Restate {
    async fn open(self, tools: Tools, config: Config) -> Result<Work, Failure> {
        // Nothing is without an end there: its deadline is a timer of Restate.
        let Tools { shelf, blocks, measures, alerts: _ } = tools;
        let time = Arc::new(SystemTime::default());
        let failed = |error| Failure::outside(format!("`{}` cannot be listened on: {error}", self.worker));
        let listener = TcpListener::bind(self.worker).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let url = match self.worker_url {
            Some(url) => url,
            None => format!("http://{address}").parse().map_err(|_| Failure::usage("`--worker` is no address"))?,
        };
        let mut worker = Worker::new(Arc::<MemoryShelf>::clone(&shelf), blocks, Arc::<SystemTime>::clone(&time));
        if let Some(key) = &self.key {
            worker = worker.signed_by(key).map_err(|error| Failure::usage(format!("`--restate-key`: {error}")))?;
        }
        let worker = worker.config(config.clone()).metrics(Arc::<Measures>::clone(&measures));
        let engine = RestateEngine::new(self.addresses, shelf, time, config);
        let engine = engine.map_err(|error| Failure::outside(error.to_string()))?.metrics(measures);
        Ok(Work::Restate(Box::new(AtRestate { engine, worker, listener, url })))
    }
}

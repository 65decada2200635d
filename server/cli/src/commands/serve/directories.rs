//! Directories of the platform: SCIM for employees and rooms on the same address, and their events for the playbooks.

use std::collections::HashSet;
use std::sync::Arc;

use axum::Router;
use engage_identity::{self as identity, Api};
use engage_playbooks::ports::DurableEngine;
use engage_playbooks::run::Tenant;
use engage_runner::SystemTime;
use engage_server::admin::Admin;
use engage_server::api;
use engage_server::config::{Config, Flag};
use engage_server::http::{Bounds, HttpMeasures, Surroundings, acceptor};
use engage_server::identity::{Assertions, Refusals};
use engage_server::management::ports::Served;
use engage_server::management::{self, Administration};
use engage_server::platform::{self, PlatformError, Safe, Seals};
use engage_server::scim::{SURFACE, Scim};
use engage_server::work::{Around, Chores, Kept, Relay, WorkMeasures};
use engage_store::platform::{Actor, Database, StoreError, SystemRandom};
use serde_json::{Value as Json, json};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use uuid::Uuid;

use super::alerts::Raised;
use super::behalf::{Behalf, Caretaker};
use super::connections::One;
use super::identity::Identity;
use super::logs;
use super::measures::Standing;
use super::playbooks::Playbooks;
use super::sandbox::{Demo, Sandbox};
use crate::configured::{self, Settings};
use crate::failure::Failure;
use crate::hooks::Hooks;

/// Whose directories are served, and how.
#[derive(Debug, Clone, clap::Args)]
pub struct DirectoryArgs {
    /// Serve directories too (SCIM for employees and rooms): those of every organisation, and the events of this one, by its id or
    /// name, start the playbooks
    #[arg(long, value_name = "ID|NAME")]
    pub organisation: Option<String>,
    /// The configuration of the platform, where directories are served.
    #[command(flatten)]
    pub from: Settings,
}

/// What is known of directories before anything is opened.
pub(super) struct Directories {
    pub(super) config: Config,
    organisation: String,
}

impl Directories {
    /// What the command line and the environment say; nothing where no directories are served.
    pub(super) fn find(args: &super::Args) -> Result<Option<Self>, Failure> {
        let DirectoryArgs { organisation, from } = &*args.directories;
        let Some(organisation) = organisation else {
            if from.config.is_some() || !from.settings.is_empty() {
                let failure =
                    Failure::usage("a configuration of the platform stands there, and no directories are served");
                return Err(failure.help("say whose events start the playbooks: `--organisation`"));
            }
            return Ok(None);
        };
        if args.behind_tls_proxy {
            let failure = Failure::usage("with directories, proxies are named: `--behind-tls-proxy` says too little");
            return Err(failure.help("`--set server.trusted-proxies=10.0.0.0/8`"));
        }
        let flag = |spelled: &str, setting: &str, value: String| Flag {
            spelled: spelled.to_owned(),
            setting: setting.to_owned(),
            value,
        };
        let listen = args.listen.map(|address| flag("--listen", "server.listen", address.to_string()));
        let metrics = args.metrics.map(|address| flag("--metrics", "metrics.listen", address.to_string()));
        let sources = from.sources()?.flags(listen.into_iter().chain(metrics));
        let config = Config::load(&sources).map_err(|problems| configured::refused(&problems))?;
        Ok(Some(Self { config, organisation: organisation.clone() }))
    }

    /// Opens the database and what is secret in it, and finds the organisation: that its records are in this CRM is written down, for
    /// servers that run playbooks of others serve its callers too.
    pub(super) async fn open(
        self,
        sandbox: Option<&Sandbox>,
        connections: &One,
        stop: &watch::Receiver<bool>,
    ) -> Result<Open, Failure> {
        let Self { config, organisation } = self;
        let tls = config.server.tls.as_ref().map(acceptor).transpose();
        let tls = tls.map_err(|error| Failure::outside(error.to_string()))?;
        let database = platform::open(&config).await.map_err(|error| configured::told(&error))?;
        let (time, ids) = (Arc::new(SystemTime::default()), Arc::new(Uuid::new_v4));
        let actor = Actor { who: "engage serve".to_owned(), ..Actor::default() };
        let admin = Admin { database, time, ids, random: Arc::new(SystemRandom), actor };
        let (organisation, demo) = match sandbox {
            Some(sandbox) => {
                sandbox.settle(&admin, stop).await.map(|(organisation, demo)| (organisation, Some(demo)))?
            }
            None => (configured::organisation(&admin, &organisation).await?, None),
        };
        admin
            .set_crm(organisation.id, Some(connections.crm().as_str()))
            .await
            .map_err(|error| configured::store(&error))?;
        let safe = Safe::open(&config.keys, admin.database.clone(), admin.random.clone(), admin.now()).await;
        let safe = safe.map_err(|error| configured::told(&error))?;
        let Admin { database, time, ids, .. } = admin;
        let around = Around {
            database,
            time,
            ids,
            server: format!("{}-{}", std::process::id(), Uuid::new_v4()),
            wake: Arc::default(),
        };
        let settings = demo.as_ref().map_or_else(|| config.identity.clone(), |demo| Some(demo.issuer.settings()));
        let assertions = assertions(settings.as_ref(), connections, &around, &safe, organisation.id);
        let identity = Identity::begin(settings, &around, stop).await?;
        Ok(Open { config, tls, around, safe, organisation: organisation.id, demo, identity, assertions })
    }
}

/// Directories whose database is open.
pub(super) struct Open {
    pub(super) config: Config,
    pub(super) tls: Option<TlsAcceptor>,
    around: Around,
    safe: Safe,
    organisation: Uuid,
    demo: Option<Demo>,
    identity: Option<Identity>,
    assertions: Option<Assertions>,
}

/// The runs that events start.
pub(super) struct Runs {
    pub(super) engine: Arc<dyn DurableEngine>,
    pub(super) tenant: Tenant,
    /// Whether this process leads, on an engine of which one process does.
    pub(super) standing: Option<watch::Receiver<Standing>>,
    /// Whether the CRM acts for employees at all.
    pub(super) employees: bool,
    /// The ids of the playbooks that events start.
    pub(super) on: HashSet<String>,
}

/// Where it is kept what employees sign in with, to act on their behalf at a CRM whose tokens that is exchanged for.
fn assertions(
    settings: Option<&identity::Settings>,
    connections: &One,
    around: &Around,
    safe: &Safe,
    organisation: Uuid,
) -> Option<Assertions> {
    let (settings, application) = (settings?, connections.exchanges_for()?);
    let Ok(vault) = safe.vault() else {
        tracing::warn!(
            "what follows from what employees do waits for them: there is no key (`keys.current-file`) to keep under it what they \
             sign in with"
        );
        return None;
    };
    let kept = Assertions::new(vault.clone(), Arc::clone(&around.time));
    let kept = kept.audited(Refusals::new(around.database.clone()));
    let client_id = application.parse().ok().filter(|id| *id != settings.management.client_id);
    Some(match client_id {
        Some(client_id) => kept.own(organisation, Api { client_id, uri: format!("api://{client_id}") }),
        None => kept,
    })
}

/// What the platform is kept in, as far as a server depends on it.
pub(super) struct Platform {
    database: Database,
    safe: Safe,
}

impl Platform {
    /// Whether the database answers, its tables are of this program, and the keys to its secrets are there; else a word for which
    /// of it is not so, and why.
    pub(super) async fn ready(&self) -> Result<(), (&'static str, PlatformError)> {
        self.database.ready().await.map_err(|error| match error {
            StoreError::Newer { .. } => ("migrations", error.into()),
            error => ("database", error.into()),
        })?;
        self.safe.check().await.map_err(|error| match &error {
            PlatformError::Store(StoreError::MissingKey { .. } | StoreError::WrongKey { .. }) => ("key", error),
            _ => ("database", error),
        })
    }
}

impl Open {
    /// What readiness depends on.
    pub(super) fn platform(&self) -> Platform {
        Platform { database: self.around.database.clone(), safe: self.safe.clone() }
    }

    /// The organisation whose events start the playbooks, and to which the workspace is shown.
    pub(super) fn organisation(&self) -> Uuid {
        self.organisation
    }

    /// Who tells the organisation of what goes wrong with its runs.
    pub(super) fn alerts(&self) -> Raised {
        Raised { around: self.around.clone(), organisation: self.organisation }
    }

    /// Lets the CRM be called with what employees signed in with.
    pub(super) fn behalf(&self, behalf: &Behalf) {
        behalf.open(self.organisation, self.assertions.clone(), self.seals());
    }

    /// Where personal ids are sealed; nowhere without a key.
    fn seals(&self) -> Option<Seals> {
        let vault = self.safe.vault().ok()?.clone();
        Some(Seals::new(vault, Arc::clone(&self.around.time), Arc::clone(&self.around.ids)))
    }

    /// What connections may cost.
    pub(super) fn bounds(&self) -> Bounds {
        let (limits, server) = (self.config.limits, &self.config.server);
        Bounds {
            connections: limits.connections,
            head_time: limits.head_time,
            head_bytes: limits.head_bytes,
            headers: limits.headers,
            drain: server.drain,
        }
    }

    /// How callers know the server that listens there.
    pub(super) fn url(&self, address: std::net::SocketAddr) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        self.config.server.public_url.clone().unwrap_or_else(|| format!("{scheme}://{address}"))
    }

    /// Where directories send to.
    pub(super) fn told(url: &str) -> Json {
        json!({"employees": format!("{url}/employees/scim"), "rooms": format!("{url}/rooms/scim")})
    }

    /// What callers come with, in a sandbox.
    pub(super) fn demo(&self) -> Option<&Demo> {
        self.demo.as_ref()
    }

    /// Every address of the server, and what stands around them.
    pub(super) fn router(&self, others: Router, served: Served, measures: Arc<HttpMeasures>, url: String) -> Router {
        let scim = Arc::new(Scim::new(&self.around, self.config.scim, url));
        let Around { ids, time, .. } = self.around.clone();
        let administration =
            Administration { random: Arc::new(SystemRandom), overlap: self.config.scim.secret_overlap };
        let (rates, kept) = (self.config.rates, (self.assertions.clone(), self.seals()));
        let routes = |identity: &Identity| identity.routes(&self.around, rates, kept, (administration, served));
        let (users, count) =
            self.identity.as_ref().map(routes).map_or_else(Default::default, |(routes, count)| (routes, Some(count)));
        let surfaces = vec![SURFACE, api::SURFACE, management::SURFACE];
        let surroundings = Surroundings { surfaces, measures, ids, time, follow: logs::FOLLOW, count };
        surroundings.around(others.merge(scim.routes()).merge(users), &self.config)
    }

    /// Begins to work in the background.
    ///
    /// # Errors
    /// Those of [`Hooks::new`].
    pub(super) fn work(
        &self,
        runs: Runs,
        measures: Arc<WorkMeasures>,
        stop: watch::Receiver<bool>,
    ) -> Result<[JoinHandle<()>; 3], Failure> {
        let kept = Kept { silence: self.config.scim.silence, audit: self.config.audit_kept };
        let Runs { engine, tenant, standing, employees, on } = runs;
        let (around, organisation) = (self.around.clone(), self.organisation);
        let caretaker = Caretaker {
            around,
            kept: self.assertions.clone(),
            seals: self.seals(),
            organisation,
            engine: Arc::clone(&engine),
            tenant: tenant.clone(),
            standing,
        };
        let caretaker = caretaker.run(stop.clone());
        let playbooks = Playbooks { engine, tenant, organisation, employees, on, alerts: self.alerts() };
        let relay = Relay::new(self.around.clone(), playbooks).run(stop.clone());
        let hooks = Arc::new(Hooks::new(self.around.clone(), self.safe.clone())?);
        let chores = Chores::new(self.around.clone(), kept, measures, hooks).run(stop);
        Ok([tokio::spawn(relay), tokio::spawn(chores), tokio::spawn(caretaker)])
    }
}

//! Starts everything and says where it is.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Map, Value as Json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::Service;
use super::admin::Admin;
use super::faults::Faults;
use super::listen::{self, Endpoint, Target};
use super::log::Log;
use super::running::Running;
use super::seed::SeedError;
use super::sown::Sown;
use super::tls::{Tls, TlsError};
use crate::dataverse::{Dataverse, Setup, SetupError};
use crate::salesforce::{self, Salesforce};
use crate::schema::{Crm, Schema, SchemaError};
use crate::store::{FileError, Store};
use crate::world::World;

/// Largest body of a request.
const MAX_BODY: usize = 32 * 1024 * 1024;

/// Prints a line of the log.
pub type Printer = Arc<dyn Fn(&str) + Send + Sync>;

/// Ports of one CRM; 0 picks a free one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ports {
    /// Port of http.
    pub http: u16,
    /// Port of https.
    pub https: u16,
}

/// How a sandbox is set up.
#[derive(Clone)]
pub struct Options {
    /// Ports of Dataverse.
    pub dataverse: Ports,
    /// Ports of Salesforce.
    pub salesforce: Ports,
    /// Port of the administration endpoint; 0 picks a free one.
    pub admin: u16,
    /// Set-up of Dataverse.
    pub dataverse_setup: Setup,
    /// Set-up of Salesforce.
    pub salesforce_setup: salesforce::Setup,
    /// Texts of schema files, for either CRM.
    pub schemas: Vec<String>,
    /// Texts of seed files, in order. A folder has each once: they are its beginning.
    pub seeds: Vec<String>,
    /// Folder to keep rows in; in memory when not given.
    pub folder: Option<PathBuf>,
    /// Where the certificate of the test authority is written; a file for temporary files when not given.
    pub ca_file: Option<PathBuf>,
    /// Where time and identifiers come from.
    pub world: World,
    /// Prints every request.
    pub print: Option<Printer>,
    /// Largest body of a request, in bytes.
    pub max_body: usize,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            dataverse: Ports::default(),
            salesforce: Ports::default(),
            admin: 0,
            dataverse_setup: Setup::default(),
            salesforce_setup: salesforce::Setup::default(),
            schemas: Vec::new(),
            seeds: Vec::new(),
            folder: None,
            ca_file: None,
            world: World::of_this_machine(),
            print: None,
            max_body: MAX_BODY,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("dataverse", &self.dataverse)
            .field("admin", &self.admin)
            .finish_non_exhaustive()
    }
}

/// Why a sandbox does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A schema file is refused.
    #[error("a schema cannot be used")]
    Schema(#[from] SchemaError),
    /// The rows cannot be kept in their file.
    #[error("the store cannot be opened")]
    Store(#[from] FileError),
    /// Dataverse cannot be set up.
    #[error("Dataverse cannot be set up")]
    Dataverse(#[from] SetupError),
    /// Salesforce cannot be set up.
    #[error("Salesforce cannot be set up")]
    Salesforce(#[from] salesforce::SetupError),
    /// A seed is refused.
    #[error("a seed cannot be used")]
    Seed(#[from] SeedError),
    /// TLS cannot be set up.
    #[error("TLS cannot be set up")]
    Tls(#[from] TlsError),
    /// A port cannot be bound.
    #[error("port {port} cannot be bound")]
    Bind {
        /// The port.
        port: u16,
        /// What the system said.
        source: std::io::Error,
    },
    /// The certificate of the authority cannot be written.
    #[error("the certificate cannot be written to `{path}`")]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// What all listeners share.
pub(crate) struct Shared {
    pub(crate) log: Log,
    pub(crate) faults: Faults,
    pub(crate) print: Option<Printer>,
    pub(crate) max_body: usize,
}

/// Starts sandboxes.
#[derive(Clone, Copy, Debug)]
pub struct Sandbox;

impl Sandbox {
    /// Starts the servers on the runtime this is called from. When it returns, they accept connections.
    ///
    /// # Errors
    /// When a file is refused or a port cannot be bound.
    pub async fn start(options: Options) -> Result<Running, StartError> {
        let folder = options.folder.as_deref();
        let files = ["dataverse", "salesforce"].map(rows_file);
        let sown = Sown::of(folder, &files.each_ref().map(String::as_str))?;
        let dataverse: Arc<dyn Service> = Arc::new(dataverse(&options)?);
        let salesforce: Arc<dyn Service> = Arc::new(salesforce(&options)?);
        let services = vec![(dataverse, options.dataverse), (salesforce, options.salesforce)];
        let shared = Arc::new(Shared {
            log: Log::default(),
            faults: Faults::default(),
            print: options.print.clone(),
            max_body: options.max_body,
        });
        let plain: Vec<Arc<dyn Service>> = services.iter().map(|(service, _)| Arc::clone(service)).collect();
        sown.sow(&options.seeds, &plain)?;
        let mut start = Start { shared: Arc::clone(&shared), tls: Tls::new()?, stop: watch::channel(false) };
        let mut ready = Map::new();
        for (service, ports) in &services {
            ready.insert(service.name().to_owned(), start.service(service, *ports).await?);
        }
        let is_ours = options.ca_file.is_none();
        let ca_path = start.write_authority(options.ca_file)?;
        let ca_file = ca_path.display().to_string();
        let admin = Arc::new(Admin { shared, services: plain, seeds: options.seeds, sown });
        let url = start.bind(Target::Admin(Arc::clone(&admin)), options.admin, false).await?;
        // Both are said once for all and once per CRM, so that one object is enough to set up a client.
        for facts in ready.values_mut().filter_map(Json::as_object_mut) {
            facts.insert("ca_file".to_owned(), ca_file.clone().into());
            facts.insert("admin_url".to_owned(), url.clone().into());
        }
        ready.insert("users".to_owned(), users(&ready));
        ready.insert("ca_file".to_owned(), ca_file.into());
        ready.insert("admin_url".to_owned(), url.into());
        let (stop, tls) = (start.stop.0, start.tls.acceptor);
        Ok(Running { ready, admin, stop, tls, temporary: is_ours.then_some(ca_path) })
    }
}

fn dataverse(options: &Options) -> Result<Dataverse, StartError> {
    let store = open(options, Crm::Dataverse, "dataverse")?;
    Ok(Dataverse::new(Arc::new(store), options.world.clone(), &options.dataverse_setup)?)
}

fn salesforce(options: &Options) -> Result<Salesforce, StartError> {
    let store = open(options, Crm::Salesforce, "salesforce")?;
    Ok(Salesforce::new(Arc::new(store), options.world.clone(), &options.salesforce_setup)?)
}

/// The store of one CRM, with the schema files meant for it.
fn open(options: &Options, crm: Crm, name: &str) -> Result<Store, StartError> {
    let mut schema = Schema::built_in(crm)?;
    for text in &options.schemas {
        match schema.extend(text) {
            // The file may be meant for the other CRM.
            Err(SchemaError::NotOurs) if Schema::built_in(other(crm))?.extend(text).is_ok() => {}
            result => result?,
        }
    }
    let schema = Arc::new(schema);
    match &options.folder {
        None => Ok(Store::new(schema)),
        Some(folder) => Ok(Store::open(schema, &folder.join(rows_file(name)))?),
    }
}

/// The name of the file that the rows of a CRM are kept in, in the folder of a sandbox: it grows with each change.
pub fn rows_file(crm: &str) -> String {
    format!("{crm}.jsonl")
}

fn other(crm: Crm) -> Crm {
    match crm {
        Crm::Dataverse => Crm::Salesforce,
        Crm::Salesforce => Crm::Dataverse,
    }
}

/// The users of every CRM, by the name of the CRM.
fn users(ready: &Map<String, Json>) -> Json {
    let users = ready.iter().filter_map(|(crm, facts)| Some((crm.clone(), facts.get("users")?.clone())));
    Json::Object(users.collect())
}

struct Start {
    shared: Arc<Shared>,
    tls: Tls,
    stop: (watch::Sender<bool>, watch::Receiver<bool>),
}

impl Start {
    async fn service(&mut self, service: &Arc<dyn Service>, ports: Ports) -> Result<Json, StartError> {
        let url = self.bind(Target::Service(Arc::clone(service)), ports.http, false).await?;
        let https_url = self.bind(Target::Service(Arc::clone(service)), ports.https, true).await?;
        let mut facts = Map::from_iter([
            ("url".to_owned(), Json::from(url.clone())),
            ("https_url".to_owned(), Json::from(https_url.clone())),
        ]);
        facts.extend(service.describe(&url, Some(&https_url)));
        Ok(Json::Object(facts))
    }

    /// Binds a port of this machine and serves it; its address.
    async fn bind(&mut self, target: Target, port: u16, tls: bool) -> Result<String, StartError> {
        let failed = |source| StartError::Bind { port, source };
        let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(failed)?;
        let port = listener.local_addr().map_err(failed)?.port();
        // Certificates are for a name; clients check it.
        let base = if tls { format!("https://localhost:{port}") } else { format!("http://127.0.0.1:{port}") };
        let tls = tls.then(|| self.tls.acceptor.clone());
        let endpoint = Endpoint { target, shared: Arc::clone(&self.shared), tls, base: base.clone() };
        // `localhost` may mean either address; where there is no IPv6, the other is enough.
        if let Ok(second) = TcpListener::bind(("::1", port)).await {
            tokio::spawn(listen::serve(second, endpoint.clone(), self.stop.1.clone()));
        }
        tokio::spawn(listen::serve(listener, endpoint, self.stop.1.clone()));
        Ok(base)
    }

    fn write_authority(&self, path: Option<PathBuf>) -> Result<PathBuf, StartError> {
        // Several sandboxes of one process must not share the file.
        static STARTED: AtomicU64 = AtomicU64::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let name = || format!("engage-sandbox-ca-{}-{number}.pem", std::process::id());
        let path = path.unwrap_or_else(|| std::env::temp_dir().join(name()));
        std::fs::write(&path, &self.tls.authority)
            .map_err(|source| StartError::Certificate { path: path.clone(), source })?;
        Ok(path)
    }
}

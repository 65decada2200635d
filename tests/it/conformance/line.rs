//! The way from the suite to a CRM of the sandbox: over real HTTP, failing when told to.

use std::sync::Arc;

use async_trait::async_trait;
use engage_adapters::conformance::{About, Fixture, Terms, Trouble, Wire};
use engage_adapters::wrap::Narrow;
use engage_dsl::Workspace;
use engage_engine::{Adapter, Capabilities, CrmName};
use engage_sandbox::server::{Entry, Fault, Rule};
use engage_sandbox::{Options, Running, Sandbox};

/// What one CRM has of its own.
#[async_trait]
pub trait Side: Send + Sync {
    /// The CRM's name, here and in the sandbox.
    const CRM: &'static str;
    /// The suite's definitions with the CRM's names.
    const DEFINITIONS: &'static str;
    /// The tables below them.
    const SCHEMA: &'static str;

    /// The sandbox, beside its schema.
    fn options() -> Options;

    /// What the CRM does in a way of its own.
    fn terms(terms: Terms, running: &Running) -> Terms;

    /// An adapter that knows nothing yet, or (`ready`) has its names.
    async fn adapter(running: &Running, terms: &Terms, ready: bool) -> Arc<dyn Adapter>;

    /// Whether a request asks for tables and columns.
    fn asks_for_names(entry: &Entry) -> bool;
}

/// A sandbox, and how much of what the adapter can do is used.
pub struct Line<S> {
    running: Running,
    terms: Terms,
    to: Option<Capabilities>,
    /// An adapter that has its token and its names, for whatever is not about these.
    ready: Arc<dyn Adapter>,
    side: std::marker::PhantomData<S>,
}

impl<S: Side> Line<S> {
    pub async fn start() -> Self {
        let running = Sandbox::start(Options { schemas: vec![S::SCHEMA.to_owned()], ..S::options() }).await.unwrap();
        let manifest = format!("name = \"conformance\"\ntarget = \"{}\"\n", S::CRM);
        let files = [("engage.toml", manifest.as_str()), ("model.engage", S::DEFINITIONS)];
        let workspace = Workspace::from_sources(files);
        workspace.catalog().unwrap_or_else(|rejected| panic!("{rejected}"));
        let crm = CrmName::new(S::CRM).unwrap();
        let terms = Terms::new(&crm, workspace.model.definitions).unwrap_or_else(|error| panic!("{error}"));
        let terms = S::terms(terms, &running);
        let ready = S::adapter(&running, &terms, true).await;
        Self { running, terms, to: None, ready, side: std::marker::PhantomData }
    }

    /// The same with less.
    pub fn narrowed(self, to: &Capabilities) -> Self {
        Self { to: Some(to.clone()), ..self }
    }

    /// What is left of the adapter's capabilities, without a name.
    pub fn left_of(&self, to: Option<&Capabilities>) -> Capabilities {
        let left = narrow(Arc::clone(&self.ready), to).capabilities().clone();
        Capabilities { name: String::new(), ..left }
    }
}

fn narrow(adapter: Arc<dyn Adapter>, to: Option<&Capabilities>) -> Arc<dyn Adapter> {
    match to {
        Some(to) => Arc::new(Narrow::new(adapter, to)),
        None => adapter,
    }
}

#[async_trait]
impl<S: Side> Fixture for Line<S> {
    async fn fresh(&self) -> Arc<dyn Adapter> {
        self.running.reset().unwrap();
        narrow(Arc::clone(&self.ready), self.to.as_ref())
    }

    fn terms(&self, _: &CrmName) -> Terms {
        self.terms.clone()
    }
}

#[async_trait]
impl<S: Side> Wire for Line<S> {
    async fn again(&self) -> Arc<dyn Adapter> {
        // Tokens and names are asked for alike whatever else is used; that they fail too is tried without narrowing.
        match &self.to {
            to @ Some(_) => narrow(Arc::clone(&self.ready), to.as_ref()),
            None => S::adapter(&self.running, &self.terms, false).await,
        }
    }

    async fn calm(&self) {
        assert!(self.running.set_faults(Vec::new()));
        self.running.clear_log();
    }

    async fn sent(&self) -> Vec<About> {
        let about = |entry: &Entry| match entry.target.contains("/oauth2/") {
            true => About::Token,
            false if S::asks_for_names(entry) => About::Names,
            false => About::Records,
        };
        self.running.log().iter().map(about).collect()
    }

    async fn arm(&self, request: usize, trouble: Trouble) -> bool {
        let skip = u64::try_from(request).unwrap();
        let rule = |fault, times| {
            let service = Some(S::CRM.to_owned());
            Rule { service, method: None, target: None, skip, times, fault }
        };
        let fault = match trouble {
            Trouble::GoneBefore => return self.running.set_faults(vec![rule(Fault::CutBefore, u64::MAX)]),
            // A request that meets the first rule is not counted by the second.
            Trouble::GoneAfter => {
                let rules = vec![rule(Fault::CutAfter, 1), rule(Fault::CutBefore, u64::MAX)];
                return self.running.set_faults(rules);
            }
            Trouble::CutBefore => Fault::CutBefore,
            Trouble::CutAfter => Fault::CutAfter,
            Trouble::Unavailable => Fault::Unavailable,
            Trouble::Throttled => Fault::Throttled { after: 1 },
            Trouble::Unauthenticated => Fault::Unauthenticated,
            Trouble::Locked => Fault::RowLocked,
            Trouble::Truncated => Fault::Truncated { bytes: 40 },
            Trouble::Slow => Fault::Slow { bytes: 4096, milliseconds: 1 },
        };
        self.running.set_faults(vec![rule(fault, 1)])
    }
}

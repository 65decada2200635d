//! The Dataverse adapter, over the sandbox.

use std::sync::Arc;

use async_trait::async_trait;
use engage_adapters::conformance::Terms;
use engage_adapters::dataverse::Dataverse as Adapting;
use engage_engine::{Adapter, CrmName};
use engage_sandbox::dataverse::Setup;
use engage_sandbox::server::Entry;
use engage_sandbox::{Options, Running};

use super::line::Side;
use crate::environment::config;

pub struct Dataverse;

#[async_trait]
impl Side for Dataverse {
    const CRM: &'static str = "dataverse";
    const DEFINITIONS: &'static str = include_str!("dataverse.engage");
    const SCHEMA: &'static str = include_str!("dataverse.schema.yaml");

    fn options() -> Options {
        // A suite asks more in five minutes than a user may.
        let dataverse_setup = Setup { requests_per_window: usize::MAX, ..Setup::default() };
        Options { dataverse_setup, ..Options::default() }
    }

    fn terms(mut terms: Terms, _: &Running) -> Terms {
        // Columns that are required by forms alone are not required by the Web API; `$1` leads to earlier requests of the
        // change set ("Execute batch operations using the Web API"), so that outside of one ids have to be known.
        terms.insists_on_required = false;
        terms.back_references_alone = false;
        terms
    }

    async fn adapter(running: &Running, terms: &Terms, ready: bool) -> Arc<dyn Adapter> {
        let crm = Adapting::new(config(running), terms.catalog(), CrmName::new(Self::CRM).unwrap()).unwrap();
        if ready {
            crm.metadata(&super::call()).await.unwrap();
        }
        Arc::new(crm)
    }

    fn asks_for_names(entry: &Entry) -> bool {
        entry.body.as_ref().is_some_and(|body| body.contains("/EntityDefinitions("))
    }
}

//! The Salesforce adapter, over the sandbox.

use std::sync::Arc;

use async_trait::async_trait;
use engage_adapters::conformance::Terms;
use engage_adapters::http::{HttpOptions, Secret};
use engage_adapters::salesforce::{Config, Salesforce as Adapting};
use engage_engine::{Adapter, CrmName};
use engage_sandbox::salesforce::Setup;
use engage_sandbox::server::Entry;
use engage_sandbox::{Options, Running};

use super::line::Side;

pub struct Salesforce;

#[async_trait]
impl Side for Salesforce {
    const CRM: &'static str = "salesforce";
    const DEFINITIONS: &'static str = include_str!("salesforce.engage");
    const SCHEMA: &'static str = include_str!("salesforce.schema.yaml");

    fn options() -> Options {
        // A suite asks more in a day than an organisation may.
        Options { salesforce_setup: Setup { daily_requests: u64::MAX, ..Setup::default() }, ..Options::default() }
    }

    fn terms(terms: Terms, _: &Running) -> Terms {
        // Fifteen characters, of which the first three say the object. Embedded records are rows beside their parent:
        // outside of a transaction a parent could be left with half of them.
        let mut terms = terms.with_ids(|entity, number| {
            let prefix = match entity {
                "note" => "00T",
                "account" => "a00",
                "contact" => "a01",
                _ => "a02",
            };
            format!("{prefix}zz{number:010}")
        });
        terms.embedded_alone = false;
        terms
    }

    async fn adapter(running: &Running, terms: &Terms, ready: bool) -> Arc<dyn Adapter> {
        let at = |name: &str| running.ready()["salesforce"][name].as_str().unwrap().to_owned();
        let config = Config {
            login_url: at("url"),
            client_id: at("client_id"),
            client_secret: Some(Secret::new(at("client_secret"))),
            signing_key: None,
            username: None,
            audience: None,
            usernames: None,
            api_version: None,
            http: HttpOptions::default(),
        };
        let crm = Adapting::new(config, terms.catalog(), CrmName::new(Self::CRM).unwrap()).unwrap();
        if ready {
            crm.metadata(&super::call()).await.unwrap();
        }
        Arc::new(crm)
    }

    fn asks_for_names(entry: &Entry) -> bool {
        entry.target.contains("/describe") || entry.body.as_ref().is_some_and(|body| body.contains("/describe"))
    }
}

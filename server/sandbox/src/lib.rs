//! Local servers that behave like Microsoft Dataverse and Salesforce, for development and tests without a tenant.
//!
//! ```no_run
//! # async fn start() -> Result<(), engage_sandbox::StartError> {
//! let running = engage_sandbox::Sandbox::start(engage_sandbox::Options::default()).await?;
//! println!("{}", running.ready_line());
//! # Ok(()) }
//! ```
//!
//! | module | what it holds |
//! |-|-|
//! | [`schema`] | tables, columns and relations of a CRM, from YAML |
//! | [`store`] | typed rows with keys, references and transactions; knows no protocol |
//! | [`dataverse`] | the Web API v9.2 over a store |
//! | [`salesforce`] | Salesforce's REST API over a store |
//! | [`oauth`] | tokens and the directory's endpoints |
//! | [`http`] | requests and answers as plain data |
//! | [`server`] | listeners, TLS, log, faults, administration |
//! | [`world`] | time and identifiers, handed in |

pub mod dataverse;
pub mod http;
pub mod oauth;
pub mod salesforce;
pub mod schema;
pub mod server;
pub mod store;
pub mod world;

/// Schema files of what the starter library installs, for either CRM: give them as [`Options::schemas`].
pub const STARTER_SCHEMAS: [&str; 2] =
    [include_str!("../schemas/starter.dataverse.yaml"), include_str!("../schemas/starter.salesforce.yaml")];

/// The `kind` of a file: `SandboxSchema`, `SandboxSeed`, or whatever it says; none where it says none.
pub fn kind_of(text: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Kind {
        kind: String,
    }
    serde_yaml::from_str::<Kind>(text).ok().map(|found| found.kind)
}

pub use server::{Options, Running, Sandbox, StartError};

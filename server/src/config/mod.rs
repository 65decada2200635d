//! The configuration: one commented default that is compiled in, a file, variables and flags, in that order.
//!
//! Every key stands in [`DEFAULT`] with its value, so that what is not there is unknown. All mistakes are found at once, each
//! with the place that it comes from.

mod identity;
mod keys;
mod layer;
mod print;
mod private;
mod problem;
mod read;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use keys::{KeySource, Keys};
pub use layer::{Flag, Sources};
pub use print::{Shown, print, shown};
pub use private::{PrivateError, private};
pub use problem::{Origin, Problem};
use secrecy::SecretString;

use crate::api::Rates;
use crate::http::Network;

/// The default configuration, as it is compiled in.
pub const DEFAULT: &str = include_str!("default.toml");

/// What the name of every variable of the configuration begins with.
pub const VARIABLE_PREFIX: &str = "ENGAGE_";

/// The configuration that holds.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the server listens and how it speaks.
    pub server: Server,
    /// What a caller may ask of it.
    pub limits: Limits,
    /// How many requests of one caller the Public API takes.
    pub rates: Rates,
    /// Origins whose pages may call from a browser.
    pub cors_origins: Vec<String>,
    /// Where Prometheus reads.
    pub metrics: Option<SocketAddr>,
    /// How logs are written.
    pub log: Log,
    /// Where everything is kept.
    pub store: Store,
    /// What secrets are kept under.
    pub keys: Keys,
    /// What tokens of callers are held against; without it nobody calls with one.
    pub identity: Option<engage_identity::Settings>,
    /// Provisioning.
    pub scim: Scim,
    /// How long audit records are kept.
    pub audit_kept: Duration,
}

/// Where the server listens and how it speaks.
#[derive(Debug, Clone)]
pub struct Server {
    /// The address.
    pub listen: SocketAddr,
    /// How callers know it, without a slash at the end.
    pub public_url: Option<String>,
    /// Certificate chain and key, as PEM files.
    pub tls: Option<TlsFiles>,
    /// Proxies that terminate TLS.
    pub trusted_proxies: Vec<Network>,
    /// How long requests under way may take at the end.
    pub drain: Duration,
}

/// Files of a TLS identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate chain, leaf first.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// What a caller may ask of the server.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The largest body, in bytes.
    pub body_bytes: usize,
    /// The largest head, in bytes.
    pub head_bytes: usize,
    /// Lines of a head.
    pub headers: usize,
    /// How long a head may take.
    pub head_time: Duration,
    /// How long a request may take.
    pub request_time: Duration,
    /// Connections at the same time.
    pub connections: usize,
    /// Requests at the same time.
    pub requests_at_once: usize,
}

/// How logs are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Lines of JSON instead of text.
    pub json: bool,
    /// What is logged.
    pub filter: String,
}

/// Where everything is kept.
#[derive(Debug, Clone)]
pub struct Store {
    /// The folder of files.
    pub data: PathBuf,
    /// PostgreSQL, where it is not SQLite in the folder.
    pub url: Option<SecretString>,
    /// Connections.
    pub connections: u32,
}

/// Provisioning.
#[derive(Debug, Clone, Copy)]
pub struct Scim {
    /// Requests of one organisation in a second.
    pub requests_per_second: u32,
    /// Requests of one organisation at once.
    pub burst: u32,
    /// How long what was deactivated can be restored.
    pub purge_after: Duration,
    /// How long a secret that was replaced stays good.
    pub secret_overlap: Duration,
    /// How long a directory may be silent.
    pub silence: Duration,
    /// What part of a directory may be deactivated in an hour, in percent.
    pub mass_deactivation_percent: u32,
}

impl Config {
    /// Reads the configuration.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    ///
    /// ```
    /// use engage_server::config::{Config, Sources};
    ///
    /// let config = Config::load(&Sources::default()).expect("the default holds");
    /// assert_eq!(config.limits.body_bytes, 1 << 20);
    /// let sources = Sources::default().file("engage.toml", "[limits]\nbody-byte = 5\n[scim]\nburst = \"many\"\n");
    /// let problems = Config::load(&sources).unwrap_err();
    /// assert_eq!(problems.len(), 2);
    /// assert_eq!(problems[0].to_string(), "engage.toml:2:1: there is no setting `limits.body-byte`; did you mean `body-bytes`?");
    /// ```
    pub fn load(sources: &Sources) -> Result<Self, Vec<Problem>> {
        let (settings, problems) = layer::settings(sources);
        read::config(&settings, problems)
    }
}

#[cfg(test)]
mod tests;

//! From settings to what they mean, with all that they cannot mean.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use toml::Value;

use super::layer::Settings;
use super::problem::{Origin, Problem};
use super::{Config, Limits, Log, Scim, Server, Store, TlsFiles};
use crate::api::Rates;
use crate::http::Network;

/// Where a server that can be reached from elsewhere must not stand bare.
const BARE: &str = "this address can be reached from elsewhere, and neither `server.tls-certificate` nor \
    `server.trusted-proxies` says who speaks TLS: listen on 127.0.0.1, or set one of them";

/// Seconds of an hour and of a day.
const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

/// More requests than anybody sends in an hour.
const MOST_REQUESTS: i64 = 1_000_000_000;

/// The configuration that settings make.
pub(super) fn config(settings: &Settings, problems: Vec<Problem>) -> Result<Config, Vec<Problem>> {
    let read = Read { settings, problems: RefCell::new(problems) };
    let config = Config {
        server: read.server(),
        limits: read.limits(),
        rates: Rates {
            per_hour: read.number("api.requests-per-hour", 1..=MOST_REQUESTS),
            per_minute: read.number("api.requests-per-minute", 1..=MOST_REQUESTS),
        },
        cors_origins: read.each(
            "cors.origins",
            |text| origin(text).then(|| text.to_owned()),
            "an origin, as in `https://portal.example.com`",
        ),
        metrics: read.metrics(),
        log: read.log(),
        store: Store {
            data: read.data(),
            url: read.database(),
            connections: read.number("store.connections", 1..=1000),
        },
        keys: read.keys(),
        identity: read.identity(),
        scim: read.scim(),
        audit_kept: Duration::from_secs(read.number::<u64>("audit.keep-days", 1..=36_500).saturating_mul(DAY)),
    };
    let mut problems = read.problems.into_inner();
    if problems.is_empty() {
        return Ok(config);
    }
    problems.dedup();
    Err(problems)
}

pub(super) struct Read<'a> {
    settings: &'a Settings,
    problems: RefCell<Vec<Problem>>,
}

impl Read<'_> {
    pub(super) fn wrong(&self, path: &str, message: impl Into<String>) {
        let problem = Problem::new(self.origin(path), format!("`{path}`: {}", message.into()));
        self.problems.borrow_mut().push(problem);
    }

    /// Where a value comes from.
    pub(super) fn origin(&self, path: &str) -> Origin {
        self.settings.get(path).map_or(Origin::Default, |setting| setting.origin.clone())
    }

    /// Whether a list has anything in it.
    pub(super) fn is_set(&self, path: &str) -> bool {
        let list = self.settings.get(path).and_then(|setting| setting.value.as_array());
        list.is_some_and(|list| !list.is_empty())
    }

    pub(super) fn text(&self, path: &str) -> Option<&str> {
        let text = self.settings.get(path)?.value.as_str()?;
        (!text.is_empty()).then_some(text)
    }

    pub(super) fn path(&self, path: &str) -> Option<PathBuf> {
        self.text(path).map(PathBuf::from)
    }

    fn number<T: TryFrom<i64> + Default>(&self, path: &str, range: RangeInclusive<i64>) -> T {
        let number = self.settings.get(path).and_then(|setting| setting.value.as_integer()).unwrap_or_default();
        if !range.contains(&number) {
            self.wrong(path, format!("a number from {} to {}", range.start(), range.end()));
        }
        T::try_from(number).unwrap_or_default()
    }

    fn seconds(&self, path: &str, range: RangeInclusive<i64>) -> Duration {
        Duration::from_secs(self.number(path, range))
    }

    fn address(&self, path: &str) -> Option<SocketAddr> {
        let text = self.text(path)?;
        let address = text.parse().ok();
        if address.is_none() {
            self.wrong(path, "an address with a port, as in `127.0.0.1:8080`");
        }
        address
    }

    /// Each text of a list.
    pub(super) fn each<T>(&self, path: &str, parse: impl Fn(&str) -> Option<T>, wanted: &str) -> Vec<T> {
        let list = self.settings.get(path).and_then(|setting| setting.value.as_array());
        let parsed = list.into_iter().flatten().filter_map(|item| {
            let parsed = item.as_str().and_then(&parse);
            if parsed.is_none() {
                self.wrong(path, format!("each is {wanted}"));
            }
            parsed
        });
        parsed.collect()
    }

    fn server(&self) -> Server {
        let here = SocketAddr::from(([127, 0, 0, 1], 0));
        let listen = match self.text("server.listen") {
            Some(_) => self.address("server.listen").unwrap_or(here),
            None => {
                self.wrong("server.listen", "it has to be set");
                here
            }
        };
        let tls = match (self.path("server.tls-certificate"), self.path("server.tls-key")) {
            (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
            (None, None) => None,
            (Some(_), None) => {
                self.wrong("server.tls-certificate", "the key is missing: set `server.tls-key` too");
                None
            }
            (None, Some(_)) => {
                self.wrong("server.tls-key", "the certificate is missing: set `server.tls-certificate` too");
                None
            }
        };
        let network = |text: &str| text.parse::<Network>().ok();
        let trusted_proxies =
            self.each("server.trusted-proxies", network, "an address or a network, as in `10.0.0.0/8`");
        let file_given = self.text("server.tls-certificate").is_some() || self.text("server.tls-key").is_some();
        if !listen.ip().is_loopback() && !file_given && trusted_proxies.is_empty() {
            self.wrong("server.listen", BARE);
        }
        Server {
            listen,
            public_url: self.public_url(),
            tls,
            trusted_proxies,
            drain: self.seconds("server.drain-seconds", 0..=3600),
        }
    }

    fn public_url(&self) -> Option<String> {
        let text = self.text("server.public-url")?.trim_end_matches('/');
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        if rest.is_none_or(|rest| rest.is_empty() || rest.contains(['?', '#', '@', ' '])) {
            self.wrong(
                "server.public-url",
                "an address as in `https://engage.example.com`, without user, query and fragment",
            );
        }
        Some(text.to_owned())
    }

    fn limits(&self) -> Limits {
        const MIB: i64 = 1 << 20;
        Limits {
            body_bytes: self.number("limits.body-bytes", 1024..=64 * MIB),
            head_bytes: self.number("limits.head-bytes", 8192..=MIB),
            headers: self.number("limits.headers", 16..=1000),
            head_time: self.seconds("limits.head-seconds", 1..=600),
            request_time: self.seconds("limits.request-seconds", 1..=600),
            connections: self.number("limits.connections", 1..=1_000_000),
            requests_at_once: self.number("limits.requests-at-once", 1..=1_000_000),
        }
    }

    fn metrics(&self) -> Option<SocketAddr> {
        let address = self.address("metrics.listen")?;
        if !address.ip().is_loopback()
            && self.settings.get("metrics.listen").is_none_or(|s| s.origin == Origin::Default)
        {
            self.wrong("metrics.listen", BARE);
        }
        Some(address)
    }

    fn log(&self) -> Log {
        let form = self.text("log.form").unwrap_or_default();
        if !matches!(form, "text" | "json") {
            self.wrong("log.form", "`text` or `json`");
        }
        let filter = self.text("log.filter").unwrap_or("info").to_owned();
        if filter.parse::<tracing_subscriber::filter::Targets>().is_err() {
            self.wrong("log.filter", "`info`, `debug`, or by module: `warn,engage_server=debug`");
        }
        Log { json: form == "json", filter }
    }

    fn data(&self) -> PathBuf {
        let path = self.path("store.data");
        if path.is_none() {
            self.wrong("store.data", "it has to be set");
        }
        path.unwrap_or_default()
    }

    fn database(&self) -> Option<SecretString> {
        let url = self.text("store.url")?;
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            self.wrong("store.url", "`postgres://…`, or nothing for SQLite in the folder `store.data`");
        }
        Some(SecretString::from(url.to_owned()))
    }

    fn scim(&self) -> Scim {
        let hours = |path, range| Duration::from_secs(self.number::<u64>(path, range).saturating_mul(HOUR));
        let days = |path, range| Duration::from_secs(self.number::<u64>(path, range).saturating_mul(DAY));
        Scim {
            requests_per_second: self.number("scim.requests-per-second", 1..=1_000_000),
            burst: self.number("scim.burst", 1..=1_000_000),
            purge_after: days("scim.purge-days", 1..=3650),
            secret_overlap: days("scim.secret-overlap-days", 0..=365),
            silence: hours("scim.silence-hours", 1..=8760),
            mass_deactivation_percent: self.number("scim.mass-deactivation-percent", 1..=100),
        }
    }
}

/// Scheme, host and perhaps a port, and nothing more.
fn origin(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', '*', ' ']))
}

/// A value, as it is written in a file.
pub(super) fn written(value: &Value) -> String {
    value.to_string()
}

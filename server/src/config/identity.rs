//! Who calls: whose tokens are taken, and for which applications. Nothing here is a secret.

use std::collections::BTreeMap;

use axum::http::Uri;
use engage_identity::{Api, Authority, Environment, Misconfigured, Settings, Systems};
use uuid::Uuid;

use super::read::Read;

/// The settings of the Management API, and those of back-ends: each is there with the others or not at all.
const MANAGEMENT: [&str; 2] = ["identity.management-client-id", "identity.management-uri"];
const SYSTEMS: [&str; 3] = ["identity.platform-tenant", "identity.system-client-id", "identity.system-uri"];

/// Why an issuer of this machine is refused: its keys are made anew at every start, and anybody here signs in as anybody.
const LOCAL: &str = "an issuer on this machine, or without TLS, is for `engage serve --sandbox` alone, which brings its own: name \
    one at an https address, as in `https://login.microsoftonline.com`";

impl Read<'_> {
    /// What tokens are held against; nothing where the Management API is not named.
    pub(super) fn identity(&self) -> Option<Settings> {
        let (authority, environment) = (self.authority(), self.environment());
        let (management, systems) = (self.group(&MANAGEMENT), self.group(&SYSTEMS));
        let permission = self.text("identity.system-permission").map(ToOwned::to_owned);
        if systems && !management {
            self.wrong(SYSTEMS[0], format!("back-ends call where users do: set `{}` too", MANAGEMENT[0]));
        }
        if permission.is_some() && !systems {
            self.wrong("identity.system-permission", format!("no back-end calls: set `{}` too", SYSTEMS[0]));
        }
        if !management {
            return None;
        }
        let systems = systems.then(|| Systems {
            tenant: self.id("identity.platform-tenant"),
            api: self.api("identity.system-client-id", "identity.system-uri"),
            permission,
        });
        let management = self.api("identity.management-client-id", "identity.management-uri");
        let settings = Settings { authority, management, systems, environment };
        for problem in settings.problems() {
            let path = match problem {
                // Told above, with more words.
                Misconfigured::Authority | Misconfigured::OtherKeys | Misconfigured::Issuer => continue,
                Misconfigured::Uri if settings.management.uri.ends_with('/') => "identity.management-uri",
                Misconfigured::Uri => "identity.system-uri",
                Misconfigured::OneApi => "identity.system-client-id",
                Misconfigured::Consumers => "identity.platform-tenant",
                Misconfigured::Permission => "identity.system-permission",
            };
            self.wrong(path, problem.to_string());
        }
        Some(settings)
    }

    fn authority(&self) -> Authority {
        let text = self.text("identity.authority").unwrap_or_default().trim_end_matches('/');
        match text.parse::<Uri>() {
            Ok(uri) if is_here(&uri) => self.wrong("identity.authority", LOCAL),
            Ok(uri)
                if uri.scheme_str() == Some("https")
                    && uri.path() == "/"
                    && uri.query().is_none()
                    && !text.contains('@') => {}
            _ => self.wrong(
                "identity.authority",
                "an https address without a path, as in `https://login.microsoftonline.us`",
            ),
        }
        let v1 = self.text("identity.v1-issuer").unwrap_or_default();
        if v1.matches("{tenantid}").count() != 1 {
            self.wrong("identity.v1-issuer", "it holds `{tenantid}` once, where the tenant stands");
        }
        let issuer_v2 = format!("{text}/{{tenantid}}/v2.0");
        Authority { base: text.to_owned(), issuer_v1: v1.to_owned(), issuer_v2, custom_keys: self.custom_keys() }
    }

    fn custom_keys(&self) -> BTreeMap<Uuid, Uuid> {
        let both = |text: &str| {
            let (tenant, application) = text.split_once(':')?;
            Some((Uuid::try_parse(tenant).ok()?, Uuid::try_parse(application).ok()?))
        };
        let pairs =
            self.each("identity.custom-keys", both, "the ids of a tenant and of an application, with a colon between");
        pairs.into_iter().collect()
    }

    fn environment(&self) -> Environment {
        let environment = self.text("identity.environment").unwrap_or_default().parse();
        environment.unwrap_or_else(|_| {
            self.wrong("identity.environment", "`dev`, `test` or `prod`");
            Environment::Prod
        })
    }

    /// Whether settings that belong together are there.
    fn group(&self, paths: &[&str]) -> bool {
        let set = paths.iter().find(|path| self.text(path).is_some());
        let Some(set) = set else { return false };
        for missing in paths.iter().filter(|path| self.text(path).is_none()) {
            self.wrong(set, format!("it takes another: set `{missing}` too"));
        }
        true
    }

    fn api(&self, client_id: &str, uri: &str) -> Api {
        let uri = self.text(uri).unwrap_or_default().to_owned();
        Api { client_id: self.id(client_id), uri }
    }

    fn id(&self, path: &str) -> Uuid {
        let Some(text) = self.text(path) else { return Uuid::nil() };
        Uuid::try_parse(text).unwrap_or_else(|_| {
            self.wrong(path, "an id, as in `0f0c7f5e-2a64-4d0a-9e1e-8c1c6c0a1b2d`");
            Uuid::nil()
        })
    }
}

/// Whether an address is this machine's, or one that is spoken to without TLS.
fn is_here(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    let name = host.trim_end_matches('.');
    let address = host.parse::<std::net::IpAddr>().map(|address| address.to_canonical());
    uri.scheme_str() == Some("http")
        || name == "localhost"
        || name.ends_with(".localhost")
        || address.is_ok_and(|address| address.is_loopback() || address.is_unspecified())
}

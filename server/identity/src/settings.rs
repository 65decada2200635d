//! What tokens are held against: everything here is ours, nothing comes from a token.

use std::collections::BTreeMap;

use axum::http::Uri;
use axum::http::uri::Scheme;
use uuid::{Uuid, uuid};

use crate::principal::Environment;

/// The tenant of consumer accounts, which belong to no organisation (Microsoft, "Access token claims reference").
pub(crate) const CONSUMERS: Uuid = uuid!("9188040d-6c67-4c5b-b112-36a304b66dad");

/// Stands for every tenant of an organisation in addresses.
const ORGANIZATIONS: &str = "organizations";

/// Stands for the tenant in the template of an issuer.
const TENANT: &str = "{tenantid}";

/// What tokens are held against.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Who issues tokens.
    pub authority: Authority,
    /// The Management API, which users have tokens for.
    pub management: Api,
    /// How back-ends call; none where they may not.
    pub systems: Option<Systems>,
    /// The environment that is served here: each has a host of its own.
    pub environment: Environment,
}

/// How back-ends call.
#[derive(Debug, Clone)]
pub struct Systems {
    /// The platform's own tenant: the one issuer of their tokens.
    pub tenant: Uuid,
    /// The System Integration API, which they have tokens for.
    pub api: Api,
    /// The permission that a back-end has to have; none where any permission on the API will do.
    pub permission: Option<String>,
}

/// An API as it is registered with Entra.
#[derive(Debug, Clone)]
pub struct Api {
    /// Its client id, the audience of its tokens of version 2.0.
    pub client_id: Uuid,
    /// Its App ID URI, the audience of its tokens of version 1.0; without a slash at the end.
    pub uri: String,
}

impl Api {
    /// Whether a token of a version is for this API (Microsoft, "Access token claims reference", `aud`): one of 2.0 names the
    /// client id, one of 1.0 that or the App ID URI as it was asked for, with or without a slash at the end.
    pub(crate) fn is(&self, audience: &str, version: Version) -> bool {
        let id = audience == self.client_id.hyphenated().to_string();
        let uri = || audience.strip_suffix('/').unwrap_or(audience) == self.uri;
        id || (version == Version::V1 && uri())
    }
}

/// The version of a token's format: a matter of the API that it is for, and not of the endpoint that was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// `ver` is `1.0`.
    V1,
    /// `ver` is `2.0`.
    V2,
}

/// A service that issues tokens for many tenants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// Where its metadata is, without a slash at the end.
    pub base: String,
    /// `iss` of tokens of version 1.0, with `{tenantid}` where the tenant stands.
    pub issuer_v1: String,
    /// `iss` of tokens of version 2.0, with `{tenantid}` where the tenant stands.
    pub issuer_v2: String,
    /// Tenants that sign the tokens of an application with keys of its own (Microsoft, "Access tokens", token validation), each
    /// with the application.
    pub custom_keys: BTreeMap<Uuid, Uuid>,
}

impl Authority {
    /// Microsoft Entra in the public cloud (Microsoft, "Access tokens").
    #[must_use]
    pub fn entra() -> Self {
        Self {
            base: "https://login.microsoftonline.com".to_owned(),
            issuer_v1: "https://sts.windows.net/{tenantid}/".to_owned(),
            issuer_v2: "https://login.microsoftonline.com/{tenantid}/v2.0".to_owned(),
            custom_keys: BTreeMap::new(),
        }
    }

    /// A [local issuer](crate::issuer) at an address of this machine, as `http://127.0.0.1:4000`.
    #[must_use]
    pub fn local(base: &str) -> Self {
        let base = base.trim_end_matches('/').to_owned();
        let (issuer_v1, issuer_v2) = (format!("{base}/{TENANT}/"), format!("{base}/{TENANT}/v2.0"));
        Self { base, issuer_v1, issuer_v2, custom_keys: BTreeMap::new() }
    }

    /// Whether it is reached without TLS, as only a local issuer may be: a configuration that names it outside of the sandbox
    /// is a mistake.
    #[must_use]
    pub fn is_local(&self) -> bool {
        !self.base.starts_with("https://")
    }

    /// `iss` of the tokens of a tenant.
    pub(crate) fn issuer(&self, version: Version, tenant: Uuid) -> String {
        with_tenant(self.template(version), &tenant.hyphenated().to_string())
    }

    pub(crate) fn template(&self, version: Version) -> &str {
        match version {
            Version::V1 => &self.issuer_v1,
            Version::V2 => &self.issuer_v2,
        }
    }

    /// Where the metadata of a tenant is; without one, that of all organisations.
    pub(crate) fn metadata(&self, version: Version, tenant: Option<Uuid>) -> String {
        let named = tenant.map_or_else(|| ORGANIZATIONS.to_owned(), |tenant| tenant.hyphenated().to_string());
        let below = match version {
            Version::V1 => "",
            Version::V2 => "/v2.0",
        };
        let application = tenant.and_then(|tenant| self.custom_keys.get(&tenant));
        let of = application.map_or_else(String::new, |application| format!("?appid={application}"));
        format!("{}/{named}{below}/.well-known/openid-configuration{of}", self.base)
    }
}

/// A template with the tenant in its place.
pub(crate) fn with_tenant(template: &str, tenant: &str) -> String {
    template.replacen(TENANT, tenant, 1)
}

/// What is wrong with settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misconfigured {
    /// The authority is neither at an https address nor on this machine.
    #[error("the authority has to be at an https address, or on this machine")]
    Authority,
    /// The keys are those of another authority.
    #[error("the keys are fetched from another authority than tokens are taken from")]
    OtherKeys,
    /// An issuer does not hold its tenant exactly once.
    #[error("an issuer has to hold `{{tenantid}}` exactly once")]
    Issuer,
    /// The App ID URI of an API is empty or ends in a slash.
    #[error("an App ID URI is not empty and has no slash at its end")]
    Uri,
    /// One audience leads to both kinds of callers.
    #[error("the Management API and the System Integration API need to be two applications")]
    OneApi,
    /// The platform's tenant is the one of consumer accounts.
    #[error("the tenant of consumer accounts issues no tokens for back-ends")]
    Consumers,
    /// The permission of back-ends is empty.
    #[error("a permission has a name; leave it out where any will do")]
    Permission,
}

impl Settings {
    /// Everything that is wrong, before there are keys.
    #[must_use]
    pub fn problems(&self) -> Vec<Misconfigured> {
        let mut found = Vec::new();
        let mut hold = |holds: bool, problem: Misconfigured| {
            if !holds {
                found.push(problem);
            }
        };
        hold(is_allowed(&self.authority.base), Misconfigured::Authority);
        let once = |template: &str| template.matches(TENANT).count() == 1;
        hold(once(&self.authority.issuer_v1) && once(&self.authority.issuer_v2), Misconfigured::Issuer);
        let apis = [Some(&self.management), self.systems.as_ref().map(|systems| &systems.api)];
        hold(apis.iter().flatten().all(|api| is_uri(&api.uri)), Misconfigured::Uri);
        if let Some(systems) = &self.systems {
            let same = systems.api.client_id == self.management.client_id || systems.api.uri == self.management.uri;
            hold(!same, Misconfigured::OneApi);
            hold(systems.tenant != CONSUMERS, Misconfigured::Consumers);
            hold(systems.permission.as_ref().is_none_or(|name| !name.is_empty()), Misconfigured::Permission);
        }
        found
    }
}

fn is_uri(uri: &str) -> bool {
    !uri.is_empty() && !uri.ends_with('/')
}

/// Whether keys may be asked for there: over TLS, or on this machine.
fn is_allowed(base: &str) -> bool {
    let Ok(uri) = base.parse::<Uri>() else { return false };
    match (uri.scheme(), uri.host()) {
        (Some(scheme), Some(_)) if *scheme == Scheme::HTTPS => true,
        (Some(scheme), Some(host)) if *scheme == Scheme::HTTP => is_loopback(host),
        _ => false,
    }
}

/// Whether a host is this machine, whatever the network says: an address, and no name.
pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    address.is_ok_and(|address| address.is_loopback())
}

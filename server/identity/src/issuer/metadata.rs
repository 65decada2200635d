//! Metadata and key sets (OpenID Connect Discovery 1.0; Microsoft, "OpenID Connect on the Microsoft identity platform").

use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Value, json};
use uuid::Uuid;

use super::LocalIssuer;
use super::answer::{NO_STORE, Refused, refused, told};
use crate::settings::Version;

/// The names that stand for all tenants.
const ALL_TENANTS: [&str; 2] = ["organizations", "common"];

/// What the tenant of an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    All,
    One(Uuid),
}

impl LocalIssuer {
    /// The tenant of an address.
    pub(super) fn tenant(&self, named: &str) -> Result<Named, Refused> {
        if ALL_TENANTS.contains(&named) {
            return Ok(Named::All);
        }
        let known = Uuid::try_parse(named).ok().filter(|tenant| self.inner.realm.has_tenant(*tenant));
        known.map(Named::One).ok_or_else(|| refused(400, "invalid_tenant", 90_002, "This tenant was not found."))
    }

    /// The issuer that metadata and keys name: that of a tenant, or a template.
    fn told_issuer(&self, version: Version, tenant: Named) -> String {
        match tenant {
            Named::All => self.issuer(version, "{tenantid}"),
            Named::One(tenant) => self.issuer(version, tenant),
        }
    }

    /// What the issuer says of itself for a tenant.
    ///
    /// # Errors
    /// The body of the refusal where there is no such tenant.
    pub fn metadata(&self, version: Version, tenant: &str) -> Result<Value, Value> {
        let named = self.tenant(tenant).map_err(|refused| refused.body(self))?;
        let base = format!("{}/{tenant}", self.address);
        let keys = match version {
            Version::V1 => "discovery/keys",
            Version::V2 => "discovery/v2.0/keys",
        };
        Ok(json!({
            "issuer": self.told_issuer(version, named),
            "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
            "token_endpoint": format!("{base}/oauth2/v2.0/token"),
            "jwks_uri": format!("{base}/{keys}"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query", "form_post"],
            "grant_types_supported": ["authorization_code", "client_credentials", "refresh_token"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nonce", "preferred_username", "name", "tid", "ver"],
        }))
    }

    /// The key set for a tenant.
    ///
    /// # Errors
    /// The body of the refusal where there is no such tenant.
    pub fn key_set(&self, version: Version, tenant: &str) -> Result<Value, Value> {
        let named = self.tenant(tenant).map_err(|refused| refused.body(self))?;
        let issuer = (version == Version::V2).then(|| self.told_issuer(version, named));
        Ok(self.signing().key_set(issuer.as_deref()))
    }
}

fn document(document: Result<Value, Value>) -> Response {
    match document {
        Ok(document) => {
            let a_day = (header::CACHE_CONTROL, HeaderValue::from_static("max-age=86400, private"));
            told(StatusCode::OK, a_day, &document)
        }
        Err(refused) => told(StatusCode::BAD_REQUEST, NO_STORE, &refused),
    }
}

pub(super) async fn v1(State(issuer): State<LocalIssuer>, Path(tenant): Path<String>) -> Response {
    document(issuer.metadata(Version::V1, &tenant))
}

pub(super) async fn v2(State(issuer): State<LocalIssuer>, Path(tenant): Path<String>) -> Response {
    document(issuer.metadata(Version::V2, &tenant))
}

pub(super) async fn keys_v1(State(issuer): State<LocalIssuer>, Path(tenant): Path<String>) -> Response {
    document(issuer.key_set(Version::V1, &tenant))
}

pub(super) async fn keys_v2(State(issuer): State<LocalIssuer>, Path(tenant): Path<String>) -> Response {
    document(issuer.key_set(Version::V2, &tenant))
}

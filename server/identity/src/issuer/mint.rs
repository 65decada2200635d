//! The claims of tokens (Microsoft, "Access token claims reference", "ID token claims reference").

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::realm::{Application, Person, Resource};
use super::{IssuerError, LocalIssuer};
use crate::settings::Version;

/// How long tokens are good for, in seconds.
pub(super) const LIFE: i64 = 3600;

impl LocalIssuer {
    /// A token of a user.
    ///
    /// # Errors
    /// [`IssuerError`].
    pub fn user_token(&self, person: &Person, resource: &Resource, client: Uuid) -> Result<String, IssuerError> {
        self.sign(&self.user_claims(person, resource, client))
    }

    /// A token of an application by itself.
    ///
    /// # Errors
    /// [`IssuerError`].
    pub fn application_token(&self, application: &Application, resource: &Resource) -> Result<String, IssuerError> {
        self.sign(&self.application_claims(application, resource))
    }

    /// The claims of a user's token, from now on for an hour.
    #[must_use]
    pub fn user_claims(&self, person: &Person, resource: &Resource, client: Uuid) -> Map<String, Value> {
        let name = match resource.version {
            Version::V1 => "unique_name",
            Version::V2 => "preferred_username",
        };
        let mut claims = self.claims(person.tenant, resource, client, person.roles.as_slice());
        let own = json!({
            "oid": person.object, "sub": pairwise(person.object, resource.client_id), "scp": "access_as_user",
            "name": person.name, name: person.username,
        });
        add(&mut claims, own);
        claims
    }

    /// The claims of an application's own token, from now on for an hour.
    #[must_use]
    pub fn application_claims(&self, application: &Application, resource: &Resource) -> Map<String, Value> {
        let mut claims =
            self.claims(application.tenant, resource, application.client_id, application.permissions.as_slice());
        // The application as the tenant knows it, which is another object than its registration.
        let principal = Uuid::from_u128(application.client_id.as_u128() ^ application.tenant.as_u128());
        add(&mut claims, json!({"oid": principal, "sub": principal, "idtyp": "app"}));
        claims
    }

    /// The claims of the token that tells an application who has signed in.
    pub(super) fn id_claims(&self, person: &Person, client: Uuid, nonce: Option<&str>) -> Map<String, Value> {
        let now = self.now();
        let mut claims = Map::new();
        let own = json!({
            "aud": client, "iss": self.issuer(Version::V2, person.tenant), "iat": now, "nbf": now, "exp": now + LIFE,
            "oid": person.object, "sub": pairwise(person.object, client), "tid": person.tenant, "ver": "2.0",
            "name": person.name, "preferred_username": person.username, "uti": self.unguessable::<16>(),
        });
        add(&mut claims, own);
        if let Some(nonce) = nonce {
            claims.insert("nonce".to_owned(), nonce.into());
        }
        claims
    }

    /// Who has signed in, for an application that asks for it (`client_info=1`), as the libraries of Microsoft do to tell accounts
    /// apart.
    pub(super) fn client_info(&self, person: &Person) -> String {
        URL_SAFE_NO_PAD.encode(json!({"uid": person.object, "utid": person.tenant}).to_string())
    }

    fn claims(&self, tenant: Uuid, resource: &Resource, client: Uuid, roles: &[String]) -> Map<String, Value> {
        let now = self.now();
        let own = match resource.version {
            Version::V1 => json!({"ver": "1.0", "aud": resource.uri, "appid": client, "appidacr": "1"}),
            Version::V2 => json!({"ver": "2.0", "aud": resource.client_id, "azp": client, "azpacr": "1"}),
        };
        let mut claims = Map::new();
        add(&mut claims, own);
        let all = json!({
            "iss": self.issuer(resource.version, tenant), "tid": tenant,
            "iat": now, "nbf": now, "exp": now + LIFE, "uti": self.unguessable::<16>(),
        });
        add(&mut claims, all);
        if !roles.is_empty() {
            claims.insert("roles".to_owned(), roles.into());
        }
        claims
    }

    /// `iss` of tokens of a tenant.
    pub(super) fn issuer(&self, version: Version, tenant: impl std::fmt::Display) -> String {
        let base = &self.inner.realm.base;
        match version {
            Version::V1 => format!("{base}/{tenant}/"),
            Version::V2 => format!("{base}/{tenant}/v2.0"),
        }
    }
}

fn add(claims: &mut Map<String, Value>, more: Value) {
    if let Value::Object(more) = more {
        claims.extend(more);
    }
}

/// What a user is called towards one application, and nowhere else (`sub`).
fn pairwise(object: Uuid, application: Uuid) -> String {
    let both = [*object.as_bytes(), *application.as_bytes()].concat();
    URL_SAFE_NO_PAD.encode(digest(&SHA256, &both).as_ref())
}

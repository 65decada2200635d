//! Whom the issuer of the tests knows, and what it issues tokens for.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use engage_identity::issuer::{Application, LocalIssuer, Person, Random, Realm, Resource};
use engage_identity::keys::KeyProblem;
use engage_identity::{Clients, Fetch, Listed, Mapping, Registration, Tenants, Unreadable, Version as Format};
use secrecy::SecretString;
use uuid::Uuid;

use super::{OURS, Org, THEIRS};

pub(super) const BASE: &str = "http://127.0.0.1:1";
pub(super) const PLATFORM: Uuid = Uuid::from_u128(0xaaaa_0001);
pub(super) const MANAGEMENT: Uuid = Uuid::from_u128(0xcccc_0001);
pub(super) const INTEGRATION: Uuid = Uuid::from_u128(0xcccc_0002);
/// The application of an organisation's own at its CRM.
pub(crate) const CRM: Uuid = Uuid::from_u128(0xcccc_0004);
pub(super) const UI: Uuid = Uuid::from_u128(0xcccc_0003);

/// Where tenants and clients lead, and how often tenants were looked for: once for each token that is held against the rules.
#[derive(Default)]
pub(super) struct Looked {
    pub(super) listed: Listed,
    pub(super) tenants: AtomicU64,
}

#[async_trait]
impl Tenants for Looked {
    async fn mappings(&self, tenant: Uuid) -> Result<Vec<Mapping>, Unreadable> {
        self.tenants.fetch_add(1, Ordering::SeqCst);
        self.listed.mappings(tenant).await
    }
}

#[async_trait]
impl Clients for Looked {
    async fn client(&self, client: Uuid) -> Result<Option<Registration>, Unreadable> {
        self.listed.client(client).await
    }
}

/// Asks the issuer without a network.
pub(super) struct Direct(pub(super) LocalIssuer);

#[async_trait]
impl Fetch for Direct {
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, KeyProblem> {
        let path = url.strip_prefix(BASE).and_then(|path| path.strip_prefix('/')).ok_or(KeyProblem::Elsewhere)?;
        let (tenant, below) = path.split('?').next().and_then(|path| path.split_once('/')).unwrap();
        let told = match below {
            ".well-known/openid-configuration" => self.0.metadata(Format::V1, tenant),
            "v2.0/.well-known/openid-configuration" => self.0.metadata(Format::V2, tenant),
            "discovery/keys" => self.0.key_set(Format::V1, tenant),
            "discovery/v2.0/keys" => self.0.key_set(Format::V2, tenant),
            _ => panic!("nobody asks for {url}"),
        };
        Ok(told.unwrap().to_string().into_bytes())
    }
}

pub(super) fn realm() -> Realm {
    let resource = |client_id, uri: &str| Resource { client_id, uri: uri.to_owned(), version: Format::V2 };
    let application = |client_id, tenant| Application {
        client_id,
        tenant,
        secret: Some(SecretString::from("a-secret-of-the-tests")),
        redirect_uris: Vec::new(),
        permissions: vec!["Integration.Call".to_owned()],
    };
    Realm {
        base: BASE.to_owned(),
        resources: vec![
            resource(MANAGEMENT, "api://engage-management"),
            resource(INTEGRATION, "https://engage.example/integration"),
            resource(CRM, &format!("api://{CRM}")),
        ],
        applications: vec![application(OURS.client(), PLATFORM), application(THEIRS.client(), PLATFORM)],
        people: [OURS, THEIRS].map(|org| person(org, "Admin", 1)).into(),
    }
}

pub(super) fn person(org: Org, role: &str, n: u128) -> Person {
    Person {
        tenant: org.tenant(),
        object: Uuid::from_u128(0xdddd_0000 + (org.0 << 8) + n),
        name: "Astrid".to_owned(),
        username: format!("astrid{n}@example.com"),
        roles: vec![role.to_owned()],
    }
}

pub(super) fn counted() -> Random {
    let next = AtomicU64::new(1);
    Arc::new(move |bytes: &mut [u8]| {
        let number = next.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        for (byte, value) in bytes.iter_mut().rev().zip(number.iter().rev()) {
            *byte = *value;
        }
    })
}

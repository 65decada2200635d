//! An issuer, a directory, a clock that goes on when a test says so, and keys that are fetched without a network.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use axum::http::{HeaderMap, HeaderValue};
use engage_engine::run::Clock;
use engage_identity::issuer::{Application, LocalIssuer, Person, Random, Realm, Resource};
use engage_identity::keys::KeyProblem;
use engage_identity::{
    Api, Authority, Caller, Denied, Environment, Fetch, Keys, Listed, Mapping, Presented, Principal, Reason,
    Registration, Settings, Systems, User, Validator, Version,
};
use engage_playbooks::ports::Time;
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::{Map, Value};
use tokio::sync::Semaphore;
use uuid::{Uuid, uuid};

pub(crate) const BASE: &str = "http://127.0.0.1:1";
pub(crate) const PLATFORM: Uuid = uuid!("aaaaaaaa-0000-4000-8000-000000000001");
pub(crate) const TENANT: Uuid = uuid!("aaaaaaaa-0000-4000-8000-000000000002");
pub(crate) const OTHER_TENANT: Uuid = uuid!("aaaaaaaa-0000-4000-8000-000000000003");
pub(crate) const STRANGER: Uuid = uuid!("aaaaaaaa-0000-4000-8000-000000000004");
pub(crate) const CONSUMERS: Uuid = uuid!("9188040d-6c67-4c5b-b112-36a304b66dad");
pub(crate) const ORGANISATION: Uuid = uuid!("bbbbbbbb-0000-4000-8000-000000000001");
pub(crate) const OTHER_ORGANISATION: Uuid = uuid!("bbbbbbbb-0000-4000-8000-000000000002");
pub(crate) const MANAGEMENT: Uuid = uuid!("cccccccc-0000-4000-8000-000000000001");
pub(crate) const INTEGRATION: Uuid = uuid!("cccccccc-0000-4000-8000-000000000002");
pub(crate) const UI: Uuid = uuid!("cccccccc-0000-4000-8000-000000000003");
pub(crate) const BACK_END: Uuid = uuid!("cccccccc-0000-4000-8000-000000000004");
pub(crate) const INTRUDER: Uuid = uuid!("cccccccc-0000-4000-8000-000000000005");
pub(crate) const CRM_APP: Uuid = uuid!("cccccccc-0000-4000-8000-000000000006");

/// A clock that goes on when a test says so.
#[derive(Debug)]
pub(crate) struct Hand(AtomicI64);

impl Hand {
    pub(crate) fn forward(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(crate) fn seconds(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl Clock for Hand {
    fn now(&self) -> Duration {
        Duration::from_secs(self.seconds().unsigned_abs())
    }

    async fn sleep(&self, _: Duration) {
        std::future::pending().await
    }
}

impl Time for Hand {
    fn timestamp(&self) -> Timestamp {
        Timestamp::from_second(self.seconds()).unwrap()
    }
}

pub(crate) fn clock() -> Arc<Hand> {
    Arc::new(Hand(AtomicI64::new(1_780_000_000)))
}

/// Numbers that follow each other: nothing here has to be unguessable.
pub(crate) fn counted() -> Random {
    let next = AtomicU64::new(1);
    Arc::new(move |bytes: &mut [u8]| {
        let number = next.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        for (byte, value) in bytes.iter_mut().rev().zip(number.iter().rev()) {
            *byte = *value;
        }
    })
}

/// Asks the issuer without a network, counts, and fails or waits when a test says so.
pub(crate) struct Direct {
    issuer: LocalIssuer,
    pub(crate) asked: Mutex<Vec<String>>,
    pub(crate) down: AtomicBool,
    pub(crate) gate: Semaphore,
    pub(crate) gated: AtomicBool,
    pub(crate) waiting: AtomicUsize,
    /// Answered instead of a key set, and instead of metadata.
    pub(crate) key_set: Mutex<Option<Value>>,
    pub(crate) metadata: Mutex<Option<Value>>,
}

#[async_trait]
impl Fetch for Direct {
    async fn fetch(&self, url: &str) -> Result<Vec<u8>, KeyProblem> {
        self.asked.lock().unwrap().push(url.to_owned());
        if self.gated.load(Ordering::SeqCst) {
            self.waiting.fetch_add(1, Ordering::SeqCst);
            self.gate.acquire().await.unwrap().forget();
        }
        if self.down.load(Ordering::SeqCst) {
            return Err(KeyProblem::Unreachable);
        }
        let path = url.strip_prefix(BASE).and_then(|path| path.strip_prefix('/')).ok_or(KeyProblem::Elsewhere)?;
        let (tenant, below) = path.split('?').next().and_then(|path| path.split_once('/')).unwrap();
        let told = match below {
            ".well-known/openid-configuration" => self.described(Version::V1, tenant),
            "v2.0/.well-known/openid-configuration" => self.described(Version::V2, tenant),
            "discovery/keys" => self.keys(Version::V1, tenant),
            "discovery/v2.0/keys" => self.keys(Version::V2, tenant),
            _ => panic!("nobody asks for {url}"),
        };
        Ok(told.map_err(|_| KeyProblem::Status(400))?.to_string().into_bytes())
    }
}

impl Direct {
    fn described(&self, version: Version, tenant: &str) -> Result<Value, Value> {
        let instead = self.metadata.lock().unwrap().clone();
        instead.map_or_else(|| self.issuer.metadata(version, tenant), Ok)
    }

    fn keys(&self, version: Version, tenant: &str) -> Result<Value, Value> {
        let instead = self.key_set.lock().unwrap().clone();
        instead.map_or_else(|| self.issuer.key_set(version, tenant), Ok)
    }

    /// How often an address was asked for that ends so.
    pub(crate) fn count(&self, end: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|url| url.ends_with(end)).count()
    }

    pub(crate) fn all(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

pub(crate) struct Kit {
    pub(crate) issuer: LocalIssuer,
    pub(crate) directory: Arc<Listed>,
    pub(crate) fetch: Arc<Direct>,
    pub(crate) time: Arc<Hand>,
    pub(crate) keys: Keys,
    pub(crate) validator: Validator,
}

pub(crate) fn mapping(organisation: Uuid) -> Mapping {
    Mapping { organisation, environment: Environment::Prod, cap: None, clients: None }
}

pub(crate) fn person(tenant: Uuid, number: u128, roles: &[&str]) -> Person {
    Person {
        tenant,
        object: Uuid::from_u128(0xdddd_dddd_0000_4000_8000_0000_0000_0000 + number),
        name: "Astrid Nørgaard-Private".to_owned(),
        username: format!("astrid.secretive{number}@nordbank.example"),
        roles: roles.iter().map(|&role| role.to_owned()).collect(),
    }
}

pub(crate) fn application(client_id: Uuid, tenant: Uuid, permissions: &[&str]) -> Application {
    Application {
        client_id,
        tenant,
        secret: Some(SecretString::from("a-secret-of-the-tests")),
        redirect_uris: Vec::new(),
        permissions: permissions.iter().map(|&permission| permission.to_owned()).collect(),
    }
}

pub(crate) fn realm(base: &str) -> Realm {
    let resource = |client_id, uri: &str, version| Resource { client_id, uri: uri.to_owned(), version };
    let spa = Application {
        secret: None,
        redirect_uris: vec!["http://127.0.0.1:9/back".to_owned()],
        ..application(UI, TENANT, &[])
    };
    Realm {
        base: base.to_owned(),
        resources: vec![
            resource(MANAGEMENT, "api://engage-management", Version::V2),
            resource(INTEGRATION, "https://engage.example/integration", Version::V2),
        ],
        applications: vec![
            spa,
            application(BACK_END, PLATFORM, &["Integration.Call"]),
            application(INTRUDER, TENANT, &["Integration.Call"]),
        ],
        people: vec![
            person(TENANT, 1, &["Manager"]),
            person(OTHER_TENANT, 2, &["Admin"]),
            person(STRANGER, 3, &["Admin"]),
        ],
    }
}

pub(crate) fn settings(base: &str) -> Settings {
    Settings {
        authority: Authority::local(base),
        management: Api { client_id: MANAGEMENT, uri: "api://engage-management".to_owned() },
        systems: Some(Systems {
            tenant: PLATFORM,
            api: Api { client_id: INTEGRATION, uri: "https://engage.example/integration".to_owned() },
            permission: None,
        }),
        environment: Environment::Prod,
    }
}

impl Kit {
    /// With keys of everybody fetched.
    pub(crate) async fn warm() -> Self {
        let kit = Self::cold();
        assert_eq!(kit.keys.refresh().await, []);
        for claims in [kit.user(), kit.system()] {
            kit.authenticate(&kit.sign(&claims)).await.unwrap();
        }
        kit
    }

    /// With no keys fetched.
    pub(crate) fn cold() -> Self {
        let time = clock();
        let issuer = LocalIssuer::new(realm(BASE), time.clone(), counted()).unwrap();
        let directory = Arc::new(Listed::default());
        directory.map(TENANT, mapping(ORGANISATION));
        directory.register(BACK_END, Registration { organisation: ORGANISATION, environment: Environment::Prod });
        let fetch = Arc::new(Direct {
            issuer: issuer.clone(),
            asked: Mutex::default(),
            down: AtomicBool::new(false),
            gate: Semaphore::new(0),
            gated: AtomicBool::new(false),
            waiting: AtomicUsize::new(0),
            key_set: Mutex::default(),
            metadata: Mutex::default(),
        });
        let keys = Keys::new(Authority::local(BASE), fetch.clone(), time.clone());
        let validator = Validator::new(settings(BASE), keys.clone(), directory.clone().into(), time.clone()).unwrap();
        Self { issuer, directory, fetch, time, keys, validator }
    }

    pub(crate) fn resource(&self, at: usize) -> &Resource {
        &self.issuer.realm().resources[at]
    }

    /// The claims of a manager of the mapped tenant.
    pub(crate) fn user(&self) -> Map<String, Value> {
        self.issuer.user_claims(&person(TENANT, 1, &["Manager"]), self.resource(0), UI)
    }

    /// The claims of the registered back-end.
    pub(crate) fn system(&self) -> Map<String, Value> {
        self.issuer.application_claims(&application(BACK_END, PLATFORM, &["Integration.Call"]), self.resource(1))
    }

    pub(crate) fn sign(&self, claims: &Map<String, Value>) -> String {
        self.issuer.sign(claims).unwrap()
    }

    pub(crate) async fn authenticate(&self, token: &str) -> Result<Principal, Denied> {
        self.with(&bearer(token)).await
    }

    pub(crate) async fn with(&self, headers: &HeaderMap) -> Result<Principal, Denied> {
        self.validator.authenticate(Presented { headers, query: None }).await
    }

    pub(crate) async fn reason(&self, claims: &Map<String, Value>) -> Reason {
        self.authenticate(&self.sign(claims)).await.unwrap_err().reason
    }
}

pub(crate) fn bearer(token: &str) -> HeaderMap {
    HeaderMap::from_iter([(
        axum::http::header::AUTHORIZATION,
        HeaderValue::try_from(format!("Bearer {token}")).unwrap(),
    )])
}

pub(crate) fn headers(token: &str, organisation: Uuid) -> HeaderMap {
    let mut headers = bearer(token);
    headers.insert("x-engage-organization", organisation.to_string().parse().unwrap());
    headers
}

/// Claims with some of them replaced; `null` takes one away.
pub(crate) fn but(claims: &Map<String, Value>, changes: Value) -> Map<String, Value> {
    let mut claims = claims.clone();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.remove(name)),
            value => drop(claims.insert(name.clone(), value.clone())),
        }
    }
    claims
}

pub(crate) fn as_user(principal: &Principal) -> &User {
    match &principal.caller {
        Caller::User(user) => user,
        Caller::System(system) => panic!("{system:?}"),
    }
}

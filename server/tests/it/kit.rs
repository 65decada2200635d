//! A server on this machine with customers of its own, and a client.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use engage_engine::run::Clock;
use engage_playbooks::ports::Time;
use engage_server::config::{Config, Flag, Sources};
use engage_server::http::{Bounds, HttpMeasures, Listener, Surroundings};
use engage_server::scim::{SURFACE, Scim};
use engage_server::work::{Around, WorkMeasures};
use engage_store::platform::{
    Database, Environment, NewToken, OVERLAP, Options, Organisation, Organisations, OutboxReads, StoreError,
    TokenDigest, Tokens, Waiting,
};
use jiff::Timestamp;
use prometheus_client::registry::Registry;
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use tokio::sync::watch;
use uuid::Uuid;

/// A clock that goes on when a test says so.
#[derive(Debug)]
pub(crate) struct Hand(AtomicI64);

impl Hand {
    pub(crate) fn forward(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_micros()).unwrap(), Ordering::SeqCst);
    }
}

#[async_trait]
impl Clock for Hand {
    fn now(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::SeqCst).unsigned_abs())
    }

    async fn sleep(&self, _: Duration) {
        std::future::pending().await
    }
}

impl Time for Hand {
    fn timestamp(&self) -> Timestamp {
        Timestamp::from_microsecond(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// The first instant of every test.
const START: i64 = 1_780_000_000_000_000;

/// Measures that nobody reads.
pub(crate) fn measures() -> Arc<WorkMeasures> {
    Arc::new(WorkMeasures::of(&mut Registry::default()))
}

pub(crate) struct Kit {
    pub(crate) url: String,
    pub(crate) database: Database,
    pub(crate) around: Around,
    pub(crate) time: Arc<Hand>,
    pub(crate) registry: Arc<Mutex<Registry>>,
    client: reqwest::Client,
    ids: Arc<AtomicU64>,
    _stop: watch::Sender<bool>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn id(&self) -> String {
        self.body["id"].as_str().unwrap().to_owned()
    }
}

fn ids(counter: Arc<AtomicU64>) -> engage_server::http::Ids {
    Arc::new(move || Uuid::from_u128(u128::from(counter.fetch_add(1, Ordering::SeqCst)) << 64 | 1))
}

impl Kit {
    pub(crate) async fn start() -> Self {
        Self::with(&[("scim.requests-per-second", "100000"), ("scim.burst", "100000")]).await
    }

    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        let flag = |(setting, value): &(&str, &str)| Flag {
            spelled: "--set".to_owned(),
            setting: (*setting).to_owned(),
            value: (*value).to_owned(),
        };
        let config = Config::load(&Sources::default().flags(settings.iter().map(flag))).unwrap();
        let database = Database::in_memory(Options::default()).await.unwrap();
        let (time, counter) = (Arc::new(Hand(AtomicI64::new(START))), Arc::new(AtomicU64::new(1)));
        let listener = Listener::bind(([127, 0, 0, 1], 0).into()).await.unwrap();
        let url = format!("http://{}", listener.address());
        let around = Around {
            database: database.clone(),
            time: time.clone(),
            ids: ids(counter.clone()),
            server: "test".to_owned(),
            wake: Arc::default(),
        };
        let scim = Scim::new(&around, config.scim, url.clone());
        let mut registry = Registry::with_prefix("engage");
        let surroundings = Surroundings {
            surfaces: vec![SURFACE],
            measures: Arc::new(HttpMeasures::of(&mut registry)),
            ids: ids(counter.clone()),
            time: time.clone(),
            follow: None,
            count: None,
        };
        let router = surroundings.around(Arc::new(scim).routes(), &config);
        let limits = config.limits;
        let bounds = Bounds {
            connections: limits.connections,
            head_time: limits.head_time,
            head_bytes: limits.head_bytes,
            headers: limits.headers,
            drain: config.server.drain,
        };
        let (stop, stopped) = watch::channel(false);
        tokio::spawn(listener.serve(router, None, bounds, stopped));
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self {
            url,
            database,
            around,
            time,
            registry: Arc::new(Mutex::new(registry)),
            client,
            ids: counter,
            _stop: stop,
        }
    }

    /// A customer with a token, which is given back.
    pub(crate) async fn customer(&self, name: &str) -> Customer<'_> {
        let number = self.ids.fetch_add(1, Ordering::SeqCst);
        let (id, now) = (Uuid::from_u128(u128::from(number)), self.time.timestamp());
        let organisation = Organisation { id, name: name.to_owned(), enabled: true, created: now };
        let token = format!("{number:0>32}");
        let digest = TokenDigest::of(&token);
        self.database
            .write((organisation, digest), move |tx, (organisation, digest)| {
                Box::pin(async move {
                    tx.create_organisation(organisation).await?;
                    tx.open_environment(id, Environment::Test, now).await?;
                    let new = NewToken { id, digest: *digest, expires: None };
                    tx.issue_token(id, Environment::Test, &new, OVERLAP, now).await
                })
            })
            .await
            .map_err(|error: StoreError| error)
            .unwrap();
        Customer { kit: self, organisation: id, token }
    }
}

/// Somebody who has a token.
pub(crate) struct Customer<'k> {
    pub(crate) kit: &'k Kit,
    pub(crate) organisation: Uuid,
    pub(crate) token: String,
}

impl Customer<'_> {
    /// Sends a request below the address of the server; a body is sent as SCIM.
    pub(crate) async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        self.ask_with(method, path, body, &[]).await
    }

    pub(crate) async fn ask_with(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut headers = headers.to_vec();
        headers.extend(body.map(|_| ("content-type", "application/scim+json")));
        self.send(method, path, body.map(ToString::to_string), &headers).await
    }

    /// Sends a request as it stands, with nothing added but the token.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<impl Into<reqwest::Body>>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = self.kit.client.request(method, format!("{}{path}", self.kit.url)).bearer_auth(&self.token);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        answer(request).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::POST, path, Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.ask(Method::PATCH, path, Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.ask(Method::DELETE, path, None).await
    }

    /// What is to be told to the platform, of this customer, in order.
    pub(crate) async fn events(&self) -> Vec<Waiting> {
        let events = self.kit.database.reader().take_events(self.kit.time.timestamp(), 1000).await.unwrap();
        events.into_iter().filter(|waiting| waiting.event.organisation == self.organisation).collect()
    }
}

pub(crate) async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let text = response.text().await.unwrap();
    let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).unwrap_or(Value::String(text)) };
    Answer { status, headers, body }
}

//! Hands events to Restate and looks at runs: what a host does that runs playbooks elsewhere.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use engage_engine::ids::RefId;
use engage_playbooks::ports::{DurableEngine, EngineError, Event, RunPage, RunQuery, RunRecord, Started, Time};
use engage_playbooks::run::{Beginning, Fact, RunKey, Tenant};
use engage_runner::{Config, Shelf, intake};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Client, Method, Response, StatusCode, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::convert::{Go, of_run_key, run_key, subject_key};
use crate::run::RECORD;
use crate::subject::Next;

/// Everything but what may stand in a path as it is.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Where a Restate server listens.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// For calls of services: `http://127.0.0.1:8080`.
    pub ingress: Url,
    /// For registering workers and for looking at what there is: `http://127.0.0.1:9070`.
    pub admin: Url,
}

/// The durable engine that is Restate.
#[derive(Clone)]
pub struct RestateEngine {
    client: Client,
    addresses: Addresses,
    shelf: Arc<dyn Shelf>,
    time: Arc<dyn Time>,
    config: Config,
}

impl fmt::Debug for RestateEngine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RestateEngine").field("addresses", &self.addresses).finish_non_exhaustive()
    }
}

/// Restate did not do as asked.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("{0} cannot be made an address")]
    Address(&'static str),
    #[error("it answered {0}")]
    Status(StatusCode),
    #[error("it cannot be reached")]
    Http(#[from] reqwest::Error),
}

impl From<Refused> for EngineError {
    fn from(refused: Refused) -> Self {
        Self::Unavailable(Box::new(refused))
    }
}

impl RestateEngine {
    /// An engine on a Restate server, for the playbooks of a shelf.
    pub fn new(
        client: Client,
        addresses: Addresses,
        shelf: Arc<dyn Shelf>,
        time: Arc<dyn Time>,
        config: Config,
    ) -> Self {
        Self { client, addresses, shelf, time, config }
    }

    /// Tells Restate where a worker listens. To be called whenever workers come with new services; telling it again changes
    /// nothing.
    ///
    /// # Errors
    /// [`EngineError::Unavailable`] when Restate or the worker cannot be reached.
    pub async fn register(&self, worker: &Url) -> Result<(), EngineError> {
        let body = json!({"uri": worker.as_str(), "force": true});
        let url = address(&self.addresses.admin, &["deployments"])?;
        let response = self.client.post(url).json(&body).send().await.map_err(Refused::from)?;
        accepted(response)?;
        Ok(())
    }

    async fn call<T: Serialize + Sync>(
        &self,
        path: &[&str],
        once: Option<&str>,
        body: Option<&T>,
    ) -> Result<Response, EngineError> {
        let url = address(&self.addresses.ingress, path)?;
        let mut request = self.client.request(Method::POST, url);
        if let Some(key) = once {
            request = request.header("idempotency-key", key);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(Refused::from)?;
        Ok(accepted(response)?)
    }

    async fn asked<R: DeserializeOwned>(&self, path: &[&str]) -> Result<R, EngineError> {
        let response = self.call::<()>(path, None, None).await?;
        response.json().await.map_err(|error| Refused::from(error).into())
    }

    async fn begin(&self, key: &RunKey, beginning: Beginning) -> Result<(), EngineError> {
        let (run, once) = (run_key(key), key.run.to_string());
        let beginning = Box::new(beginning);
        match beginning.subject.clone() {
            Some(subject) => {
                let line = subject_key(&key.tenant, &beginning.playbook, &subject);
                let next = Next { run, beginning };
                self.call(&["EngageSubject", &line, "next", "send"], Some(&once), Some(&next)).await?;
            }
            None => {
                let go = Go::Begin { beginning };
                self.call(&["EngageRun", &run, "go", "send"], Some(&once), Some(&go)).await?;
            }
        }
        Ok(())
    }

    async fn known(&self, key: &RunKey) -> Result<RunRecord, EngineError> {
        self.status(key).await?.ok_or_else(|| EngineError::NoSuchRun(key.clone()))
    }
}

fn address(base: &Url, path: &[&str]) -> Result<Url, Refused> {
    let mut text = base.as_str().trim_end_matches('/').to_owned();
    for segment in path {
        text.push('/');
        text.extend(utf8_percent_encode(segment, SEGMENT));
    }
    Url::parse(&text).map_err(|_| Refused::Address("a key"))
}

fn accepted(response: Response) -> Result<Response, Refused> {
    if response.status().is_success() { Ok(response) } else { Err(Refused::Status(response.status())) }
}

#[async_trait]
impl DurableEngine for RestateEngine {
    /// Each event is handed over playbook by playbook. When one of them is not taken in, those before it are, and offering
    /// again starts none of them twice.
    async fn offer(&self, events: Vec<Event>) -> Result<Vec<Started>, EngineError> {
        for event in &events {
            let checked = intake::check(event, &*self.shelf, &self.config);
            checked.map_err(|problem| EngineError::Refused(problem.to_string()))?;
        }
        let mut answers = Vec::new();
        for event in events {
            let mut known = false;
            for playbook in intake::started_by(&event, &*self.shelf) {
                let key = RunKey::of_event(&event.tenant, &playbook.id, &event.id);
                known |= self.status(&key).await?.is_some();
                let beginning = intake::beginning(&event, &playbook, self.time.timestamp(), &self.config);
                self.begin(&key, beginning).await?;
            }
            answers.push(Started { event: event.id, known });
        }
        Ok(answers)
    }

    async fn cancel(&self, key: &RunKey, by: &str) -> Result<(), EngineError> {
        self.known(key).await?;
        self.call(&["EngageRun", &run_key(key), "stop"], None, Some(&by)).await?;
        Ok(())
    }

    async fn retry(&self, key: &RunKey, from: Option<RefId>, by: &str) -> Result<(), EngineError> {
        if !self.known(key).await?.state.at_an_end() {
            return Err(EngineError::NotAtAnEnd(key.clone()));
        }
        let go = Go::Retry { from, by: by.to_owned() };
        self.call(&["EngageRun", &run_key(key), "go", "send"], None, Some(&go)).await?;
        Ok(())
    }

    async fn status(&self, key: &RunKey) -> Result<Option<RunRecord>, EngineError> {
        self.asked(&["EngageRun", &run_key(key), "status"]).await
    }

    async fn runs(&self, tenant: &Tenant, query: &RunQuery) -> Result<RunPage, EngineError> {
        let mut records = self.records(tenant).await?;
        records.retain(|record| {
            let of_playbook = query.playbook.as_ref().is_none_or(|playbook| record.playbook == *playbook);
            of_playbook && (query.states.is_empty() || query.states.contains(&record.state))
        });
        records.sort_by(|a, b| (b.started_at, b.key.run).cmp(&(a.started_at, a.key.run)));
        if let Some(after) = query.after {
            records.retain(|record| (record.started_at, record.key.run) < after);
        }
        let most = query.most.max(1);
        let more = records.len() > most;
        records.truncate(most);
        Ok(RunPage { runs: records, more })
    }

    async fn history(&self, key: &RunKey) -> Result<Vec<Fact>, EngineError> {
        let facts: Vec<Fact> = self.asked(&["EngageRun", &run_key(key), "history"]).await?;
        if facts.is_empty() { Err(EngineError::NoSuchRun(key.clone())) } else { Ok(facts) }
    }
}

impl RestateEngine {
    /// What Restate's own tables say of the runs of a tenant: for lists alone, which grow with the runs that are kept.
    async fn records(&self, tenant: &Tenant) -> Result<Vec<RunRecord>, EngineError> {
        let prefix = format!("{tenant}/").replace('\'', "''");
        let query = format!(
            "SELECT service_key, value_utf8 FROM state WHERE service_name = 'EngageRun' AND key = '{RECORD}' \
             AND starts_with(service_key, '{prefix}')"
        );
        let url = address(&self.addresses.admin, &["query"])?;
        let request = self.client.post(url).header("accept", "application/json").json(&json!({"query": query}));
        let response = accepted(request.send().await.map_err(Refused::from)?)?;
        let answer: Value = response.json().await.map_err(Refused::from)?;
        let rows = answer.get("rows").and_then(Value::as_array).into_iter().flatten();
        let record = |row: &Value| {
            // A tenant's name may be the beginning of another's, up to the sign that parts it from the run.
            let key = of_run_key(row.get("service_key")?.as_str()?).filter(|key| key.tenant == *tenant)?;
            let record: RunRecord = serde_json::from_str(row.get("value_utf8")?.as_str()?).ok()?;
            (record.key == key).then_some(record)
        };
        Ok(rows.filter_map(record).collect())
    }
}

//! What comes from outside and means ill, or is only broken: each ends as a typed failure that can be seen, and runs beside it
//! are unharmed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use engage_adapters::ai::openai::{Config as Endpoint, OpenAi};
use engage_dsl::Workspace;
use engage_dsl::templates::Liquid;
use engage_engine::adapter::{AdapterError, Call, Capabilities, GroupError, Page, Query, Request, WriteGroup, Written};
use engage_engine::{Adapter, CrmName};
use engage_playbooks::Compiled;
use engage_playbooks::blocks::{Blocks, Limits};
use engage_playbooks::model::{Block, BlockKind, Template, Trigger, TriggerKind, VersionChoice};
use engage_playbooks::ports::ai::Ai;
use engage_playbooks::ports::{DurableEngine, EngineError, Event, Journal, JournalError, Offer, RunRecord};
use engage_playbooks::run::{FactKind, MemoryJournal, RetryRule, RunKey, RunState, Tenant};
use engage_runner::webhook::{Headers, Secret, WebhookError, Window, verify};
use engage_runner::{Config, Host, Measure, MemoryShelf, Metrics, Runner, SystemTime};
use serde_json::{Value as Json, json};
use tokio::sync::Notify;

use crate::playbooks::world::{Echo, Reached, Stage, ai, capability, single, slug};

/// Says when a run is at an end.
struct Ended(Arc<Notify>);

impl Metrics for Ended {
    fn record(&self, measure: Measure<'_>) {
        if matches!(measure, Measure::Ended { .. }) {
            self.0.notify_one();
        }
    }
}

/// A runner at work with one playbook.
struct House {
    runner: Runner,
    journal: Arc<MemoryJournal>,
    ended: Arc<Notify>,
    playbook: Arc<Compiled>,
}

fn tenant() -> Tenant {
    Tenant::new("contoso").unwrap()
}

fn event(id: &str, data: Json) -> Event {
    Event {
        tenant: tenant(),
        id: id.to_owned(),
        kind: TriggerKind::Manual,
        subject: None,
        playbook: Some(slug("follow-up")),
        employee: Some("ann".to_owned()),
        data,
        given: Json::Null,
        at: "2026-11-26T09:00:00Z".parse().unwrap(),
    }
}

impl House {
    fn open(playbook: Arc<Compiled>, blocks: Blocks) -> Self {
        let (journal, ended, shelf) =
            (Arc::new(MemoryJournal::default()), Arc::new(Notify::new()), MemoryShelf::default());
        shelf.put(&tenant(), vec![playbook.clone()]);
        let host = Host::new(journal.clone(), Arc::new(shelf), Arc::new(blocks));
        let host = Host { metrics: Arc::new(Ended(ended.clone())), ..host };
        let runner = Runner::new(host, Config { retry: RetryRule::NEVER, ..Config::default() });
        let same = runner.clone();
        tokio::spawn(async move { same.run().await });
        Self { runner, journal, ended, playbook }
    }

    fn key(&self, event: &str) -> RunKey {
        RunKey::of_event(&tenant(), &self.playbook.id, event)
    }

    /// The run of an event once it is at an end.
    async fn end(&self, event: &str) -> RunRecord {
        loop {
            let run = self.runner.status(&self.key(event)).await.unwrap();
            if let Some(run) = run.filter(|run| run.state.at_an_end()) {
                return run;
            }
            self.ended.notified().await;
        }
    }

    /// How an event ends: the state, and the word for the failure.
    async fn ends(&self, event: Event) -> (RunState, Option<String>) {
        let id = event.id.clone();
        self.runner.offer(vec![event]).await.unwrap();
        let run = self.end(&id).await;
        (run.state, run.reason)
    }
}

fn house(adapter: Arc<dyn Adapter>, playbook: Arc<Compiled>) -> House {
    let time = Arc::new(SystemTime::default());
    let blocks = Blocks::new(Arc::new(Reached(Ok(adapter))), Arc::new(Echo), Arc::new(Liquid::default()), time);
    House::open(playbook, blocks.limits(Limits { time: Duration::from_millis(200), ..Limits::default() }))
}

fn succeeded() -> (RunState, Option<String>) {
    (RunState::Succeeded, None)
}

fn failed(reason: &str) -> (RunState, Option<String>) {
    (RunState::Failed, Some(reason.to_owned()))
}

#[tokio::test]
async fn an_event_of_100_megabytes_is_refused_and_the_next_is_taken() {
    let stage = Stage::new();
    let house = house(stage.crm.clone(), stage.playbook(false));
    let huge = event("huge", json!({"Name": "x".repeat(100 << 20)}));
    let refused = house.runner.offer(vec![huge.clone()]).await;
    assert!(matches!(&refused, Err(EngineError::Refused(why)) if why.contains("bytes")), "{refused:?}");
    // Whoever goes past the runner is stopped by the journal.
    let refused = house.journal.offer(&[Offer::Event(huge)]).await;
    assert!(matches!(refused, Err(JournalError::TooLarge { .. })), "{refused:?}");
    assert!(house.runner.status(&house.key("huge")).await.unwrap().is_none());
    assert_eq!(house.ends(event("small", json!({"Name": "Contoso"}))).await, succeeded());
}

#[tokio::test]
async fn an_event_1_000_deep_is_refused_and_the_next_is_taken() {
    let stage = Stage::new();
    let house = house(stage.crm.clone(), stage.playbook(false));
    let deep = (0..1_000).fold(json!(1), |inner, _| json!({"a": inner}));
    let refused = house.runner.offer(vec![event("deep", json!({"Name": "Contoso", "More": deep}))]).await;
    assert!(matches!(&refused, Err(EngineError::Refused(why)) if why.contains("deep")), "{refused:?}");
    assert_eq!(house.ends(event("flat", json!({"Name": "Contoso"}))).await, succeeded());
}

#[test]
fn a_path_10_000_deep_is_a_problem_with_a_place() {
    let path = format!("trigger{}", ".a".repeat(10_000));
    let text = format!("playbook deep \"Deep\" {{\n  trigger Manual(a: string)\n  output a = {path}\n}}\n");
    let report = Workspace::from_sources([("deep.engage".to_owned(), text)]).check();
    assert!(report.playbooks.is_none());
    let told = report.diagnostics.iter().any(|problem| problem.message.contains("4096 bytes"));
    assert!(told, "{:?}", report.diagnostics.iter().map(|problem| &problem.message).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_template_that_never_ends_fails_its_block_and_nothing_else() {
    const ENDLESS: &str = "{% if name == 'Fabrikam' %}{% for a in (1..100000) %}{% for b in (1..100000) %}\
        {% assign c = a | plus: b %}{% endfor %}{% endfor %}{% endif %}{{ name }}";
    let stage = Stage::new();
    let mut playbook = (*stage.playbook(false)).clone();
    let text = playbook.blocks.iter_mut().find(|node| node.template.is_some()).unwrap();
    text.template = Some(Arc::new(Template { id: slug("text"), source: ENDLESS.to_owned() }));
    let house = house(stage.crm.clone(), Arc::new(playbook));
    assert_eq!(house.ends(event("endless", json!({"Name": "Fabrikam"}))).await, failed("limit"));
    assert_eq!(house.end("endless").await.failed_block.unwrap().as_str(), "text");
    assert_eq!(house.ends(event("short", json!({"Name": "Contoso"}))).await, succeeded());
    assert_eq!(stage.tasks(), 1);
}

#[tokio::test]
async fn a_webhook_that_is_replayed_starts_nothing_again() {
    // Published beside the specification, with its secret.
    let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
    let headers = Headers {
        id: Some("msg_p5jXN8AQM9LWM0D4loKWxJek"),
        timestamp: Some("1614265330"),
        signature: Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
    };
    let at = |second: i64| jiff::Timestamp::from_second(1_614_265_330 + second).unwrap();
    let body = br#"{"test": 2432232314}"#;
    let call = |now| verify(&headers, body, std::slice::from_ref(&secret), now, Window::default());
    let mut playbook = (*single(BlockKind::Template { template: slug("t") }, None)).clone();
    let Block { kind, .. } = &mut playbook.blocks[0].block;
    *kind = BlockKind::Trigger(Trigger::new(TriggerKind::Webhook));
    playbook.blocks[1].template = Some(Arc::new(Template { id: slug("t"), source: "{{ test }}".to_owned() }));
    let stage = Stage::new();
    let house = house(stage.crm.clone(), Arc::new(playbook));
    for (second, known) in [(0, false), (1, true), (200, true)] {
        let event = call(at(second)).unwrap().into_event(tenant(), slug("follow-up"));
        let (id, started) = (event.id.clone(), house.runner.offer(vec![event]).await.unwrap());
        assert_eq!(started[0].known, known);
        assert_eq!(house.end(&id).await.state, RunState::Succeeded);
    }
    let query = engage_playbooks::ports::RunQuery { most: 10, ..Default::default() };
    assert_eq!(house.runner.runs(&tenant(), &query).await.unwrap().runs.len(), 1);
    assert!(matches!(call(at(100_000)), Err(WebhookError::OutsideWindow { .. })));
}

/// A model behind an endpoint that answers everything with the same text.
async fn model(text: &'static str) -> Arc<dyn Ai> {
    let answer = json!({
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    });
    let answer = move || async move { ([("content-type", "application/json")], answer.to_string()) };
    let router = axum::Router::new().fallback(answer);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    Arc::new(OpenAi::new(Endpoint::new(format!("http://{address}/v1"), None)).unwrap())
}

#[tokio::test]
async fn an_answer_of_an_ai_that_is_no_json_fails_its_block() {
    let stage = Stage::new();
    let playbook = single(ai(VersionChoice::Latest), Some(capability()));
    for (text, end) in [("I would rather not.", failed("not-json")), ("{\"Summary\": \"Fine\"}", succeeded())] {
        let reached = Arc::new(Reached(Ok(stage.crm.clone() as Arc<dyn Adapter>)));
        let blocks =
            Blocks::new(reached, model(text).await, Arc::new(Liquid::default()), Arc::new(SystemTime::default()));
        let house = House::open(playbook.clone(), blocks);
        assert_eq!(house.ends(event("asked", json!({"Text": "a secret"}))).await, end);
        let facts = house.runner.history(&house.key("asked")).await.unwrap();
        let failures = facts.iter().filter_map(|fact| match &fact.kind {
            FactKind::Failed { failure, .. } => Some(format!("{failure:?}")),
            _ => None,
        });
        assert!(failures.into_iter().all(|told| !told.contains("rather") && !told.contains("secret")));
    }
}

/// A CRM that does not answer one read before the test is over.
struct Late {
    inner: Arc<dyn Adapter>,
    late: AtomicBool,
}

#[async_trait]
impl Adapter for Late {
    fn crm(&self) -> &CrmName {
        self.inner.crm()
    }

    fn capabilities(&self) -> &Capabilities {
        self.inner.capabilities()
    }

    async fn read(&self, call: &Call, queries: &[Query]) -> Result<Vec<Page>, AdapterError> {
        if self.late.swap(false, Ordering::SeqCst) {
            return std::future::pending().await;
        }
        self.inner.read(call, queries).await
    }

    async fn write(&self, call: &Call, group: &WriteGroup) -> Result<Vec<Result<Written, AdapterError>>, GroupError> {
        self.inner.write(call, group).await
    }

    fn preview_read(&self, queries: &[Query]) -> Result<Vec<Request>, AdapterError> {
        self.inner.preview_read(queries)
    }

    fn preview_write(&self, group: &WriteGroup) -> Result<Vec<Request>, AdapterError> {
        self.inner.preview_write(group)
    }
}

#[tokio::test]
async fn a_crm_that_answers_after_the_deadline_fails_its_run_and_holds_up_nobody() {
    let stage = Stage::new();
    let late = Arc::new(Late { inner: stage.crm.clone(), late: AtomicBool::new(true) });
    let house = house(late, stage.playbook(false));
    house.runner.offer(vec![event("late", json!({"Name": "Contoso"}))]).await.unwrap();
    let (state, reason) = house.ends(event("beside", json!({"Name": "Fabrikam"}))).await;
    let late = house.end("late").await;
    // Whichever came first met the CRM that does not answer.
    let (failed, other) = if state == RunState::Failed { (reason, late.state) } else { (late.reason, state) };
    assert_eq!(other, RunState::Succeeded);
    assert_eq!(failed.as_deref(), Some("deadline"));
    assert_eq!(stage.tasks(), 1);
}

//! When what employees signed in with is forgotten, and what is sealed.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};

use engage_bookme::{Environment, Seal as _, Tenancy};
use engage_engine::CrmName;
use engage_engine::ids::{RefId, SemanticId};
use engage_engine::run::Clock;
use engage_playbooks::model::TriggerKind;
use engage_playbooks::ports::{Event as Offered, RunPage, RunRecord, Started, Time};
use engage_playbooks::run::Beginning;
use engage_store::platform::{
    Actor, Database, Event, Keyring, LocalKey, Options, Outbox as _, Secret, SecretName, SecretState, Secrets as _,
    SystemRandom, Vault,
};
use serde_json::json;

use super::*;

const ORGANISATION: Uuid = Uuid::from_u128(1);
const MEETING: Uuid = Uuid::from_u128(7);

/// A clock that goes on when a test says so, in seconds.
struct Hand(AtomicI64);

#[async_trait]
impl Clock for Hand {
    fn now(&self) -> Duration {
        Duration::from_secs(self.0.load(Ordering::SeqCst).unsigned_abs())
    }

    async fn sleep(&self, _: Duration) {
        std::future::pending().await
    }
}

impl Time for Hand {
    fn timestamp(&self) -> Timestamp {
        Timestamp::from_second(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// An engine with a run, or none, and perhaps more than it tells.
#[derive(Default)]
struct Engine {
    run: Mutex<Option<(RunRecord, Beginning)>>,
    more: AtomicBool,
    identified: AtomicBool,
}

#[async_trait]
impl DurableEngine for Engine {
    async fn offer(&self, _: Vec<Offered>) -> Result<Vec<Started>, EngineError> {
        Ok(Vec::new())
    }

    async fn ready(&self) -> Result<(), EngineError> {
        Ok(())
    }

    async fn cancel(&self, _: &RunKey, _: &str) -> Result<(), EngineError> {
        Ok(())
    }

    async fn retry(&self, _: &RunKey, _: Option<RefId>, _: &str) -> Result<(), EngineError> {
        Ok(())
    }

    async fn identified(&self, _: &RunKey) -> Result<(), EngineError> {
        self.identified.store(true, Ordering::SeqCst);
        Ok(())
    }

    async fn status(&self, _: &RunKey) -> Result<Option<RunRecord>, EngineError> {
        Ok(None)
    }

    async fn runs(&self, _: &Tenant, _: &RunQuery) -> Result<RunPage, EngineError> {
        let run = self.run.lock().unwrap().as_ref().map(|(record, _)| record.clone());
        Ok(RunPage { runs: run.into_iter().collect(), more: self.more.load(Ordering::SeqCst) })
    }

    async fn history(&self, _: &RunKey) -> Result<Vec<Fact>, EngineError> {
        let run = self.run.lock().unwrap();
        let began = |(record, beginning): &(RunRecord, Beginning)| Fact {
            at: record.started_at,
            kind: FactKind::Started(Box::new(beginning.clone())),
        };
        Ok(run.iter().map(began).collect())
    }
}

struct World {
    caretaker: Caretaker,
    engine: Arc<Engine>,
    vault: Vault,
    time: Arc<Hand>,
}

impl World {
    async fn start() -> Self {
        let time = Arc::new(Hand(AtomicI64::new(1_780_000_000)));
        let database = Database::in_memory(Options::default()).await.unwrap();
        let random = Arc::new(SystemRandom);
        let key = LocalKey::parse(&format!("tests:{}", "5a".repeat(32)), random.clone()).unwrap();
        let ring = Keyring::new(Arc::new(key), Vec::new());
        let vault = Vault::open(database.clone(), ring, random, time.timestamp()).await.unwrap();
        let next = AtomicU64::new(1);
        let ids: engage_server::http::Ids =
            Arc::new(move || Uuid::from_u128(u128::from(next.fetch_add(1, Ordering::SeqCst))));
        let clock: Arc<dyn Time> = time.clone();
        let around = Around {
            database,
            time: Arc::clone(&clock),
            ids: Arc::clone(&ids),
            server: "one".to_owned(),
            wake: Arc::default(),
        };
        let engine = Arc::new(Engine::default());
        let caretaker = Caretaker {
            around,
            kept: Some(Assertions::new(vault.clone(), Arc::clone(&clock))),
            seals: Some(Seals::new(vault.clone(), clock, ids)),
            organisation: ORGANISATION,
            engine: engine.clone(),
            tenant: Tenant::new("t").unwrap(),
            standing: None,
        };
        Self { caretaker, engine, vault, time }
    }

    /// An employee has called, with a token that is good for an hour, and a personal id of a meeting is sealed.
    async fn called(&self) {
        let name = SecretName { organisation: ORGANISATION, kind: "assertion".to_owned(), name: "anna".to_owned() };
        let (now, actor) = (self.time.timestamp(), Actor::default());
        let until = Some(now + SignedDuration::from_hours(1));
        self.vault.put(&name, &Secret::from("a token"), SecretState::Current, until, &actor, now).await.unwrap();
        let tenancy = Tenancy { organisation: ORGANISATION, environment: Environment::Prod };
        self.caretaker.seals.as_ref().unwrap().seal(&tenancy, MEETING, "010203-1234").await.unwrap();
    }

    /// How many tokens and seals are there, once it was looked after some seconds.
    async fn after(&self, seconds: i64) -> (usize, usize) {
        self.time.0.fetch_add(seconds, Ordering::SeqCst);
        self.caretaker.look().await.unwrap();
        let kept = self.caretaker.kept.as_ref().unwrap().kept(ORGANISATION).await.unwrap();
        (kept.len(), self.caretaker.seals.as_ref().unwrap().sealed(ORGANISATION).await.unwrap().len())
    }

    fn runs(&self, state: RunState, employee: Option<&str>, subject: Option<&str>) {
        let (playbook, started_at) = (SemanticId::new("book").unwrap(), self.time.timestamp());
        let record = RunRecord {
            key: RunKey { tenant: Tenant::new("t").unwrap(), run: Uuid::from_u128(9) },
            playbook: playbook.clone(),
            trigger: TriggerKind::MeetingBooked,
            state,
            started_at,
            updated_at: started_at,
            wake_at: None,
            failed_block: None,
            reason: None,
            entries: 1,
        };
        let beginning = Beginning {
            playbook,
            digest: String::new(),
            crm: CrmName::new("dataverse").unwrap(),
            trigger: TriggerKind::MeetingBooked,
            event: "e".to_owned(),
            subject: subject.map(str::to_owned),
            data: json!({}),
            given: json!({}),
            employee: employee.map(str::to_owned),
            versions: BTreeMap::new(),
            deadline: None,
            closed: false,
        };
        *self.engine.run.lock().unwrap() = Some((record, beginning));
    }
}

#[tokio::test]
async fn what_no_run_needs_is_forgotten_after_a_minute() {
    let world = World::start().await;
    world.called().await;
    assert_eq!([world.after(0).await, world.after(60).await], [(1, 1), (1, 1)], "by then it is told what follows");
    assert_eq!(world.after(1).await, (0, 0));
}

#[tokio::test]
async fn what_a_run_needs_stays_until_it_is_at_its_end_and_no_longer_than_it_is_good() {
    let world = World::start().await;
    world.called().await;
    world.runs(RunState::Running, Some("anna"), None);
    assert_eq!(world.after(600).await, (1, 0), "a run of the employee needs no seal of another meeting");
    *world.engine.run.lock().unwrap() = None;
    assert_eq!(world.after(5).await, (0, 0));
    world.called().await;
    world.runs(RunState::Running, Some("bo"), Some(&MEETING.to_string()));
    assert_eq!(world.after(61).await, (0, 1), "a run about the meeting needs nobody's token but its own employee's");
    world.runs(RunState::Running, Some("anna"), Some(&MEETING.to_string()));
    world.called().await;
    assert_eq!(world.after(3599).await.0, 1);
    assert_eq!(world.after(1).await.0, 0, "the token is not good any more");
}

#[tokio::test]
async fn nothing_is_forgotten_while_more_may_follow_than_is_known() {
    let world = World::start().await;
    world.called().await;
    world.engine.more.store(true, Ordering::SeqCst);
    assert_eq!(world.after(600).await, (1, 1), "there are runs that were not looked at");
    world.engine.more.store(false, Ordering::SeqCst);
    let event = Event {
        id: Uuid::from_u128(3),
        organisation: ORGANISATION,
        environment: engage_store::platform::Environment::Prod,
        at: world.time.timestamp(),
        kind: "MeetingBooked".to_owned(),
        subject: MEETING.to_string(),
        payload: json!({}),
    };
    let database = &world.caretaker.around.database;
    let work = database.write(event, |tx, event| Box::pin(async move { tx.append_event(event).await }));
    Result::<(), StoreError>::unwrap(work.await);
    assert_eq!(world.after(600).await, (1, 1), "an event waits that would start one");
    assert_eq!(world.after(3600).await.0, 0, "but no longer than it is good");
}

#[tokio::test]
async fn a_run_that_waits_for_its_employee_goes_on_by_what_is_newer_than_it() {
    let world = World::start().await;
    world.called().await;
    world.runs(RunState::NeedsIdentity, Some("anna"), None);
    world.after(1).await;
    assert!(!world.engine.identified.load(Ordering::SeqCst), "what did not help will not");
    world.called().await;
    world.after(1).await;
    assert!(world.engine.identified.load(Ordering::SeqCst));
}

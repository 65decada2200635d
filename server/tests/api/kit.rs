//! Two organisations with employees, a clock that stands still, an issuer, and the API over them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request};
use engage_bookme::model::{CustomerType, Kept, MeetingConfiguration, Schedule, Skills, Topic, Workday};
use engage_bookme::values::{DayOfWeek, DayTime, Languages, Localized, MeetingType, WhoCanBook};
use engage_bookme::{Bookme, Environment, Tenancy};
use engage_engine::run::Clock;
use engage_identity::issuer::LocalIssuer;
use engage_identity::{
    Api as Registered, Authority, Directory as Looking, Keys, Mapping, Registration, Settings as Held, Systems,
    Validator,
};
use engage_playbooks::ports::Time;
use engage_server::api::{Api, Rates, SURFACE, Settings, StoredCrms};
use engage_server::config::{Config, Flag, Sources};
use engage_server::http::{HttpMeasures, Peer, Surroundings};
use engage_server::identity::{Assertions, Refusals, StoredCounts};
use engage_server::management::ports::Served;
use engage_server::management::{self, Administration, Management};
use engage_server::platform::Seals;
use engage_store::platform::{
    Content, Database, Directory, Keyring, Kind, LocalKey, NewRecord, OVERLAP, Options, Organisation,
    Organisations as _, Realm as Provisioned, Service, StoreError, SystemRandom, Vault,
};
use jiff::Timestamp;
use prometheus_client::registry::Registry;
use serde_json::{Value, json};
use tower_service::Service as _;
use uuid::Uuid;

#[path = "answer.rs"]
mod answer;
#[path = "realm.rs"]
mod realm;

use super::conform::{Exchange, check};
pub(crate) use answer::Answer;
pub(crate) use realm::CRM;
use realm::{BASE, Direct, INTEGRATION, Looked, MANAGEMENT, PLATFORM, UI, counted, person, realm};

/// The place of everybody.
pub(crate) const PLACE: &str = "Finans Allé 1-3";

/// A clock that goes on when a test says so.
#[derive(Debug)]
pub(crate) struct Hand(AtomicI64);

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

/// One of the organisations, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Org(pub(crate) u128);

/// The organisation of most tests, and a neighbour.
pub(crate) const OURS: Org = Org(1);
pub(crate) const THEIRS: Org = Org(2);

impl Org {
    pub(crate) fn id(self) -> Uuid {
        Uuid::from_u128(0xbbbb_0000 + self.0)
    }

    /// The tenant of its people.
    pub(crate) fn tenant(self) -> Uuid {
        Uuid::from_u128(0xaaaa_1000 + self.0)
    }

    pub(crate) fn client(self) -> Uuid {
        Uuid::from_u128(0xcccc_1000 + self.0)
    }

    pub(crate) fn tenancy(self) -> Tenancy {
        Tenancy { organisation: self.id(), environment: Environment::Prod }
    }

    /// An employee of it.
    pub(crate) fn employee(self, n: u128) -> Uuid {
        Uuid::from_u128(0xeeee_0000 + (self.0 << 8) + n)
    }

    /// A room of it.
    pub(crate) fn room(self) -> Uuid {
        Uuid::from_u128(0xffff_0000 + self.0)
    }
}

/// Who calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum As {
    Nobody,
    System(Org),
    /// A person with a role, and which one of several.
    User(Org, &'static str, u128),
}

pub(crate) const SYSTEM: As = As::System(OURS);
pub(crate) const ADMIN: As = As::User(OURS, "Admin", 1);
pub(crate) const CUSTOMER: As = As::User(OURS, "Customer", 1);

pub(crate) struct Kit {
    router: Router,
    issuer: LocalIssuer,
    pub(crate) bookme: Bookme,
    pub(crate) database: Database,
    pub(crate) assertions: Assertions,
    pub(crate) seals: Seals,
    pub(crate) registry: Registry,
    directory: Arc<Looked>,
    time: Arc<Hand>,
}

/// What else there is.
#[derive(Default)]
struct With {
    /// An application of our organisation's own at its CRM.
    own: bool,
    /// An audit log that has who was let in.
    audited: bool,
    /// What is served of an organisation.
    served: Option<Served>,
}

impl Kit {
    pub(crate) async fn start() -> Self {
        Self::with(Settings { rates: Rates { per_hour: 1_000_000, per_minute: 1_000_000 } }).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        Self::configured(settings, &[]).await
    }

    /// With an application of our organisation's own at its CRM.
    pub(crate) async fn with_own_application() -> Self {
        Self::made(Settings::default(), &[], With { own: true, ..With::default() }).await
    }

    /// With settings of the server, as `--set` has them.
    pub(crate) async fn configured(settings: Settings, set: &[(&str, &str)]) -> Self {
        Self::made(settings, set, With::default()).await
    }

    /// With what is served of an organisation.
    #[allow(dead_code, reason = "only the tests of the Management API ask for it")]
    pub(crate) async fn serving(settings: Settings, served: Option<Served>) -> Self {
        Self::made(settings, &[], With { served, ..With::default() }).await
    }

    /// With an audit log that has who was let in, and perhaps an application of our organisation's own. Others have only what is done, as
    /// each of their calls has a token of its own.
    #[allow(dead_code, reason = "only the tests of the Public API ask for it")]
    pub(crate) async fn audited(settings: Settings, own: bool) -> Self {
        Self::made(settings, &[], With { audited: true, own, ..With::default() }).await
    }

    /// Lets the tenant of an organisation lead to another one too, which there is.
    #[allow(dead_code, reason = "only some tests ask for it")]
    pub(crate) async fn lead(&self, org: Org, to: Org) {
        let (environment, organisation) = (engage_identity::Environment::Prod, to.id());
        self.directory.listed.map(org.tenant(), Mapping { organisation, environment, cap: None, clients: None });
        let created = self.time.timestamp();
        let there = Organisation { id: organisation, name: "Adatum".to_owned(), enabled: true, created };
        let made = self.database.write(there, |tx, org| Box::pin(async move { tx.create_organisation(org).await }));
        Result::<(), StoreError>::unwrap(made.await);
    }

    async fn made(settings: Settings, set: &[(&str, &str)], with: With) -> Self {
        let With { own, audited, served } = with;
        let flag = |(setting, value): &(&str, &str)| Flag {
            spelled: "--set".to_owned(),
            setting: (*setting).to_owned(),
            value: (*value).to_owned(),
        };
        let config = Config::load(&Sources::default().flags(set.iter().map(flag))).unwrap();
        let start: Timestamp = "2026-05-28T06:00:00Z".parse().unwrap();
        let time = Arc::new(Hand(AtomicI64::new(start.as_microsecond())));
        let issuer = LocalIssuer::new(realm(), time.clone(), counted()).unwrap();
        let directory = Arc::new(Looked::default());
        for org in [OURS, THEIRS] {
            let environment = engage_identity::Environment::Prod;
            let organisation = org.id();
            directory.listed.map(org.tenant(), Mapping { organisation, environment, cap: None, clients: None });
            directory.listed.register(org.client(), Registration { organisation, environment });
        }
        let keys = Keys::new(Authority::local(BASE), Arc::new(Direct(issuer.clone())), time.clone());
        let held = Held {
            authority: Authority::local(BASE),
            management: Registered { client_id: MANAGEMENT, uri: "api://engage-management".to_owned() },
            systems: Some(Systems {
                tenant: PLATFORM,
                api: Registered { client_id: INTEGRATION, uri: "https://engage.example/integration".to_owned() },
                permission: None,
            }),
            environment: engage_identity::Environment::Prod,
        };
        let validator = Validator::new(
            held,
            keys,
            Looking { tenants: directory.clone(), clients: directory.clone() },
            time.clone(),
        )
        .unwrap();
        let database = Database::in_memory(Options::default()).await.unwrap();
        let counter = AtomicU64::new(1 << 32);
        let ids: engage_server::http::Ids =
            Arc::new(move || Uuid::from_u128(u128::from(counter.fetch_add(1, Ordering::SeqCst))));
        let clock = time.clone();
        let (key, drawn) = (format!("tests:{}", "5a".repeat(32)), Arc::new(SystemRandom));
        let ring = Keyring::new(Arc::new(LocalKey::parse(&key, drawn.clone()).unwrap()), Vec::new());
        let vault = Vault::open(database.clone(), ring, drawn, start).await.unwrap();
        let seals = Seals::new(vault.clone(), time.clone(), Arc::new(Uuid::new_v4));
        let application = Registered { client_id: CRM, uri: format!("api://{CRM}") };
        let assertions = Assertions::new(vault, time.clone()).audited(Refusals::new(database.clone()));
        let assertions = if own { assertions.own(OURS.id(), application) } else { assertions };
        let bookme = Bookme::new(database.clone(), Arc::new(move || clock.timestamp()), ids.clone());
        let bookme = bookme.sealing(Arc::new(seals.clone()));
        let counted = StoredCounts::new(database.clone());
        let crms = StoredCrms::new(database.clone(), time.clone());
        let api = Api::new(bookme.clone(), validator, settings, counted, time.clone(), ids.clone()).crms(crms);
        let api = api.assertions(assertions.clone());
        let api = Arc::new(if audited { api.audited(database.clone()) } else { api });
        let management = Management::new(bookme.clone(), database.clone(), api.door(), time.clone(), ids.clone());
        let management = management.administering(Administration { random: Arc::new(SystemRandom), overlap: OVERLAP });
        let management = Arc::new(match served {
            Some(served) => management.serving(served),
            None => management,
        });
        let mut registry = Registry::default();
        let surroundings = Surroundings {
            surfaces: vec![SURFACE, management::SURFACE],
            measures: Arc::new(HttpMeasures::of(&mut registry)),
            ids,
            time: time.clone(),
            follow: None,
            count: Some(api.count()),
        };
        let router = surroundings.around(Arc::clone(&api).routes().merge(management.routes()), &config);
        Self { router, issuer, bookme, database, assertions, seals, registry, directory, time }
    }

    /// The clock.
    #[allow(dead_code, reason = "only the tests of the Management API ask for it")]
    pub(crate) fn time(&self) -> Arc<dyn Time> {
        self.time.clone()
    }

    pub(crate) fn pass(&self, seconds: i64) {
        self.time.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    /// How many tokens were held against the rules so far.
    #[allow(dead_code, reason = "only the tests of the Management API ask for it")]
    pub(crate) fn proofs(&self) -> u64 {
        self.directory.tenants.load(Ordering::SeqCst)
    }

    /// Serves the API on a socket until the test ends; where.
    pub(crate) async fn listen(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = self.router.clone().layer(axum::Extension(Peer(([192, 0, 2, 1], 9).into())));
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }

    pub(crate) fn token(&self, who: As) -> Option<String> {
        let resource = |at: usize| &self.issuer.realm().resources[at];
        let claims = match who {
            As::Nobody => return None,
            As::System(org) => {
                let applications = &self.issuer.realm().applications;
                let application = applications.iter().find(|one| one.client_id == org.client()).unwrap();
                self.issuer.application_claims(application, resource(1))
            }
            As::User(org, role, n) => self.issuer.user_claims(&person(org, role, n), resource(0), UI),
        };
        Some(self.issuer.sign(&claims).unwrap())
    }

    /// The token of a person for the application of the organisation's own.
    pub(crate) fn crm_token(&self, org: Org, role: &str, n: u128) -> String {
        self.crm_token_lasting(org, role, n, 3600)
    }

    /// The same, good for so many seconds.
    pub(crate) fn crm_token_lasting(&self, org: Org, role: &str, n: u128, seconds: i64) -> String {
        let resource = &self.issuer.realm().resources[2];
        let mut claims = self.issuer.user_claims(&person(org, role, n), resource, UI);
        claims.insert("exp".to_owned(), (self.time.timestamp().as_second() + seconds).into());
        self.issuer.sign(&claims).unwrap()
    }

    /// Lets our organisation keep its records in a CRM.
    pub(crate) async fn on(&self, crm: &'static str) {
        let created = self.time.timestamp();
        let ours = Organisation { id: OURS.id(), name: "Contoso".to_owned(), enabled: true, created };
        let made = self.database.write(ours, move |tx, ours| {
            Box::pin(async move {
                tx.create_organisation(ours).await?;
                tx.set_crm(ours.id, Some(crm)).await
            })
        });
        Result::<(), StoreError>::unwrap(made.await);
    }

    /// A token of a user with other claims too.
    #[allow(dead_code, reason = "only the tests of the Management API ask for it")]
    pub(crate) fn token_with(&self, who: As, more: Value) -> String {
        let As::User(org, role, n) = who else { panic!("it is a user's") };
        let mut claims = self.issuer.user_claims(&person(org, role, n), &self.issuer.realm().resources[0], UI);
        claims.extend(more.as_object().unwrap().clone());
        self.issuer.sign(&claims).unwrap()
    }

    /// Sends a request as it is, and holds what comes back against the description of the API.
    pub(crate) async fn raw(&self, who: As, request: axum::http::request::Builder, body: Body) -> Answer {
        let request = match self.token(who) {
            Some(token) => request.header("authorization", format!("Bearer {token}")),
            None => request,
        };
        self.sent_from([192, 0, 2, 1], request.body(body).unwrap()).await
    }

    /// Sends a request from an address, likewise.
    pub(crate) async fn sent_from(&self, address: [u8; 4], request: Request<Body>) -> Answer {
        let (parts, body) = request.into_parts();
        let sent = to_bytes(body, usize::MAX).await.unwrap();
        let mut request = Request::from_parts(parts, Body::from(sent.clone()));
        request.extensions_mut().insert(Peer((address, 9).into()));
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = self.router.clone().call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        check(&Exchange {
            method: &method,
            path: &path,
            sent: &sent,
            status: parts.status,
            headers: &parts.headers,
            text: &text,
        });
        Answer { status: parts.status, headers: parts.headers, text }
    }

    /// Calls a path of any version.
    pub(crate) async fn call(&self, who: As, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = Request::builder().method(method).uri(path);
        match body {
            Some(body) => {
                self.raw(who, request.header("content-type", "application/json"), Body::from(body.to_string())).await
            }
            None => self.raw(who, request, Body::empty()).await,
        }
    }

    pub(crate) async fn get(&self, who: As, path: &str) -> Answer {
        self.call(who, Method::GET, &format!("/api/v3{path}"), None).await
    }

    pub(crate) async fn post(&self, who: As, path: &str, body: Value) -> Answer {
        self.call(who, Method::POST, &format!("/api/v3{path}"), Some(body)).await
    }

    pub(crate) async fn put(&self, who: As, path: &str, body: Value) -> Answer {
        self.call(who, Method::PUT, &format!("/api/v3{path}"), Some(body)).await
    }

    pub(crate) async fn patch(&self, who: As, path: &str, body: Value) -> Answer {
        self.call(who, Method::PATCH, &format!("/api/v3{path}"), Some(body)).await
    }

    pub(crate) async fn delete(&self, who: As, path: &str) -> Answer {
        self.call(who, Method::DELETE, &format!("/api/v3{path}"), None).await
    }

    async fn provision(&self, org: Org, service: Service, id: Uuid, name: &str) {
        let email = format!("{name}@x.dk");
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": email,
            "displayName": name,
            "active": true,
            "emails": [{"type": "work", "value": email}],
            "addresses": [{"type": "work", "formatted": PLACE}],
        });
        let content = Content {
            user_name: Some(email),
            external_id: Some(format!("external {id}")),
            display_name: Some(name.to_owned()),
            active: true,
            folded: body.clone(),
            body,
            deactivated_at: None,
            purge_at: None,
        };
        let realm = Provisioned { organisation: org.id(), environment: Environment::Prod, service };
        let job = (realm, NewRecord { id, kind: Kind::User, domain: id, content });
        let at = self.time.timestamp();
        let work = self
            .database
            .write(job, move |tx, (realm, new)| Box::pin(async move { tx.insert_record(realm, new, at).await }));
        Result::<(), StoreError>::unwrap(work.await);
    }

    /// Two employees who work from Monday to Friday, 08 to 16, a room, a topic for customers and one for staff, a customer type.
    /// By name: `topic`, `internalTopic`, `customerType`.
    pub(crate) async fn office(&self, org: Org) -> BTreeMap<&'static str, Uuid> {
        let (bookme, at) = (&self.bookme, &org.tenancy());
        self.provision(org, Service::Employees, org.employee(1), "anna").await;
        self.provision(org, Service::Employees, org.employee(2), "bo").await;
        self.provision(org, Service::Rooms, org.room(), "fjord").await;
        let on = |kept: &Kept<engage_bookme::model::Settings>| {
            Ok(engage_bookme::model::Settings { languages: Languages::of(["en-GB"]), ..kept.value.clone() })
        };
        bookme.update(at, org.id(), on).await.unwrap();
        let topic = |name: &str, unique: &str| Topic {
            name: Localized::danish(name).with("en-GB", format!("{unique} in English")),
            unique_topic_id: unique.to_owned(),
            parent_id: None,
            order: 0,
        };
        let loan = bookme.create(at, topic("Lån", "loan")).await.unwrap().id;
        let internal = bookme.create(at, topic("Internt", "internal")).await.unwrap().id;
        let kind = bookme.create(at, CustomerType { name: "Private".to_owned() }).await.unwrap().id;
        let types = MeetingType::ALL.to_vec();
        for (topic, who_can_book) in [(loan, WhoCanBook::Customers), (internal, WhoCanBook::Internal)] {
            let row = MeetingConfiguration {
                topic_id: Some(topic),
                meeting_types: types.clone(),
                who_can_book,
                ..MeetingConfiguration::default()
            };
            bookme.create(at, row).await.unwrap();
        }
        for employee in [org.employee(1), org.employee(2)] {
            let skills = Skills { employee_id: employee, topic_ids: vec![loan], customer_type_ids: vec![kind] };
            bookme.create(at, skills).await.unwrap();
            let day = |day: &DayOfWeek| Workday {
                day_of_week: *day,
                is_available: true,
                from: DayTime::hour(8),
                to: DayTime::hour(16),
                available_meeting_types: types.clone(),
                location: None,
            };
            let workdays: Vec<Workday> = DayOfWeek::ALL.iter().take(5).map(day).collect();
            let change = move |kept: &Kept<Schedule>| Ok(Schedule { workdays: workdays.clone(), ..kept.value.clone() });
            bookme.update(at, employee, change).await.unwrap();
        }
        BTreeMap::from([("topic", loan), ("internalTopic", internal), ("customerType", kind)])
    }

    /// Holds a time of Monday, 1 June 2026; the id of the slot.
    pub(crate) async fn hold(&self, who: As, employee: Uuid, start: &str, end: &str) -> Answer {
        let body = json!({
            "timeSlot": {
                "status": "Reserved",
                "startDate": format!("2026-06-01T{start}:00Z"),
                "endDate": format!("2026-06-01T{end}:00Z"),
                "employeeId": employee,
            },
            "token": Uuid::new_v4(),
        });
        self.post(who, "/bookme/time-slots/reserve", body).await
    }
}

//! An organisation with a directory, a clock that stands still, and ids that count.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use engage_bookme::{Bookme, Environment, Error, Tenancy};
use engage_store::platform::{Content, Database, Directory, Kind, NewRecord, Options, Realm, Service, StoreError};
use jiff::Timestamp;
use serde_json::json;
use tempfile::TempDir;
use uuid::Uuid;

pub(crate) fn id(n: u128) -> Uuid {
    Uuid::from_u128(n)
}

/// The key of the location where everybody is who is nowhere else.
pub(crate) const PLACE: &str = "Finans Allé 1-3";

pub(crate) fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) bookme: Bookme,
    pub(crate) tenancy: Tenancy,
    now: Arc<AtomicI64>,
    ids: Arc<AtomicU64>,
    place: Place,
}

enum Place {
    File(TempDir),
    Address(String),
}

/// Few connections: the cluster has sixty.
fn options() -> Options {
    Options { connections: 6, ..Options::default() }
}

impl World {
    pub(crate) async fn in_file() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::open(folder.path().join("platform.db"), options()).await.unwrap();
        Self::on(database, Place::File(folder))
    }

    pub(crate) async fn at(url: String) -> Self {
        Self::on(Database::connect(&url, options()).await.unwrap(), Place::Address(url))
    }

    fn on(database: Database, place: Place) -> Self {
        let now = Arc::new(AtomicI64::new(instant("2026-05-28T06:00:00Z").as_microsecond()));
        let ids = Arc::new(AtomicU64::new(1 << 32));
        let bookme = bookme(&database, &now, &ids);
        let tenancy = Tenancy { organisation: id(1), environment: Environment::Prod };
        Self { database, bookme, tenancy, now, ids, place }
    }

    /// The same, as another process has it.
    pub(crate) async fn again(&self) -> Bookme {
        let database = match &self.place {
            Place::File(folder) => Database::open(folder.path().join("platform.db"), options()).await,
            Place::Address(url) => Database::connect(url, options()).await,
        };
        bookme(&database.unwrap(), &self.now, &self.ids)
    }

    pub(crate) fn set(&self, now: &str) {
        self.now.store(instant(now).as_microsecond(), Ordering::SeqCst);
    }

    pub(crate) fn pass(&self, milliseconds: i64) {
        self.now.fetch_add(milliseconds * 1_000, Ordering::SeqCst);
    }

    pub(crate) async fn provision(&self, service: Service, n: u128, name: &str, location: &str) {
        let email = format!("{name}@x.dk");
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": email,
            "displayName": name,
            "active": true,
            "emails": [{ "type": "work", "value": email }],
            "addresses": [{ "type": "work", "formatted": location }],
        });
        let content = Content {
            user_name: Some(email),
            external_id: Some(format!("external {n}")),
            display_name: Some(name.to_owned()),
            active: true,
            folded: body.clone(),
            body,
            deactivated_at: None,
            purge_at: None,
        };
        let Tenancy { organisation, environment } = self.tenancy;
        let realm = Realm { organisation, environment, service };
        let job = (realm, NewRecord { id: id(n), kind: Kind::User, domain: id(n), content });
        let work = self.database.write(job, |tx, (realm, new)| {
            Box::pin(async move { tx.insert_record(realm, new, instant("2026-05-01T00:00:00Z")).await })
        });
        Result::<(), StoreError>::unwrap(work.await);
    }

    pub(crate) async fn employee(&self, n: u128, name: &str) {
        self.provision(Service::Employees, n, name, PLACE).await;
    }

    pub(crate) async fn room(&self, n: u128, name: &str) {
        self.provision(Service::Rooms, n, name, PLACE).await;
    }
}

fn bookme(database: &Database, now: &Arc<AtomicI64>, ids: &Arc<AtomicU64>) -> Bookme {
    let (now, ids) = (now.clone(), ids.clone());
    let clock = move || Timestamp::from_microsecond(now.load(Ordering::SeqCst)).unwrap();
    let ids = move || id(u128::from(ids.fetch_add(1, Ordering::SeqCst)));
    Bookme::new(database.clone(), Arc::new(clock), Arc::new(ids))
}

/// Where the problems are.
#[track_caller]
pub(crate) fn fields<T: std::fmt::Debug>(answer: Result<T, Error>) -> Vec<String> {
    match answer {
        Err(Error::Invalid(problems)) => problems.into_iter().map(|problem| problem.field).collect(),
        other => panic!("{other:?}"),
    }
}

/// Where what was named is not.
#[track_caller]
pub(crate) fn missing<T: std::fmt::Debug>(answer: Result<T, Error>) -> String {
    match answer {
        Err(Error::NotFound { field }) => field,
        other => panic!("{other:?}"),
    }
}

/// The word for why something is refused.
#[track_caller]
pub(crate) fn refused<T: std::fmt::Debug>(answer: Result<T, Error>) -> &'static str {
    match answer {
        Err(Error::Conflict(refusal) | Error::Forbidden(refusal)) => refusal.as_str(),
        other => panic!("{other:?}"),
    }
}

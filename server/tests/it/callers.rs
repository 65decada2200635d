//! Tenants, clients and counts as the database says, seen by whoever asks who calls.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use engage_identity::{Clients as _, Environment, Mapping, Registration, Role, Tenants as _, Unreadable};
use engage_server::admin::{Admin, Limits, MappedTenant, NewClient};
use engage_server::identity::{BATCH, CountKey, CountSpan, StoredCounts, StoredDirectory};
use engage_store::platform::{
    self, Actor, AuditReads as _, CountWindow, Counts as _, Database, Organisations as _, StoreError, SystemRandom,
    Tenant, TenantLimits,
};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use super::kit::Kit;

const TENANT: Uuid = Uuid::from_u128(7);
const CLIENT: Uuid = Uuid::from_u128(8);
const PROD: platform::Environment = platform::Environment::Prod;

fn admin(kit: &Kit) -> Admin {
    let ids = Arc::clone(&kit.around.ids);
    let actor = Actor { who: "test".to_owned(), ..Actor::default() };
    Admin { database: kit.database.clone(), time: kit.time.clone(), ids, random: Arc::new(SystemRandom), actor }
}

fn directory(kit: &Kit) -> StoredDirectory {
    StoredDirectory::new(kit.database.clone(), kit.time.clone())
}

async fn made(admin: &Admin, name: &str) -> Uuid {
    admin.create_organisation(name, &[PROD, platform::Environment::Test]).await.unwrap().id
}

fn of(organisation: Uuid, environment: platform::Environment) -> MappedTenant {
    MappedTenant { tenant: TENANT, organisation, environment }
}

#[tokio::test]
async fn a_tenant_leads_where_nothing_is_disabled_and_a_change_holds_within_a_minute() {
    let kit = Kit::start().await;
    let (admin, directory) = (admin(&kit), directory(&kit));
    let (first, second) = (made(&admin, "Contoso").await, made(&admin, "Adatum").await);
    assert_eq!(directory.mappings(TENANT).await.unwrap(), []);
    let clients = Some(BTreeSet::from([CLIENT]));
    admin.map_tenant(of(first, PROD), &Limits::default()).await.unwrap();
    let limits = Limits { cap: Some(Role::Manager), clients: clients.clone() };
    admin.map_tenant(of(second, platform::Environment::Test), &limits).await.unwrap();
    assert_eq!(directory.mappings(TENANT).await.unwrap(), [], "what was read is kept for a while");
    kit.time.forward(Duration::from_secs(30));
    let mapping = |organisation, environment| Mapping { organisation, environment, cap: None, clients: None };
    let limited = Mapping { cap: Some(Role::Manager), clients, ..mapping(second, Environment::Test) };
    assert_eq!(directory.mappings(TENANT).await.unwrap(), [mapping(first, Environment::Prod), limited.clone()]);
    assert_eq!(directory.mappings(Uuid::from_u128(9)).await.unwrap(), []);
    admin.enable_organisation(first, false).await.unwrap();
    kit.time.forward(Duration::from_secs(59));
    assert_eq!(directory.mappings(TENANT).await.unwrap(), [limited]);
    admin.limit_tenant(of(second, platform::Environment::Test), &Limits::default()).await.unwrap();
    kit.time.forward(Duration::from_secs(59));
    assert_eq!(directory.mappings(TENANT).await.unwrap(), [mapping(second, Environment::Test)]);
    admin.enable_tenant(of(second, platform::Environment::Test), false).await.unwrap();
    kit.time.forward(Duration::from_secs(59));
    assert_eq!(directory.mappings(TENANT).await.unwrap(), []);
    admin.enable_tenant(of(second, platform::Environment::Test), true).await.unwrap();
    kit.time.forward(Duration::from_secs(59));
    assert_eq!(directory.mappings(TENANT).await.unwrap().len(), 1);
    admin.unmap_tenant(of(second, platform::Environment::Test)).await.unwrap();
    kit.time.forward(Duration::from_secs(59));
    assert_eq!(directory.mappings(TENANT).await.unwrap(), []);
    let gone = admin.unmap_tenant(of(second, platform::Environment::Test)).await.unwrap_err();
    assert!(matches!(gone, StoreError::Absent { what: "tenant" }), "{gone:?}");
    let page =
        kit.database.reader().audit_page(second, Timestamp::UNIX_EPOCH, Timestamp::MAX, None, 100).await.unwrap();
    let events: Vec<&str> = page.iter().map(|(_, entry)| entry.event.as_str()).collect();
    let expected = [
        "organisation.created",
        "tenant.mapped",
        "tenant.limited",
        "tenant.disabled",
        "tenant.enabled",
        "tenant.unmapped",
    ];
    assert_eq!(events, expected);
    assert_eq!(page[2].1.details["before"]["roleCap"], json!("Manager"));
}

#[tokio::test]
async fn a_cap_that_is_no_role_opens_nothing() {
    let kit = Kit::start().await;
    let organisation = made(&admin(&kit), "Contoso").await;
    let limits = TenantLimits { cap: Some("Owner".to_owned()), clients: None };
    let created = Timestamp::UNIX_EPOCH;
    let new = Tenant { tenant: TENANT, organisation, environment: PROD, enabled: true, created, limits };
    let work = kit.database.write(new, |tx, new| Box::pin(async move { tx.map_tenant(new).await }));
    Result::<(), StoreError>::unwrap(work.await);
    assert_eq!(directory(&kit).mappings(TENANT).await, Err(Unreadable));
}

#[tokio::test]
async fn a_client_leads_to_one_organisation_and_is_disabled_within_a_minute() {
    let kit = Kit::start().await;
    let (admin, directory) = (admin(&kit), directory(&kit));
    let (first, second) = (made(&admin, "Contoso").await, made(&admin, "Adatum").await);
    let new = || NewClient { client: CLIENT, environment: PROD, label: "core banking".to_owned() };
    admin.register_client(first, new()).await.unwrap();
    assert!(matches!(admin.register_client(second, new()).await, Err(StoreError::Conflict { .. })));
    let dev = NewClient { client: TENANT, environment: platform::Environment::Dev, label: "x".to_owned() };
    let absent = admin.register_client(first, dev).await.unwrap_err();
    assert!(matches!(absent, StoreError::Absent { what: "environment" }), "{absent:?}");
    let leads = Registration { organisation: first, environment: Environment::Prod };
    assert_eq!(directory.client(CLIENT).await.unwrap(), Some(leads));
    assert_eq!(directory.client(TENANT).await.unwrap(), None);
    assert!(matches!(admin.enable_client(second, CLIENT, false).await, Err(StoreError::Absent { .. })));
    admin.enable_client(first, CLIENT, false).await.unwrap();
    kit.time.forward(Duration::from_secs(59));
    assert_eq!(directory.client(CLIENT).await.unwrap(), None);
}

fn at(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(1_780_002_000_000 + milliseconds).unwrap()
}

/// What the database has of a window.
async fn written(database: &Database, key: &str, span: CountSpan) -> u64 {
    let (starts, ends) = span.around(at(0));
    let window = CountWindow { caller: key.to_owned(), starts, ends };
    let work = database.write(window, |tx, window| Box::pin(async move { tx.count_requests(window, 0).await }));
    Result::<u64, StoreError>::unwrap(work.await)
}

#[tokio::test]
async fn a_server_that_is_alone_counts_exactly_and_writes_few_rows() {
    let kit = Kit::start().await;
    let counts = StoredCounts::new(kit.database.clone());
    let key = CountKey::Client { organisation: TENANT, client: CLIENT };
    let all = (0..100).map(|_| counts.count(key, CountSpan::Minute, at(0)));
    let mut seen: Vec<u64> = futures_util::future::join_all(all).await.into_iter().map(Result::unwrap).collect();
    seen.sort_unstable();
    assert_eq!(seen, (1..=100).collect::<Vec<_>>(), "each is counted once, whoever counts at the same time");
    let name = format!("client {TENANT} {CLIENT}");
    // After a second all is written; what is being written just then is not waited for, and the next second sees to the rest.
    for second in 1..50 {
        let total = counts.count(key, CountSpan::Minute, at(1_000 * second)).await.unwrap();
        assert_eq!(total, 100 + second.unsigned_abs());
        if written(&kit.database, &name, CountSpan::Minute).await == total {
            break;
        }
        assert!(second < 49, "{total} are never written");
    }
    assert_eq!(counts.count(key, CountSpan::Hour, at(1_000)).await.unwrap(), 1);
    assert_eq!(counts.count(key, CountSpan::Minute, at(60_000)).await.unwrap(), 1, "another minute");
    let address = CountKey::Address(IpAddr::from([192, 0, 2, 1]));
    assert_eq!(counts.count(address, CountSpan::Minute, at(0)).await.unwrap(), 1);
}

#[tokio::test]
async fn servers_share_a_count_and_let_a_batch_too_many_through_at_most() {
    const LIMIT: u64 = 100;
    let kit = Kit::start().await;
    let servers = [(); 3].map(|()| StoredCounts::new(kit.database.clone()));
    let key = CountKey::Client { organisation: TENANT, client: CLIENT };
    let mut admitted = 0;
    // All within one second: nothing is written but by the batch.
    for _ in 0..200 {
        for server in &servers {
            admitted += u64::from(server.count(key, CountSpan::Minute, at(0)).await.unwrap() <= LIMIT);
        }
    }
    assert!((LIMIT..=LIMIT + BATCH * servers.len() as u64).contains(&admitted), "{admitted}");
    for server in &servers {
        assert!(
            server.count(key, CountSpan::Minute, at(1_000)).await.unwrap() > 600 - 2 * BATCH,
            "and learns of the others"
        );
    }
}

#[tokio::test]
async fn a_caller_that_goes_away_is_counted_all_the_same() {
    let kit = Kit::start().await;
    let counts = StoredCounts::new(kit.database.clone());
    let key = CountKey::Address(IpAddr::from([192, 0, 2, 1]));
    for _ in 0..5 {
        // Asked once, and then no more.
        let _ = tokio::time::timeout(Duration::ZERO, counts.count(key, CountSpan::Minute, at(0))).await;
    }
    assert_eq!(counts.count(key, CountSpan::Minute, at(2_000)).await.unwrap(), 6);
}

//! Tenants as the database says, seen by whoever asks where their users go.

use engage_identity::{Environment, Mapping, Tenants as _};
use engage_server::tenants::StoredTenants;
use engage_store::platform::{self, Database, Options, Organisation, Organisations, StoreError, Tenant};
use jiff::Timestamp;
use uuid::Uuid;

const TENANT: Uuid = Uuid::from_u128(7);

#[tokio::test]
async fn a_tenant_leads_where_nothing_is_disabled() {
    let database = Database::in_memory(Options::default()).await.unwrap();
    let tenants = StoredTenants::new(database.clone());
    let created = Timestamp::UNIX_EPOCH;
    let [first, second] = [1, 2].map(Uuid::from_u128);
    for (id, environment) in [(first, platform::Environment::Prod), (second, platform::Environment::Test)] {
        let made = Organisation { id, name: id.to_string(), enabled: true, created };
        database
            .write(made, move |tx, made| {
                Box::pin(async move {
                    tx.create_organisation(made).await?;
                    tx.open_environment(id, environment, created).await?;
                    let tenant = Tenant { tenant: TENANT, organisation: id, environment, enabled: true, created };
                    tx.map_tenant(&tenant).await
                })
            })
            .await
            .map_err(|error: StoreError| error)
            .unwrap();
    }
    let mapping = |organisation, environment| Mapping { organisation, environment, cap: None, clients: None };
    let both = [mapping(first, Environment::Prod), mapping(second, Environment::Test)];
    assert_eq!(tenants.mappings(TENANT).await.unwrap(), both);
    assert_eq!(tenants.mappings(Uuid::from_u128(8)).await.unwrap(), []);
    database
        .write((), move |tx, ()| Box::pin(async move { tx.enable_organisation(first, false).await }))
        .await
        .map_err(|error: StoreError| error)
        .unwrap();
    assert_eq!(tenants.mappings(TENANT).await.unwrap(), both[1..]);
    let test = platform::Environment::Test;
    database
        .write((), move |tx, ()| Box::pin(async move { tx.enable_environment(second, test, false).await }))
        .await
        .map_err(|error: StoreError| error)
        .unwrap();
    assert_eq!(tenants.mappings(TENANT).await.unwrap(), []);
}

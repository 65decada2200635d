//! Customers, environments, tenants.

use std::collections::BTreeSet;

use engage_store::platform::{
    Environment, Organisation, OrganisationReads, Organisations, StoreError, Tenant, TenantLimits, Unique,
};
use uuid::Uuid;

use super::{Fresh, Stores, at, id};

pub(crate) async fn all(stores: &Stores) {
    records(&stores.fresh().await).await;
    tenants(&stores.fresh().await).await;
}

/// An organisation with all environments.
pub(crate) async fn organisation(store: &Fresh, n: u128) -> Uuid {
    let new = Organisation { id: id(n), name: format!("Contoso {n}"), enabled: true, created: at(0) };
    let made = store.database.write(new, |tx, new| {
        Box::pin(async move {
            tx.create_organisation(new).await?;
            for environment in Environment::ALL {
                tx.open_environment(new.id, environment, at(0)).await?;
            }
            Ok::<_, StoreError>(())
        })
    });
    made.await.unwrap();
    id(n)
}

async fn records(store: &Fresh) {
    let first = organisation(store, 1).await;
    organisation(store, 2).await;
    let mut reader = store.database.reader();
    let found = reader.organisation(first).await.unwrap().unwrap();
    assert_eq!(found, Organisation { id: first, name: "Contoso 1".to_owned(), enabled: true, created: at(0) });
    assert_eq!(reader.organisation(id(3)).await.unwrap(), None);
    assert_eq!(reader.organisation_named("Contoso 2").await.unwrap().unwrap().id, id(2));
    let ids = |page: Vec<Organisation>| page.into_iter().map(|one| one.id).collect::<Vec<_>>();
    assert_eq!(ids(reader.organisations(None, 10).await.unwrap()), [id(1), id(2)]);
    assert_eq!(ids(reader.organisations(Some(id(1)), 10).await.unwrap()), [id(2)]);
    assert_eq!(ids(reader.organisations(None, 1).await.unwrap()), [id(1)]);
    assert_eq!(reader.environments(first).await.unwrap().len(), 3);
    assert_eq!(reader.environments(id(3)).await.unwrap(), []);

    let again = Organisation { name: "Contoso 2".to_owned(), ..found.clone() };
    let create = |new: Organisation| {
        store.database.write(new, |tx, new| Box::pin(async move { tx.create_organisation(new).await }))
    };
    let taken = create(Organisation { id: id(9), ..again.clone() }).await.unwrap_err();
    assert!(matches!(taken, StoreError::Conflict { what: Unique::Name }), "{taken:?}");
    let taken = create(Organisation { name: "Another".to_owned(), ..again }).await.unwrap_err();
    assert!(matches!(taken, StoreError::Conflict { what: Unique::Id }), "{taken:?}");
    let empty = create(Organisation { id: id(9), name: " ".to_owned(), ..found }).await.unwrap_err();
    assert!(matches!(empty, StoreError::Refused { .. }), "{empty:?}");

    assert_eq!(reader.crm(first).await.unwrap(), None);
    let set = async |of: Uuid, crm: Option<&'static str>| {
        store.database.write((of, crm), |tx, (of, crm)| Box::pin(async move { tx.set_crm(*of, *crm).await })).await
    };
    set(first, Some("salesforce")).await.unwrap();
    assert_eq!(reader.crm(first).await.unwrap().as_deref(), Some("salesforce"));
    assert_eq!((reader.crm(id(2)).await.unwrap(), reader.crm(id(3)).await.unwrap()), (None, None));
    set(first, None).await.unwrap();
    assert_eq!(reader.crm(first).await.unwrap(), None);
    assert!(matches!(set(first, Some(" ")).await.unwrap_err(), StoreError::Refused { .. }));
    assert!(matches!(set(id(3), None).await.unwrap_err(), StoreError::Absent { what: "organisation" }));

    let renamed = store.database.write(first, |tx, first| {
        Box::pin(async move {
            tx.rename_organisation(*first, "Fabrikam").await?;
            tx.enable_organisation(*first, false).await
        })
    });
    renamed.await.unwrap();
    let found = reader.organisation(first).await.unwrap().unwrap();
    assert_eq!((found.name.as_str(), found.enabled), ("Fabrikam", false));
    let absent = store.database.write((), |tx, ()| Box::pin(async move { tx.enable_organisation(id(3), true).await }));
    assert!(matches!(absent.await.unwrap_err(), StoreError::Absent { what: "organisation" }));
}

async fn tenants(store: &Fresh) {
    let (first, second) = (organisation(store, 1).await, organisation(store, 2).await);
    let of = |organisation, environment| Tenant {
        tenant: id(77),
        organisation,
        environment,
        enabled: true,
        created: at(5),
        limits: TenantLimits::default(),
    };
    let map = |new: Tenant| store.database.write(new, |tx, new| Box::pin(async move { tx.map_tenant(new).await }));
    map(of(first, Environment::Prod)).await.unwrap();
    map(of(second, Environment::Prod)).await.unwrap();
    map(of(second, Environment::Dev)).await.unwrap();
    let taken = map(of(second, Environment::Dev)).await.unwrap_err();
    assert!(matches!(taken, StoreError::Conflict { what: Unique::Environment }), "{taken:?}");
    let nowhere = map(of(id(3), Environment::Dev)).await.unwrap_err();
    assert!(matches!(nowhere, StoreError::Absent { .. }), "{nowhere:?}");

    let mut reader = store.database.reader();
    assert_eq!(reader.tenants(first).await.unwrap(), [of(first, Environment::Prod)]);
    let choices = reader.choices(id(77)).await.unwrap();
    assert_eq!(choices.len(), 3);
    assert_eq!(reader.choices(id(78)).await.unwrap(), []);
    let fewer = store.database.write((first, second), |tx, (first, second)| {
        Box::pin(async move {
            tx.enable_organisation(*first, false).await?;
            tx.enable_environment(*second, Environment::Dev, false).await
        })
    });
    fewer.await.unwrap();
    assert_eq!(reader.choices(id(77)).await.unwrap(), [of(second, Environment::Prod)]);
    let cap = Some("Manager".to_owned());
    let limits = TenantLimits { cap, clients: Some(BTreeSet::from([id(5), id(6)])) };
    let limit = |of: Tenant| store.database.write(of, |tx, of| Box::pin(async move { tx.limit_tenant(of).await }));
    let limited = Tenant { limits, ..of(second, Environment::Prod) };
    limit(limited.clone()).await.unwrap();
    assert_eq!(reader.choices(id(77)).await.unwrap(), [limited]);
    let nobody = TenantLimits { cap: None, clients: Some(BTreeSet::new()) };
    limit(Tenant { limits: nobody.clone(), ..of(second, Environment::Prod) }).await.unwrap();
    assert_eq!(reader.choices(id(77)).await.unwrap()[0].limits, nobody, "no application is not any application");
    let many = TenantLimits { cap: None, clients: Some((0..101).map(id).collect()) };
    let refused = limit(Tenant { limits: many, ..of(second, Environment::Prod) }).await.unwrap_err();
    assert!(matches!(refused, StoreError::Refused { .. }), "{refused:?}");
    let nowhere = limit(of(id(3), Environment::Prod)).await.unwrap_err();
    assert!(matches!(nowhere, StoreError::Absent { what: "tenant" }), "{nowhere:?}");
    let unmap = || {
        let gone = of(second, Environment::Prod);
        store.database.write(gone, |tx, gone| Box::pin(async move { tx.unmap_tenant(gone).await }))
    };
    assert!(unmap().await.unwrap());
    assert!(!unmap().await.unwrap());
    assert_eq!(reader.choices(id(77)).await.unwrap(), []);
}

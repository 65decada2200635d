//! Clients, and how long their secrets are good.

use engage_store::platform::{
    Client, ClientReads, ClientSecret, Clients, Environment, Organisations, StoreError, Unique,
};

use super::organisations::organisation;
use super::{Fresh, Stores, at, id};

pub(crate) async fn all(stores: &Stores) {
    clients(&stores.fresh().await).await;
    secrets(&stores.fresh().await).await;
}

fn client(n: u128, organisation: u128) -> Client {
    Client {
        client: id(n),
        organisation: id(organisation),
        environment: Environment::Prod,
        label: format!("back-end {n}"),
        enabled: true,
        created: at(5),
        secrets: Vec::new(),
    }
}

async fn register(store: &Fresh, new: Client) -> Result<(), StoreError> {
    store.database.write(new, |tx, new| Box::pin(async move { tx.register_client(new).await })).await
}

async fn clients(store: &Fresh) {
    organisation(store, 1).await;
    organisation(store, 2).await;
    register(store, client(11, 1)).await.unwrap();
    register(store, client(12, 2)).await.unwrap();
    for taken in [client(11, 1), client(11, 2)] {
        let taken = register(store, taken).await.unwrap_err();
        assert!(matches!(taken, StoreError::Conflict { what: Unique::Client }), "{taken:?}");
    }
    let nowhere = register(store, client(13, 3)).await.unwrap_err();
    assert!(matches!(nowhere, StoreError::Absent { .. }), "{nowhere:?}");
    for label in [" ".to_owned(), "a".repeat(201)] {
        let refused = register(store, Client { label, ..client(13, 1) }).await.unwrap_err();
        assert!(matches!(refused, StoreError::Refused { .. }), "{refused:?}");
    }
    let mut reader = store.database.reader();
    assert_eq!(reader.clients(id(1)).await.unwrap(), [client(11, 1)]);
    assert_eq!(reader.client(id(11)).await.unwrap(), Some((id(1), Environment::Prod)));
    assert_eq!(reader.client(id(13)).await.unwrap(), None);

    let enable = async |organisation: u128, enabled: bool| {
        let work = store.database.write((), move |tx, ()| {
            Box::pin(async move { tx.enable_client(id(organisation), id(11), enabled).await })
        });
        Result::<(), StoreError>::map_err(work.await, |error| error.to_string())
    };
    assert_eq!(enable(2, false).await.unwrap_err(), "there is no such client", "that of another organisation");
    enable(1, false).await.unwrap();
    assert_eq!(reader.client(id(11)).await.unwrap(), None);
    assert!(!reader.clients(id(1)).await.unwrap()[0].enabled);
    enable(1, true).await.unwrap();
    for (organisation, environment) in [(true, false), (false, true)] {
        let work = store.database.write((), move |tx, ()| {
            Box::pin(async move {
                tx.enable_organisation(id(1), organisation).await?;
                tx.enable_environment(id(1), Environment::Prod, environment).await
            })
        });
        Result::<(), StoreError>::unwrap(work.await);
        assert_eq!(reader.client(id(11)).await.unwrap(), None, "disabled with where it leads");
    }
    assert_eq!(reader.client(id(12)).await.unwrap(), Some((id(2), Environment::Prod)));
}

async fn add(store: &Fresh, organisation: u128, n: u128, starts: i64, ends: i64) -> Result<(), StoreError> {
    let secret = ClientSecret { id: id(n), starts: at(starts), ends: at(ends) };
    let work = store.database.write(secret, move |tx, secret| {
        Box::pin(async move { tx.add_client_secret(id(organisation), id(11), secret).await })
    });
    work.await
}

async fn secrets(store: &Fresh) {
    organisation(store, 1).await;
    organisation(store, 2).await;
    register(store, client(11, 1)).await.unwrap();
    add(store, 1, 1, 10, 30).await.unwrap();
    add(store, 1, 2, 10, 20).await.unwrap();
    assert!(matches!(add(store, 1, 1, 10, 30).await, Err(StoreError::Conflict { what: Unique::Id })));
    assert!(matches!(add(store, 1, 3, 10, 10).await, Err(StoreError::Refused { .. })));
    assert!(matches!(add(store, 2, 3, 10, 20).await, Err(StoreError::Absent { what: "client" })));
    let ids = async || {
        let clients = store.database.reader().clients(id(1)).await.unwrap();
        clients[0].secrets.iter().map(|secret| secret.id).collect::<Vec<_>>()
    };
    assert_eq!(ids().await, [id(2), id(1)], "the one that ends first");
    let remove = async |organisation: u128| {
        let work = store.database.write((), move |tx, ()| {
            Box::pin(async move { tx.remove_client_secret(id(organisation), id(11), id(2)).await })
        });
        Result::<(), StoreError>::is_ok(&work.await)
    };
    assert!(!remove(2).await);
    assert!(remove(1).await && !remove(1).await);
    assert_eq!(ids().await, [id(1)]);
    for n in 2..21 {
        add(store, 1, n, 10, 20).await.unwrap();
    }
    assert!(matches!(add(store, 1, 99, 10, 20).await, Err(StoreError::Refused { .. })), "a client has 20 at most");
}

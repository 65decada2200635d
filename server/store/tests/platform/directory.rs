//! Users, groups and members.

use engage_store::platform::{
    Condition, Content, Directory, DirectoryReads, Environment, Kind, MemberReads, MemberRow, Members, NewRecord,
    Purge, PurgeReads, Realm, Record, Service, StoreError, Unique, folded,
};
use serde_json::json;
use uuid::Uuid;

use super::{Answer, Fresh, Stores, at, id};

pub(crate) async fn all(stores: &Stores) {
    users(&stores.fresh().await).await;
    versions(&stores.fresh().await).await;
    names(&stores.fresh().await).await;
    deletion(&stores.fresh().await).await;
    groups(&stores.fresh().await).await;
    odd_texts(&stores.fresh().await).await;
}

pub(crate) fn realm(organisation: u128) -> Realm {
    Realm { organisation: id(organisation), environment: Environment::Prod, service: Service::Employees }
}

pub(crate) fn content(user_name: &str) -> Content {
    Content {
        user_name: Some(user_name.to_owned()),
        external_id: Some(format!("external of {user_name}")),
        display_name: Some(format!("Display of {user_name}")),
        active: true,
        body: json!({ "userName": user_name }),
        folded: json!({ "userName": folded(user_name) }),
        deactivated_at: None,
        purge_at: None,
    }
}

pub(crate) async fn insert(store: &Fresh, realm: Realm, kind: Kind, n: u128, content: Content) -> Answer<()> {
    let new = NewRecord { id: id(n), kind, domain: id(1000 + n), content };
    let seconds = i64::try_from(n).unwrap();
    let work = store.database.write((realm, new), move |tx, (realm, new)| {
        Box::pin(async move { tx.insert_record(realm, new, at(seconds)).await })
    });
    work.await
}

pub(crate) async fn user(store: &Fresh, realm: Realm, n: u128, content: Content) {
    insert(store, realm, Kind::User, n, content).await.unwrap();
}

async fn get(store: &Fresh, realm: Realm, n: u128) -> Option<Record> {
    store.database.reader().record(&realm, Kind::User, id(n)).await.unwrap()
}

async fn users(store: &Fresh) {
    let body = json!({ "userName": "Änne@Contoso.com", "addresses": [{ "formatted": "Allé 1\u{301}" }], "b": 1 });
    user(store, realm(1), 1, Content { body: body.clone(), ..content("Änne@Contoso.com") }).await;
    let found = get(store, realm(1), 1).await.unwrap();
    assert_eq!(serde_json::to_string(&found.body).unwrap(), serde_json::to_string(&body).unwrap(), "byte by byte");
    assert_eq!((found.version, found.created, found.modified), (1, at(1), at(1)));
    assert_eq!((found.id, found.domain, found.kind, found.active), (id(1), id(1001), Kind::User, true));

    let mut reader = store.database.reader();
    let by_name = reader.record_by_user_name(&realm(1), "ÄNNE@contoso.COM").await.unwrap();
    assert_eq!(by_name.as_ref(), Some(&found));
    let external = "external of Änne@Contoso.com";
    assert!(reader.record_by_external_id(&realm(1), Kind::User, external).await.unwrap().is_some());
    assert!(reader.record_by_external_id(&realm(1), Kind::Group, external).await.unwrap().is_none());
    let other_case = external.to_uppercase();
    assert!(reader.record_by_external_id(&realm(1), Kind::User, &other_case).await.unwrap().is_none());
    let display = "DISPLAY OF ÄNNE@CONTOSO.COM";
    assert!(reader.record_by_display_name(&realm(1), Kind::User, display).await.unwrap().is_some());
    assert!(reader.record(&realm(1), Kind::Group, id(1)).await.unwrap().is_none(), "it is no group");

    let rooms = Realm { service: Service::Rooms, ..realm(1) };
    let test = Realm { environment: Environment::Test, ..realm(1) };
    for other in [realm(2), rooms, test] {
        assert_eq!(get(store, other, 1).await, None);
        assert_eq!(reader.record_by_user_name(&other, "Änne@Contoso.com").await.unwrap(), None);
        user(store, other, 1, content("Änne@Contoso.com")).await;
    }
}

async fn versions(store: &Fresh) {
    user(store, realm(1), 1, content("anna")).await;
    let replace = |n: u128, read: i64, name: &str| {
        let input = (realm(1), content(name));
        store.database.write(input, move |tx, (realm, content)| {
            Box::pin(async move { tx.replace_record(realm, Kind::User, id(n), read, content, at(50)).await })
        })
    };
    assert_eq!(replace(1, 1, "berta").await.unwrap(), 2);
    let found = get(store, realm(1), 1).await.unwrap();
    assert_eq!((found.version, found.created, found.modified), (2, at(1), at(50)));
    assert_eq!(found.body, json!({ "userName": "berta" }));
    assert!(store.database.reader().record_by_user_name(&realm(1), "anna").await.unwrap().is_none());
    let stale = replace(1, 1, "carla").await.unwrap_err();
    assert!(matches!(stale, StoreError::Stale), "{stale:?}");
    let absent = replace(2, 1, "carla").await.unwrap_err();
    assert!(matches!(absent, StoreError::Absent { .. }), "{absent:?}");
}

async fn names(store: &Fresh) {
    user(store, realm(1), 1, content("anna")).await;
    user(store, realm(1), 2, content("berta")).await;
    let same = |change: fn(&mut Content)| {
        let mut content = content("carla");
        change(&mut content);
        content
    };
    let clash = |what: Unique, answer: Answer<()>| match answer {
        Err(StoreError::Conflict { what: found }) => assert_eq!(found, what),
        other => panic!("{other:?}"),
    };
    clash(Unique::Id, insert(store, realm(1), Kind::User, 1, content("carla")).await);
    let name = same(|content| content.user_name = Some("ANNA".to_owned()));
    clash(Unique::UserName, insert(store, realm(1), Kind::User, 3, name).await);
    let external = same(|content| content.external_id = Some("external of anna".to_owned()));
    clash(Unique::ExternalId, insert(store, realm(1), Kind::User, 3, external).await);
    let display = same(|content| content.display_name = Some("Display of anna".to_owned()));
    insert(store, realm(1), Kind::User, 3, display).await.unwrap();
    let group = Content { user_name: None, ..content("anna") };
    insert(store, realm(1), Kind::Group, 4, group.clone()).await.unwrap();
    let shouted = Content { external_id: None, display_name: Some("DISPLAY OF ANNA".to_owned()), ..group };
    clash(Unique::DisplayName, insert(store, realm(1), Kind::Group, 5, shouted).await);
    let taken = store.database.write(realm(1), |tx, realm| {
        let content = content("BERTA");
        Box::pin(async move { tx.replace_record(realm, Kind::User, id(1), 1, &content, at(9)).await })
    });
    assert!(matches!(taken.await.unwrap_err(), StoreError::Conflict { what: Unique::UserName }));
    assert_eq!(get(store, realm(1), 1).await.unwrap().version, 1);
    for n in [6, 7] {
        let nameless = Content { external_id: None, ..content(&format!("nameless {n}")) };
        insert(store, realm(1), Kind::User, n, nameless).await.unwrap();
    }
}

async fn delete(store: &Fresh, realm: Realm, kind: Kind, n: u128, seconds: i64) -> Answer<()> {
    let work = store.database.write(realm, move |tx, realm| {
        Box::pin(async move { tx.delete_record(realm, kind, id(n), at(seconds), at(seconds + 100)).await })
    });
    work.await
}

async fn deletion(store: &Fresh) {
    user(store, realm(1), 1, content("anna")).await;
    user(store, realm(2), 1, content("anna")).await;
    user(store, realm(1), 2, Content { deactivated_at: Some(at(30)), purge_at: Some(at(130)), ..content("berta") })
        .await;
    delete(store, realm(1), Kind::User, 1, 40).await.unwrap();
    assert!(matches!(delete(store, realm(1), Kind::User, 1, 41).await.unwrap_err(), StoreError::Absent { .. }));
    assert_eq!(get(store, realm(1), 1).await, None);
    let mut reader = store.database.reader();
    assert_eq!(reader.deactivated_since(&realm(1), Kind::User, at(30)).await.unwrap(), 2);
    assert_eq!(reader.deactivated_since(&realm(1), Kind::User, at(31)).await.unwrap(), 1);
    assert_eq!(reader.deactivated_since(&realm(2), Kind::User, at(0)).await.unwrap(), 0);
    let stone = reader.tombstone(&realm(1), Kind::User, "external of anna").await.unwrap().unwrap();
    assert_eq!((stone.id, stone.domain, stone.deleted_at, stone.purge_at), (id(1), id(1001), at(40), Some(at(140))));
    assert_eq!(reader.tombstone(&realm(2), Kind::User, "external of anna").await.unwrap(), None);

    user(store, realm(1), 3, content("anna")).await;
    let due = |seconds| {
        let mut reader = store.database.reader();
        async move {
            let due = reader.due_for_purge(at(seconds), 10).await.unwrap();
            due.into_iter().map(|(realm, _, stone)| (realm, stone.id)).collect::<Vec<_>>()
        }
    };
    assert_eq!(due(129).await, []);
    assert_eq!(due(140).await, [(realm(1), id(2)), (realm(1), id(1))]);
    let purge = |n: u128, seconds: i64| {
        store.database.write(realm(1), move |tx, realm| {
            Box::pin(async move { tx.purge_record(realm, Kind::User, id(n), at(seconds)).await })
        })
    };
    assert!(!purge(2, 129).await.unwrap(), "it is not due");
    assert!(!purge(3, 999).await.unwrap(), "it is never due");
    assert!(purge(2, 130).await.unwrap());
    assert!(!purge(2, 130).await.unwrap());
    let forget = || {
        store
            .database
            .write(realm(1), |tx, realm| Box::pin(async move { tx.forget_tombstone(realm, Kind::User, id(1)).await }))
    };
    forget().await.unwrap();
    assert!(matches!(forget().await.unwrap_err(), StoreError::Absent { what: "tombstone" }));
    assert_eq!(due(999).await, []);
    assert!(get(store, realm(1), 3).await.is_some() && get(store, realm(2), 1).await.is_some());
}

fn member(n: u128, display: &str) -> MemberRow {
    MemberRow { id: id(n).to_string(), kind: Some("User".to_owned()), display: Some(display.to_owned()) }
}

pub(crate) async fn add(store: &Fresh, group: Uuid, new: Vec<MemberRow>) -> u64 {
    let work = store.database.write((realm(1), new), move |tx, (realm, new)| {
        Box::pin(async move { tx.add_members(realm, group, new).await })
    });
    Result::<u64, StoreError>::unwrap(work.await)
}

async fn groups(store: &Fresh) {
    let group = Content { user_name: None, ..content("sales") };
    insert(store, realm(1), Kind::Group, 1, group).await.unwrap();
    user(store, realm(1), 10, content("anna")).await;
    assert_eq!(add(store, id(1), (10..15).map(|n| member(n, "Somebody")).collect()).await, 5);
    assert_eq!(add(store, id(1), vec![member(10, "Anna"), member(20, "New")]).await, 1, "who is there stays");
    assert_eq!(add(store, id(1), Vec::new()).await, 0);
    assert_eq!(add(store, id(2), vec![member(10, "Anna")]).await, 1);
    let mut reader = store.database.reader();
    assert_eq!(reader.members_count(&realm(1), id(1)).await.unwrap(), 6);
    assert_eq!(reader.members_count(&realm(2), id(1)).await.unwrap(), 0);
    let page = reader.members(&realm(1), id(1), None, 2).await.unwrap();
    assert_eq!(page, [member(10, "Somebody"), member(11, "Somebody")]);
    let named = [id(11).to_string(), id(99).to_string(), "no\0body".to_owned()];
    assert_eq!(reader.members_among(&realm(1), id(1), &named).await.unwrap(), [member(11, "Somebody")]);
    assert!(reader.members_among(&realm(2), id(1), &named).await.unwrap().is_empty());
    let rest = reader.members(&realm(1), id(1), Some(&page[1].id), 100).await.unwrap();
    assert_eq!(rest.len(), 4);
    let groups = reader.groups_of(&realm(1), &[id(10), id(11), id(99)], 10).await.unwrap();
    assert_eq!(groups[&id(10)], [id(1), id(2)]);
    assert!(!groups.contains_key(&id(99)), "who is in no group is not told of");
    let first = reader.groups_of(&realm(1), &[id(10), id(11)], 1).await.unwrap();
    assert_eq!(first[&id(10)], [id(1)], "so many of each");
    assert_eq!(first.len(), groups.len(), "and not of all together");
    assert!(reader.groups_of(&realm(2), &[id(10)], 10).await.unwrap().is_empty());
    let remove = |ids: Vec<String>| {
        store.database.write((realm(1), ids), |tx, (realm, ids)| {
            Box::pin(async move { tx.remove_members(realm, id(1), ids).await })
        })
    };
    let gone = vec![id(11).to_string(), id(12).to_string(), "nobody".to_owned(), "no\0body".to_owned()];
    assert_eq!(remove(gone).await.unwrap(), 2);
    delete(store, realm(1), Kind::User, 10, 100).await.unwrap();
    let left = reader.groups_of(&realm(1), &[id(10)], 10).await.unwrap();
    assert!(left.is_empty(), "who is deleted is in no group: {left:?}");
    assert_eq!(reader.members_count(&realm(1), id(1)).await.unwrap(), 3);
    delete(store, realm(1), Kind::Group, 1, 100).await.unwrap();
    assert_eq!(reader.members_count(&realm(1), id(1)).await.unwrap(), 0);
    let many = (0..10_000).map(|n| member(5_000 + n, "x")).collect();
    assert_eq!(add(store, id(2), many).await, 10_000);
    let clear =
        store.database.write(realm(1), |tx, realm| Box::pin(async move { tx.clear_members(realm, id(2)).await }));
    assert_eq!(Result::<u64, StoreError>::unwrap(clear.await), 10_000);
}

/// Texts that one of the databases could not keep are refused by both, and looked for in vain.
async fn odd_texts(store: &Fresh) {
    let zero = |change: fn(&mut Content)| {
        let mut content = content("anna");
        change(&mut content);
        content
    };
    let all = [
        zero(|content| content.user_name = Some("a\0b".to_owned())),
        zero(|content| content.body = json!({ "a": ["b\0"] })),
        zero(|content| content.folded = json!({ "a\0": 1 })),
        zero(|content| content.external_id = Some("x".repeat(1025))),
        zero(|content| content.body = json!("x".repeat(1 << 20))),
    ];
    for content in all {
        let refused = insert(store, realm(1), Kind::User, 1, content).await.unwrap_err();
        assert!(matches!(refused, StoreError::Refused { .. }), "{refused:?}");
    }
    let mut reader = store.database.reader();
    assert_eq!(reader.record_by_user_name(&realm(1), "a\0b").await.unwrap(), None);
    assert_eq!(reader.tombstone(&realm(1), Kind::User, "a\0b").await.unwrap(), None);
    let longest = Content { external_id: Some("\u{212a}".repeat(341)), ..content(&"\u{23a}".repeat(512)) };
    user(store, realm(1), 1, Content { display_name: None, ..longest }).await;
    assert_eq!(reader.records(&realm(1), Kind::User, &Condition::all([]), 0, 9).await.unwrap().len(), 1);
}

//! Conditions: what a filter asks, both databases answer alike.

use engage_store::platform::sql::{Column, Condition, Element, Given, Member, MemberColumn, Test};
use engage_store::platform::{Content, DirectoryReads, Kind, MemberRow, Members, StoreError};
use serde_json::{Value, json};

use super::directory::{content, insert, realm, user};
use super::{Fresh, Stores, at, id};

pub(crate) async fn all(stores: &Stores) {
    let store = stores.fresh().await;
    fill(&store).await;
    columns(&store).await;
    attributes(&store).await;
    elements(&store).await;
    contraries(&store).await;
    memberships(&store).await;
    pages(&store).await;
    limits(&store).await;
}

fn text(value: &str) -> Given {
    Given::Text(value.to_owned())
}

/// Four users; the last one has hardly anything.
async fn fill(store: &Fresh) {
    let body = |title: &str, city: &str, kinds: &[&str]| {
        let emails: Vec<Value> = kinds
            .iter()
            .map(|kind| json!({ "type": kind, "value": format!("{kind}@{city}"), "primary": *kind == "work" }))
            .collect();
        json!({
            "title": title, "flag": title == "chief", "emails": emails, "tags": kinds,
            "urn:x:2.0:User": { "city": city, "manager": { "$ref": "m" } },
        })
    };
    let folded = [
        body("chief", "århus", &["work", "home"]),
        body("clerk", "bonn", &["work"]),
        body("100%_\\", "bonn\u{1f600}", &["home"]),
        json!({}),
    ];
    for (n, (name, folded)) in (1..).zip(["Anna", "berta", "Carla", "dora"].into_iter().zip(folded)) {
        let plain = folded == json!({});
        let mut content = Content { folded, active: n != 2, ..content(name) };
        if plain {
            (content.external_id, content.display_name) = (None, None);
        }
        user(store, realm(1), n, content).await;
    }
    user(store, realm(2), 9, Content { folded: body("chief", "bonn", &["work"]), ..content("Anna") }).await;
}

#[track_caller]
fn same(found: &[u128], expected: &[u128], what: &Condition) {
    assert_eq!(found, expected, "{what:?}");
}

async fn check(store: &Fresh, condition: Condition, expected: &[u128]) {
    let mut reader = store.database.reader();
    let found = reader.records(&realm(1), Kind::User, &condition, 0, 100).await;
    let found = found.unwrap_or_else(|error| panic!("{condition:?}: {error:?}"));
    let found: Vec<u128> = found.iter().map(|record| record.id.as_u128()).collect();
    same(&found, expected, &condition);
    let count = reader.records_count(&realm(1), Kind::User, &condition).await.unwrap();
    assert_eq!(count, expected.len() as u64, "{condition:?}");
    // In pages of two, and beyond the last: the same records, and always how many there are in all.
    let mut paged = Vec::new();
    for offset in (0..=expected.len() + 1).step_by(2) {
        let page = reader.records_found(&realm(1), Kind::User, &condition, offset, 2).await.unwrap();
        assert_eq!(page.total, count, "{condition:?}");
        paged.extend(page.records.iter().map(|record| record.id.as_u128()));
    }
    same(&paged, expected, &condition);
}

async fn columns(store: &Fresh) {
    let is = |column, test| Condition::column(column, test);
    check(store, Condition::all([]), &[1, 2, 3, 4]).await;
    check(store, Condition::any([]), &[]).await;
    check(store, is(Column::Id, Test::Eq(text(&id(3).to_string()))), &[3]).await;
    check(store, is(Column::Id, Test::Eq(text("no id"))), &[]).await;
    check(store, is(Column::UserName, Test::Eq(Given::folded("ANNA"))), &[1]).await;
    check(store, is(Column::UserName, Test::Eq(text("Anna"))), &[]).await;
    check(store, is(Column::UserNameExact, Test::Eq(text("Anna"))), &[1]).await;
    check(store, is(Column::UserName, Test::Ne(text("anna"))), &[2, 3, 4]).await;
    check(store, is(Column::UserName, Test::Co("ar".to_owned())), &[3]).await;
    check(store, is(Column::UserName, Test::Sw("b".to_owned())), &[2]).await;
    check(store, is(Column::UserName, Test::Sw(String::new())), &[1, 2, 3, 4]).await;
    check(store, is(Column::UserName, Test::Sw("\u{10ffff}".to_owned())), &[]).await;
    check(store, is(Column::UserName, Test::Ew("a".to_owned())), &[1, 2, 3, 4]).await;
    check(store, is(Column::UserName, Test::Ew("longer than anna".to_owned())), &[]).await;
    check(store, is(Column::UserName, Test::Gt(text("berta"))), &[3, 4]).await;
    check(store, is(Column::UserName, Test::Ge(text("berta"))), &[2, 3, 4]).await;
    check(store, is(Column::UserName, Test::Lt(text("berta"))), &[1]).await;
    check(store, is(Column::UserName, Test::Le(text("berta"))), &[1, 2]).await;
    check(store, is(Column::UserName, Test::Gt(text("anna\0x"))), &[2, 3, 4]).await;
    check(store, is(Column::UserName, Test::Le(text("anna\0x"))), &[1]).await;
    check(store, is(Column::UserName, Test::Eq(text("anna\0"))), &[]).await;
    check(store, is(Column::UserName, Test::Ne(text("anna\0"))), &[1, 2, 3, 4]).await;
    check(store, is(Column::UserName, Test::Co("\0".to_owned())), &[]).await;
    check(store, is(Column::ExternalId, Test::Eq(text("external of Anna"))), &[1]).await;
    check(store, is(Column::ExternalId, Test::Pr), &[1, 2, 3]).await;
    check(store, is(Column::ExternalId, Test::Ne(text("x"))), &[1, 2, 3]).await;
    check(store, is(Column::DisplayName, Test::Eq(Given::folded("Display of BERTA"))), &[2]).await;
    check(store, is(Column::Active, Test::Eq(Given::Flag(false))), &[2]).await;
    check(store, is(Column::Active, Test::Ne(Given::Flag(false))), &[1, 3, 4]).await;
    check(store, is(Column::Created, Test::Ge(Given::Integer(at(3).as_microsecond()))), &[3, 4]).await;
    check(store, is(Column::Modified, Test::Lt(Given::Integer(at(2).as_microsecond()))), &[1]).await;
}

async fn attributes(store: &Fresh) {
    let title = |test| Condition::path(&["title"], test);
    check(store, title(Test::Eq(text("chief"))), &[1]).await;
    check(store, title(Test::Ne(text("chief"))), &[2, 3]).await;
    check(store, title(Test::Pr), &[1, 2, 3]).await;
    check(store, title(Test::Co("%_\\".to_owned())), &[3]).await;
    check(store, title(Test::Sw("c".to_owned())), &[1, 2]).await;
    check(store, title(Test::Ew("k".to_owned())), &[2]).await;
    check(store, title(Test::Ge(text("chief"))), &[1, 2]).await;
    check(store, title(Test::Lt(text("chief"))), &[3]).await;
    check(store, Condition::path(&["flag"], Test::Eq(Given::Flag(true))), &[1]).await;
    check(store, Condition::path(&["flag"], Test::Ne(Given::Flag(true))), &[2, 3]).await;
    let city = |test| Condition::path(&["urn:x:2.0:User", "city"], test);
    check(store, city(Test::Eq(text("bonn"))), &[2]).await;
    check(store, city(Test::Eq(text("århus"))), &[1]).await;
    check(store, city(Test::Sw("bonn".to_owned())), &[2, 3]).await;
    check(store, city(Test::Ew("\u{1f600}".to_owned())), &[3]).await;
    check(store, city(Test::Gt(text("bonn"))), &[1, 3]).await;
    check(store, Condition::path(&["urn:x:2.0:User", "manager", "$ref"], Test::Eq(text("m"))), &[1, 2, 3]).await;
    check(store, Condition::path(&["urn:x:2.0:User"], Test::Pr), &[1, 2, 3]).await;
    check(store, Condition::path(&["nothing"], Test::Pr), &[]).await;
}

async fn elements(store: &Fresh) {
    let emails = |condition: Condition<Element>| Condition::each(&["emails"], condition);
    let kind = |kind: &str| Condition::sub("type", Test::Eq(text(kind)));
    check(store, emails(kind("work")), &[1, 2]).await;
    check(store, emails(Condition::sub("value", Test::Ew("bonn".to_owned()))), &[2]).await;
    let both = Condition::all([kind("home"), Condition::sub("value", Test::Eq(text("work@århus")))]);
    check(store, emails(both), &[]).await;
    check(store, emails(Condition::sub("primary", Test::Eq(Given::Flag(true)))), &[1, 2]).await;
    check(store, emails(kind("work").negated()), &[1, 3]).await;
    check(store, emails(kind("work")).negated(), &[3, 4]).await;
    check(store, emails(Condition::all([])), &[1, 2, 3]).await;
    check(store, emails(Condition::sub("nothing", Test::Pr)), &[]).await;
    let tag = |test| Condition::each(&["tags"], Condition::value(test));
    check(store, tag(Test::Eq(text("home"))), &[1, 3]).await;
    check(store, tag(Test::Gt(text("home"))), &[1, 2]).await;
    check(store, Condition::each(&["tags"], Condition::sub("type", Test::Pr)), &[]).await;
    check(store, Condition::each(&["nothing"], Condition::value(Test::Pr)), &[]).await;
}

async fn contraries(store: &Fresh) {
    let title = || Condition::path(&["title"], Test::Eq(text("chief")));
    let active = || Condition::column(Column::Active, Test::Eq(Given::Flag(true)));
    check(store, title().negated(), &[2, 3, 4]).await;
    check(store, title().negated().negated(), &[1]).await;
    check(store, Condition::all([title().negated(), active()]), &[3, 4]).await;
    check(store, Condition::any([title(), active().negated()]), &[1, 2]).await;
    check(store, Condition::any([title(), active().negated()]).negated(), &[3, 4]).await;
    check(store, Condition::column(Column::ExternalId, Test::Eq(text("x"))).negated(), &[1, 2, 3, 4]).await;
    check(store, Condition::column(Column::ExternalId, Test::Gt(text("external of C"))).negated(), &[1, 4]).await;
    check(store, Condition::all([]).negated(), &[]).await;
}

async fn memberships(store: &Fresh) {
    for (n, name) in [(21, "Sales"), (22, "Empty")] {
        let group = Content { user_name: None, ..content(name) };
        insert(store, realm(1), Kind::Group, n, group).await.unwrap();
    }
    let member = MemberRow { id: id(2).to_string(), kind: Some("User".to_owned()), display: Some("BERTA".to_owned()) };
    let added = store.database.write(member, |tx, member| {
        Box::pin(async move { tx.add_members(&realm(1), id(21), std::slice::from_ref(member)).await })
    });
    Result::<u64, StoreError>::unwrap(added.await);
    let groups = |condition: Condition<Member>| {
        let mut reader = store.database.reader();
        async move {
            let condition = Condition::members(condition);
            let found = reader.records(&realm(1), Kind::Group, &condition, 0, 9).await.unwrap();
            found.iter().map(|record| record.id.as_u128()).collect::<Vec<_>>()
        }
    };
    let value = |n: u128| Condition::member(MemberColumn::Value, Test::Eq(text(&id(n).to_string())));
    assert_eq!(groups(value(2)).await, [21]);
    assert_eq!(groups(value(3)).await, []);
    let both = [
        Condition::member(MemberColumn::Type, Test::Eq(Given::folded("User"))),
        Condition::member(MemberColumn::Display, Test::Eq(Given::folded("berta"))),
    ];
    assert_eq!(groups(Condition::all(both)).await, [21]);
    check(store, Condition::groups(value(21)), &[2]).await;
    check(store, Condition::groups(value(21)).negated(), &[1, 3, 4]).await;
}

async fn pages(store: &Fresh) {
    let mut reader = store.database.reader();
    let page = async |reader: &mut engage_store::platform::Reader, offset, most| {
        let all = Condition::all([]);
        let found = reader.records(&realm(1), Kind::User, &all, offset, most).await.unwrap();
        found.iter().map(|record| record.id.as_u128()).collect::<Vec<_>>()
    };
    assert_eq!(page(&mut reader, 0, 2).await, [1, 2]);
    assert_eq!(page(&mut reader, 2, 2).await, [3, 4]);
    assert_eq!(page(&mut reader, 4, 2).await, []);
    assert_eq!(page(&mut reader, 0, 0).await, []);
}

async fn limits(store: &Fresh) {
    let mut reader = store.database.reader();
    let mut refused = async |condition: Condition| {
        let answer = reader.records(&realm(1), Kind::User, &condition, 0, 1).await;
        assert!(matches!(answer, Err(StoreError::Refused { .. })), "{answer:?}");
    };
    let one = || Condition::path(&["title"], Test::Eq(text("x")));
    refused(Condition::all((0..2000).map(|_| one()))).await;
    refused((0..100).fold(one(), |inner, _| inner.negated())).await;
    refused(Condition::path(&["a\"b"], Test::Pr)).await;
    refused(Condition::path(&[], Test::Pr)).await;
    refused(Condition::path(&["title"], Test::Eq(Given::Integer(1)))).await;
    check(store, Condition::any((0..500).map(|_| one())), &[]).await;
}

use super::*;
use crate::schema::Crm;

fn store() -> Store {
    let mut schema = Schema::built_in(Crm::Dataverse).unwrap();
    let key = "{kind: SandboxSchema, crm: dataverse, tables: {account: {keys: {number: [accountnumber]}}}}";
    schema.extend(key).unwrap();
    Store::new(Arc::new(schema))
}

fn id(text: &str) -> RowId {
    RowId::new(text)
}

fn text(column: &str, value: &str) -> Changes {
    Changes::from([(column.to_owned(), Some(Value::Text(value.into())))])
}

fn reference(column: &str, table: &str, to: &str) -> Changes {
    Changes::from([(column.to_owned(), Some(Value::Ref(Ref::new(table, id(to)))))])
}

#[test]
fn a_failed_transaction_leaves_nothing_behind() {
    let store = store();
    store.write(|tx| tx.insert("account", id("a"), text("name", "first"))).unwrap();
    let version = store.read(|state| state.get("account", &id("a")).unwrap().version);
    let failed = store.write(|tx| {
        tx.update("account", &id("a"), text("name", "second"))?;
        tx.insert("account", id("b"), text("accountnumber", "1"))?;
        tx.insert("account", id("a"), Changes::new())
    });
    assert!(matches!(failed, Err(StoreError::DuplicateId { .. })));
    store.read(|state| {
        let row = state.get("account", &id("a")).unwrap();
        assert_eq!((row.get("name").unwrap().as_text(), row.version), (Some("first"), version));
        assert_eq!(state.count("account"), 1);
    });
    // The index on the key is rolled back as well.
    store.write(|tx| tx.insert("account", id("c"), text("accountnumber", "1"))).unwrap();
}

#[test]
fn unique_keys_bind_without_case_and_not_on_null() {
    let store = store();
    store.write(|tx| tx.insert("account", id("a"), text("accountnumber", "X1"))).unwrap();
    store.write(|tx| tx.insert("account", id("b"), Changes::new())).unwrap();
    store.write(|tx| tx.insert("account", id("c"), Changes::new())).unwrap();
    let taken = store.write(|tx| tx.update("account", &id("b"), text("accountnumber", "x1")));
    assert!(matches!(taken, Err(StoreError::DuplicateKey { .. })));
    let schema = store.schema();
    let account = schema.table("account").unwrap();
    let found = store.read(|state| state.with_key(account, "number", &[Value::Text("x1".into())]).cloned());
    assert_eq!(found.unwrap().id, id("a"));
}

#[test]
fn references_hold_and_are_settled_on_delete() {
    let store = store();
    let dangling = store.write(|tx| tx.insert("contact", id("c"), reference("parentcustomerid", "account", "a")));
    assert!(matches!(dangling, Err(StoreError::Dangling { .. })));
    store.write(|tx| tx.insert("account", id("a"), Changes::new())).unwrap();
    store.write(|tx| tx.insert("contact", id("c"), reference("parentcustomerid", "account", "a"))).unwrap();
    store.write(|tx| tx.insert("appointment", id("m"), Changes::new())).unwrap();
    store.write(|tx| tx.insert("activityparty", id("p"), reference("activityid", "appointment", "m"))).unwrap();
    store.write(|tx| tx.delete("account", &id("a"))).unwrap();
    store.write(|tx| tx.delete("appointment", &id("m"))).unwrap();
    store.read(|state| {
        assert!(state.get("contact", &id("c")).unwrap().get("parentcustomerid").is_none());
        assert!(state.get("activityparty", &id("p")).is_none());
    });
}

#[test]
fn a_mark_undoes_part_of_a_transaction() {
    let store = store();
    store
        .write(|tx| {
            tx.insert("account", id("a"), Changes::new())?;
            let mark = tx.mark();
            tx.insert("account", id("b"), Changes::new())?;
            tx.back_to(mark);
            Ok::<_, StoreError>(())
        })
        .unwrap();
    assert_eq!(store.read(|state| state.count("account")), 1);
}

#[test]
fn a_panic_in_a_transaction_undoes_it() {
    let store = store();
    let work = std::panic::AssertUnwindSafe(|| {
        store.write(|tx| {
            tx.insert("account", id("a"), Changes::new())?;
            if tx.count("account") == 1 {
                panic!("in the middle");
            }
            Ok::<_, StoreError>(())
        })
    });
    assert!(std::panic::catch_unwind(work).is_err());
    assert_eq!(store.read(|state| state.count("account")), 0);
    store.write(|tx| tx.insert("account", id("a"), Changes::new())).unwrap();
}

#[test]
fn a_locked_row_refuses_writes() {
    let store = store();
    store.write(|tx| tx.insert("account", id("a"), Changes::new())).unwrap();
    store.lock("account", &id("a"));
    let refused = store.write(|tx| tx.update("account", &id("a"), Changes::new()));
    assert!(matches!(refused, Err(StoreError::Locked { .. })));
    store.unlock("account", &id("a"));
    store.write(|tx| tx.update("account", &id("a"), Changes::new())).unwrap();
}

#[test]
fn links_are_seen_from_both_sides_and_end_with_their_rows() {
    let store = store();
    let link = |store: &Store| store.write(|tx| tx.link("accountleads_association", id("a"), id("l")));
    assert!(matches!(link(&store), Err(StoreError::NoRow { .. })));
    store.write(|tx| tx.insert("account", id("a"), Changes::new())).unwrap();
    store.write(|tx| tx.insert("lead", id("l"), Changes::new())).unwrap();
    link(&store).unwrap();
    let seen = |side, from: &str| store.read(|state| state.linked("accountleads_association", side, &id(from)));
    assert_eq!(seen(Side::Left, "a"), [id("l")]);
    assert_eq!(seen(Side::Right, "l"), [id("a")]);
    store.write(|tx| tx.delete("lead", &id("l"))).unwrap();
    assert!(seen(Side::Left, "a").is_empty());
}

#[test]
fn duplicate_rules_find_rows_that_agree() {
    let mut schema = Schema::built_in(Crm::Dataverse).unwrap();
    let rule = "{kind: SandboxSchema, crm: dataverse, tables: {account: {duplicates: {same: [name, telephone1]}}}}";
    schema.extend(rule).unwrap();
    let store = Store::new(Arc::new(schema));
    for (key, phone) in [("a", "1"), ("b", "1"), ("c", "2")] {
        let mut values = text("name", if key == "a" { "X" } else { "x" });
        values.extend(text("telephone1", phone));
        store.write(|tx| tx.insert("account", id(key), values)).unwrap();
    }
    let schema = store.schema();
    let table = schema.table("account").unwrap();
    store.read(|state| {
        let of = |key: &str| {
            state.duplicate_of(table, state.get("account", &id(key)).unwrap()).map(|(_, row)| row.id.clone())
        };
        assert_eq!((of("a"), of("c")), (Some(id("b")), None));
    });
}

#[test]
fn a_store_in_a_file_comes_back_as_it_was() {
    let path = std::env::temp_dir().join(format!("engage-sandbox-{}.jsonl", uuid::Uuid::new_v4()));
    let schema = Arc::new(Schema::built_in(Crm::Dataverse).unwrap());
    let store = Store::open(Arc::clone(&schema), &path).unwrap();
    store.write(|tx| tx.insert("account", id("a"), text("name", "kept"))).unwrap();
    store.write(|tx| tx.insert("account", id("b"), Changes::new())).unwrap();
    store.write(|tx| tx.delete("account", &id("b"))).unwrap();
    let rows = |store: &Store| store.read(|state| state.rows("account").cloned().collect::<Vec<_>>());
    // A crash in the middle of a line loses that transaction and no other.
    let mut file = std::fs::OpenOptions::new().append(true).open(&path).unwrap();
    std::io::Write::write_all(&mut file, b"[{\"Put\":{\"table\":\"acc").unwrap();
    assert!(matches!(Store::open(Arc::clone(&schema), &path), Err(FileError::Busy { .. })), "one at a time");
    let before = rows(&store);
    drop(store);
    let again = Store::open(Arc::clone(&schema), &path).unwrap();
    assert_eq!(rows(&again), before);
    again.write(|tx| tx.insert("account", id("c"), Changes::new())).unwrap();
    drop(again);
    let again = Store::open(Arc::clone(&schema), &path).unwrap();
    assert_eq!(rows(&again).len(), 2);
    again.clear().unwrap();
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 0);
    std::io::Write::write_all(&mut file, b"nonsense\n").unwrap();
    drop(again);
    assert!(matches!(Store::open(schema, &path), Err(FileError::Record { line: 1, .. })));
    std::fs::remove_file(&path).unwrap();
}

/// A device that is always full.
#[cfg(target_os = "linux")]
#[test]
fn what_the_file_does_not_take_has_not_happened() {
    let schema = Arc::new(Schema::built_in(Crm::Dataverse).unwrap());
    let full = std::fs::OpenOptions::new().append(true).open("/dev/full").unwrap();
    let journal = Some(Mutex::new(Some(file::Journal::over(full))));
    let store = Store { journal, ..Store::new(schema) };
    let refused = store.write(|tx| tx.insert("account", id("a"), Changes::new()));
    assert!(matches!(refused, Err(StoreError::NotKept)));
    assert_eq!(store.read(|state| state.count("account")), 0);
}

//! Secrets and the keys to them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use engage_store::platform::{
    Actor, AuditEntry, AuditOutcome, AuditReads, Inventory, KeyError, KeyUse, KeyWrap, Keyring, LocalKey, Purpose,
    Secret, SecretInfo, SecretName, SecretState, Secrets, StoreError, SystemRandom, Vault,
};

use super::{Fresh, Stores, at, id};

pub(crate) async fn all(stores: &Stores) {
    versions(&stores.fresh().await).await;
    what_is_written_down(&stores.fresh().await).await;
    wrong_and_missing_keys(&stores.fresh().await).await;
    without_a_key(&stores.fresh().await).await;
    some_of_many(&stores.fresh().await).await;
    rotation(&stores.fresh().await).await;
    rotation_beside_readers(&stores.fresh().await).await;
    rotation_beside_a_writer(&stores.fresh().await).await;
    a_service_that_keeps_the_key(&stores.fresh().await).await;
    refusals(&stores.fresh().await).await;
}

fn key(name: &str, digit: &str) -> Arc<dyn KeyWrap> {
    Arc::new(LocalKey::parse(&format!("{name}:{}", digit.repeat(64)), Arc::new(SystemRandom)).unwrap())
}

async fn open(store: &Fresh, current: Arc<dyn KeyWrap>, others: Vec<Arc<dyn KeyWrap>>) -> Result<Vault, StoreError> {
    Vault::open(store.database.clone(), Keyring::new(current, others), Arc::new(SystemRandom), at(0)).await
}

pub(crate) fn name(organisation: u128, name: &str) -> SecretName {
    SecretName { organisation: id(organisation), kind: "crm.client-secret".to_owned(), name: name.to_owned() }
}

fn actor() -> Actor {
    Actor { who: "anna".to_owned(), source: None, correlation: Some("r1".to_owned()) }
}

async fn put(vault: &Vault, name: &SecretName, value: &str, state: SecretState) -> i64 {
    vault.put(name, &Secret::from(value), state, None, &actor(), at(10)).await.unwrap().version
}

async fn reveal(vault: &Vault, name: &SecretName, state: SecretState) -> Result<String, StoreError> {
    let purpose = Purpose { actor: actor(), reason: "sign in".to_owned() };
    let value = vault.reveal(name, state, &purpose, at(20)).await?;
    Ok(value.expose_text().unwrap().to_owned())
}

async fn versions(store: &Fresh) {
    use SecretState::{Current, Next, Previous};
    let vault = open(store, key("a", "1"), Vec::new()).await.unwrap();
    let name = name(1, "portal");
    assert_eq!(put(&vault, &name, "one", Current).await, 1);
    assert_eq!(put(&vault, &name, "two", Current).await, 2);
    assert_eq!(put(&vault, &name, "three", Current).await, 3);
    assert_eq!(put(&vault, &name, "four", Next).await, 4);
    assert_eq!(put(&vault, &name, "five", Next).await, 5);
    let values = [(Current, "three"), (Previous, "two"), (Next, "five")];
    for (state, value) in values {
        assert_eq!(reveal(&vault, &name, state).await.unwrap(), value);
    }
    vault.promote(&name, &actor(), at(30)).await.unwrap();
    assert_eq!(reveal(&vault, &name, Current).await.unwrap(), "five");
    assert_eq!(reveal(&vault, &name, Previous).await.unwrap(), "three");
    assert!(matches!(reveal(&vault, &name, Next).await, Err(StoreError::Absent { .. })));
    assert!(matches!(vault.promote(&name, &actor(), at(30)).await, Err(StoreError::Absent { .. })));
    let listed = vault.list(id(1), 10).await.unwrap();
    let listed: Vec<_> = listed.iter().map(|info| (info.version, info.state, info.key.as_str())).collect();
    assert_eq!(listed, [(3, Previous, "a"), (5, Current, "a")]);
    assert_eq!(vault.list(id(2), 10).await.unwrap(), []);
    let other = SecretName { organisation: id(2), ..name.clone() };
    assert!(matches!(reveal(&vault, &other, Current).await, Err(StoreError::Absent { .. })));
    vault.remove(&name, &actor(), at(40)).await.unwrap();
    assert!(matches!(vault.remove(&name, &actor(), at(40)).await, Err(StoreError::Absent { .. })));
    assert_eq!(vault.list(id(1), 10).await.unwrap(), []);
}

async fn what_is_written_down(store: &Fresh) {
    let vault = open(store, key("a", "1"), Vec::new()).await.unwrap();
    put(&vault, &name(1, "portal"), "hunter2", SecretState::Current).await;
    reveal(&vault, &name(1, "portal"), SecretState::Current).await.unwrap();
    reveal(&vault, &name(1, "nothing"), SecretState::Current).await.unwrap_err();
    let log = store.database.reader().audit_page(id(1), at(0), at(99), None, 9).await.unwrap();
    let log: Vec<&AuditEntry> = log.iter().map(|(_, entry)| entry).collect();
    let events: Vec<_> = log.iter().map(|entry| (entry.event.as_str(), entry.outcome)).collect();
    let (done, failed) = (AuditOutcome::Done, AuditOutcome::Failed);
    assert_eq!(events, [("secret.written", done), ("secret.revealed", done), ("secret.revealed", failed)]);
    assert_eq!((log[1].actor.as_str(), log[1].details["reason"].as_str()), ("anna", Some("sign in")));
    assert!(!format!("{log:?}").contains("hunter2"));
}

async fn wrong_and_missing_keys(store: &Fresh) {
    let vault = open(store, key("a", "1"), Vec::new()).await.unwrap();
    put(&vault, &name(1, "portal"), "one", SecretState::Current).await;
    open(store, key("a", "1"), Vec::new()).await.unwrap();
    let wrong = open(store, key("a", "2"), Vec::new()).await.unwrap_err();
    assert!(matches!(&wrong, StoreError::WrongKey { id } if id == "a"), "{wrong:?}");
    assert_eq!(wrong.to_string(), "the key `a` is not the one that secrets were sealed under");
    let missing = open(store, key("b", "2"), Vec::new()).await.unwrap_err();
    assert!(matches!(&missing, StoreError::MissingKey { id } if id == "a"), "{missing:?}");
    let wrong = open(store, key("b", "2"), vec![key("a", "3")]).await.unwrap_err();
    assert!(matches!(&wrong, StoreError::WrongKey { id } if id == "a"), "{wrong:?}");
}

/// While some secrets are under the new key and some under the old, every one of them is read and written.
async fn rotation(store: &Fresh) {
    let vault = open(store, key("a", "1"), Vec::new()).await.unwrap();
    let names: Vec<SecretName> = (0..10).map(|n| name(n % 3, &format!("portal{n}"))).collect();
    for name in &names {
        put(&vault, name, "one", SecretState::Current).await;
    }
    let both = open(store, key("b", "2"), vec![key("a", "1")]).await.unwrap();
    let once = both.rewrap(4).await.unwrap();
    assert_eq!((once.done, once.left), (4, 6));
    for name in &names {
        assert_eq!(reveal(&both, name, SecretState::Current).await.unwrap(), "one");
        put(&both, name, "two", SecretState::Next).await;
    }
    // A server that does not know the new key yet goes on with what is still under the old one, and says what it lacks.
    let old = futures_util::future::join_all(names.iter().map(|name| reveal(&vault, name, SecretState::Current))).await;
    assert_eq!(old.iter().filter(|answer| answer.is_ok()).count(), 6);
    assert!(old.iter().all(|answer| matches!(answer, Ok(_) | Err(StoreError::MissingKey { .. }))), "{old:?}");
    open(store, key("b", "2"), Vec::new()).await.unwrap_err();
    while both.rewrap(4).await.unwrap().left > 0 {}
    let new = open(store, key("b", "2"), Vec::new()).await.unwrap();
    for name in &names {
        assert_eq!(reveal(&new, name, SecretState::Current).await.unwrap(), "one");
        assert_eq!(reveal(&new, name, SecretState::Next).await.unwrap(), "two");
    }
    assert_eq!(new.rewrap(4).await.unwrap().done, 0);
}

async fn without_a_key(store: &Fresh) {
    let vault = open(store, key("a", "1"), Vec::new()).await.unwrap();
    put(&vault, &name(1, "portal"), "one", SecretState::Current).await;
    put(&vault, &name(1, "portal"), "two", SecretState::Current).await;
    let both = open(store, key("b", "2"), vec![key("a", "1")]).await.unwrap();
    put(&both, &name(2, "broker"), "one", SecretState::Current).await;
    assert_eq!((both.ring().current().id(), both.ring().others().collect::<Vec<_>>()), ("b", vec!["a"]));
    // The keys are lost.
    let inventory = Inventory::new(store.database.clone());
    let used = |id: &str, versions| KeyUse { id: id.to_owned(), versions };
    assert_eq!(inventory.keys().await.unwrap(), [used("a", 2), used("b", 1)]);
    assert_eq!(inventory.list(id(1), 9).await.unwrap(), vault.list(id(1), 9).await.unwrap());
    assert_eq!(name(1, "portal").to_string(), "crm.client-secret/portal");
    let other = SecretName { organisation: id(2), ..name(1, "portal") };
    assert!(matches!(inventory.remove(&other, &actor(), at(50)).await, Err(StoreError::Absent { .. })));
    inventory.remove(&name(1, "portal"), &actor(), at(50)).await.unwrap();
    assert_eq!(inventory.keys().await.unwrap(), [used("b", 1)]);
    let log = store.database.reader().audit_page(id(1), at(50), at(51), None, 9).await.unwrap();
    assert_eq!((log.len(), log[0].1.event.as_str(), log[0].1.actor.as_str()), (1, "secret.removed", "anna"));
    // What nothing is wrapped by any more need not be there.
    open(store, key("b", "2"), Vec::new()).await.unwrap();
}

/// What is looked for among others, and removed only as it was seen.
async fn some_of_many(store: &Fresh) {
    let vault = open(store, key("a", "1"), Vec::new()).await.unwrap();
    let of = |kind: &str, text: &str| SecretName { kind: kind.to_owned(), ..name(1, text) };
    for (kind, text) in [("a", "x/1"), ("a", "x"), ("a", "xx/1"), ("a", "x/2"), ("a", "x0"), ("b", "x/1"), ("c", "y")] {
        put(&vault, &of(kind, text), "one", SecretState::Current).await;
    }
    let (inventory, wanted) = (vault.inventory(), of("c", "y"));
    let names = |found: Vec<SecretInfo>| found.iter().map(|info| info.name.to_string()).collect::<Vec<_>>();
    assert_eq!(names(inventory.beginning(id(1), ("a", "x/"), 9).await.unwrap()), ["a/x/1", "a/x/2"]);
    assert_eq!(names(inventory.beginning(id(1), ("a", "x/"), 1).await.unwrap()), ["a/x/1"]);
    assert_eq!(names(inventory.beginning(id(2), ("a", "x/"), 9).await.unwrap()), [""; 0]);
    assert_eq!(names(inventory.of_other_kinds(id(1), ["a", "b"], 9).await.unwrap()), ["c/y"]);
    let seen = inventory.current(&wanted).await.unwrap().unwrap();
    put(&vault, &wanted, "two", SecretState::Current).await;
    let stale = inventory.remove_unchanged(&seen, &actor(), at(50)).await;
    assert!(matches!(stale, Err(StoreError::Stale)), "{stale:?}");
    assert_eq!(reveal(&vault, &wanted, SecretState::Current).await.unwrap(), "two");
    let seen = inventory.current(&wanted).await.unwrap().unwrap();
    inventory.remove_unchanged(&seen, &actor(), at(50)).await.unwrap();
    assert_eq!(inventory.current(&wanted).await.unwrap(), None);
    let gone = inventory.remove_unchanged(&seen, &actor(), at(50)).await;
    assert!(matches!(gone, Err(StoreError::Absent { .. })), "{gone:?}");
}

/// Somebody reads every secret again and again while one after the other moves.
async fn rotation_beside_readers(store: &Fresh) {
    let vault = open(store, key("a", "1"), Vec::new()).await.unwrap();
    let names: Vec<SecretName> = (0..6).map(|n| name(n % 3, &format!("portal{n}"))).collect();
    for name in &names {
        put(&vault, name, "one", SecretState::Current).await;
    }
    let both = open(store, key("b", "2"), vec![key("a", "1")]).await.unwrap();
    let moved = AtomicBool::new(false);
    let read = async {
        loop {
            let last = moved.load(Ordering::Relaxed);
            for name in &names {
                assert_eq!(reveal(&both, name, SecretState::Current).await.unwrap(), "one");
            }
            if last {
                return;
            }
        }
    };
    let rotate = async {
        while both.rewrap(1).await.unwrap().left > 0 {}
        moved.store(true, Ordering::Relaxed);
    };
    futures_util::future::join(read, rotate).await;
}

/// A key that lets somebody else do something while it wraps.
struct Slow {
    key: LocalKey,
    meanwhile: Mutex<Option<(Vault, SecretName)>>,
}

#[async_trait]
impl KeyWrap for Slow {
    fn id(&self) -> &str {
        self.key.id()
    }

    async fn wrap_key(&self, key: &Secret, about: &[u8]) -> Result<Vec<u8>, KeyError> {
        let meanwhile = self.meanwhile.lock().unwrap().take();
        if let Some((vault, name)) = meanwhile {
            vault.remove(&name, &actor(), at(10)).await.unwrap();
            assert_eq!(put(&vault, &name, "two", SecretState::Current).await, 1);
        }
        self.key.wrap_key(key, about).await
    }

    async fn unwrap_key(&self, wrapped: &[u8], about: &[u8]) -> Result<Secret, KeyError> {
        self.key.unwrap_key(wrapped, about).await
    }
}

/// A secret that is removed and written anew under the old key while its key is wrapped anew is not given the key of the one before.
async fn rotation_beside_a_writer(store: &Fresh) {
    let vault = open(store, key("a", "1"), Vec::new()).await.unwrap();
    put(&vault, &name(1, "portal"), "one", SecretState::Current).await;
    let local = LocalKey::parse(&format!("b:{}", "2".repeat(64)), Arc::new(SystemRandom)).unwrap();
    let slow = Arc::new(Slow { key: local, meanwhile: Mutex::new(None) });
    let both = open(store, slow.clone(), vec![key("a", "1")]).await.unwrap();
    *slow.meanwhile.lock().unwrap() = Some((vault, name(1, "portal")));
    let first = both.rewrap(9).await.unwrap();
    assert_eq!((first.done, first.left), (0, 1));
    assert_eq!(reveal(&both, &name(1, "portal"), SecretState::Current).await.unwrap(), "two");
    let second = both.rewrap(9).await.unwrap();
    assert_eq!((second.done, second.left), (1, 0));
    assert_eq!(reveal(&both, &name(1, "portal"), SecretState::Current).await.unwrap(), "two");
}

/// A key that is somewhere else, which may be away.
struct Service {
    key: LocalKey,
    away: AtomicBool,
}

#[async_trait]
impl KeyWrap for Service {
    fn id(&self) -> &str {
        "https://keys.example/one"
    }

    async fn wrap_key(&self, key: &Secret, about: &[u8]) -> Result<Vec<u8>, KeyError> {
        if self.away.load(Ordering::Relaxed) {
            return Err(KeyError::unavailable("it is away"));
        }
        self.key.wrap_key(key, about).await
    }

    async fn unwrap_key(&self, wrapped: &[u8], about: &[u8]) -> Result<Secret, KeyError> {
        if self.away.load(Ordering::Relaxed) {
            return Err(KeyError::unavailable("it is away"));
        }
        self.key.unwrap_key(wrapped, about).await
    }
}

async fn a_service_that_keeps_the_key(store: &Fresh) {
    let key = LocalKey::parse(&"5a".repeat(32), Arc::new(SystemRandom)).unwrap();
    let service = Arc::new(Service { key, away: AtomicBool::new(false) });
    let vault = open(store, service.clone(), Vec::new()).await.unwrap();
    put(&vault, &name(1, "portal"), "one", SecretState::Current).await;
    service.away.store(true, Ordering::Relaxed);
    let away = reveal(&vault, &name(1, "portal"), SecretState::Current).await.unwrap_err();
    assert!(matches!(away, StoreError::Unavailable(_)) && away.may_repeat(), "{away:?}");
    vault.check().await.unwrap_err();
    service.away.store(false, Ordering::Relaxed);
    vault.check().await.unwrap();
    assert_eq!(reveal(&vault, &name(1, "portal"), SecretState::Current).await.unwrap(), "one");
}

async fn refusals(store: &Fresh) {
    let vault = open(store, key("a", "1"), Vec::new()).await.unwrap();
    let long = "x".repeat((64 << 10) + 1);
    let odd = [
        (name(1, "a|b"), "one", SecretState::Current),
        (name(1, ""), "one", SecretState::Current),
        (SecretName { kind: "crm/client".to_owned(), ..name(1, "a") }, "one", SecretState::Current),
        (name(1, "portal"), "one", SecretState::Previous),
        (name(1, "portal"), &long, SecretState::Current),
    ];
    for (name, value, state) in odd {
        let refused = vault.put(&name, &Secret::from(value), state, None, &actor(), at(0)).await.unwrap_err();
        assert!(matches!(refused, StoreError::Refused { .. }), "{refused:?}");
    }
    for text in ["", "a:", "5a", &"5g".repeat(32), &format!("{}:{}", "x".repeat(201), "5a".repeat(32))] {
        assert!(LocalKey::parse(text, Arc::new(SystemRandom)).is_err(), "{text}");
    }
    let printed = format!("{vault:?} {:?}", LocalKey::parse(&"5a".repeat(32), Arc::new(SystemRandom)).unwrap());
    assert!(!printed.contains("5a"), "{printed}");
}

//! What only a file can do: belong to somebody, be copied, be full.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use engage_store::platform::{
    Actor, Condition, Content, Database, DirectoryReads, Keyring, Kind, LocalKey, Options, Purge, Purpose, Secret,
    SecretName, SecretState, Secrets, Status, StoreError, SystemRandom, Vault,
};
use futures_util::future::join_all;
use sqlx::{Connection, SqliteConnection};

use super::directory::{content, insert, realm};
use super::secrets::name;
use super::{Answer, Fresh, Place, Stores, at, id};

fn path(store: &Fresh, name: &str) -> std::path::PathBuf {
    let Place::File(folder) = &store.place else { panic!("not a file") };
    folder.path().join(name)
}

async fn change(path: &Path, statement: &'static str) {
    let url = format!("sqlite://{}", path.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn only_its_owner_reads_it() {
    let store = Stores::Files.fresh().await;
    for name in ["platform.db", "platform.db-wal", "platform.db-shm"] {
        let mode = std::fs::metadata(path(&store, name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[tokio::test]
async fn an_older_program_refuses_newer_tables() {
    let store = Stores::Files.fresh().await;
    let file = path(&store, "platform.db");
    assert_eq!(Database::status_of_file(&file).await.unwrap(), Status { applied: 11, known: 11 });
    let absent = Database::status_of_file(path(&store, "absent.db")).await.unwrap();
    assert_eq!(absent, Status { applied: 0, known: 11 });
    change(&file, "INSERT INTO _engage_platform VALUES (12, 'later', CURRENT_TIMESTAMP, true, x'00', 1)").await;
    let newer = Database::open(&file, Options::default()).await.unwrap_err();
    assert!(matches!(newer, StoreError::Newer { found: 12, known: 11 }), "{newer:?}");
    assert_eq!(newer.to_string(), "the tables are of version 12, this program knows 11");
    assert!(matches!(store.database.ready().await.unwrap_err(), StoreError::Newer { .. }));
    assert_eq!(Database::status_of_file(&file).await.unwrap().applied, 12);
}

/// A copy that is taken while others write has what was written before, and all of whatever else it has.
#[tokio::test]
async fn a_copy_is_of_one_instant() {
    let store = Stores::Files.fresh().await;
    for n in 0..20 {
        insert(&store, realm(1), Kind::User, n, content(&format!("before{n}"))).await.unwrap();
    }
    let copy = path(&store, "copy.db");
    let writes = join_all((100..400).map(|n| {
        let store = &store;
        async move { insert(store, realm(1), Kind::User, n, content(&format!("during{n}"))).await.unwrap() }
    }));
    let (backup, _) = futures_util::join!(store.database.backup(&copy), writes);
    backup.unwrap();
    assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    let refused = store.database.backup(&copy).await.unwrap_err();
    assert!(matches!(refused, StoreError::Refused { .. }), "{refused:?}");

    let into = path(&store, "restored.db");
    Database::restore(&copy, &into).await.unwrap();
    let restored = Database::open(&into, Options::default()).await.unwrap();
    let there = restored.reader().records_count(&realm(1), Kind::User, &Condition::all([])).await.unwrap();
    assert!((20..=320).contains(&there), "{there}");
    for n in 0..20 {
        let found = restored.reader().record_by_user_name(&realm(1), &format!("before{n}")).await.unwrap();
        assert!(found.is_some(), "before{n}");
    }
    let again = Database::restore(&copy, &into).await.unwrap_err();
    assert!(matches!(again, StoreError::Refused { .. }), "{again:?}");
}

#[tokio::test]
async fn what_is_no_copy_is_not_restored() {
    let store = Stores::Files.fresh().await;
    let (odd, into) = (path(&store, "odd.db"), path(&store, "into.db"));
    Database::restore(&odd, &into).await.unwrap_err();
    std::fs::write(&odd, "this is no database, whatever its name says").unwrap();
    Database::restore(&odd, &into).await.unwrap_err();
    std::fs::write(&odd, "").unwrap();
    change(&odd, "CREATE TABLE other (a)").await;
    let other = Database::restore(&odd, &into).await.unwrap_err();
    assert!(matches!(other, StoreError::Corrupt { .. }), "{other:?}");
    let copy = path(&store, "copy.db");
    store.database.backup(&copy).await.unwrap();
    change(&copy, "INSERT INTO _engage_platform VALUES (12, 'later', CURRENT_TIMESTAMP, true, x'00', 1)").await;
    let newer = Database::restore(&copy, &into).await.unwrap_err();
    assert!(matches!(newer, StoreError::Newer { found: 12, .. }), "{newer:?}");
    assert!(!into.exists());
}

const KEY: &str = "5a5b5c5d5e5f60616263646566676869707172737475767778797a7b7c7d7e7f";

async fn vault(store: &Fresh) -> Vault {
    let key = Arc::new(LocalKey::parse(KEY, Arc::new(SystemRandom)).unwrap());
    Vault::open(store.database.clone(), Keyring::new(key, Vec::new()), Arc::new(SystemRandom), at(0)).await.unwrap()
}

async fn put(vault: &Vault, name: &SecretName, value: &str) {
    let value = Secret::from(value);
    vault.put(name, &value, SecretState::Current, None, &Actor::default(), at(0)).await.unwrap();
}

/// Neither a secret nor the key to it is in a copy.
#[tokio::test]
async fn a_copy_holds_nothing_in_clear() {
    let store = Stores::Files.fresh().await;
    let vault = vault(&store).await;
    put(&vault, &name(1, "portal"), "correct horse battery staple").await;
    let copy = path(&store, "copy.db");
    store.database.backup(&copy).await.unwrap();
    let bytes = std::fs::read(&copy).unwrap();
    let key: Vec<u8> = (0..32).map(|n| u8::from_str_radix(&KEY[2 * n..2 * n + 2], 16).unwrap()).collect();
    for wanted in [b"correct horse".as_slice(), key.as_slice(), KEY.as_bytes()] {
        assert!(!bytes.windows(wanted.len()).any(|window| window == wanted));
    }
    assert!(bytes.windows(6).any(|window| window == b"portal"), "the copy was looked at");
}

/// A secret opens where it was sealed and nowhere else: not under another name, not as another version, not changed.
#[tokio::test]
async fn a_secret_that_was_moved_does_not_open() {
    let changes = [
        "UPDATE secrets SET organisation = zeroblob(16)",
        "UPDATE secrets SET kind = 'other'",
        "UPDATE secrets SET name = 'other'",
        "UPDATE secrets SET version = 2",
        "UPDATE secrets SET sealed = zeroblob(30)",
        "UPDATE secrets SET nonce = zeroblob(12)",
        "UPDATE secrets SET nonce = zeroblob(3)",
        "UPDATE secrets SET data_key = zeroblob(60)",
        "UPDATE secrets SET data_key = zeroblob(1)",
    ];
    for statement in changes {
        let store = Stores::Files.fresh().await;
        let vault = vault(&store).await;
        put(&vault, &name(1, "portal"), "one").await;
        change(&path(&store, "platform.db"), statement).await;
        let names = [
            name(1, "portal"),
            name(0, "portal"),
            name(1, "other"),
            SecretName { kind: "other".to_owned(), ..name(1, "portal") },
        ];
        let purpose = Purpose { actor: Actor::default(), reason: "test".to_owned() };
        let mut corrupt = 0;
        for name in names {
            match vault.reveal(&name, SecretState::Current, &purpose, at(0)).await {
                Err(StoreError::Corrupt { .. }) => corrupt += 1,
                Err(StoreError::Absent { .. }) => {}
                other => panic!("{statement}: {other:?}"),
            }
        }
        assert_eq!(corrupt, 1, "{statement}");
    }
}

/// Who was purged is in no file any more, though somebody read meanwhile.
#[tokio::test]
async fn who_is_purged_is_in_no_file_any_more() {
    let store = Stores::Files.fresh().await;
    let file = path(&store, "platform.db");
    let who = "kari.nordmann.to.be.forgotten";
    let holding = || {
        let holds = |suffix: &&str| {
            let bytes = std::fs::read(format!("{}{suffix}", file.display())).unwrap();
            bytes.windows(who.len()).any(|window| window == who.as_bytes())
        };
        ["", "-wal"].into_iter().filter(holds).collect::<Vec<_>>()
    };
    let purge = async |n: u128| {
        let purged: Answer<bool> = store
            .database
            .write(realm(1), move |tx, realm| Box::pin(tx.purge_record(realm, Kind::User, id(n), at(200))))
            .await;
        assert!(purged.unwrap());
    };
    let due = || Content { deactivated_at: Some(at(30)), purge_at: Some(at(130)), ..content(who) };
    insert(&store, realm(1), Kind::User, 1, due()).await.unwrap();
    assert_eq!(holding(), ["-wal"], "the test looks at where it is");
    purge(1).await;
    assert_eq!(holding(), [""; 0]);

    insert(&store, realm(1), Kind::User, 2, due()).await.unwrap();
    let mut reader = SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
    let mut view = reader.begin().await.unwrap();
    let there: i64 =
        sqlx::query_scalar("SELECT count(*) FROM directory_resources").fetch_one(&mut *view).await.unwrap();
    assert_eq!(there, 1);
    purge(2).await;
    assert_eq!(holding(), ["-wal"], "who reads still sees it there");
    view.commit().await.unwrap();
    insert(&store, realm(1), Kind::User, 3, content("somebody")).await.unwrap();
    assert_eq!(holding(), [""; 0]);
    reader.close().await.unwrap();
}

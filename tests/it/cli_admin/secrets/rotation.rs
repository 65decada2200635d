//! Everything comes under another key.

use std::sync::Arc;

use engage_cli::Exit;
use engage_store::platform::{Database, Options, SecretState, SystemRandom, Vault};
use jiff::Timestamp;
use serde_json::json;

use super::{BROKER, CRM, Platform, contoso, data, on_runtime, refused, revealed, ring, told};
use crate::crash::cluster::Cluster;

#[test]
fn everything_comes_under_the_new_key_though_the_first_try_is_killed() {
    rotation(&Platform::new());
}

#[test]
fn everything_comes_under_the_new_key_on_postgresql_too() {
    let cluster = Cluster::start();
    let url = on_runtime(cluster.database());
    rotation(&Platform { setting: format!("store.url={url}"), ..Platform::new() });
}

/// The platform's database, wherever it is.
async fn database(platform: &Platform) -> Database {
    match platform.setting.strip_prefix("store.url=") {
        Some(url) => Database::connect(url, Options { connections: 2, ..Options::default() }).await.unwrap(),
        None => Database::open(platform.at("data/engage.db"), Options::default()).await.unwrap(),
    }
}

fn rotation(platform: &Platform) {
    let id = contoso(platform);
    for n in 0..5 {
        told(platform, &["a"], &["secrets", "put", "Contoso", &format!("{BROKER}{n}")], &format!("value {n}"));
    }
    assert_eq!(told(platform, &["a"], &["secrets", "rotate"], ""), "everything is under the key `a` already\n");
    // As far as one comes that is killed after two.
    on_runtime(async {
        let (keys, random) = (ring(&["b", "a"]), Arc::new(SystemRandom));
        let vault = Vault::open(database(platform).await, keys, random, Timestamp::UNIX_EPOCH).await.unwrap();
        assert_eq!(vault.rewrap(2).await.unwrap().left, 3);
    });
    let (exit, err) = refused(platform, &["b"], &["secrets", "rotate"], "");
    assert!(exit == Exit::Problems && err.contains("the key `a` is missing"), "{err}");
    let rotated = data(platform, &["b", "a"], &["secrets", "rotate"], "");
    assert_eq!(rotated, json!({"current": "b", "rewrapped": 3, "unused": ["a"]}));
    let said = told(platform, &["b", "a"], &["secrets", "rotate"], "");
    assert!(
        said.contains("nothing is under the key `a` any more") && said.contains("copies of the database"),
        "{said}"
    );
    // The old key is gone.
    let listed = data(platform, &["b"], &["secrets", "list"], "");
    assert!(listed["secrets"].as_array().unwrap().iter().all(|one| one["key"] == "b"), "{listed}");
    on_runtime(async {
        for n in 0..5 {
            let name = format!("{BROKER}{n}");
            assert_eq!(
                revealed(database(platform).await, &["b"], id, &name, SecretState::Current).await,
                format!("value {n}")
            );
        }
    });
}

#[test]
fn a_damaged_secret_is_named_and_the_others_are_put_under_the_new_key_once_it_is_removed() {
    let platform = Platform::new();
    contoso(&platform);
    for name in [BROKER, CRM] {
        told(&platform, &["a"], &["secrets", "put", "Contoso", name], "hunter2");
    }
    let url = format!("sqlite://{}", platform.at("data/engage.db").display());
    on_runtime(async {
        use sqlx::Connection as _;
        let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
        let damage = "UPDATE secrets SET data_key = zeroblob(60) WHERE name = 'mitid'";
        sqlx::query(damage).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
    let (exit, err) = refused(&platform, &["b", "a"], &["secrets", "rotate"], "");
    assert!(exit == Exit::Outside && err.contains(&format!("version 1 of the secret `{BROKER}`")), "{err}");
    assert!(err.contains("help: `engage secrets remove` it"), "{err}");
    platform.told(&["secrets", "remove", "Contoso", BROKER]);
    assert_eq!(data(&platform, &["b", "a"], &["secrets", "rotate"], "")["rewrapped"], 1);
}

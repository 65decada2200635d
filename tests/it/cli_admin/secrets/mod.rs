//! Secrets: kept, listed, removed; keys that are missing or other ones; everything put under another key.

mod keys;
mod rotation;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use engage_cli::Exit;
use engage_store::platform::{
    Actor, AuditReads as _, Database, KeyWrap, Keyring, LocalKey, Purpose, SecretName, SecretState, Secrets as _,
    SystemRandom, Vault,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Platform, on_runtime};
use crate::cli::{Said, engage_with, without};

const CRM: &str = "crm.client-secret/dataverse";
const BROKER: &str = "broker.client-secret/mitid";

/// Keys `a`, `b` and so on, each in a file that its owner alone can read.
fn key(platform: &Platform, id: &str) -> String {
    let path = platform.at(&format!("{id}.key"));
    fs::write(&path, format!("{}\n", digits(id))).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path.to_str().unwrap().to_owned()
}

fn digits(id: &str) -> String {
    format!("{id}:{}", id.repeat(64))
}

/// A command with keys: the current one, and others.
fn with_keys(platform: &Platform, keys: &[&str], arguments: &[&str], input: &str) -> Said {
    let files: Vec<String> = keys.iter().map(|id| key(platform, id)).collect();
    let mut all: Vec<String> = arguments.iter().map(ToString::to_string).collect();
    all.extend(["--set".to_owned(), platform.setting.clone()]);
    if let Some((current, others)) = files.split_first() {
        all.extend(["--set".to_owned(), format!("keys.current-file={current}")]);
        all.extend(["--set".to_owned(), format!("keys.previous-files={}", others.join(","))]);
    }
    engage_with(&all, input)
}

fn told(platform: &Platform, keys: &[&str], arguments: &[&str], input: &str) -> String {
    let said = with_keys(platform, keys, arguments, input);
    assert_eq!(said.exit, Exit::Fine, "{arguments:?}: {}", said.err);
    said.out
}

fn data(platform: &Platform, keys: &[&str], arguments: &[&str], input: &str) -> Value {
    serde_json::from_str(&told(platform, keys, &[arguments, &["--format", "json"]].concat(), input)).unwrap()
}

fn refused(platform: &Platform, keys: &[&str], arguments: &[&str], input: &str) -> (Exit, String) {
    let said = with_keys(platform, keys, arguments, input);
    assert_eq!(said.out, "", "{arguments:?}");
    (said.exit, without(&platform.folder, &said.err))
}

fn contoso(platform: &Platform) -> Uuid {
    platform.told(&["org", "create", "Contoso"]).trim().parse().unwrap()
}

fn ring(keys: &[&str]) -> Keyring {
    let key =
        |id: &&str| -> Arc<dyn KeyWrap> { Arc::new(LocalKey::parse(&digits(id), Arc::new(SystemRandom)).unwrap()) };
    let mut keys = keys.iter().map(key);
    Keyring::new(keys.next().unwrap(), keys.collect())
}

/// What a secret says, to whoever has the keys.
async fn revealed(database: Database, keys: &[&str], organisation: Uuid, name: &str, state: SecretState) -> String {
    let now = Timestamp::UNIX_EPOCH;
    let vault = Vault::open(database, ring(keys), Arc::new(SystemRandom), now).await.unwrap();
    let (kind, name) = name.split_once('/').unwrap();
    let name = SecretName { organisation, kind: kind.to_owned(), name: name.to_owned() };
    let purpose = Purpose { actor: Actor::default(), reason: "a test".to_owned() };
    vault.reveal(&name, state, &purpose, now).await.unwrap().expose_text().unwrap().to_owned()
}

#[test]
fn a_secret_is_kept_from_standard_input_listed_without_its_value_and_removed() {
    let platform = Platform::new();
    let id = contoso(&platform);
    assert_eq!(platform.told(&["secrets", "list", "Contoso"]), "there are no secrets\n");
    assert_eq!(
        told(&platform, &["a"], &["secrets", "put", "Contoso", CRM], "hunter2\r\n"),
        format!("{CRM}  1  current  key a\n")
    );
    let next = ["secrets", "put", "Contoso", CRM, "--next", "--expires", "2027-06-30"];
    let made = data(&platform, &["a"], &next, "hunter3");
    assert_eq!(
        (&made["version"], &made["state"], &made["expires"]),
        (&2.into(), &"next".into(), &"2027-06-30T00:00:00Z".into())
    );
    let listed = platform.data(&["secrets", "list"]);
    let found: Vec<Value> = listed["secrets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| json!([one["kind"], one["name"], one["version"], one["state"], one["key"]]))
        .collect();
    assert_eq!(
        found,
        [
            json!(["crm.client-secret", "dataverse", 1, "current", "a"]),
            json!(["crm.client-secret", "dataverse", 2, "next", "a"])
        ]
    );
    let value = platform.look(async |database| revealed(database, &["a"], id, CRM, SecretState::Current).await);
    assert_eq!(value, "hunter2", "a line break at the end is none of its own");
    told(&platform, &["a"], &["secrets", "promote", "Contoso", CRM], "");
    let text = platform.told(&["secrets", "list"]);
    let (previous, current) = text.split_once('\n').unwrap();
    assert!(
        previous.starts_with(&format!("{CRM}    1  previous  key a  created ")) && previous.ends_with("Contoso"),
        "{text}"
    );
    assert!(current.contains("  2  current ") && current.contains("expires 2027-06-30T00:00:00Z"), "{text}");
    assert!(!text.contains("hunter") && !listed.to_string().contains("hunter"));
    let (exit, err) = refused(&platform, &["a"], &["secrets", "promote", "Contoso", CRM], "");
    assert!(exit == Exit::Usage && err.contains("`Contoso` has no next version"), "{err}");
    assert_eq!(platform.data(&["secrets", "remove", "Contoso", CRM])["done"], "removed", "it takes no key");
    let (exit, err) = platform.refused(&["secrets", "remove", "Contoso", CRM]);
    assert!(exit == Exit::Usage && err.contains("`Contoso` has no such secret"), "{err}");
    let events = platform.look(async |database| {
        let page = database.reader().audit_page(id, Timestamp::UNIX_EPOCH, Timestamp::MAX, None, 99).await.unwrap();
        page.into_iter()
            .filter(|(_, entry)| entry.actor == "command line")
            .map(|(_, entry)| entry.event)
            .collect::<Vec<_>>()
    });
    assert_eq!(events[1..], ["secret.written", "secret.written", "secret.promoted", "secret.removed"]);
}

#[test]
fn a_value_among_the_arguments_is_refused_and_repeated_nowhere() {
    let platform = Platform::new();
    contoso(&platform);
    for arguments in [
        &["secrets", "put", "Contoso", CRM, "hunter2"][..],
        &["secrets", "put", "Contoso", "hunter2"],
        &["secrets", "put", "Contoso", "k/hunter2!"],
    ] {
        let (exit, err) = refused(&platform, &["a"], arguments, "x");
        assert!(exit != Exit::Fine && !err.contains("hunter2") && err.contains("help: "), "{err}");
    }
    for (input, words) in
        [("", "nothing came on standard input"), ("\n", "nothing came"), (&"x".repeat(65_537), "a secret of that size")]
    {
        let (exit, err) = refused(&platform, &["a"], &["secrets", "put", "Contoso", CRM], input);
        assert!(exit == Exit::Problems && err.contains(words), "{err}");
    }
    assert_eq!(refused(&platform, &["a"], &["secrets", "put", "Contosa", CRM], "x").0, Exit::Usage);
    let digits = "5a".repeat(32);
    let (_, err) = platform.refused(&["secrets", "put", "Contoso", CRM, "--set", &format!("keys.current={digits}")]);
    assert!(err.contains("others on this machine see options") && !err.contains(&digits), "{err}");
    assert_eq!(platform.told(&["secrets", "list"]), "there are no secrets\n");
}

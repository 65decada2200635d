//! Administration of a platform from the command line.

mod callers;
mod credentials;
mod customers;
mod database;
mod secrets;

use std::fs;
use std::path::PathBuf;

use engage_cli::Exit;
use engage_store::platform::{Database, Options};
use serde_json::Value;
use tempfile::TempDir;

use crate::cli::{Said, engage, without};

/// A platform that is not there yet.
struct Platform {
    folder: TempDir,
    setting: String,
}

impl Platform {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let setting = format!("store.data={}", folder.path().join("data").display());
        Self { folder, setting }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where copies stand.
    fn copy(&self) -> String {
        self.at("copy.db").to_str().unwrap().to_owned()
    }

    fn engage(&self, arguments: &[&str]) -> Said {
        engage(&[arguments, &["--set", self.setting.as_str()]].concat())
    }

    /// What a command writes that does well.
    fn told(&self, arguments: &[&str]) -> String {
        let said = self.engage(arguments);
        assert_eq!(said.exit, Exit::Fine, "{arguments:?}: {}", said.err);
        said.out
    }

    fn data(&self, arguments: &[&str]) -> Value {
        serde_json::from_str(&self.told(&[arguments, &["--format", "json"]].concat())).unwrap()
    }

    /// What a command complains of, and how it ends.
    fn refused(&self, arguments: &[&str]) -> (Exit, String) {
        let said = self.engage(arguments);
        assert_eq!(said.out, "", "{arguments:?}");
        (said.exit, without(&self.folder, &said.err))
    }

    /// Looks into the database itself.
    fn look<T>(&self, what: impl AsyncFnOnce(Database) -> T) -> T {
        let path = self.at("data/engage.db");
        on_runtime(async { what(Database::open(path, Options::default()).await.unwrap()).await })
    }
}

fn on_runtime<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

#[test]
fn every_mistake_of_a_configuration_is_told_at_once() {
    let platform = Platform::new();
    let file = platform.at("engage.toml");
    fs::write(&file, "[limits]\nbody-byte = 5\n[scim]\nburst = \"many\"\n").unwrap();
    let check = ["config", "check", "--config", file.to_str().unwrap(), "--set", "scim.silence-hours=0"];
    let said = engage(&check);
    assert_eq!((said.exit, said.out.as_str()), (Exit::Problems, "3 errors\n"));
    insta::assert_snapshot!(without(&platform.folder, &said.err), @r"
    error: DIR/engage.toml:2:1: there is no setting `limits.body-byte`; did you mean `body-bytes`?
    error: DIR/engage.toml:4:1: `scim.burst` is a setting of type integer, not string
    error: --set scim.silence-hours: `scim.silence-hours`: a number from 1 to 8760
    ");
    let said = engage(&[&check[..], &["--format", "json"]].concat());
    assert_eq!((said.exit, said.err.as_str()), (Exit::Problems, ""));
    let data: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(data["errors"], 3);
    assert_eq!((&data["problems"][0]["line"], &data["problems"][2]["line"]), (&2.into(), &Value::Null));
    assert_eq!(data["problems"][2]["origin"], "--set scim.silence-hours");
    // Other commands stop at it, and tell the same.
    let (exit, err) = platform.refused(&["org", "list", "--set", "scim.silence-hours=0", "--format", "json"]);
    let data: Value = serde_json::from_str(&err).unwrap();
    assert_eq!((exit, &data["problems"][0]["origin"]), (Exit::Problems, &"--set scim.silence-hours".into()));
    assert!(!platform.at("data").exists(), "a configuration that is wrong opens nothing");
    assert_eq!(engage(&["config", "check"]).out, "fine\n");
}

#[test]
fn a_configuration_that_is_not_there_is_wrong_usage_and_no_value_is_repeated() {
    let said = engage(&["config", "check", "--config", "no/such/file.toml"]);
    assert_eq!(said.exit, Exit::Usage);
    assert!(said.err.contains("no/such/file.toml"), "{}", said.err);
    let said = engage(&["config", "print", "--set", "postgres://u:hunter2@h/d"]);
    assert_eq!(said.exit, Exit::Usage);
    assert!(!said.err.contains("hunter2"), "{}", said.err);
}

#[test]
fn what_holds_is_shown_with_its_origin_and_without_secrets() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("engage.toml");
    fs::write(&file, "[store]\nurl = \"postgres://u:hunter2@h/d\"\n").unwrap();
    let print = ["config", "print", "--config", file.to_str().unwrap(), "--set", "scim.silence-hours=50"];
    let said = engage(&print);
    assert_eq!(said.exit, Exit::Fine, "{}", said.err);
    let text = without(&folder, &said.out);
    for line in [
        "url = \"<redacted>\" # DIR/engage.toml:2:1",
        "silence-hours = 50 # --set scim.silence-hours",
        "burst = 200 # default; ENGAGE_SCIM_BURST",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}: {text}");
    }
    let said = engage(&[&print[..], &["--format", "json"]].concat());
    assert!(!said.out.contains("hunter2"), "{}", said.out);
    let data: Value = serde_json::from_str(&said.out).unwrap();
    let of = |name: &str| {
        let settings = data["settings"].as_array().unwrap();
        settings.iter().find(|setting| setting["setting"] == name).unwrap().clone()
    };
    assert_eq!(of("store.url")["value"], "<redacted>");
    assert_eq!(of("scim.silence-hours")["value"], 50);
    assert_eq!(of("cors.origins")["value"], serde_json::json!([]));
    assert_eq!(of("scim.burst")["variable"], "ENGAGE_SCIM_BURST");
}

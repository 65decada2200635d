//! Administration of a platform from the command line.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use engage_cli::Exit;
use engage_store::platform::{
    AuditReads as _, Database, Environment, Options, Organisation, OrganisationReads as _, Organisations as _, Slot,
    StoreError, Token, TokenDigest, TokenReads as _,
};
use jiff::Timestamp;
use serde_json::Value;
use sqlx::Connection as _;
use tempfile::TempDir;
use uuid::Uuid;

use crate::cli::{Said, engage, without};
use crate::crash::cluster::Cluster;

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

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn every_mistake_of_a_configuration_is_told_at_once() {
    let platform = Platform::new();
    let file = platform.at("engage.toml");
    fs::write(&file, "[limits]\nbody-byte = 5\n[scim]\nburst = \"many\"\n").unwrap();
    let check = ["config", "check", "--config", file.to_str().unwrap(), "--set", "scim.page=0"];
    let said = engage(&check);
    assert_eq!((said.exit, said.out.as_str()), (Exit::Problems, "3 errors\n"));
    insta::assert_snapshot!(without(&platform.folder, &said.err), @"");
    let said = engage(&[&check[..], &["--format", "json"]].concat());
    assert_eq!((said.exit, said.err.as_str()), (Exit::Problems, ""));
    let data: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(data["errors"], 3);
    assert_eq!((&data["problems"][0]["line"], &data["problems"][2]["line"]), (&2.into(), &Value::Null));
    assert_eq!(data["problems"][2]["origin"], "--set scim.page");
    // Other commands stop at it, and tell the same.
    let (exit, err) = platform.refused(&["org", "list", "--set", "scim.page=0", "--format", "json"]);
    let data: Value = serde_json::from_str(&err).unwrap();
    assert_eq!((exit, &data["problems"][0]["origin"]), (Exit::Problems, &"--set scim.page".into()));
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
    let print = ["config", "print", "--config", file.to_str().unwrap(), "--set", "scim.page=50"];
    let said = engage(&print);
    assert_eq!(said.exit, Exit::Fine, "{}", said.err);
    let text = without(&folder, &said.out);
    for line in [
        "url = \"<redacted>\" # DIR/engage.toml:2:1",
        "page = 50 # --set scim.page",
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
    assert_eq!(of("scim.page")["value"], 50);
    assert_eq!(of("cors.origins")["value"], serde_json::json!([]));
    assert_eq!(of("scim.burst")["variable"], "ENGAGE_SCIM_BURST");
}

#[test]
fn a_database_is_looked_at_before_it_is_made() {
    let platform = Platform::new();
    let status = platform.data(&["db", "status"]);
    assert_eq!((&status["state"], &status["applied"]), (&"empty".into(), &0.into()));
    assert!(!platform.at("data").exists(), "to look makes nothing");
    let migrated = platform.data(&["db", "migrate"]);
    assert_eq!((&migrated["before"], &migrated["applied"]), (&0.into(), &status["known"]));
    assert_eq!((mode(&platform.at("data")), mode(&platform.at("data/engage.db"))), (0o700, 0o600));
    let text = without(&platform.folder, &platform.told(&["db", "status"]));
    assert!(text.starts_with("SQLite in `DIR/data/engage.db`\n") && text.ends_with(": current\n"), "{text}");
    assert!(platform.told(&["db", "migrate"]).contains("already"));
}

#[test]
fn tables_of_a_newer_program_are_left_alone() {
    let platform = Platform::new();
    platform.told(&["db", "migrate"]);
    let url = format!("sqlite://{}", platform.at("data/engage.db").display());
    on_runtime(async {
        let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
        sqlx::query("UPDATE _engage_platform SET version = 9000").execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
    let said = platform.engage(&["db", "status"]);
    assert_eq!(said.exit, Exit::Problems);
    assert!(said.out.ends_with(": newer\n"), "{}", said.out);
    for arguments in [&["db", "migrate"][..], &["org", "list"], &["org", "create", "Contoso"]] {
        let (exit, err) = platform.refused(arguments);
        assert_eq!(exit, Exit::Outside);
        assert!(err.contains("version 9000") && err.contains("help: "), "{err}");
    }
    platform.told(&["db", "backup", &platform.copy()]);
    let elsewhere = Platform::new();
    let (exit, err) = elsewhere.refused(&["db", "restore", &platform.copy()]);
    assert!(exit == Exit::Problems && err.contains("version 9000"), "{err}");
    assert!(!elsewhere.at("data/engage.db").exists());
}

#[test]
fn a_copy_is_taken_while_others_write_and_put_back_where_nothing_is() {
    let platform = Platform::new();
    let contoso = platform.told(&["org", "create", "Contoso"]);
    let path = platform.at("data/engage.db");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(Database::open(path, Options::default())).unwrap();
    let writes = runtime.spawn(async move {
        for number in 1_u128.. {
            let (id, name) = (Uuid::from_u128(number), format!("Customer {number}"));
            let new = Organisation { id, name, enabled: true, created: Timestamp::UNIX_EPOCH };
            let work = server.write(new, |tx, new| Box::pin(async move { tx.create_organisation(new).await }));
            if let Err(error) = work.await {
                return Err::<(), StoreError>(error);
            }
        }
        Ok(())
    });
    assert!(platform.told(&["db", "backup", &platform.copy()]).starts_with("wrote "));
    assert!(!writes.is_finished(), "a writer goes on");
    writes.abort();
    assert_eq!(mode(&platform.at("copy.db")), 0o600);
    let (exit, err) = platform.refused(&["db", "backup", &platform.copy()]);
    assert!(exit == Exit::Usage && err.contains("`DIR/copy.db` is there already"), "{err}");
    let (exit, err) = platform.refused(&["db", "restore", &platform.copy()]);
    assert!(exit == Exit::Usage && err.contains("`DIR/data/engage.db` is there already"), "{err}");

    let elsewhere = Platform::new();
    elsewhere.told(&["db", "restore", &platform.copy()]);
    assert_eq!((mode(&elsewhere.at("data")), mode(&elsewhere.at("data/engage.db"))), (0o700, 0o600));
    assert!(elsewhere.told(&["org", "list"]).contains(contoso.trim()));
    assert_eq!(elsewhere.data(&["db", "status"])["state"], "current");
}

#[test]
fn what_is_no_copy_is_not_put_back() {
    let platform = Platform::new();
    let copy = platform.copy();
    let (exit, err) = platform.refused(&["db", "backup", &copy]);
    assert!(exit == Exit::Usage && err.contains("no such database"), "{err}");
    let (exit, err) = platform.refused(&["db", "restore", &copy]);
    assert!(exit == Exit::Usage && err.contains("`DIR/copy.db`"), "{err}");
    fs::write(&copy, "no database at all, but long enough to be taken for the head of one, if nobody looks").unwrap();
    let (exit, err) = platform.refused(&["db", "restore", &copy]);
    assert!(exit == Exit::Problems && err.contains("cannot be put back"), "{err}");
    assert!(!platform.at("data/engage.db").exists());
    let (exit, err) = platform.refused(&["db", "backup", "no/such/folder/copy.db"]);
    assert!(exit == Exit::Usage && err.contains("no such folder"), "{err}");
}

#[test]
fn organisations_are_made_found_disabled_and_enabled() {
    let platform = Platform::new();
    assert_eq!(platform.told(&["org", "list"]), "there are no organisations\n");
    let id = platform.told(&["org", "create", "Contoso"]).trim().to_owned();
    assert!(Uuid::parse_str(&id).is_ok(), "{id}");
    let test = ["--environment", "test", "--environment", "dev", "--environment", "test"];
    let adatum = platform.data(&[&["org", "create", "Adatum"][..], &test].concat());
    let environments = adatum["environments"].as_array().unwrap().iter().map(|open| open["environment"].as_str());
    assert_eq!(environments.collect::<Vec<_>>(), [Some("dev"), Some("test")]);

    assert!(platform.told(&["org", "disable", "Contoso"]).contains("disabled"));
    let listed = platform.data(&["org", "list"]);
    let names: Vec<&Value> = listed["organisations"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
    assert_eq!(names, ["Adatum", "Contoso"]);
    assert_eq!(
        (&listed["organisations"][1]["id"], &listed["organisations"][1]["enabled"]),
        (&id.as_str().into(), &false.into())
    );
    assert_eq!(platform.data(&["org", "enable", &id])["enabled"], true);
    assert!(platform.told(&["org", "list"]).contains(&format!("{id}  enabled   prod           Contoso\n")));

    let contoso = Uuid::parse_str(&id).unwrap();
    let events = platform.look(async |database| audited(&database, contoso).await);
    assert_eq!(events, ["organisation.created", "organisation.disabled", "organisation.enabled"]);
}

/// What the audit log has of an organisation, all of it done by the command line.
async fn audited(database: &Database, organisation: Uuid) -> Vec<String> {
    let (from, until) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
    let page = database.reader().audit_page(organisation, from, until, None, 100).await.unwrap();
    assert!(page.iter().all(|(_, entry)| entry.actor == "command line"), "{page:?}");
    page.into_iter().map(|(_, entry)| entry.event).collect()
}

#[test]
fn an_organisation_that_cannot_be_is_refused() {
    let platform = Platform::new();
    platform.told(&["org", "create", "Contoso"]);
    let (exit, err) = platform.refused(&["org", "create", "Contoso"]);
    assert_eq!((exit, err.as_str()), (Exit::Problems, "error: name is taken\n"));
    for name in ["", " Adatum", "A\u{7}datum", "0f0c7f5e-2a64-4d0a-9e1e-8c1c6c0a1b2d", &"a".repeat(201)] {
        assert_eq!(platform.refused(&["org", "create", name]).0, Exit::Problems, "{name:?}");
    }
    assert_eq!(platform.refused(&["org", "create", "Adatum", "--environment", "live"]).0, Exit::Usage);
    let (exit, err) = platform.refused(&["org", "disable", "Contosa"]);
    assert!(exit == Exit::Usage && err.contains("did you mean `Contoso`?"), "{err}");
    let nobody = "0f0c7f5e-2a64-4d0a-9e1e-8c1c6c0a1b2d";
    assert_eq!(platform.refused(&["org", "enable", nobody]).0, Exit::Usage);
    assert_eq!(platform.data(&["org", "list"])["organisations"].as_array().unwrap().len(), 1);
}

/// Whose token this is, by what a directory sends.
async fn known(database: &Database, secret: &str) -> Option<Token> {
    database.reader().token(&TokenDigest::of(secret), Timestamp::now()).await.unwrap()
}

#[test]
fn a_token_is_shown_once_and_kept_as_a_digest() {
    let platform = Platform::new();
    let contoso = platform.told(&["org", "create", "Contoso"]);
    let said = platform.engage(&["scim", "token", "create", "Contoso", "--expires", "30"]);
    assert_eq!(said.exit, Exit::Fine, "{}", said.err);
    let secret = said.out.trim_end().to_owned();
    assert!(secret.len() == 32 && secret.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{secret}");
    assert!(!said.err.contains(&secret), "it stands in one place");
    let listed = platform.data(&["scim", "token", "list", contoso.trim()]);
    let one = &listed["tokens"][0];
    assert!(said.err.contains(one["id"].as_str().unwrap()), "{}", said.err);
    assert_eq!(
        (&one["state"], &one["environment"], &one["last_used"]),
        (&"primary".into(), &"prod".into(), &Value::Null)
    );
    let instant = |name: &str| one[name].as_str().unwrap().parse::<Timestamp>().unwrap();
    assert_eq!(instant("expires").duration_since(instant("created")).as_secs(), 30 * 24 * 3600);

    for name in fs::read_dir(platform.at("data")).unwrap() {
        let bytes = fs::read(name.unwrap().path()).unwrap();
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "nothing keeps it");
    }
    platform.look(async |database| {
        let token = known(&database, &secret).await.unwrap();
        assert_eq!((token.environment, token.slot), (Environment::Prod, Some(Slot::Primary)));
        let events = audited(&database, token.organisation).await;
        assert_eq!(events, ["organisation.created", "scim-token.issued"]);
        assert!(database.reader().organisation(token.organisation).await.unwrap().is_some());
    });
}

#[test]
fn a_second_token_ends_the_first_after_the_overlap_and_a_third_is_refused() {
    let platform = Platform::new();
    platform.told(&["org", "create", "Contoso"]);
    let create = ["scim", "token", "create", "Contoso", "--set", "scim.secret-overlap-days=2"];
    let first = platform.data(&create);
    assert_eq!(first["expires"], Value::Null);
    let said = platform.engage(&create);
    assert!(said.err.contains(&format!("the token before it, {}, is good until ", first["id"].as_str().unwrap())));
    let (exit, err) = platform.refused(&create);
    assert!(exit == Exit::Problems && err.contains("engage scim token revoke"), "{err}");

    let tokens = platform.data(&["scim", "token", "list", "Contoso"]);
    let states: Vec<&Value> = tokens["tokens"].as_array().unwrap().iter().map(|token| &token["state"]).collect();
    assert_eq!(states, ["primary", "next"]);
    let instant =
        |token: usize, name: &str| tokens["tokens"][token][name].as_str().unwrap().parse::<Timestamp>().unwrap();
    assert_eq!(instant(0, "expires").duration_since(instant(1, "created")).as_secs(), 2 * 24 * 3600);

    let revoked = platform.data(&["scim", "token", "revoke", "Contoso", first["id"].as_str().unwrap()]);
    assert_eq!((&revoked["state"], &revoked["environment"]), (&"revoked".into(), &"prod".into()));
    let text = platform.told(&["scim", "token", "list", "Contoso"]);
    assert!(
        text.lines().any(|line| line.starts_with(first["id"].as_str().unwrap()) && line.contains("revoked")),
        "{text}"
    );
    let second = said.out.trim_end();
    platform.look(async |database| {
        assert!(known(&database, first["token"].as_str().unwrap()).await.is_none());
        let token = known(&database, second).await.unwrap();
        assert_eq!(token.slot, Some(Slot::Primary));
        let events = audited(&database, token.organisation).await;
        assert_eq!(events[1..], ["scim-token.issued", "scim-token.issued", "scim-token.revoked"]);
    });
    platform.told(&create);
}

#[test]
fn a_token_that_cannot_be_named_is_refused_and_never_repeated() {
    let platform = Platform::new();
    platform.told(&["org", "create", "Contoso", "--environment", "test"]);
    platform.told(&["org", "create", "Adatum"]);
    let (exit, err) = platform.refused(&["scim", "token", "create", "Contoso"]);
    assert!(exit == Exit::Usage && err.contains("`Contoso` has no environment `prod`"), "{err}");
    let made = platform.data(&["scim", "token", "create", "Contoso", "--environment", "test"]);
    let (id, secret) = (made["id"].as_str().unwrap(), made["token"].as_str().unwrap());
    let (exit, err) = platform.refused(&["scim", "token", "revoke", "Contoso", secret]);
    assert!(exit == Exit::Usage && !err.contains(secret), "{err}");
    let (exit, err) = platform.refused(&["scim", "token", "revoke", "Adatum", id]);
    assert!(exit == Exit::Usage && err.contains("`Adatum` has no token"), "another organisation's: {err}");
    for days in ["0", "3651", "-1", "soon"] {
        let expires = format!("--expires={days}");
        assert_eq!(platform.refused(&["scim", "token", "create", "Adatum", &expires]).0, Exit::Usage, "{days}");
    }
    platform.told(&["org", "disable", "Contoso"]);
    platform.look(async |database| assert!(known(&database, secret).await.is_none(), "disabled with its organisation"));
}

#[test]
fn the_same_holds_on_postgresql_which_is_copied_by_its_own_programs() {
    let cluster = Cluster::start();
    let url = on_runtime(cluster.database());
    let platform = Platform { setting: format!("store.url={url}"), ..Platform::new() };
    assert_eq!(platform.data(&["db", "status"])["state"], "empty");
    assert!(platform.told(&["db", "migrate"]).contains("and were of 0"));
    let status = platform.data(&["db", "status"]);
    assert_eq!(
        (&status["state"], &status["database"], &status["file"]),
        (&"current".into(), &"postgres".into(), &Value::Null)
    );
    assert!(platform.told(&["db", "status"]).starts_with("PostgreSQL\n"));
    for copying in ["backup", "restore"] {
        let (exit, err) = platform.refused(&["db", copying, &platform.copy()]);
        assert!(exit == Exit::Usage && err.contains("pg_dump"), "{err}");
    }
    platform.told(&["org", "create", "Contoso"]);
    let token = platform.data(&["scim", "token", "create", "Contoso"]);
    platform.told(&["scim", "token", "revoke", "Contoso", token["id"].as_str().unwrap()]);
    assert_eq!(platform.data(&["scim", "token", "list", "Contoso"])["tokens"][0]["state"], "revoked");
    assert_eq!(platform.data(&["org", "disable", "Contoso"])["enabled"], false);
}

#[test]
fn a_database_that_does_not_answer_is_the_outsides() {
    let folder = TempDir::new().unwrap();
    let url = format!("store.url=postgres:///none?user=engage&password=hunter2&host={}", folder.path().display());
    let said = engage(&["org", "list", "--set", &url]);
    assert_eq!(said.exit, Exit::Outside);
    assert!(
        said.err.starts_with("error: the store cannot be asked: ") && !said.err.contains("hunter2"),
        "{}",
        said.err
    );
    // A file where the folder is to be.
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let said = engage(&["db", "migrate", "--set", &format!("store.data={}", file.display())]);
    assert_eq!(said.exit, Exit::Outside);
    assert!(without(&folder, &said.err).contains("the folder `DIR/file` cannot be made: "), "{}", said.err);
}

//! Organisations, and the tokens of their directories.

use std::fs;

use engage_cli::Exit;
use engage_store::platform::{
    AuditReads as _, Database, Environment, OrganisationReads as _, Slot, Token, TokenDigest, TokenReads as _,
};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::Platform;

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

#[test]
fn the_crm_of_an_organisation_is_said_and_unsaid() {
    let platform = Platform::new();
    let id = platform.told(&["org", "create", "Contoso"]).trim().to_owned();
    assert_eq!(platform.data(&["org", "list"])["organisations"][0]["crm"], Value::Null);
    assert_eq!(platform.data(&["org", "crm", "Contoso", "salesforce"])["crm"], "salesforce");
    assert!(platform.told(&["org", "crm", &id, "salesforce"]).ends_with("Contoso  on salesforce\n"));
    assert_eq!(platform.data(&["org", "crm", "Contoso", "--unknown"])["crm"], Value::Null);
    for wrong in [&["Contoso"][..], &["Contoso", "a b"], &["Contoso", "salesforce", "--unknown"], &["Nobody", "x"]] {
        assert_eq!(platform.refused(&[&["org", "crm"][..], wrong].concat()).0, Exit::Usage, "{wrong:?}");
    }
    let contoso = Uuid::parse_str(&id).unwrap();
    let events = platform.look(async |database| audited(&database, contoso).await);
    assert_eq!(
        events,
        ["organisation.created", "organisation.crm", "organisation.crm"],
        "what is said again is no news"
    );
}

/// What the audit log has of an organisation, all of it done by the command line.
pub(super) async fn audited(database: &Database, organisation: Uuid) -> Vec<String> {
    let (from, until) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
    let page = database.reader().audit_page(organisation, from, until, None, 100).await.unwrap();
    assert!(page.iter().all(|(_, entry)| entry.actor == "command line"), "{page:?}");
    page.into_iter().map(|(_, entry)| entry.event).collect()
}

#[test]
fn an_environment_is_added_once_and_has_tokens_of_its_own() {
    let platform = Platform::new();
    let id = platform.told(&["org", "create", "Contoso"]).trim().to_owned();
    let (exit, _) = platform.refused(&["scim", "token", "create", "Contoso", "--environment", "test"]);
    assert_eq!(exit, Exit::Usage);
    let said = platform.told(&["org", "environment", "add", "Contoso", "test"]);
    assert_eq!(said, format!("{id}  enabled   prod,test      Contoso\n"));
    let dev = platform.data(&["org", "environment", "add", &id, "dev"]);
    let environments = dev["environments"].as_array().unwrap().iter().map(|open| open["environment"].as_str());
    assert_eq!(environments.collect::<Vec<_>>(), [Some("dev"), Some("prod"), Some("test")]);
    platform.told(&["scim", "token", "create", "Contoso", "--environment", "test"]);
    let (exit, err) = platform.refused(&["org", "environment", "add", "Contoso", "test"]);
    assert_eq!((exit, err.as_str()), (Exit::Problems, "error: `Contoso` has the environment `test` already\n"));
    for arguments in [["Contosa", "dev"], ["Contoso", "live"]] {
        assert_eq!(platform.refused(&[&["org", "environment", "add"][..], &arguments].concat()).0, Exit::Usage);
    }
    let events = platform.look(async |database| audited(&database, id.parse().unwrap()).await);
    let opened = ["environment.opened", "environment.opened"];
    assert_eq!((events[0].as_str(), &events[1..3]), ("organisation.created", &opened.map(str::to_owned)[..]));
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
        // What a connection keeps beside the file goes with it.
        let bytes = match fs::read(name.unwrap().path()) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            bytes => bytes.unwrap(),
        };
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

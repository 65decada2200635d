//! Tenants and clients: who may call in the name of an organisation.

use engage_cli::Exit;
use engage_store::platform::{ClientReads as _, OrganisationReads as _};
use serde_json::Value;
use uuid::Uuid;

use super::Platform;
use super::customers::audited;

const TENANT: &str = "8b0e6c1f-3a52-4b7e-9c55-0d6f2b1a4e77";
const CLIENT: &str = "0f0c7f5e-2a64-4d0a-9e1e-8c1c6c0a1b2d";
const KEY: &str = "7d1c3b5a-1111-4222-8333-944455566677";

#[test]
fn a_tenant_is_added_limited_disabled_and_removed() {
    let platform = Platform::new();
    let id = platform.told(&["org", "create", "Contoso"]).trim().to_owned();
    assert_eq!(platform.told(&["org", "tenant", "list", "Contoso"]), "no tenant leads to Contoso\n");
    let added = platform.told(&["org", "tenant", "add", "Contoso", TENANT]);
    assert_eq!(added, format!("{TENANT}  prod  enabled   any role      any application\n"));
    let (exit, err) = platform.refused(&["org", "tenant", "add", &id, TENANT]);
    assert!(exit == Exit::Problems && err.contains("already") && err.contains("engage org tenant limit"), "{err}");
    let limited = platform.data(&["org", "tenant", "limit", "Contoso", TENANT, "--cap", "Manager", "--client", CLIENT]);
    assert_eq!((&limited["cap"], &limited["clients"]), (&"Manager".into(), &serde_json::json!([CLIENT])));
    assert_eq!(platform.data(&["org", "tenant", "disable", "Contoso", TENANT])["enabled"], false);
    let listed = platform.data(&["org", "tenant", "list", "Contoso"]);
    let one = &listed["tenants"][0];
    assert_eq!((&one["tenant"], &one["organisation"]), (&TENANT.into(), &id.as_str().into()));
    assert_eq!((&one["cap"], &one["enabled"]), (&"Manager".into(), &false.into()));
    assert!(platform.told(&["org", "tenant", "enable", "Contoso", TENANT]).contains("Manager       0f0c7f5e"));
    platform.look(async |database| {
        assert_eq!(database.reader().choices(TENANT.parse().unwrap()).await.unwrap().len(), 1);
    });
    let removed = platform.told(&["org", "tenant", "remove", "Contoso", TENANT]);
    assert_eq!(removed, format!("{TENANT}  prod  removed\n"));
    let events = platform.look(async |database| audited(&database, id.parse().unwrap()).await);
    let expected = ["tenant.mapped", "tenant.limited", "tenant.disabled", "tenant.enabled", "tenant.unmapped"];
    assert_eq!(events[1..], expected);
}

#[test]
fn a_tenant_that_cannot_be_is_refused() {
    let platform = Platform::new();
    platform.told(&["org", "create", "Contoso"]);
    for arguments in [
        &["add", "Contoso", "contoso.example"][..],
        &["add", "Contoso", TENANT, "--cap", "admin"],
        &["add", "Contoso", TENANT, "--environment", "dev"],
        &["add", "Contosa", TENANT],
        &["limit", "Contoso", TENANT],
        &["disable", "Contoso", TENANT],
        &["remove", "Contoso", TENANT],
    ] {
        let (exit, err) = platform.refused(&[&["org", "tenant"][..], arguments].concat());
        assert_eq!(exit, Exit::Usage, "{arguments:?}: {err}");
    }
}

#[test]
fn a_client_is_registered_once_and_its_secrets_are_dates() {
    let platform = Platform::new();
    let id = platform.told(&["org", "create", "Contoso"]).trim().to_owned();
    platform.told(&["org", "create", "Adatum"]);
    assert_eq!(platform.told(&["client", "list", "Contoso"]), "Contoso has no clients\n");
    let made = platform.data(&["client", "register", "Contoso", CLIENT, "--label", "core banking"]);
    assert_eq!((&made["client"], &made["organisation"]), (&CLIENT.into(), &id.as_str().into()));
    assert_eq!((&made["label"], &made["enabled"]), (&"core banking".into(), &true.into()));
    for organisation in ["Contoso", "Adatum"] {
        let (exit, err) = platform.refused(&["client", "register", organisation, CLIENT, "--label", "other"]);
        assert!(exit == Exit::Problems && err.contains("registered already") && !err.contains("core"), "{err}");
    }
    let added = ["client", "secret", "add", "Contoso", CLIENT, KEY, "--ends", "2098-06-01"];
    let line = platform.told(&added);
    assert_eq!(line, format!("{CLIENT}  prod  enabled   secrets end 2098-06-01T00:00:00Z  core banking\n"));
    assert_eq!(platform.refused(&added).0, Exit::Problems);
    let listed = platform.data(&["client", "list", &id]);
    assert_eq!(listed["clients"][0]["secrets"][0]["id"], KEY);
    platform.told(&["client", "secret", "remove", "Contoso", CLIENT, KEY]);
    assert_eq!(platform.refused(&["client", "secret", "remove", "Contoso", CLIENT, KEY]).0, Exit::Usage);
    let leads = |platform: &Platform| {
        platform.look(async |database| database.reader().client(CLIENT.parse().unwrap()).await.unwrap())
    };
    assert_eq!(leads(&platform).map(|(organisation, _)| organisation), Some(id.parse::<Uuid>().unwrap()));
    assert!(platform.told(&["client", "disable", "Contoso", CLIENT]).contains("disabled"));
    assert!(leads(&platform).is_none());
    assert_eq!(platform.data(&["client", "enable", "Contoso", CLIENT])["enabled"], true);
    let events = platform.look(async |database| audited(&database, id.parse().unwrap()).await);
    let expected =
        ["client.registered", "client-secret.added", "client-secret.removed", "client.disabled", "client.enabled"];
    assert_eq!(events[1..], expected);
}

#[test]
fn a_client_that_cannot_be_is_refused_and_no_secret_is_repeated() {
    let platform = Platform::new();
    platform.told(&["org", "create", "Contoso"]);
    for arguments in [
        &["register", "Contoso", "core", "--label", "x"][..],
        &["register", "Contoso", CLIENT],
        &["register", "Contoso", CLIENT, "--label", "x", "--environment", "dev"],
        &["disable", "Contoso", CLIENT],
        &["secret", "add", "Contoso", CLIENT, KEY, "--ends", "2098-06-01"],
        &["secret", "add", "Contoso", CLIENT, KEY, "--ends", "soon"],
    ] {
        let (exit, err) = platform.refused(&[&["client"][..], arguments].concat());
        assert_eq!(exit, Exit::Usage, "{arguments:?}: {err}");
    }
    platform.told(&["client", "register", "Contoso", CLIENT, "--label", "x"]);
    let (exit, err) =
        platform.refused(&["client", "secret", "add", "Contoso", CLIENT, "hunter2~secret", "--ends", "2098-06-01"]);
    assert!(exit == Exit::Usage && !err.contains("hunter2"), "{err}");
    let (exit, err) = platform.refused(&["client", "disable", "Contoso", "hunter2~secret"]);
    assert!(exit == Exit::Usage && !err.contains("hunter2"), "{err}");
    let past = ["client", "secret", "add", "Contoso", CLIENT, KEY, "--ends", "2001-01-01"];
    let (exit, err) = platform.refused(&[&past[..], &["--format", "json"]].concat());
    let told: Value = serde_json::from_str(&err).unwrap();
    assert_eq!(
        (exit, told["message"].as_str()),
        (Exit::Problems, Some("a secret that ends before it starts cannot be kept"))
    );
}

//! What lets somebody in, and when it ends.

use engage_cli::Exit;
use serde_json::{Value, json};

use super::Platform;

const CLIENT: &str = "0f0c7f5e-2a64-4d0a-9e1e-8c1c6c0a1b2d";
const OLD: &str = "7d1c3b5a-1111-4222-8333-944455566677";
const NEW: &str = "7d1c3b5a-1111-4222-8333-944455566678";

/// Two secrets of a back-end, one of which has ended, and a token of a directory of another organisation.
fn platform() -> (Platform, String) {
    let platform = Platform::new();
    platform.told(&["org", "create", "Contoso", "--environment", "prod", "--environment", "test"]);
    platform.told(&["org", "create", "Adatum"]);
    platform.told(&["client", "register", "Contoso", CLIENT, "--label", "core banking", "--environment", "test"]);
    for (key, ends) in [(NEW, "2098-06-01"), (OLD, "2001-06-01")] {
        let dates = ["--starts", "2000-01-01", "--ends", ends];
        platform.told(&[&["client", "secret", "add", "Contoso", CLIENT, key][..], &dates].concat());
    }
    let token = platform.told(&["scim", "token", "create", "Adatum"]).trim().to_owned();
    (platform, token)
}

#[test]
fn what_ends_first_is_first_and_no_value_is_told() {
    let (platform, token) = platform();
    let all = platform.data(&["credentials"]);
    let told: Vec<[&Value; 4]> = all["credentials"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| [&one["kind"], &one["ends"], &one["state"], &one["replaced"]])
        .collect();
    assert_eq!(
        told,
        [
            [&json!("client-secret"), &json!("2001-06-01T00:00:00Z"), &json!("ended"), &json!(true)],
            [&json!("client-secret"), &json!("2098-06-01T00:00:00Z"), &json!("good"), &json!(false)],
            [&json!("scim-secret"), &Value::Null, &json!("good"), &json!(false)],
        ]
    );
    let (old, last) = (&all["credentials"][0], &all["credentials"][2]);
    assert_eq!((&old["id"], &old["holder"], &old["label"]), (&json!(OLD), &json!(CLIENT), &json!("core banking")));
    assert_eq!((&old["days_left"], &last["days_left"]), (&json!(0), &Value::Null));
    let text = platform.told(&["credentials"]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        format!("2001-06-01T00:00:00Z      0 days  replaced  client-secret  {CLIENT}  {OLD}  core banking  Contoso")
    );
    assert!(
        lines[2].starts_with("no end") && lines[2].contains("scim-secret") && lines[2].ends_with("Adatum"),
        "{text}"
    );
    assert!(!text.contains(&token) && !all.to_string().contains(&token));
}

#[test]
fn those_are_listed_that_are_asked_for() {
    let (platform, _) = platform();
    for (arguments, many) in [
        (&["Contoso"][..], 2),
        (&["Adatum"], 1),
        (&["--environment", "test"], 2),
        (&["--environment", "prod"], 1),
        (&["--kind", "scim-secret"], 1),
        (&["--kind", "kept-secret"], 0),
        (&["--ends-before", "2050-01-01"], 1),
    ] {
        let told = platform.data(&[&["credentials"][..], arguments].concat());
        assert_eq!(told["credentials"].as_array().unwrap().len(), many, "{arguments:?}: {told}");
    }
    let none = "there is nothing that lets anybody in, or nothing that is asked for\n";
    assert_eq!(platform.told(&["credentials", "--kind", "kept-secret"]), none);
    for wrong in [&["Contosa"][..], &["--kind", "password"], &["--environment", "stage"], &["--ends-before", "soon"]] {
        assert_eq!(platform.refused(&[&["credentials"][..], wrong].concat()).0, Exit::Usage, "{wrong:?}");
    }
}

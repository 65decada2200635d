//! What it does not start with.

use engage_cli::commands::serve::VARIABLES;

use crate::kit::{Place, TOKEN};

/// Arguments, variables, variables that are not set; how it ends, and what it says.
type Case<'c> = (&'c [&'c str], &'c [(&'c str, &'c str)], &'c [&'c str], i32, &'c str);

/// How it ends, and what it says.
fn refused(place: &Place, without: &[&str]) -> (i32, String) {
    let mut command = place.command();
    for name in without {
        command.env_remove(name);
    }
    let said = command.output().unwrap();
    assert!(said.stdout.is_empty());
    (said.status.code().unwrap(), String::from_utf8(said.stderr).unwrap())
}

#[test]
fn it_does_not_start_with_what_is_not_safe_or_not_there() {
    let journal = [("ENGAGE_JOURNAL", "runs.sqlite")];
    let cases: [Case<'_>; 15] = [
        (&[], &[], &["ENGAGE_TOKEN"], 2, "`ENGAGE_TOKEN` is not set"),
        (&[], &[("ENGAGE_TOKEN", "short")], &[], 2, "`ENGAGE_TOKEN` is too short"),
        (&[], &[("ENGAGE_WEBHOOK_SECRET_PUSH", "whsec_no")], &[], 2, "`ENGAGE_WEBHOOK_SECRET_PUSH`"),
        (&[], &[("ENGAGE_LOG", "a=b=c")], &[], 2, "`ENGAGE_LOG`"),
        (&["--keep", "0"], &[], &[], 2, "the least is `1min`"),
        (&[], &[("ENGAGE_KEEP", "soon")], &[], 2, "`ENGAGE_KEEP`: write a time"),
        (&[], &[("ENGAGE_KEEP_UNFINISHED", "1")], &[], 2, "`ENGAGE_KEEP_UNFINISHED`: write a time"),
        (&["--audit", "/no/such/folder/a.jsonl"], &[], &[], 2, "there is no such folder"),
        (&["--ai", "no/such.yaml"], &[], &[], 2, "there is no such file"),
        (&[], &[("ENGAGE_JOURNAL", "postgres://me:hidden@127.0.0.1:1/x")], &[], 3, "`postgres`: the journal"),
        (&["--engine", "restate"], &[], &[], 2, "`--journal` stands there"),
        (&["--engine", "restate", "--keep-unfinished", "9d"], &journal, &[], 2, "end at their deadline"),
        (&["--worker", "127.0.0.1:0"], &[], &[], 2, "options of Restate"),
        (&["--engine", "restate", "--worker", "0.0.0.0:0"], &journal, &[], 2, "--behind-tls-proxy"),
        (
            &["--engine", "restate", "--worker", "127.0.0.1:0", "--restate-key", "no"],
            &journal,
            &[],
            2,
            "`--restate-key`",
        ),
    ];
    for (arguments, variables, without, exit, word) in cases {
        let place = Place::new().with(arguments, variables);
        let (code, said) = refused(&place, without);
        assert_eq!(code, exit, "{word}: {said}");
        assert!(said.contains(word) && !said.contains("hidden") && !said.contains(TOKEN), "{word}: {said}");
    }
}

#[test]
fn it_listens_beyond_this_machine_behind_a_proxy_alone() {
    for (option, code) in [("--listen", 2), ("--metrics", 2)] {
        let mut command = std::process::Command::new(crate::kit::PROGRAM);
        command.args(["serve", "--crm", "memory", "--journal", "x", option, "0.0.0.0:0"]);
        let said = command.output().unwrap();
        assert_eq!(said.status.code(), Some(code));
        assert!(String::from_utf8(said.stderr).unwrap().contains("--behind-tls-proxy"));
    }
}

#[test]
fn restate_does_not_take_what_it_cannot_keep() {
    let place = Place::new().with(&["--engine", "restate"], &[("ENGAGE_JOURNAL", "unread")]);
    let text =
        "playbook one \"One\" {\n  concurrency 1\n  trigger Manual(name: string)\n  output name = trigger.name\n}\n";
    std::fs::write(place.path("workspace/one.engage"), text).unwrap();
    let (code, said) = refused(&place, &[]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("does not support a bound on runs at the same time, as `one` has"), "{said}");
}

#[test]
fn a_workspace_with_an_error_is_refused_at_its_line() {
    let place = Place::new();
    std::fs::write(place.path("workspace/bad.engage"), "pattern p \"P\" {\n  a : nothing\n}\n").unwrap();
    let (code, said) = refused(&place, &[]);
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("bad.engage:2"), "{said}");
}

#[test]
fn credentials_of_one_employee_are_for_nobody_else() {
    let place = Place::new();
    let mut command = place.command();
    let crm = [("URL", "https://crm.example"), ("TOKEN_URL", "https://crm.example/t"), ("CLIENT_ID", "c")];
    command.envs(crm.map(|(name, value)| (format!("ENGAGE_DATAVERSE_{name}"), value)));
    command.env("ENGAGE_DATAVERSE_CLIENT_SECRET", "hidden").env("ENGAGE_DATAVERSE_ASSERTION", "hidden");
    command.args(["--ai", "local"]);
    let arguments: Vec<String> = command.get_args().map(|text| text.to_string_lossy().into_owned()).collect();
    let arguments = arguments.iter().map(|text| if text.starts_with("memory:") { "dataverse" } else { text.as_str() });
    let mut changed = std::process::Command::new(crate::kit::PROGRAM);
    changed.args(arguments).envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let said = changed.output().unwrap();
    let text = String::from_utf8(said.stderr).unwrap();
    assert_eq!(said.status.code(), Some(2), "{text}");
    assert!(text.contains("`ENGAGE_DATAVERSE_ASSERTION`") && text.contains("--acting") && !text.contains("hidden"));
}

#[test]
fn the_readme_knows_every_variable() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    for (name, _) in VARIABLES.iter().chain(&[("OTEL_EXPORTER_OTLP_ENDPOINT", ""), ("OTEL_SERVICE_NAME", "")]) {
        assert!(readme.contains(name), "{name}");
    }
}

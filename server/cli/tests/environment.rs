//! Settings of a platform in the environment of the program.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Command, Output};

fn engage(arguments: &[&str], variables: &[(&str, &OsStr)]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_engage"));
    let Output { status, stdout, stderr } =
        command.env_clear().args(arguments).envs(variables.iter().copied()).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

#[test]
fn a_variable_wins_over_the_file_and_an_option_over_both() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("engage.toml");
    std::fs::write(&file, "[scim]\nburst = 1\nsilence-hours = 1\npurge-days = 1\n").unwrap();
    let print = ["config", "print", "--config", file.to_str().unwrap(), "--set", "scim.silence-hours=3"];
    let variables = [("ENGAGE_SCIM_BURST", "2"), ("ENGAGE_SCIM_SILENCE_HOURS", "2"), ("ENGAGE_METRICS_LISTEN", "")];
    let (code, out, err) = engage(&print, &variables.map(|(name, value)| (name, OsStr::new(value))));
    assert_eq!(code, Some(0), "{err}");
    for line in [
        "burst = 2 # ENGAGE_SCIM_BURST",
        "silence-hours = 3 # --set scim.silence-hours",
        "purge-days = 1 # ",
        "listen = \"\" # ENGAGE_METRICS_LISTEN",
    ] {
        assert!(out.lines().any(|found| found.starts_with(line)), "{line}: {out}");
    }
}

#[test]
fn a_variable_that_is_no_setting_is_a_mistake_and_one_of_others_is_none() {
    let (code, out, err) = engage(&["config", "check"], &[("ENGAGE_STORE_DATE", OsStr::new("hunter2"))]);
    assert_eq!((code, out.as_str()), (Some(1), "1 error\n"));
    assert!(
        err.contains("ENGAGE_STORE_DATE") && err.contains("`ENGAGE_STORE_DATA`") && !err.contains("hunter2"),
        "{err}"
    );
    let others =
        [("ENGAGE_TOKEN", OsStr::new("t")), ("ENGAGE_LOG", OsStr::new("debug")), ("STORE_DATA", OsStr::new(""))];
    assert_eq!(engage(&["config", "check"], &others).0, Some(0));
    let (code, _, err) = engage(&["config", "check"], &[("ENGAGE_STORE_DATA", OsStr::from_bytes(b"hunter2\xff"))]);
    assert_eq!(code, Some(2));
    assert!(err.contains("`ENGAGE_STORE_DATA` is no text") && !err.contains("hunter2"), "{err}");
}

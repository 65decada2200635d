//! Keys that are not there, are other ones, or are open to others.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use engage_cli::Exit;

use super::{BROKER, CRM, Platform, contoso, key, refused, told};
use crate::cli::{engage_with, without};

#[test]
fn without_a_key_everything_goes_on_until_a_secret_is_to_be_kept() {
    let platform = Platform::new();
    contoso(&platform);
    for command in [&["secrets", "put", "Contoso", CRM][..], &["secrets", "rotate"]] {
        let (exit, err) = refused(&platform, &[], command, "hunter2");
        assert_eq!(exit, Exit::Problems);
        assert!(
            err.contains("no key is configured")
                && err.contains("openssl rand -hex 32")
                && err.contains("keys.current-file"),
            "{err}"
        );
    }
}

#[test]
fn a_key_is_read_where_its_owner_alone_can_read_it() {
    let platform = Platform::new();
    contoso(&platform);
    let put = ["secrets", "put", "Contoso", CRM];
    let with = |current: &str, previous: &str| {
        let set = [format!("keys.current-file={current}"), format!("keys.previous-files={previous}")];
        let said =
            engage_with(&[&put[..], &["--set", &platform.setting, "--set", &set[0], "--set", &set[1]]].concat(), "x");
        assert_eq!((said.exit, said.out.as_str()), (Exit::Problems, ""), "{}", said.err);
        without(&platform.folder, &said.err)
    };
    let (a, b) = (key(&platform, "a"), key(&platform, "b"));
    for (mode, told) in [(0o640, "0640"), (0o604, "0604"), (0o666, "0666")] {
        fs::set_permissions(&a, fs::Permissions::from_mode(mode)).unwrap();
        let err = with(&a, "");
        assert!(
            err.contains("`DIR/a.key` is open to others") && err.contains(told) && err.contains("chmod 600"),
            "{err}"
        );
    }
    // Everything at once.
    fs::write(&b, "hunter2").unwrap();
    let err = with(&a, &format!("{b},/no/such.key"));
    assert!(
        err.contains("a.key` is open")
            && err.contains("`DIR/b.key` holds no key")
            && err.contains("`/no/such.key` cannot be read"),
        "{err}"
    );
    assert!(!err.contains("hunter2"), "{err}");
    fs::set_permissions(&a, fs::Permissions::from_mode(0o400)).unwrap();
    fs::copy(&a, platform.at("again.key")).unwrap();
    let err = with(&a, platform.at("again.key").to_str().unwrap());
    assert!(err.contains("two keys are called `a`"), "{err}");
}

#[test]
fn a_key_that_is_missing_or_another_one_is_named() {
    let platform = Platform::new();
    contoso(&platform);
    told(&platform, &["a"], &["secrets", "put", "Contoso", CRM], "hunter2");
    for command in
        [&["secrets", "put", "Contoso", CRM][..], &["secrets", "promote", "Contoso", CRM], &["secrets", "rotate"]]
    {
        let (exit, err) = refused(&platform, &["b"], command, "hunter3");
        assert!(exit == Exit::Problems && err.starts_with("error: the key `a` is missing\nhelp: "), "{err}");
        let (exit, err) = refused(&platform, &[], command, "hunter3");
        assert!(exit == Exit::Problems && (err.contains("the key `a` is missing")), "{err}");
    }
    // Another key under the same name.
    key(&platform, "a");
    let other = platform.at("other.key");
    fs::write(&other, format!("a:{}", "7".repeat(64))).unwrap();
    fs::set_permissions(&other, fs::Permissions::from_mode(0o600)).unwrap();
    let set = format!("keys.current-file={}", other.display());
    let (exit, err) = platform.refused(&["secrets", "rotate", "--set", &set]);
    assert_eq!(exit, Exit::Problems);
    assert!(err.starts_with("error: the key `a` is not the one that secrets were sealed under\nhelp: "), "{err}");
    assert!(!err.contains("7777"), "{err}");
    // It is still listed and removed.
    assert!(platform.told(&["secrets", "list"]).contains("key a"));
    platform.told(&["secrets", "remove", "Contoso", CRM]);
    told(&platform, &["b"], &["secrets", "put", "Contoso", CRM], "hunter3");
}

#[test]
fn a_copy_holds_no_key_and_is_of_no_use_without_it() {
    let platform = Platform::new();
    contoso(&platform);
    told(&platform, &["a"], &["secrets", "put", "Contoso", CRM], "hunter2");
    platform.told(&["db", "backup", &platform.copy()]);
    let bytes = fs::read(platform.at("copy.db")).unwrap();
    let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    assert!(holds(b"crm.client-secret"), "it is the copy");
    assert!(!holds(&[0xaa; 32]) && !holds("a".repeat(64).as_bytes()) && !holds(b"hunter2"));
    let elsewhere = Platform::new();
    elsewhere.told(&["db", "restore", &platform.copy()]);
    let (exit, err) = refused(&elsewhere, &["b"], &["secrets", "put", "Contoso", BROKER], "hunter3");
    assert!(exit == Exit::Problems && err.contains("the key `a` is missing"), "{err}");
    assert!(elsewhere.told(&["secrets", "list"]).contains(CRM));
    told(&elsewhere, &["a"], &["secrets", "put", "Contoso", BROKER], "hunter3");
}

//! Settings that would let in whom they should not are refused, all problems at once.

use engage_identity::{Authority, Misconfigured, Validator};

use crate::kit::{BASE, CONSUMERS, Kit, settings};

#[tokio::test]
async fn everything_wrong_is_told_at_once() {
    let mut wrong = settings(BASE);
    wrong.authority = Authority {
        base: "http://login.example".to_owned(),
        issuer_v1: "https://sts.example/".to_owned(),
        issuer_v2: "https://{tenantid}/{tenantid}".to_owned(),
        ..Authority::entra()
    };
    wrong.management.uri = "api://x/".to_owned();
    let systems = wrong.systems.as_mut().unwrap();
    systems.tenant = CONSUMERS;
    systems.api = wrong.management.clone();
    systems.permission = Some(String::new());
    let all = [
        Misconfigured::Authority,
        Misconfigured::Issuer,
        Misconfigured::Uri,
        Misconfigured::OneApi,
        Misconfigured::Consumers,
        Misconfigured::Permission,
    ];
    assert_eq!(wrong.problems(), all);
    let kit = Kit::cold();
    let refused = Validator::new(wrong, kit.keys.clone(), kit.directory.clone().into(), kit.time.clone()).unwrap_err();
    assert_eq!(refused, [all.as_slice(), &[Misconfigured::OtherKeys]].concat());
    let other = engage_identity::Settings { authority: Authority::entra(), ..settings(BASE) };
    let refused = Validator::new(other, kit.keys, kit.directory.into(), kit.time).unwrap_err();
    assert_eq!(refused, [Misconfigured::OtherKeys]);
}

#[test]
fn keys_come_over_tls_or_from_this_machine() {
    for (base, allowed) in [
        ("https://login.microsoftonline.us", true),
        ("http://127.0.0.1:4000", true),
        ("http://[::1]:4000", true),
        ("http://localhost:4000", false),
        ("http://10.0.0.1", false),
        ("http://127.0.0.1.example", false),
        ("ftp://127.0.0.1", false),
        ("login.microsoftonline.com", false),
        ("", false),
    ] {
        let authority = Authority { base: base.to_owned(), ..Authority::entra() };
        let problems = engage_identity::Settings { authority: authority.clone(), ..settings(BASE) }.problems();
        assert_eq!(problems.is_empty(), allowed, "{base}");
        assert_eq!(engage_identity::HttpFetch::new(&authority).is_ok(), allowed, "{base}");
    }
    assert!(!Authority::entra().is_local());
    assert!(Authority::local("http://127.0.0.1:4000/").is_local());
}

//! Keys: rolled over, removed, unreachable, late, and asked for by many at once.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engage_identity::keys::{KeyProblem, NotRefreshed, Whose};
use engage_identity::{Authority, Keys, Presented, Reason, Settings, Validator, Version};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::kit::{
    BASE, Kit, MANAGEMENT, OTHER_ORGANISATION, OTHER_TENANT, PLATFORM, STRANGER, TENANT, UI, bearer, but, mapping,
    person, settings,
};

const HOUR: i64 = 3600;
const SETS: &str = "/discovery/v2.0/keys";

fn own() -> String {
    format!("{TENANT}{SETS}")
}

#[tokio::test]
async fn a_new_key_is_taken_in_when_a_token_names_it() {
    let kit = Kit::warm().await;
    let old = kit.sign(&kit.user());
    kit.issuer.roll_over().unwrap();
    let new = kit.sign(&kit.user());
    let before = kit.fetch.count(&own());
    kit.authenticate(&new).await.unwrap();
    assert_eq!(kit.fetch.count(&own()), before + 1);
    kit.authenticate(&old).await.unwrap();
    assert_eq!(kit.fetch.count(&own()), before + 1, "several keys are good at once");
}

#[tokio::test]
async fn a_removed_key_is_not_trusted_from_the_next_refresh_on() {
    let kit = Kit::warm().await;
    let old = kit.sign(&kit.user());
    kit.issuer.roll_over().unwrap();
    kit.issuer.retire();
    kit.authenticate(&old).await.unwrap();
    assert_eq!(kit.keys.refresh().await, []);
    assert_eq!(kit.authenticate(&old).await.unwrap_err().reason, Reason::KeyUnknown);
    kit.authenticate(&kit.sign(&kit.user())).await.unwrap();
}

#[tokio::test]
async fn an_unknown_key_is_asked_for_once_in_five_minutes() {
    let kit = Kit::warm().await;
    let token = |n: usize| {
        let header = but(&kit.issuer.header(), json!({"kid": format!("unknown-{n}")}));
        kit.issuer.sign_as(&header, &kit.user()).unwrap()
    };
    let before = kit.fetch.count(&own());
    for n in 0..50 {
        assert_eq!(kit.authenticate(&token(n)).await.unwrap_err().reason, Reason::KeyUnknown);
    }
    assert_eq!(kit.fetch.count(&own()), before + 1);
    kit.time.forward(299);
    kit.authenticate(&token(50)).await.unwrap_err();
    assert_eq!(kit.fetch.count(&own()), before + 1);
    kit.time.forward(1);
    kit.authenticate(&token(51)).await.unwrap_err();
    assert_eq!(kit.fetch.count(&own()), before + 2);
}

#[tokio::test]
async fn the_allowance_is_the_tenants_and_not_the_versions() {
    let kit = Kit::warm().await;
    let v1 = engage_identity::issuer::Resource { version: Version::V1, ..kit.resource(0).clone() };
    let claims = kit.issuer.user_claims(&person(TENANT, 1, &["Manager"]), &v1, UI);
    kit.authenticate(&kit.sign(&claims)).await.unwrap();
    let header = but(&kit.issuer.header(), json!({"kid": "unknown"}));
    let before = kit.fetch.all();
    for claims in [&claims, &kit.user()] {
        kit.authenticate(&kit.issuer.sign_as(&header, claims).unwrap()).await.unwrap_err();
    }
    assert_eq!(kit.fetch.all(), before + 2, "metadata and keys, once");
}

#[tokio::test]
async fn while_nobody_answers_what_was_there_is_good_for_a_day_more() {
    let kit = Kit::warm().await;
    kit.fetch.down.store(true, Ordering::SeqCst);
    let tried = || kit.fetch.all();
    kit.time.forward(24 * HOUR);
    let before = tried();
    kit.authenticate(&kit.sign(&kit.user())).await.unwrap();
    assert_eq!(tried(), before, "keys are good for a day");
    kit.time.forward(1);
    kit.authenticate(&kit.sign(&kit.user())).await.unwrap();
    assert_eq!(tried(), before + 1, "then they are asked for");
    kit.authenticate(&kit.sign(&kit.user())).await.unwrap();
    assert_eq!(tried(), before + 1, "once in five minutes");
    let failed = kit.keys.refresh().await;
    assert!(failed.contains(&NotRefreshed {
        whose: Whose::Tenant(TENANT),
        version: Version::V2,
        problem: KeyProblem::Unreachable
    }));
    kit.time.forward(24 * HOUR - 1);
    kit.authenticate(&kit.sign(&kit.user())).await.unwrap();
    kit.time.forward(1);
    assert_eq!(kit.authenticate(&kit.sign(&kit.user())).await.unwrap_err().reason, Reason::KeysUnavailable);
    let stranger = kit.issuer.user_claims(&person(STRANGER, 3, &[]), kit.resource(0), UI);
    assert_eq!(kit.authenticate(&kit.sign(&stranger)).await.unwrap_err().reason, Reason::KeysUnavailable);
    kit.fetch.down.store(false, Ordering::SeqCst);
    kit.time.forward(30);
    kit.authenticate(&kit.sign(&kit.user())).await.unwrap();
}

#[tokio::test]
async fn many_at_once_make_one_fetch() {
    let kit = Kit::cold();
    kit.fetch.gated.store(true, Ordering::SeqCst);
    let token = kit.sign(&kit.user());
    let all = join_all((0..200).map(|_| kit.authenticate(&token)));
    let opened = async {
        while kit.fetch.waiting.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        kit.fetch.gate.add_permits(1000);
    };
    let (all, ()) = tokio::join!(all, opened);
    assert!(all.iter().all(Result::is_ok));
    assert_eq!(
        *kit.fetch.asked.lock().unwrap(),
        [
            format!("{}/{TENANT}/v2.0/.well-known/openid-configuration", BASE),
            format!("{}/{TENANT}/discovery/v2.0/keys", BASE),
        ]
    );
}

#[tokio::test]
async fn whoever_goes_away_neither_ends_a_fetch_nor_starts_another() {
    let kit = Kit::cold();
    kit.fetch.gated.store(true, Ordering::SeqCst);
    let token = kit.sign(&kit.user());
    for _ in 0..20 {
        tokio::select! {
            _ = kit.authenticate(&token) => panic!("nothing can have come"),
            () = async {
                for _ in 0..10 {
                    tokio::task::yield_now().await;
                }
            } => (),
        }
    }
    assert_eq!(kit.fetch.all(), 1);
    kit.fetch.gate.add_permits(2);
    kit.authenticate(&token).await.unwrap();
    assert_eq!(kit.fetch.all(), 2, "the metadata that was on its way, and the keys");
}

#[tokio::test]
async fn late_keys_hold_up_nobody_whose_key_is_there() {
    let kit = Kit::warm().await;
    kit.fetch.gated.store(true, Ordering::SeqCst);
    let known = kit.sign(&kit.user());
    kit.issuer.roll_over().unwrap();
    let token = kit.sign(&kit.user());
    let late = kit.authenticate(&token);
    let meanwhile = async {
        while kit.fetch.waiting.load(Ordering::SeqCst) == 0 {
            tokio::task::yield_now().await;
        }
        kit.authenticate(&known).await.unwrap();
        kit.fetch.gate.add_permits(2);
    };
    let (late, ()) = tokio::join!(late, meanwhile);
    late.unwrap();
}

#[tokio::test]
async fn a_strangers_token_makes_no_call_and_does_not_tell_who_is_a_customer() {
    let kit = Kit::cold();
    let stranger = kit.issuer.user_claims(&person(STRANGER, 3, &["Admin"]), kit.resource(0), UI);
    let token = kit.sign(&stranger);
    assert_eq!(kit.authenticate(&token).await.unwrap_err().reason, Reason::KeysUnavailable);
    assert_eq!(kit.fetch.all(), 0);
    kit.keys.refresh().await;
    let before = kit.fetch.all();
    assert_eq!(kit.authenticate(&token).await.unwrap_err().reason, Reason::TenantNotMapped);
    kit.issuer.roll_over().unwrap();
    for _ in 0..3 {
        assert_eq!(kit.authenticate(&kit.sign(&stranger)).await.unwrap_err().reason, Reason::KeyUnknown);
    }
    assert_eq!(kit.fetch.all(), before);
    // What an unknown key of a customer and of a stranger say to the outside is the same.
    let header = but(&kit.issuer.header(), json!({"kid": "unknown"}));
    let customer = kit.authenticate(&kit.issuer.sign_as(&header, &kit.user()).unwrap()).await.unwrap_err().reason;
    let stranger = kit.authenticate(&kit.issuer.sign_as(&header, &stranger).unwrap()).await.unwrap_err().reason;
    let told = |reason: Reason| (reason.status(), reason.public(), reason.to_string(), reason.challenge());
    assert_eq!(told(customer), told(stranger));
    assert_eq!(told(Reason::KeyUnknown), told(Reason::KeysUnavailable));
    assert_eq!(told(Reason::KeyUnknown), told(Reason::SignatureInvalid));
}

#[tokio::test]
async fn what_nobody_needs_is_not_refreshed_for_ever() {
    let kit = Kit::warm().await;
    kit.directory.map(OTHER_TENANT, mapping(OTHER_ORGANISATION));
    let claims = kit.issuer.user_claims(&person(OTHER_TENANT, 2, &["Admin"]), kit.resource(0), UI);
    kit.authenticate(&kit.sign(&claims)).await.unwrap();
    kit.time.forward(23 * HOUR);
    kit.authenticate(&kit.sign(&kit.user())).await.unwrap();
    kit.time.forward(2 * HOUR);
    let (mine, other) = (kit.fetch.count(&own()), kit.fetch.count(&format!("{OTHER_TENANT}{SETS}")));
    assert_eq!(kit.keys.refresh().await, []);
    assert_eq!(kit.fetch.count(&own()), mine + 1);
    assert_eq!(kit.fetch.count(&format!("{OTHER_TENANT}{SETS}")), other);
}

#[tokio::test]
async fn who_comes_back_after_a_quiet_day_is_known_while_nobody_answers() {
    let kit = Kit::warm().await;
    kit.fetch.down.store(true, Ordering::SeqCst);
    kit.time.forward(25 * HOUR);
    assert!(!kit.keys.refresh().await.is_empty(), "nobody answers");
    kit.authenticate(&kit.sign(&kit.user())).await.unwrap();
    kit.time.forward(23 * HOUR + 1);
    kit.keys.refresh().await;
    assert_eq!(kit.authenticate(&kit.sign(&kit.user())).await.unwrap_err().reason, Reason::KeysUnavailable);
}

/// Why a token is refused where the one key is told with some members changed; nothing where it is let in.
async fn told_with(kit: &Kit, changes: Value) -> Option<Reason> {
    let mut set = kit.issuer.key_set(Version::V2, &TENANT.to_string()).unwrap();
    let key = set["keys"][0].as_object().unwrap().clone();
    set["keys"][0] = but(&key, changes).into();
    *kit.fetch.key_set.lock().unwrap() = Some(set);
    let keys = Keys::new(Authority::local(BASE), kit.fetch.clone(), kit.time.clone());
    let validator = Validator::new(settings(BASE), keys, kit.directory.clone().into(), kit.time.clone()).unwrap();
    let headers = bearer(&kit.sign(&kit.user()));
    let said = validator.authenticate(Presented { headers: &headers, query: None }).await;
    said.err().map(|denied| denied.reason)
}

#[tokio::test]
async fn keys_that_sign_no_tokens_of_ours_are_left_out() {
    let kit = Kit::cold();
    let weak = "x".repeat(170);
    for (what, changes) in [
        ("another kind", json!({"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"})),
        ("a secret", json!({"kty": "oct", "k": "AAAA"})),
        ("for encryption", json!({"use": "enc"})),
        ("for anything", json!({"use": null})),
        ("for another algorithm", json!({"alg": "PS256"})),
        ("weak", json!({"n": weak})),
        ("weak in disguise", json!({"n": format!("{}{weak}", "A".repeat(172))})),
        ("huge", json!({"n": "x".repeat(4000)})),
        ("no exponent", json!({"e": null})),
        ("the exponent 1", json!({"e": "AQ"})),
        ("without a name", json!({"kid": null})),
        ("a name with a path", json!({"kid": "../x"})),
        ("an issuer that is no text", json!({"issuer": 1})),
    ] {
        assert_eq!(told_with(&kit, changes).await, Some(Reason::KeysUnavailable), "{what}");
    }
    let of_another = json!({"issuer": format!("{BASE}/{OTHER_TENANT}/v2.0")});
    assert_eq!(told_with(&kit, of_another).await, Some(Reason::KeyUnknown));
    for suits in
        [json!({"issuer": null, "alg": "RS256", "x": []}), json!({"issuer": format!("{BASE}/{{tenantid}}/v2.0")})]
    {
        assert_eq!(told_with(&kit, suits).await, None);
    }
}

#[tokio::test]
async fn answers_that_are_no_key_set_change_nothing() {
    let kit = Kit::warm().await;
    for set in [json!({}), json!({"keys": {}}), json!({"keys": []}), json!([]), json!({"keys": vec![json!({}); 257]})] {
        *kit.fetch.key_set.lock().unwrap() = Some(set.clone());
        let failed = kit.keys.refresh().await;
        assert_eq!(failed.len(), 4, "two of all organisations, the tenant, the platform: {set}");
        kit.authenticate(&kit.sign(&kit.user())).await.unwrap();
    }
}

#[tokio::test]
async fn metadata_that_leads_elsewhere_changes_nothing() {
    let kit = Kit::warm().await;
    let right = kit.issuer.metadata(Version::V2, &TENANT.to_string()).unwrap().as_object().unwrap().clone();
    for (changes, problem) in [
        (json!({"issuer": format!("{BASE}/{OTHER_TENANT}/v2.0")}), KeyProblem::Issuer),
        (json!({"issuer": format!("{BASE}/{{tenantid}}/v2.0")}), KeyProblem::Issuer),
        (json!({"issuer": null}), KeyProblem::Issuer),
        (json!({"jwks_uri": "https://evil.example/keys"}), KeyProblem::Elsewhere),
        (json!({"jwks_uri": null}), KeyProblem::Unreadable),
    ] {
        *kit.fetch.metadata.lock().unwrap() = Some(but(&right, changes.clone()).into());
        let failed = kit.keys.refresh().await;
        let expected = NotRefreshed { whose: Whose::Tenant(TENANT), version: Version::V2, problem };
        assert!(failed.contains(&expected), "{changes}: {failed:?}");
        kit.authenticate(&kit.sign(&kit.user())).await.unwrap();
    }
    *kit.fetch.metadata.lock().unwrap() = Some(right.into());
    let failed = kit.keys.refresh().await;
    assert!(failed.iter().all(|failed| failed.whose != Whose::Tenant(TENANT)), "{failed:?}");
}

#[tokio::test]
async fn two_keys_of_one_name_are_both_tried() {
    let kit = Kit::cold();
    let mut set = kit.issuer.key_set(Version::V2, &TENANT.to_string()).unwrap();
    let mut other = set["keys"][0].clone();
    other["n"] = URL_SAFE_NO_PAD.encode([0xAB; 256]).into();
    set["keys"].as_array_mut().unwrap().insert(0, other);
    *kit.fetch.key_set.lock().unwrap() = Some(set);
    kit.authenticate(&kit.sign(&kit.user())).await.unwrap();
}

#[tokio::test]
async fn keys_of_one_application_are_asked_for_by_its_name() {
    let kit = Kit::cold();
    let custom = Authority { custom_keys: BTreeMap::from([(TENANT, MANAGEMENT)]), ..Authority::local(BASE) };
    let keys = Keys::new(custom.clone(), kit.fetch.clone(), kit.time.clone());
    let settings = Settings { authority: custom, ..settings(BASE) };
    let validator = Validator::new(settings, keys, kit.directory.clone().into(), kit.time.clone()).unwrap();
    for claims in [kit.user(), kit.system()] {
        let headers = bearer(&kit.sign(&claims));
        validator.authenticate(Presented { headers: &headers, query: None }).await.unwrap();
    }
    let metadata = |tenant, of: &str| format!("{BASE}/{tenant}/v2.0/.well-known/openid-configuration{of}");
    let asked = kit.fetch.asked.lock().unwrap().clone();
    assert_eq!(asked[0], metadata(TENANT, &format!("?appid={MANAGEMENT}")));
    assert_eq!(asked[2], metadata(PLATFORM, ""));
}

//! No bytes make the validation panic, and whatever it lets in satisfies every rule.

use std::sync::LazyLock;

use axum::http::{HeaderMap, HeaderValue};
use engage_identity::Presented;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};
use tokio::runtime::Runtime;

use crate::kit::{
    BACK_END, BASE, CONSUMERS, INTEGRATION, Kit, MANAGEMENT, OTHER_TENANT, PLATFORM, STRANGER, TENANT, UI, bearer, but,
};
use crate::oracle::admits;

struct World {
    runtime: Runtime,
    kit: Kit,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let runtime = Runtime::new().unwrap();
    let kit = runtime.block_on(Kit::warm());
    World { runtime, kit }
});

fn is_let_in(headers: &HeaderMap, query: Option<&str>) -> bool {
    let said = WORLD.runtime.block_on(WORLD.kit.validator.authenticate(Presented { headers, query }));
    said.is_ok()
}

/// What a claim may be changed to: right for somebody, wrong for somebody, wrong for all.
fn changes() -> impl Strategy<Value = Map<String, Value>> {
    let now = WORLD.kit.time.seconds();
    let times = move || {
        let far = select(vec![json!(i64::MAX / 4), json!(-5), json!("1780000000"), json!(1.5), Value::Null]);
        prop_oneof![4 => (-300_i64..300).prop_map(move |by| json!(now + by)), 2 => Just(json!(now + 28 * 3600)), 1 => far]
    };
    let one = |name: &'static str, values: Vec<Value>| select(values).prop_map(move |value| (name, value)).boxed();
    let issuer = |tenant| json!(format!("{BASE}/{tenant}/v2.0"));
    let odd = || vec![Value::Null, json!(1), json!([]), json!("")];
    let with = |values: Vec<Value>| [values, odd()].concat();
    let change = prop_oneof![
        one("ver", with(vec![json!("1.0"), json!("2.0"), json!("2.1")])),
        one("tid", with([TENANT, PLATFORM, STRANGER, OTHER_TENANT, CONSUMERS].map(|tenant| json!(tenant)).to_vec())),
        one("iss", with(vec![issuer(TENANT), issuer(PLATFORM), json!(format!("{BASE}/{TENANT}/")), issuer(STRANGER)])),
        one("aud", with(vec![json!(MANAGEMENT), json!(INTEGRATION), json!("api://engage-management"), json!("x")])),
        one("azp", with(vec![json!(BACK_END), json!(UI)])),
        one("appid", with(vec![json!(BACK_END), json!(UI)])),
        one("scp", with(vec![json!("access_as_user"), json!("openid access_as_user"), json!("access_as_user2")])),
        one("roles", with(vec![json!(["Admin"]), json!(["x"]), json!(["x", "Employee"]), json!("Admin")])),
        one("idtyp", with(vec![json!("app"), json!("user")])),
        one("oid", with(vec![json!(TENANT)])),
        one("sub", with(vec![json!(TENANT)])),
        times().prop_map(|value| ("exp", value)),
        times().prop_map(|value| ("iat", value)),
        times().prop_map(|value| ("nbf", value)),
    ];
    let named = prop::collection::vec(change, 0..5);
    named.prop_map(|all| all.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// A token of a user or of a back-end, of either version.
fn beginning() -> impl Strategy<Value = Map<String, Value>> {
    let kit = &WORLD.kit;
    let old = |claims: &Map<String, Value>, client: Value, tenant| {
        but(claims, json!({"ver": "1.0", "iss": format!("{BASE}/{tenant}/"), "azp": null, "appid": client}))
    };
    let (user, system) = (kit.user(), kit.system());
    select(vec![old(&user, json!(UI), TENANT), old(&system, json!(BACK_END), PLATFORM), user, system])
}

proptest! {
    #[test]
    fn what_is_let_in_satisfies_every_rule_and_what_satisfies_every_rule_is_let_in(
        claims in beginning(),
        changes in changes(),
    ) {
        let claims = but(&claims, Value::Object(changes));
        let let_in = is_let_in(&bearer(&WORLD.kit.sign(&claims)), None);
        prop_assert_eq!(let_in, admits(&claims, WORLD.kit.time.seconds()), "{:?}", claims);
    }

    #[test]
    fn no_bytes_of_a_header_do_harm(bytes in prop::collection::vec(any::<u8>(), 0..600), prefix in any::<bool>()) {
        let bytes = if prefix { [b"Bearer ".as_slice(), &bytes].concat() } else { bytes };
        if let Ok(value) = HeaderValue::from_bytes(&bytes) {
            prop_assert!(!is_let_in(&HeaderMap::from_iter([(axum::http::header::AUTHORIZATION, value)]), None));
        }
    }

    #[test]
    fn no_bytes_within_a_token_do_harm(
        header in prop::collection::vec(any::<u8>(), 0..200),
        claims in prop::collection::vec(any::<u8>(), 0..200),
        json in any::<bool>(),
    ) {
        use base64::Engine as _;
        let encode = |part: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(part);
        let known = json!(WORLD.kit.issuer.header()).to_string();
        let header = if json { known.as_bytes() } else { &header };
        let token = format!("{}.{}.{}", encode(header), encode(&claims), encode(&[0; 256]));
        prop_assert!(!is_let_in(&bearer(&token), None));
    }

    #[test]
    fn one_letter_changed_makes_another_token(at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let mut token = WORLD.kit.sign(&WORLD.kit.user()).into_bytes();
        let at = at.index(token.len());
        let to = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."[usize::from(to) % 65];
        prop_assume!(token[at] != to);
        token[at] = to;
        prop_assert!(!is_let_in(&bearer(std::str::from_utf8(&token).unwrap()), None));
    }

    #[test]
    fn no_query_does_harm(query in "\\PC{0,80}") {
        let _ = is_let_in(&bearer(&WORLD.kit.sign(&WORLD.kit.user())), Some(&query));
    }
}

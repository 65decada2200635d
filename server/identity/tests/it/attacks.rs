//! What every release must refuse: the rows of the table of attacks that are about tokens, each with its status, its reason, and
//! no call to anybody.

use aws_lc_rs::hmac;
use axum::http::{HeaderMap, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engage_identity::issuer::LocalIssuer;
use engage_identity::{Presented, Reason, Requirement, Role, Version};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::kit::{
    BACK_END, BASE, CONSUMERS, INTEGRATION, INTRUDER, Kit, MANAGEMENT, OTHER_ORGANISATION, OTHER_TENANT, PLATFORM,
    STRANGER, TENANT, UI, application, bearer, but, clock, counted, headers, person, realm,
};

/// One token after another: none of them is let in, and none makes us ask anybody anything.
async fn refused(kit: &Kit, rows: Vec<(&str, String, u16, Reason)>) {
    for (what, token, status, reason) in rows {
        let before = kit.fetch.all();
        let denied = kit.authenticate(&token).await.expect_err(what);
        assert_eq!((denied.reason, denied.reason.status().as_u16()), (reason, status), "{what}");
        assert_eq!(kit.fetch.all(), before, "{what}: nobody is asked");
    }
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// A token of parts that are put together by hand.
fn put_together(header: &Value, claims: &Map<String, Value>, signature: &[u8]) -> String {
    let [header, claims] = [header.to_string(), json!(claims).to_string()].map(|part| URL_SAFE_NO_PAD.encode(part));
    format!("{header}.{claims}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn kid(kit: &Kit) -> String {
    kit.issuer.header()["kid"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn row_1_without_a_signature() {
    let kit = Kit::warm().await;
    let mut rows = Vec::new();
    for algorithm in ["none", "nOnE", "NONE", "", "rs256", "RS256 "] {
        let header = json!({"typ": "JWT", "alg": algorithm, "kid": kid(&kit)});
        rows.push((algorithm, put_together(&header, &kit.user(), b""), 401, Reason::AlgorithmRefused));
    }
    let absent = json!({"typ": "JWT", "kid": kid(&kit)});
    rows.push(("no algorithm", put_together(&absent, &kit.user(), b""), 401, Reason::AlgorithmRefused));
    let header = Value::Object(kit.issuer.header());
    rows.push(("an empty signature", put_together(&header, &kit.user(), b""), 401, Reason::SignatureInvalid));
    refused(&kit, rows).await;
}

#[tokio::test]
async fn row_2_signed_with_the_public_key_as_a_secret() {
    let kit = Kit::warm().await;
    let set = kit.issuer.key_set(Version::V2, &TENANT.to_string()).unwrap();
    let modulus = set["keys"][0]["n"].as_str().unwrap();
    let secrets = [modulus.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(modulus).unwrap(), set.to_string().into_bytes()];
    for secret in secrets {
        let header = json!({"typ": "JWT", "alg": "HS256", "kid": kid(&kit)});
        let unsigned = put_together(&header, &kit.user(), b"");
        let signed = unsigned.rsplit_once('.').unwrap().0;
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), signed.as_bytes());
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()));
        refused(&kit, vec![("HS256", token, 401, Reason::AlgorithmRefused)]).await;
        // The same where the header claims what is allowed.
        let unsigned = put_together(&Value::Object(kit.issuer.header()), &kit.user(), b"");
        let signed = unsigned.rsplit_once('.').unwrap().0;
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), signed.as_bytes());
        let token = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()));
        refused(&kit, vec![("HMAC as RS256", token, 401, Reason::SignatureInvalid)]).await;
    }
}

#[tokio::test]
async fn row_3_another_algorithm_or_another_key() {
    let kit = Kit::warm().await;
    let mut rows = Vec::new();
    for algorithm in ["PS256", "ES256", "RS384", "RS512", "EdDSA", "HS512", "dir"] {
        let header = but(&kit.issuer.header(), json!({"alg": algorithm}));
        rows.push((algorithm, kit.issuer.sign_as(&header, &kit.user()).unwrap(), 401, Reason::AlgorithmRefused));
    }
    // Somebody's own key under our key's name.
    let own = LocalIssuer::new(realm(BASE), clock(), counted()).unwrap();
    rows.push((
        "a key of one's own",
        own.sign_as(&kit.issuer.header(), &kit.user()).unwrap(),
        401,
        Reason::SignatureInvalid,
    ));
    let genuine = kit.sign(&kit.user());
    let (_, signature) = genuine.rsplit_once('.').unwrap();
    let claims = but(&kit.user(), json!({"roles": ["Admin"]}));
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let token = put_together(&Value::Object(kit.issuer.header()), &claims, &signature);
    rows.push(("another's signature", token, 401, Reason::SignatureInvalid));
    refused(&kit, rows).await;
}

#[tokio::test]
async fn row_4_a_header_that_brings_a_key() {
    let kit = Kit::warm().await;
    let mut rows = Vec::new();
    let set = kit.issuer.key_set(Version::V2, &TENANT.to_string()).unwrap();
    for (name, value) in [
        ("jku", json!("https://evil.example/keys")),
        ("jwk", set["keys"][0].clone()),
        ("x5u", json!("https://evil.example/certificate")),
        ("x5c", json!(["MIIB"])),
        ("crit", json!(["exp"])),
        ("jku", Value::Bool(false)),
    ] {
        let header = but(&kit.issuer.header(), json!({ name: value }));
        let token = kit.issuer.sign_as(&header, &kit.user()).unwrap();
        rows.push((name, token, 401, Reason::HeaderParameterRefused));
    }
    refused(&kit, rows).await;
}

#[tokio::test]
async fn row_5_a_key_id_that_means_something_to_somebody_else() {
    let kit = Kit::warm().await;
    let mut rows = Vec::new();
    for id in [
        "../../etc/passwd",
        "x' OR '1'='1",
        "a\r\nSet-Cookie: b",
        "\u{1b}[31m",
        "",
        "ключ",
        &"k".repeat(129),
        "a b",
        "%2e%2e",
    ] {
        let header = but(&kit.issuer.header(), json!({"kid": id}));
        rows.push(("key id", kit.issuer.sign_as(&header, &kit.user()).unwrap(), 401, Reason::KeyIdRefused));
    }
    for id in [Value::Null, json!(1), json!(["a"])] {
        let header = but(&kit.issuer.header(), json!({ "kid": id }));
        rows.push(("no text", kit.issuer.sign_as(&header, &kit.user()).unwrap(), 401, Reason::KeyIdRefused));
    }
    let header = but(&kit.issuer.header(), json!({"kid": "k".repeat(1 << 20)}));
    rows.push(("1 MiB", kit.issuer.sign_as(&header, &kit.user()).unwrap(), 401, Reason::TokenTooLong));
    refused(&kit, rows).await;
}

#[tokio::test]
async fn row_6_a_token_for_another_api() {
    let kit = Kit::warm().await;
    let mut rows = Vec::new();
    for audience in [
        json!("00000003-0000-0000-c000-000000000000"),
        json!("https://graph.microsoft.com"),
        json!(UI),
        json!(format!("{MANAGEMENT} ")),
        json!(MANAGEMENT.to_string().to_uppercase()),
        json!(""),
        Value::Null,
    ] {
        let claims = but(&kit.user(), json!({ "aud": audience }));
        rows.push(("audience", kit.sign(&claims), 401, Reason::AudienceRefused));
    }
    for audience in [json!([MANAGEMENT]), json!({"a": MANAGEMENT}), json!(1)] {
        let claims = but(&kit.user(), json!({ "aud": audience }));
        rows.push(("no text", kit.sign(&claims), 401, Reason::TokenMalformed));
    }
    refused(&kit, rows).await;
}

#[tokio::test]
async fn row_7_an_issuer_that_is_not_the_tenants() {
    let kit = Kit::warm().await;
    let mut rows = Vec::new();
    for issuer in [
        format!("{BASE}/{OTHER_TENANT}/v2.0"),
        format!("{BASE}/{TENANT}/v2.0/"),
        format!("{BASE}/{TENANT}/"),
        format!("{BASE}/{}/v2.0", TENANT.to_string().to_uppercase()),
        format!("{BASE}/{{tenantid}}/v2.0"),
        format!("https://login.microsoftonline.us/{TENANT}/v2.0"),
        format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
        format!("http://evil.example/{TENANT}/v2.0"),
    ] {
        let claims = but(&kit.user(), json!({ "iss": issuer }));
        rows.push(("issuer", kit.sign(&claims), 401, Reason::IssuerRefused));
    }
    rows.push(("none", kit.sign(&but(&kit.user(), json!({"iss": null}))), 401, Reason::IssuerRefused));
    rows.push(("other tenant", kit.sign(&but(&kit.user(), json!({"tid": OTHER_TENANT}))), 401, Reason::IssuerRefused));
    for tenant in [
        json!("{tenantid}"),
        json!(TENANT.to_string().to_uppercase()),
        json!(TENANT.simple().to_string()),
        json!(""),
        Value::Null,
        json!(7),
    ] {
        let claims = but(&kit.user(), json!({ "tid": tenant }));
        rows.push(("tenant", kit.sign(&claims), 401, Reason::TenantRefused));
    }
    for version in [json!("3.0"), json!("1"), json!(2.0), Value::Null] {
        rows.push(("version", kit.sign(&but(&kit.user(), json!({ "ver": version }))), 401, Reason::VersionRefused));
    }
    // The rules of one version are not met by a token of the other.
    rows.push(("1.0", kit.sign(&but(&kit.user(), json!({"ver": "1.0"}))), 401, Reason::IssuerRefused));
    refused(&kit, rows).await;
}

#[tokio::test]
async fn row_8_tenants_that_are_nobodys() {
    let kit = Kit::warm().await;
    let stranger = kit.issuer.user_claims(&person(STRANGER, 3, &["Admin"]), kit.resource(0), UI);
    let own = LocalIssuer::new(realm(BASE), clock(), counted()).unwrap();
    let consumer = but(&kit.user(), json!({"tid": CONSUMERS, "iss": format!("{BASE}/{CONSUMERS}/v2.0")}));
    let rows = vec![
        ("genuine", kit.sign(&stranger), 403, Reason::TenantNotMapped),
        ("forged", own.sign_as(&kit.issuer.header(), &stranger).unwrap(), 401, Reason::SignatureInvalid),
        ("of an unknown key", own.sign(&stranger).unwrap(), 401, Reason::KeyUnknown),
        ("of a consumer", kit.sign(&consumer), 401, Reason::TenantRefused),
    ];
    refused(&kit, rows).await;
}

#[tokio::test]
async fn rows_9_and_10_back_ends_of_others_and_tokens_without_authority() {
    let kit = Kit::warm().await;
    let app = |client, tenant, permissions: &[&str]| {
        kit.sign(&kit.issuer.application_claims(&application(client, tenant, permissions), kit.resource(1)))
    };
    let scope = |scope: Value| kit.sign(&but(&kit.user(), json!({ "scp": scope })));
    let rows = vec![
        ("of a customer's tenant", app(BACK_END, TENANT, &["Integration.Call"]), 403, Reason::IssuerNotPlatform),
        ("of a stranger's tenant", app(BACK_END, STRANGER, &["Integration.Call"]), 403, Reason::IssuerNotPlatform),
        ("of no registered client", app(INTRUDER, PLATFORM, &["Integration.Call"]), 403, Reason::ClientNotRegistered),
        ("of no client", kit.sign(&but(&kit.system(), json!({"azp": null}))), 403, Reason::ClientNotRegistered),
        ("without roles", app(BACK_END, PLATFORM, &[]), 403, Reason::PermissionMissing),
        ("a user without a scope", scope(Value::Null), 403, Reason::ScopeMissing),
        ("a longer scope", scope(json!("access_as_user2")), 403, Reason::ScopeMissing),
        ("within a word", scope(json!("xaccess_as_user openid")), 403, Reason::ScopeMissing),
        ("another case", scope(json!("Access_As_User")), 403, Reason::ScopeMissing),
        ("no space between", scope(json!("openid,access_as_user")), 403, Reason::ScopeMissing),
        ("an empty scope", scope(json!("")), 403, Reason::ScopeMissing),
        ("without a role", kit.sign(&but(&kit.user(), json!({"roles": null}))), 403, Reason::RoleMissing),
        ("a role of ours alone", kit.sign(&but(&kit.user(), json!({"roles": ["System"]}))), 403, Reason::RoleMissing),
        ("nobody", kit.sign(&but(&kit.user(), json!({"oid": null, "sub": "x"}))), 403, Reason::UserMissing),
    ];
    refused(&kit, rows).await;
}

#[tokio::test]
async fn a_permission_may_be_asked_for_by_name() {
    let kit = Kit::warm().await;
    let mut settings = crate::kit::settings(BASE);
    settings.systems.as_mut().unwrap().permission = Some("Integration.Call".to_owned());
    let parts = (kit.keys.clone(), kit.directory.clone(), kit.time.clone());
    let validator = engage_identity::Validator::new(settings, parts.0, parts.1.into(), parts.2).unwrap();
    for (permissions, expected) in [
        (json!(["Integration.Call", "x"]), None),
        (json!(["Integration.Call2"]), Some(Reason::PermissionMissing)),
        (json!("Integration.Call"), Some(Reason::TokenMalformed)),
    ] {
        let token = kit.sign(&but(&kit.system(), json!({ "roles": permissions })));
        let headers = bearer(&token);
        let said = validator.authenticate(Presented { headers: &headers, query: None }).await;
        assert_eq!(said.err().map(|denied| denied.reason), expected);
    }
}

#[tokio::test]
async fn row_11_the_wrong_kind_of_caller() {
    let kit = Kit::warm().await;
    let user = kit.authenticate(&kit.sign(&kit.user())).await.unwrap();
    let system = kit.authenticate(&kit.sign(&kit.system())).await.unwrap();
    let refused = Err(Reason::CallerKindRefused);
    assert_eq!(Requirement::users(Role::Customer).admits(&system), refused);
    assert_eq!(Requirement::systems().admits(&user), refused);
    assert_eq!(Reason::CallerKindRefused.status(), 403);
}

#[tokio::test]
async fn audiences_are_paired_with_the_kind_of_caller() {
    let kit = Kit::warm().await;
    let user = but(&kit.user(), json!({ "aud": INTEGRATION }));
    let system = but(&kit.system(), json!({ "aud": MANAGEMENT }));
    let rows = vec![
        ("a user with the audience of back-ends", kit.sign(&user), 401, Reason::AudienceCrossed),
        (
            "one that says so",
            kit.sign(&but(&user, json!({"idtyp": "user", "scp": null}))),
            401,
            Reason::AudienceCrossed,
        ),
        ("one that says both", kit.sign(&but(&user, json!({"idtyp": "app"}))), 401, Reason::AudienceCrossed),
        ("a back-end with the audience of users", kit.sign(&system), 401, Reason::AudienceCrossed),
        ("one that does not say so", kit.sign(&but(&system, json!({"idtyp": null}))), 401, Reason::AudienceCrossed),
        (
            "one with a scope",
            kit.sign(&but(&system, json!({"scp": "access_as_user", "roles": ["Admin"]}))),
            401,
            Reason::AudienceCrossed,
        ),
        ("neither", kit.sign(&but(&kit.user(), json!({"idtyp": "device"}))), 401, Reason::TokenMalformed),
    ];
    refused(&kit, rows).await;
}

#[tokio::test]
async fn row_12_an_id_token_is_no_access_token() {
    let kit = Kit::warm().await;
    let id = but(&kit.user(), json!({"aud": UI, "scp": null, "roles": ["Admin"], "nonce": "n"}));
    let header = but(&kit.issuer.header(), json!({"typ": "id+jwt"}));
    let none = but(&kit.issuer.header(), json!({"typ": null}));
    let rows = vec![
        ("an id token", kit.sign(&id), 401, Reason::AudienceRefused),
        ("of another type", kit.issuer.sign_as(&header, &kit.user()).unwrap(), 401, Reason::TypeRefused),
        ("of no type", kit.issuer.sign_as(&none, &kit.user()).unwrap(), 401, Reason::TypeRefused),
    ];
    refused(&kit, rows).await;
    let header = but(&kit.issuer.header(), json!({"typ": "at+jwt"}));
    kit.authenticate(&kit.issuer.sign_as(&header, &kit.user()).unwrap()).await.unwrap();
}

#[tokio::test]
async fn row_13_times() {
    let kit = Kit::warm().await;
    let now = kit.time.seconds();
    let times = |changes: Value| kit.sign(&but(&kit.user(), changes));
    let rows = vec![
        ("expired", times(json!({"iat": now - 7200, "nbf": now - 7200, "exp": now - 3600})), 401, Reason::Expired),
        ("not yet", times(json!({"nbf": now + 3600})), 401, Reason::NotYetValid),
        ("issued tomorrow", times(json!({"iat": now + 86400, "exp": now + 90000})), 401, Reason::NotYetValid),
        ("for a year", times(json!({"exp": now + 365 * 86400})), 401, Reason::LifetimeRefused),
        ("for ever", times(json!({"exp": i64::MAX})), 401, Reason::LifetimeRefused),
        ("since ever", times(json!({"iat": i64::MIN})), 401, Reason::LifetimeRefused),
        ("no end", times(json!({"exp": null})), 401, Reason::TimesMissing),
        ("no beginning", times(json!({"iat": null})), 401, Reason::TimesMissing),
        ("a text", times(json!({"exp": "9999999999"})), 401, Reason::TokenMalformed),
        ("no whole number", times(json!({"exp": 1e300})), 401, Reason::TokenMalformed),
        ("below all time", times(json!({"exp": i64::MIN})), 401, Reason::Expired),
    ];
    refused(&kit, rows).await;
}

#[tokio::test]
async fn row_14_an_organisation_of_somebody_else_in_the_header() {
    let kit = Kit::warm().await;
    for claims in [kit.user(), kit.system()] {
        let token = kit.sign(&claims);
        let denied = kit.with(&headers(&token, OTHER_ORGANISATION)).await.unwrap_err();
        assert_eq!((denied.reason, denied.reason.status().as_u16()), (Reason::OrganizationNotMapped, 403));
        kit.with(&headers(&token, crate::kit::ORGANISATION)).await.unwrap();
        for text in ["", "x", "bbbbbbbb00004000800000000000000001", "{bbbbbbbb-0000-4000-8000-000000000001}"] {
            let mut headers = bearer(&token);
            headers.insert("x-engage-organization", HeaderValue::from_str(text).unwrap());
            assert_eq!(kit.with(&headers).await.unwrap_err().reason, Reason::OrganizationMalformed, "{text}");
        }
        let mut twice = headers(&token, crate::kit::ORGANISATION);
        twice.append("x-engage-organization", HeaderValue::from_str(&Uuid::nil().to_string()).unwrap());
        assert_eq!(kit.with(&twice).await.unwrap_err().reason, Reason::OrganizationMalformed);
    }
    assert_eq!(Reason::OrganizationMalformed.status(), 400);
}

/// A signed token whose claims are a text, and not what JSON makes of it.
fn raw(kit: &Kit, claims: &str) -> String {
    // Signed for a member name that holds the text, and put in its place: the signature is then wrong, which is found later.
    let token = kit.sign(&object(json!({})));
    let [header, _, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("three parts") };
    format!("{header}.{}.{signature}", URL_SAFE_NO_PAD.encode(claims))
}

#[tokio::test]
async fn row_22_members_and_headers_that_are_there_twice() {
    let kit = Kit::warm().await;
    let claims = json!(kit.user()).to_string();
    let twice = |name: &str| claims.replacen('{', &format!("{{\"{name}\":\"x\","), 1);
    let mut rows = Vec::new();
    for name in ["aud", "tid", "oid", "\\u0061ud"] {
        rows.push((name, raw(&kit, &twice(name)), 401, Reason::TokenMalformed));
    }
    let deep = claims.replacen('{', r#"{"x":[{"a":1,"a":2}],"#, 1);
    rows.push(("deep within", raw(&kit, &deep), 401, Reason::TokenMalformed));
    rows.push(("as it should be", raw(&kit, &claims), 401, Reason::SignatureInvalid));
    let header = format!(r#"{{"alg":"none","typ":"JWT","alg":"RS256","kid":"{}"}}"#, kid(&kit));
    let token = format!("{}.{}.AAAA", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(&claims));
    rows.push(("in the header", token, 401, Reason::TokenMalformed));
    refused(&kit, rows).await;

    let token = kit.sign(&kit.user());
    let mut two = bearer(&token);
    two.append("authorization", HeaderValue::try_from(format!("Bearer {token}")).unwrap());
    assert_eq!(kit.with(&two).await.unwrap_err().reason, Reason::HeaderRepeated);
}

#[tokio::test]
async fn a_token_comes_in_one_header_and_nowhere_else() {
    let kit = Kit::warm().await;
    let token = kit.sign(&kit.user());
    for (value, reason) in [
        (format!("Basic {token}"), Reason::SchemeRefused),
        (token.clone(), Reason::SchemeRefused),
        (format!("Bearer{token}"), Reason::SchemeRefused),
        ("Bearer ".to_owned(), Reason::TokenMalformed),
        (format!("Bearer {token} {token}"), Reason::TokenMalformed),
        (format!("Bearer {token}, Bearer {token}"), Reason::TokenMalformed),
        (format!("Bearer {token}.x"), Reason::TokenMalformed),
        (format!("Bearer {token}="), Reason::SignatureInvalid),
        (format!("Bearer {}", "a".repeat(20_000)), Reason::TokenTooLong),
    ] {
        let headers =
            HeaderMap::from_iter([(axum::http::header::AUTHORIZATION, HeaderValue::try_from(value).unwrap())]);
        assert_eq!(kit.with(&headers).await.unwrap_err().reason, reason);
    }
    let none = kit.with(&HeaderMap::new()).await.unwrap_err();
    assert_eq!((none.reason, none.reason.challenge()), (Reason::TokenMissing, Some("Bearer")));
    let headers = bearer(&token);
    for query in ["access_token=x", "a=b&access_token", "access%5Ftoken=x"] {
        let said = kit.validator.authenticate(Presented { headers: &headers, query: Some(query) }).await;
        assert_eq!(said.unwrap_err().reason, Reason::TokenInQuery, "{query}");
    }
    let lower = HeaderMap::from_iter([(
        axum::http::header::AUTHORIZATION,
        HeaderValue::try_from(format!("bearer  {token}")).unwrap(),
    )]);
    kit.validator.authenticate(Presented { headers: &lower, query: Some("x=access_token") }).await.unwrap();
}

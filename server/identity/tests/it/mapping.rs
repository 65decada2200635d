//! Tenants with no, one and several organisations; clients that come and go.

use async_trait::async_trait;
use engage_identity::{
    Caller, Choice, Clients, Directory, Environment, Known, Mapping, Presented, Reason, Registration, Role, System,
    Tenants, Unreadable, Validator,
};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

use crate::kit::{
    BACK_END, BASE, CRM_APP, Kit, ORGANISATION, OTHER_ORGANISATION, OTHER_TENANT, TENANT, UI, as_user, bearer, but,
    headers, mapping, person, settings,
};

const THIRD: Uuid = Uuid::from_u128(3);

#[tokio::test]
async fn one_organisation_is_implied() {
    let kit = Kit::warm().await;
    let principal = kit.authenticate(&kit.sign(&kit.user())).await.unwrap();
    assert_eq!((principal.organisation, principal.environment), (ORGANISATION, Environment::Prod));
    let user = as_user(&principal);
    let known = person(TENANT, 1, &[]);
    assert_eq!((user.tenant, user.object, user.client), (TENANT, known.object, UI));
    assert_eq!((user.role, user.unknown_roles), (Role::Manager, 0));
}

#[tokio::test]
async fn of_several_organisations_one_is_named() {
    let kit = Kit::warm().await;
    kit.directory.map(TENANT, Mapping { cap: Some(Role::Employee), ..mapping(OTHER_ORGANISATION) });
    kit.directory.map(TENANT, Mapping { environment: Environment::Test, ..mapping(THIRD) });
    let token = kit.sign(&kit.user());
    let none = kit.authenticate(&token).await.unwrap_err().reason;
    assert_eq!((none, none.status().as_u16()), (Reason::OrganizationRequired, 400));
    for (organisation, role) in [(ORGANISATION, Role::Manager), (OTHER_ORGANISATION, Role::Employee)] {
        let principal = kit.with(&headers(&token, organisation)).await.unwrap();
        assert_eq!((principal.organisation, as_user(&principal).role), (organisation, role));
    }
    let elsewhere = kit.with(&headers(&token, THIRD)).await.unwrap_err().reason;
    assert_eq!(elsewhere, Reason::OrganizationNotMapped, "that is of another environment");

    let headers = headers(&token, THIRD);
    let proven = kit.validator.prove(Presented { headers: &headers, query: None }).await.unwrap();
    let choices = proven.choices().unwrap();
    let choice = |organisation, role| Choice { organisation, environment: Environment::Prod, role };
    assert_eq!(choices, [choice(ORGANISATION, Role::Manager), choice(OTHER_ORGANISATION, Role::Employee)]);
}

#[tokio::test]
async fn what_is_taken_away_is_gone_at_the_next_request() {
    let kit = Kit::warm().await;
    let (user, system) = (kit.sign(&kit.user()), kit.sign(&kit.system()));
    kit.directory.unmap(TENANT, ORGANISATION);
    assert_eq!(kit.authenticate(&user).await.unwrap_err().reason, Reason::TenantNotMapped);
    kit.directory.map(TENANT, mapping(ORGANISATION));
    kit.authenticate(&user).await.unwrap();
    kit.authenticate(&system).await.unwrap();
    kit.directory.disable(BACK_END);
    assert_eq!(kit.authenticate(&system).await.unwrap_err().reason, Reason::ClientNotRegistered);
    kit.directory.register(BACK_END, Registration { organisation: ORGANISATION, environment: Environment::Test });
    assert_eq!(
        kit.authenticate(&system).await.unwrap_err().reason,
        Reason::ClientNotRegistered,
        "of another environment"
    );
}

#[tokio::test]
async fn a_back_end_is_a_system_of_its_organisation() {
    let kit = Kit::warm().await;
    let principal = kit.authenticate(&kit.sign(&kit.system())).await.unwrap();
    assert_eq!((principal.organisation, principal.environment), (ORGANISATION, Environment::Prod));
    assert!(matches!(principal.caller, Caller::System(System { client: BACK_END })));
    let headers = bearer(&kit.sign(&kit.system()));
    let said = kit.validator.prove(Presented { headers: &headers, query: None }).await.unwrap().choices();
    assert_eq!(said.unwrap_err().reason, Reason::CallerKindRefused);
}

#[tokio::test]
async fn an_organisation_may_allow_certain_applications() {
    let kit = Kit::warm().await;
    kit.directory.unmap(TENANT, ORGANISATION);
    kit.directory.map(TENANT, Mapping { clients: Some(BTreeSet::from([UI])), ..mapping(ORGANISATION) });
    kit.authenticate(&kit.sign(&kit.user())).await.unwrap();
    let other = kit.sign(&but(&kit.user(), json!({ "azp": BACK_END })));
    assert_eq!(kit.authenticate(&other).await.unwrap_err().reason, Reason::ClientNotAllowed);
    let headers = bearer(&other);
    let proven = kit.validator.prove(Presented { headers: &headers, query: None }).await.unwrap();
    assert_eq!(proven.choices().unwrap(), []);
}

#[tokio::test]
async fn who_is_refused_is_known_where_his_token_is_proven_and_leads_somewhere() {
    let kit = Kit::warm().await;
    kit.directory.map(TENANT, mapping(OTHER_ORGANISATION));
    let (user, object) = (kit.user(), person(TENANT, 1, &[]).object);
    let known = |organisations: &[Uuid], object| Known {
        tenant: TENANT,
        object,
        organisations: organisations.to_vec(),
        environment: Environment::Prod,
    };
    let both = [ORGANISATION, OTHER_ORGANISATION];
    for (changes, named, expected) in [
        (json!({"scp": "x"}), ORGANISATION, Some(known(&both, Some(object)))),
        (json!({"oid": null}), ORGANISATION, Some(known(&both, None))),
        (json!({"exp": 1}), ORGANISATION, Some(known(&both, Some(object)))),
        (json!({"roles": []}), OTHER_ORGANISATION, Some(known(&[OTHER_ORGANISATION], Some(object)))),
        (json!({}), THIRD, Some(known(&both, Some(object)))),
        (json!({"iss": "x"}), ORGANISATION, None),
    ] {
        let denied = kit.with(&headers(&kit.sign(&but(&user, changes.clone())), named)).await.unwrap_err();
        assert_eq!(denied.known.map(|known| *known), expected, "{changes}");
    }
    let token = kit.sign(&user);
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{}", signature.chars().rev().collect::<String>());
    assert_eq!(kit.authenticate(&forged).await.unwrap_err().known, None, "that is anybody's word");
    kit.directory.unmap(TENANT, ORGANISATION);
    kit.directory.unmap(TENANT, OTHER_ORGANISATION);
    assert_eq!(kit.authenticate(&token).await.unwrap_err().known, None, "nobody's audit log would have it");
}

/// A directory that nobody can read.
struct Broken;

#[async_trait]
impl Tenants for Broken {
    async fn mappings(&self, _: Uuid) -> Result<Vec<Mapping>, Unreadable> {
        Err(Unreadable)
    }
}

#[async_trait]
impl Clients for Broken {
    async fn client(&self, _: Uuid) -> Result<Option<Registration>, Unreadable> {
        Err(Unreadable)
    }
}

#[tokio::test]
async fn nobody_gets_in_while_the_directory_cannot_be_read() {
    let kit = Kit::warm().await;
    let broken = Directory { tenants: Arc::new(Broken), clients: Arc::new(Broken) };
    let validator = Validator::new(settings(BASE), kit.keys.clone(), broken, kit.time.clone()).unwrap();
    for claims in [kit.user(), kit.system()] {
        let headers = bearer(&kit.sign(&claims));
        let denied = validator.authenticate(Presented { headers: &headers, query: None }).await.unwrap_err();
        assert_eq!((denied.reason, denied.reason.status().as_u16()), (Reason::DirectoryUnavailable, 503));
    }
}

#[tokio::test]
async fn a_second_token_for_the_crm_is_held_against_the_same_rules() {
    let kit = Kit::warm().await;
    let principal = kit.authenticate(&kit.sign(&kit.user())).await.unwrap();
    let user = as_user(&principal);
    let of = engage_identity::Api { client_id: CRM_APP, uri: "api://nordbank-crm".to_owned() };
    let mut given = bearer("x");
    let missing = kit.validator.crm_assertion(&given, user, &of).await.unwrap_err().reason;
    assert_eq!(missing, Reason::AssertionMissing);
    assert_eq!(missing.challenge(), Some(r#"Bearer error="insufficient_claims""#));
    let claims = but(&kit.user(), json!({"aud": CRM_APP, "scp": "user_impersonation"}));
    for (changes, expected) in [
        (json!({}), None),
        (json!({"aud": "x"}), Some(Reason::AudienceRefused)),
        (json!({"oid": Uuid::from_u128(9)}), Some(Reason::AssertionOfAnother)),
        (json!({"tid": OTHER_TENANT, "iss": format!("{BASE}/{OTHER_TENANT}/v2.0")}), Some(Reason::AssertionOfAnother)),
        (json!({"idtyp": "app"}), Some(Reason::AudienceCrossed)),
        (json!({"exp": 1}), Some(Reason::Expired)),
        (json!({"iss": "x"}), Some(Reason::IssuerRefused)),
    ] {
        let token = kit.sign(&but(&claims, changes.clone()));
        given.insert("x-engage-crm-assertion", token.parse().unwrap());
        let said = kit.validator.crm_assertion(&given, user, &of).await;
        assert_eq!(said.err().map(|denied| denied.reason), expected, "{changes}");
    }
    given.append("x-engage-crm-assertion", "x".parse().unwrap());
    assert_eq!(kit.validator.crm_assertion(&given, user, &of).await.unwrap_err().reason, Reason::HeaderRepeated);
}

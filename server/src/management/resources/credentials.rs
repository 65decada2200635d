//! What lets somebody in, and when it ends.

use std::sync::Arc;

use engage_store::platform::Environment;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::admin::{self, CredentialKind, CredentialState};
use crate::api::call::{Answer, Call, Reply};
use crate::management::Management;
use crate::management::page::{self, words};
use crate::management::values::Told;
use crate::openapi::{Described, Shape};

/// Something that lets somebody in, and when it ends. Its value is never told.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct Credential {
    /// What kind it is.
    kind: Kind,
    /// What it is called: the id of a secret of directories, the key id of a client's secret, the version of a kept one.
    id: String,
    /// Whose it is: the environment of directories, a client id, the kind and name of a kept one.
    holder: String,
    /// What people call the holder, where it has such a name.
    label: Option<String>,
    /// Since when it is good.
    starts: Told<Timestamp>,
    /// Until when it is good; `null`: until somebody ends it, or nobody has said it.
    ends: Option<Told<Timestamp>>,
    /// How many whole days are left; 0 once it has ended, and on its last day.
    days_left: Option<i64>,
    /// How it stands.
    state: State,
    /// When it was used last, where that is known.
    last_used: Option<Told<Timestamp>>,
    /// Whether another one has taken its place or will, or nobody may come with it: that it ends is as it should be.
    replaced: bool,
}

/// What kind of credential it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "CredentialKind")]
#[expect(clippy::enum_variant_names, reason = "as they are on the wire")]
pub(in crate::management) enum Kind {
    /// What directories come with.
    ScimSecret,
    /// What a back-end acquires tokens with.
    ClientSecret,
    /// What is kept secret for the organisation: credentials of its CRM, of Microsoft Graph, of whoever is told of alerts.
    KeptSecret,
}

/// How a credential stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "CredentialState")]
pub(in crate::management) enum State {
    /// It is not good yet.
    ToCome,
    /// It is good.
    Good,
    /// Its time is over.
    Ended,
}

const KINDS: [(&str, CredentialKind); 3] = [
    ("ScimSecret", CredentialKind::ScimSecret),
    ("ClientSecret", CredentialKind::ClientSecret),
    ("KeptSecret", CredentialKind::KeptSecret),
];

fn told(credential: admin::Credential, now: Timestamp) -> Credential {
    let (state, days_left) = (credential.state(now), credential.days_left(now));
    let admin::Credential { kind, id, holder, label, environment: _, starts, ends, last_used, replaced } = credential;
    let kind = match kind {
        CredentialKind::ScimSecret => Kind::ScimSecret,
        CredentialKind::ClientSecret => Kind::ClientSecret,
        CredentialKind::KeptSecret => Kind::KeptSecret,
    };
    let state = match state {
        CredentialState::ToCome => State::ToCome,
        CredentialState::Good => State::Good,
        CredentialState::Ended => State::Ended,
    };
    Credential {
        kind,
        id,
        holder,
        label,
        starts: Told(starts),
        ends: ends.map(Told),
        days_left,
        state,
        last_used: last_used.map(Told),
        replaced,
    }
}

pub(super) async fn list(management: Arc<Management>, mut call: Call) -> Answer {
    let kind = page::named(&mut call.query, "kind", &KINDS);
    let before = call.query.instant("endsBefore");
    call.query.finish()?;
    let now = management.time.timestamp();
    let mut all = admin::credentials(&management.database, call.tenancy.organisation, now).await?;
    // What is kept secret is the whole organisation's.
    let here = |environment: Option<Environment>| environment.is_none_or(|one| one == call.tenancy.environment);
    all.retain(|one| {
        here(one.environment)
            && kind.is_none_or(|kind| one.kind == kind)
            && before.is_none_or(|before| one.ends.is_some_and(|ends| ends < before))
    });
    Reply::of(&all.into_iter().map(|one| told(one, now)).collect::<Vec<_>>())
}

/// What the operation says of itself.
pub(super) fn described() -> Vec<Described> {
    let credential = json!({
        "kind": "ClientSecret",
        "id": "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0003",
        "holder": "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0002",
        "label": "core banking",
        "starts": "2026-05-28T06:00:00Z",
        "ends": "2028-05-28T06:00:00Z",
        "daysLeft": 730,
        "state": "Good",
        "lastUsed": null,
        "replaced": false,
    });
    vec![
        Described::new("Credentials_list", "Credentials", "List what ends, and when")
            .says("What ends first is first; what does not end is last. What was revoked is not there.")
            .query::<KindName>("kind", "Credentials of this kind alone.")
            .query::<Told<Timestamp>>("endsBefore", "Those alone that end before this instant.")
            .answers(200, Shape::of::<Vec<Credential>>(), json!([credential])),
    ]
}

words! {
    KindName: ["ScimSecret", "ClientSecret", "KeptSecret"], "A kind of credentials.";
}

//! What the directories of an environment come with: secrets of SCIM.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use engage_store::platform::{Slot, StoreError, Token, TokenReads as _};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::admin::{Issued, Validity};
use crate::api::Reason;
use crate::api::call::{Answer, Call, Reply, told};
use crate::api::fault::Fault;
use crate::api::given::{Given, NOTHING};
use crate::management::Management;
use crate::management::values::Told;
use crate::openapi::{Body, Described, Shape};

/// Seconds of a day, and the longest that a secret is good, in days.
const DAY: u64 = 24 * 60 * 60;
const MOST_DAYS: i32 = 3650;

/// A secret of directories. Its value is nowhere: kept is a digest.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct ScimSecret {
    /// Its id, which is no secret.
    id: Uuid,
    /// How it stands.
    state: ScimSecretState,
    /// When it was made.
    created: Told<Timestamp>,
    /// Until when it is good; `null`: until it is revoked, or followed by another.
    expires: Option<Told<Timestamp>>,
    /// When a directory came with it last, to a minute.
    last_used: Option<Told<Timestamp>>,
    /// When it was revoked.
    revoked: Option<Told<Timestamp>>,
}

/// How a secret of directories stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub(in crate::management) enum ScimSecretState {
    /// It is good: the only one, or of two the one that goes.
    Primary,
    /// It is good: of two the one that comes.
    Next,
    /// Its time is over.
    Expired,
    /// Somebody has ended it.
    Revoked,
}

/// A secret of directories that is to be made.
#[derive(Debug, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct NewScimSecret {
    /// After how many days it is good no more, 3650 at most; left out: it is until it is revoked, or followed by another.
    #[schemars(range(min = 1, max = 3650))]
    expires_in_days: Option<u16>,
}

/// A secret of directories that was made.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct IssuedScimSecret {
    /// The same as of the secret.
    id: Uuid,
    /// What the directory sends. It is told here, and never again.
    value: String,
    /// What is known of it.
    secret: ScimSecret,
    /// The one before it, and until when that stays good; `null`: there was none.
    replaces: Option<ScimSecret>,
}

impl From<&Token> for ScimSecret {
    fn from(token: &Token) -> Self {
        let state = match token.slot {
            Some(Slot::Primary) => ScimSecretState::Primary,
            Some(Slot::Next) => ScimSecretState::Next,
            None if token.revoked.is_some() => ScimSecretState::Revoked,
            None => ScimSecretState::Expired,
        };
        Self {
            id: token.id,
            state,
            created: Told(token.created),
            expires: token.expires.map(Told),
            last_used: token.last_used.map(Told),
            revoked: token.revoked.map(Told),
        }
    }
}

impl NewScimSecret {
    fn read(given: &mut Given<'_>) -> Option<Self> {
        let days = given.number("expiresInDays");
        let fits = |days: i32| u16::try_from(days).ok().filter(|_| (1..=MOST_DAYS).contains(&days));
        let expires_in_days = days.and_then(fits);
        if expires_in_days.is_none() && days.is_some() {
            given.wrong("expiresInDays", format!("it is a number from 1 to {MOST_DAYS}"));
        }
        Some(Self { expires_in_days })
    }
}

/// The secrets of the environment, the oldest first.
async fn all(management: &Management, call: &Call) -> Result<Vec<Token>, Fault> {
    let now = management.time.timestamp();
    Ok(management.database.reader().tokens(call.tenancy.organisation, call.tenancy.environment, now).await?)
}

async fn one(management: &Management, call: &Call) -> Result<Token, Fault> {
    let id = call.id()?;
    all(management, call).await?.into_iter().find(|token| token.id == id).ok_or_else(Fault::absent)
}

pub(super) async fn list(management: Arc<Management>, mut call: Call) -> Answer {
    call.query.finish()?;
    let all = all(&management, &call).await?;
    Reply::of(&all.iter().map(ScimSecret::from).collect::<Vec<_>>())
}

pub(super) async fn get(management: Arc<Management>, call: Call) -> Answer {
    Reply::of(&ScimSecret::from(&one(&management, &call).await?))
}

pub(super) async fn create(management: Arc<Management>, call: Call) -> Answer {
    // Nothing has to be said.
    let sent = if call.sent()?.is_none() { NOTHING.clone() } else { call.object()? };
    let mut given = Given::new(&sent, &NOTHING);
    let new = NewScimSecret::read(&mut given);
    let NewScimSecret { expires_in_days } = given.finish(new)?;
    let lifetime = expires_in_days.map(|days| Duration::from_secs(u64::from(days) * DAY));
    let overlap = management.administration()?.overlap;
    let (organisation, environment) = (call.tenancy.organisation, call.tenancy.environment);
    let issued =
        management.secret_admin(&call)?.issue_token(organisation, environment, Validity { lifetime, overlap }).await;
    let Issued { token, secret, before } = issued.map_err(refused)?;
    let value = secret.expose_text().unwrap_or_default().to_owned();
    let (id, secret, replaces) = (token.id, ScimSecret::from(&token), before.as_ref().map(ScimSecret::from));
    Ok(call.created(id, told(&IssuedScimSecret { id, value, secret, replaces })?))
}

/// Two are good at once, and no more.
fn refused(error: StoreError) -> Fault {
    match error {
        StoreError::Refused { .. } => {
            let message = "two secrets are good already, one that goes and one that comes: revoke one first";
            Fault::new(StatusCode::CONFLICT, message).because(Reason::TwoSecretsGood)
        }
        error => error.into(),
    }
}

pub(super) async fn revoke(management: Arc<Management>, call: Call) -> Answer {
    // What another environment has is not there for who calls.
    let token = one(&management, &call).await?;
    management.secret_admin(&call)?.revoke_token(call.tenancy.organisation, token.id).await?;
    Ok(Reply::Nothing(StatusCode::NO_CONTENT))
}

const TAG: &str = "Directories";

/// What operations say of themselves.
pub(super) fn described() -> Vec<Described> {
    let (one, all) = (Shape::of::<ScimSecret>(), Shape::of::<Vec<ScimSecret>>());
    vec![
        Described::new("ScimSecrets_list", TAG, "List the secrets of directories")
            .says("The oldest first, with those that are good no more. No value is told.")
            .answers(200, all, json!([example()])),
        Described::new("ScimSecrets_create", TAG, "Make a secret of directories")
            .says(
                "Its value is told in the answer, and never again. The one before it stays good for a while, so that a directory can be \
                 changed over. Two are good at once, at most.",
            )
            .body(Body {
                media: "application/json",
                shape: Shape::of::<NewScimSecret>(),
                required: false,
                example: Some(json!({"expiresInDays": 365})),
            })
            .answers(
                201,
                Shape::of::<IssuedScimSecret>(),
                json!({"id": ID, "value": "XGm4hTfSWBHv0b9Y1kJ7zq2LcPd5RnAe", "secret": example(), "replaces": null}),
            )
            .refuses([409]),
        Described::new("ScimSecrets_get", TAG, "Read what is known of a secret").answers(200, one, example()),
        Described::new("ScimSecrets_revoke", TAG, "End a secret at once").done(204),
    ]
}

const ID: &str = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0001";

fn example() -> Value {
    json!({
        "id": ID,
        "state": "Primary",
        "created": "2026-05-28T06:00:00Z",
        "expires": "2027-05-28T06:00:00Z",
        "lastUsed": null,
        "revoked": null,
    })
}

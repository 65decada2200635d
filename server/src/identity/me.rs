//! `GET /api/management/v1/me/customers`: where a user may go, for a page that lets him choose after he has signed in.

use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use engage_identity::{Choice, Denied, Facts, Presented, Reason, Validator};
use engage_store::platform::{Database, OrganisationReads as _, StoreError};
use serde_json::{Value, json};

use crate::http::{Outage, code};

/// When whoever asks comes back where something is away, in seconds.
const COME_BACK: HeaderValue = HeaderValue::from_static("5");

/// Answers users who ask where they may go.
#[derive(Debug, Clone)]
pub struct Me {
    /// Says who asks.
    pub validator: Validator,
    /// Says what organisations are called.
    pub database: Database,
}

impl Me {
    /// The address.
    pub fn routes(self) -> Router {
        Router::new().route("/api/management/v1/me/customers", get(customers)).with_state(Arc::new(self))
    }

    async fn told(&self, choices: Vec<Choice>) -> Result<Vec<Value>, StoreError> {
        let (mut reader, mut told) = (self.database.reader(), Vec::new());
        for Choice { organisation, environment, role } in choices {
            // One that is gone since is no choice any more.
            let Some(found) = reader.organisation(organisation).await? else { continue };
            told.push(json!({
                "id": organisation, "name": found.name, "environment": environment.as_str(), "role": role.as_str(),
            }));
        }
        Ok(told)
    }
}

async fn customers(State(me): State<Arc<Me>>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let presented = Presented { headers: &headers, query: query.as_deref() };
    let choices = match me.validator.choices(presented).await {
        // Wherever his tenant leads, he may not go there with what he uses.
        Ok(choices) if choices.is_empty() => {
            return denied_by(&Denied { reason: Reason::ClientNotAllowed, facts: Facts::default() });
        }
        Ok(choices) => choices,
        Err(denied) => return denied_by(&denied),
    };
    match me.told(choices).await {
        Ok(told) => answer(StatusCode::OK, &Value::Array(told)),
        Err(error) => {
            let mut answer = refused(Reason::DirectoryUnavailable);
            answer.extensions_mut().insert(Outage::of("the database does not answer", &error));
            answer
        }
    }
}

/// What the log has of a refusal: why, and by which it is found in the logs of who issued the token.
fn denied_by(Denied { reason, facts }: &Denied) -> Response {
    let (kid, uti) = (facts.kid.as_deref(), facts.uti.as_deref());
    let (tenant, client) = (facts.tenant.map(|id| id.to_string()), facts.client.map(|id| id.to_string()));
    tracing::info!(reason = reason.code(), kid, tenant, client, uti, "a caller is refused");
    refused(*reason)
}

fn refused(reason: Reason) -> Response {
    let status = reason.status();
    let body = json!({
        "code": code(status), "message": reason.to_string(), "details": {"reason": reason.public()},
    });
    let mut answer = answer(status, &body);
    if let Some(challenge) = reason.challenge() {
        answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE {
        answer.headers_mut().insert(header::RETRY_AFTER, COME_BACK);
    }
    answer
}

fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

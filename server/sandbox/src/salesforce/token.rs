//! The token endpoint: client credentials and signed assertions.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::{Salesforce, base};
use crate::http::{Answer, Request, decode, form};
use crate::store::{RowId, Value};

pub(crate) const CLIENT_ID: &str = "sandbox-client";
pub(crate) const CLIENT_SECRET: &str = "sandbox-secret";

/// How long a session lasts, in seconds.
const LIFE: i64 = 7200;
/// How far in the future an assertion may expire, in seconds.
const MAX_ASSERTION: i64 = 300;

const AUDIENCES: [&str; 2] = ["https://login.salesforce.com", "https://test.salesforce.com"];

struct Refusal(&'static str, &'static str);

impl Salesforce {
    pub(crate) fn token(&self, request: &Request) -> Answer {
        let answer = |status, body: &Json| Answer::json(status, body).with("Cache-Control", "no-cache, no-store");
        if request.method != "POST" {
            return answer(400, &json!({"error": "invalid_request", "error_description": "must use HTTP POST"}));
        }
        match self.grant(request) {
            Ok(body) => answer(200, &body),
            Err(Refusal(error, description)) => answer(400, &json!({"error": error, "error_description": description})),
        }
    }

    fn grant(&self, request: &Request) -> Result<Json, Refusal> {
        let body = std::str::from_utf8(&request.body).ok().and_then(form);
        // Clients may put the parameters in the address as well.
        let pairs = body.zip(form(&request.query)).map(|(mut body, query)| {
            body.extend(query);
            body
        });
        let pairs = pairs.ok_or(Refusal("invalid_request", "the request cannot be read"))?;
        let field = |name: &str| pairs.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str());
        match field("grant_type") {
            Some("client_credentials") => {
                let basic = request.header("authorization").and_then(basic);
                let (id, secret) = match &basic {
                    Some((id, secret)) => (Some(id.as_str()), Some(secret.as_str())),
                    None => (field("client_id"), field("client_secret")),
                };
                match (id, secret) {
                    (Some(CLIENT_ID), Some(CLIENT_SECRET)) => {}
                    (Some(CLIENT_ID), _) => return Err(Refusal("invalid_client", "invalid client credentials")),
                    _ => return Err(Refusal("invalid_client_id", "client identifier invalid")),
                }
                let user = base::users().first().map(|user| user.id.clone());
                self.issue(&user.ok_or(Refusal("invalid_grant", "no client credentials user enabled"))?, request)
            }
            Some("urn:ietf:params:oauth:grant-type:jwt-bearer") => {
                let assertion = field("assertion").ok_or(Refusal("invalid_grant", "invalid assertion"))?;
                self.issue(&self.asserted(assertion, request)?, request)
            }
            Some(_) => Err(Refusal("unsupported_grant_type", "grant type not supported")),
            None => Err(Refusal("invalid_request", "missing required parameter: grant_type")),
        }
    }

    /// The user an assertion is about.
    fn asserted(&self, assertion: &str, request: &Request) -> Result<RowId, Refusal> {
        let claims = self.signer.read(assertion).ok_or(Refusal("invalid_grant", "invalid assertion"))?;
        let text = |name: &str| claims.get(name).and_then(Json::as_str).unwrap_or_default();
        if text("iss") != CLIENT_ID {
            return Err(Refusal("invalid_client_id", "client identifier invalid"));
        }
        let audience = text("aud").trim_end_matches('/');
        if !AUDIENCES.contains(&audience) && audience != request.base {
            return Err(Refusal("invalid_grant", "audience is invalid"));
        }
        let now = self.world.clock.now().as_second();
        // Clients in use send the time as text as well.
        let seconds = |exp: &Json| exp.as_i64().or_else(|| exp.as_str()?.parse().ok());
        let exp = claims.get("exp").and_then(seconds).unwrap_or_default();
        if exp <= now || exp > now + MAX_ASSERTION {
            return Err(Refusal("invalid_grant", "expired assertion"));
        }
        let wanted = text("sub").to_lowercase();
        self.store.read(|state| {
            let named = |name: &str| name.to_lowercase() == wanted;
            let mut users = state.rows("User");
            let user = users.find(|user| user.get("Username").and_then(Value::as_text).is_some_and(named));
            match user {
                Some(user) if user.get("IsActive") == Some(&Value::Bool(true)) => Ok(user.id.clone()),
                _ => Err(Refusal("invalid_grant", "user hasn't approved this consumer")),
            }
        })
    }

    fn issue(&self, user: &RowId, request: &Request) -> Result<Json, Refusal> {
        let token = self.session(user).ok_or(Refusal("server_error", "the token cannot be signed"))?;
        let issued = self.world.clock.now().as_millisecond().to_string();
        Ok(json!({
            "access_token": token, "signature": STANDARD.encode(&issued), "scope": "api",
            "instance_url": request.base, "id": format!("{}/id/{}/{user}", request.base, self.organization()),
            "token_type": "Bearer", "issued_at": issued,
        }))
    }

    /// A session of a user.
    pub(crate) fn session(&self, user: &RowId) -> Option<String> {
        let exp = self.world.clock.now().as_second() + LIFE;
        let number = self.world.ids.next().to_string();
        let claims = json!({"sub": user.as_str(), "exp": exp, "aud": self.organization().as_str(), "jti": number});
        let token = self.signer.sign(&claims).ok()?;
        Some(format!("{}!{token}", self.organization().as_str().get(..15)?))
    }

    /// The user of a session; none when it is not ours or over.
    pub(crate) fn user(&self, request: &Request) -> Option<RowId> {
        let (scheme, token) = request.header("authorization")?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") && !scheme.eq_ignore_ascii_case("oauth") {
            return None;
        }
        let claims = self.signer.read(token.trim().split_once('!')?.1)?;
        let exp = claims.get("exp").and_then(Json::as_i64)?;
        if exp <= self.world.clock.now().as_second() || claims.get("aud")?.as_str()? != self.organization().as_str() {
            return None;
        }
        let user = RowId::new(claims.get("sub")?.as_str()?);
        let active = |state: &crate::store::State| {
            state.get("User", &user).is_some_and(|user| user.get("IsActive") == Some(&Value::Bool(true)))
        };
        self.store.read(active).then_some(user)
    }

    pub(crate) fn organization(&self) -> RowId {
        base::fixed("00D", "organization")
    }

    /// Who the caller is.
    pub(crate) fn user_info(&self, request: &Request) -> Answer {
        let Some(user) = self.user(request) else { return Answer::text(403, "text/plain", "Bad_OAuth_Token") };
        let text = |column: &str| {
            self.store.read(|state| {
                let row = state.get("User", &user)?;
                row.get(column).and_then(Value::as_text).map(str::to_owned)
            })
        };
        let organization = self.organization();
        Answer::json(
            200,
            &json!({
                "sub": format!("{}/id/{organization}/{user}", request.base), "user_id": user.as_str(),
                "organization_id": organization.as_str(), "preferred_username": text("Username"), "name": text("Name"),
                "email": text("Email"), "active": true, "user_type": "STANDARD",
            }),
        )
    }
}

/// Client id and secret of a Basic header.
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, value) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((decode(id, true)?, decode(secret, true)?))
}

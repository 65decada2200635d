//! The token endpoint, and sessions: client credentials, signed assertions, username and password.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use super::api::plain_error;
use super::{Salesforce, answer, base};
use crate::http::{Answer, Request, decode, form};
use crate::store::{Row, RowId, Value};

pub(crate) const CLIENT_ID: &str = "sandbox-client";
pub(crate) const CLIENT_SECRET: &str = "sandbox-secret";
/// Password of every user.
pub(crate) const PASSWORD: &str = "sandbox-password";
/// What follows the password where the network is not trusted; it may be left out here.
pub(crate) const SECURITY_TOKEN: &str = "sandboxtoken";

/// How long a session lasts, in seconds.
pub(super) const LIFE: i64 = 7200;
/// How far in the future an assertion may expire, in seconds.
const MAX_ASSERTION: i64 = 300;

const AUDIENCES: [&str; 2] = ["https://login.salesforce.com", "https://test.salesforce.com"];

struct Refusal(&'static str, &'static str);

impl Salesforce {
    pub(crate) fn token(&self, request: &Request) -> Answer {
        let answer = |status, body: &Json| answer(status, body).with("Cache-Control", "no-cache, no-store");
        if request.method != "POST" {
            return answer(400, &json!({"error": "invalid_request", "error_description": "must use HTTP POST"}));
        }
        match self.grant(request) {
            Ok(body) => answer(200, &body),
            Err(Refusal(error, description)) => answer(400, &plain_error(error, description)),
        }
    }

    fn grant(&self, request: &Request) -> Result<Json, Refusal> {
        let pairs = parameters(request).ok_or(Refusal("invalid_request", "the request cannot be read"))?;
        let field = |name: &str| find(&pairs, name);
        match field("grant_type") {
            Some("client_credentials") => {
                check_client(request, &pairs)?;
                self.issue(&base::application(), request)
            }
            Some("urn:ietf:params:oauth:grant-type:jwt-bearer") => {
                let assertion = field("assertion").ok_or(Refusal("invalid_grant", "invalid assertion"))?;
                self.issue(&self.asserted(assertion, request)?, request)
            }
            Some("password") => {
                check_client(request, &pairs)?;
                let user = field("username").zip(field("password"));
                let user = user.and_then(|(name, password)| self.with_password(name, password));
                self.issue(&user.ok_or(Refusal("invalid_grant", "authentication failure"))?, request)
            }
            Some("refresh_token") => Err(Refusal("invalid_grant", "expired access/refresh token")),
            Some("authorization_code") => Err(Refusal("invalid_grant", "invalid authorization code")),
            Some(_) => Err(Refusal("unsupported_grant_type", "grant type not supported")),
            None => Err(Refusal("invalid_request", "missing required parameter: grant_type")),
        }
    }

    /// The user of this name, where the password is right.
    pub(super) fn with_password(&self, name: &str, password: &str) -> Option<RowId> {
        let rest = password.strip_prefix(PASSWORD)?;
        (rest.is_empty() || rest == SECURITY_TOKEN).then(|| self.named(name)).flatten()
    }

    /// The active user of this name.
    fn named(&self, name: &str) -> Option<RowId> {
        let wanted = name.to_lowercase();
        self.store.read(|state| {
            let is_named = |user: &&Row| {
                user.get("Username").and_then(Value::as_text).is_some_and(|name| name.to_lowercase() == wanted)
            };
            let user = state.rows("User").find(is_named)?;
            (user.get("IsActive") == Some(&Value::Bool(true))).then(|| user.id.clone())
        })
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
        self.named(text("sub")).ok_or(Refusal("invalid_grant", "user hasn't approved this consumer"))
    }

    fn issue(&self, user: &RowId, request: &Request) -> Result<Json, Refusal> {
        let token = self.session(user, LIFE).ok_or(Refusal("server_error", "the token cannot be signed"))?;
        let issued = self.world.clock.now().as_millisecond().to_string();
        let id = self.identity_url(&request.base, user);
        // Clients check it, to be sure that the identity is not somebody else's.
        let key = hmac::Key::new(hmac::HMAC_SHA256, CLIENT_SECRET.as_bytes());
        let signature = STANDARD.encode(hmac::sign(&key, format!("{id}{issued}").as_bytes()));
        Ok(json!({
            "access_token": token, "signature": signature, "scope": "api", "instance_url": request.base, "id": id,
            "token_type": "Bearer", "issued_at": issued,
        }))
    }

    /// A session of a user, good for so many seconds.
    pub(crate) fn session(&self, user: &RowId, life: i64) -> Option<String> {
        let exp = self.world.clock.now().as_second() + life;
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
        self.of_session(token.trim())
    }

    /// The user of a session by its token.
    pub(super) fn of_session(&self, token: &str) -> Option<RowId> {
        if self.ended().contains(token) {
            return None;
        }
        let claims = self.signer.read(token.split_once('!')?.1)?;
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
        base::organization()
    }

    /// Whether a token is a session that lasts, and whose.
    pub(crate) fn introspect(&self, request: &Request) -> Answer {
        let refuse = |status, Refusal(error, description): Refusal| answer(status, &plain_error(error, description));
        let Some(pairs) = parameters(request).filter(|_| request.method == "POST") else {
            return refuse(400, Refusal("invalid_request", "must use HTTP POST"));
        };
        if let Err(refusal) = check_client(request, &pairs) {
            return refuse(401, refusal);
        }
        let token = find(&pairs, "token").unwrap_or_default();
        let Some(user) = self.of_session(token) else { return answer(200, &json!({"active": false})) };
        let claims = token.split_once('!').and_then(|(_, token)| self.signer.read(token)).unwrap_or_default();
        let exp = claims.get("exp").and_then(Json::as_i64).unwrap_or_default();
        answer(
            200,
            &json!({
                "active": true, "scope": "api", "client_id": CLIENT_ID, "username": self.user_text(&user, "Username"),
                "sub": format!("{}/id/{}/{user}", request.base, self.organization()), "token_type": "access_token",
                "exp": exp, "iat": exp - LIFE, "nbf": exp - LIFE,
            }),
        )
    }

    /// Ends a session.
    pub(crate) fn revoke(&self, request: &Request) -> Answer {
        let token = parameters(request).and_then(|pairs| find(&pairs, "token").map(str::to_owned));
        match token.filter(|token| self.of_session(token).is_some()) {
            Some(token) => {
                self.ended().insert(token);
                Answer::empty(200)
            }
            None => answer(400, &plain_error("invalid_token", "invalid token")),
        }
    }

    /// Ends a session by its token.
    pub(super) fn end(&self, token: &str) {
        self.ended().insert(token.to_owned());
    }
}

/// The parameters of body and address: clients may put them in either.
fn parameters(request: &Request) -> Option<Vec<(String, String)>> {
    let mut pairs = std::str::from_utf8(&request.body).ok().and_then(form)?;
    pairs.extend(form(&request.query)?);
    Some(pairs)
}

fn find<'p>(pairs: &'p [(String, String)], name: &str) -> Option<&'p str> {
    pairs.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
}

/// Refuses a client that is not ours, or does not know its secret.
fn check_client(request: &Request, pairs: &[(String, String)]) -> Result<(), Refusal> {
    let basic = request.header("authorization").and_then(basic);
    let (id, secret) = match &basic {
        Some((id, secret)) => (Some(id.as_str()), Some(secret.as_str())),
        None => (find(pairs, "client_id"), find(pairs, "client_secret")),
    };
    match (id, secret) {
        (Some(CLIENT_ID), Some(CLIENT_SECRET)) => Ok(()),
        (Some(CLIENT_ID), _) => Err(Refusal("invalid_client", "invalid client credentials")),
        _ => Err(Refusal("invalid_client_id", "client identifier invalid")),
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

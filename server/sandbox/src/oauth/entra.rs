//! The v2.0 endpoints of Microsoft Entra: discovery, key set, token.

use std::sync::{PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

use super::{PublicKey, Signer, assertion};
use crate::http::{Answer, Request, decode, form};
use crate::world::World;

/// Life of a token, in seconds.
const LIFE: i64 = 3599;

/// Life of a token to refresh with, in seconds.
const REFRESH_LIFE: i64 = 90 * 24 * 3600;

/// The audience of a token to refresh with.
const REFRESH: &str = "refresh";

/// An application registered in the directory.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    pub(crate) tenant: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    /// Object id of the service principal.
    pub(crate) object_id: String,
}

/// The endpoints for one directory with one application.
#[derive(Debug)]
pub(crate) struct Entra {
    pub(crate) registration: Registration,
    pub(crate) signer: Signer,
    /// Keys of issuers beside this one, which users sign in at.
    pub(crate) trusted: RwLock<Vec<PublicKey>>,
}

/// Who a token speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bearer {
    pub(crate) object_id: String,
    pub(crate) audience: String,
}

/// Why no token is issued.
pub(super) struct Refusal {
    status: u16,
    error: &'static str,
    pub(super) code: u32,
    text: String,
}

/// A refusal with the number of its message.
pub(super) fn refusal(status: u16, error: &'static str, code: u32, text: impl Into<String>) -> Refusal {
    Refusal { status, error, code, text: text.into() }
}

impl Entra {
    /// Answers a request to the directory; none when the address is not one of its own.
    pub(crate) fn handle(&self, request: &Request, world: &World, resources: &dyn Fn(&str) -> bool) -> Option<Answer> {
        let (tenant, below) = request.path.strip_prefix('/')?.split_once('/')?;
        let known = [self.registration.tenant.as_str(), "organizations", "common"].contains(&tenant);
        let answer = match (request.method.as_str(), below) {
            ("GET", "v2.0/.well-known/openid-configuration") => Answer::json(200, &self.discovery(request, tenant)),
            ("GET", "discovery/v2.0/keys") => Answer::json(200, &self.signer.key_set()),
            ("POST", "oauth2/v2.0/token") if known => match self.token(request, world, resources) {
                Ok(body) => Answer::json(200, &body),
                Err(refused) => self.refuse(&refused, world),
            },
            ("POST", "oauth2/v2.0/token") => {
                let text = format!("Tenant '{tenant}' not found.");
                self.refuse(&refusal(400, "invalid_request", 90_002, text), world)
            }
            (_, "oauth2/v2.0/token") => Answer::empty(405),
            _ => return None,
        };
        Some(answer.with("Cache-Control", "no-store, no-cache"))
    }

    fn discovery(&self, request: &Request, tenant: &str) -> Json {
        let base = format!("{}/{tenant}", request.base);
        json!({
            "issuer": format!("{base}/v2.0"),
            "authorization_endpoint": format!("{base}/oauth2/v2.0/authorize"),
            "token_endpoint": format!("{base}/oauth2/v2.0/token"),
            "jwks_uri": format!("{base}/discovery/v2.0/keys"),
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "claims_supported": ["sub", "iss", "aud", "exp", "iat", "oid", "tid", "azp", "ver"],
        })
    }

    fn refuse(&self, refused: &Refusal, world: &World) -> Answer {
        let now = world.clock.now();
        let id = || uuid::Uuid::from_u128(world.ids.next()).to_string();
        let body = json!({
            "error": refused.error,
            "error_description": format!("AADSTS{}: {}", refused.code, refused.text),
            "error_codes": [refused.code],
            "timestamp": now.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
            "trace_id": id(),
            "correlation_id": id(),
        });
        Answer::json(refused.status, &body)
    }

    fn token(&self, request: &Request, world: &World, resources: &dyn Fn(&str) -> bool) -> Result<Json, Refusal> {
        let kind = request.header("content-type").and_then(|kind| kind.split(';').next()).map(str::trim);
        if kind.is_some_and(|kind| !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded")) {
            // What is no form has no parameters.
            return Err(missing("grant_type"));
        }
        let text = std::str::from_utf8(&request.body).unwrap_or_default();
        let form = form(text).ok_or_else(|| refusal(400, "invalid_request", 900_144, "The body is not a form."))?;
        let field = |name: &str| form.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str());
        let grant = field("grant_type");
        let grant = grant.ok_or_else(|| missing("grant_type"))?;
        self.authenticate(request, &field, world.clock.now())?;
        let scope = field("scope").ok_or_else(|| missing("scope"))?;
        let (resource, permission) = resource(scope)?;
        if !resources(&resource) {
            let text = format!("The resource principal named {resource} was not found in the tenant.");
            return Err(refusal(400, "invalid_resource", 500_011, text));
        }
        match grant {
            "client_credentials" => {
                if permission != ".default" {
                    let text = "The scope of a client credentials request must end in '/.default'.";
                    return Err(refusal(400, "invalid_scope", 1_002_012, text));
                }
                let object_id = self.registration.object_id.clone();
                self.issue(&Bearer { object_id, audience: resource }, None, request, world)
            }
            "urn:ietf:params:oauth:grant-type:jwt-bearer" => {
                if field("requested_token_use") != Some("on_behalf_of") {
                    return Err(missing("requested_token_use"));
                }
                let assertion = field("assertion").ok_or_else(|| missing("assertion"))?;
                let object_id = self.asserted(assertion, world.clock.now())?;
                self.for_user(&Bearer { object_id, audience: resource }, scope, request, world)
            }
            "refresh_token" => {
                let token = field("refresh_token").ok_or_else(|| missing("refresh_token"))?;
                let object_id = self.refreshed(token, world.clock.now())?;
                self.for_user(&Bearer { object_id, audience: resource }, scope, request, world)
            }
            other => {
                let text = format!("The app requested an unsupported grant type '{other}'.");
                Err(refusal(400, "unsupported_grant_type", 70_003, text))
            }
        }
    }

    fn authenticate<'f>(
        &self,
        request: &Request,
        field: &dyn Fn(&str) -> Option<&'f str>,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let basic = request.header("authorization").and_then(basic);
        let (id, secret) = match basic {
            Some((id, secret)) => (Some(id), Some(secret)),
            None => (field("client_id").map(str::to_owned), field("client_secret").map(str::to_owned)),
        };
        let id = id.ok_or_else(|| missing("client_id"))?;
        if id != self.registration.client_id {
            let text = format!("Application with identifier '{id}' was not found in the directory.");
            return Err(refusal(400, "unauthorized_client", 700_016, text));
        }
        if let Some(assertion) = field("client_assertion") {
            let assertion = (field("client_assertion_type"), assertion);
            return assertion::check(&self.signer, &self.registration, assertion, &request.base, now);
        }
        match secret {
            None => {
                let text = "The request body must contain: 'client_assertion' or 'client_secret'.";
                Err(refusal(401, "invalid_client", 7_000_218, text))
            }
            Some(secret) if secret == self.registration.client_secret => Ok(()),
            Some(_) => Err(refusal(401, "invalid_client", 7_000_215, "Invalid client secret provided.")),
        }
    }

    /// Takes keys of an issuer beside this one, in the place of those before.
    pub(crate) fn trust(&self, keys: &Json) {
        let keys = keys.get("keys").and_then(Json::as_array).into_iter().flatten().filter_map(PublicKey::of).collect();
        *self.trusted.write().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    /// The claims of a token that this directory, or an issuer beside it, has signed.
    fn signed(&self, token: &str) -> Option<Map<String, Json>> {
        let trusted = self.trusted.read().unwrap_or_else(PoisonError::into_inner);
        self.signer.read(token).or_else(|| trusted.iter().find_map(|key| key.read(token)))
    }

    /// The user of an incoming token that was issued for this application.
    fn asserted(&self, assertion: &str, now: Timestamp) -> Result<String, Refusal> {
        let Some(claims) = self.signed(assertion) else {
            return Err(refusal(400, "invalid_grant", 50_013, "Assertion failed signature validation."));
        };
        let text = |name: &str| claims.get(name).and_then(Json::as_str).unwrap_or_default();
        if is_expired(&claims, now) {
            return Err(refusal(400, "invalid_grant", 500_133, "Assertion is not within its valid time range."));
        }
        let own = &self.registration.client_id;
        if text("aud") != own && text("aud") != format!("api://{own}") {
            let text = "Assertion audience claim does not match the client application.";
            return Err(refusal(400, "invalid_grant", 500_131, text));
        }
        match text("idtyp") {
            "app" => Err(refusal(400, "invalid_grant", 50_013, "Assertion is not a user token.")),
            _ => Ok(text("oid").to_owned()),
        }
    }

    /// A user's token, with one to refresh it where that is asked for.
    fn for_user(&self, bearer: &Bearer, scope: &str, request: &Request, world: &World) -> Result<Json, Refusal> {
        let mut body = self.issue(bearer, Some("user_impersonation"), request, world)?;
        let wants_refresh = scope.split(' ').any(|scope| scope == "offline_access");
        if let (true, Some(body)) = (wants_refresh, body.as_object_mut()) {
            let exp = world.clock.now().as_second() + REFRESH_LIFE;
            let claims =
                json!({"aud": REFRESH, "oid": bearer.object_id, "exp": exp, "jti": world.ids.next().to_string()});
            let failed = |_| refusal(500, "server_error", 90_033, "A transient error has occurred.");
            body.insert("refresh_token".into(), self.signer.sign(&claims).map_err(failed)?.into());
        }
        Ok(body)
    }

    /// The user of a token to refresh with.
    fn refreshed(&self, token: &str, now: Timestamp) -> Result<String, Refusal> {
        let claims = self.signer.read(token).filter(|claims| !is_expired(claims, now));
        let claims = claims.filter(|claims| claims.get("aud").and_then(Json::as_str) == Some(REFRESH));
        let user = claims.and_then(|claims| claims.get("oid").and_then(Json::as_str).map(str::to_owned));
        user.ok_or_else(|| {
            refusal(400, "invalid_grant", 70_000, "The provided value for 'refresh_token' is not valid.")
        })
    }

    fn issue(&self, bearer: &Bearer, scope: Option<&str>, request: &Request, world: &World) -> Result<Json, Refusal> {
        let failed = |_| refusal(500, "server_error", 90_033, "A transient error has occurred.");
        let token = self.sign(bearer, scope, &request.base, (world.clock.now(), LIFE)).map_err(failed)?;
        let mut body =
            json!({"token_type": "Bearer", "expires_in": LIFE, "ext_expires_in": LIFE, "access_token": token});
        if let (Some(scope), Some(body)) = (scope, body.as_object_mut()) {
            body.insert("scope".into(), format!("{}/{scope}", bearer.audience).into());
        }
        Ok(body)
    }

    /// A token, good for so many seconds; with a scope it is a user's, without the application's.
    pub(crate) fn sign(
        &self,
        bearer: &Bearer,
        scope: Option<&str>,
        base: &str,
        (now, life): (Timestamp, i64),
    ) -> Result<String, super::SignerError> {
        let seconds = now.as_second();
        let Registration { tenant, client_id, .. } = &self.registration;
        let mut claims = json!({
            "aud": bearer.audience, "iss": format!("{base}/{tenant}/v2.0"), "iat": seconds, "nbf": seconds,
            "exp": seconds + life, "appid": client_id, "azp": client_id, "oid": bearer.object_id,
            "sub": bearer.object_id, "tid": tenant, "ver": "2.0",
        });
        let (name, value) = match scope {
            Some(scope) => ("scp", scope),
            None => ("idtyp", "app"),
        };
        if let Some(claims) = claims.as_object_mut() {
            claims.insert(name.into(), value.into());
        }
        self.signer.sign(&claims)
    }

    /// Who a token speaks for; none when it is not ours or has expired.
    pub(crate) fn bearer(&self, token: &str, now: Timestamp) -> Option<Bearer> {
        let claims = self.signer.read(token).filter(|claims| !is_expired(claims, now))?;
        let text = |name: &str| claims.get(name).and_then(Json::as_str).map(str::to_owned);
        Some(Bearer { object_id: text("oid")?, audience: text("aud")? })
    }
}

pub(super) fn missing(parameter: &str) -> Refusal {
    let text = format!("The request body must contain the following parameter: '{parameter}'.");
    refusal(400, "invalid_request", 900_144, text)
}

fn is_expired(claims: &Map<String, Json>, now: Timestamp) -> bool {
    claims.get("exp").and_then(Json::as_i64).is_none_or(|exp| exp <= now.as_second())
}

/// `https://env/.default` as the resource and the permission on it. A second slash belongs to the resource.
fn resource(scopes: &str) -> Result<(String, String), Refusal> {
    let plain = ["openid", "profile", "email", "offline_access"];
    let mut named = scopes.split(' ').filter(|scope| !scope.is_empty() && !plain.contains(scope));
    let split = named.next().and_then(|scope| scope.rsplit_once('/'));
    // A token is for one resource.
    let alike =
        |(resource, _): &(&str, &str)| named.all(|other| other.rsplit_once('/').is_some_and(|(o, _)| o == *resource));
    match split.filter(alike) {
        Some((resource, permission @ (".default" | "user_impersonation"))) => {
            Ok((resource.trim_end_matches('/').to_owned(), permission.to_owned()))
        }
        _ => Err(refusal(
            400,
            "invalid_scope",
            70_011,
            "The provided value for the input parameter 'scope' is not valid.",
        )),
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

//! The token endpoint (RFC 6749 §4.1.3, §4.4, §6; Microsoft, "OAuth 2.0 client credentials flow on the Microsoft identity
//! platform").

use aws_lc_rs::constant_time;
use aws_lc_rs::digest::{SHA256, digest};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::answer::{NO_STORE, Refused, refused, told};
use super::authorize::{OPEN_ID, unknown_application};
use super::form::{Fields, decode};
use super::grants::Grant;
use super::metadata::Named;
use super::mint::LIFE;
use super::realm::{Application, Resource};
use super::{IssuerError, LocalIssuer};

/// How long a refresh token is good for, in seconds.
const REFRESH_LIFE: i64 = 24 * 3600;

/// How long a verifier may be (RFC 7636 §4.1).
const VERIFIER: std::ops::RangeInclusive<usize> = 43..=128;

pub(super) async fn token(
    State(issuer): State<LocalIssuer>,
    Path(tenant): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    match issuer.redeemed(&tenant, &headers, &body) {
        Ok(body) => told(StatusCode::OK, NO_STORE, &body),
        Err(refused) => refused.answer(&issuer),
    }
}

impl LocalIssuer {
    fn redeemed(&self, tenant: &str, headers: &HeaderMap, body: &[u8]) -> Result<Value, Refused> {
        let tenant = self.tenant(tenant)?;
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let is_form = kind.split(';').next().unwrap_or_default().trim() == "application/x-www-form-urlencoded";
        // What is no form has no parameters.
        let text = std::str::from_utf8(body).ok().filter(|_| is_form).unwrap_or_default();
        let fields = Fields::read(text)?;
        let grant = fields.need("grant_type")?;
        let client = self.client(headers, &fields)?;
        match grant {
            "client_credentials" => self.by_itself(client, tenant, &fields),
            "authorization_code" => self.by_code(client, tenant, &fields),
            "refresh_token" => self.by_refresh(client, tenant, &fields),
            _ => Err(refused(400, "unsupported_grant_type", 70_003, "The app requested an unsupported grant type.")),
        }
    }

    /// The application that asks, proven by its secret where it has one: in a Basic header or in the form, not in both.
    fn client(&self, headers: &HeaderMap, fields: &Fields) -> Result<&Application, Refused> {
        let basic = headers.get(header::AUTHORIZATION).map(|value| value.to_str().ok().and_then(basic));
        let (id, secret) = match basic {
            Some(Some((id, secret))) if fields.get("client_secret").is_none() => (id, Some(secret)),
            Some(_) => return Err(refused(400, "invalid_request", 9_002_313, "The request is malformed or invalid.")),
            None => (fields.need("client_id")?.to_owned(), fields.get("client_secret").map(str::to_owned)),
        };
        let client = self.inner.realm.application(&id).ok_or_else(|| unknown_application(&id))?;
        match (&client.secret, secret) {
            (None, None) => Ok(client),
            (Some(_), Some(given)) if client.is_secret(&given) => Ok(client),
            (Some(_), None) => {
                let text = "The request body must contain: 'client_assertion' or 'client_secret'.";
                Err(refused(401, "invalid_client", 7_000_218, text))
            }
            (None, Some(_)) => {
                let text = "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.";
                Err(refused(401, "invalid_client", 700_025, text))
            }
            (Some(_), Some(_)) => Err(refused(401, "invalid_client", 7_000_215, "Invalid client secret provided.")),
        }
    }

    fn by_itself(&self, client: &Application, tenant: Named, fields: &Fields) -> Result<Value, Refused> {
        if client.secret.is_none() {
            let text = "The request body must contain: 'client_assertion' or 'client_secret'.";
            return Err(refused(401, "invalid_client", 7_000_218, text));
        }
        if tenant != Named::One(client.tenant) {
            return Err(unknown_application(&client.client_id.to_string()));
        }
        let scope = fields.need("scope")?;
        let (resource, permission) = self.inner.realm.resource(scope).ok_or_else(no_resource)?;
        if permission != ".default" {
            let text = "The scope of a client credentials request must end in '/.default'.";
            return Err(refused(400, "invalid_scope", 1_002_012, text));
        }
        let token = self.application_token(client, resource).map_err(failed)?;
        Ok(json!({"token_type": "Bearer", "expires_in": LIFE, "ext_expires_in": LIFE, "access_token": token}))
    }

    fn by_code(&self, client: &Application, tenant: Named, fields: &Fields) -> Result<Value, Refused> {
        let (code, verifier) = (fields.need("code")?, fields.need("code_verifier")?);
        let redirect_uri = fields.need("redirect_uri")?;
        let invalid = |number, text: &str| Err(refused(400, "invalid_grant", number, text));
        let Some(grant) = self.grants().take(code, self.now()) else {
            return invalid(70_008, "The provided authorization code has expired or was redeemed already.");
        };
        let Some(sent) = &grant.code else { return invalid(70_000, "The provided value is no authorization code.") };
        if grant.client != client.client_id {
            return invalid(70_000, "The authorization code was issued to another application.");
        }
        if sent.redirect_uri != redirect_uri {
            return invalid(500_112, "The redirect URI does not match the one of the authorization request.");
        }
        if !VERIFIER.contains(&verifier.len()) || !is_verifier(verifier, &sent.challenge) {
            return invalid(
                501_481,
                "The code verifier does not match the code challenge of the authorization request.",
            );
        }
        self.for_user(client, tenant, fields, &grant)
    }

    fn by_refresh(&self, client: &Application, tenant: Named, fields: &Fields) -> Result<Value, Refused> {
        let token = fields.need("refresh_token")?;
        let grant = self.grants().take(token, self.now());
        let grant = grant.filter(|grant| grant.code.is_none() && grant.client == client.client_id);
        let text = "The refresh token has expired, was used already, or is not that of the application.";
        self.for_user(client, tenant, fields, &grant.ok_or_else(|| refused(400, "invalid_grant", 70_000, text))?)
    }

    /// What an application gets for a user who has signed in.
    fn for_user(&self, client: &Application, tenant: Named, fields: &Fields, grant: &Grant) -> Result<Value, Refused> {
        let person = self.inner.realm.person(grant.person);
        let person = person.filter(|person| tenant == Named::All || tenant == Named::One(person.tenant));
        let text = "The user account does not exist in this tenant.";
        let person = person.ok_or_else(|| refused(400, "invalid_grant", 50_020, text))?;
        let resource = self.only_resource(&grant.scope)?;
        let has = |scope: &str| grant.scope.split(' ').any(|one| one == scope);
        let token = self.user_token(person, resource, client.client_id).map_err(failed)?;
        let mut body = json!({
            "token_type": "Bearer", "expires_in": LIFE, "ext_expires_in": LIFE, "access_token": token,
            "scope": grant.scope,
        });
        let Some(more) = body.as_object_mut() else { return Err(failed(IssuerError)) };
        if fields.get("client_info") == Some("1") {
            more.insert("client_info".to_owned(), self.client_info(person).into());
        }
        if has("openid") {
            let claims = self.id_claims(person, client.client_id, grant.nonce.as_deref());
            more.insert("id_token".to_owned(), self.sign(&claims).map_err(failed)?.into());
        }
        if has("offline_access") {
            let refresh = self.unguessable::<32>();
            let ends = self.now().saturating_add(REFRESH_LIFE);
            self.grants().keep(refresh.clone(), Grant { code: None, ends, ..grant.clone() });
            more.insert("refresh_token".to_owned(), refresh.into());
        }
        Ok(body)
    }

    /// The API that scopes are for: a token is for one.
    pub(super) fn only_resource(&self, scopes: &str) -> Result<&Resource, Refused> {
        let of_apis = scopes.split(' ').filter(|scope| !scope.is_empty() && !OPEN_ID.contains(scope));
        let mut found: Option<&Resource> = None;
        for scope in of_apis {
            let (resource, permission) = self.inner.realm.resource(scope).ok_or_else(no_resource)?;
            let other = found.is_some_and(|known| known.client_id != resource.client_id);
            if other || !["access_as_user", ".default"].contains(&permission) {
                return Err(no_scope());
            }
            found = Some(resource);
        }
        found.ok_or_else(no_scope)
    }
}

fn no_scope() -> Refused {
    refused(400, "invalid_scope", 70_011, "The provided value for the input parameter 'scope' is not valid.")
}

fn no_resource() -> Refused {
    refused(400, "invalid_resource", 500_011, "The resource principal of the scope was not found in the tenant.")
}

fn failed(_: IssuerError) -> Refused {
    refused(500, "server_error", 90_033, "A transient error has occurred. Please try again.")
}

/// Whether a verifier is that of a challenge (RFC 7636 §4.6).
fn is_verifier(verifier: &str, challenge: &str) -> bool {
    let made = URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()));
    constant_time::verify_slices_are_equal(made.as_bytes(), challenge.as_bytes()).is_ok()
}

/// Client id and secret of a Basic header, each of which is encoded as in a form (RFC 6749 §2.3.1).
fn basic(header: &str) -> Option<(String, String)> {
    let (scheme, value) = header.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((decode(id)?, decode(secret)?))
}

//! Sign-in (RFC 6749 §4.1, RFC 7636; Microsoft, "Microsoft identity platform and OAuth 2.0 authorization code flow"): a page on
//! which one says who one is.

use axum::extract::{Path, RawQuery, State};
use axum::response::Response;

use super::LocalIssuer;
use super::answer::{Refused, refused};
use super::back::{Mode, escaped, html};
use super::form::Fields;
use super::grants::{Grant, Sent};
use super::metadata::Named;
use super::realm::{Application, Person};

/// How long a code may be redeemed, in seconds.
const CODE_LIFE: i64 = 600;

/// Scopes of OpenID Connect, which are no API's.
pub(super) const OPEN_ID: [&str; 4] = ["openid", "profile", "email", "offline_access"];

pub(super) async fn page(
    State(issuer): State<LocalIssuer>,
    Path(tenant): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    issuer.authorized(&tenant, query.as_deref().unwrap_or_default()).unwrap_or_else(|refused| refused.answer(&issuer))
}

/// What an application asks for, once it is known where answers go.
struct Ask<'f> {
    fields: &'f Fields,
    tenant: Named,
    client: &'f Application,
    redirect_uri: &'f str,
}

impl LocalIssuer {
    /// Refuses here what must not be sent anywhere; every other answer goes back to the application.
    fn authorized(&self, tenant: &str, query: &str) -> Result<Response, Refused> {
        let fields = Fields::read(query)?;
        let tenant = self.tenant(tenant)?;
        let client = fields.need("client_id")?;
        let client = self.inner.realm.application(client).ok_or_else(|| unknown_application(client))?;
        let redirect_uri = fields.need("redirect_uri")?;
        if !client.takes_back_at(redirect_uri) {
            let text = "The redirect URI specified in the request does not match the redirect URIs of the application.";
            return Err(refused(400, "invalid_request", 50_011, text));
        }
        let ask = Ask { fields: &fields, tenant, client, redirect_uri };
        Ok(self.granted(&ask).unwrap_or_else(|refused| {
            ask.back(&[("error", refused.error), ("error_description", &refused.description())])
        }))
    }

    fn granted(&self, ask: &Ask<'_>) -> Result<Response, Refused> {
        let challenge = ask.challenge()?;
        let scope = ask.fields.need("scope")?;
        self.only_resource(scope)?;
        let Some(person) = self.chosen(ask)? else { return Ok(self.choice(ask)) };
        let code = self.unguessable::<32>();
        let grant = Grant {
            client: ask.client.client_id,
            person: person.object,
            scope: scope.to_owned(),
            nonce: ask.fields.get("nonce").map(str::to_owned),
            code: Some(Sent { redirect_uri: ask.redirect_uri.to_owned(), challenge: challenge.to_owned() }),
            ends: self.now().saturating_add(CODE_LIFE),
        };
        self.grants().keep(code.clone(), grant);
        let whose = (ask.fields.get("client_info") == Some("1")).then(|| self.client_info(person));
        let whose = whose.as_ref().map(|whose| ("client_info", whose.as_str()));
        Ok(ask.back(&[[("code", code.as_str())].as_slice(), whose.as_slice()].concat()))
    }

    /// The one who signs in: chosen on the page, or hinted at where no page may be shown.
    fn chosen(&self, ask: &Ask<'_>) -> Result<Option<&Person>, Refused> {
        let hint = ask.fields.get("login_hint");
        let silent = ask.fields.get("prompt") == Some("none");
        let chosen = match ask.fields.get("person") {
            Some(object) => self.people(ask.tenant).find(|person| person.object.to_string() == object),
            None if silent => self.people(ask.tenant).find(|person| Some(person.username.as_str()) == hint),
            None => return Ok(None),
        };
        match chosen {
            Some(person) => Ok(Some(person)),
            None if silent => Err(refused(
                400,
                "login_required",
                50_058,
                "A silent sign-in request was sent but no user is signed in.",
            )),
            None => Err(refused(400, "access_denied", 50_020, "The user account does not exist in this tenant.")),
        }
    }

    fn people(&self, tenant: Named) -> impl Iterator<Item = &Person> {
        let there = move |person: &&Person| tenant == Named::All || tenant == Named::One(person.tenant);
        self.inner.realm.people.iter().filter(there)
    }

    /// The page.
    fn choice(&self, ask: &Ask<'_>) -> Response {
        let row = |person: &Person| {
            let query = ask.fields.with("person", &person.object.to_string());
            let roles = if person.roles.is_empty() { "no role".to_owned() } else { person.roles.join(", ") };
            let [query, name, username, roles] =
                [&query, &person.name, &person.username, &roles].map(|text| escaped(text));
            format!("<li><a href=\"?{query}\">{name}</a> ({username}): {roles}</li>\n")
        };
        let rows: String = self.people(ask.tenant).map(row).collect();
        let page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Sign in to the sandbox</title>\n\
             <h1>Sign in to the sandbox</h1>\n<p>Nobody is asked for a password here. Choose who you are:</p>\n\
             <ul>\n{rows}</ul>\n</html>\n"
        );
        html(page, "")
    }
}

impl Ask<'_> {
    /// The challenge of who may redeem the code; only one of SHA-256 is taken.
    fn challenge(&self) -> Result<&str, Refused> {
        if self.fields.need("response_type")? != "code" {
            let text = "The response type is not supported; use 'code'.";
            return Err(refused(400, "unsupported_response_type", 700_054, text));
        }
        if self.mode().is_none() {
            let text = "The response mode is not supported; use 'query' or 'form_post'.";
            return Err(refused(400, "invalid_request", 900_144, text));
        }
        let sha256 = self.fields.get("code_challenge_method") == Some("S256");
        let challenge = self.fields.get("code_challenge").filter(|challenge| sha256 && challenge.len() == 43);
        let text = "Proof Key for Code Exchange is required, with the method S256.";
        challenge.ok_or_else(|| refused(400, "invalid_request", 9_002_325, text))
    }

    /// How the answer gets to the application, where that is known.
    fn mode(&self) -> Option<Mode> {
        Mode::named(self.fields.get("response_mode"))
    }

    /// Sends the user back to the application.
    fn back(&self, fields: &[(&str, &str)]) -> Response {
        let state = self.fields.get("state").map(|state| ("state", state));
        self.mode().unwrap_or(Mode::Query).send(self.redirect_uri, fields.iter().copied().chain(state))
    }
}

pub(super) fn unknown_application(id: &str) -> Refused {
    let text = format!("Application with identifier '{}' was not found in the directory.", escaped(id));
    refused(400, "unauthorized_client", 700_016, text)
}

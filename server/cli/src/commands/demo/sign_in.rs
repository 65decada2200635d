//! How callers come to their tokens.

use aws_lc_rs::{digest, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::{Method, Url};
use serde_json::Value as Json;

use super::By;
use super::call::{Body, Call, Http, Part, Secret};
use super::story::text;
use crate::failure::Failure;

/// Who signs in.
const EMPLOYEE: &str = "employee@demo.example";

/// A token of a caller, and the requests that it took.
///
/// # Errors
/// When there is none.
pub(super) async fn token(http: &Http, ready: &Json, by: By) -> Result<(Secret, Vec<Call>), Failure> {
    let (endpoint, fields, secret, mut calls) = match by {
        By::BackEnd => by_itself(ready)?,
        By::Employee => signed_in(http, ready).await?,
    };
    let mut call = Call::form(endpoint, Body::Form(fields, secret)).keeps("token", Part::Field(".access_token"));
    let answer = http.send(&mut call).await?;
    calls.push(call);
    Ok((Secret { name: "token", value: text(&answer.body, "/access_token")?.to_owned() }, calls))
}

/// Where a token is asked for, what with, the secret among it, and what was asked before.
type Grant<'r> = (&'r str, Vec<(&'static str, String)>, (&'static str, Secret), Vec<Call>);

/// The client credentials flow (RFC 6749, section 4.4).
fn by_itself(ready: &Json) -> Result<Grant<'_>, Failure> {
    let fields = vec![
        ("grant_type", "client_credentials".to_owned()),
        ("client_id", text(ready, "/issuer/client_id")?.to_owned()),
        ("scope", text(ready, "/issuer/audiences/system/scope")?.to_owned()),
    ];
    let secret = Secret { name: "secret", value: text(ready, "/issuer/client_secret")?.to_owned() };
    Ok((text(ready, "/issuer/token_endpoint")?, fields, ("client_secret", secret), Vec::new()))
}

/// The authorization code flow with PKCE (RFC 7636). Where a page asks for a password, `prompt=none` and `login_hint` say who signs in.
async fn signed_in<'r>(http: &Http, ready: &'r Json) -> Result<Grant<'r>, Failure> {
    let verifier = verifier()?;
    let challenge = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()));
    let (client, back) = (text(ready, "/issuer/sign_in/client_id")?, text(ready, "/issuer/sign_in/redirect_uri")?);
    let own = |value: &str| value.to_owned();
    let query = vec![
        ("client_id", own(client)),
        ("response_type", own("code")),
        ("redirect_uri", own(back)),
        ("scope", own(text(ready, "/issuer/audiences/management/scope")?)),
        ("code_challenge", challenge),
        ("code_challenge_method", own("S256")),
        ("prompt", own("none")),
        ("login_hint", own(EMPLOYEE)),
    ];
    let url = own(text(ready, "/issuer/sign_in/authorize_endpoint")?);
    let mut call = Call { method: Method::GET, query, ..Call::form(url, Body::Nothing) }.keeps("code", Part::Code);
    let led = http.send(&mut call).await?.location.and_then(|led| Url::parse(&led).ok());
    let code = led.and_then(|led| Some(led.query_pairs().find(|(name, _)| name == "code")?.1.into_owned()));
    let code = code.ok_or_else(|| Failure::outside("signing in gave no code"))?;
    let fields = vec![
        ("grant_type", "authorization_code".to_owned()),
        ("client_id", client.to_owned()),
        ("redirect_uri", back.to_owned()),
        ("code_verifier", verifier),
    ];
    let secret = Secret { name: "code", value: code };
    Ok((text(ready, "/issuer/sign_in/token_endpoint")?, fields, ("code", secret), vec![call]))
}

/// What nobody guesses who has seen the address alone.
fn verifier() -> Result<String, Failure> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| Failure::outside("the system gives no random numbers"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

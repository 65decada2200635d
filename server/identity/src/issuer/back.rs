//! How a user is sent back to an application: by its address (RFC 6749 §4.1.2), or by a form that the browser posts (OAuth 2.0 Form
//! Post Response Mode), which leaves nothing in logs and histories.

use aws_lc_rs::digest::{SHA256, digest};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::answer::NO_STORE;
use super::form::query;

/// How parameters get back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// In the query of the address.
    Query,
    /// In a form.
    FormPost,
}

impl Mode {
    /// That of a request; nothing where it names one that is not known. Without one it is the query.
    pub(super) fn named(name: Option<&str>) -> Option<Self> {
        match name {
            None | Some("query") => Some(Self::Query),
            Some("form_post") => Some(Self::FormPost),
            Some(_) => None,
        }
    }

    /// Sends fields to an address of the application.
    pub(super) fn send<'f>(self, to: &str, fields: impl IntoIterator<Item = (&'f str, &'f str)>) -> Response {
        match self {
            Self::Query => redirect(to, fields),
            Self::FormPost => form(to, fields),
        }
    }
}

fn redirect<'f>(to: &str, fields: impl IntoIterator<Item = (&'f str, &'f str)>) -> Response {
    let mark = if to.contains('?') { '&' } else { '?' };
    match HeaderValue::try_from(format!("{to}{mark}{}", query(fields))) {
        Ok(location) => (StatusCode::FOUND, [(header::LOCATION, location), NO_STORE]).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// What the page runs, and all that it may run.
const SUBMIT: &str = "document.forms[0].submit()";

fn form<'f>(to: &str, fields: impl IntoIterator<Item = (&'f str, &'f str)>) -> Response {
    let input = |(name, value): (&str, &str)| {
        format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">\n", escaped(name), escaped(value))
    };
    let inputs: String = fields.into_iter().map(input).collect();
    let page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Back to the application</title>\n\
         <form method=\"post\" action=\"{}\">\n{inputs}<noscript><button>Go on</button></noscript>\n</form>\n\
         <script>{SUBMIT}</script>\n</html>\n",
        escaped(to)
    );
    let allowed = STANDARD.encode(digest(&SHA256, SUBMIT.as_bytes()));
    html(page, &format!("; script-src 'sha256-{allowed}'"))
}

/// A page that loads nothing, is shown within no other, and runs what is allowed.
pub(super) fn html(page: String, allowed: &str) -> Response {
    let policy = format!("default-src 'none'; frame-ancestors 'none'; base-uri 'none'{allowed}");
    let Ok(policy) = HeaderValue::try_from(policy) else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let headers: [(HeaderName, HeaderValue); 3] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, policy),
        NO_STORE,
    ];
    (StatusCode::OK, headers, page).into_response()
}

/// A text as HTML.
pub(super) fn escaped(text: &str) -> String {
    let one = |letter: char| match letter {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        '\'' => "&#39;".to_owned(),
        other => other.to_string(),
    };
    text.chars().map(one).collect()
}

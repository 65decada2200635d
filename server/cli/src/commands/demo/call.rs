//! Requests, as they are sent and as `curl` would send them.

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Url, redirect};
use serde_json::Value as Json;

use crate::failure::Failure;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest line of a command, roughly.
const LINE: usize = 140;

/// Something that nobody reads on a screen: shown as the variable of a shell that has it.
#[derive(Debug, Clone)]
pub(super) struct Secret {
    /// The name of the variable.
    pub(super) name: &'static str,
    /// What it has.
    pub(super) value: String,
}

/// What is sent.
pub(super) enum Body {
    Nothing,
    Json(Json),
    /// Fields of a form; the last is secret.
    Form(Vec<(&'static str, String)>, (&'static str, Secret)),
}

/// A request.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: String,
    /// The query, name by name.
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) bearer: Option<Secret>,
    pub(super) body: Body,
    /// What of the answer a variable keeps.
    pub(super) keeps: Option<(&'static str, Part)>,
    /// What it was answered with.
    pub(super) status: Option<u16>,
}

/// A part of an answer.
#[derive(Clone, Copy)]
pub(super) enum Part {
    /// What a filter of `jq` finds in the body.
    Field(&'static str),
    /// The code in the address that it redirects to.
    Code,
}

/// What came back.
pub(super) struct Answer {
    /// Where a redirect leads.
    pub(super) location: Option<String>,
    pub(super) body: Json,
}

impl Call {
    /// A request without a body.
    pub(super) fn new(method: Method, url: impl Into<String>, bearer: &Secret) -> Self {
        Self {
            method,
            url: url.into(),
            query: Vec::new(),
            bearer: Some(bearer.clone()),
            body: Body::Nothing,
            keeps: None,
            status: None,
        }
    }

    /// A form, sent by nobody in particular.
    pub(super) fn form(url: impl Into<String>, body: Body) -> Self {
        Self { method: Method::POST, url: url.into(), query: Vec::new(), bearer: None, body, keeps: None, status: None }
    }

    /// With a query.
    pub(super) fn query(mut self, query: Vec<(&'static str, String)>) -> Self {
        self.query = query;
        self
    }

    /// With a body of JSON.
    pub(super) fn json(mut self, body: Json) -> Self {
        self.body = Body::Json(body);
        self
    }

    /// Of which a variable keeps a part.
    pub(super) fn keeps(mut self, name: &'static str, part: Part) -> Self {
        self.keeps = Some((name, part));
        self
    }

    /// What is typed at a prompt to send it; an option on a line of its own where they are too many for one.
    pub(super) fn curl(&self) -> String {
        let mut parts = vec![format!("curl -s {}", quoted(&self.url))];
        let has_body = !matches!(self.body, Body::Nothing);
        if self.method != if has_body { Method::POST } else { Method::GET } {
            parts.push(format!("-X {}", self.method));
        }
        parts.extend(self.bearer.iter().map(|bearer| format!("-H \"Authorization: Bearer ${}\"", bearer.name)));
        if !self.query.is_empty() {
            parts.push("-G".to_owned());
            parts.extend(self.query.iter().map(encoded));
        }
        match &self.body {
            Body::Nothing => {}
            Body::Json(body) => {
                parts.push("-H 'Content-Type: application/json'".to_owned());
                parts.push(format!("-d {}", quoted(&body.to_string())));
            }
            Body::Form(fields, (name, secret)) => {
                parts.extend(fields.iter().map(encoded));
                parts.push(format!("--data-urlencode \"{name}=${}\"", secret.name));
            }
        }
        let long = parts.iter().map(String::len).sum::<usize>() > LINE;
        self.kept(&parts.join(if long { " \\\n     " } else { " " }))
    }

    /// The command with what keeps a part of the answer.
    fn kept(&self, line: &str) -> String {
        match self.keeps {
            Some((name, Part::Field(filter))) => format!("{name}=$({line} | jq -r {})", quoted(filter)),
            Some((name, Part::Code)) => {
                format!("{name}=$({line} -o /dev/null -w '%{{redirect_url}}' | sed 's/.*code=//; s/&.*//')")
            }
            None => line.to_owned(),
        }
    }
}

/// A field that `curl` encodes.
fn encoded((name, value): &(&'static str, String)) -> String {
    format!("--data-urlencode {}", quoted(&format!("{name}={value}")))
}

/// As a shell takes it for one word.
fn quoted(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=,@%+".contains(letter);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Sends requests, on this machine alone.
pub(super) struct Http(Client);

impl Http {
    /// # Errors
    /// When the system has not what it needs.
    pub(super) fn new() -> Result<Self, Failure> {
        // A code to sign in with comes in a redirect, and a proxy could read tokens.
        let built = Client::builder().no_proxy().redirect(redirect::Policy::none()).timeout(PATIENCE).build();
        built.map(Self).map_err(|error| Failure::outside(format!("the HTTP client cannot be set up: {error}")))
    }

    /// Sends a request.
    ///
    /// # Errors
    /// When nothing comes back, or that it was refused.
    pub(super) async fn send(&self, call: &mut Call) -> Result<Answer, Failure> {
        // Without its query, which may say who is meant.
        let what = format!("{} {}", call.method, call.url);
        let lost = |error: reqwest::Error| Failure::outside(format!("{what}: {}", error.without_url()));
        let no_address = |_| Failure::outside(format!("`{}` is no address", call.url));
        let url = match call.query.as_slice() {
            [] => Url::parse(&call.url),
            query => Url::parse_with_params(&call.url, query),
        };
        let response = self.built(call, url.map_err(no_address)?).send().await.map_err(lost)?;
        let status = response.status().as_u16();
        call.status = Some(status);
        let location = response.headers().get(reqwest::header::LOCATION);
        let location = location.and_then(|location| location.to_str().ok()).map(str::to_owned);
        let bytes = response.bytes().await.map_err(lost)?;
        let body = serde_json::from_slice(&bytes).unwrap_or(Json::Null);
        if status >= 400 {
            let code = body.pointer("/details/reason").or(body.get("code")).and_then(Json::as_str).unwrap_or_default();
            return Err(Failure::outside(format!("{what} was answered with {status} {code}").trim_end().to_owned()));
        }
        Ok(Answer { location, body })
    }

    fn built(&self, call: &Call, url: Url) -> RequestBuilder {
        let mut built = self.0.request(call.method.clone(), url);
        if let Some(bearer) = &call.bearer {
            built = built.bearer_auth(&bearer.value);
        }
        match &call.body {
            Body::Nothing => built,
            Body::Json(body) => built.header(reqwest::header::CONTENT_TYPE, "application/json").body(body.to_string()),
            Body::Form(fields, (name, secret)) => {
                let fields = fields.iter().map(|(name, value)| (*name, value.as_str()));
                built.form(&fields.chain([(*name, secret.value.as_str())]).collect::<Vec<_>>())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_shown_is_what_a_shell_sends() {
        let token = Secret { name: "token", value: "very secret".to_owned() };
        let call = Call::new(Method::PATCH, "http://h/a", &token).json(json!({"name": "d'Arc", "is": "a".repeat(99)}));
        let shown = [
            r"curl -s http://h/a \",
            r"     -X PATCH \",
            r#"     -H "Authorization: Bearer $token" \"#,
            r"     -H 'Content-Type: application/json' \",
            &format!(r#"     -d '{{"name":"d'\''Arc","is":"{}"}}'"#, "a".repeat(99)),
        ];
        assert_eq!(call.curl(), shown.join("\n"));
        let call = Call::new(Method::GET, "http://h/a", &token).query(vec![("$filter", "a eq 'b'".to_owned())]);
        let shown =
            r#"curl -s http://h/a -H "Authorization: Bearer $token" -G --data-urlencode '$filter=a eq '\''b'\'''"#;
        assert_eq!(call.curl(), shown);
        let form = Body::Form(vec![("grant_type", "password".to_owned())], ("client_secret", token));
        let call = Call::form("http://h/t", form).keeps("token", Part::Field(".access_token"));
        let shown = r#"token=$(curl -s http://h/t --data-urlencode grant_type=password --data-urlencode "client_secret=$token" | jq -r .access_token)"#;
        assert_eq!(call.curl(), shown);
    }
}

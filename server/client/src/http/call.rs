//! One call: its address, what is sent, what came back.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Response};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::error::{Refusal, Standing, retry_after};
use super::{Client, Error};
use crate::model::{Details, Refused};

/// The most bytes of an answer.
const MOST: usize = 256 << 20;
/// Everything but the unreserved characters of RFC 3986.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// What is sent.
pub(super) struct Call {
    pub(super) method: Method,
    /// The path below the version, with parameters.
    pub(super) path: String,
    /// Media type and bytes.
    pub(super) body: Option<(String, Vec<u8>)>,
    pub(super) accept: &'static str,
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// A path with what its names stand for, in their order.
pub(super) fn filled(path: &str, named: &[String]) -> String {
    let mut named = named.iter();
    let segment = |segment: &str| match segment.starts_with('{') {
        true => named.next().map(|value| encoded(value)).unwrap_or_default(),
        false => segment.to_owned(),
    };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// Parameters: lists with commas, and nothing of what is not said.
pub(super) fn asked(query: &(impl Serialize + ?Sized)) -> Result<String, Error> {
    let value = serde_json::to_value(query).map_err(Error::Unwritable)?;
    let text = |value: &Value| encoded(&value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    let mut pairs = Vec::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        match value {
            Value::Null => {}
            Value::Array(items) => {
                pairs.push(format!("{name}={}", items.iter().map(text).collect::<Vec<_>>().join(",")))
            }
            value => pairs.push(format!("{name}={}", text(value))),
        }
    }
    Ok(if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) })
}

/// A body in JSON.
pub(super) fn written(body: &(impl Serialize + ?Sized)) -> Result<(String, Vec<u8>), Error> {
    let bytes = serde_json::to_vec(body).map_err(Error::Unwritable)?;
    Ok(("application/json".to_owned(), bytes))
}

/// The bytes of an answer, where there are not too many.
pub(super) async fn bounded(mut response: Response, most: usize) -> Result<Vec<u8>, Error> {
    let mut all = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| Error::Unknown(Box::new(error.without_url())))? {
        if all.len() + chunk.len() > most {
            return Err(Error::TooLarge(most));
        }
        all.extend_from_slice(&chunk);
    }
    Ok(all)
}

impl Client {
    /// An answer in JSON; nothing is `null`.
    pub(super) async fn json<T: DeserializeOwned>(&self, call: Call) -> Result<T, Error> {
        let (status, bytes) = self.bytes(call).await?;
        let text: &[u8] = if bytes.is_empty() { b"null" } else { &bytes };
        serde_json::from_slice(text).map_err(|source| Error::Unreadable { status, source })
    }

    /// An answer as it came, where it is no refusal.
    pub(super) async fn bytes(&self, call: Call) -> Result<(u16, Vec<u8>), Error> {
        let timed = tokio::time::timeout(self.timeout, self.answered(call)).await;
        timed.unwrap_or(Err(Error::TimedOut(self.timeout)))
    }

    async fn answered(&self, call: Call) -> Result<(u16, Vec<u8>), Error> {
        let token = self.tokens.token().await.map_err(Error::Token)?;
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose_secret()))
            .map_err(|_| Error::Token(super::TokenError::Unavailable("the token is no text of a header".into())))?;
        bearer.set_sensitive(true);
        let address = format!("{}/api/v3{}", self.base, call.path);
        let mut request =
            self.http.request(call.method, address).header(AUTHORIZATION, bearer).header(ACCEPT, call.accept);
        if let Some(organization) = self.organization {
            request = request.header("x-engage-organization", organization.to_string());
        }
        if let Some((media, body)) = call.body {
            request = request.header(CONTENT_TYPE, media).body(body);
        }
        let response = request.send().await.map_err(Error::sent)?;
        let (status, standing) = (response.status(), Standing::of(response.headers()));
        if standing.is_some() {
            *self.standing.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = standing;
        }
        let retry_after = retry_after(response.headers());
        let bytes = bounded(response, MOST).await?;
        if status.is_success() {
            return Ok((status.as_u16(), bytes));
        }
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| unworded(status));
        Err(Error::Refused(Box::new(Refusal { status: status.as_u16(), body, standing, retry_after })))
    }
}

/// A refusal of somebody between here and the server, who has no envelope.
fn unworded(status: reqwest::StatusCode) -> Refused {
    let code = status.canonical_reason().unwrap_or("UNKNOWN").to_ascii_uppercase().replace([' ', '-'], "_");
    let message = "the answer is not of the API: it may be of a proxy on the way".to_owned();
    Refused { code, message, details: Details::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AvailableQuery, EmployeeType, TopicsQuery};

    #[test]
    fn addresses_hold_what_is_said_and_nothing_else() {
        let query = TopicsQuery { is_customer: true, customer_type_id: None, lang: Some("en GB".to_owned()) };
        assert_eq!(asked(&query).unwrap(), "?isCustomer=true&lang=en%20GB");
        let query = AvailableQuery {
            employee_types: vec![EmployeeType::Local, EmployeeType::ServiceGroup],
            customer_location: Some("a,b".to_owned()),
            ..AvailableQuery::new(false)
        };
        let told = asked(&query).unwrap();
        assert_eq!(told, "?requireEmployeeParticipation=false&employeeTypes=Local,ServiceGroup&customerLocation=a%2Cb");
        assert_eq!(filled("/a/{id}/b/{name}", &["1/2".to_owned(), "ø".to_owned()]), "/a/1%2F2/b/%C3%B8");
    }
}

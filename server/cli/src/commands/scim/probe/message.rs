//! Requests and answers, as the script sees them: nothing of an HTTP library is here.

use std::fmt;

use serde_json::{Value as Json, json};

/// The URN of a PATCH.
const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// The most of a server's own words that is shown, in characters.
const SHORT: usize = 120;

/// What is done with a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// What a request shows of who sends it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Bearer {
    /// The token that was given.
    Own,
    /// One that is none.
    Wrong(String),
    /// Nothing.
    Nobody,
}

/// A request, below the base URL.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: Method,
    /// The segments of the path, not encoded.
    pub(super) path: Vec<String>,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) body: Option<Json>,
    pub(super) bearer: Bearer,
    /// `If-Match` or `If-None-Match`, and its value.
    pub(super) condition: Option<(&'static str, String)>,
}

impl Request {
    fn new(method: Method, path: &[&str], body: Option<Json>) -> Self {
        let path = path.iter().map(ToString::to_string).collect();
        Self { method, path, query: Vec::new(), body, bearer: Bearer::Own, condition: None }
    }

    pub(super) fn get(path: &[&str]) -> Self {
        Self::new(Method::Get, path, None)
    }

    pub(super) fn post(path: &[&str], body: Json) -> Self {
        Self::new(Method::Post, path, Some(body))
    }

    pub(super) fn put(path: &[&str], body: Json) -> Self {
        Self::new(Method::Put, path, Some(body))
    }

    /// A PATCH with these operations.
    pub(super) fn patch(path: &[&str], operations: Json) -> Self {
        Self::new(Method::Patch, path, Some(json!({ "schemas": [PATCH_OP], "Operations": operations })))
    }

    pub(super) fn delete(path: &[&str]) -> Self {
        Self::new(Method::Delete, path, None)
    }

    /// The resources that a filter finds.
    pub(super) fn find(collection: &str, filter: impl Into<String>) -> Self {
        Self::get(&[collection]).query("filter", filter)
    }

    #[must_use]
    pub(super) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    #[must_use]
    pub(super) fn bearer(mut self, bearer: Bearer) -> Self {
        self.bearer = bearer;
        self
    }

    #[must_use]
    pub(super) fn condition(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.condition = Some((name, value.into()));
        self
    }
}

/// Method and path as people read them: nothing is encoded, and there is neither a token nor a body.
impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} /{}", self.method.as_str(), self.path.join("/"))?;
        for (position, (name, value)) in self.query.iter().enumerate() {
            let mark = if position == 0 { '?' } else { '&' };
            write!(f, "{mark}{name}")?;
            if !value.is_empty() {
                write!(f, "={value}")?;
            }
        }
        match &self.condition {
            Some((name, value)) => write!(f, " ({name}: {value})"),
            None => Ok(()),
        }
    }
}

/// What an answer carries.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Body {
    Empty,
    Json(Json),
    /// Something that is no JSON.
    Other,
}

/// An answer, whole.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) media: Option<String>,
    pub(super) location: Option<String>,
    pub(super) etag: Option<String>,
    /// `WWW-Authenticate`.
    pub(super) challenge: Option<String>,
    pub(super) body: Body,
}

/// An answer that never came.
static NONE: Answer = Answer { status: 0, media: None, location: None, etag: None, challenge: None, body: Body::Empty };

impl Answer {
    pub(super) fn json(&self) -> Option<&Json> {
        match &self.body {
            Body::Json(json) => Some(json),
            Body::Empty | Body::Other => None,
        }
    }

    pub(super) fn good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The status, and of a refusal what the server says about it.
    pub(super) fn brief(&self) -> String {
        let mut text = self.status.to_string();
        if self.good() {
            return text;
        }
        let said = |name: &str| self.json()?.get(name)?.as_str().filter(|said| !said.is_empty());
        for said in [said("scimType"), said("detail")].into_iter().flatten() {
            text.push_str(&format!(", {}", short(said)));
        }
        text
    }
}

/// The answers to the requests of a check, in their order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answers<'a>(pub(super) &'a [Answer]);

impl<'a> Answers<'a> {
    /// An answer by its position. A check is judged only when all its answers are there.
    pub(super) fn at(self, position: usize) -> &'a Answer {
        self.0.get(position).unwrap_or(&NONE)
    }

    pub(super) fn first(self) -> &'a Answer {
        self.at(0)
    }

    pub(super) fn last(self) -> &'a Answer {
        self.0.last().unwrap_or(&NONE)
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoAnswer {
    /// Nothing was sent.
    #[error("no connection: {0}")]
    NoConnection(String),
    /// Nothing whole came in time.
    #[error("no answer within {0} s")]
    NotInTime(u64),
    /// The answer broke off.
    #[error("the answer broke off: {0}")]
    BrokenOff(String),
    /// The answer is longer than what is read.
    #[error("the answer has more than {} MiB", super::client::MAX_ANSWER / (1024 * 1024))]
    TooLarge,
}

/// A server's own words, fit for a line of a terminal: cut, and without control characters.
pub(super) fn short(text: &str) -> String {
    let mut kept: String = text.chars().take(SHORT).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(SHORT).is_some() {
        kept.push('…');
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_told_by_method_and_path_alone() {
        let request = Request::find("Users", "userName eq \"a b\"").query("count", "1").query("flag", "");
        assert_eq!(request.to_string(), "GET /Users?filter=userName eq \"a b\"&count=1&flag");
        let request = Request::patch(&["Users", "u1"], json!([])).condition("If-Match", "W/\"1\"");
        assert_eq!(request.to_string(), "PATCH /Users/u1 (If-Match: W/\"1\")");
    }

    #[test]
    fn what_a_server_says_is_cut_and_cannot_draw_on_a_terminal() {
        let told = short(&format!("\u{1b}[2J\n{}", "å".repeat(200)));
        assert!(told.starts_with(" [2J å") && told.ends_with('…') && told.chars().count() == SHORT + 1, "{told}");
        let body = json!({ "scimType": "uniqueness", "detail": "taken" });
        let answer = Answer { status: 409, body: Body::Json(body), ..NONE.clone() };
        assert_eq!(answer.brief(), "409, uniqueness, taken");
        assert_eq!(Answer { status: 500, body: Body::Other, ..NONE.clone() }.brief(), "500");
    }
}

//! An organisation that answers by script and remembers what it was asked.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use serde_json::{Value as Json, json};

use super::describe;

/// A request that came.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) target: String,
    pub(super) authorization: Option<String>,
    pub(super) body: String,
}

/// Status and body of the answers to everything but tokens and describes, in order.
type Script = VecDeque<(u16, Json)>;

#[derive(Debug)]
pub(super) struct Stub {
    pub(super) url: String,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    url: Mutex<String>,
    seen: Mutex<Vec<Seen>>,
    script: Mutex<Script>,
}

impl Stub {
    /// Listens on a port of this machine.
    pub(super) async fn start(script: impl IntoIterator<Item = (u16, Json)>) -> Self {
        let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State {
            url: Mutex::new(url.clone()),
            seen: Mutex::default(),
            script: Mutex::new(script.into_iter().collect()),
        });
        let shared = state.clone();
        let app = axum::Router::new().fallback(move |request: Request<Body>| {
            let state = shared.clone();
            async move { answer(&state, request).await }
        });
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, state }
    }

    /// What was asked, describes and tokens left out.
    pub(super) fn seen(&self) -> Vec<Seen> {
        let aside = |seen: &Seen| seen.target.ends_with("/oauth2/token") || seen.body.contains("/describe");
        self.everything().into_iter().filter(|seen| !aside(seen)).collect()
    }

    /// What was asked for tokens: the forms.
    pub(super) fn tokens(&self) -> Vec<String> {
        let tokens = self.everything().into_iter().filter(|seen| seen.target.ends_with("/oauth2/token"));
        tokens.map(|seen| seen.body).collect()
    }

    pub(super) fn everything(&self) -> Vec<Seen> {
        self.state.seen.lock().unwrap().clone()
    }
}

async fn answer(state: &State, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
    let authorization = parts.headers.get("authorization").map(|value| value.to_str().unwrap().to_owned());
    let target = parts.uri.path_and_query().unwrap().to_string();
    let seen = Seen { method: parts.method.to_string(), target, authorization, body };
    let (status, body) = reply(state, &seen);
    state.seen.lock().unwrap().push(seen);
    let answer = Response::builder().status(status).header("content-type", "application/json");
    answer.header("Sforce-Limit-Info", "api-usage=54/15000").body(Body::from(body.to_string())).unwrap()
}

fn reply(state: &State, seen: &Seen) -> (u16, Json) {
    if seen.target.ends_with("/oauth2/token") {
        let tokens = state.seen.lock().unwrap().iter().filter(|seen| seen.target.ends_with("/oauth2/token")).count();
        let url = state.url.lock().unwrap().clone();
        return (
            200,
            json!({"access_token": format!("token{tokens}"), "instance_url": url, "token_type": "Bearer",
                   "id": format!("{url}/id/00D000000000001AAA/005000000000001AAA"), "issued_at": "1700000000000"}),
        );
    }
    if seen.body.contains("/describe") {
        let body: Json = serde_json::from_str(&seen.body).unwrap();
        let answers: Vec<Json> = body["compositeRequest"].as_array().unwrap().iter().map(described).collect();
        return (200, json!({"compositeResponse": answers}));
    }
    let nothing = json!([{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}]);
    state.script.lock().unwrap().pop_front().unwrap_or((404, nothing))
}

fn described(request: &Json) -> Json {
    let name = request["url"].as_str().unwrap().rsplit('/').nth(1).unwrap();
    let (status, body) = match describe(name) {
        Some(describe) => (200, describe),
        None => (404, json!([{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}])),
    };
    json!({"body": body, "httpHeaders": {}, "httpStatusCode": status, "referenceId": request["referenceId"]})
}

//! An endpoint that answers by script and remembers what it was asked.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use futures_util::{StreamExt, stream};
use serde_json::{Value as Json, json};
use tokio::sync::Notify;

/// One answer.
#[derive(Debug, Clone)]
pub(super) enum Turn {
    /// A status, headers and a body.
    Whole(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// A body of so many times 1 MiB.
    Long(usize),
    /// Half of a body, then the connection ends.
    Half,
    /// Nothing, ever.
    Never,
}

/// A chat completion whose message has this text.
pub(super) fn text(text: &str) -> Turn {
    message(json!({"role": "assistant", "content": text, "refusal": null}), "stop")
}

pub(super) fn message(message: Json, finish: &str) -> Turn {
    let usage = json!({"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120});
    status(
        200,
        json!({"object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": finish}], "usage": usage}),
    )
}

pub(super) fn status(status: u16, body: Json) -> Turn {
    Turn::Whole(status, vec![("content-type", "application/json".to_owned())], body.to_string().into_bytes())
}

impl Turn {
    pub(super) fn header(self, name: &'static str, value: &str) -> Self {
        match self {
            Self::Whole(status, mut headers, body) => {
                headers.push((name, value.to_owned()));
                Self::Whole(status, headers, body)
            }
            other => other,
        }
    }
}

/// A request that came.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) target: String,
    pub(super) headers: axum::http::HeaderMap,
    pub(super) body: Json,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// Roles and texts of the messages.
    pub(super) fn messages(&self) -> Vec<(&str, &str)> {
        let messages = self.body["messages"].as_array().unwrap().iter();
        messages.map(|message| (message["role"].as_str().unwrap(), message["content"].as_str().unwrap())).collect()
    }
}

#[derive(Debug)]
pub(super) struct Stub {
    pub(super) url: String,
    state: Arc<State>,
}

#[derive(Debug, Default)]
struct State {
    seen: Mutex<Vec<Seen>>,
    script: Mutex<VecDeque<Turn>>,
    /// Pieces of long bodies that were taken.
    pieces: Arc<AtomicUsize>,
    came: Notify,
}

impl Stub {
    /// Listens on a port of this machine.
    pub(super) async fn start(script: impl IntoIterator<Item = Turn>) -> Self {
        let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
        let url = format!("http://{}/v1", listener.local_addr().unwrap());
        let state = Arc::new(State { script: Mutex::new(script.into_iter().collect()), ..State::default() });
        let shared = state.clone();
        let app = axum::Router::new().fallback(move |request: Request<Body>| {
            let state = shared.clone();
            async move { answer(&state, request).await }
        });
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, state }
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.state.seen.lock().unwrap().clone()
    }

    /// How many pieces of long bodies went out.
    pub(super) fn pieces(&self) -> usize {
        self.state.pieces.load(Ordering::SeqCst)
    }

    /// Waits for the next request.
    pub(super) async fn came(&self) {
        self.state.came.notified().await;
    }
}

async fn answer(state: &State, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, 1 << 22).await.unwrap();
    let body = serde_json::from_slice(&body).unwrap_or(Json::Null);
    let target = parts.uri.to_string();
    state.seen.lock().unwrap().push(Seen { target, headers: parts.headers, body });
    state.came.notify_one();
    let turn = state.script.lock().unwrap().pop_front();
    match turn.unwrap_or_else(|| status(500, json!({"error": {"code": "script-is-over"}}))) {
        Turn::Whole(status, headers, body) => {
            let answer =
                headers.into_iter().fold(Response::builder().status(status), |a, (name, value)| a.header(name, value));
            answer.body(Body::from(body)).unwrap()
        }
        Turn::Long(pieces) => {
            let taken = state.pieces.clone();
            let all = stream::iter(0..pieces).map(move |_| {
                taken.fetch_add(1, Ordering::SeqCst);
                Ok::<_, std::io::Error>(vec![b' '; 1 << 20])
            });
            Response::new(Body::from_stream(all))
        }
        Turn::Half => {
            let half = [Ok(br#"{"choices": [{"#.to_vec()), Err(std::io::Error::other("the end"))];
            Response::new(Body::from_stream(stream::iter(half)))
        }
        Turn::Never => std::future::pending().await,
    }
}

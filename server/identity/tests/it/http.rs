//! Keys over HTTP, from this machine: one host, no redirect, one megabyte.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::routing::get;
use engage_identity::keys::KeyProblem;
use engage_identity::{Authority, Fetch, HttpFetch};
use tokio::net::TcpListener;
use tokio::time::Instant;

/// Serves a router on this machine.
pub(crate) async fn served(router: impl FnOnce(&str) -> Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let router = router(&base);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    base
}

#[tokio::test]
async fn it_goes_nowhere_else_and_reads_no_more_than_it_should() {
    let elsewhere = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&elsewhere);
    let other =
        served(|_| Router::new().fallback(move || async move { count.fetch_add(1, Ordering::SeqCst).to_string() }))
            .await;
    let to = other.clone();
    let base = served(|_| {
        Router::new()
            .route("/ok", get(|| async { "{}" }))
            .route("/long", get(|| async { "x".repeat((1 << 20) + 1) }))
            .route("/full", get(|| async { "x".repeat(1 << 20) }))
            .route("/moved", get(move || async move { (StatusCode::FOUND, [(header::LOCATION, to)]) }))
            .route("/down", get(|| async { StatusCode::SERVICE_UNAVAILABLE }))
    })
    .await;
    let fetch = HttpFetch::new(&Authority::local(&base)).unwrap();
    assert_eq!(fetch.fetch(&format!("{base}/ok")).await.unwrap(), b"{}");
    assert_eq!(fetch.fetch(&format!("{base}/full")).await.unwrap().len(), 1 << 20);
    for (url, problem) in [
        (format!("{base}/long"), KeyProblem::TooLong),
        (format!("{base}/moved"), KeyProblem::Status(302)),
        (format!("{base}/down"), KeyProblem::Status(503)),
        (format!("{base}/none"), KeyProblem::Status(404)),
        (format!("{other}/keys"), KeyProblem::Elsewhere),
        (base.replace("http:", "https:"), KeyProblem::Elsewhere),
        (base.replace("127.0.0.1", "user:pass@127.0.0.1"), KeyProblem::Elsewhere),
        (base.replace("127.0.0.1", "localhost"), KeyProblem::Elsewhere),
        ("file:///etc/passwd".to_owned(), KeyProblem::Elsewhere),
        ("x".to_owned(), KeyProblem::Elsewhere),
    ] {
        assert_eq!(fetch.fetch(&url).await, Err(problem), "{url}");
    }
    assert_eq!(elsewhere.load(Ordering::SeqCst), 0);
    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let fetch = HttpFetch::new(&Authority::local(&format!("http://{nobody}"))).unwrap();
    assert_eq!(fetch.fetch(&format!("http://{nobody}/keys")).await, Err(KeyProblem::Unreachable));
}

#[tokio::test(start_paused = true)]
async fn whoever_does_not_answer_is_waited_for_five_seconds() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", silent.local_addr().unwrap());
    let fetch = HttpFetch::new(&Authority::local(&base)).unwrap();
    let began = Instant::now();
    assert_eq!(fetch.fetch(&format!("{base}/keys")).await, Err(KeyProblem::Unreachable));
    let waited = began.elapsed();
    assert!((Duration::from_secs(4)..=Duration::from_secs(6)).contains(&waited), "{waited:?}");
}

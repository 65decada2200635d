//! How many requests of a directory fail. One of which too many do is put aside by those who send it: Entra tries it once a day
//! then, and gives it up after four weeks ("Application provisioning in quarantine status", Microsoft Learn). Whoever runs the
//! platform is to know before.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;
use engage_store::platform::{Alerts, Realm, StoreError};
use serde_json::json;

use super::Scim;

/// The alert of a directory of which many requests fail.
const QUARANTINE_RISK: &str = "scim.quarantine-risk";
/// How long requests are counted together.
const WINDOW: Duration = Duration::from_secs(3600);
/// Of fewer requests nothing is said.
const FEWEST: u64 = 50;
/// The part of them that may fail, in percent: half of what Entra takes.
const MAY_FAIL: u64 = 20;

/// Where a request leaves whose it is, once that is known.
#[derive(Debug, Clone, Default)]
pub(super) struct Whose(pub(super) Arc<OnceLock<Realm>>);

/// The requests of a while.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Window {
    began: Duration,
    requests: u64,
    failed: u64,
    told: bool,
    /// Whether something was told in a while before, and no good one came after it.
    alarmed: bool,
}

impl Window {
    fn fails(&self) -> bool {
        self.requests >= FEWEST && self.failed.saturating_mul(100) > self.requests.saturating_mul(MAY_FAIL)
    }
}

/// What is to be said of a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    /// Too many of its requests fail.
    Fails { requests: u64, failed: u64 },
    /// A whole while went well after one that did not.
    Well,
}

/// The requests of every directory that this process has heard of in the last while.
#[derive(Debug, Default)]
pub(super) struct Failing(Mutex<HashMap<Realm, Window>>);

impl Failing {
    /// Counts a request. `now` is a clock that never goes back.
    fn note(&self, realm: Realm, failed: bool, now: Duration) -> Option<News> {
        let mut of = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let window = of.entry(realm).or_insert(Window { began: now, ..Window::default() });
        let over = now.saturating_sub(window.began) >= WINDOW;
        let well = over && window.alarmed && !window.fails();
        if over {
            *window = Window { began: now, alarmed: window.alarmed && !well, ..Window::default() };
        }
        window.requests += 1;
        window.failed += u64::from(failed);
        let Window { requests, failed, told, .. } = *window;
        if window.fails() && !told {
            (window.told, window.alarmed) = (true, true);
            return Some(News::Fails { requests, failed });
        }
        well.then_some(News::Well)
    }
}

/// Whether those who provision count an answer as failed. What is not found is an answer, and what is to come later is asked again.
fn failed(status: StatusCode) -> bool {
    let fine = [StatusCode::NOT_FOUND, StatusCode::TOO_MANY_REQUESTS];
    (status.is_client_error() || status.is_server_error()) && !fine.contains(&status)
}

/// Follows a request to its answer. The answer stands whatever becomes of that.
pub(super) async fn followed(State(scim): State<Arc<Scim>>, mut request: Request, next: Next) -> Response {
    let whose = Whose::default();
    request.extensions_mut().insert(whose.clone());
    let response = next.run(request).await;
    if let Some(realm) = whose.0.get().copied()
        && let Some(news) = scim.failing.note(realm, failed(response.status()), scim.time.now())
        && let Err(error) = scim.tell(realm, news).await
    {
        tracing::warn!(%error, "what is to be said of a directory could not be written down");
    }
    response
}

impl Scim {
    async fn tell(&self, realm: Realm, news: News) -> Result<(), StoreError> {
        let (now, Realm { organisation, environment, service }) = (self.now(), realm);
        let News::Fails { requests, failed } = news else {
            let close = self
                .database
                .write((), move |tx, ()| Box::pin(tx.close_alert(organisation, environment, QUARANTINE_RISK, now)));
            return close.await.map(drop);
        };
        let details = json!({"service": service.as_str(), "requests": requests, "failed": failed});
        self.raise(QUARANTINE_RISK, realm, details).await
    }
}

#[cfg(test)]
mod tests {
    use engage_store::platform::{Environment, Service};
    use uuid::Uuid;

    use super::*;

    const REALM: Realm =
        Realm { organisation: Uuid::nil(), environment: Environment::Prod, service: Service::Employees };

    #[test]
    fn many_failures_are_told_once_in_a_while_and_a_good_while_is_told_after_it() {
        let (failing, at) = (Failing::default(), Duration::from_secs);
        let news: Vec<News> = (0..60).filter_map(|n| failing.note(REALM, n % 4 == 0, at(n))).collect();
        let [News::Fails { requests: 50, failed: 13 }] = news.as_slice() else { panic!("{news:?}") };
        assert_eq!(failing.note(REALM, false, at(3600)), None, "the while before was no good one");
        assert!((0..99).all(|n| failing.note(REALM, n % 5 == 4, at(3601 + n)).is_none()), "a fifth may fail");
        assert_eq!(failing.note(REALM, false, at(7200)), Some(News::Well));
        assert_eq!(failing.note(REALM, false, at(10_800)), None, "it is told once");
    }

    #[test]
    fn not_every_refusal_counts() {
        let counted = |status: u16| failed(StatusCode::from_u16(status).unwrap());
        assert!([400, 401, 409, 413, 500, 503].into_iter().all(counted));
        assert!(![200, 201, 204, 304, 404, 429].into_iter().any(counted));
    }
}

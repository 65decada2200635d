//! What stands around every surface: an id for each request, a line in the log, measures, limits, headers for browsers.

use std::net::{IpAddr, Ipv4Addr};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use engage_playbooks::ports::Time;
use futures_util::FutureExt as _;
use tokio::sync::Semaphore;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_service::Service as _;
use tracing::{Instrument as _, Span};
use uuid::Uuid;

use super::listen::Peer;
use super::measures::{Because, HttpMeasures};
use super::network::{Network, caller};
use super::outage::Outages;
use super::refusal::Refusal;
use crate::config::Config;

/// Under which a caller finds a request in our logs, and may name it himself.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Under which a caller names one of his organisations.
const ORGANIZATION: HeaderName = HeaderName::from_static("x-engage-organization");
/// What a caller brings for an application of the organisation's own at its CRM.
const ASSERTION: HeaderName = HeaderName::from_static("x-engage-crm-assertion");
/// What callers of older descriptions of the API bring beside their token: nobody reads it.
const KEYS: [HeaderName; 2] =
    [HeaderName::from_static("ocp-apim-subscription-key"), HeaderName::from_static("x-api-key")];
/// How a caller stands with what he may ask.
const RATES: [HeaderName; 3] = [
    HeaderName::from_static("x-ratelimit-limit"),
    HeaderName::from_static("x-ratelimit-remaining"),
    HeaderName::from_static("x-ratelimit-reset"),
];
/// The longest id that is taken from a caller.
const LONGEST_ID: usize = 64;
/// How long a browser keeps to TLS and a preflight's answer, in seconds.
const A_YEAR: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Says what a request is called in logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(pub Arc<str>);

/// Who called, as far as the network tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caller(pub IpAddr);

/// A part of the server that speaks a protocol of its own.
#[derive(Debug, Clone, Copy)]
pub struct Surface {
    /// Whether a path is its own.
    pub owns: fn(&str) -> bool,
    /// Tells a refusal in the words of its protocol.
    pub tell: fn(Refusal) -> Response,
    /// Whether it counts who calls: then refusals say too how the caller stands.
    pub counts: bool,
}

/// How whoever calls stands with what he may ask: headers that whatever is answered has, whoever answers. A surface that counts finds
/// it among the extensions of a request.
#[derive(Debug, Clone, Default)]
pub struct Stood(Arc<OnceLock<Vec<(HeaderName, HeaderValue)>>>);

impl Stood {
    /// Says it. What is said first holds.
    pub fn say(&self, headers: Vec<(HeaderName, HeaderValue)>) {
        // Whoever counted him has done it once.
        let _ = self.0.set(headers);
    }

    fn tell(&self, headers: &mut HeaderMap) {
        headers.extend(self.0.get().into_iter().flatten().cloned());
    }
}

/// Counts a request that no surface has seen, by the address that it came from, and says how whoever calls stands then. It waits for
/// nothing: the request is refused already.
pub type Count = Arc<dyn Fn(IpAddr, &Stood) + Send + Sync>;

/// Lets the span of a request go on with what its caller traces, as the head of the request says (W3C Trace Context).
pub type Follow = fn(&Span, &HeaderMap);

/// Makes ids of requests.
pub type Ids = Arc<dyn Fn() -> Uuid + Send + Sync>;

/// What the surroundings need.
pub struct Surroundings {
    /// The surfaces.
    pub surfaces: Vec<Surface>,
    /// Where requests are counted.
    pub measures: Arc<HttpMeasures>,
    /// Makes ids of requests.
    pub ids: Ids,
    /// How long a request takes is read here.
    pub time: Arc<dyn Time>,
    /// Where spans go somewhere: how those of requests go on.
    pub follow: Option<Follow>,
    /// Counts what is refused before a surface that counts has seen it.
    pub count: Option<Count>,
}

impl std::fmt::Debug for Surroundings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings").field("surfaces", &self.surfaces).finish_non_exhaustive()
    }
}

struct Around {
    surroundings: Surroundings,
    outages: Outages,
    proxies: Vec<Network>,
    secure: bool,
    places: Semaphore,
    patience: std::time::Duration,
    body_bytes: usize,
}

impl Surroundings {
    /// Puts all of it around the routes of the surfaces.
    pub fn around(self, router: Router, config: &Config) -> Router {
        let around = Arc::new(Around {
            outages: Outages::new(Arc::clone(&self.time)),
            surroundings: self,
            proxies: config.server.trusted_proxies.clone(),
            secure: config.server.tls.is_some() || !config.server.trusted_proxies.is_empty(),
            places: Semaphore::new(config.limits.requests_at_once),
            patience: config.limits.request_time,
            body_bytes: config.limits.body_bytes,
        });
        let inside = router
            .fallback(async || Refusal::NoSuchPath)
            .method_not_allowed_fallback(async || Refusal::Method)
            .layer(DefaultBodyLimit::max(config.limits.body_bytes))
            .layer(from_fn_with_state(Arc::clone(&around), bounded))
            .layer(CompressionLayer::new())
            .layer(cors(&config.cors_origins))
            .layer(from_fn_with_state(around, watched));
        // Before any route is looked for: callers put our address and theirs together with a slash too many.
        Router::new().fallback(async move |mut request: Request| {
            if let Some(uri) = single_slashes(request.uri()) {
                *request.uri_mut() = uri;
            }
            let mut inside = inside;
            inside.call(request).await
        })
    }
}

fn cors(origins: &[String]) -> CorsLayer {
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|origin| origin.parse().ok()).collect();
    let methods = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let exposed: Vec<HeaderName> =
        [header::ETAG, header::LOCATION, header::RETRY_AFTER, REQUEST_ID].into_iter().chain(RATES).collect();
    let sent = [header::AUTHORIZATION, header::CONTENT_TYPE, header::IF_MATCH, header::IF_NONE_MATCH];
    let sent: Vec<HeaderName> = sent.into_iter().chain([ORGANIZATION, ASSERTION, REQUEST_ID]).chain(KEYS).collect();
    CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods(methods)
        .allow_headers(sent)
        .expose_headers(exposed)
}

/// Holds a request to what one may cost.
async fn bounded(State(around): State<Arc<Around>>, request: Request, next: Next) -> Response {
    if let Some(refusal) = request.extensions().get::<Refusal>() {
        return refusal.into_response();
    }
    let encoded = request.headers().get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity");
    if encoded {
        return Refusal::Encoding.into_response();
    }
    if announced(request.headers()).is_some_and(|bytes| bytes > around.body_bytes as u64) {
        return Refusal::TooLarge.into_response();
    }
    let Ok(_place) = around.places.try_acquire() else { return Refusal::Full.into_response() };
    let answer = tokio::time::timeout(around.patience, next.run(request)).await;
    answer.unwrap_or_else(|_| Refusal::Late.into_response())
}

/// How long a body will be, where its head says so: one that is too long is refused before any of it is read.
fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(header::CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Names a request, follows it and writes down what came of it: route, status and time, nothing that a person could be known by.
async fn watched(State(around): State<Arc<Around>>, mut request: Request, next: Next) -> Response {
    let Surroundings { surfaces, measures, ids, time, follow, count } = &around.surroundings;
    let started = time.now();
    let id = named(request.headers()).unwrap_or_else(|| Arc::from(ids().to_string()));
    let peer = request.extensions().get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
    let caller = caller(peer, request.headers(), &around.proxies);
    let route: Arc<str> = request.extensions().get::<MatchedPath>().map_or("unmatched", MatchedPath::as_str).into();
    let surface = surfaces.iter().find(|surface| (surface.owns)(request.uri().path())).copied();
    let method = request.method().clone();
    request.extensions_mut().insert(RequestId(Arc::clone(&id)));
    request.extensions_mut().insert(Caller(caller));
    let stood = Stood::default();
    request.extensions_mut().insert(stood.clone());
    let span = tracing::info_span!("request", request = %id, %method, %route);
    if let Some(follow) = follow {
        follow(&span, request.headers());
    }
    let under_way = measures.begin();
    // A bug in one answer ends that answer and nothing else.
    let answer = AssertUnwindSafe(next.run(request)).catch_unwind().instrument(span.clone()).await;
    drop(under_way);
    let mut response = answer.unwrap_or_else(|_| Refusal::Broken.into_response());
    if let (Some(surface), Some(refusal)) = (surface, response.extensions().get::<Refusal>().copied()) {
        response = retold(&response, (surface.tell)(refusal));
    }
    // What was answered before a surface saw it: a refusal, or what a browser asks before a page may call.
    let counts = surface.is_some_and(|surface| surface.counts);
    if let (Some(count), true) = (count, counts && stood.0.get().is_none()) {
        count(caller, &stood);
    }
    stood.tell(response.headers_mut());
    if let Some(because) = response.extensions().get::<Because>() {
        measures.refused(*because);
    }
    let (status, took) = (response.status().as_u16(), time.now().saturating_sub(started));
    measures.end(&method, &route, status, took);
    span.in_scope(|| {
        around.outages.tell(&response);
        tracing::info!(target: "engage_server::access", status, took_ms = took.as_secs_f64() * 1e3, "answered");
    });
    dress(&around, &id, response.headers_mut());
    response
}

/// The same address without a slash twice or at the end of the path; `None` where there is none.
fn single_slashes(uri: &Uri) -> Option<Uri> {
    let path = uri.path();
    if !path.contains("//") && (path == "/" || !path.ends_with('/')) {
        return None;
    }
    let segments = path.split('/').filter(|segment| !segment.is_empty());
    let mut plain: String = segments.flat_map(|segment| ["/", segment]).collect();
    if plain.is_empty() {
        plain.push('/');
    }
    plain.extend(uri.query().into_iter().flat_map(|query| ["?", query]));
    plain.parse().ok()
}

/// A refusal in a surface's words keeps when to come back, what is allowed instead, and that the connection ends.
fn retold(was: &Response, mut told: Response) -> Response {
    for name in [header::RETRY_AFTER, header::ALLOW, header::CONNECTION] {
        if let Some(value) = was.headers().get(&name) {
            told.headers_mut().entry(name).or_insert_with(|| value.clone());
        }
    }
    told
}

/// The id that a caller gave, where it can stand in a log.
fn named(headers: &HeaderMap) -> Option<Arc<str>> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (!id.is_empty() && id.len() <= LONGEST_ID && id.bytes().all(plain)).then(|| Arc::from(id))
}

/// Headers that every answer has, where a surface does not say otherwise.
fn dress(around: &Around, id: &str, headers: &mut HeaderMap) {
    let mut default = |name: HeaderName, value: HeaderValue| {
        headers.entry(name).or_insert(value);
    };
    default(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    default(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    default(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    default(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if around.secure {
        default(header::STRICT_TRANSPORT_SECURITY, A_YEAR);
    }
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
}

//! Spans of requests, runs and blocks to an OpenTelemetry collector, over HTTP.

use std::time::Duration;

use async_trait::async_trait;
use axum::http::HeaderMap;
use engage_server::http::Follow;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{TraceContextExt, TracerProvider};
use opentelemetry_http::{Bytes, HeaderExtractor, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tokio::runtime::Handle;
use tracing::Span;
use tracing::level_filters::LevelFilter;
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::{Layer, Registry};

use super::logs::Boxed;
use super::settings::variable;
use crate::failure::Failure;

/// How long a collector may take for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The name of this program where `OTEL_SERVICE_NAME` gives none.
const SERVICE: &str = "engage";

/// What has to be closed so that the last spans go out.
pub(super) struct Spans(Option<SdkTracerProvider>);

impl Spans {
    /// Sends what is left.
    pub(super) async fn close(self) {
        let Some(provider) = self.0 else { return };
        // It waits for the collector, and what sends runs here.
        let closed = tokio::task::spawn_blocking(move || provider.shutdown()).await;
        if !matches!(closed, Ok(Ok(()))) {
            tracing::warn!("the last spans were not sent");
        }
    }
}

/// Requests go on with what their callers trace.
pub(super) const FOLLOW: Option<Follow> = Some(follow);

fn follow(span: &Span, headers: &HeaderMap) {
    let context = TraceContextPropagator::new().extract(&HeaderExtractor(headers));
    if context.span().span_context().is_valid() {
        // Where no collector is named there is nothing to go on with.
        let _ = span.set_parent(context);
    }
}

/// Begins to send spans where the environment names a collector.
///
/// # Errors
/// When the collector's address is none.
pub(super) fn begin(runtime: &Handle) -> Result<(Spans, Option<Boxed>), Failure> {
    if variable("OTEL_EXPORTER_OTLP_ENDPOINT")?.is_none() {
        return Ok((Spans(None), None));
    }
    let wrong = |why: String| Failure::usage(format!("the collector of `OTEL_EXPORTER_OTLP_ENDPOINT`: {why}"));
    let client = reqwest::Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none()).build();
    let sender = Sender { client: client.map_err(|error| wrong(error.to_string()))?, runtime: runtime.clone() };
    let exporter = SpanExporter::builder().with_http().with_http_client(sender).build();
    let exporter = exporter.map_err(|error| wrong(error.to_string()))?;
    let mut resource = Resource::builder();
    if variable("OTEL_SERVICE_NAME")?.is_none() {
        resource = resource.with_service_name(SERVICE);
    }
    let provider = SdkTracerProvider::builder().with_resource(resource.build()).with_batch_exporter(exporter).build();
    let layer = tracing_opentelemetry::layer::<Registry>()
        .with_tracer(provider.tracer(SERVICE))
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_filter(Targets::new().with_target("engage", LevelFilter::INFO));
    Ok((Spans(Some(provider)), Some(layer.boxed())))
}

/// Sends on the runtime of the process: the exporter has a thread of its own, which has none.
#[derive(Debug)]
struct Sender {
    client: reqwest::Client,
    runtime: Handle,
}

#[async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let client = self.client.clone();
        self.runtime.spawn(send(client, request)).await?
    }
}

async fn send(client: reqwest::Client, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
    let answer = client.execute(request.try_into()?).await?;
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = answer.status();
    *response.headers_mut() = answer.headers().clone();
    // What a collector says beside its status is of no use to anybody here, however long it is.
    Ok(response)
}

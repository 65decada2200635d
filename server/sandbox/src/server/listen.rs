//! Sockets: accepts connections, reads requests whole, sends answers, puts faults in between.

use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::Service;
use super::admin::Admin;
use super::faults::Fault;
use super::log::{self, Entry};
use super::sandbox::Shared;
use super::sent::{Broken, Sent};
use crate::http::{Answer, Request};

/// Most headers of a request.
const MAX_HEADERS: usize = 128;

/// Largest head of a request: the longest address Dataverse takes, and room for headers.
const MAX_HEAD: usize = 192 * 1024;

/// Time a client has to send its headers, or to shake hands.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who answers on a listener.
#[derive(Clone)]
pub(crate) enum Target {
    Service(Arc<dyn Service>),
    Admin(Arc<Admin>),
}

/// One listener.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(crate) target: Target,
    pub(crate) shared: Arc<Shared>,
    pub(crate) tls: Option<TlsAcceptor>,
    /// Scheme and authority, for requests that do not name their host.
    pub(crate) base: String,
}

/// Accepts connections until the sandbox is stopped.
pub(crate) async fn serve(listener: TcpListener, endpoint: Endpoint, mut stopped: watch::Receiver<bool>) {
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                // A connection that is gone before it is accepted concerns nobody else.
                Err(_) => continue,
            },
            _ = stopped.changed() => return,
        };
        let (endpoint, mut stopped) = (endpoint.clone(), stopped.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = connection(stream, endpoint) => {}
                _ = stopped.changed() => {}
            }
        });
    }
}

async fn connection(stream: TcpStream, endpoint: Endpoint) {
    // An answer is written in one go; waiting for more would only make it late.
    let _ = stream.set_nodelay(true);
    match endpoint.tls.clone() {
        None => speak(stream, endpoint).await,
        Some(acceptor) => {
            if let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, acceptor.accept(stream)).await {
                speak(stream, endpoint).await;
            }
        }
    }
}

async fn speak(stream: impl AsyncRead + AsyncWrite + Unpin, endpoint: Endpoint) {
    let service = service_fn(|request| respond(request, &endpoint));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_headers(MAX_HEADERS).max_buf_size(MAX_HEAD);
    // A client that breaks off has nobody left to tell.
    let _ = builder.serve_connection(TokioIo::new(stream), service).await;
}

async fn respond(request: hyper::Request<Incoming>, endpoint: &Endpoint) -> Result<hyper::Response<Sent>, Broken> {
    let request = match read(request, endpoint).await {
        Ok(request) => request,
        Err(status) => return Ok(response(Answer::empty(status), Sent::whole)),
    };
    match &endpoint.target {
        Target::Admin(admin) => Ok(response(admin.handle(&request), Sent::whole)),
        Target::Service(service) => serve_one(service.as_ref(), &request, &endpoint.shared).await,
    }
}

/// Reads a request whole; a status when it cannot be.
async fn read(request: hyper::Request<Incoming>, endpoint: &Endpoint) -> Result<Request, u16> {
    let (head, body) = request.into_parts();
    let body = Limited::new(body, endpoint.shared.max_body).collect().await;
    let body = body.map_err(|error| if error.is::<LengthLimitError>() { 413_u16 } else { 400 })?;
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let headers: Vec<(String, String)> = headers.collect();
    let scheme = if endpoint.tls.is_some() { "https" } else { "http" };
    let host = headers.iter().find(|(name, _)| name == "host").map(|(_, host)| format!("{scheme}://{host}"));
    Ok(Request {
        method: head.method.as_str().to_owned(),
        base: host.unwrap_or_else(|| endpoint.base.clone()),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers,
        body: body.to_bytes().to_vec(),
    })
}

async fn serve_one(service: &dyn Service, request: &Request, shared: &Shared) -> Result<hyper::Response<Sent>, Broken> {
    let Ok(fault) = shared.faults.meet(service.name(), request) else {
        let answer = Answer::text(400, "text/plain", "The header x-sandbox-fault names no fault of the sandbox.");
        return Ok(response(answer, Sent::whole));
    };
    // The place is held as long as the request is served, latency included.
    let admitted = service.admit(request);
    if let Some(Fault::Latency { milliseconds }) = fault {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }
    if fault == Some(Fault::CutBefore) {
        record(service, request, shared, None, fault.as_ref());
        return Err(Broken);
    }
    let answer = match (&admitted, fault.as_ref().and_then(Fault::refusal)) {
        (Err(refused), _) => Answer::clone(refused),
        (Ok(_), Some(refusal)) => service.refuse(request, refusal),
        (Ok(_), None) => service.handle(request),
    };
    let cut = fault == Some(Fault::CutAfter);
    record(service, request, shared, Some((&answer, cut)), fault.as_ref());
    match fault {
        Some(Fault::CutAfter) => Err(Broken),
        Some(Fault::Truncated { bytes }) => Ok(response(answer, |body| Sent::truncated(body, bytes))),
        Some(Fault::Slow { bytes, milliseconds }) => {
            Ok(response(answer, |body| Sent::slow(body, bytes, Duration::from_millis(milliseconds))))
        }
        _ => Ok(response(answer, Sent::whole)),
    }
}

fn record(
    service: &dyn Service,
    request: &Request,
    shared: &Shared,
    answer: Option<(&Answer, bool)>,
    fault: Option<&Fault>,
) {
    let body = (!service.is_secret(request)).then(|| log::kept(&request.body));
    let line = shared.log.add(Entry {
        number: 0,
        service: service.name().to_owned(),
        method: request.method.clone(),
        target: request.target(),
        body,
        status: answer.filter(|(_, cut)| !cut).map(|(answer, _)| answer.status),
        operations: answer.map(|(answer, _)| answer.operations.clone()).unwrap_or_default(),
        fault: fault.map(|fault| format!("{fault:?}")),
    });
    if let Some(print) = &shared.print {
        print(&line);
    }
}

fn response(answer: Answer, send: impl FnOnce(Vec<u8>) -> Sent) -> hyper::Response<Sent> {
    let mut response = hyper::Response::new(send(answer.body));
    *response.status_mut() =
        hyper::StatusCode::from_u16(answer.status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in answer.headers {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

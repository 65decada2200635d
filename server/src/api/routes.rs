//! Addresses: a route for each row of the table, in each version that it is in.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest as _, FromRequestParts as _, RawPathParams, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use engage_identity::{Caller as Identified, Presented, Principal};

use super::Api;
use super::call::{Answer, Call, takes};
use super::described;
use super::fault::Fault;
use super::query::Query;
use super::resources::handler;
use super::table::{Operation, Version, operations};
use crate::http::{Caller, Refusal};
use crate::identity::CountKey;
use crate::openapi::Form;

/// Who calls, or why nobody is let in.
#[derive(Clone)]
struct Admitted(Result<Arc<Principal>, engage_identity::Reason>);

/// Whether a path is one of the Public API's.
pub(super) fn owns(path: &str) -> bool {
    Version::ALL.iter().any(|version| {
        let rest = path.strip_prefix(version.prefix());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    })
}

/// Every address of every version.
pub(super) fn all(api: &Arc<Api>) -> Router {
    let of = |router: Router, version: Version| router.nest(version.prefix(), routes(api, version));
    Version::ALL.into_iter().fold(Router::new(), of)
}

fn routes(api: &Arc<Api>, version: Version) -> Router {
    let mut paths: BTreeMap<String, MethodRouter<Arc<Api>>> = BTreeMap::new();
    for operation in operations().iter().filter(|operation| operation.versions.contains(&version)) {
        for path in operation.paths() {
            let there = paths.remove(&positional(&path)).unwrap_or_default();
            paths.insert(positional(&path), served(there, operation, version));
        }
    }
    let router = paths.into_iter().fold(Router::new(), |router, (path, methods)| router.route(&path, methods));
    router
        .fallback(async || Fault::from(Refusal::NoSuchPath))
        .method_not_allowed_fallback(async || Fault::from(Refusal::Method))
        .layer(from_fn_with_state(Arc::clone(api), counted))
        .with_state(Arc::clone(api))
}

/// The same path with names of parameters by their place: operations may call the same place differently.
fn positional(path: &str) -> String {
    let mut place = 0;
    let segment = |segment: &str| {
        if segment.starts_with('{') {
            place += 1;
            format!("{{named{place}}}")
        } else {
            segment.to_owned()
        }
    };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

fn served(there: MethodRouter<Arc<Api>>, operation: &'static Operation, version: Version) -> MethodRouter<Arc<Api>> {
    let Ok(filter) = MethodFilter::try_from(operation.method.clone()) else { return there };
    let answer = async move |State(api): State<Arc<Api>>, request: Request| -> Response {
        let form = form(operation);
        let media = match form {
            Some(form) => form.media(),
            None if operation.id == "Meetings_generateICal" => "text/calendar",
            None => "application/json",
        };
        if !takes(request.headers(), media) {
            return Fault::new(StatusCode::NOT_ACCEPTABLE, format!("the answer is `{media}`")).into_response();
        }
        if let Some(form) = form {
            return described::served(version).answer(form, request.headers());
        }
        match answered(api, operation, version, request).await {
            Ok(reply) => reply.into_response(),
            Err(fault) => fault.into_response(),
        }
    };
    there.merge(on(filter, answer))
}

/// What a description of the API is asked for as; nothing of what is no description.
fn form(operation: &Operation) -> Option<Form> {
    match operation.id {
        "OpenApi_get" => Some(Form::Yaml),
        "OpenApi_json" => Some(Form::Json),
        "OpenApi_page" => Some(Form::Page),
        _ => None,
    }
}

async fn answered(api: Arc<Api>, operation: &'static Operation, version: Version, request: Request) -> Answer {
    let (mut parts, body) = request.into_parts();
    let admitted = parts.extensions.remove::<Admitted>();
    let principal = admitted.map_or(Err(engage_identity::Reason::TokenMissing), |Admitted(admitted)| admitted)?;
    operation.requirement.admits(&principal)?;
    let handle = handler(operation.id).ok_or_else(|| Fault::not_implemented("this is not served here"))?;
    let named = RawPathParams::from_request_parts(&mut parts, &()).await.map_err(|_| Fault::absent())?;
    let named = named.iter().map(|(_, value)| value.to_owned()).collect();
    let query = Query::of(parts.uri.query().unwrap_or_default())?;
    let path = format!("{}{}", version.prefix(), parts.uri.path());
    let headers = parts.headers.clone();
    let body =
        if operation.method == Method::GET { Bytes::new() } else { whole(Request::from_parts(parts, body)).await? };
    let (tenancy, caller) = Call::whose(&principal);
    handle(api, Call { version, tenancy, caller, query, path, named, headers, body }).await
}

async fn whole(request: Request<Body>) -> Result<Bytes, Fault> {
    Bytes::from_request(request, &()).await.map_err(|refused| match refused.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::TooLarge.into(),
        _ => Fault::bad("the body did not come whole"),
    })
}

/// Finds out who calls, holds them to their rate, and says on every answer how they stand. Whoever is not let in is counted by
/// where he calls from.
async fn counted(State(api): State<Arc<Api>>, mut request: Request, next: Next) -> Response {
    // Whoever is not known to call from anywhere calls from nowhere, with all others of whom that is so.
    let nowhere = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    let from = CountKey::Address(request.extensions().get::<Caller>().map_or(nowhere, |caller| caller.0));
    let presented = Presented { headers: request.headers(), query: request.uri().query() };
    let admitted = api.validator.authenticate(presented).await.map(Arc::new).map_err(|denied| {
        tracing::info!(reason = denied.reason.code(), facts = ?denied.facts, "a caller is not let in");
        denied.reason
    });
    let key = match &admitted {
        Ok(principal) => {
            let client = match &principal.caller {
                Identified::User(user) => user.client,
                Identified::System(system) => system.client,
            };
            CountKey::Client { organisation: principal.organisation, client }
        }
        Err(_) => from,
    };
    let standing = api.limiter.take(key, api.time.timestamp()).await;
    let mut response = match standing.wait {
        Some(seconds) => Fault::later(seconds).into_response(),
        None => {
            request.extensions_mut().insert(Admitted(admitted));
            next.run(request).await
        }
    };
    standing.tell(response.headers_mut());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_handler_or_is_one_of_slides_or_a_description() {
        for operation in operations() {
            let present = operation.path.starts_with("/present/");
            assert_eq!(operation.open, form(operation).is_some(), "{} is open to everybody", operation.id);
            assert_eq!(handler(operation.id).is_none(), present || operation.open, "{}", operation.id);
        }
    }
}

//! Addresses: a route for each row of a table, of whichever surface; what happens between a request and what answers it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest as _, FromRequestParts as _, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodFilter, MethodRouter, on};
use engage_identity::{Choice, Reason};
use futures_util::future::BoxFuture;

use super::Api;
use super::call::{Answer, Call, Origin, takes};
use super::door::{Admitted, Door};
use super::fault::Fault;
use super::query::Query;
use super::table::{Operation, Version, operations};
use crate::http::Refusal;
use crate::openapi::{Form, Served};

/// What does an operation over a state.
pub(crate) enum Does<S> {
    /// For somebody who has been let in.
    Call(fn(Arc<S>, Call) -> BoxFuture<'static, Answer>),
    /// Tells a user where he may go, who has chosen nothing yet.
    Choose(fn(Arc<S>, Vec<Choice>) -> BoxFuture<'static, Answer>),
}

/// The state of a surface: it has a door, and knows what does each of its operations.
pub(crate) trait Serves: Send + Sync + Sized + 'static {
    /// Who is let in.
    fn door(&self) -> &Door;
    /// What does the operation of that name; nothing of those that are not served.
    fn handler(id: &str) -> Option<Does<Self>>;
    /// The description of the surface in a version.
    fn described(version: Version) -> &'static Served;
}

/// Where operations are served.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Mount {
    /// What all addresses begin with.
    pub(crate) prefix: &'static str,
    /// How values are spelled, which differs between versions of the Public API.
    pub(crate) version: Version,
}

/// Whether a path is below a prefix.
pub(crate) fn is_below(path: &str, prefix: &str) -> bool {
    path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a path is one of the Public API's.
pub(super) fn owns(path: &str) -> bool {
    Version::ALL.iter().any(|version| is_below(path, version.prefix()))
}

/// Every address of every version of the Public API.
pub(super) fn all(api: &Arc<Api>) -> Router {
    Version::ALL.into_iter().fold(Router::new(), |router, version| {
        let of_version = operations().iter().filter(|operation| operation.versions.contains(&version));
        router.merge(mounted(api, Mount { prefix: version.prefix(), version }, of_version))
    })
}

/// The addresses of operations below a prefix, with all that happens before one is done.
pub(crate) fn mounted<S: Serves>(
    state: &Arc<S>,
    mount: Mount,
    operations: impl Iterator<Item = &'static Operation>,
) -> Router {
    let mut paths: BTreeMap<String, MethodRouter<Arc<S>>> = BTreeMap::new();
    for operation in operations {
        for path in operation.paths() {
            let there = paths.remove(&positional(&path)).unwrap_or_default();
            paths.insert(positional(&path), served(there, operation, mount));
        }
    }
    let router = paths.into_iter().fold(Router::new(), |router, (path, methods)| router.route(&path, methods));
    let router = router
        .fallback(async || Fault::from(Refusal::NoSuchPath))
        .method_not_allowed_fallback(async || Fault::from(Refusal::Method))
        .layer(from_fn_with_state(Arc::clone(state), counted::<S>))
        .with_state(Arc::clone(state));
    Router::new().nest(mount.prefix, router)
}

async fn counted<S: Serves>(State(state): State<Arc<S>>, request: Request, next: Next) -> Response {
    state.door().counted(request, next).await
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

fn served<S: Serves>(there: MethodRouter<Arc<S>>, operation: &'static Operation, mount: Mount) -> MethodRouter<Arc<S>> {
    let Ok(filter) = MethodFilter::try_from(operation.method.clone()) else { return there };
    let answer = async move |State(state): State<Arc<S>>, request: Request| -> Response {
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
            return S::described(mount.version).answer(form, request.headers());
        }
        match answered(state, operation, mount, request).await {
            Ok(reply) => reply.into_response(),
            Err(fault) => fault.into_response(),
        }
    };
    there.merge(on(filter, answer))
}

/// What a description of a surface is asked for as; nothing of what is no description.
pub(crate) fn form(operation: &Operation) -> Option<Form> {
    match operation.id {
        "OpenApi_get" => Some(Form::Yaml),
        "OpenApi_json" => Some(Form::Json),
        "OpenApi_page" => Some(Form::Page),
        _ => None,
    }
}

async fn answered<S: Serves>(state: Arc<S>, operation: &'static Operation, mount: Mount, request: Request) -> Answer {
    let (mut parts, body) = request.into_parts();
    let admitted = parts.extensions.remove::<Admitted>().ok_or(Reason::TokenMissing)?;
    match S::handler(operation.id) {
        Some(Does::Choose(choose)) => choose(state, admitted.choices()?).await,
        does => {
            let principal = admitted.principal?;
            operation.requirement.admits(&principal)?;
            let Some(Does::Call(handle)) = does else {
                return Err(Fault::not_implemented("this is not served here"));
            };
            let call = call(parts, body, operation, mount, Origin::new(principal)).await?;
            handle(state, call).await
        }
    }
}

/// What an operation is given.
async fn call(
    mut parts: Parts,
    body: Body,
    operation: &Operation,
    mount: Mount,
    origin: Origin,
) -> Result<Call, Fault> {
    let named = RawPathParams::from_request_parts(&mut parts, &()).await.map_err(|_| Fault::absent())?;
    let named = named.iter().map(|(_, value)| value.to_owned()).collect();
    let query = Query::of(parts.uri.query().unwrap_or_default())?;
    let path = format!("{}{}", mount.prefix, parts.uri.path());
    let origin = origin.of(&parts.extensions);
    let headers = parts.headers.clone();
    let body =
        if operation.method == Method::GET { Bytes::new() } else { whole(Request::from_parts(parts, body)).await? };
    let (tenancy, caller) = Call::whose(&origin.principal);
    Ok(Call { version: mount.version, tenancy, caller, origin, query, path, named, headers, body })
}

async fn whole(request: Request<Body>) -> Result<Bytes, Fault> {
    Bytes::from_request(request, &()).await.map_err(|refused| match refused.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::TooLarge.into(),
        _ => Fault::bad("the body did not come whole"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_handler_or_is_one_of_slides_or_a_description() {
        for operation in operations() {
            let present = operation.path.starts_with("/present/");
            assert_eq!(operation.open, form(operation).is_some(), "{} is open to everybody", operation.id);
            assert_eq!(Api::handler(operation.id).is_none(), present || operation.open, "{}", operation.id);
        }
    }
}

//! Addresses: from the head of a request to its answer.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use axum::{Extension, Router};
use engage_scim::json::Limits;
use engage_scim::list::{Page, Search};
use engage_scim::projection::Projection;
use engage_scim::schema::discovery;
use engage_scim::{Patch, Resource, ScimError, ScimType, Status};
use engage_store::platform::Kind;
use serde_json::Value;

use super::answer::{self, Fault};
use super::asked::{Asked, MOUNTS, mount};
use super::lists::apart;
use super::resources::{Current, Expected, Reach};
use super::{Scim, type_of};

type Answer = Result<Response, Fault>;
type Sent = Result<Bytes, BytesRejection>;
/// Parameters of a URL, unknown ones too: Entra appends flags of its own.
type Asking = Result<Query<Vec<(String, String)>>, QueryRejection>;
/// What an address names; one that is no UTF-8 names nothing.
type Named = Result<Path<String>, PathRejection>;

/// Whether a path is one of SCIM's.
pub(super) fn owns(path: &str) -> bool {
    mount(path).is_some()
}

/// Every address of every directory.
pub(super) fn all(scim: Arc<Scim>) -> Router {
    let of =
        |router: Router, mount: super::asked::Mount| router.nest(mount.path, directory(&scim).layer(Extension(mount)));
    MOUNTS.into_iter().fold(Router::new(), of)
}

fn directory(scim: &Arc<Scim>) -> Router {
    Router::new()
        .route("/Users", many(Kind::User))
        .route("/Users/{id}", one(Kind::User))
        .route("/Users/.search", search_of(Some(Kind::User)))
        .route("/Groups", many(Kind::Group))
        .route("/Groups/{id}", one(Kind::Group))
        .route("/Groups/.search", search_of(Some(Kind::Group)))
        .route("/.search", search_of(None))
        .route("/ServiceProviderConfig", get(config))
        .route("/ServiceProviderConfigs", get(config))
        .route("/ResourceTypes", get(types))
        .route("/ResourceTypes/{name}", get(one_type))
        .route("/Schemas", get(schemas))
        .route("/Schemas/{urn}", get(one_schema))
        .route("/Me", unsupported("there is no `/Me`: a token is a directory's, and no person's"))
        .route("/Bulk", unsupported("bulk requests are not taken; send the operations one by one"))
        .with_state(Arc::clone(scim))
}

fn many(kind: Kind) -> MethodRouter<Arc<Scim>> {
    let list = async move |State(scim): State<Arc<Scim>>, asked: Asked, asking: Asking| -> Answer {
        let list = scim.list(&asked, kind, &search(&parameters(asking)?)?).await?;
        Ok(answer::body(StatusCode::OK, &list.to_json()))
    };
    let create = async move |State(scim): State<Arc<Scim>>,
                             asked: Asked,
                             asking: Asking,
                             headers: HeaderMap,
                             sent: Sent|
                -> Answer {
        let projection = projection(kind, &parameters(asking)?)?;
        let sent = Resource::from_bytes(type_of(kind), &body(&headers, sent)?, &Limits::default())?;
        let current = scim.create(&asked, kind, sent).await?;
        let location = location(&current);
        Ok(answer::resource(
            StatusCode::CREATED,
            &projection.apply(&current.resource),
            &current.etag(),
            location.as_deref(),
        ))
    };
    get(list).post(create)
}

fn one(kind: Kind) -> MethodRouter<Arc<Scim>> {
    let read = async move |State(scim): State<Arc<Scim>>,
                           asked: Asked,
                           named: Named,
                           asking: Asking,
                           headers: HeaderMap|
                -> Answer {
        let projection = projection(kind, &parameters(asking)?)?;
        let current = scim.find(&asked, kind, &name(named)?, apart(kind, &projection)).await?;
        let seen = Expected(text(&headers, header::IF_NONE_MATCH));
        if seen.0.is_some() && seen.has(&current.etag()) {
            return Ok(answer::unchanged(&current.etag()));
        }
        Ok(shown(&current, &projection))
    };
    let replace = async move |State(scim): State<Arc<Scim>>,
                              asked: Asked,
                              named: Named,
                              asking: Asking,
                              headers: HeaderMap,
                              sent: Sent|
                -> Answer {
        let projection = projection(kind, &parameters(asking)?)?;
        let sent = Resource::from_bytes(type_of(kind), &body(&headers, sent)?, &Limits::default())?;
        let expected = Expected(text(&headers, header::IF_MATCH));
        let current = scim
            .change(&asked, (kind, &name(named)?), &expected, Reach::Whole, |was| was.replaced_by(sent.clone()))
            .await?;
        Ok(shown(&current, &projection))
    };
    let patch = async move |State(scim): State<Arc<Scim>>,
                            asked: Asked,
                            named: Named,
                            asking: Asking,
                            headers: HeaderMap,
                            sent: Sent|
                -> Answer {
        let projection = projection(kind, &parameters(asking)?)?;
        let patch = Patch::from_bytes(&body(&headers, sent)?, &Limits::default())?;
        let expected = Expected(text(&headers, header::IF_MATCH));
        // Entra wants to hear nothing of a group that it changed (RFC 7644 §3.5.2 leaves the choice).
        let silent = kind == Kind::Group && !projection.names_attributes();
        let named_members = if silent { patch.named(type_of(kind), "members") } else { None };
        let reach = named_members.map_or(Reach::Whole, Reach::Members);
        let current = scim.change(&asked, (kind, &name(named)?), &expected, reach, |was| patch.apply(was)).await?;
        if silent {
            return Ok(answer::nothing());
        }
        Ok(shown(&current, &projection))
    };
    let delete = async move |State(scim): State<Arc<Scim>>, asked: Asked, named: Named, headers: HeaderMap| -> Answer {
        scim.delete(&asked, kind, &name(named)?, &Expected(text(&headers, header::IF_MATCH))).await?;
        Ok(answer::nothing())
    };
    get(read).put(replace).patch(patch).delete(delete)
}

fn search_of(kind: Option<Kind>) -> MethodRouter<Arc<Scim>> {
    post(async move |State(scim): State<Arc<Scim>>, asked: Asked, headers: HeaderMap, sent: Sent| -> Answer {
        let search = Search::read(&body(&headers, sent)?, &Limits::default())?;
        let list = match kind {
            Some(kind) => scim.list(&asked, kind, &search).await?,
            None => scim.list_all(&asked, &search).await?,
        };
        Ok(answer::body(StatusCode::OK, &list.to_json()))
    })
}

fn unsupported(detail: &'static str) -> MethodRouter<Arc<Scim>> {
    axum::routing::any(async move |_: Asked| Fault::status(Status::NotImplemented, detail))
}

async fn config(asked: Asked, asking: Asking) -> Answer {
    discovered(asking, Some(discovery::service_provider_config(&asked.base)))
}

async fn types(asked: Asked, asking: Asking) -> Answer {
    discovered(asking, Some(discovery::resource_types(&asked.base)))
}

async fn one_type(asked: Asked, named: Named, asking: Asking) -> Answer {
    discovered(asking, discovery::resource_type(&asked.base, &name(named)?))
}

async fn schemas(asked: Asked, asking: Asking) -> Answer {
    discovered(asking, Some(discovery::schemas(&asked.base)))
}

async fn one_schema(asked: Asked, named: Named, asking: Asking) -> Answer {
    discovered(asking, discovery::schema(&asked.base, &name(named)?))
}

/// What a server says of itself is not filtered (RFC 7644 §4).
fn discovered(asking: Asking, found: Option<Value>) -> Answer {
    if parameters(asking)?.iter().any(|(name, _)| name.eq_ignore_ascii_case("filter")) {
        return Err(Fault::status(
            Status::Forbidden,
            "what the server says of itself is not filtered; leave `filter` out",
        ));
    }
    let found = found.ok_or_else(|| Fault::status(Status::NotFound, "there is no such schema or type"))?;
    Ok(answer::body(StatusCode::OK, &found))
}

fn shown(current: &Current, projection: &Projection) -> Response {
    answer::resource(StatusCode::OK, &projection.apply(&current.resource), &current.etag(), None)
}

fn location(current: &Current) -> Option<String> {
    Some(current.resource.body().get("meta")?.get("location")?.as_str()?.to_owned())
}

fn name(named: Named) -> Result<String, Fault> {
    named.map(|Path(name)| name).map_err(|_| Fault::absent())
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// A body as it came, where it is JSON.
fn body(headers: &HeaderMap, sent: Sent) -> Result<Bytes, Fault> {
    let media = text(headers, header::CONTENT_TYPE);
    let name = media.as_deref().map(|media| media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    if name.is_some_and(|name| !matches!(&*name, "application/scim+json" | "application/json")) {
        return Err(Fault::status(Status::UnsupportedMediaType, "send `application/scim+json` or `application/json`"));
    }
    sent.map_err(|refused| match refused.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Fault::status(Status::PayloadTooLarge, "the body has more bytes than are taken")
        }
        _ => Fault::status(Status::BadRequest, "the body did not come whole"),
    })
}

fn parameters(asking: Asking) -> Result<Vec<(String, String)>, Fault> {
    let wrong =
        |_| Fault::Scim(ScimError::new(ScimType::InvalidSyntax, "the parameters of the address cannot be read"));
    asking.map(|Query(parameters)| parameters).map_err(wrong)
}

fn parameter<'a>(parameters: &'a [(String, String)], name: &str) -> Option<&'a str> {
    parameters.iter().find(|(given, _)| given.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

fn projection(kind: Kind, parameters: &[(String, String)]) -> Result<Projection, Fault> {
    let (attributes, excluded) = (parameter(parameters, "attributes"), parameter(parameters, "excludedAttributes"));
    Ok(Projection::parse(type_of(kind), attributes, excluded)?)
}

fn search(parameters: &[(String, String)]) -> Result<Search, Fault> {
    let names = |name| parameter(parameters, name).map(|names| names.split(',').map(str::to_owned).collect());
    Ok(Search {
        filter: parameter(parameters, "filter").map(str::to_owned),
        attributes: names("attributes").unwrap_or_default(),
        excluded_attributes: names("excludedAttributes").unwrap_or_default(),
        page: Page::from_query(parameter(parameters, "startIndex"), parameter(parameters, "count"))?,
    })
}

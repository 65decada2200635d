//! A SCIM server of a test: good, or broken in one way. The language is the library's; it keeps everything in memory.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, Response, Uri};
use engage_scim::filter::Filter;
use engage_scim::json::Limits;
use engage_scim::list::{ListResponse, Page};
use engage_scim::projection::Projection;
use engage_scim::schema::{GROUP, ResourceType, USER, discovery};
use engage_scim::{Meta, Patch, Resource, ScimError, ScimType, Status};
use serde_json::{Value as Json, json};

pub(crate) use super::fault::Fault;

/// The token that it takes. Part of it has to be encoded in JSON.
pub(crate) const TOKEN: &str = "probe/me\"not";

/// A resource, and how often it was written.
#[derive(Debug, Clone)]
struct Kept {
    resource: Resource,
    version: u64,
}

#[derive(Debug)]
struct Directory {
    fault: Fault,
    base: String,
    users: Vec<Kept>,
    groups: Vec<Kept>,
    made: usize,
    log: Vec<String>,
    /// Called with every request before it is done.
    watch: Watch,
}

/// What a test does while a request waits.
#[derive(Clone)]
pub(crate) struct Watch(pub(crate) Arc<dyn Fn(&str) + Send + Sync>);

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watch(…)")
    }
}

/// A server that listens until the test is over.
pub(crate) struct Double {
    pub(crate) url: String,
    directory: Arc<Mutex<Directory>>,
    _runtime: tokio::runtime::Runtime,
}

type Answer = Result<(u16, Option<Json>, Vec<(&'static str, String)>), ScimError>;

impl Double {
    pub(crate) fn start(fault: Fault) -> Self {
        Self::watched(fault, Watch(Arc::new(|_| {})))
    }

    pub(crate) fn watched(fault: Fault, watch: Watch) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}/scim", listener.local_addr().unwrap());
        let (users, groups, log) = (Vec::new(), Vec::new(), Vec::new());
        let directory = Directory { fault, base: url.clone(), users, groups, made: 0, log, watch };
        let directory = Arc::new(Mutex::new(directory));
        let router = Router::new().fallback(answer).with_state(Arc::clone(&directory));
        runtime.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, directory, _runtime: runtime }
    }

    /// The names of what is there.
    pub(crate) fn names(&self) -> Vec<String> {
        let directory = self.directory.lock().unwrap();
        let name =
            |kept: &Kept| kept.resource.text("userName").or(kept.resource.text("displayName")).unwrap().to_owned();
        directory.users.iter().chain(&directory.groups).map(name).collect()
    }

    /// Puts a user there who is none of the probe's.
    pub(crate) fn settle(&self, name: &str) {
        let mut directory = self.directory.lock().unwrap();
        let user = Resource::read(&USER, json!({ "userName": name })).unwrap();
        directory.keep("Users", user);
    }

    /// What was asked, method and path.
    pub(crate) fn log(&self) -> Vec<String> {
        self.directory.lock().unwrap().log.clone()
    }
}

async fn answer(
    State(directory): State<Arc<Mutex<Directory>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let line = format!("{method} {}", uri.path());
    let watch = directory.lock().unwrap().watch.clone();
    (watch.0)(&line);
    let mut directory = directory.lock().unwrap();
    directory.log.push(line);
    let done = directory.done(&method, &uri, &headers, &body);
    directory.told(done)
}

fn refused(status: Status, detail: &str) -> ScimError {
    ScimError::status(status, detail)
}

impl Directory {
    fn told(&self, done: Answer) -> Response<Body> {
        let (status, body, headers) = match done {
            Ok(done) => done,
            Err(error) => {
                let mut body = error.to_json();
                if self.fault == Fault::NumericStatus {
                    body["status"] = json!(error.status.code());
                }
                let bearer = error.status == Status::Unauthorized && self.fault != Fault::NoChallenge;
                let challenge = bearer.then(|| ("www-authenticate", "Bearer".to_owned()));
                (error.status.code(), Some(body), challenge.into_iter().collect())
            }
        };
        let media =
            if self.fault == Fault::MediaType { "application/json" } else { "application/scim+json; charset=utf-8" };
        let response = headers
            .into_iter()
            .fold(Response::builder().status(status), |response, (name, value)| response.header(name, value));
        match body {
            Some(body) => response.header("content-type", media).body(Body::from(body.to_string())).unwrap(),
            None => response.body(Body::empty()).unwrap(),
        }
    }

    fn done(&mut self, method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Answer {
        let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        let given = header("authorization").unwrap_or_default();
        match self.fault {
            Fault::Redirect => return Ok((307, None, vec![("location", format!("{}/elsewhere", self.base))])),
            Fault::Endless => return Ok((200, Some(json!("x".repeat(5 * 1024 * 1024))), Vec::new())),
            Fault::Indiscreet => {
                return Err(refused(Status::Forbidden, &format!("`{given}` may not do that \u{1b}[2J")));
            }
            Fault::AnyToken => {}
            _ if given != format!("Bearer {TOKEN}") => return Err(refused(Status::Unauthorized, "who is that?")),
            _ => {}
        }
        let query: Vec<(String, String)> =
            axum::extract::Query::try_from_uri(uri).map(|axum::extract::Query(all)| all).unwrap();
        let path: Vec<&str> = uri.path().trim_start_matches("/scim/").split('/').collect();
        match (method.as_str(), path.as_slice()) {
            ("GET", [what, ..]) if !matches!(*what, "Users" | "Groups") => self.discovered(&path),
            ("GET", [kind]) => self.listed(kind, &query),
            ("POST", [kind]) => self.created(kind, body),
            ("GET", [kind, id]) => self.shown(kind, id, &query, header("if-none-match")),
            ("DELETE", [kind, id]) => self.deleted(kind, id),
            (verb, [kind, id]) => self.changed((kind, id), verb, body, header("if-match")),
            _ => Err(refused(Status::NotFound, "there is nothing here")),
        }
    }

    fn discovered(&self, path: &[&str]) -> Answer {
        let found = match path {
            _ if self.fault == Fault::NoDiscovery => None,
            ["ServiceProviderConfig"] => Some(discovery::service_provider_config(&self.base)),
            ["ResourceTypes"] => Some(discovery::resource_types(&self.base)),
            ["Schemas"] => Some(discovery::schemas(&self.base)),
            ["Schemas", urn] => discovery::schema(&self.base, urn),
            _ => None,
        };
        found
            .map(|found| (200, Some(found), Vec::new()))
            .ok_or_else(|| refused(Status::NotFound, "there is nothing here"))
    }

    fn all(&mut self, kind: &str) -> (&'static ResourceType, &mut Vec<Kept>) {
        if kind == "Users" { (&USER, &mut self.users) } else { (&GROUP, &mut self.groups) }
    }

    fn listed(&mut self, kind: &str, query: &[(String, String)]) -> Answer {
        let fault = self.fault;
        let parameter = |name: &str| query.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str());
        let (types, all) = self.all(kind);
        let filter = parameter("filter").map(|text| Filter::parse(types, text)).transpose()?;
        let projection = Projection::parse(types, parameter("attributes"), parameter("excludedAttributes"))?;
        let found = |kept: &&Kept| match &filter {
            Some(_) if fault == Fault::NoFilter => true,
            // In capitals there is nobody.
            Some(_)
                if fault == Fault::ExactNames && parameter("filter").is_some_and(|text| text.contains("ENGAGE")) =>
            {
                false
            }
            Some(filter) => filter.matches(&kept.resource),
            None => true,
        };
        let page = Page::from_query(parameter("startIndex"), parameter("count"))?;
        let count = if fault == Fault::WholePages { usize::MAX } else { page.count as usize };
        let found: Vec<Json> = all.iter().filter(found).map(|kept| projection.apply(&kept.resource)).collect();
        let skipped = usize::try_from(page.skipped()).unwrap();
        let resources = found.iter().skip(skipped).take(count).map(|user| seen(fault, user.clone())).collect();
        let list = ListResponse { total: found.len() as u64, start_index: page.start_index, resources };
        let mut body = list.to_json();
        if fault == Fault::NoTotal {
            body.as_object_mut().unwrap().remove("totalResults");
        }
        Ok((200, Some(body), Vec::new()))
    }

    fn keep(&mut self, kind: &str, resource: Resource) -> Kept {
        self.made += 1;
        let id = format!("r{}", self.made);
        let kept = Kept { resource: resource.identified(&id, &self.meta(kind, &id, 1)), version: 1 };
        self.all(kind).1.push(kept.clone());
        kept
    }

    fn meta(&self, kind: &str, id: &str, version: u64) -> Meta {
        let at = |seconds: u64| format!("2026-01-01T00:00:{seconds:02}Z");
        Meta { created: at(0), last_modified: at(version), location: format!("{}/{kind}/{id}", self.base), version }
    }

    fn created(&mut self, kind: &str, body: &[u8]) -> Answer {
        let fault = self.fault;
        let (types, all) = self.all(kind);
        let resource = Resource::from_bytes(types, body, &Limits::default())?;
        let unique = if kind == "Users" { "userName" } else { "displayName" };
        let name = |resource: &Resource| resource.text(unique).unwrap().to_lowercase();
        if fault != Fault::TakenTwice && all.iter().any(|kept| name(&kept.resource) == name(&resource)) {
            return Err(ScimError::new(ScimType::Uniqueness, "the name is taken"));
        }
        let kept = self.keep(kind, resource);
        if fault == Fault::LostCreation {
            return Err(refused(Status::InternalServerError, "out of luck"));
        }
        let body = seen(fault, kept.resource.into_json());
        let location = body["meta"]["location"].as_str().unwrap().to_owned();
        Ok((201, Some(body), vec![("location", location), ("etag", Meta::etag(1))]))
    }

    fn one(&mut self, kind: &str, id: &str) -> Result<&mut Kept, ScimError> {
        let found = self.all(kind).1.iter_mut().find(|kept| kept.resource.text("id") == Some(id));
        found.ok_or_else(|| refused(Status::NotFound, "nobody has this id"))
    }

    fn shown(&mut self, kind: &str, id: &str, query: &[(String, String)], seen_before: Option<String>) -> Answer {
        let fault = self.fault;
        if fault == Fault::FoundUnknown && !id.starts_with('r') {
            return Ok((200, Some(json!({ "id": id, "userName": "somebody" })), Vec::new()));
        }
        let types = self.all(kind).0;
        let Kept { resource, version } = self.one(kind, id)?.clone();
        let etag = Meta::etag(version);
        if seen_before.as_ref() == Some(&etag) {
            return Ok((304, None, Vec::new()));
        }
        let parameter = |name: &str| query.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str());
        let projection = Projection::parse(types, parameter("attributes"), parameter("excludedAttributes"))?;
        Ok((200, Some(seen(fault, projection.apply(&resource))), vec![("etag", etag)]))
    }

    fn changed(&mut self, (kind, id): (&str, &str), verb: &str, body: &[u8], expected: Option<String>) -> Answer {
        let fault = self.fault;
        let types = self.all(kind).0;
        let kept = self.one(kind, id)?.clone();
        if fault != Fault::BlindWrites && expected.is_some_and(|expected| expected != Meta::etag(kept.version)) {
            return Err(refused(Status::PreconditionFailed, "somebody was faster"));
        }
        let outcome = match verb {
            "PUT" => kept.resource.replaced_by(Resource::from_bytes(types, body, &Limits::default())?)?,
            _ => Patch::from_bytes(&self.broken(body), &Limits::default())?.apply(&kept.resource)?,
        };
        let version = kept.version + u64::from(outcome.changed);
        let meta = self.meta(kind, id, version);
        if verb == "PUT" || fault != Fault::PatchIgnored {
            *self.one(kind, id)? = Kept { resource: outcome.resource.identified(id, &meta), version };
        }
        let shown = seen(fault, self.one(kind, id)?.resource.clone().into_json());
        Ok((200, Some(shown), vec![("etag", Meta::etag(version))]))
    }

    /// A PATCH as it is understood.
    fn broken(&self, body: &[u8]) -> Vec<u8> {
        let mut patch: Json = serde_json::from_slice(body).unwrap();
        let operation = &mut patch["Operations"][0];
        if self.fault == Fault::AllMembersGo && operation["op"] == "Remove" && operation["path"] == "members" {
            operation.as_object_mut().unwrap().remove("value");
        }
        serde_json::to_vec(&patch).unwrap()
    }

    fn deleted(&mut self, kind: &str, id: &str) -> Answer {
        self.one(kind, id)?;
        if self.fault != Fault::DeleteLeaves || kind == "Groups" {
            self.all(kind).1.retain(|kept| kept.resource.text("id") != Some(id));
        }
        Ok((204, None, Vec::new()))
    }
}

/// A user as it is shown.
fn seen(fault: Fault, mut user: Json) -> Json {
    if fault == Fault::TextActive && user["active"].is_boolean() {
        user["active"] = json!(if user["active"] == true { "True" } else { "False" });
    }
    user
}

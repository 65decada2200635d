//! Requests below `/services/data/vNN.0`: who asks, how, and what becomes of it.

use std::sync::atomic::Ordering;

use serde_json::{Value as Json, json};

use super::call::Call;
use super::fault::Fault;
use super::model::Model;
use super::part::Part;
use super::terms::Terms;
use super::work::{Access, Work};
use super::{Salesforce, answer, batch, beyond, composite, graph, tree};
use crate::http::{Answer, Request};
use crate::store::RowId;

/// First version that has composite graphs ("Composite Graph Reference").
const GRAPHS_SINCE: u32 = 50;
/// Longest address.
const MAX_ADDRESS: usize = 16_384;

impl Salesforce {
    /// Answers a request. `locked`: the first write finds its row locked.
    pub(super) fn api(&self, request: &Request, locked: bool) -> Answer {
        if request.target().len() > MAX_ADDRESS {
            return Fault::new(414, "URI_TOO_LONG", "The request URI is too long").answer();
        }
        let Some(user) = self.user(request) else { return Fault::session().answer() };
        let (used, most) = self.usage();
        if used >= most {
            return Fault::new(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.").answer();
        }
        self.used.fetch_add(1, Ordering::Relaxed);
        let usage = format!("api-usage={}/{most}", used + 1);
        match self.part(request, &user, locked) {
            Ok((part, operations)) => Answer { operations, ..whole(&part, &usage) },
            Err(fault) => fault.answer().with("Sforce-Limit-Info", usage),
        }
    }

    fn part(&self, request: &Request, user: &RowId, locked: bool) -> Result<(Part, Vec<String>), Fault> {
        let terms = Terms::read(|name| request.header(name));
        let mut call = Call::new(&request.method, &request.target(), Json::Null, terms)?;
        // What is not served is refused as such, whatever it is sent.
        if !call.is_served() {
            return Err(beyond::refuse(&call.segments.iter().map(String::as_str).collect::<Vec<_>>()));
        }
        formats(request)?;
        if !request.body.is_empty() {
            call.body = serde_json::from_slice(&request.body).map_err(|_| Fault::json())?;
        }
        let asking = Asking { sf: self, model: self.view(user), user, base: &request.base, locked, call: &call };
        match call.only_reads() {
            true => self.store.read(|state| asking.work(Access::Read(state))),
            false => self.store.write(|tx| asking.work(Access::Write(tx))),
        }
    }
}

/// A call with who makes it.
struct Asking<'a> {
    sf: &'a Salesforce,
    model: &'a Model,
    user: &'a RowId,
    base: &'a str,
    locked: bool,
    call: &'a Call,
}

impl Asking<'_> {
    /// The answer, and what was done inside.
    fn work(&self, access: Access<'_, '_>) -> Result<(Part, Vec<String>), Fault> {
        let mut work = Work::new(self.sf, self.model, self.user, access);
        work.locked = self.locked;
        self.base.clone_into(&mut work.base);
        let part = dispatch(self.call, &mut work)?;
        Ok((part, work.finish()))
    }
}

/// Requests that hold several are at the top only.
fn dispatch(call: &Call, work: &mut Work<'_, '_>) -> Result<Part, Fault> {
    let segments: Vec<&str> = call.segments.iter().map(String::as_str).collect();
    work.terms = call.terms.clone();
    work.root.clone_from(&call.root);
    match (call.method.as_str(), segments.as_slice()) {
        ("POST", ["composite"]) => composite::run(work, call.body.clone(), call.version),
        (_, ["composite", "graph"]) if call.version < GRAPHS_SINCE => Err(Fault::not_found()),
        ("POST", ["composite", "graph"]) => graph::run(work, call.body.clone(), call.version),
        ("POST", ["composite", "tree", object]) => tree::run(work, object, &call.body),
        ("POST", ["composite", "batch"]) => batch::run(work, call.body.clone()),
        ("GET" | "HEAD", ["composite"]) => {
            let names = ["tree", "batch", "sobjects", "graph"];
            let pairs = names.map(|name| (name.to_owned(), Json::from(format!("{}/composite/{name}", call.root))));
            Ok(Part::ok(Json::Object(pairs.into_iter().collect())))
        }
        (method, ["composite"]) => Err(Fault::method(method, &["GET", "HEAD", "POST"])),
        (method, ["composite", "graph" | "batch"] | ["composite", "tree", _]) => Err(Fault::method(method, &["POST"])),
        _ => call.run(work),
    }
}

fn whole(part: &Part, usage: &str) -> Answer {
    let bare = matches!(part.status, 204 | 304);
    let answer = match bare {
        true => Answer::empty(part.status),
        false => answer(part.status, &part.body).with("Sforce-Limit-Info", usage),
    };
    part.headers.iter().fold(answer, |answer, (name, value)| answer.with(name, value.clone()))
}

/// Bodies come and go as JSON here.
fn formats(request: &Request) -> Result<(), Fault> {
    let refuse = |status, code, message: String| Err(Fault::new(status, code, message));
    if let Some(coding) = request.header("content-encoding").filter(|coding| !coding.eq_ignore_ascii_case("identity")) {
        return refuse(
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            format!("Not supported by the sandbox: Content-Encoding {coding}"),
        );
    }
    let kind = request.header("content-type").unwrap_or("application/json");
    if !request.body.is_empty() && !kind.to_ascii_lowercase().contains("json") {
        return refuse(
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            format!("Content type {kind} not supported; the sandbox takes JSON"),
        );
    }
    let accepted = request.header("accept").unwrap_or("*/*").to_ascii_lowercase();
    match accepted.contains("json") || accepted.contains("*/*") || accepted.contains("application/*") {
        true => Ok(()),
        false => {
            refuse(406, "NOT_ACCEPTABLE", format!("Media types not supported; the sandbox answers JSON: {accepted}"))
        }
    }
}

/// An error of the services beside the API, as an object.
pub(super) fn plain_error(error: &str, description: &str) -> Json {
    json!({"error": error, "error_description": description})
}

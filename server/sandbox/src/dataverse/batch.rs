//! `$batch`: parts in order, change sets that happen together or not at all.

use super::Dataverse;
use super::call::{Call, References, split_root};
use super::fault::Fault;
use super::multipart::{self, Part};
use super::prefer::Prefer;
use super::security::Access;
use crate::http::{Answer, Request};
use crate::store::StoreError;

/// Most requests in one batch.
const MAX_REQUESTS: usize = 1000;

/// Longest address within a batch.
const MAX_ADDRESS: usize = 65_536;

/// What a batch holds.
enum Item {
    One(Request),
    ChangeSet(Vec<(String, Request)>),
}

/// Runs a batch.
pub(crate) fn run(front: &Dataverse, request: &Request, access: &Access) -> Answer {
    let prefer = Prefer::of(request);
    let items = match items(front, request) {
        Ok(items) => items,
        Err(fault) => return fault.answer(prefer.wants_details()),
    };
    let number = uuid::Uuid::from_u128(front.world.ids.next());
    let boundary = format!("batchresponse_{number}");
    let mut body = String::new();
    let mut operations = Vec::new();
    for item in &items {
        let result = match item {
            Item::One(request) => {
                operations.push(line(request));
                let answer = front.one(request, access);
                match answer.status < 400 {
                    true => Ok(multipart::wrap(&boundary, None, &answer)),
                    false => Err(answer),
                }
            }
            Item::ChangeSet(parts) => {
                operations.extend(parts.iter().map(|(_, request)| format!("change set: {}", line(request))));
                change_set(front, parts, access, &boundary)
            }
        };
        match result {
            Ok(part) => body.push_str(&part),
            Err(answer) => {
                let answer = answer.with("REQ_ID", uuid::Uuid::from_u128(front.world.ids.next()).to_string());
                let part = multipart::wrap(&boundary, None, &answer);
                if !prefer.continue_on_error {
                    // Processing stops: the answer is the error, and nothing but it.
                    return finish(answer.status, &boundary, &part, operations);
                }
                body.push_str(&part);
            }
        }
    }
    finish(200, &boundary, &body, operations)
}

fn line(request: &Request) -> String {
    format!("{} {}", request.method, request.target())
}

fn finish(status: u16, boundary: &str, parts: &str, operations: Vec<String>) -> Answer {
    let body = format!("{parts}--{boundary}--\r\n");
    let content_type = format!("multipart/mixed; boundary={boundary}");
    let mut answer = Answer::text(status, &content_type, body).with("OData-Version", "4.0");
    answer.operations = operations;
    answer
}

/// Runs a change set in one transaction; its answers as one nested part, or the error of the part that failed.
/// The answer of the request that ends a change set.
struct Refused(Answer);

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Refused {
        Refused(Fault::from(error).answer(false))
    }
}

fn change_set(
    front: &Dataverse,
    parts: &[(String, Request)],
    access: &Access,
    boundary: &str,
) -> Result<String, Answer> {
    let nested = format!("changesetresponse_{}", uuid::Uuid::from_u128(front.world.ids.next()));
    let answers = front.store.write(|tx| {
        let mut references = References::new();
        let mut answers = String::new();
        for (content_id, request) in parts {
            let details = Prefer::of(request).wants_details();
            let refuse = |fault: Fault| Refused(fault.answer(details));
            let request = refer(request, &references).map_err(refuse)?;
            let call = Call::new(front, &request, access, &references).map_err(refuse)?;
            let written = call.change(tx).map_err(refuse)?;
            answers.push_str(&multipart::wrap(&nested, Some(content_id), &written.answer));
            if let Some(address) = written.address {
                references.insert(content_id.clone(), address);
            }
        }
        Ok::<_, Refused>(answers)
    });
    let answers = answers.map_err(|Refused(answer)| answer)?;
    Ok(format!("--{boundary}\r\nContent-Type: multipart/mixed; boundary={nested}\r\n\r\n{answers}--{nested}--\r\n\r\n"))
}

/// Puts the address of an earlier part in the place of `$1` at the start of an address.
fn refer(request: &Request, references: &References) -> Result<Request, Fault> {
    let (version, path) = split_root(&request.path)?;
    let Some(rest) = path.strip_prefix('$') else { return Ok(request.clone()) };
    let (reference, below) = rest.split_once('/').map_or((rest, None), |(reference, below)| (reference, Some(below)));
    let Some(address) = references.get(reference) else { return Err(super::payload::no_reference(reference)) };
    let below = below.map_or_else(String::new, |below| format!("/{below}"));
    Ok(Request { path: format!("/api/data/{version}/{address}{below}"), ..request.clone() })
}

fn items(front: &Dataverse, request: &Request) -> Result<Vec<Item>, Fault> {
    let boundary = multipart::boundary(request.header("content-type").unwrap_or_default())
        .ok_or_else(|| Fault::usage("The content type of a batch request must be multipart/mixed with a boundary."))?;
    let text = std::str::from_utf8(&request.body).map_err(|_| Fault::payload("The batch body is not UTF-8."))?;
    let (mut items, mut count) = (Vec::new(), 0);
    for part in multipart::parts(text, &boundary)? {
        let content_type = part.header("content-type").unwrap_or_default();
        let item = match multipart::boundary(content_type) {
            Some(inner) => {
                let requests = changes(front, request, part.body, &inner)?;
                count += requests.len();
                Item::ChangeSet(requests)
            }
            None => {
                count += 1;
                Item::One(inner_request(front, request, &part)?)
            }
        };
        items.push(item);
    }
    if items.is_empty() {
        return Err(Fault::usage("The batch request holds no operation."));
    }
    match count > MAX_REQUESTS {
        true => Err(Fault::usage(format!(
            "The batch request operation count limit has been exceeded. A batch can hold at most {MAX_REQUESTS} requests."
        ))),
        false => Ok(items),
    }
}

/// The requests of a change set, whose content ids name one each.
fn changes(front: &Dataverse, outer: &Request, body: &str, boundary: &str) -> Result<Vec<(String, Request)>, Fault> {
    let mut requests: Vec<(String, Request)> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for part in multipart::parts(body, boundary)? {
        let (id, request) = change(front, outer, &part)?;
        if !seen.insert(id.clone()) {
            return Err(Fault::usage(format!(
                "The content ID '{id}' was found more than once in the same change set."
            )));
        }
        requests.push((id, request));
    }
    Ok(requests)
}

fn change(front: &Dataverse, outer: &Request, part: &Part<'_>) -> Result<(String, Request), Fault> {
    let request = inner_request(front, outer, part)?;
    if request.method == "GET" {
        return Err(Fault::usage("GET requests are not allowed in a change set."));
    }
    let content_id = part.header("content-id").or_else(|| request.header("content-id")).map(str::trim);
    match content_id.filter(|id| !id.is_empty()) {
        Some(id) => Ok((id.to_owned(), request.clone())),
        None => Err(Fault::usage(
            "The 'Content-ID' header is missing: every operation in a change set must have a content id.",
        )),
    }
}

fn inner_request(front: &Dataverse, outer: &Request, part: &Part<'_>) -> Result<Request, Fault> {
    let content_type = part.header("content-type").unwrap_or_default();
    if !content_type.trim().to_ascii_lowercase().starts_with("application/http") {
        return Err(Fault::usage(format!("The content type '{content_type}' is not valid for a part of a batch.")));
    }
    let (method, address, inner) = multipart::request(part.body)?;
    if address.len() > MAX_ADDRESS {
        return Err(Fault::usage("The URI of a request in the batch is too long."));
    }
    if !front.is_own(&outer.base, address) {
        return Err(Fault::usage(format!("The URI '{address}' of a request in the batch is not one of this service.")));
    }
    let target = in_service(&outer.path, address);
    let (path, query) = target.split_once('?').unwrap_or((&target, ""));
    if path.ends_with("/$batch") {
        return Err(Fault::usage("A batch request cannot hold another batch request."));
    }
    if ["mscrmcallerid", "callerobjectid"].iter().any(|name| inner.header(name).is_some()) {
        return Err(Fault::unsupported("impersonation in a part of a batch"));
    }
    let body = inner.body.as_bytes().to_vec();
    let mut headers = inner.headers;
    // Rights and correlation are those of the batch.
    headers.extend(
        outer.headers.iter().filter(|(name, _)| name.starts_with("mscrm") || name == "callerobjectid").cloned(),
    );
    Ok(Request {
        method: method.to_owned(),
        base: outer.base.clone(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body,
    })
}

/// An address within a batch as path and query: absolute, from the root of the host, or relative to the service.
fn in_service(batch_path: &str, address: &str) -> String {
    if let Some((_, rest)) = address.split_once("://") {
        return rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/").to_owned();
    }
    let root = batch_path.strip_suffix("$batch").or_else(|| batch_path.strip_suffix("%24batch")).unwrap_or(batch_path);
    match address.strip_prefix("/$") {
        Some(reference) => format!("{root}${reference}"),
        None if address.starts_with('/') => address.to_owned(),
        None => format!("{root}{address}"),
    }
}

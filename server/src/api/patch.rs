//! JSON Patch (RFC 6902), as the Public API has it: names in any case, a lone operation as a list of one, texts in several languages
//! merged and not swapped, all or nothing.

use std::collections::HashMap;

use engage_bookme::{Error, Problems, Refusal};
use json_patch::{AddOperation, CopyOperation, MoveOperation, PatchErrorKind, PatchOperation, ReplaceOperation};
use serde_json::{Map, Value};

use super::fault::Fault;

/// The most operations of one patch.
const MOST: usize = 500;
/// The most that a patched document takes, in bytes: `copy` would double it with every operation.
const MOST_BYTES: usize = 4 << 20;
/// What a value takes beside its text, in bytes.
const OF_A_VALUE: usize = 32;
/// How deep a patched document is at most. A body is half as deep; each operation would put as much again below what is there, and what
/// is thousands deep ends the process: it is copied and dropped level by level on the stack.
const MAX_DEPTH: usize = 64;
/// What the names of members begin with that hold a text for each language.
const LOCALIZED: &str = "localized";

/// Changes, in their order.
#[derive(Debug, Clone)]
pub(crate) struct Patch(Vec<Map<String, Value>>);

impl Patch {
    pub(crate) fn read(body: Value) -> Result<Self, Fault> {
        let sent = match body {
            Value::Array(sent) => sent,
            one @ Value::Object(_) => vec![one],
            _ => return Err(Fault::bad("a patch is a list of operations (RFC 6902)")),
        };
        if sent.len() > MOST {
            return Err(Fault::bad(format!("a patch may have {MOST} operations at most")));
        }
        let mut problems = Problems::default();
        let mut operations = Vec::new();
        for (position, operation) in sent.into_iter().enumerate() {
            match operation {
                Value::Object(members) => operations.push(members),
                _ => problems.add(format!("/{position}"), "an operation is an object with `op` and `path`"),
            }
        }
        problems.finish()?;
        Ok(Self(operations))
    }

    /// A document after the patch. Its members, and no others, may be written; a name that is given in another case is that member.
    pub(crate) fn applied(&self, document: &Map<String, Value>) -> Result<Map<String, Value>, Error> {
        let mut value = Value::Object(document.clone());
        for (position, operation) in self.0.iter().enumerate() {
            let place = format!("/{position}");
            let operation = meant(operation, document, &value, &place)?;
            if !fits(&operation, &value) {
                return Err(Error::invalid(place, "the operation makes too much of it"));
            }
            json_patch::patch_unsafe(&mut value, std::slice::from_ref(&operation)).map_err(|error| {
                match error.kind {
                    PatchErrorKind::TestFailed => Error::Conflict(Refusal::TestFailed),
                    _ => Error::invalid(&*place, "the operation leads to nothing that is there"),
                }
            })?;
        }
        match value {
            Value::Object(members) => Ok(members),
            _ => Err(Error::invalid("", "the patch leaves no object")),
        }
    }
}

/// An operation with names as the document has them.
fn meant(
    sent: &Map<String, Value>,
    writable: &Map<String, Value>,
    now: &Value,
    place: &str,
) -> Result<PatchOperation, Error> {
    let member = |name: &str| sent.get(name).or_else(|| alike(sent, name).and_then(|name| sent.get(name)));
    let text = |name: &str| member(name).and_then(Value::as_str);
    let wrong = |name: &str, message: &str| Error::invalid(format!("{place}/{name}"), message);
    let op = text("op").map(str::to_ascii_lowercase).ok_or_else(|| wrong("op", "an operation is needed"))?;
    let pointer = |name: &str| {
        let sent = text(name).ok_or_else(|| wrong(name, "a JSON Pointer is needed"))?;
        resolved(sent, writable, now).ok_or_else(|| wrong(name, "there is no such member, or it is not yours to write"))
    };
    let path = pointer("path")?;
    let mut plain = Map::new();
    if matches!(op.as_str(), "move" | "copy") {
        plain.insert("from".to_owned(), pointer("from")?.into());
    }
    if matches!(op.as_str(), "add" | "replace" | "test") {
        let value = member("value").cloned().ok_or_else(|| wrong("value", "a value is needed"))?;
        let merges = op != "test";
        let value = if merges { merged(&path, now.pointer(&path), value) } else { value };
        plain.insert("value".to_owned(), value);
    }
    plain.insert("op".to_owned(), op.into());
    plain.insert("path".to_owned(), path.into());
    serde_json::from_value(Value::Object(plain)).map_err(|_| {
        wrong("op", "an operation is one of `add`, `remove`, `replace`, `move`, `copy`, `test`, with a path")
    })
}

/// The name of a member that is spelled so, in whatever case.
fn alike<'m>(members: &'m Map<String, Value>, name: &str) -> Option<&'m str> {
    members.keys().map(String::as_str).find(|known| known.eq_ignore_ascii_case(name))
}

/// A pointer with the names of the document, where its first name is that of a member that may be written.
fn resolved(sent: &str, writable: &Map<String, Value>, now: &Value) -> Option<String> {
    let mut path = String::new();
    let mut at = Some(now);
    for (depth, segment) in sent.strip_prefix('/')?.split('/').enumerate() {
        let name = unescaped(segment)?;
        let known = match (depth, at) {
            (0, _) => Some(alike(writable, &name)?.to_owned()),
            (_, Some(Value::Object(members))) if !members.contains_key(&name) => {
                alike(members, &name).map(str::to_owned)
            }
            _ => None,
        };
        let name = known.unwrap_or(name);
        at = match at {
            Some(Value::Object(members)) => members.get(&name),
            Some(Value::Array(items)) => name.parse::<usize>().ok().and_then(|position| items.get(position)),
            _ => None,
        };
        path.push('/');
        path.push_str(&name.replace('~', "~0").replace('/', "~1"));
    }
    Some(path)
}

fn unescaped(segment: &str) -> Option<String> {
    let mut rest = segment;
    while let Some((_, after)) = rest.split_once('~') {
        if !after.starts_with(['0', '1']) {
            return None;
        }
        rest = after;
    }
    Some(segment.replace("~1", "/").replace("~0", "~"))
}

/// What is to stand at a place: texts of languages that were not named stay.
fn merged(path: &str, there: Option<&Value>, sent: Value) -> Value {
    let name = path.rsplit('/').next().unwrap_or_default();
    match (there, sent) {
        (Some(Value::Object(there)), Value::Object(sent)) if name.starts_with(LOCALIZED) => {
            let mut all = there.clone();
            let mut known = first_of(there.keys().map(|tag| (tag.as_str(), tag.clone())));
            for (tag, text) in sent {
                let tag = known.entry(tag.to_ascii_lowercase()).or_insert(tag);
                all.insert(tag.clone(), text);
            }
            Value::Object(all)
        }
        (Some(Value::Object(there)), Value::Object(sent)) if is_same(there, &sent) => {
            let inside = |(name, value): (String, Value)| {
                let value = merged(&name, there.get(&name), value);
                (name, value)
            };
            Value::Object(sent.into_iter().map(inside).collect())
        }
        (Some(Value::Array(there)), Value::Array(sent)) => {
            let known = first_of(there.iter().filter_map(|one| Some((named(one)?, one))));
            let same = |one: &Value| known.get(&named(one)?.to_ascii_lowercase()).copied();
            Value::Array(sent.into_iter().map(|one| merged("", same(&one), one)).collect())
        }
        (_, sent) => sent,
    }
}

/// What stands under each name first, in whatever case: lists are as long as a body lets them be, so none is gone through for each of
/// another's.
fn first_of<'n, V>(all: impl Iterator<Item = (&'n str, V)>) -> HashMap<String, V> {
    let mut first = HashMap::new();
    for (name, value) in all {
        first.entry(name.to_ascii_lowercase()).or_insert(value);
    }
    first
}

/// The name of an element of a list.
fn named(one: &Value) -> Option<&str> {
    one.get("name").and_then(Value::as_str)
}

/// Whether two elements of a list are of one name.
fn is_same(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    match (one.get("name").and_then(Value::as_str), other.get("name").and_then(Value::as_str)) {
        (Some(one), Some(other)) => one.eq_ignore_ascii_case(other),
        _ => false,
    }
}

/// Whether an operation makes no more of a document than one may be. It is asked before the operation is done.
fn fits(operation: &PatchOperation, now: &Value) -> bool {
    let (path, value) = match operation {
        PatchOperation::Add(AddOperation { path, value })
        | PatchOperation::Replace(ReplaceOperation { path, value }) => (path, Some(value)),
        PatchOperation::Copy(CopyOperation { path, from }) | PatchOperation::Move(MoveOperation { path, from }) => {
            (path, now.pointer(from.as_str()))
        }
        PatchOperation::Remove(_) | PatchOperation::Test(_) => return true,
    };
    let Some(value) = value else { return true };
    let is_copy = matches!(operation, PatchOperation::Copy(_));
    path.as_str().matches('/').count() + depth(value) <= MAX_DEPTH
        && (!is_copy || weight(now).saturating_add(weight(value)) <= MOST_BYTES)
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or_default(),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or_default(),
        _ => 0,
    }
}

/// What a value takes, in bytes.
fn weight(value: &Value) -> usize {
    let inside: usize = match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(members) => members.iter().map(|(name, value)| name.len() + weight(value)).sum(),
        _ => 0,
    };
    OF_A_VALUE + inside
}

#[cfg(test)]
mod tests;

//! Every request, in order: how many round trips there were is a fact one can read.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// Entries that are kept.
const MAX_ENTRIES: usize = 20_000;

/// Bytes of all bodies that are kept.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// Bytes of a body that are kept.
const MAX_BODY: usize = 64 * 1024;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Position since the last reset, from 1.
    pub number: u64,
    /// The CRM.
    pub service: String,
    /// Verb.
    pub method: String,
    /// Path and query as sent.
    pub target: String,
    /// Body as sent, cut when long; none for endpoints that take secrets.
    pub body: Option<String>,
    /// Status of the answer; none when the connection was cut.
    pub status: Option<u16>,
    /// Operations inside, for requests that hold several.
    pub operations: Vec<String>,
    /// The fault that was put in, if any.
    pub fault: Option<String>,
}

/// The log.
#[derive(Debug, Default)]
pub(crate) struct Log {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    entries: VecDeque<Entry>,
    bytes: usize,
    count: u64,
}

impl Log {
    /// Adds an entry; returns the line that prints it.
    pub(crate) fn add(&self, mut entry: Entry) -> String {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.count += 1;
        entry.number = inner.count;
        let line = line(&entry);
        inner.bytes += size(&entry);
        inner.entries.push_back(entry);
        while inner.entries.len() > MAX_ENTRIES || inner.bytes > MAX_BYTES {
            let Some(oldest) = inner.entries.pop_front() else { break };
            inner.bytes -= size(&oldest);
        }
        line
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).entries.iter().cloned().collect()
    }

    pub(crate) fn clear(&self) {
        *self.inner.lock().unwrap_or_else(PoisonError::into_inner) = Inner::default();
    }
}

fn size(entry: &Entry) -> usize {
    entry.target.len() + entry.body.as_ref().map_or(0, String::len)
}

/// A body as the log keeps it.
pub(crate) fn kept(body: &[u8]) -> String {
    String::from_utf8_lossy(body.get(..MAX_BODY).unwrap_or(body)).into_owned()
}

fn line(entry: &Entry) -> String {
    let Entry { number, service, method, target, status, operations, fault, .. } = entry;
    let status = status.map_or_else(|| "cut".to_owned(), |status| status.to_string());
    let fault = fault.as_ref().map_or_else(String::new, |fault| format!(" [{fault}]"));
    let mut line = format!("{number} {service} {status} {method} {target}{fault}");
    for operation in operations {
        line.push_str("\n    ");
        line.push_str(operation);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(body: String) -> Entry {
        Entry {
            number: 0,
            service: "x".into(),
            method: "POST".into(),
            target: "/".into(),
            body: Some(body),
            status: None,
            operations: Vec::new(),
            fault: None,
        }
    }

    #[test]
    fn the_oldest_go_when_there_is_too_much() {
        let log = Log::default();
        for _ in 0..3 {
            log.add(entry("x".repeat(MAX_BYTES / 2 - 1)));
        }
        let numbers: Vec<u64> = log.entries().iter().map(|entry| entry.number).collect();
        assert_eq!(numbers, [2, 3]);
    }
}

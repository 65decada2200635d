//! What the answer to a write group says about each write.

use engage_engine::adapter::{
    AdapterError, AdapterErrorKind, GroupError, Record, Write, WriteAction, WriteGroup, Written,
};
use serde::Deserialize;
use serde_json::Value as Json;

use super::error::{HALTED, Words, error, unread, words};
use super::id::canonical;
use super::metadata::ID;
use super::write::{owner, position};
use crate::http::Reply;

type Results = Vec<Result<Written, AdapterError>>;

/// The answer to one request inside another.
#[derive(Debug, Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    pub(super) body: Json,
    #[serde(rename = "httpHeaders", default)]
    headers: Json,
    #[serde(rename = "httpStatusCode")]
    pub(super) status: u16,
    #[serde(rename = "referenceId")]
    reference: Option<String>,
}

impl Answer {
    fn position(&self) -> Option<usize> {
        position(self.reference.as_deref()?)
    }

    fn owner(&self) -> Option<usize> {
        owner(self.reference.as_deref()?)
    }
}

#[derive(Deserialize)]
pub(super) struct Composite {
    #[serde(rename = "compositeResponse")]
    pub(super) answers: Vec<Answer>,
}

#[derive(Deserialize)]
struct Graphs {
    graphs: Vec<Graph>,
}

#[derive(Deserialize)]
struct Graph {
    #[serde(rename = "graphResponse")]
    response: Composite,
    #[serde(rename = "isSuccessful")]
    successful: bool,
}

/// Reads the answer to a group.
///
/// # Errors
/// The group's failure, with the write that caused it where that can be told.
pub(super) fn read(
    group: &WriteGroup,
    refused: &[(usize, AdapterError)],
    reply: &Reply,
) -> Result<Results, GroupError> {
    let reading = Reading { group, refused };
    if reply.status >= 300 {
        let body = serde_json::from_slice(&reply.body).unwrap_or_default();
        let mut error = error(reply.status, &body, reply.retry_after(), None);
        if error.kind == AdapterErrorKind::NotFound {
            // It is the resource that is missing, and none of the records.
            error.kind = AdapterErrorKind::Rejected { field: None };
        }
        return Err(error.into());
    }
    if !group.atomic {
        let composite: Composite = parse(reply)?;
        return Ok(reading.single(&composite.answers));
    }
    let graphs: Graphs = parse(reply)?;
    match graphs.graphs.as_slice() {
        [graph] if graph.successful => reading.done(&graph.response.answers),
        [graph] => Err(reading.failed(&graph.response.answers)),
        _ => Err(unread("the graph was not answered").into()),
    }
}

fn parse<T: for<'de> Deserialize<'de>>(reply: &Reply) -> Result<T, AdapterError> {
    serde_json::from_slice(&reply.body).map_err(|_| unread("the answer cannot be read"))
}

struct Reading<'a> {
    group: &'a WriteGroup,
    /// Writes that were not sent.
    refused: &'a [(usize, AdapterError)],
}

impl Reading<'_> {
    fn done(&self, answers: &[Answer]) -> Result<Results, GroupError> {
        let results = self.single(answers);
        match results.iter().find_map(|result| result.as_ref().err()) {
            // All took effect, so that no single answer can say otherwise.
            Some(failed) => {
                let details = failed.details.clone();
                Err(AdapterError { kind: AdapterErrorKind::Unknown, details }.into())
            }
            None => Ok(results),
        }
    }

    fn single(&self, answers: &[Answer]) -> Results {
        let mut results = Results::with_capacity(self.group.writes.len());
        for (position, write) in self.group.writes.iter().enumerate() {
            let refused = self.refused.iter().find(|(refused, _)| *refused == position);
            let answer = answers.iter().find(|answer| answer.position() == Some(position));
            let result = match (refused, answer) {
                (Some((_, error)), _) => Err(error.clone()),
                (None, None) => Err(unread("a write was not answered")),
                (None, Some(answer)) if answer.status < 300 => {
                    self.written(write, answer, &results).ok_or_else(|| unread("a write was answered without an id"))
                }
                (None, Some(answer)) => Err(error(answer.status, &answer.body, None, Some(write))),
            };
            results.push(result);
        }
        results
    }

    fn written(&self, write: &Write, answer: &Answer, earlier: &Results) -> Option<Written> {
        let member = |name| answer.body.get(name).and_then(Json::as_str);
        let address = || answer.headers.get("Location")?.as_str()?.rsplit('/').next();
        let given = match &write.action {
            WriteAction::Update { record, .. } | WriteAction::Delete { record, .. } => match record {
                Record::Id(id) => Some(id.as_str()),
                Record::Back(back) => Some(earlier.get(back.0)?.as_ref().ok()?.id.as_str()),
            },
            _ => None,
        };
        let id = given.or_else(|| member("id")).or_else(|| member(ID)).or_else(address).and_then(canonical)?;
        let created = match &write.action {
            WriteAction::Create { .. } => true,
            WriteAction::Upsert { update_only, .. } => !update_only && answer.status == 201,
            _ => false,
        };
        Some(Written { id, created, etag: None })
    }

    /// Nothing of a failed graph took effect. The culprit has an error of its own where the innocent are halted;
    /// older versions repeat one error for all of them.
    fn failed(&self, answers: &[Answer]) -> GroupError {
        let failures = answers.iter().filter(|answer| answer.status >= 300);
        let failures: Vec<(&Answer, Words)> =
            failures.map(|answer| (answer, words(&answer.body).unwrap_or_default())).collect();
        let own: Vec<&(&Answer, Words)> = failures.iter().filter(|(_, words)| words.code != HALTED).collect();
        let Some((first, why)) = own.first().copied().or(failures.first()) else {
            return unread("the graph failed without an error").into();
        };
        let repeated = own.len() > 1 && own.iter().all(|(_, words)| words == why);
        let culprit = match (repeated, own.is_empty()) {
            (true, _) => self.suspect(why),
            (false, false) => first.owner().filter(|position| *position < self.group.writes.len()),
            (false, true) => None,
        };
        let write = culprit.and_then(|culprit| self.group.writes.get(culprit));
        let mut error = error(first.status, &first.body, None, write);
        if error.kind == AdapterErrorKind::Unknown {
            error.kind = AdapterErrorKind::Rejected { field: None };
        }
        GroupError { error, culprit }
    }

    /// The one write that an error can be about.
    fn suspect(&self, why: &Words) -> Option<usize> {
        let tokens: Vec<&str> =
            why.message.split(|character: char| !character.is_ascii_alphanumeric() && character != '_').collect();
        let named = |column: &str| {
            why.fields.iter().any(|field| field == column) || column.contains('_') && tokens.contains(&column)
        };
        let shown =
            |id: &str| canonical(id).is_some_and(|id| tokens.iter().any(|token| canonical(token) == Some(id.clone())));
        let record = |write: &Write| match &write.action {
            WriteAction::Update { record: Record::Id(id), .. } | WriteAction::Delete { record: Record::Id(id), .. } => {
                shown(id)
            }
            _ => false,
        };
        let column = |write: &Write| {
            let fields = write.fields.iter().filter_map(|(position, _)| write.entity.fields.get(*position));
            fields.filter_map(|field| field.write_column.as_deref()).any(named)
        };
        let lost = |write: &Write| {
            let nowhere =
                ["NOT_FOUND", "ENTITY_IS_DELETED", "INVALID_CROSS_REFERENCE_KEY"].contains(&why.code.as_str());
            nowhere && why.fields.is_empty() && !matches!(write.action, WriteAction::Create { .. })
        };
        let only = |is: &dyn Fn(&Write) -> bool| {
            let mut found = self.group.writes.iter().enumerate().filter(|(_, write)| is(write));
            found.next().filter(|_| found.next().is_none()).map(|(position, _)| position)
        };
        only(&record).or_else(|| only(&column)).or_else(|| only(&lost))
    }
}

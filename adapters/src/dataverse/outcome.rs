//! Write groups on the wire and back: the batch, and what its answers say about each write.

use std::sync::Arc;

use engage_engine::adapter::{
    AdapterError, AdapterErrorKind, GroupError, Record, Write, WriteAction, WriteGroup, Written,
};
use serde_json::Value as Json;

use super::batch::{Answer, Batch};
use super::error::{self, error};
use super::metadata::Metadata;
use super::service::{ROOT, answers};
use super::write::{Part, Parts, Role};
use crate::http::Reply;

type Results = Vec<Result<Written, AdapterError>>;

/// The body of a group's batch: what has to be found comes first, so that nothing is written when it is not there.
pub(super) fn batch(group: &WriteGroup, parts: &Parts) -> String {
    let mut batch = Batch::default();
    parts.finds.iter().for_each(|part| batch.single(ROOT, part));
    if group.atomic && !parts.writes.is_empty() {
        batch.change_set(ROOT, &parts.writes);
    } else {
        parts.writes.iter().for_each(|part| batch.single(ROOT, part));
    }
    batch.finish()
}

/// Reads the answer to a group.
pub(super) fn read(
    metadata: &Arc<Metadata>,
    group: &WriteGroup,
    parts: &Parts,
    reply: &Reply,
) -> Result<Results, GroupError> {
    let answers = answers(reply)?;
    let reading = Reading { metadata, group, parts, reply };
    if group.atomic { reading.atomic(&answers) } else { Ok(reading.single(&answers)) }
}

struct Reading<'a> {
    metadata: &'a Metadata,
    group: &'a WriteGroup,
    parts: &'a Parts,
    reply: &'a Reply,
}

impl Reading<'_> {
    fn parts(&self) -> impl Iterator<Item = &Part> {
        self.parts.finds.iter().chain(&self.parts.writes)
    }

    fn write_of(&self, part: &Part) -> Option<&Write> {
        self.group.writes.get(part.write)
    }

    fn failure(&self, answer: &Answer, part: Option<&Part>) -> AdapterError {
        let write = part.and_then(|part| self.write_of(part));
        error(answer.status, &answer.body, answer.retry_after().or_else(|| self.reply.retry_after()), write)
    }

    /// The request that an answer of a failed batch is about: in a change set the content id tells, and where there is
    /// none the message, if it names a record that only one of the writes is about.
    fn failed<'p>(&'p self, position: usize, answer: &Answer) -> Option<&'p Part> {
        match answer.content_id {
            Some(id) => self.parts.writes.get(id.checked_sub(1)?),
            // The first to fail is the last that is answered.
            None if !answer.change_set && position < self.parts.finds.len() => self.parts.finds.get(position),
            None => {
                let about =
                    |part: &&Part| self.write_of(part).is_some_and(|write| error::is_about(write, &answer.body));
                let mut suspects = self.parts.writes.iter().filter(|part| part.role != Role::Rest).filter(about);
                suspects.next().filter(|_| suspects.next().is_none())
            }
        }
    }

    fn atomic(&self, answers: &[Answer]) -> Result<Results, GroupError> {
        if let Some((position, failed)) = answers.iter().enumerate().find(|(_, answer)| answer.status >= 400) {
            let part = self.failed(position, failed);
            return Err(GroupError { error: self.failure(failed, part), culprit: part.map(|part| part.write) });
        }
        let count = self.parts.finds.len() + self.parts.writes.len();
        if answers.len() != count {
            return Err(unanswered().into());
        }
        // Requests are answered in order; content ids say the same.
        let mut results: Results = self.group.writes.iter().map(|_| Err(unanswered())).collect();
        for (part, answer) in self.parts().zip(answers) {
            self.book(part, answer, &mut results);
        }
        match results.iter().position(Result::is_err) {
            Some(_) => Err(unanswered().into()),
            None => Ok(results),
        }
    }

    fn single(&self, answers: &[Answer]) -> Results {
        let mut results: Results = self.group.writes.iter().map(|_| Err(unanswered())).collect();
        for (part, answer) in self.parts().zip(answers) {
            if answer.status < 400 {
                self.book(part, answer, &mut results);
            } else if let Some(result) = results.get_mut(part.write) {
                *result = Err(self.failure(answer, Some(part)));
            }
        }
        results
    }

    fn book(&self, part: &Part, answer: &Answer, results: &mut Results) {
        if part.role == Role::Rest {
            return;
        }
        if let (Some(result), Some(write)) = (results.get_mut(part.write), self.write_of(part)) {
            *result = self.written(write, answer).ok_or_else(unanswered);
        }
    }

    fn written(&self, write: &Write, answer: &Answer) -> Option<Written> {
        let primary_id = || Some(self.metadata.get(&write.entity.crm_type)?.primary_id.as_str());
        let body: Json = serde_json::from_str(&answer.body).unwrap_or(Json::Null);
        let in_body = || body.get(primary_id()?)?.as_str().map(str::to_owned);
        let in_header = || id_of(answer.header("odata-entityid").or_else(|| answer.header("location"))?);
        let id = match &write.action {
            WriteAction::Create { id: Some(id) } => Some(id.clone()),
            WriteAction::Update { record: Record::Id(id), .. } | WriteAction::Delete { record: Record::Id(id), .. } => {
                Some(id.clone())
            }
            _ => in_body().or_else(in_header),
        };
        let created = match &write.action {
            WriteAction::Create { .. } => true,
            WriteAction::Upsert { update_only, .. } => !update_only && answer.status == 201,
            _ => false,
        };
        let etag = body.get("@odata.etag").and_then(Json::as_str).map(str::to_owned);
        Some(Written { id: id?, created, etag: etag.or_else(|| answer.header("etag").map(str::to_owned)) })
    }
}

/// The id in the address of a row.
fn id_of(address: &str) -> Option<String> {
    let (_, rest) = address.rsplit_once('(')?;
    let (id, _) = rest.split_once(')')?;
    super::literal::is_guid(id).then(|| id.to_owned())
}

fn unanswered() -> AdapterError {
    AdapterError { kind: AdapterErrorKind::Unknown, details: Some("the batch was not answered whole".to_owned()) }
}

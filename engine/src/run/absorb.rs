//! Takes what reads found before a write into what is known: Ids, needed fields, who goes from a replaced set.

use std::collections::{HashMap, HashSet};

use super::error::{Failure, RunErrorKind};
use super::fetch::{Found, Rows};
use super::keys::Keys;
use super::query::{Key, read_of};
use super::state::{Known, Record, Stale, State};
use super::values::Values;
use crate::catalog::{Part, Pattern, Requirement, Slot};
use crate::ids::FieldName;
use crate::plan::{By, Plan, RecordShape, Step};
use crate::value::{Value, fold};

/// What a step's records mean for its part.
enum Finding {
    Records(Vec<Record>),
    /// The set that is replaced: its records among those given, and those that are to go.
    Set(Vec<Record>, Vec<Stale>),
}

/// Takes the rows of every read step.
pub(super) fn absorb(
    pattern: &Pattern,
    plan: &Plan,
    state: &mut State,
    rows: Rows,
    keys: &Keys,
) -> Result<(), Failure> {
    let rows = joined(pattern, plan, rows);
    let mut findings = Vec::new();
    for (position, (step, rows)) in plan.steps.iter().zip(rows).enumerate() {
        let (Some(read), Some(part)) = (read_of(step), pattern.parts.get(step.position)) else { continue };
        let finding = match &read.by {
            By::Id => by_id(part, state.records(step.position), rows).map(Finding::Records),
            By::Filter | By::Own | By::Join { .. } => match state.parts.get(step.position) {
                Some(Known::Records(records, _)) => by_id(part, records, rows).map(Finding::Records),
                _ => searched(part, rows).map(Finding::Records),
            },
            By::Match { on } => by_match(pattern, state, step, on, rows).map(Finding::Records),
            By::Children { .. } => {
                let records = members(state.records(step.position), &rows);
                Ok(Finding::Set(records, stale(part, state.records(step.position), rows, keys)))
            }
        };
        findings.push((step, part, finding.map_err(|failure| failure.step(position))?));
    }
    for (step, part, finding) in findings {
        match finding {
            Finding::Records(records) => state.found(step.position, part, records),
            Finding::Set(records, stale) => state.set(step.position, part, records, Some(stale)),
        }
    }
    Ok(())
}

/// Holds the records of read-only parts against the requirements between them: how they were read does not promise
/// that they belong together. A part is narrowed by those before it, then by those after it.
fn joined(pattern: &Pattern, plan: &Plan, mut rows: Rows) -> Rows {
    let mut step_of: Vec<Option<usize>> = vec![None; pattern.parts.len()];
    for (position, step) in plan.steps.iter().enumerate() {
        let looked = matches!(read_of(step).map(|read| &read.by), None | Some(By::Match { .. } | By::Children { .. }));
        if let Some(slot) = step_of.get_mut(step.position).filter(|_| !looked) {
            *slot = Some(position);
        }
    }
    let holds = |requirement: &&Requirement| {
        let part = pattern.parts.get(requirement.dependent.part);
        requirement.sources.len() == 1 && !requirement.deferred && part.is_some_and(|part| part.read_only)
    };
    let mut ranks = vec![0; pattern.parts.len()];
    for (rank, part) in pattern.order.iter().enumerate() {
        if let Some(slot) = ranks.get_mut(*part) {
            *slot = rank;
        }
    }
    let mut requirements: Vec<&Requirement> = pattern.requirements.iter().filter(holds).collect();
    if requirements.is_empty() {
        return rows;
    }
    requirements.sort_by_key(|requirement| ranks.get(requirement.dependent.part));
    let both = requirements.iter().map(|r| (r, true)).chain(requirements.iter().rev().map(|r| (r, false)));
    for (requirement, down) in both {
        let Some(source) = requirement.sources.first() else { continue };
        let step = |part: usize| step_of.get(part).copied().flatten();
        let (Some(to), Some(from)) = (step(requirement.dependent.part), step(source.part)) else { continue };
        let (narrowed, by) = if down {
            ((to, requirement.dependent), (from, *source))
        } else {
            ((from, *source), (to, requirement.dependent))
        };
        let known: HashSet<Key> = keys(pattern, &rows, by).flatten().collect();
        // What is not there asks for nothing.
        if known.is_empty() && (requirement.optional || !down) {
            continue;
        }
        let empty = requirement.optional && down;
        let own = keys(pattern, &rows, narrowed);
        let mut kept = own.map(|key| key.map_or(empty, |key| known.contains(&key))).collect::<Vec<_>>().into_iter();
        if let Some(list) = rows.get_mut(narrowed.0) {
            list.retain(|_| kept.next().unwrap_or_default());
        }
    }
    rows
}

/// The key of each record of a step by one of its fields.
fn keys<'r>(
    pattern: &'r Pattern,
    rows: &'r Rows,
    (step, slot): (usize, Slot),
) -> impl Iterator<Item = Option<Key>> + use<'r> {
    let field = pattern.parts.get(slot.part).and_then(|part| part.entity.fields.get(slot.field));
    let name = field.map_or("", |field| field.name.as_str());
    rows.get(step).into_iter().flatten().map(move |row| Key::of(row.value(name)))
}

fn by_id(part: &Part, records: &[Record], rows: Vec<Found>) -> Result<Vec<Record>, Failure> {
    let mut found: HashMap<String, Found> = rows.into_iter().map(|row| (fold(&row.id), row)).collect();
    let mut taken: HashMap<String, Record> = HashMap::new();
    let mut known = Vec::with_capacity(records.len());
    for (index, record) in records.iter().enumerate() {
        let Some(id) = &record.id else {
            known.push(record.clone());
            continue;
        };
        let key = fold(id);
        let merged = match (found.remove(&key), taken.get(&key)) {
            (Some(row), _) => {
                let merged = Record { etag: row.etag, read: (*row.values).clone(), ..record.clone() };
                taken.insert(key, merged.clone());
                merged
            }
            // A record that only is referred to may be named twice.
            (None, Some(before)) => Record { given: record.given.clone(), ..before.clone() },
            (None, None) => {
                return Err(Failure::at(RunErrorKind::NoRecord, &part.ref_id).of(index));
            }
        };
        known.push(merged);
    }
    Ok(known)
}

fn searched(part: &Part, mut rows: Vec<Found>) -> Result<Vec<Record>, Failure> {
    super::order::sort(part, &mut rows);
    // An author who asks for the first of an order means one; any other limit does not hide a second hit.
    if part.multiple || part.limit == Some(1) && part.sort.is_some() {
        rows.truncate(part.limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX)));
    }
    match rows.len() {
        0 if !part.optional => return Err(Failure::at(RunErrorKind::NoRecord, &part.ref_id)),
        2.. if !part.multiple => return Err(Failure::at(RunErrorKind::Several, &part.ref_id)),
        _ => {}
    }
    Ok(rows.into_iter().map(|row| record(row, RecordShape::Given)).collect())
}

fn record(row: Found, shape: RecordShape) -> Record {
    let read = (*row.values).clone();
    Record { id: Some(row.id), shape, etag: row.etag, read, ..Record::default() }
}

fn by_match(
    pattern: &Pattern,
    state: &State,
    step: &Step,
    on: &[FieldName],
    rows: Vec<Found>,
) -> Result<Vec<Record>, Failure> {
    let mut hits: HashMap<Vec<Key>, Vec<Found>> = HashMap::new();
    for row in rows {
        let key: Option<Vec<Key>> = on.iter().map(|field| Key::of(row.value(field.as_str()))).collect();
        if let Some(key) = key {
            hits.entry(key).or_default().push(row);
        }
    }
    let wanted = Values::new(pattern, state).match_values(step.position, on);
    let mut records = state.records(step.position).to_vec();
    // A part that always exists does so without input too.
    records.resize_with(wanted.len().max(records.len()), Record::default);
    for (index, (record, wanted)) in records.iter_mut().zip(wanted).enumerate() {
        if record.id.is_some() {
            continue;
        }
        let key = wanted.and_then(|values| values.iter().map(Key::of).collect::<Option<Vec<_>>>());
        match key.and_then(|key| hits.get(&key)).map_or(&[][..], Vec::as_slice) {
            [] => record.shape = RecordShape::Missing,
            [row] => {
                record.shape = RecordShape::Found;
                record.id = Some(row.id.clone());
                record.etag.clone_from(&row.etag);
                record.read = (*row.values).clone();
            }
            _ => {
                return Err(Failure::at(RunErrorKind::Several, &step.part).of(index));
            }
        }
    }
    Ok(records)
}

/// The given records, those of the set marked, with the version they were read in.
fn members(records: &[Record], rows: &[Found]) -> Vec<Record> {
    let found: HashMap<String, &Found> = rows.iter().map(|row| (fold(&row.id), row)).collect();
    let mark = |record: &Record| {
        let mut record = record.clone();
        let row = record.id.as_deref().and_then(|id| found.get(&fold(id)));
        if let Some(row) = row.filter(|_| record.shape == RecordShape::Given) {
            record.shape = RecordShape::Member;
            record.etag.clone_from(&row.etag);
        }
        record
    };
    records.iter().map(mark).collect()
}

/// The records of a set that were not given. Those that an earlier attempt of this operation made are given: they
/// carry the keys of the instances without an Id.
fn stale(part: &Part, records: &[Record], rows: Vec<Found>, keys: &Keys) -> Vec<Stale> {
    let given: HashSet<String> = records.iter().filter_map(|record| record.id.as_deref()).map(fold).collect();
    let own = records.iter().enumerate().filter(|(_, record)| record.id.is_none());
    let own: HashSet<String> = own.map(|(index, _)| keys.key(part.ref_id.as_str(), index)).collect();
    let key_field = part.entity.idempotency.and_then(|field| part.entity.fields.get(field)).map(|field| &field.name);
    let is_own = |row: &Found| {
        let keyed = key_field.map(|name| row.value(name.as_str()));
        own.contains(&fold(&row.id)) || matches!(keyed, Some(Value::String(key)) if own.contains(&fold(key)))
    };
    let mut stale: Vec<Stale> = rows
        .into_iter()
        .filter(|row| !given.contains(&fold(&row.id)) && !is_own(row))
        .map(|row| Stale { id: row.id, etag: row.etag })
        .collect();
    stale.sort_by(|a, b| a.id.cmp(&b.id));
    stale
}

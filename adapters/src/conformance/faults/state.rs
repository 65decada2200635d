//! What is in the CRM, and what an answer says, without the ids: these differ from one run to the next.

use std::collections::{BTreeMap, HashMap};

use engage_engine::adapter::Row;
use engage_engine::catalog::Entity;
use engage_engine::run::{Done, Effect, Outcome};
use engage_engine::{FieldType, Instance, Value};

use super::super::bench::{Bench, ensure, why};

/// A record: its own values, and what its references lead to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Line {
    own: String,
    led: Vec<String>,
}

/// Every record, in an order that is the same each time.
pub(super) async fn state(bench: &Bench) -> Result<Vec<Line>, String> {
    let mut queries = Vec::new();
    for name in ["account", "contact", "meeting", "note", "party"] {
        let entity = bench.entity(name)?;
        let fields: Vec<&str> = entity.fields.iter().map(|field| field.name.as_str()).collect();
        queries.push(if name == "party" { bench.parties_of(&fields)? } else { bench.query(name, &fields)? });
    }
    let mut found = Vec::new();
    for queries in queries.chunks(bench.can().read_batch.max.max(1)) {
        let pages = bench.read(queries).await.map_err(|error| format!("what is there: {}", why(&error)))?;
        for (query, page) in queries.iter().zip(pages) {
            ensure(!page.truncated, || "what is there is told in part".to_owned())?;
            found.extend(page.rows.into_iter().map(|row| (query.entity.clone(), row)));
        }
    }
    let names: HashMap<&str, String> = found.iter().map(|(entity, row)| (row.id.as_str(), own(entity, row))).collect();
    let mut lines: Vec<Line> = found.iter().map(|(entity, row)| line(entity, row, &names)).collect();
    lines.sort_unstable();
    Ok(lines)
}

/// A record by its own values. What carries the key of a create is different on every CRM.
fn own(entity: &Entity, row: &Row) -> String {
    let values = entity.fields.iter().filter(|field| !matches!(field.field_type, FieldType::Ref(_)));
    let values = values.filter(|field| !field.name.is_id() && field.name.as_str() != "Key");
    let values = values.filter_map(|field| Some((&field.name, row.values.get(field.name.as_str())?)));
    let values =
        values.filter(|(_, value)| !value.is_null()).map(|(name, value)| format!("{name}={}", value.to_json()));
    format!("{}({})", entity.id, values.collect::<Vec<_>>().join(" "))
}

fn line(entity: &Entity, row: &Row, names: &HashMap<&str, String>) -> Line {
    let references = entity.fields.iter().filter(|field| matches!(field.field_type, FieldType::Ref(_)));
    let led = references.filter(|field| !field.name.is_id()).filter_map(|field| {
        let Some(Value::Id(id)) = row.values.get(field.name.as_str()) else { return None };
        let to = names.get(id.as_str()).map_or("a record that is not there", String::as_str);
        Some(format!("{} -> {to}", field.name))
    });
    Line { own: own(entity, row), led: led.collect() }
}

/// What an operation answered. Records come by their ids where no order is asked for, hence in any.
pub(super) fn answer(outcome: &Outcome) -> Vec<String> {
    let mut lines: Vec<String> = match outcome {
        Outcome::Read(results) => {
            let parts = results.matches.iter().flat_map(|found| &found.parts);
            parts
                .flat_map(|(part, records)| records.iter().map(move |record| format!("{part}: {}", told(record))))
                .collect()
        }
        // A repeat finds what the first attempt made, and nothing left to remove.
        Outcome::Write(effects) => {
            let kept = |effects: &[Effect]| effects.iter().filter(|effect| effect.outcome != Done::Deleted).count();
            effects.parts.iter().map(|(part, effects)| format!("{part}: {}", kept(effects))).collect()
        }
    };
    lines.sort_unstable();
    lines
}

fn told(record: &Instance) -> String {
    let values = record.iter().filter(|(_, value)| !matches!(value, Value::Id(_) | Value::Null));
    values.map(|(name, value)| format!("{name}={}", value.to_json())).collect::<Vec<_>>().join(" ")
}

/// What is more than once, or less often than it has to be, where an end between two others is all that is asked for.
///
/// References do not count: what they lead to may have changed already.
pub(super) fn beyond(found: &[Line], before: &[Line], after: &[Line]) -> Vec<String> {
    let counts = |lines: &[Line]| {
        lines.iter().fold(BTreeMap::new(), |mut counts: BTreeMap<String, usize>, line| {
            *counts.entry(line.own.clone()).or_default() += 1;
            counts
        })
    };
    let (found, before, after) = (counts(found), counts(before), counts(after));
    let lines = found.keys().chain(before.keys()).chain(after.keys());
    let count = |of: &BTreeMap<String, usize>, line: &String| of.get(line).copied().unwrap_or(0);
    let mut beyond: Vec<String> = lines
        .filter_map(|line| {
            let (found, before, after) = (count(&found, line), count(&before, line), count(&after, line));
            let (least, most) = (before.min(after), before.max(after));
            (found < least || found > most).then(|| format!("{found} of {line}"))
        })
        .collect();
    beyond.dedup();
    beyond
}

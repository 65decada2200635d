//! The values of a run: the one place that takes them out of its facts for somebody to look at.

use serde_json::{Map, Value, json};

use crate::run::{Fact, FactKind, RunOutcome};

/// The values of a run, by name: `event`, `given` and `employee` that started it, `blocks` with what each was prepared with and gave,
/// `outputs` of one that ended well. Of a `closed` one, whose blocks are not shown, only what came from outside and what it gave. They are
/// customers' data: who shows them has asked for them.
pub fn values(facts: &[Fact], closed: bool) -> Map<String, Value> {
    let mut told = Map::new();
    let mut blocks: Map<String, Value> = Map::new();
    let mut put = |block: &str, key: &str, value: &Value| {
        if let Some(object) = blocks.entry(block).or_insert_with(|| json!({})).as_object_mut() {
            object.insert(key.to_owned(), value.clone());
        }
    };
    for fact in facts {
        match &fact.kind {
            FactKind::Started(beginning) => {
                told.insert("event".to_owned(), beginning.data.clone());
                told.insert("given".to_owned(), beginning.given.clone());
                told.insert("employee".to_owned(), json!(beginning.employee));
            }
            FactKind::Prepared { block, input } => put(block.as_str(), "prepared", input),
            FactKind::Done { block, output, .. } => put(block.as_str(), "output", output),
            FactKind::Finished { outcome: RunOutcome::Succeeded { outputs } } => {
                told.insert("outputs".to_owned(), outputs.clone());
            }
            _ => {}
        }
    }
    if !closed {
        told.insert("blocks".to_owned(), Value::Object(blocks));
    }
    told
}

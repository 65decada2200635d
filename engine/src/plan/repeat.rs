//! Which patterns make records that a repeat after a lost answer could make twice. The checker cannot tell, because it
//! knows no CRM's capabilities.

use super::shape::minimal_create;
use super::{Answer, InputShape, Operation, PartShape, plan};
use crate::adapter::Capabilities;
use crate::catalog::{Catalog, Part, Pattern};
use crate::ids::CrmName;
use crate::model::{Item, Model, Place, Subject};
use crate::problem::{Code, CodeInfo, Problem};

pub(super) const NOT_ONCE: CodeInfo = CodeInfo {
    code: Code("E0470"),
    title: "records that a repeat could make twice",
    explanation: "Where the CRM makes the ids, a create whose answer is lost can only be told from one that never \
                  arrived by a key of its own. A request in which no record carries one ends as an unknown outcome \
                  instead of being repeated. A definition names the unique external id that carries the key.",
    example: "entity task \"Task\" on crm-a task {\n  Subject -> subject\n}\n\npattern todo \"To do\" {\n  \
              task : task\n}\n",
    cure: "entity task \"Task\" on crm-a task {\n  Subject     -> subject\n  ExternalKey -> key\n  \
           idempotency ExternalKey\n}\n\npattern todo \"To do\" {\n  task : task\n}\n",
};

/// A warning for every pattern of a CRM whose creates could be made twice, in the order of the model.
///
/// ```
/// use engage_engine::plan::repeat;
/// use engage_engine::{Capabilities, Catalog, model::Model};
/// fn warnings(model: &Model, catalog: &Catalog, can: &Capabilities) -> usize {
///     repeat::warnings(model, catalog, &"crm-a".parse().unwrap(), can).len()
/// }
/// ```
pub fn warnings(model: &Model, catalog: &Catalog, crm: &CrmName, capabilities: &Capabilities) -> Vec<Problem> {
    let patterns = model.patterns.iter().enumerate();
    let own = patterns.filter_map(|(index, pattern)| {
        Some((index, catalog.pattern(crm.as_str(), pattern.id.as_str()).filter(|found| writes(found))?))
    });
    let unsafe_ones = own.filter(|(_, pattern)| {
        [Operation::Create, Operation::Update].into_iter().any(|operation| {
            let made = plan(pattern, operation, &shape(pattern, operation), capabilities);
            made.is_ok_and(|made| made.figures.once == Answer::No)
        })
    });
    unsafe_ones.map(|(index, pattern)| warning(index, pattern, crm)).collect()
}

fn writes(pattern: &Pattern) -> bool {
    pattern.parts.iter().any(|part| !part.read_only)
}

/// Every part that is written, once; in an update the records that a replaced set gains.
fn shape(pattern: &Pattern, operation: Operation) -> InputShape {
    let mut shape = InputShape::minimal(pattern, operation);
    for (part, given) in pattern.parts.iter().zip(&mut shape.parts) {
        let new = || PartShape::Given { instances: vec![minimal_create(pattern, part)], stale: None };
        let gains = operation == Operation::Update && part.replace;
        if !part.read_only && (given.is_none() || gains) {
            *given = Some(new());
        }
    }
    shape
}

fn warning(index: usize, pattern: &Pattern, crm: &CrmName) -> Problem {
    let at = Subject { item: Item::Pattern(index), place: Place::Id };
    let keyless = |part: &&Part| !part.read_only && part.entity.embedded.is_none() && part.entity.idempotency.is_none();
    let mut entities: Vec<String> =
        pattern.parts.iter().filter(keyless).map(|part| format!("`{}`", part.entity.id)).collect();
    entities.sort_unstable();
    entities.dedup();
    let message = format!("on {crm} a repeat of `{}` could make records twice", pattern.id);
    let help = format!("declare an `idempotency` field of {}, where the CRM has one", entities.join(" or "));
    Problem::warning(NOT_ONCE.code, at, message).help(help)
}

//! Declared values have names of their own.

use std::collections::HashMap;

use engage_engine::model::Place;
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::known::Known;
use super::super::shape::Shape;
use crate::model::{BlockKind, Declared, DeclaredType, InputValue};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0634"),
    title: "an input that is declared wrongly",
    explanation: "Whoever starts a run gives its inputs by name, so that each has one of its own. The id of a \
                  record is the id of a record of an entity that is defined. A list of lists of lists has an \
                  end: at most 8 stand in each other.",
    example: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Manual(who: string, who: int)\n",
        "  output said = trigger.who\n",
        "}\n",
    ),
    cure: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Manual(who: string, times: int)\n",
        "  output said = trigger.who\n",
        "}\n",
    ),
};

const MAX_LISTS: usize = 8;

pub(super) fn check(shape: &Shape<'_>, known: &Known<'_>, problems: &mut Vec<Problem>) {
    for (position, block) in shape.blocks() {
        let declared = match &block.kind {
            BlockKind::Trigger(trigger) => trigger.inputs.as_slice(),
            BlockKind::Input(InputValue::Given(declared)) => std::slice::from_ref(declared),
            _ => continue,
        };
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for (index, one) in declared.iter().enumerate() {
            let at = shape.at(Place::BlockDeclared(position, index));
            let wrong = |message: String| Problem::error(INFO.code, at, message);
            if one.name.trim().is_empty() {
                problems.push(wrong("an input has a name".to_owned()).help("give it one"));
            } else if let Some(first) = seen.get(one.name.as_str()) {
                let problem = wrong(format!("there is another input `{}`", one.name)).help("give it another name");
                problems.push(problem.related(shape.at(Place::BlockDeclared(position, *first)), "the first one"));
            } else {
                seen.insert(&one.name, index);
            }
            if let Some(entity) = refers(one).filter(|entity| !known.has_entity(entity)) {
                let problem = wrong(format!("there is no entity `{entity}`")).help("name an entity of the workspace");
                problems.push(problem.suggest(known.nearest_entity(entity)));
            }
            if lists(one) > MAX_LISTS {
                problems.push(wrong(format!("more than {MAX_LISTS} lists stand in each other")).help("use fewer"));
            }
        }
    }
}

/// The entity whose records it names.
fn refers(declared: &Declared) -> Option<&str> {
    let mut of = &declared.of;
    while let DeclaredType::List(element) = of {
        of = element;
    }
    match of {
        DeclaredType::Ref(entity) => Some(entity.as_str()),
        _ => None,
    }
}

fn lists(declared: &Declared) -> usize {
    let (mut of, mut depth) = (&declared.of, 0);
    while let DeclaredType::List(element) = of {
        (of, depth) = (element, depth + 1);
    }
    depth
}

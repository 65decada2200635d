//! The results of a playbook have names of their own.

use std::collections::HashMap;

use engage_engine::model::Place;
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::known::Known;
use super::super::shape::Shape;
use crate::model::BlockKind;

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0638"),
    title: "a result without a name of its own",
    explanation: "Whoever reads the results of a run finds each by its name. Of two with one name the second \
                  would replace the first.",
    example: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Manual(who: string)\n",
        "  output one as \"said\" = trigger.who\n",
        "  output two as \"said\" = trigger.who\n",
        "}\n",
    ),
    cure: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Manual(who: string)\n",
        "  output one as \"said\" = trigger.who\n",
        "  output two as \"heard\" = trigger.who\n",
        "}\n",
    ),
};

pub(super) fn check(shape: &Shape<'_>, _: &Known<'_>, problems: &mut Vec<Problem>) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (position, block) in shape.blocks() {
        let BlockKind::Output { name } = &block.kind else { continue };
        let at = shape.at(Place::BlockValue(position));
        if name.trim().is_empty() {
            problems.push(Problem::error(INFO.code, at, "a result has a name").help("give it one"));
        } else if let Some(first) = seen.get(name.as_str()) {
            let problem = Problem::error(INFO.code, at, format!("there is another result `{name}`"));
            let problem = problem.help("give one of them another name");
            problems.push(problem.related(shape.at(Place::Block(*first)), "the first one"));
        } else {
            seen.insert(name, position);
        }
    }
}

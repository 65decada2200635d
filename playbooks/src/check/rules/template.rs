//! A template can be rendered.

use engage_engine::model::{Item, Place, Subject};
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::known::{Inspected, Known};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0642"),
    title: "a template that cannot be rendered",
    explanation: "A template is read when the workspace is checked. What is not written right in it, or is \
                  not supported, is said then: it is never rendered wrong in silence.",
    example: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Manual(who: string)\n",
        "  template text = greeting { who: trigger.who }\n",
        "  output said = text\n",
        "}\n",
        "# file: greeting.liquid\n",
        "Hello {{ who\n",
    ),
    cure: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Manual(who: string)\n",
        "  template text = greeting { who: trigger.who }\n",
        "  output said = text\n",
        "}\n",
        "# file: greeting.liquid\n",
        "Hello {{ who }}\n",
    ),
};

pub(super) fn check(known: &Known<'_>, problems: &mut Vec<Problem>) {
    for (index, inspected) in known.inspected.iter().enumerate() {
        let at = |place| Subject { item: Item::Template(index), place };
        match inspected {
            Inspected::Takes(_) => {}
            Inspected::Unread => {
                let problem = Problem::error(INFO.code, at(Place::Whole), "this build reads no templates");
                problems.push(problem.help("use a build that renders Liquid"));
            }
            Inspected::Wrong(found) => {
                for wrong in found {
                    let at = at(Place::TemplateText(wrong.offset));
                    let mut problem = Problem::error(INFO.code, at, wrong.message.clone());
                    problem.help.clone_from(&wrong.help);
                    problems.push(problem.suggest(wrong.suggestion.clone()));
                }
            }
        }
    }
}

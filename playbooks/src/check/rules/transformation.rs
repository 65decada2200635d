//! A transformation takes what comes to it.

use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::flow::Flow;

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0618"),
    title: "a transformation that does not take the value",
    explanation: "Each transformation has a type: `join` takes a list, `split` takes text, `format` takes a \
                  date or a date-time. What it gives goes to the next one.",
    example: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger MeetingBooked\n",
        "  output title = trigger.Meeting.Title | join(\", \")\n",
        "}\n",
    ),
    cure: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger MeetingBooked\n",
        "  output guests = trigger.Meeting.ExternalAttendees[*].Email | join(\", \")\n",
        "}\n",
    ),
};

pub(super) fn check(flow: &Flow<'_, '_>, problems: &mut Vec<Problem>) {
    for refused in &flow.refused {
        let message = format!("`{}`: {}", refused.transformation.to_lowercase(), refused.why.message);
        let mut problem = Problem::error(INFO.code, flow.at(refused.at), message);
        problem.help.clone_from(&refused.why.help);
        problems.push(problem.suggest(refused.why.suggestion.clone()));
    }
}

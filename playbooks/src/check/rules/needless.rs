//! What is always there needs neither `!` nor a default.

use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::flow::Flow;

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0640"),
    title: "a default that never applies",
    explanation: "`!` stops a run where a value is absent, and `default` gives one in its place. Here the \
                  value is always there, so that neither ever does anything; mostly another value was meant.",
    example: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger MeetingBooked\n",
        "  output title = trigger.Meeting.Title | default(\"Meeting\")\n",
        "}\n",
    ),
    cure: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger MeetingBooked\n",
        "  output title = trigger.Meeting.Title\n",
        "}\n",
    ),
};

pub(super) fn check(flow: &Flow<'_, '_>, problems: &mut Vec<Problem>) {
    for (place, name) in &flow.needless {
        let message = format!("`{}` never applies: the value is always there", name.to_lowercase());
        problems.push(Problem::warning(INFO.code, flow.at(*place), message).help("leave it out"));
    }
}

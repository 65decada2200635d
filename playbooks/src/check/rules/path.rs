//! A path leads to something that the block gives.

use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::flow::Flow;

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0614"),
    title: "a path that leads nowhere",
    explanation: "What a block gives has a type: the event of a trigger, the records of a read, the answer \
                  of a capability. A path is followed through it, and where it has no such key, the run \
                  could never find a value.",
    example: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger MeetingBooked\n",
        "  output title = trigger.Meeting.Titel\n",
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
    for lost in &flow.lost {
        let before = lost.path.segments().get(..lost.missing.segment).unwrap_or_default();
        let whole = match crate::Path::new(before.to_vec()) {
            Some(before) => format!("{}.{before}", lost.block),
            None => lost.block.to_string(),
        };
        let (what, help, suggestion) = lost.missing.kind.told();
        let message = format!("`{}.{}` leads nowhere: {what} in `{whole}`", lost.block, lost.path);
        let mut problem = Problem::error(INFO.code, flow.at(lost.at), message).suggest(suggestion);
        problem.help = help;
        problems.push(problem);
    }
}

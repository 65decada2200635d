//! A booked meeting has one writer.

use engage_engine::model::Place;
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::known::Known;
use super::super::shape::Shape;
use crate::model::{BlockKind, TriggerKind};
use crate::writer::UseCase;

/// An entity, a pattern and a mapper of booked meetings, for the examples.
macro_rules! with_mapper {
    ($($text:literal),* $(,)?) => {
        concat!(
            "entity event \"Event\" on crm-a event {\n  Subject -> subject required\n}\n",
            "pattern meeting \"Meeting\" {\n  event : event\n}\n",
            "mapper BookMeMeeting -> meeting\n",
            $($text),*
        )
    };
}

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0647"),
    title: "a meeting that is written twice",
    explanation: "A mapper of booked meetings writes them by its pattern. A playbook that is started by `MeetingBooked` \
                  and creates by the same pattern writes them once more, unless it has the id of the mapper's writer \
                  (`book-meeting`, `book-internal-meeting`): then it stands in its place.",
    example: with_mapper!(
        "playbook our-meeting \"Our meeting\" {\n",
        "  trigger MeetingBooked\n",
        "  create made = meeting as application \"programs book\" { event.Subject: trigger.Meeting.Title }\n",
        "}\n",
    ),
    cure: with_mapper!(
        "playbook book-meeting \"Our meeting\" {\n",
        "  trigger MeetingBooked\n",
        "  create made = meeting as application \"programs book\" { event.Subject: trigger.Meeting.Title }\n",
        "}\n",
    ),
};

pub(super) fn check(shape: &Shape<'_>, known: &Known<'_>, problems: &mut Vec<Problem>) {
    let mappers =
        || known.library.mappers.iter().filter_map(|one| Some((&one.pattern, UseCase::named(&one.use_case)?)));
    let stands_in = || mappers().any(|(_, one)| one.writer() == shape.playbook.id.as_str());
    if shape.trigger().is_none_or(|trigger| trigger.kind != TriggerKind::MeetingBooked) || stands_in() {
        return;
    }
    for (position, block) in shape.blocks() {
        let BlockKind::Create { pattern } = &block.kind else { continue };
        let Some((_, other)) = mappers().find(|(of, one)| *of == pattern && known.writes(*one)) else { continue };
        let message = format!("`{}` writes booked meetings by `{pattern}` already", other.name());
        let problem = Problem::warning(INFO.code, shape.at(Place::Block(position)), message);
        problems.push(problem.help(format!("call the playbook `{}`, or leave one of both out", other.writer())));
    }
}

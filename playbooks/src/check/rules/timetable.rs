//! A schedule can be read, and its zone is known.

use engage_engine::model::Place;
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::known::Known;
use super::super::shape::Shape;

use crate::schedule::Schedule;

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0631"),
    title: "a schedule that cannot be read",
    explanation: "A cron expression has five fields: minute, hour, day of month, month, day of week. It is \
                  read in the wall time of an IANA zone: a time that the clocks skip fires when they jump, \
                  one that comes twice fires once.",
    example: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Schedule(\"0 25 * * *\", zone: \"Europe/Copenhagen\")\n",
        "  output at = trigger.FireTime\n",
        "}\n",
    ),
    cure: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Schedule(\"0 23 * * *\", zone: \"Europe/Copenhagen\")\n",
        "  output at = trigger.FireTime\n",
        "}\n",
    ),
};

pub(super) fn check(shape: &Shape<'_>, _: &Known<'_>, problems: &mut Vec<Problem>) {
    for (position, block) in shape.blocks() {
        let crate::model::BlockKind::Trigger(trigger) = &block.kind else { continue };
        let Some(Err(found)) = trigger.schedule.as_ref().map(Schedule::read_all) else { continue };
        for error in found {
            let place = if error.in_zone { Place::BlockZone(position) } else { Place::BlockSchedule(position) };
            let problem = Problem::error(INFO.code, shape.at(place), error.message);
            problems.push(problem.help(error.help).suggest(error.suggestion));
        }
    }
}

//! A trigger has the settings of its kind.

use engage_engine::model::Place;
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::known::Known;
use super::super::shape::Shape;

use crate::model::{BlockKind, Trigger, TriggerKind};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0632"),
    title: "a setting that the block does not have, or lacks",
    explanation: "`portals` are for the triggers of portals, a cron expression and a zone for `Schedule`, \
                  which needs them, `body` is for `Webhook`, and inputs are declared by `Manual`. On another \
                  trigger they would do nothing. A file is a stored one, by its id.",
    example: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger MeetingBooked(portals: [\"retail\"])\n",
        "  output title = trigger.Meeting.Title\n",
        "}\n",
    ),
    cure: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger PortalMeetings(portals: [\"retail\"])\n",
        "  output title = trigger.Meeting.Title\n",
        "}\n",
    ),
};

pub(super) fn check(shape: &Shape<'_>, _: &Known<'_>, problems: &mut Vec<Problem>) {
    for (position, block) in shape.blocks() {
        match &block.kind {
            BlockKind::Trigger(trigger) => {
                misplaced(shape, position, trigger, problems);
                portals(shape, position, trigger, problems);
            }
            BlockKind::File { file } if file.trim().is_empty() => {
                let problem = Problem::error(INFO.code, shape.at(Place::BlockValue(position)), "a file has an id");
                problems.push(problem.help("give the id of a stored file, or leave the block out"));
            }
            _ => {}
        }
    }
}

fn misplaced(shape: &Shape<'_>, position: usize, trigger: &Trigger, problems: &mut Vec<Problem>) {
    let kind = trigger.kind;
    let of_portals = matches!(kind, TriggerKind::PortalMeetings | TriggerKind::PortalMeetingCancelled);
    let found = [
        (!trigger.portals.is_empty() && !of_portals, Place::BlockPortal(position, 0), "no portals"),
        (trigger.schedule.is_some() && kind != TriggerKind::Schedule, Place::BlockSchedule(position), "no schedule"),
        (trigger.body.is_some() && kind != TriggerKind::Webhook, Place::BlockSchema(position), "no body"),
        (!trigger.inputs.is_empty() && kind != TriggerKind::Manual, Place::BlockDeclared(position, 0), "no inputs"),
    ];
    for (wrong, place, lacks) in found {
        if wrong {
            let problem = Problem::error(INFO.code, shape.at(place), format!("`{kind}` has {lacks}"));
            problems.push(problem.help("leave it out, or use the trigger that is meant"));
        }
    }
    if trigger.schedule.is_none() && kind == TriggerKind::Schedule {
        let problem = Problem::error(INFO.code, shape.at(Place::BlockValue(position)), "`Schedule` says when it fires");
        problems.push(problem.help("write `Schedule(\"30 7 * * mon-fri\", zone: \"Europe/Copenhagen\")`"));
    }
}

fn portals(shape: &Shape<'_>, position: usize, trigger: &Trigger, problems: &mut Vec<Problem>) {
    for (index, portal) in trigger.portals.iter().enumerate() {
        let before = trigger.portals.get(..index).unwrap_or_default();
        let message = match portal {
            portal if portal.trim().is_empty() => "a portal has an id".to_owned(),
            portal if before.contains(portal) => format!("the portal `{portal}` stands twice"),
            _ => continue,
        };
        let at = shape.at(Place::BlockPortal(position, index));
        problems.push(Problem::error(INFO.code, at, message).help("leave it out"));
    }
}

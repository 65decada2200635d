//! Who acts is said where no employee does.

use engage_engine::model::Place;
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::flow::Flow;
use super::super::known::Known;
use super::super::shape::Shape;
use crate::model::{Block, BlockKind};
use crate::triggers::{TriggerActing, acting};

pub(in crate::check) const MISSING: CodeInfo = CodeInfo {
    code: Code("E0622"),
    title: "a call to a CRM that nobody makes",
    explanation: "A call to a CRM is made on behalf of the employee who acts. Nobody does when a citizen \
                  books through a portal or a time comes, and on other events it is not certain. There the \
                  block, or its pattern, says that the application acts, and why.",
    example: with_people!(
        "playbook find \"Find\" {\n",
        "  trigger Schedule(\"0 7 * * *\", zone: \"Europe/Copenhagen\")\n",
        "  input contact = \"17\"\n",
        "  read found = people { contact.Id: contact }\n",
        "  output people = found\n",
        "}\n",
    ),
    cure: with_people!(
        "playbook find \"Find\" {\n",
        "  trigger Schedule(\"0 7 * * *\", zone: \"Europe/Copenhagen\")\n",
        "  input contact = \"17\"\n",
        "  read found = people as application \"nobody is there at seven\" { contact.Id: contact }\n",
        "  output people = found\n",
        "}\n",
    ),
};

pub(in crate::check) const NEEDLESS: CodeInfo = CodeInfo {
    code: Code("E0623"),
    title: "an escalation without need",
    explanation: "A block's `as application` lets the application stand in where no employee acts. It never \
                  takes effect where the pattern says already that the application acts, or where an employee \
                  always acts on the event: who acts goes on their own behalf, as the application may mostly \
                  see and do more than they. Where the application has to act whoever is there, the pattern \
                  says `as application`.",
    example: with_people!(
        "playbook find \"Find\" {\n",
        "  trigger CustomerOverview\n",
        "  read found = people as application \"it was always so\" { contact.Id: trigger.AccountId }\n",
        "  output people = found\n",
        "}\n",
    ),
    cure: with_people!(
        "playbook find \"Find\" {\n",
        "  trigger CustomerOverview\n",
        "  read found = people { contact.Id: trigger.AccountId }\n",
        "  output people = found\n",
        "}\n",
    ),
};

pub(in crate::check) const MISPLACED: CodeInfo = CodeInfo {
    code: Code("E0624"),
    title: "an escalation that escalates nothing",
    explanation: "`as application` says under whose authority a CRM is called, and why. So it stands on a \
                  block that calls one, with a reason.",
    example: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Manual(who: string)\n",
        "  template text = greeting as application \"templates are ours\" { who: trigger.who }\n",
        "  output said = text\n",
        "}\n",
        "# file: greeting.liquid\n",
        "Hello {{ who }}\n",
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

fn calls(block: &Block) -> bool {
    matches!(block.kind, BlockKind::Read { .. } | BlockKind::Create { .. } | BlockKind::Update { .. })
}

pub(super) fn misplaced(shape: &Shape<'_>, _: &Known<'_>, problems: &mut Vec<Problem>) {
    for (position, block) in shape.blocks() {
        let Some(escalation) = &block.escalation else { continue };
        let at = shape.at(Place::BlockEscalation(position));
        if !calls(block) {
            let message = format!("`{}` calls no CRM", block.name);
            problems.push(Problem::error(MISPLACED.code, at, message).help("leave `as application` out"));
        } else if escalation.reason.trim().is_empty() {
            let message = "the escalation gives no reason";
            problems.push(Problem::error(MISPLACED.code, at, message).help("say why the application has to act"));
        }
    }
}

pub(super) fn check(flow: &Flow<'_, '_>, problems: &mut Vec<Problem>) {
    let Some(trigger) = flow.shape.trigger() else { return };
    let who = acting(trigger.kind);
    for (position, block, typed) in flow.each() {
        let Some(pattern) = typed.pattern.as_deref().filter(|_| calls(block)) else { continue };
        let by_pattern = pattern.escalation.is_some();
        if block.escalation.is_none() && !by_pattern && who != TriggerActing::Employee {
            let why = match who {
                TriggerActing::Maybe => "may lack an employee",
                _ => "has no employee",
            };
            let message = format!("`{}` calls the CRM, and a run of `{}` {why}", block.name, trigger.kind);
            let help = "say `as application \"…\"` with the reason, on the block or on its pattern";
            problems.push(Problem::error(MISSING.code, flow.at(Place::Block(position)), message).help(help));
        }
        if block.escalation.is_some() && (by_pattern || who == TriggerActing::Employee) {
            let (message, help) = match by_pattern {
                true => {
                    (format!("`{}` says already that the application acts", pattern.id), "leave `as application` out")
                }
                false => (
                    format!("the application never stands in: an employee always acts on `{}`", trigger.kind),
                    "leave `as application` out, or say it on the pattern where the application acts whoever is there",
                ),
            };
            let at = flow.at(Place::BlockEscalation(position));
            problems.push(Problem::warning(NEEDLESS.code, at, message).help(help));
        }
    }
}

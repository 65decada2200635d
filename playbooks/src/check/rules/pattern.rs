//! The patterns and parts that blocks name are there, on one CRM at least.

use std::collections::BTreeSet;

use engage_engine::ids::{RefId, SemanticId};
use engage_engine::model::Place;
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::known::Known;
use super::super::shape::Shape;
use super::super::{patterns, quoted};
use crate::model::{Block, BlockKind};

pub(in crate::check) const UNKNOWN: CodeInfo = CodeInfo {
    code: Code("E0607"),
    title: "a pattern that is not there",
    explanation: "A block that reads, filters or writes names a pattern of the workspace by its semantic id.",
    example: with_people!(
        "playbook find \"Find\" {\n",
        "  trigger Manual(contact: ref contact)\n",
        "  read found = peple as application \"anybody may look\" { contact.Id: trigger.contact }\n",
        "  output people = found\n",
        "}\n",
    ),
    cure: with_people!(
        "playbook find \"Find\" {\n",
        "  trigger Manual(contact: ref contact)\n",
        "  read found = people as application \"anybody may look\" { contact.Id: trigger.contact }\n",
        "  output people = found\n",
        "}\n",
    ),
};

pub(in crate::check) const PART: CodeInfo = CodeInfo {
    code: Code("E0608"),
    title: "a part that the pattern does not have",
    explanation: "A filter is about one part of a pattern, by its reference id.",
    example: with_people!(
        "playbook find \"Find\" {\n",
        "  trigger Manual(mail: string)\n",
        "  filter byMail on people.contakt: Email == trigger.mail\n",
        "  output condition = byMail\n",
        "}\n",
    ),
    cure: with_people!(
        "playbook find \"Find\" {\n",
        "  trigger Manual(mail: string)\n",
        "  filter byMail on people.contact: Email == trigger.mail\n",
        "  output condition = byMail\n",
        "}\n",
    ),
};

pub(in crate::check) const NOWHERE: CodeInfo = CodeInfo {
    code: Code("E0609"),
    title: "a playbook that no CRM can run",
    explanation: "A playbook runs on every CRM that has all the patterns it names. Each of these exists on \
                  some CRM, but there is none that has them all.",
    example: concat!(
        "entity contact \"Contact\" on crm-a contact {\n",
        "  Name -> name\n",
        "}\n",
        "entity lead \"Lead\" on crm-b lead {\n",
        "  Name -> name\n",
        "}\n",
        "pattern people \"People\" {\n",
        "  contact : contact\n",
        "}\n",
        "pattern leads \"Leads\" {\n",
        "  lead : lead\n",
        "}\n",
        "playbook find \"Find\" {\n",
        "  trigger Manual(contact: ref contact, lead: ref lead)\n",
        "  read one = people as application \"anybody may look\" { contact.Id: trigger.contact }\n",
        "  read two = leads as application \"anybody may look\" { lead.Id: trigger.lead }\n",
        "  output found = { one: one, two: two }\n",
        "}\n",
    ),
    cure: concat!(
        "entity contact \"Contact\" on crm-a contact {\n",
        "  Name -> name\n",
        "}\n",
        "entity lead \"Lead\" on crm-a lead {\n",
        "  Name -> name\n",
        "}\n",
        "pattern people \"People\" {\n",
        "  contact : contact\n",
        "}\n",
        "pattern leads \"Leads\" {\n",
        "  lead : lead\n",
        "}\n",
        "playbook find \"Find\" {\n",
        "  trigger Manual(contact: ref contact, lead: ref lead)\n",
        "  read one = people as application \"anybody may look\" { contact.Id: trigger.contact }\n",
        "  read two = leads as application \"anybody may look\" { lead.Id: trigger.lead }\n",
        "  output found = { one: one, two: two }\n",
        "}\n",
    ),
};

pub(in crate::check) const PARTLY: CodeInfo = CodeInfo {
    code: Code("E0610"),
    title: "a playbook that runs only on some CRMs",
    explanation: "A playbook runs on every CRM that has all the patterns it names. On the others it does not \
                  exist, which may be what is meant.",
    example: concat!(
        "entity contact \"Contact\" on crm-a contact {\n",
        "  Name -> name\n",
        "}\n",
        "entity contact \"Contact\" on crm-b contact {\n",
        "  Name -> name\n",
        "}\n",
        "entity lead \"Lead\" on crm-a lead {\n",
        "  Name -> name\n",
        "}\n",
        "pattern people \"People\" {\n",
        "  contact : contact\n",
        "}\n",
        "pattern leads \"Leads\" {\n",
        "  lead : lead\n",
        "}\n",
        "playbook find \"Find\" {\n",
        "  trigger Manual(lead: ref lead)\n",
        "  read found = leads as application \"anybody may look\" { lead.Id: trigger.lead }\n",
        "  output people = found\n",
        "}\n",
    ),
    cure: concat!(
        "entity contact \"Contact\" on crm-a contact {\n",
        "  Name -> name\n",
        "}\n",
        "entity contact \"Contact\" on crm-b contact {\n",
        "  Name -> name\n",
        "}\n",
        "pattern people \"People\" {\n",
        "  contact : contact\n",
        "}\n",
        "playbook find \"Find\" {\n",
        "  trigger Manual(contact: ref contact)\n",
        "  read found = people as application \"anybody may look\" { contact.Id: trigger.contact }\n",
        "  output people = found\n",
        "}\n",
    ),
};

fn named(block: &Block) -> Option<(&SemanticId, Option<&RefId>)> {
    match &block.kind {
        BlockKind::Read { pattern } | BlockKind::Create { pattern } | BlockKind::Update { pattern } => {
            Some((pattern, None))
        }
        BlockKind::Filter { pattern, part, .. } => Some((pattern, Some(part))),
        _ => None,
    }
}

pub(super) fn check(shape: &Shape<'_>, known: &Known<'_>, problems: &mut Vec<Problem>) {
    for (position, block) in shape.blocks() {
        let Some((id, part)) = named(block) else { continue };
        let Some(pattern) = known.any_pattern(id.as_str()) else {
            let message = format!("there is no pattern `{id}`");
            let problem = Problem::error(UNKNOWN.code, shape.at(Place::BlockValue(position)), message);
            problems.push(problem.help("name a pattern of the workspace").suggest(known.nearest_pattern(id.as_str())));
            continue;
        };
        let Some(part) = part.filter(|part| pattern.part(part.as_str()).is_none()) else { continue };
        let labels = || pattern.parts.iter().map(|part| part.ref_id.as_str());
        let message = format!("`{id}` has no part `{part}`");
        let problem = Problem::error(PART.code, shape.at(Place::BlockPart(position)), message);
        let problem = problem.help(format!("it has {}", quoted(labels())));
        problems.push(problem.suggest(known.nearest(part.as_str(), labels())));
    }
    on_crms(shape, known, problems);
}

fn on_crms(shape: &Shape<'_>, known: &Known<'_>, problems: &mut Vec<Problem>) {
    let named: BTreeSet<&str> = patterns(shape.playbook).filter(|pattern| known.has_pattern(pattern)).collect();
    let lacking = |crm: &str| -> Vec<&str> {
        named.iter().copied().filter(|pattern| known.catalog.pattern(crm, pattern).is_none()).collect()
    };
    let crms = known.catalog.crms().map(|crm| (crm, lacking(crm.as_str())));
    let (lacking, whole): (Vec<_>, Vec<_>) = crms.partition(|(_, lacking)| !lacking.is_empty());
    if lacking.is_empty() {
        return;
    }
    let told = lacking.iter().map(|(crm, names)| format!("{} on `{crm}`", quoted(names)));
    let told = told.collect::<Vec<_>>().join(", ");
    let at = shape.at(Place::Whole);
    problems.push(if whole.is_empty() {
        Problem::error(NOWHERE.code, at, format!("no CRM has all the patterns: there is no {told}"))
            .help("define the entities of the patterns on one CRM")
    } else {
        Problem::warning(PARTLY.code, at, format!("some CRMs cannot run it: there is no {told}"))
            .help("define the entities of the patterns there as well, where it should run there")
    });
}

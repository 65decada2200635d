//! The playbook of a writer.

use engage_engine::catalog::{EntityField, Part, Pattern};
use engage_engine::ids::{FieldName, RefId, SemanticId};
use engage_engine::model::{Condition, Escalation, Literal, Operator, Test};
use engage_engine::value::FieldType;
use serde_json::{Value, json};

use super::{IN_PORTALS, UseCase};
use crate::model::{
    Block, BlockKind, Comparison, FieldMapping, Operand, Path, Playbook, Segment, Source, Transformation, Trigger,
    TriggerKind, When,
};

/// Part, field, and what of the meeting goes there.
const VALUES: [(&str, &str, &str); 13] = [
    ("lead", "Subject", "Title"),
    ("lead", "LastName", "ExternalAttendees.0.Name"),
    ("lead", "Email", "ExternalAttendees.0.Email"),
    ("lead", "Notes", "Description"),
    ("event", "MeetingKey", "Id"),
    ("event", "Subject", "Title"),
    ("event", "Description", "Description"),
    ("event", "Start", "StartDate"),
    ("event", "End", "EndDate"),
    ("event", "Location", "Location"),
    ("detail", "MeetingType", "Type"),
    ("detail", "Topic", "Theme"),
    ("detail", "VideoLink", "VideoLink"),
];
/// Parts of which any other text is what was filled in in the portal under its name.
const FILLED_IN: [&str; 3] = ["lead", "event", "detail"];
/// Part, and the addresses by which its people are found.
const PEOPLE: [(&str, Operator, &str); 4] = [
    ("owner", Operator::Equals, "MeetingOwner.Email"),
    ("host", Operator::Equals, "MeetingOwner.Email"),
    ("advisors", Operator::In, "AdditionalAdvisors.*.Email"),
    ("contacts", Operator::In, "ExternalAttendees.*.Email"),
];
/// The field of people by which they are found.
const ADDRESS: &str = "Email";

/// What writes the meetings of a use case by a pattern; `None` where that has no event to write.
pub(super) fn writer(use_case: UseCase, pattern: &Pattern) -> Option<Playbook> {
    pattern.part("event").filter(|event| !event.read_only)?;
    Some(Playbook {
        id: SemanticId::new(&use_case.writer()).ok()?,
        name: use_case.name(),
        description: format!("A booked meeting becomes a `{}` in the CRM, as the mapper says", pattern.id),
        package: None,
        fork: None,
        deadline: None,
        concurrency: None,
        blocks: blocks(use_case, pattern)?,
    })
}

fn blocks(use_case: UseCase, pattern: &Pattern) -> Option<Vec<Block>> {
    let mut blocks = vec![block("trigger", BlockKind::Trigger(Trigger::new(TriggerKind::MeetingBooked)))?];
    let (people, mut mappings) = inputs(pattern)?;
    if matches!(use_case, UseCase::Portal(_)) {
        mappings.extend(filled_in(pattern));
    }
    blocks.extend(people);
    let create = block("meeting", BlockKind::Create { pattern: pattern.id.clone() })?;
    let escalation = Some(Escalation { reason: use_case.reason().to_owned() });
    let source = Source::block(create.name.clone(), path("event.0.Id"));
    blocks.push(Block { escalation, when: Some(applies(use_case)?), mappings, ..create });
    let output = block("eventId", BlockKind::Output { name: "eventId".to_owned() })?;
    blocks.push(Block { mappings: vec![FieldMapping { destination: None, source }], ..output });
    Some(blocks)
}

/// What finds people, and what goes where in the pattern.
fn inputs(pattern: &Pattern) -> Option<(Vec<Block>, Vec<FieldMapping>)> {
    let (mut filters, mut mappings) = (Vec::new(), Vec::new());
    if let Some(account) = pattern.part("account").filter(|part| part.read_only) {
        mappings.push(of_customer(account)?);
    }
    for (part, operator, addresses) in PEOPLE {
        let found = |found: &&Part| found.read_only && found.entity.field(ADDRESS).is_some();
        let Some(found) = pattern.part(part).filter(found) else { continue };
        let filter = filter(pattern, found, operator, addresses)?;
        mappings.push(FieldMapping { destination: path(part), source: Source::block(filter.name.clone(), None) });
        filters.push(filter);
    }
    for (part, field, value) in VALUES {
        let has = |found: &Part| !found.read_only && found.entity.field(field).is_some();
        if pattern.part(part).is_some_and(has) {
            mappings.push(FieldMapping { destination: path(&format!("{part}.{field}")), source: of_meeting(value)? });
        }
    }
    Some((filters, mappings))
}

/// What was filled in in the portal, by the names of fields that nothing else gives a value.
fn filled_in(pattern: &Pattern) -> Vec<FieldMapping> {
    let parts = FILLED_IN.iter().filter_map(|part| pattern.part(part)).filter(|part| !part.read_only && !part.multiple);
    let fields = parts.flat_map(|part| part.entity.fields.iter().enumerate().map(move |field| (part, field)));
    let open = fields.filter(|(part, (position, field))| {
        let given = VALUES.iter().any(|(of, name, _)| *of == part.ref_id.as_str() && *name == field.name.as_str());
        let is_text = field.field_type == FieldType::String && !field.read_only() && !field.name.is_id();
        let fixed = part.fixed.iter().any(|(fixed, _)| fixed == position);
        is_text && !given && !fixed && part.entity.idempotency != Some(*position)
    });
    let mapping = |(part, (_, field)): (&Part, (usize, &EntityField))| {
        let keys = |keys: &[&str]| Path::new(keys.iter().map(|key| Segment::Key((*key).to_owned())).collect());
        let source = Source::block(label("trigger")?, keys(&["Meeting", "CustomFields", field.name.as_str()]));
        Some(FieldMapping { destination: keys(&[part.ref_id.as_str(), field.name.as_str()]), source })
    };
    open.filter_map(mapping).collect()
}

/// The customer's record. Where the pattern cannot do without one, a meeting without a customer is not written.
fn of_customer(account: &Part) -> Option<FieldMapping> {
    let mut source = of_meeting("CustomerId")?;
    source.transformations.extend((!account.optional).then_some(Transformation::Require));
    Some(FieldMapping { destination: path("account.Id"), source })
}

fn filter(pattern: &Pattern, part: &Part, operator: Operator, addresses: &str) -> Option<Block> {
    let operands = vec![Operand::Source(of_meeting(addresses)?)];
    let condition = Condition::Test(Test { field: FieldName::new(ADDRESS).ok()?, operator, operands });
    let (pattern, part) = (pattern.id.clone(), part.ref_id.clone());
    block(&format!("{part}ByEmail"), BlockKind::Filter { pattern, part, condition })
}

/// Of its use case: of this kind and not booked in a portal, or booked in a portal that names the mapping.
fn applies(use_case: UseCase) -> Option<When> {
    let of = |value: &str, default: Value| {
        let mut source = of_meeting(value)?;
        source.transformations.push(Transformation::Default(default));
        Some(source)
    };
    let test = |left, operator, operands| When::Test(Comparison { left, operator, operands });
    let text = |text: &str| Operand::Literal(Literal::Text(text.to_owned()));
    if let UseCase::Portal(mapping) = use_case {
        return Some(test(of_meeting("CrmMappingId")?, Operator::Equals, vec![text(&mapping.to_string())]));
    }
    let internal = Operand::Literal(Literal::Boolean(use_case == UseCase::Internal));
    Some(When::And(vec![
        test(of("Internal", json!(false))?, Operator::Equals, vec![internal]),
        test(of("BookedBy", json!("Employee"))?, Operator::NotIn, IN_PORTALS.map(text).to_vec()),
    ]))
}

fn of_meeting(value: &str) -> Option<Source> {
    Some(Source::block(label("trigger")?, path(&format!("Meeting.{value}"))))
}

fn label(name: &str) -> Option<RefId> {
    RefId::new(name).ok()
}

/// A path, as here: `a.0.*`.
fn path(text: &str) -> Option<Path> {
    let segment = |word: &str| match word {
        "*" => Segment::All,
        word => word.parse().map_or_else(|_| Segment::Key(word.to_owned()), Segment::Index),
    };
    Path::new(text.split('.').map(segment).collect())
}

fn block(name: &str, kind: BlockKind) -> Option<Block> {
    Some(Block {
        name: label(name)?,
        title: String::new(),
        kind,
        when: None,
        after: Vec::new(),
        escalation: None,
        allow_sensitive: None,
        mappings: Vec::new(),
        position: None,
    })
}

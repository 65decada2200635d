//! What a playbook needs to be allowed on its CRM: by the fields that its blocks read, look for and write.

use engage_engine::access::{Access, Use, access_by_fields};
use engage_engine::adapter::Capabilities;
use engage_engine::catalog::{Pattern, Slot};
use engage_engine::model::Condition;

use crate::compiled::{Compiled, Node};
use crate::model::{BlockKind, Operand, Origin, Segment};
use crate::triggers::{TriggerActing, acting};

/// The least that the blocks of a playbook need, by holder and entity. A block that lets the application stand in needs it for
/// both where an employee may act and may be missing.
///
/// ```
/// use engage_engine::Capabilities;
/// use engage_playbooks::access::access;
/// use engage_playbooks::Playbooks;
///
/// fn show(playbooks: &Playbooks, capabilities: &Capabilities) {
///     for compiled in playbooks.on("crm-a") {
///         for need in access(compiled, capabilities) {
///             println!("{} {:?} {} {:?}", compiled.id, need.holder, need.crm_type, need.read);
///         }
///     }
/// }
/// ```
pub fn access(compiled: &Compiled, capabilities: &Capabilities) -> Vec<Access> {
    let somebody = compiled.trigger().is_some_and(|trigger| acting(trigger.kind) != TriggerActing::None);
    access_by_fields(compiled.blocks.iter().flat_map(|node| uses(compiled, node, somebody)), capabilities)
}

/// The uses that a block makes of its pattern: none of one that calls no CRM.
fn uses<'c>(compiled: &'c Compiled, node: &'c Node, somebody: bool) -> impl Iterator<Item = Use<'c>> {
    let called = node.operation().zip(node.planned.as_ref());
    called.into_iter().flat_map(move |(operation, shape)| {
        // Where an employee acts, a block that lets the application stand in goes on their behalf.
        let on_behalf = node.on_behalf.iter().filter(move |_| somebody);
        node.pattern.iter().chain(on_behalf).map(move |pattern| Use {
            pattern,
            operation,
            shape,
            searched: searched(compiled, node, pattern),
        })
    })
}

/// The fields by which the filters that a block takes find its records.
fn searched(compiled: &Compiled, node: &Node, pattern: &Pattern) -> Vec<Slot> {
    let mut found = Vec::new();
    for mapping in &node.block.mappings {
        let Origin::Block { block, .. } = &mapping.source.origin else { continue };
        let Some(BlockKind::Filter { part, condition, .. }) = compiled.node(block).map(|filter| &filter.block.kind)
        else {
            continue;
        };
        let into = mapping.destination.as_ref().and_then(|path| match path.segments().first()? {
            Segment::Key(key) => position(pattern, key),
            _ => None,
        });
        if let Some(part) = into.or_else(|| position(pattern, part.as_str())) {
            found.extend(tested(condition, pattern, part));
        }
    }
    found
}

fn position(pattern: &Pattern, part: &str) -> Option<usize> {
    pattern.parts.iter().position(|one| one.ref_id.as_str() == part)
}

/// The fields of a part that a condition tests.
fn tested(condition: &Condition<Operand>, pattern: &Pattern, part: usize) -> Vec<Slot> {
    let (mut found, mut open) = (Vec::new(), vec![condition]);
    while let Some(condition) = open.pop() {
        match condition {
            Condition::And(inner) | Condition::Or(inner) => open.extend(inner),
            Condition::Not(inner) => open.push(inner),
            Condition::Test(test) => {
                let field = pattern.parts.get(part).and_then(|part| part.entity.position(test.field.as_str()));
                found.extend(field.map(|field| Slot { part, field }));
            }
        }
    }
    found
}

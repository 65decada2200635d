//! From a checked playbook to a compiled one.

mod select;
mod shape;

use std::sync::Arc;

use engage_engine::Acting;
use engage_engine::catalog::Pattern;
use engage_engine::ids::CrmName;
use engage_engine::model::Escalation;

use super::flow::{Flow, Typed};
use super::known::Known;
use super::shape::Shape;
use super::{crms, digest, patterns};
use crate::compiled::{Compiled, Node, Playbooks};
use crate::model::{Block, BlockKind};
use crate::types::Type;

pub(super) use shape::{Counted, input_shape, uncertain};

/// Every playbook on every CRM that has its patterns.
pub(super) fn playbooks(shapes: &[Shape<'_>], known: &Known<'_>) -> Playbooks {
    let mut playbooks = Playbooks::default();
    for shape in shapes {
        for crm in crms(shape.playbook, known).into_iter().flatten() {
            let has = |pattern: &str| known.catalog.pattern(crm.as_str(), pattern).is_some();
            if patterns(shape.playbook).all(has) {
                let compiled = compiled(shape, known, crm);
                let on_crm = playbooks.playbooks.entry(crm.clone()).or_default();
                on_crm.insert(compiled.id.clone(), Arc::new(compiled));
            }
        }
    }
    playbooks
}

fn compiled(shape: &Shape<'_>, known: &Known<'_>, crm: &CrmName) -> Compiled {
    let flow = Flow::new(shape, known, Some(crm));
    let blocks: Vec<Node> = flow.each().map(|(position, block, typed)| node(&flow, position, block, typed)).collect();
    let playbook = shape.playbook;
    Compiled {
        id: playbook.id.clone(),
        name: playbook.name.clone(),
        crm: crm.clone(),
        digest: digest::of(playbook, &blocks),
        deadline: playbook.deadline,
        concurrency: playbook.concurrency,
        closed: !known.library.shows(playbook),
        blocks,
    }
}

fn node(flow: &Flow<'_, '_>, position: usize, block: &Block, typed: &Typed) -> Node {
    let pattern = typed.pattern.as_ref().map(|pattern| escalated(pattern, block.escalation.as_ref()));
    let planned = pattern.as_deref().and_then(|pattern| input_shape(block, pattern, typed, flow.shape, Counted::All));
    let (select, planned) = match (&block.kind, pattern.as_deref(), planned) {
        (BlockKind::Read { .. }, Some(pattern), Some((_, mut planned))) => {
            let select = select::fields(flow.shape, &block.name, pattern);
            planned.select = select::positions(pattern, &select);
            (select, Some(planned))
        }
        (_, _, planned) => (Default::default(), planned.map(|(_, planned)| planned)),
    };
    Node {
        block: block.clone(),
        needs: needs(flow, position),
        // A block that takes nothing takes an empty object.
        input: typed.input.clone().unwrap_or_else(|| Type::object::<String>([])),
        // What gives nothing to others gives null.
        output: typed.output.clone().unwrap_or_else(|| Type::any().optional().nullable()),
        acting: planned.as_ref().and(pattern.as_deref()).map(acting),
        template: match &block.kind {
            BlockKind::Template { template } => {
                flow.known.template(template.as_str()).map(|(_, template)| Arc::new(template.clone()))
            }
            _ => None,
        },
        capability: match &block.kind {
            BlockKind::Ai { capability, .. } => {
                flow.known.capability(capability.as_str()).map(|(_, capability)| Arc::new(capability.clone()))
            }
            _ => None,
        },
        planned,
        on_behalf: typed.pattern.clone().filter(|own| block.escalation.is_some() && own.escalation.is_none()),
        pattern,
        select,
    }
}

fn needs(flow: &Flow<'_, '_>, position: usize) -> Vec<usize> {
    let references = flow.shape.references(position).into_iter();
    let mut needs: Vec<usize> = references.filter_map(|(_, name, _)| flow.shape.position(name)).collect();
    needs.sort_unstable();
    needs.dedup();
    if needs.is_empty() && position > 0 {
        needs.push(0);
    }
    needs
}

/// The pattern under the authority that the block says.
fn escalated(pattern: &Arc<Pattern>, escalation: Option<&Escalation>) -> Arc<Pattern> {
    match escalation {
        Some(escalation) if pattern.escalation.is_none() => {
            let escalation = Some(escalation.clone());
            Arc::new(Pattern { escalation, ..pattern.as_ref().clone() })
        }
        _ => pattern.clone(),
    }
}

fn acting(pattern: &Pattern) -> Acting {
    match &pattern.escalation {
        Some(escalation) => Acting::Application { reason: escalation.reason.clone() },
        None => Acting::Employee,
    }
}

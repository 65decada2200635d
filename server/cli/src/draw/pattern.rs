//! A pattern as a diagram: its parts, and the requirements between them.

use std::collections::BTreeMap;

use engage_engine::catalog::{Part, Pattern, Requirement, Slot};

use super::{Diagram, Edge, Look, Node};

/// The dependency graph of a pattern: sources to the left of what depends on them.
pub fn pattern(pattern: &Pattern) -> Diagram {
    let columns = columns(pattern);
    let nodes = pattern.parts.iter().zip(&columns).map(|(part, column)| node(part, *column)).collect();
    Diagram { title: format!("{} ({})", pattern.name, pattern.id), nodes, edges: edges(pattern), bands: Vec::new() }
}

/// The length of the longest chain of sources before each part; deferred requirements do not count.
fn columns(pattern: &Pattern) -> Vec<usize> {
    let mut columns = vec![0; pattern.parts.len()];
    for part in &pattern.order {
        let Some(here) = pattern.parts.get(*part) else { continue };
        let before = here.incoming.iter().filter_map(|n| pattern.requirements.get(*n)).filter(|need| !need.deferred);
        let sources = before.flat_map(|need| &need.sources).filter_map(|source| columns.get(source.part));
        let column = sources.max().map_or(0, |last| last + 1);
        if let Some(slot) = columns.get_mut(*part) {
            *slot = column;
        }
    }
    columns
}

fn node(part: &Part, column: usize) -> Node {
    let mut lines = vec![format!("{} · {}", part.entity.id, part.entity.crm_type)];
    let flags = [
        (part.read_only, "readonly"),
        (part.optional, "optional"),
        (part.root, "root"),
        (part.replace, "replace"),
        (!part.match_on.is_empty(), "match"),
    ];
    let flags: Vec<&str> = flags.iter().filter(|(set, _)| *set).map(|(_, name)| *name).collect();
    if !flags.is_empty() {
        lines.push(flags.join(" "));
    }
    let many = if part.multiple { "[]" } else { "" };
    Node {
        title: format!("{}{many}", part.ref_id),
        lines,
        column,
        band: 0,
        look: Look { dashed: part.optional, doubled: part.multiple, muted: part.read_only },
    }
}

/// One edge per pair of parts and kind; several requirements between them share its label.
fn edges(pattern: &Pattern) -> Vec<Edge> {
    let mut labels: BTreeMap<(usize, usize, bool), Vec<String>> = BTreeMap::new();
    for requirement in &pattern.requirements {
        for source in &requirement.sources {
            let key = (source.part, requirement.dependent.part, requirement.optional || requirement.deferred);
            labels.entry(key).or_default().push(label(pattern, requirement, *source));
        }
    }
    let edge = |((from, to, dashed), labels): (_, Vec<String>)| Edge { from, to, label: labels.join(", "), dashed };
    labels.into_iter().map(edge).collect()
}

fn label(pattern: &Pattern, requirement: &Requirement, source: Slot) -> String {
    let name = |slot: Slot| {
        let field = pattern.parts.get(slot.part).and_then(|part| part.entity.fields.get(slot.field));
        field.map_or("?", |field| field.name.as_str())
    };
    let deferred = if requirement.deferred { " later" } else { "" };
    format!("{} = {}{deferred}", name(requirement.dependent), name(source))
}

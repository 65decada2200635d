//! A playbook as a diagram: its blocks, what needs what, and after how many calls each begins.

use std::collections::BTreeMap;

use engage_playbooks::outlook::{Outlook, Step};

use super::{Diagram, Edge, Look, Node};

/// The blocks of a playbook from left to right: each behind the last that it needs.
pub fn playbook(outlook: &Outlook) -> Diagram {
    let steps: Vec<&Step> = outlook.stages.iter().flat_map(|stage| &stage.blocks).collect();
    let positions: BTreeMap<&str, usize> =
        steps.iter().enumerate().map(|(position, step)| (step.block.as_str(), position)).collect();
    let needs = |step: &Step| -> Vec<usize> {
        step.needs.iter().filter_map(|need| positions.get(need.as_str()).copied()).collect()
    };
    let needs: Vec<Vec<usize>> = steps.iter().map(|step| needs(step)).collect();
    let nodes = steps.iter().zip(columns(&needs)).map(|(step, column)| node(step, column)).collect();
    let edge = |to: usize, from: usize, step: &Step| Edge { from, to, label: String::new(), dashed: step.may_skip };
    let edges = steps
        .iter()
        .zip(&needs)
        .enumerate()
        .flat_map(|(to, (step, needs))| needs.iter().map(move |from| edge(to, *from, step)).collect::<Vec<_>>());
    let edges = edges.collect();
    Diagram { title: format!("{} on {}", outlook.playbook, outlook.crm), nodes, edges, bands: Vec::new() }
}

/// The length of the longest chain of blocks before each. What needs nothing that is not done goes next.
fn columns(needs: &[Vec<usize>]) -> Vec<usize> {
    let mut columns: Vec<Option<usize>> = vec![None; needs.len()];
    let mut open: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut behind: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    for (to, needs) in needs.iter().enumerate() {
        for from in needs {
            behind.get_mut(*from).into_iter().for_each(|list| list.push(to));
        }
    }
    let mut ready: Vec<usize> = (0..needs.len()).filter(|at| open.get(*at) == Some(&0)).collect();
    while let Some(at) = ready.pop() {
        let before = needs.get(at).into_iter().flatten().filter_map(|need| *columns.get(*need)?);
        let column = before.max().map_or(0, |last| last + 1);
        columns.get_mut(at).into_iter().for_each(|slot| *slot = Some(column));
        for next in behind.get(at).into_iter().flatten() {
            let Some(left) = open.get_mut(*next) else { continue };
            *left -= 1;
            if *left == 0 {
                ready.push(*next);
            }
        }
    }
    columns.into_iter().map(Option::unwrap_or_default).collect()
}

fn node(step: &Step, column: usize) -> Node {
    let Step { block, kind, names, may_skip, calls, round_trips, exact, .. } = step;
    let mut lines = vec![names.as_ref().map_or_else(|| (*kind).to_owned(), |names| format!("{kind} · {names}"))];
    if *calls > 0 {
        let least = if *exact { "" } else { "≥ " };
        lines.push(format!("{least}{round_trips} trips, {calls} deep"));
    }
    let look = Look { dashed: *may_skip, doubled: false, muted: *calls == 0 };
    Node { title: block.to_string(), lines, column, band: 0, look }
}

//! How the arrows of a diagram run: straight through their lanes, turning only in the gaps between columns, where no
//! box is.

use std::collections::BTreeMap;

use super::lanes::{Lanes, Way};
use super::layout::{ARROW, Area, Column, size};
use super::{Diagram, Edge};

/// The second outline of a box that stands for many lies this far out.
pub(super) const SHADOW: f64 = 4.0;

/// The run of one arrow.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Route {
    /// Where it starts.
    pub(super) start: (f64, f64),
    /// From height to height.
    pub(super) turns: Vec<Turn>,
    /// Where its head is.
    pub(super) end: f64,
    /// The height of its head.
    pub(super) y: f64,
    /// Where its label stands, on the straight piece before the head.
    pub(super) label: f64,
    /// Whether the label ends there; else it starts there.
    pub(super) leftward: bool,
}

/// A change of height within a gap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Turn {
    pub(super) enter: f64,
    pub(super) bend: f64,
    pub(super) leave: f64,
    pub(super) y: f64,
}

/// The runs of all arrows, by edge.
pub(super) fn routes(diagram: &Diagram, lanes: &Lanes, columns: &[Column], areas: &[Area]) -> Vec<Option<Route>> {
    let heights = heights(diagram, lanes, areas);
    let edges = diagram.edges.iter().zip(&lanes.chains).zip(&heights);
    edges.map(|((edge, chain), heights)| route(diagram, edge, chain, *heights, columns, areas)).collect()
}

fn route(
    diagram: &Diagram,
    edge: &Edge,
    chain: &[usize],
    (leaves, arrives): (f64, f64),
    columns: &[Column],
    areas: &[Area],
) -> Option<Route> {
    let way = Way::of(diagram, edge)?;
    let (from, to) = (areas.get(edge.from)?, areas.get(edge.to)?);
    let mut column = diagram.nodes.get(edge.from)?.column;
    let mut turns = Vec::new();
    let mut y = leaves;
    for (position, item) in chain.iter().enumerate().skip(1) {
        let next = if position + 1 == chain.len() { arrives } else { areas.get(*item)?.middle() };
        // Leftwards an arrow turns in the gap before its column, which belongs to the column before.
        column = if way == Way::Back { column.checked_sub(1)? } else { column };
        let gap = columns.get(column)?;
        if (next - y).abs() > 0.5 {
            turns.push(turn(way, gap, next));
        }
        y = next;
        column = if way == Way::Forward { column + 1 } else { column };
    }
    let shadow = if diagram.nodes.get(edge.to)?.look.doubled { SHADOW } else { 0.0 };
    let (start, end) = match way {
        Way::Forward => (from.right(), to.x),
        Way::Back => (from.x, to.right() + shadow),
        Way::Beside => (from.right(), to.right() + shadow),
    };
    let leftward = way == Way::Forward;
    let label = if leftward { end - ARROW } else { end + ARROW };
    Some(Route { start: (start, leaves), turns, end, y, label, leftward })
}

fn turn(way: Way, gap: &Column, y: f64) -> Turn {
    let middle = f64::midpoint(gap.turn, gap.turned);
    match way {
        Way::Forward => Turn { enter: gap.turn, bend: middle, leave: gap.turned, y },
        Way::Back => Turn { enter: gap.turned, bend: middle, leave: gap.turn, y },
        Way::Beside => Turn { enter: gap.turn, bend: gap.turned, leave: gap.turn, y },
    }
}

/// A side of a node: whose, and whether the left one.
type Side = (usize, bool);

/// Where arrows meet a side: where each comes from, and which it is; `None` for all that leave.
type Ports = BTreeMap<Side, Vec<(f64, Option<usize>)>>;

/// What meets which side. Each arrival has a port of its own, so that labels stand apart; what leaves a side leaves it
/// in one place.
fn ports(diagram: &Diagram, lanes: &Lanes, areas: &[Area]) -> Ports {
    let mut ports = Ports::new();
    for (position, (edge, chain)) in diagram.edges.iter().zip(&lanes.chains).enumerate() {
        let Some(way) = Way::of(diagram, edge) else { continue };
        let before = chain.iter().rev().nth(1).and_then(|item| areas.get(*item)).map_or(0.0, Area::middle);
        let leaving = ports.entry((edge.from, way == Way::Back)).or_default();
        if leaving.iter().all(|(_, arrival)| arrival.is_some()) {
            leaving.push((f64::NEG_INFINITY, None));
        }
        ports.entry((edge.to, way == Way::Forward)).or_default().push((before, Some(position)));
    }
    ports
}

/// The heights at which every edge leaves and arrives.
fn heights(diagram: &Diagram, lanes: &Lanes, areas: &[Area]) -> Vec<(f64, f64)> {
    let mut heights = vec![(0.0, 0.0); diagram.edges.len()];
    let mut leaves: BTreeMap<Side, f64> = BTreeMap::new();
    for (side, mut ports) in ports(diagram, lanes, areas) {
        let Some(area) = areas.get(side.0) else { continue };
        ports.sort_by(|a, b| a.0.total_cmp(&b.0));
        let step = area.height / size(ports.len() + 1);
        for (slot, (_, arrival)) in ports.iter().enumerate() {
            let y = area.y + step * size(slot + 1);
            match arrival {
                Some(edge) => heights.get_mut(*edge).into_iter().for_each(|height| height.1 = y),
                None => drop(leaves.insert(side, y)),
            }
        }
    }
    for (edge, height) in diagram.edges.iter().zip(&mut heights) {
        let back = Way::of(diagram, edge) == Some(Way::Back);
        height.0 = leaves.get(&(edge.from, back)).copied().unwrap_or_default();
    }
    heights
}

//! Lanes: an arrow that passes a column on its way has a place of its own there, so that it runs behind no box.

use std::collections::BTreeMap;

use super::{Diagram, Edge};

/// Past this many columns passed, all arrows together, they run straight: such a drawing is for machines, and its size
/// stays in proportion.
const MOST: usize = 20_000;
/// Sweeps over the columns, each in both directions; more change little.
const SWEEPS: usize = 4;

/// Which way an arrow runs between the columns of its ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// To a column further right: it leaves on the right and arrives on the left.
    Forward,
    /// To a column further left: it leaves on the left and arrives on the right.
    Back,
    /// Within a column: it leaves and arrives on the right.
    Beside,
}

impl Way {
    /// The way of an edge; `None` where an end is no node.
    pub(super) fn of(diagram: &Diagram, edge: &Edge) -> Option<Self> {
        let (from, to) = (diagram.nodes.get(edge.from)?, diagram.nodes.get(edge.to)?);
        Some(match from.column.cmp(&to.column) {
            std::cmp::Ordering::Less => Self::Forward,
            std::cmp::Ordering::Greater => Self::Back,
            std::cmp::Ordering::Equal => Self::Beside,
        })
    }
}

/// What stands in the columns: the nodes by position, and behind them the lanes.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    /// Column and band of every lane.
    pub(super) all: Vec<(usize, usize)>,
    /// By edge, what it passes from its start to its end; empty where an end is no node.
    pub(super) chains: Vec<Vec<usize>>,
}

/// The lanes of a diagram; arrows of one kind from one node share theirs until they part.
pub(super) fn lanes(diagram: &Diagram) -> Lanes {
    let mut lanes = Lanes::default();
    let mut known: BTreeMap<(usize, usize, bool), usize> = BTreeMap::new();
    let mut total = 0;
    for edge in &diagram.edges {
        let (Some(from), Some(to)) = (diagram.nodes.get(edge.from), diagram.nodes.get(edge.to)) else {
            lanes.chains.push(Vec::new());
            continue;
        };
        let between = from.column.min(to.column) + 1..from.column.max(to.column);
        let mut passed = Vec::new();
        if total + between.len() <= MOST {
            total += between.len();
            let lane = |column| {
                *known.entry((edge.from, column, edge.dashed)).or_insert_with(|| {
                    lanes.all.push((column, from.band));
                    diagram.nodes.len() + lanes.all.len() - 1
                })
            };
            passed.extend(between.map(lane));
        }
        if to.column < from.column {
            passed.reverse();
        }
        passed.insert(0, edge.from);
        passed.push(edge.to);
        lanes.chains.push(passed);
    }
    lanes
}

/// The items of every column from top to bottom, ordered so that few arrows cross: each near the middle of those it is
/// joined to in the columns before, then in those after.
pub(super) fn order(columns: &[usize], chains: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut order = vec![Vec::new(); columns.iter().map(|column| column + 1).max().unwrap_or(0)];
    for (item, column) in columns.iter().enumerate() {
        if let Some(items) = order.get_mut(*column) {
            items.push(item);
        }
    }
    let (mut left, mut right) = (vec![Vec::new(); columns.len()], vec![Vec::new(); columns.len()]);
    for pair in chains.iter().flat_map(|chain| chain.windows(2)) {
        let &[a, b] = pair else { continue };
        let (a, b) = if columns.get(a) <= columns.get(b) { (a, b) } else { (b, a) };
        right.get_mut(a).into_iter().for_each(|list: &mut Vec<usize>| list.push(b));
        left.get_mut(b).into_iter().for_each(|list: &mut Vec<usize>| list.push(a));
    }
    let mut rows = vec![0.0; columns.len()];
    order.iter().for_each(|items| number(items, &mut rows));
    for _ in 0..SWEEPS {
        order.iter_mut().for_each(|items| arrange(items, &left, &mut rows));
        order.iter_mut().rev().for_each(|items| arrange(items, &right, &mut rows));
    }
    order
}

/// Sorts the items of a column by the middle of the rows of what they are joined to.
fn arrange(items: &mut [usize], joined: &[Vec<usize>], rows: &mut [f64]) {
    let middle = |item: usize, rows: &[f64]| {
        let others = joined.get(item).map(Vec::as_slice).unwrap_or_default();
        let (sum, count) = others.iter().filter_map(|other| rows.get(*other)).fold((0.0, 0.0), add);
        if count > 0.0 { sum / count } else { rows.get(item).copied().unwrap_or_default() }
    };
    let mut keyed: Vec<(f64, usize)> = items.iter().map(|item| (middle(*item, rows), *item)).collect();
    keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
    items.iter_mut().zip(keyed).for_each(|(slot, (_, item))| *slot = item);
    number(items, rows);
}

fn add((sum, count): (f64, f64), row: &f64) -> (f64, f64) {
    (sum + row, count + 1.0)
}

/// Numbers the items of a column, around zero so that the middles of all columns stand on one line.
fn number(items: &[usize], rows: &mut [f64]) {
    let half = super::layout::size(items.len()) / 2.0;
    for (row, item) in items.iter().enumerate() {
        if let Some(slot) = rows.get_mut(*item) {
            *slot = super::layout::size(row) - half;
        }
    }
}

//! Where the boxes of a diagram go: columns from left to right, bands from top to bottom.

use super::{Diagram, Node};

/// Width of a character of the diagram's font, in pixels.
pub(super) const CHARACTER: f64 = 7.3;
/// Height of a line of text, in pixels.
pub(super) const LINE: f64 = 17.0;
const PADDING: f64 = 12.0;
const ROW_GAP: f64 = 18.0;
const LEAST_COLUMN_GAP: f64 = 56.0;
const MARGIN: f64 = 24.0;
const TITLE: f64 = 28.0;
/// Sweeps that move boxes next to their neighbours; more change little.
const SWEEPS: usize = 3;

/// A rectangle, in pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Area {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// The places of everything.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    /// By node.
    pub(super) nodes: Vec<Area>,
    /// By band; empty without bands.
    pub(super) bands: Vec<Area>,
}

/// Lays a diagram out; linear in its nodes and edges but for sorting.
pub(super) fn layout(diagram: &Diagram) -> Layout {
    let columns = diagram.nodes.iter().map(|node| node.column + 1).max().unwrap_or(0);
    let rows = rows(diagram);
    let spans = column_spans(diagram, columns);
    let width = spans.last().map_or(MARGIN, |(x, width)| x + width) + MARGIN;
    let mut layout = Layout { width, nodes: vec![Area::default(); diagram.nodes.len()], ..Layout::default() };
    let mut y = TITLE + MARGIN;
    for members in diagram.by_band() {
        let banded = !diagram.bands.is_empty();
        let top = y;
        if banded {
            y += TITLE;
        }
        let bottom = place(diagram, members, &rows, &spans, y, &mut layout.nodes);
        y = bottom + if banded { PADDING } else { 0.0 };
        if banded {
            layout.bands.push(Area { x: MARGIN / 2.0, y: top, width: width - MARGIN, height: y - top });
            y += ROW_GAP;
        }
    }
    layout.height = y + MARGIN;
    layout
}

/// Stacks the nodes of one band in their columns, from `top`; gives the lowest edge.
fn place(
    diagram: &Diagram,
    mut members: Vec<usize>,
    rows: &[f64],
    spans: &[(f64, f64)],
    top: f64,
    areas: &mut [Area],
) -> f64 {
    let row = |node: &usize| rows.get(*node).copied().unwrap_or_default();
    members.sort_by(|a, b| row(a).total_cmp(&row(b)));
    let mut next = vec![top; spans.len()];
    for position in members {
        let Some(node) = diagram.nodes.get(position) else { continue };
        let (Some(y), Some((x, width))) = (next.get_mut(node.column), spans.get(node.column)) else { continue };
        let height = height(node);
        if let Some(area) = areas.get_mut(position) {
            *area = Area { x: *x, y: *y, width: *width, height };
        }
        *y += height + ROW_GAP;
    }
    next.into_iter().fold(top + ROW_GAP, f64::max) - ROW_GAP
}

fn height(node: &Node) -> f64 {
    size(node.lines.len() + 1) * LINE + PADDING
}

/// Left edge and width of every column: wide enough for its texts, apart enough for the labels between.
fn column_spans(diagram: &Diagram, columns: usize) -> Vec<(f64, f64)> {
    let mut widths = vec![0.0_f64; columns];
    let mut gaps = vec![LEAST_COLUMN_GAP; columns];
    for node in &diagram.nodes {
        let texts = std::iter::once(&node.title).chain(&node.lines);
        let longest = texts.map(|text| text.chars().count()).max().unwrap_or(0);
        if let Some(width) = widths.get_mut(node.column) {
            *width = width.max(size(longest) * CHARACTER + 2.0 * PADDING);
        }
    }
    for edge in &diagram.edges {
        let from = diagram.nodes.get(edge.from).map_or(0, |node| node.column);
        if let Some(gap) = gaps.get_mut(from) {
            *gap = gap.max(size(edge.label.chars().count()) * CHARACTER + 2.0 * PADDING);
        }
    }
    let mut x = MARGIN;
    let spans = widths.iter().zip(gaps).map(|(width, gap)| {
        let left = x;
        x += width + gap;
        (left, *width)
    });
    spans.collect()
}

/// A rank of every node within its column: near the ranks of what it is joined to, so that few edges cross.
fn rows(diagram: &Diagram) -> Vec<f64> {
    let mut rows: Vec<f64> = (0..diagram.nodes.len()).map(size).collect();
    for _ in 0..SWEEPS {
        let mut sums = vec![(0.0_f64, 0.0_f64); rows.len()];
        for edge in &diagram.edges {
            for (here, there) in [(edge.from, edge.to), (edge.to, edge.from)] {
                let (Some(sum), Some(row)) = (sums.get_mut(here), rows.get(there)) else { continue };
                *sum = (sum.0 + row, sum.1 + 1.0);
            }
        }
        for (row, (sum, count)) in rows.iter_mut().zip(sums) {
            if count > 0.0 {
                *row = (*row + sum / count) / 2.0;
            }
        }
    }
    rows
}

/// A count as a length; counts here are far below what a double holds exactly.
#[expect(clippy::cast_precision_loss, reason = "counts of boxes and characters")]
fn size(count: usize) -> f64 {
    count as f64
}

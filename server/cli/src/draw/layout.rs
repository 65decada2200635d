//! Where the boxes of a diagram go: columns from left to right, bands from top to bottom.

use unicode_width::UnicodeWidthStr;

use super::lanes::{Lanes, Way, lanes, order};
use super::route::{Route, routes};
use super::{Diagram, Node};

/// Width of a character of the diagram's font, in pixels.
const CHARACTER: f64 = 7.3;
/// Width of a character on an arrow.
const SMALL_CHARACTER: f64 = 6.7;
/// Height of a line of text, in pixels.
pub(super) const LINE: f64 = 17.0;
/// The least distance of two arrows at one box: a label stands on each.
const PORT: f64 = 16.0;
const PADDING: f64 = 12.0;
const ROW_GAP: f64 = 18.0;
/// Where arrows turn between two columns.
const TURN: f64 = 40.0;
/// The straight piece at the end of an arrow, without its label.
pub(super) const ARROW: f64 = 14.0;
const MARGIN: f64 = 24.0;
const TITLE: f64 = 28.0;

/// A rectangle, in pixels.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Area {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Area {
    pub(super) fn right(&self) -> f64 {
        self.x + self.width
    }

    pub(super) fn middle(&self) -> f64 {
        self.y + self.height / 2.0
    }
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
    /// By edge; `None` where an end is no node.
    pub(super) routes: Vec<Option<Route>>,
}

/// A column, and the gap to its right where arrows turn: labels of arrows that arrive from the right, the turns,
/// labels of arrows that go on into the next column.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Column {
    pub(super) x: f64,
    pub(super) width: f64,
    /// From where arrows turn.
    pub(super) turn: f64,
    /// To where they turn.
    pub(super) turned: f64,
}

/// A box, or a lane between boxes.
struct Item {
    column: usize,
    band: usize,
    height: f64,
}

/// Lays a diagram out; linear in its nodes, edges and lanes but for sorting.
pub(super) fn layout(diagram: &Diagram) -> Layout {
    let lanes = lanes(diagram);
    let items = items(diagram, &lanes);
    let columns = columns(diagram, items.iter().map(|item| item.column + 1).max().unwrap_or(0));
    let order = order(&items.iter().map(|item| item.column).collect::<Vec<_>>(), &lanes.chains);
    let width = width(diagram, &columns);
    let mut layout = Layout { width, ..Layout::default() };
    let mut areas = vec![Area::default(); items.len()];
    let mut y = TITLE + MARGIN;
    for band in 0..diagram.bands.len().max(1) {
        let (top, banded) = (y, !diagram.bands.is_empty());
        y = place(&items, band, &order, &columns, if banded { y + TITLE } else { y }, &mut areas);
        if banded {
            y += PADDING;
            layout.bands.push(Area { x: MARGIN / 2.0, y: top, width: width - MARGIN, height: y - top });
            y += ROW_GAP;
        }
    }
    layout.height = y + MARGIN;
    layout.routes = routes(diagram, &lanes, &columns, &areas);
    areas.truncate(diagram.nodes.len());
    layout.nodes = areas;
    layout
}

/// Wide enough for the boxes, the arrows behind the last of them, and the titles.
fn width(diagram: &Diagram, columns: &[Column]) -> f64 {
    let boxes = columns.last().map_or(MARGIN, |last| last.turned.max(last.x + last.width));
    let title = MARGIN + text(&diagram.title, CHARACTER);
    let bands = diagram.bands.iter().map(|title| MARGIN + PADDING + text(title, CHARACTER));
    bands.fold(boxes.max(title), f64::max) + MARGIN
}

fn items(diagram: &Diagram, lanes: &Lanes) -> Vec<Item> {
    let crowds = crowds(diagram);
    let nodes = diagram.nodes.iter().zip(crowds);
    let boxes = nodes.map(|(node, crowd)| Item {
        column: node.column,
        band: node.band,
        height: (size(node.lines.len() + 1) * LINE + PADDING).max(size(crowd + 1) * PORT),
    });
    let lanes = lanes.all.iter().map(|(column, band)| Item { column: *column, band: *band, height: 0.0 });
    boxes.chain(lanes).collect()
}

/// How many arrows meet each node on the side where most do; those that leave count as one.
fn crowds(diagram: &Diagram) -> Vec<usize> {
    let mut sides = vec![(0, 0); diagram.nodes.len()];
    for edge in &diagram.edges {
        let Some(way) = Way::of(diagram, edge) else { continue };
        if let Some((left, right)) = sides.get_mut(edge.to) {
            if way == Way::Forward { *left += 1 } else { *right += 1 }
        }
    }
    sides.into_iter().map(|(left, right)| std::cmp::max::<usize>(left, right) + 1).collect()
}

/// Stacks what stands in one band, each column around the middle of the tallest, from `top`; gives the lowest edge.
fn place(items: &[Item], band: usize, order: &[Vec<usize>], columns: &[Column], top: f64, areas: &mut [Area]) -> f64 {
    let members = |column: &'_ Vec<usize>| -> Vec<usize> {
        column.iter().copied().filter(|item| items.get(*item).is_some_and(|item| item.band == band)).collect()
    };
    let members: Vec<Vec<usize>> = order.iter().map(members).collect();
    let height = |item: &usize| items.get(*item).map_or(0.0, |item| item.height);
    let total = |column: &Vec<usize>| column.iter().map(|item| height(item) + ROW_GAP).sum::<f64>() - ROW_GAP;
    let tallest = members.iter().map(total).fold(0.0, f64::max);
    for (column, span) in members.iter().zip(columns) {
        let mut y = top + (tallest - total(column)) / 2.0;
        for item in column {
            if let Some(area) = areas.get_mut(*item) {
                *area = Area { x: span.x, y, width: span.width, height: height(item) };
            }
            y += height(item) + ROW_GAP;
        }
    }
    top + tallest
}

/// The columns: wide enough for their texts, apart enough for the labels between.
fn columns(diagram: &Diagram, count: usize) -> Vec<Column> {
    let mut widths = vec![0.0_f64; count];
    // The straight ends of arrows to the left and to the right of every column.
    let (mut before, mut behind) = (vec![ARROW; count], vec![0.0_f64; count]);
    for node in &diagram.nodes {
        grow(&mut widths, node.column, box_width(node));
    }
    for edge in &diagram.edges {
        let (Some(way), Some(to)) = (Way::of(diagram, edge), diagram.nodes.get(edge.to)) else { continue };
        let side = if way == Way::Forward { &mut before } else { &mut behind };
        grow(side, to.column, text(&edge.label, SMALL_CHARACTER) + 2.0 * ARROW);
    }
    let mut x = MARGIN;
    let mut columns = Vec::new();
    for (position, (width, behind)) in widths.iter().zip(&behind).enumerate() {
        let turn = x + width + behind.max(ARROW / 2.0);
        let last = position + 1 == count;
        // Behind the last column nothing turns unless an arrow arrives from its right.
        let turned = if last && *behind == 0.0 { x + width } else { turn + TURN };
        columns.push(Column { x, width: *width, turn, turned });
        x = turned + before.get(position + 1).copied().unwrap_or_default();
    }
    columns
}

fn box_width(node: &Node) -> f64 {
    let texts = std::iter::once(&node.title).chain(&node.lines);
    texts.map(|line| text(line, CHARACTER)).fold(0.0, f64::max) + 2.0 * PADDING
}

fn grow(all: &mut [f64], position: usize, to: f64) {
    if let Some(one) = all.get_mut(position) {
        *one = one.max(to);
    }
}

/// The width of a text in a font of one width, where some scripts take two places for a character.
fn text(text: &str, character: f64) -> f64 {
    size(text.width()) * character
}

/// A count as a length; counts here are far below what a double holds exactly.
#[expect(clippy::cast_precision_loss, reason = "counts of boxes and characters")]
pub(crate) fn size(count: usize) -> f64 {
    count as f64
}

//! Diagrams: boxes in columns, joined by arrows, as Mermaid, DOT or SVG. Nothing here calls another program.

mod lanes;
mod layout;
mod pattern;
mod plan;
mod playbook;
mod route;
mod svg;
mod text;

use serde_json::{Value as Json, json};

pub(crate) use layout::size;
pub use pattern::pattern;
pub use plan::plan;
pub use playbook::playbook;
pub(crate) use svg::escaped;
pub use svg::svg;
pub use text::{dot, mermaid};

/// A drawing: nodes in columns, edges between them, optionally in bands one below the other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagram {
    /// What it shows.
    pub title: String,
    /// The boxes.
    pub nodes: Vec<Node>,
    /// The arrows.
    pub edges: Vec<Edge>,
    /// Titles of the bands; nodes without a band when empty.
    pub bands: Vec<String>,
}

impl Diagram {
    /// The positions of the nodes of each band; of all nodes where there are no bands.
    fn by_band(&self) -> Vec<Vec<usize>> {
        let mut bands = vec![Vec::new(); self.bands.len().max(1)];
        for (position, node) in self.nodes.iter().enumerate() {
            if let Some(band) = bands.get_mut(node.band) {
                band.push(position);
            }
        }
        bands
    }
}

/// The diagram as data: `nodes` with what stands in them and how they look, `edges` by position of their nodes.
pub fn json(diagram: &Diagram) -> Json {
    let Diagram { title, nodes, edges, bands } = diagram;
    let node = |node: &Node| {
        let Node { title, lines, column, band, look: Look { dashed, doubled, muted } } = node;
        let band = bands.get(*band).map(|_| band);
        json!({
            "title": title, "lines": lines, "column": column, "band": band,
            "dashed": dashed, "doubled": doubled, "muted": muted,
        })
    };
    let edge = |edge: &Edge| {
        let Edge { from, to, label, dashed } = edge;
        json!({ "from": from, "to": to, "label": label, "dashed": dashed })
    };
    json!({
        "title": title,
        "nodes": nodes.iter().map(node).collect::<Vec<_>>(),
        "edges": edges.iter().map(edge).collect::<Vec<_>>(),
        "bands": bands,
    })
}

/// A box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The first line.
    pub title: String,
    /// Further lines.
    pub lines: Vec<String>,
    /// Column, from 0.
    pub column: usize,
    /// Position in [`Diagram::bands`].
    pub band: usize,
    /// How the box looks.
    pub look: Look,
}

/// How a box looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Look {
    /// May be missing: a dashed outline.
    pub dashed: bool,
    /// Any number of records: a second outline.
    pub doubled: bool,
    /// Read, not written: a muted fill.
    pub muted: bool,
}

/// An arrow from one box to another, by position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// Where it starts.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// What stands on it.
    pub label: String,
    /// Optional or deferred: a dashed line.
    pub dashed: bool,
}

#[cfg(test)]
mod tests;

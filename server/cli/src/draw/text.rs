//! Diagrams as text for other programs: Mermaid and Graphviz DOT.

use std::fmt::Write as _;

use super::{Diagram, Node};

/// The diagram as a Mermaid flow chart.
pub fn mermaid(diagram: &Diagram) -> String {
    let mut text = String::from("flowchart LR\n");
    for_each_band(diagram, &mut text, |text, band, title| {
        let _ = writeln!(text, "  subgraph b{band} [\"{}\"]", mermaid_text(title));
    });
    for edge in &diagram.edges {
        let arrow = if edge.dashed { "-.->" } else { "-->" };
        let label = if edge.label.is_empty() { String::new() } else { format!("|\"{}\"|", mermaid_text(&edge.label)) };
        let _ = writeln!(text, "  n{} {arrow}{label} n{}", edge.from, edge.to);
    }
    for (class, style) in [("dashed", "stroke-dasharray: 4 3"), ("muted", "fill:#eee,color:#555")] {
        let members: Vec<String> = positions(diagram, |node| match class {
            "dashed" => node.look.dashed,
            _ => node.look.muted,
        });
        if !members.is_empty() {
            let _ = writeln!(text, "  classDef {class} {style}\n  class {} {class}", members.join(","));
        }
    }
    text
}

fn positions(diagram: &Diagram, wanted: impl Fn(&Node) -> bool) -> Vec<String> {
    let nodes = diagram.nodes.iter().enumerate();
    nodes.filter(|(_, node)| wanted(node)).map(|(position, _)| format!("n{position}")).collect()
}

/// Writes the nodes, those of a band inside what `open` starts and `end` closes.
fn for_each_band(diagram: &Diagram, text: &mut String, open: impl Fn(&mut String, usize, &str)) {
    for (band, members) in diagram.by_band().into_iter().enumerate() {
        let title = diagram.bands.get(band);
        if let Some(title) = title {
            open(text, band, title);
        }
        for position in members {
            let Some(node) = diagram.nodes.get(position) else { continue };
            let (left, right) = if node.look.doubled { ("[[", "]]") } else { ("[", "]") };
            let lines: Vec<String> = lines(node).map(mermaid_text).collect();
            let _ = writeln!(text, "  n{position}{left}\"{}\"{right}", lines.join("<br>"));
        }
        if title.is_some() {
            text.push_str("  end\n");
        }
    }
}

fn lines(node: &Node) -> impl Iterator<Item = &str> {
    std::iter::once(node.title.as_str()).chain(node.lines.iter().map(String::as_str))
}

/// Mermaid reads entities inside quotes, and nothing else there means anything to it.
fn mermaid_text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '"' => safe.push_str("#quot;"),
            '#' => safe.push_str("#35;"),
            '<' => safe.push_str("#lt;"),
            '>' => safe.push_str("#gt;"),
            '\n' | '\r' => safe.push(' '),
            other => safe.push(other),
        }
    }
    safe
}

/// The diagram in the language of Graphviz.
pub fn dot(diagram: &Diagram) -> String {
    let mut text = format!("digraph {} {{\n  rankdir=LR\n  node [shape=box]\n", quoted(&diagram.title));
    for (band, members) in diagram.by_band().into_iter().enumerate() {
        let title = diagram.bands.get(band);
        if let Some(title) = title {
            let _ = writeln!(text, "  subgraph cluster_{band} {{\n  label={}", quoted(title));
        }
        for position in members {
            let Some(node) = diagram.nodes.get(position) else { continue };
            let _ = writeln!(text, "  {}", dot_node(position, node));
        }
        if title.is_some() {
            text.push_str("  }\n");
        }
    }
    for edge in &diagram.edges {
        let style = if edge.dashed { ", style=dashed" } else { "" };
        let _ = writeln!(text, "  n{} -> n{} [label={}{style}]", edge.from, edge.to, quoted(&edge.label));
    }
    text.push_str("}\n");
    text
}

fn dot_node(position: usize, node: &Node) -> String {
    let mut style: Vec<&str> = Vec::new();
    if node.look.dashed {
        style.push("dashed");
    }
    if node.look.muted {
        style.push("filled");
    }
    let mut attributes = format!("label={}", quoted(&lines(node).collect::<Vec<_>>().join("\n")));
    if !style.is_empty() {
        let _ = write!(attributes, ", style=\"{}\"", style.join(","));
    }
    if node.look.muted {
        attributes.push_str(", fillcolor=\"#eeeeee\"");
    }
    if node.look.doubled {
        attributes.push_str(", peripheries=2");
    }
    format!("n{position} [{attributes}]")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

//! Diagrams as SVG: a file that every browser shows, in light and in dark.

use std::fmt::Write as _;

use super::layout::{Area, LINE, layout};
use super::route::{Route, SHADOW, Turn};
use super::{Diagram, Edge, Node};

const STYLE: &str = "\
text{font:12px ui-monospace,'DejaVu Sans Mono',Menlo,Consolas,monospace;fill:#1d2430}\
.h{font-weight:bold}.s{fill:#5b6472}.l{fill:#5b6472;font-size:11px;paint-order:stroke;stroke:#fff;stroke-width:4px}\
.n{fill:#fff;stroke:#3b5bdb;stroke-width:1.4}.m{fill:#f1f3f5;stroke:#868e96}.d{stroke-dasharray:5 4}\
.b{fill:#f8f9fa;stroke:#ced4da}.e{fill:none;stroke:#868e96;stroke-width:1.3}.a{fill:#868e96}.g{fill:#fff}\
@media(prefers-color-scheme:dark){text{fill:#e9ecef}.s{fill:#adb5bd}.l{fill:#adb5bd;stroke:#15181d}\
.n{fill:#1f2530;stroke:#748ffc}.m{fill:#2b3038;stroke:#868e96}.b{fill:#1a1e25;stroke:#495057}.g{fill:#15181d}}";

/// The diagram as one SVG document.
pub fn svg(diagram: &Diagram) -> String {
    let layout = layout(diagram);
    let (width, height) = (layout.width, layout.height);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" role=\"img\">\n<title>{title}</title>\n<style>{STYLE}</style>\n<defs><marker id=\"a\" \
         viewBox=\"0 0 8 8\" refX=\"8\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path \
         class=\"a\" d=\"M0 0 8 4 0 8z\"/></marker></defs>\n<rect class=\"g\" width=\"100%\" height=\"100%\"/>\n<text \
         class=\"h\" x=\"24\" y=\"26\">{title}</text>\n",
        title = escaped(&diagram.title),
    );
    for (area, title) in layout.bands.iter().zip(&diagram.bands) {
        let _ = writeln!(text, "{}", rectangle("b", area, 10.0));
        let _ = writeln!(text, "{}", words("s", area.x + 12.0, area.y + 19.0, title));
    }
    let routed = || diagram.edges.iter().zip(&layout.routes).filter_map(|(edge, route)| Some((edge, route.as_ref()?)));
    routed().for_each(|(edge, route)| draw_line(edge, route, &mut text));
    for (node, area) in diagram.nodes.iter().zip(&layout.nodes) {
        draw_node(node, area, &mut text);
    }
    routed().for_each(|(edge, route)| draw_label(edge, route, &mut text));
    text.push_str("</svg>\n");
    text
}

fn draw_node(node: &Node, area: &Area, text: &mut String) {
    let class = match (node.look.muted, node.look.dashed) {
        (false, false) => "n",
        (true, false) => "n m",
        (false, true) => "n d",
        (true, true) => "n m d",
    };
    if node.look.doubled {
        let behind = Area { x: area.x + SHADOW, y: area.y + SHADOW, ..*area };
        let _ = writeln!(text, "{}", rectangle(class, &behind, 6.0));
    }
    let _ = writeln!(text, "{}", rectangle(class, area, 6.0));
    let mut y = area.y + LINE + 1.0;
    let _ = writeln!(text, "{}", words("h", area.x + 12.0, y, &node.title));
    for line in &node.lines {
        y += LINE;
        let _ = writeln!(text, "{}", words("s", area.x + 12.0, y, line));
    }
}

fn draw_line(edge: &Edge, route: &Route, text: &mut String) {
    let class = if edge.dashed { "e d" } else { "e" };
    let (x, mut y) = route.start;
    let _ = write!(text, "<path class=\"{class}\" marker-end=\"url(#a)\" d=\"M{x:.0} {y:.0}");
    for Turn { enter, bend, leave, y: next } in &route.turns {
        let _ = write!(text, "H{enter:.0}C{bend:.0} {y:.0} {bend:.0} {next:.0} {leave:.0} {next:.0}");
        y = *next;
    }
    let _ = writeln!(text, "H{:.0}\"/>", route.end);
}

fn draw_label(edge: &Edge, route: &Route, text: &mut String) {
    if edge.label.is_empty() {
        return;
    }
    let (anchor, label) = (if route.leftward { "end" } else { "start" }, escaped(&edge.label));
    let (x, y) = (route.label, route.y - 4.0);
    let _ = writeln!(text, "<text class=\"l\" text-anchor=\"{anchor}\" x=\"{x:.0}\" y=\"{y:.0}\">{label}</text>");
}

fn rectangle(class: &str, area: &Area, radius: f64) -> String {
    let Area { x, y, width, height } = area;
    format!(
        "<rect class=\"{class}\" x=\"{x:.0}\" y=\"{y:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" rx=\"{radius}\"/>"
    )
}

fn words(class: &str, x: f64, y: f64, text: &str) -> String {
    format!("<text class=\"{class}\" x=\"{x:.0}\" y=\"{y:.0}\">{}</text>", escaped(text))
}

/// Text between tags; control characters are no XML at all.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            other if other.is_control() || matches!(other, '\u{fffe}' | '\u{ffff}') => safe.push(' '),
            other => safe.push(other),
        }
    }
    safe
}

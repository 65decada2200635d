//! What every drawing keeps, whatever it is asked to draw.

use super::layout::{Area, Layout, layout};
use super::route::Route;
use super::*;

fn node(title: &str, column: usize, band: usize) -> Node {
    Node { title: title.to_owned(), lines: vec!["a line".to_owned()], column, band, look: Look::default() }
}

fn apart(a: &Area, b: &Area) -> bool {
    a.x + a.width < b.x || b.x + b.width < a.x || a.y + a.height < b.y || b.y + b.height < a.y
}

/// A diagram with arrows forward over any distance, backward and within a column, in three bands.
fn tangle() -> Diagram {
    let nodes: Vec<Node> = (0..40).map(|n| node(&format!("node {n}"), n % 7, n % 3)).collect();
    let edge =
        |from: usize, to: usize| Edge { from, to, label: format!("edge {from} {to}"), dashed: to.is_multiple_of(2) };
    let edges = (0..40).flat_map(|n| [edge(n / 2, n), edge(n, (n * 11 + 3) % 40), edge(39 - n, n)]).collect();
    let bands = ["one", "two", "three"].map(ToOwned::to_owned).to_vec();
    Diagram { title: "t".to_owned(), nodes, edges, bands }
}

#[test]
fn boxes_never_overlap_and_stay_inside() {
    let layout = layout(&tangle());
    for (at, area) in layout.nodes.iter().enumerate() {
        assert!(area.x >= 0.0 && area.x + area.width <= layout.width && area.y + area.height <= layout.height);
        assert!(layout.nodes.iter().skip(at + 1).all(|other| apart(area, other)), "{at}");
    }
    for (at, band) in layout.bands.iter().enumerate() {
        assert!(layout.bands.iter().skip(at + 1).all(|other| apart(band, other)));
    }
}

/// The straight pieces of an arrow as flat areas, and the turns as areas from height to height.
fn pieces(route: &Route) -> Vec<Area> {
    let between = |x0: f64, y0: f64, x1: f64, y1: f64| Area {
        x: x0.min(x1) + 0.5,
        y: y0.min(y1),
        width: (x1 - x0).abs() - 1.0,
        height: (y1 - y0).abs(),
    };
    let (mut x, mut y) = route.start;
    let mut pieces = Vec::new();
    for turn in &route.turns {
        pieces.push(between(x, y, turn.enter, y));
        let [low, high] = [turn.enter.min(turn.bend).min(turn.leave), turn.enter.max(turn.bend).max(turn.leave)];
        pieces.push(between(low, y, high, turn.y));
        (x, y) = (turn.leave, turn.y);
    }
    pieces.push(between(x, y, route.end, y));
    pieces
}

fn label(diagram: &Diagram, layout: &Layout, edge: usize) -> Area {
    let route = layout.routes[edge].as_ref().unwrap();
    let width = diagram.edges[edge].label.len() as f64 * 6.6;
    let x = if route.leftward { route.label - width } else { route.label };
    Area { x, y: route.y - 13.0, width, height: 11.0 }
}

#[test]
fn arrows_run_behind_no_box_and_stay_inside() {
    let diagram = tangle();
    let layout = layout(&diagram);
    for (edge, route) in layout.routes.iter().enumerate() {
        let route = route.as_ref().unwrap();
        for piece in pieces(route) {
            assert!(piece.x >= 0.0 && piece.x + piece.width <= layout.width, "{edge}");
            assert!(layout.nodes.iter().all(|node| apart(&piece, node)), "{edge}: {piece:?}");
        }
    }
}

#[test]
fn labels_overlap_neither_boxes_nor_one_another() {
    let diagram = tangle();
    let layout = layout(&diagram);
    let labels: Vec<Area> = (0..diagram.edges.len()).map(|edge| label(&diagram, &layout, edge)).collect();
    for (at, area) in labels.iter().enumerate() {
        assert!(layout.nodes.iter().all(|node| apart(area, node)), "{at}");
        assert!(labels.iter().skip(at + 1).all(|other| apart(area, other)), "{at}");
    }
}

#[test]
fn long_titles_and_wide_scripts_fit() {
    let mut diagram = Diagram { title: "long ".repeat(40), ..Diagram::default() };
    diagram.nodes =
        vec![node("x", 0, 0), node("\u{65e5}\u{672c}\u{8a9e}\u{65e5}\u{672c}\u{8a9e}\u{65e5}\u{672c}\u{8a9e}", 1, 0)];
    assert!(layout(&diagram).width > 200.0 * 7.0);
    let [narrow, wide] = [&layout(&diagram).nodes[0], &layout(&diagram).nodes[1]];
    assert!(wide.width > 2.0 * 9.0 * 7.0 && narrow.width < 100.0);
    diagram = Diagram { bands: vec!["trip ".repeat(50)], ..diagram };
    assert!(layout(&diagram).bands[0].width > 250.0 * 7.0);
}

#[test]
fn arrows_over_any_distance_stay_linear() {
    let nodes = (0..3_000).map(|n| node("n", n, 0)).collect();
    let edge = |from, to| Edge { from, to, label: String::new(), dashed: false };
    let edges = (1..3_000).flat_map(|n| [edge(n - 1, n), edge(0, n), edge(n / 2, n)]).collect();
    let diagram = Diagram { nodes, edges, ..Diagram::default() };
    let turns: usize = layout(&diagram).routes.iter().flatten().map(|route| route.turns.len()).sum();
    assert!(turns < 40_000, "{turns}");
}

#[test]
fn words_of_the_author_cannot_break_the_form() {
    let mut diagram = Diagram { title: "\"<a> & b\\\"\n\u{1}".to_owned(), ..Diagram::default() };
    diagram.nodes = vec![node("\"]; drop", 0, 0), node("</text><script>", 1, 0)];
    diagram.edges = vec![Edge { from: 0, to: 1, label: "#quot; |x|".to_owned(), dashed: false }];
    assert_eq!(
        mermaid(&diagram),
        "flowchart LR\n  n0[\"#quot;]; drop<br>a line\"]\n  n1[\"#lt;/text#gt;#lt;script#gt;<br>a line\"]\n  n0 -->|\"#35;quot; |x|\"| n1\n"
    );
    assert!(dot(&diagram).starts_with("digraph \"\\\"<a> & b\\\\\\\"\\n\u{1}\" {\n"), "{}", dot(&diagram));
    let drawn = svg(&diagram);
    assert!(drawn.contains("&lt;/text&gt;&lt;script&gt;") && !drawn.contains("<script>") && !drawn.contains('\u{1}'));
}

#[test]
fn nothing_is_drawn_as_nothing() {
    let empty = Diagram::default();
    assert_eq!(mermaid(&empty), "flowchart LR\n");
    assert!(svg(&empty).ends_with("</svg>\n"));
}

//! What every drawing keeps, whatever it is asked to draw.

use super::layout::{Area, layout};
use super::*;

fn node(title: &str, column: usize, band: usize) -> Node {
    Node { title: title.to_owned(), lines: vec!["a line".to_owned()], column, band, look: Look::default() }
}

fn apart(a: &Area, b: &Area) -> bool {
    a.x + a.width < b.x || b.x + b.width < a.x || a.y + a.height < b.y || b.y + b.height < a.y
}

#[test]
fn boxes_never_overlap_and_stay_inside() {
    let nodes: Vec<Node> = (0..40).map(|n| node(&format!("node {n}"), n % 7, n % 3)).collect();
    let edges = (1..40).map(|n| Edge { from: n / 2, to: n, label: format!("edge {n}"), dashed: n % 2 == 0 }).collect();
    let bands = ["one", "two", "three"].map(ToOwned::to_owned).to_vec();
    let diagram = Diagram { title: "t".to_owned(), nodes, edges, bands };
    let layout = layout(&diagram);
    for (at, area) in layout.nodes.iter().enumerate() {
        assert!(area.x >= 0.0 && area.x + area.width <= layout.width && area.y + area.height <= layout.height);
        assert!(layout.nodes.iter().skip(at + 1).all(|other| apart(area, other)), "{at}");
    }
    for (at, band) in layout.bands.iter().enumerate() {
        assert!(layout.bands.iter().skip(at + 1).all(|other| apart(band, other)));
    }
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

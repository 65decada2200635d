//! Blocks do not need each other in a circle.

use engage_engine::graph;
use engage_engine::model::Place;
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::known::Known;
use super::super::shape::Shape;

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0606"),
    title: "blocks need each other in a circle",
    explanation: "A block runs when everything that it takes is there. Blocks that need each other would \
                  wait for ever.",
    example: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Manual\n",
        "  template first = a { text: second }\n",
        "  template second = b { text: first }\n",
        "  output said = second\n",
        "}\n",
        "# file: a.liquid\n",
        "{{ text }}\n",
        "# file: b.liquid\n",
        "{{ text }}\n",
    ),
    cure: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger Manual(text: string)\n",
        "  template first = a { text: trigger.text }\n",
        "  template second = b { text: first }\n",
        "  output said = second\n",
        "}\n",
        "# file: a.liquid\n",
        "{{ text }}\n",
        "# file: b.liquid\n",
        "{{ text }}\n",
    ),
};

/// One reference of a playbook: where it stands, and the positions of both blocks, the one that is needed first.
fn edges(shape: &Shape<'_>) -> (Vec<graph::Edge>, Vec<Place>) {
    let references = shape.blocks().flat_map(|(to, _)| {
        let references = shape.references(to).into_iter();
        references.filter_map(move |(place, name, _)| Some(((shape.position(name)?, to), place)))
    });
    references.unzip()
}

/// Which blocks need each other: the same number.
pub(super) fn component(shape: &Shape<'_>) -> Vec<usize> {
    graph::components(shape.playbook.blocks.len(), &edges(shape).0)
}

pub(super) fn check(shape: &Shape<'_>, _: &Known<'_>, problems: &mut Vec<Problem>) {
    let (edges, places) = edges(shape);
    for cycle in graph::cycles(shape.playbook.blocks.len(), &edges) {
        // Told from who needs to what is needed.
        let steps: Vec<(String, Place)> = cycle
            .iter()
            .rev()
            .filter_map(|edge| {
                let ((from, to), place) = (edges.get(*edge)?, places.get(*edge)?);
                Some((format!("`{}` needs `{}`", shape.name(*to), shape.name(*from)), *place))
            })
            .collect();
        let Some((_, first)) = steps.first() else { continue };
        let told: Vec<&str> = steps.iter().map(|(step, _)| step.as_str()).collect();
        let mut problem = Problem::error(INFO.code, shape.at(*first), told.join(", "));
        problem.help = Some("take one of the values from somewhere else".to_owned());
        for (step, place) in steps {
            problem = problem.related(shape.at(place), step);
        }
        problems.push(problem);
    }
}

//! Composite graphs: each all or nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::composite::{self, Request, check_references, halt};
use super::fault::Fault;
use super::part::Part;
use super::reference::{Results, used};
use super::work::Work;

const MAX_NODES: usize = 500;
const MAX_GRAPHS: usize = 75;
const MAX_DEPTH: usize = 15;
/// Most different nodes, by version, verb and object.
const MAX_KINDS: usize = 15;
/// Graphs that may fail before the rest is not tried.
const MAX_FAILED: usize = 14;

#[derive(Deserialize)]
struct In {
    graphs: Vec<Graph>,
}

#[derive(Deserialize)]
struct Graph {
    #[serde(rename = "graphId")]
    id: String,
    #[serde(rename = "compositeRequest")]
    nodes: Vec<Request>,
}

/// Answers the graphs of a request.
pub(crate) fn run(work: &mut Work<'_, '_>, body: Json) -> Result<Part, Fault> {
    let graphs: In = serde_json::from_value(body).map_err(|_| Fault::json())?;
    if graphs.graphs.len() > MAX_GRAPHS {
        return Err(limit(format!("The number of graphs exceeds the limit of {MAX_GRAPHS}.")));
    }
    let names: BTreeSet<&str> = graphs.graphs.iter().map(|graph| graph.id.as_str()).collect();
    if names.len() != graphs.graphs.len() {
        return Err(Fault::bad("JSON_PARSER_ERROR", "Each graphId must be unique."));
    }
    let total: usize = graphs.graphs.iter().map(|graph| graph.nodes.len()).sum();
    let (mut answers, mut failed) = (Vec::new(), 0);
    for graph in &graphs.graphs {
        let (fine, answers_of_nodes) = if total > MAX_NODES {
            refused(&limit(format!("The number of nodes exceeds the limit of {MAX_NODES}.")))
        } else if failed > MAX_FAILED {
            (false, graph.nodes.iter().map(|node| Part::of(&Fault::halted()).within(&node.reference)).collect())
        } else {
            one(work, graph)
        };
        failed += usize::from(!fine);
        answers.push(json!({
            "graphId": graph.id, "graphResponse": {"compositeResponse": answers_of_nodes}, "isSuccessful": fine,
        }));
    }
    Ok(Part::ok(json!({"graphs": answers})))
}

fn limit(message: String) -> Fault {
    Fault::bad("LIMIT_EXCEEDED", message)
}

/// A graph that is not even begun: one entry that belongs to no node.
fn refused(fault: &Fault) -> (bool, Vec<Json>) {
    let mut entry = Part::of(fault).within("");
    if let Some(entry) = entry.as_object_mut() {
        entry.insert("referenceId".into(), Json::Null);
    }
    (false, vec![entry])
}

fn one(work: &mut Work<'_, '_>, graph: &Graph) -> (bool, Vec<Json>) {
    if let Err(fault) = check(graph) {
        return refused(&fault);
    }
    let start = work.mark();
    let (mut results, mut parts) = (Results::default(), Vec::new());
    for (at, node) in graph.nodes.iter().enumerate() {
        match composite::one(work, node, &results) {
            Ok(part) => {
                results.add(&node.reference, part.body.clone());
                parts.push(part);
            }
            Err(fault) => {
                work.back_to(start);
                parts.push(Part::of(&fault));
                let parts = halt(parts, at, graph.nodes.len());
                return (
                    false,
                    parts.iter().zip(&graph.nodes).map(|(part, node)| part.within(&node.reference)).collect(),
                );
            }
        }
    }
    (true, parts.iter().zip(&graph.nodes).map(|(part, node)| part.within(&node.reference)).collect())
}

fn check(graph: &Graph) -> Result<(), Fault> {
    check_references(&graph.nodes)?;
    let mut kinds = BTreeSet::new();
    let mut depths: BTreeMap<&str, usize> = BTreeMap::new();
    for node in &graph.nodes {
        let method = node.method.to_uppercase();
        let (version, object) = address(&method, &node.url)?;
        kinds.insert((version, method, object.to_lowercase()));
        let parents = used(&node.url, &node.body);
        let deepest = parents.iter().filter_map(|parent| depths.get(parent.as_str())).max();
        depths.insert(&node.reference, deepest.map_or(1, |depth| depth + 1));
    }
    if depths.values().any(|depth| *depth > MAX_DEPTH) {
        return Err(limit(format!("The depth of the graph exceeds the limit of {MAX_DEPTH}.")));
    }
    match kinds.len() > MAX_KINDS {
        true => Err(limit(format!("The number of different nodes exceeds the limit of {MAX_KINDS}."))),
        false => Ok(()),
    }
}

/// Version and object of a node. Only rows can be addressed.
fn address<'u>(method: &str, url: &'u str) -> Result<(&'u str, &'u str), Fault> {
    let path = url.split('?').next().unwrap_or_default();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let found = match segments.as_slice() {
        ["services", "data", version, "sobjects", object] if method == "POST" => Some((*version, *object)),
        ["services", "data", version, "sobjects", object, row] if *row != "describe" => match method {
            "GET" | "PATCH" | "DELETE" => Some((*version, *object)),
            _ => None,
        },
        ["services", "data", version, "sobjects", object, _, _] => match method {
            "GET" | "PATCH" | "POST" | "DELETE" => Some((*version, *object)),
            _ => None,
        },
        _ => None,
    };
    found.ok_or_else(|| {
        let message = format!("Composite graphs support sObject rows only; not supported: {method} {path}");
        Fault::bad("INVALID_OPERATION", message)
    })
}

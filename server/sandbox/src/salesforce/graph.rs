//! Composite graphs: each all or nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::composite::{self, Request, check_references};
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
#[serde(deny_unknown_fields)]
struct In {
    graphs: Vec<Graph>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Graph {
    #[serde(rename = "graphId")]
    id: String,
    #[serde(rename = "compositeRequest")]
    nodes: Vec<Request>,
}

/// Answers the graphs of a request.
pub(crate) fn run(work: &mut Work<'_, '_>, body: Json, version: u32) -> Result<Part, Fault> {
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
            one(work, graph, version)
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

fn one(work: &mut Work<'_, '_>, graph: &Graph, version: u32) -> (bool, Vec<Json>) {
    let order = match check(graph) {
        Ok(order) => order,
        Err(fault) => return refused(&fault),
    };
    let start = work.mark();
    let mut results = Results::new(version);
    let halted = || vec![Part::of(&Fault::halted()); graph.nodes.len()];
    let (mut parts, mut fine) = (halted(), true);
    for (at, node) in order {
        let result = composite::one(work, node, &results);
        fine = result.is_ok();
        let part = result.unwrap_or_else(|fault| Part::of(&fault));
        results.add(&node.reference, part.body.clone());
        if !fine {
            // All but the culprit were undone, or never done.
            work.back_to(start);
            parts = halted();
        }
        if let Some(place) = parts.get_mut(at) {
            *place = part;
        }
        if !fine {
            break;
        }
    }
    (fine, parts.iter().zip(&graph.nodes).map(|(part, node)| part.within(&node.reference)).collect())
}

/// The nodes with their places, each after those it refers to, otherwise as they stand in the body.
fn ordered(nodes: &[Request]) -> Result<Vec<(usize, &Request)>, Fault> {
    let mut waiting: Vec<(usize, &Request, Vec<String>)> = Vec::new();
    for (at, node) in nodes.iter().enumerate() {
        let mut parents = used(&node.url, &node.body);
        // What refers to no node of the graph is found out when it is its turn.
        parents.retain(|parent| nodes.iter().any(|other| other.reference == *parent));
        waiting.push((at, node, parents));
    }
    let (mut order, mut done) = (Vec::with_capacity(nodes.len()), BTreeSet::new());
    while !waiting.is_empty() {
        let ready = waiting.iter().position(|(_, _, parents)| parents.iter().all(|parent| done.contains(parent)));
        let Some(ready) = ready else {
            return Err(Fault::bad("INVALID_INPUT", "The nodes of the graph refer to each other in a circle."));
        };
        let (at, node, _) = waiting.remove(ready);
        done.insert(node.reference.clone());
        order.push((at, node));
    }
    Ok(order)
}

/// The nodes in the order they are done in.
fn check(graph: &Graph) -> Result<Vec<(usize, &Request)>, Fault> {
    check_references(&graph.nodes)?;
    let order = ordered(&graph.nodes)?;
    let mut kinds = BTreeSet::new();
    let mut depths: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, node) in &order {
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
        false => Ok(order),
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

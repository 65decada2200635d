//! Graphs over positions: order and cycles. The only module that names the graph library.
//!
//! Everything here is linear in nodes and edges (the order: times a logarithm), keeps its own stacks instead of the
//! thread's, and gives the same answer for the same edges in any order.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};

/// An edge from the node that comes first to the one that comes after.
pub type Edge = (usize, usize);

/// All nodes, every edge leading forward, the smallest free node first; `None` when there is a cycle.
///
/// ```
/// use engage_engine::graph::order;
/// assert_eq!(order(3, &[(2, 0)]), Some(vec![1, 2, 0]));
/// assert_eq!(order(2, &[(0, 1), (1, 0)]), None);
/// ```
pub fn order(nodes: usize, edges: &[Edge]) -> Option<Vec<usize>> {
    let mut waiting = vec![0_usize; nodes];
    for (_, to) in edges {
        *waiting.get_mut(*to)? += 1;
    }
    let next = successors(nodes, edges);
    let mut free: BinaryHeap<Reverse<usize>> =
        waiting.iter().enumerate().filter(|(_, count)| **count == 0).map(|(node, _)| Reverse(node)).collect();
    let mut order = Vec::with_capacity(nodes);
    while let Some(Reverse(node)) = free.pop() {
        order.push(node);
        for edge in next.get(node).into_iter().flatten() {
            let (_, to) = edges.get(*edge)?;
            let count = waiting.get_mut(*to)?;
            *count -= 1;
            if *count == 0 {
                free.push(Reverse(*to));
            }
        }
    }
    (order.len() == nodes).then_some(order)
}

/// Which strongly connected component each node is in. Numbers mean nothing but "the same" and "another".
pub fn components(nodes: usize, edges: &[Edge]) -> Vec<usize> {
    let mut component = vec![0; nodes];
    for (number, members) in kosaraju_scc(&library_graph(nodes, edges)).into_iter().enumerate() {
        for member in members {
            if let Some(slot) = component.get_mut(member.index()) {
                *slot = number;
            }
        }
    }
    component
}

/// One cycle for every strongly connected component that has one: a shortest through the component's smallest node,
/// as positions in `edges`, each edge starting where the one before it ends. Ordered by that smallest node.
///
/// ```
/// use engage_engine::graph::cycles;
/// assert_eq!(cycles(4, &[(3, 1), (1, 2), (2, 3), (0, 1)]), vec![vec![1, 2, 0]]);
/// ```
pub fn cycles(nodes: usize, edges: &[Edge]) -> Vec<Vec<usize>> {
    let component = components(nodes, edges);
    let next = successors(nodes, edges);
    let mut seen = vec![false; nodes];
    let mut cycles = Vec::new();
    for start in 0..nodes {
        let Some(home) = component.get(start) else { continue };
        let Some(first) = seen.get_mut(*home) else { continue };
        if std::mem::replace(first, true) {
            continue;
        }
        if let Some(cycle) = shortest_cycle(start, edges, &next, &component) {
            cycles.push(cycle);
        }
    }
    cycles
}

/// Breadth first from `start` inside its component until an edge comes back to it.
fn shortest_cycle(start: usize, edges: &[Edge], next: &[Vec<usize>], component: &[usize]) -> Option<Vec<usize>> {
    let mut reached_by: std::collections::HashMap<usize, usize> = std::collections::HashMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for edge in next.get(node)? {
            let (_, to) = edges.get(*edge)?;
            if *to == start {
                return Some(path_back(start, *edge, edges, &reached_by));
            }
            if component.get(*to) == component.get(start) && !reached_by.contains_key(to) {
                reached_by.insert(*to, *edge);
                queue.push_back(*to);
            }
        }
    }
    None
}

fn path_back(start: usize, last: usize, edges: &[Edge], by: &std::collections::HashMap<usize, usize>) -> Vec<usize> {
    let mut path = vec![last];
    let mut edge = Some(last);
    while let Some((from, _)) = edge.and_then(|edge| edges.get(edge)) {
        if *from == start {
            break;
        }
        edge = by.get(from).copied();
        path.extend(edge);
    }
    path.reverse();
    path
}

/// For each node the edges that leave it, sorted by where they lead.
fn successors(nodes: usize, edges: &[Edge]) -> Vec<Vec<usize>> {
    let mut next = vec![Vec::new(); nodes];
    for (position, (from, _)) in edges.iter().enumerate() {
        if let Some(list) = next.get_mut(*from) {
            list.push(position);
        }
    }
    for list in &mut next {
        list.sort_by_key(|edge| edges.get(*edge).map(|(_, to)| *to));
    }
    next
}

fn library_graph(nodes: usize, edges: &[Edge]) -> DiGraph<(), ()> {
    let mut graph = DiGraph::with_capacity(nodes, edges.len());
    for _ in 0..nodes {
        graph.add_node(());
    }
    for (from, to) in edges.iter().filter(|(from, to)| *from < nodes && *to < nodes) {
        graph.add_edge(NodeIndex::new(*from), NodeIndex::new(*to), ());
    }
    graph
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_self_loop_is_a_cycle_and_a_diamond_is_not() {
        assert_eq!(cycles(1, &[(0, 0)]), vec![vec![0]]);
        assert_eq!(cycles(4, &[(0, 1), (0, 2), (1, 3), (2, 3)]), Vec::<Vec<usize>>::new());
        assert_eq!(order(4, &[(0, 1), (0, 2), (1, 3), (2, 3)]), Some(vec![0, 1, 2, 3]));
    }

    #[test]
    fn each_component_gives_one_cycle_the_shortest_through_its_smallest_node() {
        let edges = [(0, 1), (1, 2), (2, 0), (1, 0), (3, 4), (4, 3)];
        assert_eq!(cycles(5, &edges), vec![vec![0, 3], vec![4, 5]]);
    }

    #[test]
    fn a_long_chain_and_a_long_cycle_need_no_deep_stack() {
        let chain: Vec<Edge> = (0..100_000).map(|node| (node, node + 1)).collect();
        assert_eq!(order(100_001, &chain).map(|order| order.len()), Some(100_001));
        let mut ring = chain;
        ring.push((100_000, 0));
        assert_eq!(cycles(100_001, &ring).first().map(Vec::len), Some(100_001));
    }

    fn graph() -> impl Strategy<Value = (usize, Vec<Edge>)> {
        (1_usize..20).prop_flat_map(|nodes| (Just(nodes), prop::collection::vec((0..nodes, 0..nodes), 0..40)))
    }

    proptest! {
        #[test]
        fn there_is_an_order_or_a_cycle_never_both((nodes, edges) in graph()) {
            let cycles = cycles(nodes, &edges);
            match order(nodes, &edges) {
                Some(order) => {
                    prop_assert!(cycles.is_empty());
                    let rank = |node: usize| order.iter().position(|found| *found == node);
                    prop_assert!(edges.iter().all(|(from, to)| rank(*from) < rank(*to)));
                }
                None => prop_assert!(!cycles.is_empty()),
            }
            for cycle in cycles {
                let path: Vec<Edge> = cycle.iter().map(|edge| edges[*edge]).collect();
                for (edge, following) in path.iter().zip(path.iter().cycle().skip(1)) {
                    prop_assert_eq!(edge.1, following.0);
                }
            }
        }

        #[test]
        fn the_order_of_edges_does_not_matter((nodes, edges) in graph()) {
            let mut turned = edges.clone();
            turned.reverse();
            prop_assert_eq!(order(nodes, &edges), order(nodes, &turned));
        }
    }
}

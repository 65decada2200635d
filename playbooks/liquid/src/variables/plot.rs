//! The tree of variables while it grows, and where the values of a template come from.

use std::collections::{BTreeMap, BTreeSet};

use super::{Use, Variable, Variables};

/// A node of the tree.
pub(super) type Id = usize;

/// The input itself.
const INPUT: Id = 0;
/// Deeper fields are not told apart: the field above is then read as a whole.
const MAX_DEPTH: usize = 16;
/// Nor are more fields than this.
const MAX_NODES: usize = 4096;
/// Nor more places that one value may come from.
const MAX_ORIGINS: usize = 32;

/// Nodes, and whether nothing stands in for them where they are missing.
pub(super) type Nodes = BTreeMap<Id, bool>;

/// Where a value may come from. Nothing of the input, if both are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Origin {
    /// It may be one of these.
    pub(super) is: Nodes,
    /// It may be a list with these among its items.
    pub(super) items: Nodes,
}

impl Origin {
    pub(super) fn join(mut self, other: &Origin) -> Origin {
        for (nodes, more) in [(&mut self.is, &other.is), (&mut self.items, &other.items)] {
            more.iter().for_each(|(id, needed)| *nodes.entry(*id).or_default() |= needed);
        }
        self
    }

    /// Something stands in for the value where it is missing.
    pub(super) fn spared(mut self) -> Origin {
        self.is.values_mut().chain(self.items.values_mut()).for_each(|needed| *needed = false);
        self
    }
}

#[derive(Debug, Default)]
struct Node {
    variable: Variable,
    parent: Id,
    depth: usize,
    fields: BTreeMap<String, Id>,
    items: Option<Id>,
}

#[derive(Debug)]
pub(super) struct Plot {
    nodes: Vec<Node>,
    pub(super) dynamic: bool,
    /// The line that is read.
    pub(super) line: usize,
    /// Nodes that are known to be there where the template is read.
    pub(super) present: Vec<BTreeSet<Id>>,
    /// How often something was learnt.
    pub(super) changes: usize,
}

impl Plot {
    pub(super) fn new() -> Self {
        Self { nodes: vec![Node::default()], dynamic: false, line: 1, present: Vec::new(), changes: 0 }
    }

    fn grow(&mut self, parent: Id) -> Option<Id> {
        let depth = self.nodes.get(parent).map_or(0, |node| node.depth) + 1;
        if depth > MAX_DEPTH || self.nodes.len() >= MAX_NODES {
            self.whole(parent);
            return None;
        }
        let variable = Variable { line: self.line, ..Variable::default() };
        self.nodes.push(Node { variable, parent, depth, ..Node::default() });
        self.changes += 1;
        Some(self.nodes.len() - 1)
    }

    fn whole(&mut self, id: Id) {
        if id == INPUT {
            self.dynamic = true;
        }
        self.learn(id, Use::Whole);
    }

    fn learn(&mut self, id: Id, used: Use) {
        let learnt = self.nodes.get_mut(id).is_some_and(|node| node.variable.uses.insert(used));
        self.changes += usize::from(learnt);
    }

    fn field_of(&mut self, id: Id, name: &str) -> Option<Id> {
        if let Some(known) = self.nodes.get(id).and_then(|node| node.fields.get(name)) {
            return Some(*known);
        }
        let field = self.grow(id)?;
        self.nodes.get_mut(id)?.fields.insert(name.to_owned(), field);
        Some(field)
    }

    fn item_of(&mut self, id: Id) -> Option<Id> {
        if let Some(known) = self.nodes.get(id).and_then(|node| node.items) {
            return Some(known);
        }
        let item = self.grow(id)?;
        self.nodes.get_mut(id)?.items = Some(item);
        Some(item)
    }

    /// The field of the input of that name.
    pub(super) fn root(&mut self, name: &str) -> Origin {
        Origin { is: self.field_of(INPUT, name).map(|id| (id, true)).into_iter().collect(), items: Nodes::new() }
    }

    pub(super) fn field(&mut self, origin: &Origin, name: &str) -> Origin {
        let fields = origin.is.iter().filter_map(|(id, needed)| Some((self.field_of(*id, name)?, *needed)));
        let is = fields.collect();
        self.bound(Origin { is, items: Nodes::new() })
    }

    pub(super) fn item(&mut self, origin: &Origin) -> Origin {
        let items = origin.is.iter().filter_map(|(id, needed)| Some((self.item_of(*id)?, *needed)));
        let is = items.collect();
        let made = Origin { is: origin.items.clone(), items: Nodes::new() };
        self.bound(Origin { is, items: Nodes::new() }.join(&made))
    }

    /// What comes from too many places is read as a whole in each, and no more followed.
    pub(super) fn bound(&mut self, origin: Origin) -> Origin {
        if origin.is.len() + origin.items.len() <= MAX_ORIGINS {
            return origin;
        }
        origin.is.keys().chain(origin.items.keys()).for_each(|id| self.whole(*id));
        Origin::default()
    }

    /// The value is used. If it is `needed`, nothing stands in for it where it is missing.
    pub(super) fn mark(&mut self, origin: &Origin, used: Use, needed: bool) {
        origin.is.keys().for_each(|id| self.learn(*id, used));
        if needed {
            self.need(origin);
        }
    }

    /// The value has to be there, if nothing stands in for it.
    pub(super) fn need(&mut self, origin: &Origin) {
        origin.is.iter().filter(|(_, needed)| **needed).for_each(|(id, _)| self.need_node(*id));
    }

    /// The node and all above it have to be there, up to one that is known to be.
    fn need_node(&mut self, mut id: Id) {
        while id != INPUT && !self.present.iter().any(|present| present.contains(&id)) {
            let Some(node) = self.nodes.get_mut(id) else { return };
            self.changes += usize::from(!node.variable.required);
            node.variable.required = true;
            id = node.parent;
        }
    }

    /// The nodes of a value and all above them.
    pub(super) fn with_parents(&self, origin: &Origin) -> BTreeSet<Id> {
        let mut all = BTreeSet::new();
        for id in origin.is.keys() {
            let mut id = *id;
            while id != INPUT && all.insert(id) {
                id = self.nodes.get(id).map_or(INPUT, |node| node.parent);
            }
        }
        all
    }

    /// The tree. Its depth is bounded by [`MAX_DEPTH`].
    pub(super) fn finish(self) -> Variables {
        let roots = self.nodes.get(INPUT).map(|input| self.fields(input)).unwrap_or_default();
        Variables { roots, dynamic: self.dynamic }
    }

    fn fields(&self, node: &Node) -> BTreeMap<String, Variable> {
        node.fields.iter().filter_map(|(name, id)| Some((name.clone(), self.variable(*id)?))).collect()
    }

    fn variable(&self, id: Id) -> Option<Variable> {
        let node = self.nodes.get(id)?;
        let items = node.items.and_then(|items| self.variable(items)).map(Box::new);
        Some(Variable { fields: self.fields(node), items, ..node.variable.clone() })
    }
}

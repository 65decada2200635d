//! Which queries bring the records of connected parts, and how they hang together.
//!
//! The search is breadth first, trip by trip: everything that can be joined to the queries of a trip is, before
//! anything waits for the next one. That gives the least depth; sharing of requests comes later.

mod value;

use std::collections::VecDeque;

use super::{By, JoinWire, PartShape};
use crate::adapter::{Capabilities, JoinSort};
use crate::catalog::{Part, Pattern, Requirement, Slot};
use crate::ids::FieldName;
use crate::plan::InputShape;

/// What the search is given.
pub(super) struct Ground<'a> {
    pub(super) pattern: &'a Pattern,
    pub(super) shape: &'a InputShape,
    pub(super) capabilities: &'a Capabilities,
    /// Which parts take part.
    pub(super) members: Vec<bool>,
    /// Which requirements join members.
    pub(super) joins: Vec<bool>,
    /// The part whose instances make the matches of a read; none before a write.
    pub(super) root: Option<usize>,
}

/// A part in the tree.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) part: usize,
    pub(super) found: Found,
    pub(super) query: usize,
    /// Joins between this part and the root of its query.
    way: Way,
    /// The most records that can come, where that is known.
    pub(super) rows: Option<usize>,
    /// A requirement that no query applies is checked here by the engine.
    pub(super) checked_locally: bool,
}

/// The joins between a part and the root of its query.
#[derive(Debug, Clone, Copy, Default)]
struct Way {
    depth: usize,
    /// How many of them are to many records.
    many: usize,
    /// One of them is to one record.
    up: bool,
}

/// How a part's records are found.
#[derive(Debug)]
pub(super) enum Found {
    /// By the input or by the part itself.
    Directly(By),
    /// From another part.
    Joined { from: usize, field: usize, other: usize, wire: JoinWire, many: bool },
}

impl Found {
    /// Whether the records come inside another part's query.
    pub(super) fn is_nested(&self) -> bool {
        matches!(self, Self::Joined { wire: JoinWire::Nested | JoinWire::ByValue, .. })
    }
}

/// A query: a part and what is joined to it.
#[derive(Debug)]
pub(super) struct Query {
    /// 1-based.
    pub(super) trip: usize,
    /// The node whose values an In-list needs.
    pub(super) parent: Option<usize>,
    pub(super) nodes: Vec<usize>,
    /// The deepest join.
    pub(super) depth: usize,
    to_one: usize,
    to_many: usize,
    /// It joins by values, and so is of the form that does.
    by_value: bool,
}

impl Query {
    fn new(trip: usize, parent: Option<usize>) -> Self {
        Self { trip, parent, nodes: Vec::new(), depth: 0, to_one: 0, to_many: 0, by_value: false }
    }
}

/// What the search finds.
pub(super) struct Tree<'g, 'a> {
    ground: &'g Ground<'a>,
    pub(super) nodes: Vec<Node>,
    pub(super) queries: Vec<Query>,
    /// The node of each part.
    pub(super) node_of: Vec<Option<usize>>,
    /// Requirement and source that each node was reached by.
    via: Vec<Option<(usize, usize)>>,
    fresh: VecDeque<usize>,
    cuts: VecDeque<Edge>,
    /// Cuts whose values the input gives.
    known: VecDeque<Edge>,
    anchors: Vec<bool>,
    /// Per node the fields that In-lists take their values from.
    lists: Vec<Vec<usize>>,
}

/// A way from a node to a part.
#[derive(Debug, Clone, Copy)]
struct Edge {
    from: usize,
    /// Certain ways first: not deferred, not optional, without alternatives.
    rank: (bool, bool, bool),
    requirement: usize,
    source: usize,
    part: usize,
    field: usize,
    other: usize,
}

impl<'g, 'a> Tree<'g, 'a> {
    pub(super) fn new(ground: &'g Ground<'a>) -> Self {
        let parts = ground.pattern.parts.len();
        Self {
            ground,
            nodes: Vec::with_capacity(parts),
            queries: Vec::new(),
            node_of: vec![None; parts],
            via: Vec::with_capacity(parts),
            fresh: VecDeque::new(),
            cuts: VecDeque::new(),
            known: VecDeque::new(),
            anchors: vec![false; parts],
            lists: Vec::with_capacity(parts),
        }
    }

    /// Reads everything that the anchors lead to; the first is where the search starts.
    pub(super) fn grow_from(&mut self, anchors: &[usize]) {
        for anchor in anchors {
            if let Some(slot) = self.anchors.get_mut(*anchor) {
                *slot = true;
            }
        }
        for anchor in anchors {
            if !self.has(*anchor) {
                self.plant(*anchor);
                self.spread();
            }
        }
        self.follow_cuts();
    }

    /// Reads a part by its own condition, sort and limit, and what it leads to.
    pub(super) fn grow_own(&mut self, part: usize) {
        self.plant(part);
        self.spread();
        self.follow_cuts();
    }

    /// Whether a part is in the tree.
    pub(super) fn has(&self, part: usize) -> bool {
        self.node_of.get(part).copied().flatten().is_some()
    }

    /// A part as the catalog has it.
    pub(super) fn part(&self, position: usize) -> Option<&'a Part> {
        self.ground.pattern.parts.get(position)
    }

    fn plant(&mut self, part: usize) {
        let (by, rows) = match self.ground.shape.parts.get(part).and_then(Option::as_ref) {
            Some(PartShape::Given { instances, .. }) => (By::Id, Some(instances.len())),
            Some(PartShape::Filter { key: Some(_) }) => (By::Filter, Some(1)),
            Some(PartShape::Filter { key: None }) => (By::Filter, self.limit(part)),
            None => (By::Own, self.limit(part)),
        };
        let query = self.queries.len();
        self.queries.push(Query::new(1, None));
        let node = Node { part, found: Found::Directly(by), query, way: Way::default(), rows, checked_locally: false };
        self.add(node, None);
    }

    fn limit(&self, part: usize) -> Option<usize> {
        self.part(part)?.limit.and_then(|limit| usize::try_from(limit).ok())
    }

    fn add(&mut self, node: Node, via: Option<(usize, usize)>) {
        let position = self.nodes.len();
        if let Some(slot) = self.node_of.get_mut(node.part) {
            *slot = Some(position);
        }
        if let Some(query) = self.queries.get_mut(node.query) {
            query.nodes.push(position);
            query.depth = query.depth.max(node.way.depth);
        }
        self.nodes.push(node);
        self.via.push(via);
        self.lists.push(Vec::new());
        self.fresh.push_back(position);
    }

    /// Joins whatever can be joined to the queries there are; the rest waits among the cuts.
    fn spread(&mut self) {
        loop {
            while let Some(node) = self.fresh.pop_front() {
                for edge in self.edges(node) {
                    self.follow(edge);
                }
            }
            let Some(edge) = self.known.pop_front() else { return };
            self.list(&edge);
        }
    }

    fn follow(&mut self, edge: Edge) {
        if self.has(edge.part) {
            return;
        }
        if self.nestable(&edge) {
            self.nest(&edge);
        } else if self.anchors.get(edge.part) == Some(&true) {
            // It has its own filter, so it need not wait for a list of values.
            self.plant(edge.part);
        } else if self.knows_ids(&edge) {
            self.known.push_back(edge);
        } else {
            self.cuts.push_back(edge);
        }
    }

    fn follow_cuts(&mut self) {
        while let Some(edge) = self.cuts.pop_front() {
            self.list(&edge);
            self.spread();
        }
    }

    /// Whether the values of a list are Ids that the input gives, so that nothing has to be waited for.
    fn knows_ids(&self, edge: &Edge) -> bool {
        let by_id = |node: &Node| {
            let all = self.part(node.part).is_some_and(|part| part.filter.is_none());
            matches!(node.found, Found::Directly(By::Id)) && all && self.is_id(node.part, edge.other)
        };
        self.nodes.get(edge.from).is_some_and(by_id)
    }

    /// Reads a part by a list of another part's values, in a query of its own.
    fn list(&mut self, edge: &Edge) {
        let above = self.nodes.get(edge.from).and_then(|from| self.queries.get(from.query)).map(|query| query.trip);
        let Some(above) = above.filter(|_| !self.has(edge.part)) else { return };
        let (trip, parent) = if self.knows_ids(edge) { (above, None) } else { (above + 1, Some(edge.from)) };
        let query = self.queries.len();
        self.queries.push(Query::new(trip, parent));
        if let Some(fields) = self.lists.get_mut(edge.from) {
            fields.push(edge.other);
        }
        self.join(edge, JoinWire::InList, query, Way::default());
    }

    fn nest(&mut self, edge: &Edge) {
        let Some((query, way)) = self.nodes.get(edge.from).map(|from| (from.query, from.way)) else { return };
        let many = self.many(edge);
        let by_value = self.needs_value(edge);
        let way = Way { depth: way.depth + 1, many: way.many + usize::from(many), up: way.up || !many };
        if let Some(query) = self.queries.get_mut(query) {
            if many {
                query.to_many += 1;
            } else {
                query.to_one += 1;
            }
            query.by_value |= by_value;
        }
        self.join(edge, if by_value { JoinWire::ByValue } else { JoinWire::Nested }, query, way);
    }

    fn join(&mut self, edge: &Edge, wire: JoinWire, query: usize, way: Way) {
        let many = self.many(edge);
        let above = self.nodes.get(edge.from).and_then(|from| from.rows);
        let one_each =
            !many || self.part(edge.part).is_some_and(|part| !part.multiple) && self.ground.root != Some(edge.part);
        let rows = if one_each {
            above
        } else {
            above.zip(self.limit(edge.part)).and_then(|(rows, limit)| rows.checked_mul(limit))
        };
        let found = Found::Joined { from: edge.from, field: edge.field, other: edge.other, wire, many };
        let node = Node { part: edge.part, found, query, way, rows, checked_locally: false };
        self.add(node, Some((edge.requirement, edge.source)));
    }

    fn nestable(&self, edge: &Edge) -> bool {
        let limits = &self.ground.capabilities.join;
        let Some(from) = self.nodes.get(edge.from) else { return false };
        let Some(query) = self.queries.get(from.query) else { return false };
        let room = if self.many(edge) {
            query.to_many < limits.max_to_many
                && from.way.many < limits.many_depth
                && (limits.many_below_one || !from.way.up)
        } else {
            query.to_one < limits.max_to_one
        };
        from.way.depth < limits.depth
            && room
            && query.to_one + query.to_many < limits.max_total
            && (!self.needs_value(edge) || self.has_values(edge))
            && self.fits_by_value(edge, query)
            && (limits.repeats || !self.followed(query, edge))
    }

    /// Whether one side is an Id, and the other a reference that names its relationship.
    fn has_relationship(&self, edge: &Edge, from: usize) -> bool {
        let named = |part: usize, field: usize| {
            let field = self.part(part).and_then(|part| part.entity.fields.get(field));
            field.is_some_and(|field| field.via.is_some())
        };
        self.is_id(edge.part, edge.field) && named(from, edge.other)
            || self.is_id(from, edge.other) && named(edge.part, edge.field)
    }

    /// Whether the query already follows the same reference from the same record to its many.
    fn followed(&self, query: &Query, edge: &Edge) -> bool {
        let column = |part: usize, field: usize| {
            let entity = &self.part(part)?.entity;
            Some((&entity.crm_type, entity.fields.get(field)?.read_column.as_ref()))
        };
        let same = |node: &Node| match &node.found {
            Found::Joined { from, field, other, many: true, .. } => {
                (*from, *other) == (edge.from, edge.other) && column(node.part, *field) == column(edge.part, edge.field)
            }
            _ => false,
        };
        self.many(edge) && query.nodes.iter().filter_map(|node| self.nodes.get(*node)).any(same)
    }

    /// Whether a row can have several joined rows.
    fn many(&self, edge: &Edge) -> bool {
        !self.is_id(edge.part, edge.field)
    }

    fn is_id(&self, part: usize, field: usize) -> bool {
        self.part(part).and_then(|part| part.entity.fields.get(field)).is_some_and(|field| field.name.is_id())
    }

    /// The ways on from a node, the most certain first.
    fn edges(&self, node: usize) -> Vec<Edge> {
        let Some(part) = self.nodes.get(node).map(|node| node.part) else { return Vec::new() };
        let Some(definition) = self.part(part) else { return Vec::new() };
        let mut edges = Vec::new();
        for (position, requirement) in self.requirements(&definition.incoming) {
            for (source, slot) in requirement.sources.iter().enumerate() {
                edges.extend(self.edge(node, position, source, *slot, requirement.dependent));
            }
        }
        for (position, requirement) in self.requirements(&definition.outgoing) {
            let here = requirement.sources.iter().enumerate().filter(|(_, slot)| slot.part == part);
            edges.extend(
                here.filter_map(|(source, slot)| self.edge(node, position, source, requirement.dependent, *slot)),
            );
        }
        let last = |edge: &Edge| self.ground.capabilities.join.by_value.is_some() && self.needs_value(edge);
        edges.sort_unstable_by_key(|edge| (edge.rank, last(edge), edge.requirement, edge.source));
        edges
    }

    fn requirements(&self, positions: &'a [usize]) -> impl Iterator<Item = (usize, &'a Requirement)> + use<'a, 'g> {
        let ground = self.ground;
        let joining = positions.iter().filter(move |position| ground.joins.get(**position) == Some(&true));
        joining.filter_map(move |position| Some((*position, ground.pattern.requirements.get(*position)?)))
    }

    fn edge(&self, from: usize, position: usize, source: usize, to: Slot, here: Slot) -> Option<Edge> {
        let requirement = self.ground.pattern.requirements.get(position)?;
        let member = self.ground.members.get(to.part) == Some(&true);
        let rank = (requirement.deferred, requirement.optional, requirement.sources.len() > 1);
        (member && !self.has(to.part)).then_some(Edge {
            from,
            rank,
            requirement: position,
            source,
            part: to.part,
            field: to.field,
            other: here.field,
        })
    }

    /// Marks where the engine itself checks requirements that no query applies; answers the fields needed for it.
    pub(super) fn check_locally(&mut self) -> Vec<Slot> {
        let mut needed = Vec::new();
        let ground = self.ground;
        for (position, requirement) in ground.pattern.requirements.iter().enumerate() {
            if ground.joins.get(position) != Some(&true) {
                continue;
            }
            for (source, slot) in requirement.sources.iter().enumerate() {
                let node = |part: usize| self.node_of.get(part).copied().flatten();
                let (Some(a), Some(b)) = (node(requirement.dependent.part), node(slot.part)) else { continue };
                let applied = |node: usize| self.via.get(node).copied().flatten() == Some((position, source));
                if applied(a) || applied(b) {
                    continue;
                }
                needed.extend([requirement.dependent, *slot]);
                if let Some(later) = self.nodes.get_mut(a.max(b)) {
                    later.checked_locally = true;
                }
            }
        }
        needed
    }

    /// Whether the engine cuts down what a query brings for a node. Then its limit stays off the wire.
    pub(super) fn over_fetch(&self, node: &Node) -> bool {
        let Some(part) = self.part(node.part) else { return false };
        if node.checked_locally {
            return true;
        }
        let root = self.ground.root == Some(node.part);
        match &node.found {
            Found::Directly(_) => root && part.limit.is_some() && self.drops_matches(node),
            Found::Joined { .. } if root => part.limit.is_some(),
            Found::Joined { many: false, .. } => false,
            Found::Joined { from, wire, .. } => {
                let first = self.ground.root.is_some() && !part.multiple && part.sort.is_some();
                (part.limit.is_some() || first) && !self.limited_on_wire(node, *from, *wire)
            }
        }
    }

    fn limited_on_wire(&self, node: &Node, from: usize, wire: JoinWire) -> bool {
        match wire {
            _ if self.queries.get(node.query).is_some_and(|query| query.by_value) => false,
            JoinWire::InList => self.nodes.get(from).and_then(|from| from.rows).is_some_and(|rows| rows <= 1),
            JoinWire::Nested | JoinWire::ByValue => match self.ground.capabilities.join.sorted {
                JoinSort::Wire => true,
                JoinSort::WireWhenFlat => self.queries.get(node.query).is_some_and(|query| query.depth <= 1),
                JoinSort::Local => false,
            },
        }
    }

    /// Whether a row of the root may be no match in the end.
    fn drops_matches(&self, root: &Node) -> bool {
        self.nodes.iter().any(|node| {
            let anchor = self.anchors.get(node.part) == Some(&true);
            let needed = self.part(node.part).is_some_and(|part| !part.optional);
            node.part != root.part && (anchor || needed || node.checked_locally)
        })
    }

    /// Whether the number of requests is settled before anything is read.
    pub(super) fn exact(&self) -> bool {
        let most = self.ground.capabilities.in_list;
        let fits = |rows: Option<usize>| rows.is_some_and(|rows| rows <= most);
        self.nodes.iter().all(|node| match &node.found {
            Found::Directly(By::Id) => fits(node.rows),
            Found::Directly(_) | Found::Joined { wire: JoinWire::Nested | JoinWire::ByValue, .. } => true,
            Found::Joined { from, .. } => fits(self.nodes.get(*from).and_then(|from| from.rows)),
        })
    }

    /// The fields of a node whose values other queries are given as In-lists.
    pub(super) fn listed(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        self.lists.get(node).into_iter().flatten().copied()
    }

    /// How the reading step of a node finds its records, its parent's step being `step`.
    pub(super) fn by(&self, node: &Node, step: usize) -> Option<By> {
        match &node.found {
            Found::Directly(by) => Some(by.clone()),
            Found::Joined { from, field, other, wire, .. } => {
                let other_part = self.nodes.get(*from)?.part;
                let field = self.field(node.part, *field)?;
                Some(By::Join { step, field, other: self.field(other_part, *other)?, wire: *wire })
            }
        }
    }

    fn field(&self, part: usize, position: usize) -> Option<FieldName> {
        Some(self.part(part)?.entity.fields.get(position)?.name.clone())
    }
}

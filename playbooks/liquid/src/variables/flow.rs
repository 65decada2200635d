//! Follows the values of a template from the input to their uses.
//!
//! The template is read as often as something new is learnt: what a turn of a loop assigns, the next turn reads.

use std::collections::BTreeSet;

use super::bindings::{Binding, Bindings, Changes};
use super::plot::{Id, Nodes, Origin, Plot};
use super::{Use, Variables, filters};
use crate::tree::{
    Body, Branch, Case, Chain, Cycle, For, Group, If, Literal, Node, NodeKind, Offset, Operator, Path, Segment, Term,
};

/// More readings are not made: everything may then be read.
const MAX_READINGS: usize = 8;

/// The state of one reading.
pub(super) struct Flow<'t> {
    pub(super) plot: Plot,
    bindings: Bindings<'t>,
    /// The variables of the loops around, and `forloop` and `tablerowloop`, which are nothing of the input.
    scopes: Vec<(&'t str, Origin)>,
    /// What the turns of each loop left in the reading before, by the order of the loops.
    carried: Vec<Changes<'t>>,
    loops: usize,
    /// Where each loop around began, and what is assigned where it breaks off.
    exits: Vec<(usize, Vec<Changes<'t>>)>,
    /// The path that is read is only asked for.
    asking: bool,
}

/// What a template reads.
pub(crate) fn variables(body: &Body) -> Variables {
    let mut flow = Flow {
        plot: Plot::new(),
        bindings: Bindings::default(),
        scopes: Vec::new(),
        carried: Vec::new(),
        loops: 0,
        exits: Vec::new(),
        asking: false,
    };
    for _ in 0..MAX_READINGS {
        let (before, carried) = (flow.plot.changes, flow.carried.clone());
        (flow.bindings, flow.loops) = (Bindings::default(), 0);
        flow.body(body);
        if flow.plot.changes == before && flow.carried == carried {
            return flow.plot.finish();
        }
    }
    flow.plot.dynamic = true;
    flow.plot.finish()
}

impl<'t> Flow<'t> {
    pub(super) fn mark(&mut self, origin: &Origin, used: Use, needed: bool) {
        self.plot.mark(origin, used, needed);
    }

    /// The items of a made list are used with it.
    pub(super) fn mark_items(&mut self, origin: &Origin, used: Use) {
        let items = Origin { is: origin.items.clone(), items: Nodes::new() };
        self.plot.mark(&items, used, true);
    }

    fn body(&mut self, body: &'t Body) {
        for node in body {
            self.plot.line = node.line;
            self.node(node);
        }
    }

    fn node(&mut self, node: &'t Node) {
        match &node.kind {
            NodeKind::Text { .. } => {}
            NodeKind::Output(chain) => self.printed(chain),
            NodeKind::Assign { name, value } => {
                let origin = self.chain(value);
                self.plot.need(&origin);
                let origin = self.plot.bound(origin);
                self.bindings.set(name, Binding { origin: origin.into(), unset: false });
            }
            NodeKind::Capture { name, body } => {
                self.body(body);
                self.bindings.set(name, Binding::default());
            }
            NodeKind::If(tag) => self.branches(tag),
            NodeKind::Case(tag) => self.case(tag),
            NodeKind::For(tag) => self.looping(tag),
            NodeKind::Cycle(tag) => self.cycle(tag),
            NodeKind::Count { name, .. } => {
                let origin = self.bindings.get(name).map(|binding| binding.origin.clone()).unwrap_or_default();
                self.bindings.set(name, Binding { origin, unset: false });
            }
            NodeKind::IfChanged(body) => self.body(body),
            NodeKind::Break | NodeKind::Continue => {
                if let Some((depth, exits)) = self.exits.last_mut() {
                    exits.push(self.bindings.since(*depth));
                }
            }
        }
    }

    fn printed(&mut self, chain: &'t Chain) {
        let origin = self.chain(chain);
        self.mark(&origin, Use::Text, true);
        self.mark_items(&origin, Use::Text);
    }

    /// The value of a chain. A `default` anywhere in it stands in for a missing one.
    fn chain(&mut self, chain: &'t Chain) -> Origin {
        let spared = chain.filters.iter().any(|call| call.filter.name == "default");
        let origin = if spared { self.asked(&chain.value).spared() } else { self.term(&chain.value) };
        chain.filters.iter().fold(origin, |origin, call| filters::apply(self, &origin, call))
    }

    /// A term that may be missing.
    pub(super) fn asked(&mut self, term: &'t Term) -> Origin {
        let outer = std::mem::replace(&mut self.asking, true);
        let origin = self.term(term);
        self.asking = outer;
        origin
    }

    /// A term within another.
    fn inner(&mut self, term: &'t Term) -> Origin {
        let outer = std::mem::replace(&mut self.asking, false);
        let origin = self.term(term);
        self.asking = outer;
        origin
    }

    pub(super) fn term(&mut self, term: &'t Term) -> Origin {
        match term {
            Term::Literal(_) => Origin::default(),
            Term::Range(range) => {
                for end in [&range.0, &range.1] {
                    let end = self.inner(end);
                    self.mark(&end, Use::Number, true);
                }
                Origin::default()
            }
            Term::Path(path) => self.path(path),
        }
    }

    fn path(&mut self, path: &'t Path) -> Origin {
        let mut origin = match &path.root {
            Segment::Name(name) => self.variable(name),
            Segment::Index(Term::Literal(Literal::Text(name))) => self.variable(name),
            Segment::Index(index) => {
                let index = self.inner(index);
                self.mark(&index, Use::Text, true);
                self.plot.dynamic = true;
                return Origin::default();
            }
        };
        for segment in &path.segments {
            origin = self.segment(&origin, segment);
        }
        origin
    }

    fn segment(&mut self, origin: &Origin, segment: &'t Segment) -> Origin {
        match segment {
            Segment::Name(name) if matches!(&**name, "first" | "last") => {
                self.mark(origin, Use::List, false);
                self.plot.item(origin)
            }
            Segment::Name(name) if &**name == "size" => {
                self.mark(origin, Use::Size, !self.asking);
                Origin::default()
            }
            Segment::Name(name) | Segment::Index(Term::Literal(Literal::Text(name))) => self.plot.field(origin, name),
            Segment::Index(Term::Literal(Literal::Number { .. })) => {
                self.mark(origin, Use::List, false);
                self.plot.item(origin)
            }
            Segment::Index(index) => {
                let index = self.inner(index);
                self.mark(&index, Use::Text, true);
                self.mark(origin, Use::Whole, true);
                self.mark_items(origin, Use::Whole);
                Origin::default()
            }
        }
    }

    fn variable(&mut self, name: &str) -> Origin {
        if let Some((_, origin)) = self.scopes.iter().rev().find(|(variable, _)| *variable == name) {
            return origin.clone();
        }
        match self.bindings.get(name).cloned() {
            Some(Binding { origin, unset: false }) => Origin::clone(&origin),
            Some(Binding { origin, unset: true }) => {
                let root = self.plot.root(name);
                self.plot.bound(Origin::clone(&origin).join(&root))
            }
            None => self.plot.root(name),
        }
    }

    fn branches(&mut self, tag: &'t If) {
        let mut ways = Vec::new();
        for Branch { condition, negated, body } in &tag.branches {
            let present = self.condition(condition, *negated);
            ways.push(self.aside(body, present));
        }
        ways.push(self.otherwise(tag.otherwise.as_ref()));
        self.bindings.meet(&ways);
    }

    /// A body that may be rendered, with what is known to be there in it.
    fn aside(&mut self, body: &'t Body, present: BTreeSet<Id>) -> Changes<'t> {
        self.bindings.open();
        self.plot.present.push(present);
        self.body(body);
        self.plot.present.pop();
        self.bindings.close()
    }

    /// The last branch, which may be none.
    fn otherwise(&mut self, body: Option<&'t Body>) -> Changes<'t> {
        body.map(|body| self.aside(body, BTreeSet::new())).unwrap_or_default()
    }

    fn case(&mut self, tag: &'t Case) {
        let mut ways = Vec::new();
        let subject = self.asked(&tag.subject);
        // Liquid goes on to the next `when` after one that fits: it may see what the first assigned.
        self.bindings.open();
        for when in &tag.whens {
            for term in &when.terms {
                self.compared(&subject, term, Operator::Equal);
                let origin = self.asked(term);
                self.compared(&origin, &tag.subject, Operator::Equal);
            }
            let way = self.aside(&when.body, BTreeSet::new());
            self.bindings.meet(&[way.clone(), Changes::new()]);
            ways.push(way);
        }
        self.bindings.close();
        ways.push(self.otherwise(tag.otherwise.as_ref()));
        self.bindings.meet(&ways);
    }

    fn looping(&mut self, tag: &'t For) {
        let list = if tag.otherwise.is_some() { self.asked(&tag.list) } else { self.term(&tag.list) };
        self.mark(&list, Use::List, tag.otherwise.is_none());
        let item = self.plot.item(&list);
        self.options(tag);
        self.scopes.push((if tag.table.is_some() { "tablerowloop" } else { "forloop" }, Origin::default()));
        self.scopes.push((&tag.variable, item));
        let present = self.certain(&list);
        let end = self.turns(&tag.body, present);
        self.scopes.truncate(self.scopes.len().saturating_sub(2));
        let ways = [end, self.otherwise(tag.otherwise.as_ref())];
        self.bindings.meet(&ways);
    }

    /// The body of a loop: it begins with what was before the loop or what another turn left.
    fn turns(&mut self, body: &'t Body, present: BTreeSet<Id>) -> Changes<'t> {
        let id = self.loops;
        self.loops += 1;
        if self.carried.len() < self.loops {
            self.carried.push(Changes::new());
        }
        self.exits.push((self.bindings.depth(), Vec::new()));
        self.bindings.open();
        if let Some(carried) = self.carried.get(id) {
            self.bindings.meet(&[carried.clone(), Changes::new()]);
        }
        self.plot.present.push(present);
        self.body(body);
        self.plot.present.pop();
        let end = self.bindings.close();
        let (_, mut ways) = self.exits.pop().unwrap_or_default();
        ways.push(end);
        self.bindings.open();
        self.bindings.meet(&ways);
        let end = self.bindings.close();
        if let Some(carried) = self.carried.get_mut(id) {
            carried.clone_from(&end);
        }
        end
    }

    fn options(&mut self, tag: &'t For) {
        let offset = match &tag.offset {
            Some(Offset::At(term)) => Some(term),
            _ => None,
        };
        let columns = tag.table.as_ref().and_then(|table| table.columns.as_ref());
        for term in [offset, tag.limit.as_ref(), columns].into_iter().flatten() {
            let origin = self.term(term);
            self.mark(&origin, Use::Number, true);
        }
    }

    fn cycle(&mut self, tag: &'t Cycle) {
        if let Group::Named(name) = &tag.group {
            let name = self.asked(name);
            self.mark(&name, Use::Text, false);
        }
        for value in &tag.values {
            let value = self.term(value);
            self.mark(&value, Use::Text, true);
            self.mark_items(&value, Use::Text);
        }
    }
}

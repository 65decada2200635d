//! What the variables of a template may be at the place that is read.
//!
//! Only what a branch assigns is looked at where branches meet, not all that is assigned.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::plot::Origin;

/// What an assigned variable may be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Binding {
    pub(super) origin: Rc<Origin>,
    /// It may not be assigned yet, so that its name means a field of the input.
    pub(super) unset: bool,
}

/// Variables that a branch assigned; nothing where it is not assigned after all.
pub(super) type Changes<'t> = BTreeMap<&'t str, Option<Binding>>;

/// The variables here, and how to get back to where the branches around began.
#[derive(Debug, Default)]
pub(super) struct Bindings<'t> {
    now: BTreeMap<&'t str, Binding>,
    before: Vec<Changes<'t>>,
}

impl<'t> Bindings<'t> {
    pub(super) fn get(&self, name: &str) -> Option<&Binding> {
        self.now.get(name)
    }

    pub(super) fn set(&mut self, name: &'t str, binding: Binding) {
        self.put(name, Some(binding));
    }

    fn put(&mut self, name: &'t str, binding: Option<Binding>) {
        let before = self.replace(name, binding);
        if let Some(branch) = self.before.last_mut() {
            branch.entry(name).or_insert(before);
        }
    }

    fn replace(&mut self, name: &'t str, binding: Option<Binding>) -> Option<Binding> {
        match binding {
            Some(binding) => self.now.insert(name, binding),
            None => self.now.remove(name),
        }
    }

    /// How many branches are open.
    pub(super) fn depth(&self) -> usize {
        self.before.len()
    }

    /// Begins a branch.
    pub(super) fn open(&mut self) {
        self.before.push(Changes::new());
    }

    /// Ends a branch: gives back what it assigned, and everything is as before it.
    pub(super) fn close(&mut self) -> Changes<'t> {
        let before = self.before.pop().unwrap_or_default();
        before.into_iter().map(|(name, binding)| (name, self.replace(name, binding))).collect()
    }

    /// What is assigned since that many branches were open.
    pub(super) fn since(&self, depth: usize) -> Changes<'t> {
        let names = self.before.iter().skip(depth).flat_map(BTreeMap::keys);
        names.map(|name| (*name, self.now.get(name).cloned())).collect()
    }

    /// One of several ways was taken.
    pub(super) fn meet(&mut self, ways: &[Changes<'t>]) {
        let names: BTreeSet<&'t str> = ways.iter().flat_map(BTreeMap::keys).copied().collect();
        for name in names {
            let here = self.now.get(name).cloned();
            let mut ends = ways.iter().map(|way| way.get(name).unwrap_or(&here));
            let first = ends.next().cloned().unwrap_or_default();
            let met = ends.fold(first, either);
            self.put(name, met);
        }
    }
}

fn either(one: Option<Binding>, other: &Option<Binding>) -> Option<Binding> {
    let (Some(one), Some(other)) = (&one, other) else {
        return one.or_else(|| other.clone()).map(|binding| Binding { unset: true, ..binding });
    };
    let same = Rc::ptr_eq(&one.origin, &other.origin) || one.origin == other.origin;
    let origin = if same { one.origin.clone() } else { Rc::new(Origin::clone(&one.origin).join(&other.origin)) };
    Some(Binding { origin, unset: one.unset || other.unset })
}

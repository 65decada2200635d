//! What conditions ask for, and what is there where they hold.

use std::collections::BTreeSet;

use super::Use;
use super::flow::Flow;
use super::plot::{Id, Origin};
use crate::tree::{Comparison, Condition, Join, Literal, Operator, Term};

impl<'t> Flow<'t> {
    /// Reads a condition; gives back what is there if it holds, or does not.
    pub(super) fn condition(&mut self, condition: &'t Condition, negated: bool) -> BTreeSet<Id> {
        let mut present = BTreeSet::new();
        // Everything before the first `or` holds if the whole does.
        let mut certain = true;
        let joins = condition.rest.iter().map(|(join, _)| Some(*join)).chain([None]);
        let comparisons = [&condition.first].into_iter().chain(condition.rest.iter().map(|(_, comparison)| comparison));
        for (comparison, join) in comparisons.zip(joins) {
            let there = self.comparison(comparison, negated);
            certain &= join != Some(Join::Or);
            let alone = condition.rest.is_empty();
            if certain && (alone || !negated) {
                present.extend(there);
            }
        }
        present
    }

    /// Reads a comparison; gives back what is there if it holds, or does not.
    fn comparison(&mut self, comparison: &'t Comparison, negated: bool) -> BTreeSet<Id> {
        let left = self.asked(&comparison.left);
        let Some((operator, right)) = &comparison.right else {
            self.mark(&left, Use::Test, false);
            return if negated { BTreeSet::new() } else { self.certain(&left) };
        };
        self.compared(&left, right, *operator);
        let origin = self.asked(right);
        self.compared(&origin, &comparison.left, *operator);
        let nothing = matches!(right, Term::Literal(Literal::Nil | Literal::Blank));
        let something = matches!(right, Term::Literal(Literal::Number { .. } | Literal::Text(_)));
        let there = match operator {
            Operator::Equal => {
                if negated {
                    nothing
                } else {
                    something
                }
            }
            Operator::NotEqual => {
                if negated {
                    something
                } else {
                    nothing
                }
            }
            _ => !negated && something,
        };
        if there { self.certain(&left) } else { BTreeSet::new() }
    }

    /// A value that is there, and all above it: only if it comes from one place.
    pub(super) fn certain(&self, origin: &Origin) -> BTreeSet<Id> {
        if origin.is.len() == 1 { self.plot.with_parents(origin) } else { BTreeSet::new() }
    }

    /// One side of a comparison by what the other is.
    pub(super) fn compared(&mut self, origin: &Origin, other: &Term, operator: Operator) {
        let used = match other {
            Term::Literal(Literal::Nil | Literal::Bool(_)) => Use::Test,
            Term::Literal(Literal::Empty | Literal::Blank) => Use::Size,
            Term::Literal(Literal::Number { .. }) if operator != Operator::Contains => Use::Number,
            Term::Literal(Literal::Text(_)) if operator != Operator::Contains => Use::Text,
            _ => Use::Comparison,
        };
        self.mark(origin, used, false);
        self.mark_items(origin, used);
    }
}

//! Joins by the values of two columns of text: where a query may have one, and what it may have beside it.

use super::{Edge, Query, Tree};
use crate::value::FieldType;

impl Tree<'_, '_> {
    /// Whether a join follows no relationship, and the CRM does not join such fields anyhow.
    pub(super) fn needs_value(&self, edge: &Edge) -> bool {
        let from = self.nodes.get(edge.from).map(|from| from.part);
        !self.ground.capabilities.join.any_field && !from.is_some_and(|from| self.has_relationship(edge, from))
    }

    /// Whether the two fields of a join are texts, and the records need come without their versions.
    pub(super) fn has_values(&self, edge: &Edge) -> bool {
        let text = |part: usize, field: usize| {
            let field = self.part(part).and_then(|part| part.entity.fields.get(field));
            field.is_some_and(|field| field.field_type == FieldType::String)
        };
        let Some(from) = self.nodes.get(edge.from) else { return false };
        let read = self.ground.root.is_some() || self.part(edge.part).is_some_and(|part| part.read_only);
        self.ground.capabilities.join.by_value.is_some()
            && read
            && text(edge.part, edge.field)
            && text(from.part, edge.other)
    }

    /// Whether a query of the form that joins by values takes a join; true of queries that are of the other form.
    pub(super) fn fits_by_value(&self, edge: &Edge, query: &Query) -> bool {
        if !query.by_value && !self.needs_value(edge) {
            return true;
        }
        let (Some(limits), Some(from)) = (&self.ground.capabilities.join.by_value, self.nodes.get(edge.from)) else {
            return false;
        };
        // Every record is repeated for each combination of those below it: two ways to many would multiply.
        let one_way = !self.many(edge) || from.way.many == query.to_many;
        one_way && query.to_one + query.to_many < limits.max_total && self.unlimited(query)
    }

    /// Whether a query brings all of its own records, so that counting rows instead of records does no harm.
    fn unlimited(&self, query: &Query) -> bool {
        let own = query.nodes.first().and_then(|node| self.nodes.get(*node)).map(|node| node.part);
        own.is_some_and(|own| {
            let alone = self.ground.root == Some(own);
            self.part(own).is_some_and(|part| part.limit.is_none() && (alone || part.sort.is_none()))
        })
    }
}

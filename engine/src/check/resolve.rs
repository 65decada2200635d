//! From a pattern without errors to the catalog's pattern: names become positions, literals become values.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::definitions::Definitions;
use super::shape::{OnCrm, Shape};
use crate::catalog::{Catalog, Entity, Part, Pattern, Requirement, Slot};
use crate::condition;
use crate::graph;
use crate::ids::{CrmName, FieldName};
use crate::model::{Assignment, EntityPattern, FieldRef, Model, PatternPart};
use crate::typing;
use crate::value::Value;

/// The catalog of a model in which no rule found an error.
pub(super) fn catalog(model: &Model, all: &Definitions<'_>) -> Catalog {
    let mut patterns: BTreeMap<CrmName, BTreeMap<_, _>> = BTreeMap::new();
    for (index, written) in model.patterns.iter().enumerate() {
        let shape = Shape::new(index, written);
        for crm in OnCrm::candidates(&shape, all) {
            if let Some(resolved) = pattern(written, crm, all) {
                patterns.entry(crm.clone()).or_default().insert(written.id.clone(), Arc::new(resolved));
            }
        }
    }
    Catalog { entities: all.entities(), patterns }
}

/// `None` only for what a rule reports as an error.
fn pattern(written: &EntityPattern, crm: &CrmName, all: &Definitions<'_>) -> Option<Pattern> {
    let mut parts = Vec::with_capacity(written.parts.len());
    for declared in &written.parts {
        parts.push(part(declared, &all.get(crm, &declared.entity)?.entity)?);
    }
    parts.sort_by(|a, b| a.ref_id.cmp(&b.ref_id));
    let mut pattern = Pattern {
        id: written.id.clone(),
        name: written.name.clone(),
        crm: crm.clone(),
        escalation: written.escalation.clone(),
        parts,
        requirements: Vec::new(),
        order: Vec::new(),
    };
    let mut requirements = Vec::with_capacity(written.requirements.len());
    for declared in &written.requirements {
        requirements.push(Requirement {
            dependent: slot(&pattern, &declared.dependent)?,
            sources: declared.sources.iter().map(|source| slot(&pattern, source)).collect::<Option<_>>()?,
            optional: declared.optional,
            deferred: declared.deferred,
        });
    }
    requirements.sort_by_key(|requirement| requirement.dependent);
    pattern.requirements = requirements;
    connect(&mut pattern)?;
    Some(pattern)
}

/// Gives each part its requirements, and the pattern its order.
fn connect(pattern: &mut Pattern) -> Option<()> {
    let mut edges = Vec::new();
    for (position, requirement) in pattern.requirements.iter().enumerate() {
        pattern.parts.get_mut(requirement.dependent.part)?.incoming.push(position);
        for source in &requirement.sources {
            let outgoing = &mut pattern.parts.get_mut(source.part)?.outgoing;
            if outgoing.last() != Some(&position) {
                outgoing.push(position);
            }
            if !requirement.deferred {
                edges.push((source.part, requirement.dependent.part));
            }
        }
    }
    edges.extend(carried(pattern));
    pattern.order = graph::order(pattern.parts.len(), &edges)?;
    Some(())
}

/// What an embedded part needs comes before the parent in whose write it travels, unless it travels there as well.
fn carried(pattern: &Pattern) -> Vec<graph::Edge> {
    let sources =
        |position: &usize| pattern.requirements.get(*position).map(|requirement| requirement.sources.as_slice());
    let needs = |part: &Part| part.incoming.iter().filter_map(sources).flatten().copied().collect::<Vec<Slot>>();
    let carrier = |part: &Part| {
        let embedded = part.entity.embedded.as_ref().filter(|_| !part.read_only)?;
        let is_parent = |slot: &Slot| {
            let entity = pattern.parts.get(slot.part).map(|part| &part.entity);
            entity.is_some_and(|entity| {
                entity.id == embedded.parent && entity.position(FieldName::ID) == Some(slot.field)
            })
        };
        needs(part).into_iter().find(is_parent).map(|slot| slot.part)
    };
    let carriers: Vec<Option<usize>> = pattern.parts.iter().map(carrier).collect();
    let mut edges = Vec::new();
    for (part, carrier) in pattern.parts.iter().zip(&carriers) {
        let Some(carrier) = *carrier else { continue };
        let needs = needs(part).into_iter().map(|need| need.part);
        let before = needs.filter(|need| *need != carrier && carriers.get(*need) != Some(&Some(carrier)));
        edges.extend(before.map(|need| (need, carrier)));
    }
    edges
}

fn slot(pattern: &Pattern, reference: &FieldRef) -> Option<Slot> {
    let part = pattern.position(reference.part.as_str())?;
    let field = pattern.parts.get(part)?.entity.position(reference.field.as_str())?;
    Some(Slot { part, field })
}

fn part(written: &PatternPart, entity: &Arc<Entity>) -> Option<Part> {
    let query = &written.query;
    let filter = match &query.filter {
        Some(filter) => Some(condition::typed(entity, filter).ok()?),
        None => None,
    };
    let sort = match &query.sort {
        Some(sort) => Some((entity.position(sort.field.as_str())?, sort.direction)),
        None => None,
    };
    Some(Part {
        ref_id: written.ref_id.clone(),
        entity: Arc::clone(entity),
        read_only: written.read_only,
        multiple: written.multiple,
        optional: written.optional,
        root: written.root,
        replace: written.replace,
        match_on: positions(entity, &written.match_on)?,
        defaults: values(entity, &written.defaults)?,
        fixed: values(entity, &written.fixed)?,
        filter,
        sort,
        limit: query.limit,
        incoming: Vec::new(),
        outgoing: Vec::new(),
    })
}

fn positions(entity: &Entity, names: &[FieldName]) -> Option<Vec<usize>> {
    let mut positions = names.iter().map(|name| entity.position(name.as_str())).collect::<Option<Vec<_>>>()?;
    positions.sort_unstable();
    Some(positions)
}

fn values(entity: &Entity, assignments: &[Assignment]) -> Option<Vec<(usize, Value)>> {
    let mut values = Vec::with_capacity(assignments.len());
    for assignment in assignments {
        let position = entity.position(assignment.field.as_str())?;
        values.push((position, typing::from_literal(entity.fields.get(position)?, &assignment.value).ok()?));
    }
    values.sort_by_key(|(position, _)| *position);
    Some(values)
}

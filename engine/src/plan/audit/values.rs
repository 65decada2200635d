//! Values: which step tells the value of a field, however many requirements it passes through.

use std::collections::HashMap;

use super::Auditor;
use super::expect::instance;
use crate::catalog::Slot;
use crate::plan::{Count, Operation, StepAction};

impl Auditor<'_> {
    /// The step that gives the value for an instance of step `number`: of those that the value passes through the first
    /// that is not embedded and does not carry the instance itself. None where the value is known beforehand.
    pub(super) fn provider(&self, slot: Slot, one: usize, number: usize) -> Option<usize> {
        let carrier = match self.step(number)?.action {
            StepAction::Embed { parent } => Some(parent),
            _ => None,
        };
        // A write knows its own record.
        let end = self.end(slot, one).filter(|end| Some(*end) != carrier)?;
        let mut carriers: Vec<usize> = carrier.into_iter().collect();
        let mut slot = slot;
        loop {
            let sources = self.taken_from(slot, one);
            let Some(next) = sources.into_iter().find(|source| self.end(*source, one).is_some()) else { break };
            let one = self.expected.partner(self.pattern, slot.part, one);
            let writer = self.writer(slot.part, one);
            match writer.and_then(|writer| self.step(writer)).map(|step| &step.action) {
                // What is embedded has its values from where its carrier has them.
                Some(StepAction::Embed { parent }) => carriers.push(*parent),
                Some(_) if !writer.is_some_and(|writer| carriers.contains(&writer)) => return writer,
                _ => {}
            }
            slot = next;
        }
        Some(end)
    }

    /// The sources that a field of an instance has its value from by a requirement.
    fn taken_from(&self, slot: Slot, one: usize) -> Vec<Slot> {
        let Some(part) = self.part(slot.part).filter(|part| !part.read_only && !self.is_id(&slot)) else {
            return Vec::new();
        };
        let fixed = part.fixed.iter().any(|(field, _)| *field == slot.field);
        if fixed || self.refers(slot.part, self.expected.partner(self.pattern, slot.part, one)) {
            return Vec::new();
        }
        let sources = self.requirement_into(slot).map(|requirement| requirement.sources.as_slice()).unwrap_or_default();
        sources.iter().filter(|source| self.expected.count(source.part) > 0).copied().collect()
    }

    /// The step without which a field's value is not known, at the end of all requirements that it passes through.
    fn end(&self, slot: Slot, one: usize) -> Option<usize> {
        let key = |slot: Slot, one: usize| (slot, self.expected.partner(self.pattern, slot.part, one));
        let mut open = vec![key(slot, one)];
        while let Some((slot, own)) = open.last().copied() {
            let sources = self.taken_from(slot, own);
            let told =
                |ends: &HashMap<(Slot, usize), Option<usize>>, source: &Slot| ends.get(&key(*source, own)).copied();
            let mut ends = self.ends.borrow_mut();
            // What is asked for again while it is open is a circle, and gives nothing by itself.
            let fresh = ends.insert((slot, own), None).is_none();
            let unknown: Vec<Slot> = sources.iter().filter(|source| told(&ends, source).is_none()).copied().collect();
            if fresh && !unknown.is_empty() {
                open.extend(unknown.into_iter().map(|source| key(source, own)));
                continue;
            }
            let end = match sources.as_slice() {
                [] => self.gives(slot, own),
                sources => sources.iter().find_map(|source| told(&ends, source).flatten()),
            };
            ends.insert((slot, own), end);
            open.pop();
        }
        self.ends.borrow().get(&key(slot, one)).copied().flatten()
    }

    /// The step that tells a value which no requirement gives.
    fn gives(&self, slot: Slot, one: usize) -> Option<usize> {
        let part = self.part(slot.part)?;
        let id = self.is_id(&slot);
        let known = instance(self.shape, slot.part, one).is_some_and(|instance| instance.knows(slot.field));
        if part.read_only {
            let given = instance(self.shape, slot.part, one).is_some_and(|_| id || known);
            return self.reader(slot.part).filter(|_| !given);
        }
        if id {
            let looked = self.looked_by(slot.part, one);
            let looked = looked.filter(|_| self.plan.operation == Operation::Update && !part.replace);
            return looked.or(self.writer(slot.part, one).filter(|step| self.makes_id(*step, one)));
        }
        let fixed = part.fixed.iter().any(|(field, _)| *field == slot.field);
        if known || fixed && !self.refers(slot.part, one) {
            return None;
        }
        let covers = |step: &usize| match self.step(*step).map(|step| &step.count) {
            Some(Count::Exactly(all)) => all.binary_search(&one).is_ok(),
            Some(Count::Found) => true,
            None => false,
        };
        self.looked_by(slot.part, one).or(self.reader(slot.part).filter(covers))
    }

    /// The step that looks an instance up by its match fields.
    pub(super) fn looked_by(&self, part: usize, one: usize) -> Option<usize> {
        let look = self.reads.get(part)?.by_match?;
        let covers = matches!(&self.step(look)?.count, Count::Exactly(all) if all.binary_search(&one).is_ok());
        covers.then_some(look)
    }
}

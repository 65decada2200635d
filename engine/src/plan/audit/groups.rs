//! Requests: everything travels once, after what it needs, in groups that the CRM can take.

use std::collections::BTreeSet;

use super::Auditor;
use super::expect::requirements;
use crate::adapter::AtomicGroup;
use crate::catalog::{Requirement, Slot};
use crate::plan::{Count, GroupKind, StepAction, WireGroup};

/// Where a write travels.
#[derive(Debug, Clone, Copy)]
struct Unit {
    group: usize,
    /// Its place in the group.
    place: usize,
    /// The writes in the longest chain of back-references that ends with it.
    chain: usize,
}

impl<'a> Auditor<'a> {
    pub(super) fn check_groups(&mut self) {
        let mut units = self.units();
        self.check_travel(&units);
        let mut waits = vec![BTreeSet::new(); self.plan.groups.len()];
        for step in 0..self.plan.steps.len() {
            self.check_needs(step, &mut units, &mut waits);
        }
        for (number, waits) in waits.iter().enumerate() {
            let after = self.plan.groups.get(number).map(|group| group.after.as_slice()).unwrap_or_default();
            if !after.iter().all(|before| waits.contains(before)) {
                self.find_group(number, "waits for a group that it does not need");
            }
        }
        self.check_chains(&units);
        let mut last_read = 0;
        let mut first_write = usize::MAX;
        for (number, group) in self.plan.groups.iter().enumerate() {
            match group.kind {
                GroupKind::Read => last_read = last_read.max(group.trip),
                GroupKind::Atomic | GroupKind::Batch => first_write = first_write.min(group.trip),
            }
            self.check_limits(number, group);
        }
        let finds = self.plan.steps.iter().any(|step| matches!(step.action, StepAction::Find { .. }));
        if finds && !matches!(self.plan.groups.as_slice(), [only] if only.kind == GroupKind::Atomic) {
            self.find("what is not found would not keep everything from being written");
        }
        if first_write <= last_read {
            self.find("something is written before everything is read");
        }
        let trips: BTreeSet<usize> = self.plan.groups.iter().map(|group| group.trip).collect();
        if !trips.iter().copied().eq(1..=trips.len()) {
            self.find("the trips are not numbered from one without gaps");
        }
    }

    /// Where each instance of each step travels.
    fn units(&mut self) -> Vec<Vec<Option<Unit>>> {
        let count = |count: &Count| match count {
            Count::Exactly(instances) => instances.len(),
            Count::Found => 1,
        };
        let steps = self.plan.steps.iter();
        let mut units: Vec<Vec<Option<Unit>>> = steps
            .map(|step| vec![None; if matches!(step.action, StepAction::Read(_)) { 1 } else { count(&step.count) }])
            .collect();
        for (group, wire) in self.plan.groups.iter().enumerate() {
            let mut place = 0;
            for member in &wire.members {
                for index in member.from..member.to {
                    let slot = units.get_mut(member.step).and_then(|step| step.get_mut(index));
                    let unit = Unit { group, place, chain: 1 };
                    place += 1;
                    match slot {
                        None => return self.lost(group, "carries an instance that its step does not have", units),
                        Some(Some(_)) => self.find_group(group, "carries something that travels already"),
                        Some(slot) => *slot = Some(unit),
                    }
                }
            }
        }
        units
    }

    fn lost<T>(&mut self, group: usize, message: &str, units: T) -> T {
        self.find_group(group, message);
        units
    }

    /// Everything but what is embedded travels, in a group of its kind.
    fn check_travel(&mut self, units: &[Vec<Option<Unit>>]) {
        for (number, step) in self.plan.steps.iter().enumerate() {
            let embedded = matches!(step.action, StepAction::Embed { .. });
            let reads = matches!(step.action, StepAction::Read(_));
            for unit in units.get(number).into_iter().flatten() {
                match unit {
                    None if !embedded => self.find_step(number, "does not travel"),
                    Some(_) if embedded => self.find_step(number, "is embedded and travels by itself"),
                    Some(unit) => {
                        let kind = self.plan.groups.get(unit.group).map(|group| group.kind);
                        if reads != (kind == Some(GroupKind::Read)) {
                            self.find_step(number, "travels in a group of another kind");
                        }
                    }
                    None => {}
                }
            }
        }
    }

    /// What each write needs is there before, or earlier in the same group as something that can be referred to.
    fn check_needs(&mut self, number: usize, units: &mut [Vec<Option<Unit>>], waits: &mut [BTreeSet<usize>]) {
        let Some(step) = self.step(number) else { return };
        if let StepAction::Read(read) = &step.action {
            let nested = read.by.is_nested();
            for before in &step.after {
                self.check_read_order(number, *before, nested, units, waits);
            }
            return;
        }
        let Count::Exactly(instances) = &step.count else { return };
        let reads = step
            .after
            .iter()
            .filter(|before| matches!(self.step(**before).map(|step| &step.action), Some(StepAction::Read(_))));
        let reads: Vec<usize> = reads.filter_map(|read| Some((*units.get(*read)?.first()?)?.group)).collect();
        for (index, one) in instances.iter().enumerate() {
            let own = units.get(number).and_then(|step| step.get(index)).copied().flatten();
            let Some(own) = own else { continue };
            for read in &reads {
                self.must_wait((own.group, *read), number, waits);
            }
            let mut chain = 1;
            for (provider, place, id) in self.needs_of(number, *one) {
                if !self.waits_for(number, provider) {
                    self.find_step(number, format!("does not wait for step {provider}"));
                }
                let before = units.get(provider).and_then(|step| step.get(place)).copied().flatten();
                let Some(before) = before else {
                    self.find_step(number, format!("needs step {provider}, which does not travel"));
                    continue;
                };
                let ours = self.capabilities.caller_ids
                    && matches!(self.step(provider).map(|step| &step.action), Some(StepAction::Create));
                let known = ours || !id;
                if before.group == own.group {
                    if before.place >= own.place || !(known || self.capabilities.back_references) {
                        self.find_step(number, "refers to something that its group cannot refer to");
                    }
                    if !known {
                        chain = chain.max(before.chain + 1);
                    }
                } else {
                    self.must_wait((own.group, before.group), number, waits);
                }
            }
            if let Some(Some(unit)) = units.get_mut(number).and_then(|step| step.get_mut(index)) {
                unit.chain = chain;
            }
        }
    }

    /// Whether a step waits for another, itself or by what is embedded in it.
    fn waits_for(&self, number: usize, provider: usize) -> bool {
        self.step(number).is_some_and(|step| step.after.binary_search(&provider).is_ok())
    }

    fn check_read_order(
        &mut self,
        number: usize,
        before: usize,
        nested: bool,
        units: &[Vec<Option<Unit>>],
        waits: &mut [BTreeSet<usize>],
    ) {
        let unit = |step: usize| units.get(step).and_then(|step| step.first()).copied().flatten();
        let (Some(own), Some(before)) = (unit(number), unit(before)) else { return };
        if nested != (own.group == before.group) {
            self.find_step(number, "travels apart from the query that it belongs to, or in what it waits for");
        } else if !nested {
            self.must_wait((own.group, before.group), number, waits);
        }
    }

    /// A step's group waits for another; each such pair is looked at once.
    fn must_wait(&mut self, (own, before): (usize, usize), number: usize, waits: &mut [BTreeSet<usize>]) {
        if !waits.get_mut(own).is_some_and(|waits| waits.insert(before)) {
            return;
        }
        let after = self.plan.groups.get(own).map(|group| group.after.as_slice()).unwrap_or_default();
        if after.binary_search(&before).is_err() {
            self.find_step(number, format!("travels without waiting for group {before}"));
        }
    }

    /// The writes and reads that an instance needs: step, index, and whether its answer is needed; else it only
    /// comes first.
    fn needs_of(&self, number: usize, one: usize) -> Vec<(usize, usize, bool)> {
        let mut needs = Vec::new();
        self.collect_needs(number, one, &mut needs);
        let Some(step) = self.step(number) else { return needs };
        for before in &step.after {
            let Some(StepAction::Embed { parent }) = self.step(*before).map(|step| &step.action) else { continue };
            let Some(Count::Exactly(rows)) = self.step(*before).map(|step| &step.count) else { continue };
            let multiple = self.part(step.position).is_some_and(|part| part.multiple);
            for row in rows.iter().filter(|row| *parent == number && (!multiple || **row == one)) {
                self.collect_needs(*before, *row, &mut needs);
            }
        }
        if step.action == StepAction::Defer
            && let Some(writer) = self.writer(step.position, one)
        {
            needs.extend(self.index(writer, one).map(|index| (writer, index, true)));
        }
        needs
    }

    fn collect_needs(&self, number: usize, one: usize, needs: &mut Vec<(usize, usize, bool)>) {
        let Some(step) = self.step(number) else { return };
        let carrier = match step.action {
            StepAction::Embed { parent } => parent,
            _ => number,
        };
        for slot in self.sources_of(number) {
            let there = self.expected.partner(self.pattern, slot.part, one);
            let provider = self.provider(slot, one, number);
            // An embedded record exists once the write that it travels in is done.
            let first = self.writer(slot.part, one).map(|writer| match self.step(writer).map(|step| &step.action) {
                Some(StepAction::Embed { parent }) => *parent,
                _ => writer,
            });
            let first = first.filter(|writer| {
                let action = self.step(*writer).map(|step| &step.action);
                *writer != carrier
                    && matches!(action, Some(StepAction::Create | StepAction::Upsert { update_only: false, .. }))
            });
            needs.extend(provider.and_then(|step| Some((step, self.index(step, there)?, true))));
            needs.extend(first.and_then(|step| Some((step, self.index(step, there)?, false))));
        }
    }

    /// What the fields of a step are taken from, and where nothing is to be taken, what exists first all the same.
    fn sources_of(&self, number: usize) -> Vec<Slot> {
        let Some(step) = self.step(number) else { return Vec::new() };
        let Some(part) = self.part(step.position) else { return Vec::new() };
        let counts = |requirement: &&Requirement| {
            let to = requirement.dependent;
            let fixed = part.fixed.iter().any(|(field, _)| *field == to.field);
            let deferred = step.action == StepAction::Defer;
            deferred == self.waits(requirement)
                && (deferred || !fixed && !self.is_left_out(step, part, to))
                && !matches!(step.action, StepAction::Read(_) | StepAction::Find { .. } | StepAction::Delete)
        };
        let sources = requirements(self.pattern, part).filter(counts).flat_map(|requirement| &requirement.sources);
        sources.filter(|slot| self.expected.count(slot.part) > 0).copied().collect()
    }

    /// The index of an instance in its step; reads travel whole.
    fn index(&self, step: usize, one: usize) -> Option<usize> {
        let step = self.step(step)?;
        match (&step.action, &step.count) {
            (StepAction::Read(_), _) | (_, Count::Found) => Some(0),
            (_, Count::Exactly(instances)) => {
                instances.binary_search(&self.expected.partner(self.pattern, step.position, one)).ok()
            }
        }
    }

    fn check_chains(&mut self, units: &[Vec<Option<Unit>>]) {
        for unit in units.iter().flatten().flatten() {
            let most = self.plan.groups.get(unit.group).and_then(|group| self.limits(group)?.max_depth);
            if most.is_some_and(|most| unit.chain > most.max(1)) {
                self.find_group(unit.group, "has a longer chain of references than the CRM takes");
                return;
            }
        }
    }

    /// The limits of an atomic group, by its form.
    pub(super) fn limits(&self, group: &WireGroup) -> Option<&'a AtomicGroup> {
        self.capabilities.atomic_groups().find(|limits| limits.form == group.form)
    }

    fn check_limits(&mut self, number: usize, group: &WireGroup) {
        let writes: usize = group.members.iter().map(|member| member.to - member.from).sum();
        let step = |member: &crate::plan::Member| self.step(member.step);
        match (group.kind, self.limits(group)) {
            (GroupKind::Read, _) => {
                let queries = group
                    .members
                    .iter()
                    .filter_map(step)
                    .filter(|step| matches!(&step.action, StepAction::Read(read) if !read.by.is_nested()));
                let most = if self.capabilities.share_reads { self.capabilities.read_batch.max.max(1) } else { 1 };
                if queries.count() > most {
                    self.find_group(number, "has more queries than a request takes");
                }
            }
            (GroupKind::Atomic, Some(limits)) => {
                let kinds: BTreeSet<(u8, &str)> =
                    group.members.iter().filter_map(step).filter_map(|step| self.kind(step)).collect();
                if writes > limits.max_writes.max(1) || limits.max_kinds.is_some_and(|most| kinds.len() > most.max(1)) {
                    self.find_group(number, "is larger than an atomic group may be");
                }
            }
            (GroupKind::Batch, _) if self.capabilities.atomic_group.is_none() => {
                if writes > self.capabilities.write_batch.max.max(1) {
                    self.find_group(number, "has more writes than a request takes");
                }
            }
            (GroupKind::Atomic, None) => self.find_group(number, "is atomic where the CRM is not"),
            (GroupKind::Batch, _) => self.find_group(number, "is not atomic where the CRM is"),
        }
    }

    pub(super) fn kind(&self, step: &'a crate::plan::Step) -> Option<(u8, &'a str)> {
        let method = match &step.action {
            StepAction::Create => 0,
            StepAction::Update | StepAction::Upsert { .. } | StepAction::Defer => 1,
            StepAction::Delete => 2,
            StepAction::Find { .. } => 3,
            StepAction::Read(_) | StepAction::Embed { .. } => return None,
        };
        Some((method, self.part(step.position)?.entity.crm_type.as_str()))
    }
}

//! From steps to wire groups: what travels together, in how few sequential trips, in how few requests.
//!
//! Least depth first: a write goes into the earliest trip in which everything that it needs is known or stands in the
//! same request. Within a trip requests are shared as far as the capabilities allow. Everything is linear in the
//! instances and what they need.

use super::figures;
use super::{Count, GroupKind, Member, Operation, Plan, Step, StepAction, WireGroup};
use crate::acting::Acting;
use crate::adapter::{AtomicGroup, Capabilities};
use crate::catalog::Pattern;

/// A query: the steps that it answers.
#[derive(Debug)]
pub(super) struct Reading {
    /// 1-based.
    pub(super) trip: usize,
    /// Positions of steps, ascending.
    pub(super) steps: Vec<usize>,
    /// Steps of other queries whose answers it needs.
    pub(super) after: Vec<usize>,
}

/// What one instance of a writing step needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Need {
    /// The part whose records are needed.
    pub(super) part: usize,
    /// All its instances, not only the one in the same place.
    pub(super) all: bool,
    /// Their Ids are needed, or values that wait for some; else only that they exist first.
    pub(super) id: bool,
    /// Whoever writes them comes first, even where they exist already and their Ids are known.
    pub(super) value: bool,
}

/// A step that writes (or finds within the writes), with what it needs.
#[derive(Debug)]
pub(super) struct Writing {
    /// Position of the step.
    pub(super) step: usize,
    /// What each of its instances needs.
    pub(super) needs: Vec<Need>,
}

/// Where each instance of each part is written: step and index into the step's instances.
pub(super) type Placed = Vec<Vec<Option<(usize, usize)>>>;

/// A plan that only reads.
pub(super) fn reads_only(
    pattern: &Pattern,
    operation: Operation,
    capabilities: &Capabilities,
    steps: Vec<Step>,
    readings: Vec<Reading>,
    exact: bool,
) -> Plan {
    let groups = read_groups(&steps, &readings, capabilities);
    finish(pattern, operation, capabilities, steps, groups, &figures::Known { exact, ..figures::Known::default() })
}

/// Puts a plan together.
pub(super) fn finish(
    pattern: &Pattern,
    operation: Operation,
    capabilities: &Capabilities,
    steps: Vec<Step>,
    groups: Vec<WireGroup>,
    known: &figures::Known,
) -> Plan {
    let figures = figures::figures(pattern, capabilities, &steps, &groups, known);
    let acting = match &pattern.escalation {
        Some(escalation) => Acting::Application { reason: escalation.reason.clone() },
        None => Acting::Employee,
    };
    Plan {
        pattern: pattern.id.clone(),
        crm: pattern.crm.clone(),
        operation,
        acting,
        stages: stages(&steps),
        steps,
        groups,
        figures,
    }
}

/// Steps by the longest way that leads to them.
fn stages(steps: &[Step]) -> Vec<Vec<usize>> {
    let mut level = Vec::with_capacity(steps.len());
    let mut stages: Vec<Vec<usize>> = Vec::new();
    for (position, step) in steps.iter().enumerate() {
        let before = step.after.iter().filter_map(|before| level.get(*before));
        let own = before.max().map_or(0, |deepest: &usize| deepest + 1);
        level.push(own);
        if stages.len() <= own {
            stages.resize_with(own + 1, Vec::new);
        }
        if let Some(stage) = stages.get_mut(own) {
            stage.push(position);
        }
    }
    stages
}

/// Queries as requests: those of a trip share them where the CRM is better off so.
pub(super) fn read_groups(steps: &[Step], readings: &[Reading], capabilities: &Capabilities) -> Vec<WireGroup> {
    let most = capabilities.shared_queries();
    let mut order: Vec<&Reading> = readings.iter().collect();
    order.sort_by_key(|reading| reading.trip);
    let mut groups: Vec<WireGroup> = Vec::new();
    let mut group_of: Vec<Option<usize>> = vec![None; steps.len()];
    let mut queries = 0;
    for reading in order {
        let same = groups.last().is_some_and(|group| group.trip == reading.trip);
        if !same || queries >= most {
            queries = 0;
            let members = Vec::new();
            let after = Vec::new();
            groups.push(WireGroup { trip: reading.trip, kind: GroupKind::Read, form: String::new(), members, after });
        }
        queries += 1;
        let number = groups.len() - 1;
        for step in &reading.steps {
            if let Some(slot) = group_of.get_mut(*step) {
                *slot = Some(number);
            }
        }
        let after = reading.after.iter().filter_map(|step| group_of.get(*step).copied().flatten());
        let after: Vec<usize> = after.filter(|before| *before != number).collect();
        if let Some(group) = groups.last_mut() {
            group.members.extend(reading.steps.iter().map(|step| Member { step: *step, from: 0, to: 1 }));
            group.after.extend(after);
            let by_value = reading.steps.iter().filter_map(|step| steps.get(*step)).any(is_by_value);
            group.form = read_form(queries, reading.steps.len(), by_value, capabilities);
        }
    }
    for group in &mut groups {
        group.after.sort_unstable();
        group.after.dedup();
        group.members.sort_unstable_by_key(|member| member.step);
    }
    groups
}

fn is_by_value(step: &Step) -> bool {
    matches!(&step.action, StepAction::Read(read) if read.by.is_by_value())
}

fn read_form(queries: usize, steps: usize, by_value: bool, capabilities: &Capabilities) -> String {
    match (queries, steps, &capabilities.join.by_value) {
        (1, 1, _) => "query".to_owned(),
        (1, _, Some(form)) if by_value => form.form.clone(),
        (1, _, _) => capabilities.join.form.clone(),
        _ => capabilities.read_batch.form.clone(),
    }
}

/// The method that an action needs on the wire; the kinds of an atomic group are counted by method and CRM entity.
pub(super) fn method(action: &StepAction) -> Option<Method> {
    match action {
        StepAction::Create => Some(Method::Post),
        StepAction::Update | StepAction::Defer | StepAction::Upsert { .. } => Some(Method::Patch),
        StepAction::Delete => Some(Method::Delete),
        StepAction::Find { .. } => Some(Method::Get),
        StepAction::Read(_) | StepAction::Embed { .. } => None,
    }
}

/// The methods that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Method {
    Post,
    Patch,
    Delete,
    Get,
}

/// Packs writes into groups.
pub(super) struct Packer<'p> {
    pattern: &'p Pattern,
    capabilities: &'p Capabilities,
    /// The form of the groups; none where they are not atomic.
    atomic: Option<&'p AtomicGroup>,
    steps: &'p [Step],
    placed: &'p Placed,
    /// The trip in which writes may start.
    first_trip: usize,
    /// Groups before those of the writes.
    base: usize,
    groups: Vec<Open<'p>>,
    /// The newest group of each trip, from the first trip of writes on.
    newest: Vec<usize>,
    /// Per step and index: the group, and the writes in the longest chain of back-references up to it.
    units: Vec<Vec<(usize, usize)>>,
    /// Groups of reads, by step.
    read_group: Vec<Option<usize>>,
    /// Steps that others need.
    needed: Vec<bool>,
}

/// A group that still takes writes.
struct Open<'p> {
    trip: usize,
    members: Vec<Member>,
    writes: usize,
    kinds: Vec<(Method, &'p str)>,
    after: Vec<usize>,
}

/// What a unit's needs come to.
#[derive(Default)]
struct Needed {
    trip: usize,
    group: Option<usize>,
    /// Several groups of that trip are needed, or one whose ids are only known afterwards.
    later: bool,
    chain: usize,
}

impl<'p> Packer<'p> {
    pub(super) fn new(
        pattern: &'p Pattern,
        capabilities: &'p Capabilities,
        atomic: Option<&'p AtomicGroup>,
        steps: &'p [Step],
        placed: &'p Placed,
        reads: &[WireGroup],
    ) -> Self {
        let mut read_group = vec![None; steps.len()];
        for (number, group) in reads.iter().enumerate() {
            for member in &group.members {
                if let Some(slot) = read_group.get_mut(member.step) {
                    *slot = Some(number);
                }
            }
        }
        let mut needed = vec![false; steps.len()];
        for before in steps.iter().flat_map(|step| &step.after) {
            if let Some(slot) = needed.get_mut(*before) {
                *slot = true;
            }
        }
        Self {
            needed,
            pattern,
            capabilities,
            atomic,
            steps,
            placed,
            first_trip: reads.iter().map(|group| group.trip).max().unwrap_or(0) + 1,
            base: reads.len(),
            groups: Vec::new(),
            newest: Vec::new(),
            units: vec![Vec::new(); steps.len()],
            read_group,
        }
    }

    /// Packs the instances of a step; steps that it needs have been packed before.
    pub(super) fn pack(&mut self, writing: &Writing) {
        let Some(step) = self.steps.get(writing.step) else { return };
        let Count::Exactly(instances) = &step.count else { return };
        let reads = self.reads_before(step);
        for (index, instance) in instances.iter().enumerate() {
            let needed = self.needed(writing, *instance);
            let group = self.choose(writing.step, step, &needed);
            self.put(writing.step, step, index, group, &reads);
            let chain = if needed.group == Some(group) { needed.chain + 1 } else { 1 };
            if let Some(units) = self.units.get_mut(writing.step) {
                units.push((group, chain));
            }
            for need in &writing.needs {
                self.wait_for(group, *need, *instance);
            }
        }
    }

    /// The groups, those of the reads first.
    pub(super) fn into_groups(self, mut reads: Vec<WireGroup>) -> Vec<WireGroup> {
        let mut order: Vec<usize> = (0..self.groups.len()).collect();
        order.sort_by_key(|number| self.groups.get(*number).map(|group| group.trip));
        let mut place = vec![0; self.groups.len()];
        for (new, old) in order.iter().enumerate() {
            if let Some(slot) = place.get_mut(*old) {
                *slot = new + self.base;
            }
        }
        let (kind, form) = match self.atomic {
            Some(group) => (GroupKind::Atomic, &group.form),
            None => (GroupKind::Batch, &self.capabilities.write_batch.form),
        };
        let mut sorted: Vec<(usize, Open<'p>)> = place.iter().copied().zip(self.groups).collect();
        sorted.sort_by_key(|(new, _)| *new);
        reads.extend(sorted.into_iter().map(|(_, group)| {
            let base = self.base;
            let place = |old: usize| if old < base { old } else { place.get(old - base).copied().unwrap_or(old) };
            let mut after: Vec<usize> = group.after.into_iter().map(place).collect();
            after.sort_unstable();
            after.dedup();
            WireGroup { trip: group.trip, kind, form: form.clone(), members: group.members, after }
        }));
        reads
    }

    /// The groups of the reads that a step needs.
    fn reads_before(&self, step: &Step) -> Vec<usize> {
        step.after.iter().filter_map(|before| self.read_group.get(*before).copied().flatten()).collect()
    }

    /// Each write that an instance needs: its step, group and chain.
    fn each(&self, need: Need, instance: usize) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        let placed = self.placed.get(need.part).map(Vec::as_slice).unwrap_or_default();
        let multiple = self.pattern.parts.get(need.part).is_some_and(|part| part.multiple);
        let range = match (need.all, multiple) {
            (true, _) => 0..placed.len(),
            // Of a part that a read has yet to count, one stands for all.
            (false, true) => {
                let last = placed.len().saturating_sub(1);
                instance.min(last)..instance.min(last) + 1
            }
            (false, false) => 0..1,
        };
        placed.get(range).unwrap_or_default().iter().flatten().filter_map(move |(step, index)| {
            let exists = match self.steps.get(*step).map(|step| &step.action) {
                Some(StepAction::Update) => !need.value,
                Some(StepAction::Upsert { update_only: true, .. }) => !need.value && !need.id,
                _ => false,
            };
            if exists {
                return None;
            }
            let (group, chain) = *self.units.get(*step)?.get(*index)?;
            Some((*step, group, chain))
        })
    }

    fn needed(&self, writing: &Writing, instance: usize) -> Needed {
        let mut needed = Needed { trip: self.first_trip, ..Needed::default() };
        let each = writing.needs.iter().flat_map(|need| self.each(*need, instance).map(|found| (found, need.id)));
        for ((step, group, chain), id) in each {
            let Some(trip) = self.groups.get(group).map(|group| group.trip) else { continue };
            if trip > needed.trip || trip == needed.trip && needed.group.is_none() {
                needed = Needed { trip, group: Some(group), later: false, chain: 0 };
            } else if trip == needed.trip && needed.group != Some(group) {
                needed.later = true;
            }
            if trip == needed.trip {
                let known = !id || self.id_known(step);
                needed.later |= !known && !self.capabilities.back_references;
                needed.chain = needed.chain.max(if known { 0 } else { chain });
            }
        }
        needed
    }

    /// Whether the ids that a step makes are the engine's own.
    fn id_known(&self, step: usize) -> bool {
        self.capabilities.caller_ids
            && self.steps.get(step).is_some_and(|step| matches!(step.action, StepAction::Create))
    }

    fn choose(&mut self, number: usize, step: &Step, needed: &Needed) -> usize {
        let next = match needed.group {
            Some(group) if !needed.later && self.fits(group, step, needed.chain) => return group,
            Some(_) => needed.trip + 1,
            None => needed.trip,
        };
        let offset = next - self.first_trip;
        let newest = |offset: usize| self.newest.get(offset).copied().filter(|newest| *newest != usize::MAX);
        // What nobody waits for may as well go later, in a request that goes anyway.
        let last = self.newest.len().checked_sub(1).filter(|last| *last > offset && !self.leads(number));
        let open = [Some(offset), last].into_iter().flatten().filter_map(newest);
        if let Some(open) = open.into_iter().find(|group| self.fits(*group, step, 0)) {
            return open;
        }
        let number = self.groups.len();
        let group = Open { trip: next, members: Vec::new(), writes: 0, kinds: Vec::new(), after: Vec::new() };
        self.groups.push(group);
        if self.newest.len() <= offset {
            self.newest.resize(offset + 1, usize::MAX);
        }
        if let Some(slot) = self.newest.get_mut(offset) {
            *slot = number;
        }
        number
    }

    /// Whether another step waits for this one.
    fn leads(&self, step: usize) -> bool {
        self.needed.get(step) == Some(&true)
    }

    fn fits(&self, group: usize, step: &Step, chain: usize) -> bool {
        let Some(group) = self.groups.get(group) else { return false };
        match self.atomic {
            None => group.writes < self.capabilities.write_batch.max.max(1),
            Some(limits) => {
                group.writes < limits.max_writes.max(1)
                    && limits.max_depth.is_none_or(|most| chain < most.max(1))
                    && self.kind_fits(limits, group, step)
            }
        }
    }

    fn kind_fits(&self, limits: &AtomicGroup, group: &Open<'p>, step: &Step) -> bool {
        let Some(most) = limits.max_kinds else { return true };
        group.kinds.len() < most.max(1) || self.kind(step).is_none_or(|kind| group.kinds.contains(&kind))
    }

    fn kind(&self, step: &Step) -> Option<(Method, &'p str)> {
        let part = self.pattern.parts.get(step.position)?;
        Some((method(&step.action)?, part.entity.crm_type.as_str()))
    }

    fn put(&mut self, number: usize, step: &Step, index: usize, group: usize, reads: &[usize]) {
        let counted = self.atomic.is_some_and(|limits| limits.max_kinds.is_some());
        let kind = if counted { self.kind(step) } else { None };
        let Some(group) = self.groups.get_mut(group) else { return };
        group.writes += 1;
        if let Some(kind) = kind
            && !group.kinds.contains(&kind)
        {
            group.kinds.push(kind);
        }
        match group.members.last_mut() {
            Some(last) if last.step == number && last.to == index => last.to += 1,
            _ => {
                group.members.push(Member { step: number, from: index, to: index + 1 });
                group.after.extend(reads);
            }
        }
    }

    /// The group waits for the groups of what its new write needs.
    fn wait_for(&mut self, group: usize, need: Need, instance: usize) {
        let mut last = None;
        let base = self.base;
        let mut waits = Vec::new();
        for (_, other, _) in self.each(need, instance) {
            if other != group && last != Some(other) {
                last = Some(other);
                waits.push(other + base);
            }
        }
        if let Some(group) = self.groups.get_mut(group) {
            for wait in waits {
                if group.after.last() != Some(&wait) {
                    group.after.push(wait);
                }
            }
        }
    }
}

//! Requests: each in the first trip that it can take, in the form it says, and none that another could carry.

use std::collections::BTreeSet;

use super::Auditor;
use crate::adapter::AtomicGroup;
use crate::plan::{GroupKind, StepAction, WireGroup};

impl<'a> Auditor<'a> {
    pub(super) fn check_requests(&mut self) {
        self.check_forms();
        self.check_trips();
        self.check_fewest();
    }

    fn queries(&self, group: &WireGroup) -> usize {
        let steps = group.members.iter().filter_map(|member| self.step(member.step));
        let alone = |action: &StepAction| matches!(action, StepAction::Read(read) if !read.by.is_nested());
        steps.filter(|step| alone(&step.action)).count()
    }

    fn check_forms(&mut self) {
        for (number, group) in self.plan.groups.iter().enumerate() {
            let expected = match (group.kind, self.queries(group), group.members.len()) {
                (GroupKind::Read, 1, 1) => "query",
                (GroupKind::Read, 1, _) => self.join_form(group),
                (GroupKind::Read, _, _) => &self.capabilities.read_batch.form,
                (GroupKind::Batch, _, _) => &self.capabilities.write_batch.form,
                // Held against the capabilities with the limits.
                (GroupKind::Atomic, _, _) => &group.form,
            };
            if group.kind == GroupKind::Read && !group.members.is_sorted_by(|a, b| a.step < b.step) {
                self.find_group(number, "does not carry its reads in their order");
            }
            if group.form != expected {
                self.find_group(number, "names another form than it has");
            }
        }
    }

    /// The form of a query with joins.
    fn join_form(&self, group: &WireGroup) -> &'a str {
        let mut steps = group.members.iter().filter_map(|member| self.step(member.step));
        let by_value = steps.any(|step| matches!(&step.action, StepAction::Read(read) if read.by.is_by_value()));
        let limits = &self.capabilities.join;
        limits.by_value.as_ref().filter(|_| by_value).map_or(&limits.form, |form| &form.form)
    }

    /// A request goes in the trip after the last that it waits for, writes after all reads.
    fn check_trips(&mut self) {
        let reads = self.plan.groups.iter().filter(|group| group.kind == GroupKind::Read);
        let last_read = reads.map(|group| group.trip).max().unwrap_or(0);
        for (number, group) in self.plan.groups.iter().enumerate() {
            let trips = group.after.iter().filter_map(|before| self.plan.groups.get(*before)).map(|group| group.trip);
            let first = if group.kind == GroupKind::Read { 0 } else { last_read };
            if group.trip != trips.max().unwrap_or(0).max(first) + 1 {
                self.find_group(number, "does not go in the first trip that it can take");
            }
            if !group.after.is_sorted_by(|a, b| a < b) {
                self.find_group(number, "waits for a group twice, or out of order");
            }
        }
        if !self.plan.groups.is_sorted_by_key(|group| group.trip) {
            self.find("the requests are not in the order of their trips");
        }
    }

    /// No two neighbours of a trip fit into one request.
    fn check_fewest(&mut self) {
        for (number, pair) in self.plan.groups.windows(2).enumerate() {
            let [a, b] = pair else { continue };
            if a.trip != b.trip || a.kind != b.kind {
                continue;
            }
            let writes = |group: &WireGroup| group.members.iter().map(|member| member.to - member.from).sum::<usize>();
            let together = writes(a) + writes(b);
            let fits = match a.kind {
                GroupKind::Read => {
                    let most = if self.capabilities.share_reads { self.capabilities.read_batch.max } else { 1 };
                    self.queries(a) + self.queries(b) <= most
                }
                GroupKind::Batch => together <= self.capabilities.write_batch.max,
                GroupKind::Atomic => self.limits(a).is_some_and(|limits| {
                    together <= limits.max_writes
                        && limits.max_kinds.is_none_or(|most| self.kinds([a, b]).len() <= most)
                }),
            };
            if fits {
                self.find_group(number + 1, "could travel with the group before");
            }
        }
        let writes: Vec<&WireGroup> = self.plan.groups.iter().filter(|group| group.kind == GroupKind::Atomic).collect();
        let fits = |limits: &AtomicGroup| self.takes_all(limits, &writes);
        if writes.len() > 1 && self.capabilities.atomic_groups().any(fits) {
            self.find("all writes could be one request");
        }
    }

    fn kinds<'g>(&self, groups: impl IntoIterator<Item = &'g WireGroup>) -> BTreeSet<(u8, &str)> {
        let members = groups.into_iter().flat_map(|group| &group.members);
        members.filter_map(|member| self.kind(self.step(member.step)?)).collect()
    }

    /// Whether a form takes all these writes, whatever they refer to. Chains are taken at the most they can be.
    fn takes_all(&self, limits: &AtomicGroup, groups: &[&WireGroup]) -> bool {
        let writes: usize = groups.iter().flat_map(|group| &group.members).map(|member| member.to - member.from).sum();
        writes <= limits.max_writes
            && limits.max_kinds.is_none_or(|most| self.kinds(groups.iter().copied()).len() <= most)
            && limits.max_depth.is_none_or(|most| writes <= most)
            && self.capabilities.back_references
    }
}

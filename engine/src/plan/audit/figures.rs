//! The headline, worked out anew.

use super::Auditor;
use super::expect::{in_set, instance, record, requirements};
use crate::plan::{Answer, By, Count, Figures, GroupKind, Guard, JoinWire, RecordShape, Step, StepAction};

impl Auditor<'_> {
    pub(super) fn check_figures(&mut self) {
        let expected = Figures {
            depth: self.plan.groups.iter().map(|group| group.trip).max().unwrap_or(0),
            round_trips: self.plan.groups.len(),
            round_trips_exact: self.exact(),
            server_operations: self.operations(),
            atomic: self.atomic(),
            once: self.once(),
            guard: self.guard(),
            race: self.race(),
            over_fetch: self.plan.steps.iter().any(|s| matches!(&s.action, StepAction::Read(read) if read.over_fetch)),
        };
        let figures = &self.plan.figures;
        let pairs = [
            ("depth", figures.depth == expected.depth),
            ("round trips", figures.round_trips == expected.round_trips),
            ("exactness", figures.round_trips_exact == expected.round_trips_exact),
            ("server operations", figures.server_operations == expected.server_operations),
            ("atomic", figures.atomic == expected.atomic),
            ("once", figures.once == expected.once),
            ("guard", figures.guard == expected.guard),
            ("race", figures.race == expected.race),
            ("over-fetch", figures.over_fetch == expected.over_fetch),
        ];
        for (name, right) in pairs {
            if !right {
                self.find(format!("the figure `{name}` is not what the plan comes to"));
            }
        }
    }

    /// Instances of steps of one kind that travel, with their group.
    fn carried(&self, wanted: fn(&StepAction) -> bool) -> impl Iterator<Item = (usize, &Step, usize)> {
        self.plan.groups.iter().enumerate().flat_map(move |(number, group)| {
            group.members.iter().filter_map(move |member| {
                let step = self.step(member.step).filter(|step| wanted(&step.action))?;
                Some((number, step, member.to - member.from))
            })
        })
    }

    fn operations(&self) -> usize {
        let reads = self.carried(|action| matches!(action, StepAction::Read(read) if !read.by.is_nested())).count();
        let others = self.carried(|action| !matches!(action, StepAction::Read(_)));
        reads + others.map(|(_, _, count)| count).sum::<usize>()
    }

    fn atomic(&self) -> Answer {
        let writes = || self.carried(|action| !matches!(action, StepAction::Read(_) | StepAction::Find { .. }));
        let count: usize = writes().map(|(_, _, count)| count).sum();
        let mut groups: Vec<usize> = writes().map(|(group, _, _)| group).collect();
        groups.dedup();
        let all = groups.iter().all(|group| self.plan.groups.get(*group).is_some_and(|g| g.kind == GroupKind::Atomic));
        match (count, groups.len()) {
            (0, _) => Answer::NotApplicable,
            (1, _) => Answer::Yes,
            (_, 1) if all => Answer::Yes,
            _ => Answer::No,
        }
    }

    fn once(&self) -> Answer {
        if self.atomic() == Answer::NotApplicable {
            return Answer::NotApplicable;
        }
        let keyed = |step: &Step| {
            let entity = self.part(step.position).map(|part| &part.entity);
            self.capabilities.caller_ids || entity.is_some_and(|entity| entity.idempotency.is_some())
        };
        let mut created: Vec<(usize, bool)> =
            self.carried(|action| *action == StepAction::Create).map(|(group, step, _)| (group, keyed(step))).collect();
        created.sort_unstable();
        let safe = created.chunk_by(|a, b| a.0 == b.0).all(|group| {
            let kind = group.first().and_then(|(group, _)| self.plan.groups.get(*group)).map(|group| group.kind);
            let mut keys = group.iter().map(|(_, keyed)| *keyed);
            if kind == Some(GroupKind::Atomic) { keys.any(|keyed| keyed) } else { keys.all(|keyed| keyed) }
        });
        if safe { Answer::Yes } else { Answer::No }
    }

    /// Every change of an existing record sends the version that was read, in this plan or before it.
    fn guard(&self) -> Guard {
        let mut any = false;
        let mut all = true;
        for step in &self.plan.steps {
            let Count::Exactly(instances) = &step.count else { continue };
            for one in instances {
                let known = record(self.shape, step.position, *one);
                let guarded = match &step.action {
                    StepAction::Upsert { .. } => false,
                    StepAction::Delete => true,
                    StepAction::Create if self.read_by(step.position, *one, true) => true,
                    StepAction::Update => {
                        let fetched = instance(self.shape, step.position, *one).is_some_and(|i| !i.fetched.is_empty());
                        let part = self.pattern.parts.get(step.position);
                        let set =
                            part.is_some_and(|part| in_set(self.shape, self.plan.operation, part, step.position, *one));
                        known == RecordShape::Found || fetched || set || self.read_by(step.position, *one, false)
                    }
                    _ => continue,
                };
                any = true;
                all &= guarded && self.capabilities.etags;
            }
        }
        match (any, all) {
            (false, _) => Guard::NotApplicable,
            (true, true) => Guard::Etag,
            (true, false) => Guard::None,
        }
    }

    /// Whether a step reads an instance's record before it is written.
    fn read_by(&self, position: usize, one: usize, matched: bool) -> bool {
        let read = self.reader(position).filter(|_| !matched).and_then(|step| self.step(step));
        let covers = |step: &Step| match &step.count {
            Count::Exactly(all) => all.binary_search(&one).is_ok(),
            Count::Found => true,
        };
        self.looked_by(position, one).is_some() || read.is_some_and(covers)
    }

    fn race(&self) -> bool {
        let looks = self
            .plan
            .steps
            .iter()
            .any(|step| matches!(&step.action, StepAction::Read(read) if matches!(read.by, By::Match { .. })));
        looks
            || self.plan.steps.iter().any(|step| {
                let Count::Exactly(instances) = &step.count else { return false };
                let wanted = match step.action {
                    StepAction::Create => RecordShape::Missing,
                    StepAction::Update => RecordShape::Found,
                    _ => return false,
                };
                instances.iter().any(|one| record(self.shape, step.position, *one) == wanted)
            })
    }

    /// Whether the input settles the number of requests.
    fn exact(&self) -> bool {
        let rows = self.rows();
        let most = self.capabilities.in_list;
        let settled = self.plan.steps.iter().all(|step| {
            let StepAction::Read(read) = &step.action else { return true };
            match (&read.by, &step.count) {
                (By::Children { .. }, _) => false,
                (By::Id | By::Match { .. }, Count::Exactly(all)) => all.len() <= most,
                (By::Join { step, wire: JoinWire::InList, .. }, _) => {
                    rows.get(*step).copied().flatten().is_some_and(|rows| rows <= most)
                }
                _ => true,
            }
        });
        let open = self
            .pattern
            .parts
            .iter()
            .enumerate()
            .any(|(position, part)| !part.read_only && self.expected.open.get(position) == Some(&true));
        settled && !open && !self.may_be_unchanged()
    }

    /// Whether a record that is looked up for a create may turn out to need no write.
    fn may_be_unchanged(&self) -> bool {
        self.plan.steps.iter().filter(|step| step.action == StepAction::Create).any(|step| {
            let (Some(part), Count::Exactly(instances)) = (self.part(step.position), &step.count) else { return false };
            let counts = |field: &usize| !part.match_on.contains(field);
            let always = part.fixed.iter().any(|(field, _)| counts(field))
                || requirements(self.pattern, part).any(|requirement| {
                    let there = requirement.sources.iter().any(|slot| self.expected.count(slot.part) > 0);
                    there && counts(&requirement.dependent.field) && !self.waits(requirement)
                })
                || self
                    .expected
                    .carried
                    .get(step.position)
                    .is_some_and(|carried| carried.iter().any(|embed| self.expected.count(*embed) > 0));
            !always
                && instances.iter().any(|one| {
                    let given = instance(self.shape, step.position, *one).is_some_and(|i| i.fields.iter().any(counts));
                    !given && self.read_by(step.position, *one, true)
                })
        })
    }
}

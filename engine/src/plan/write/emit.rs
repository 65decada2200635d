//! The writing steps, sources before dependents.

use super::Scene;
use super::fields::{Choice, Fields};
use super::kinds::Kind;
use crate::catalog::Part;
use crate::plan::lower::{Need, Writing};
use crate::plan::problem::{self, PlanProblem};
use crate::plan::{Count, FieldSource, Operation, PartShape, RecordShape, Step, StepAction};

impl Scene<'_> {
    /// Plans the writes: parts in order, then what is deferred, then what goes.
    pub(super) fn plan_writes(&mut self) {
        self.orphans();
        for position in self.pattern.order.iter().copied() {
            let Some(part) = self.part(position) else { continue };
            if !part.read_only && part.entity.embedded.is_none() {
                self.emit_part(position, part);
            }
        }
        for position in self.pattern.order.iter().copied() {
            self.emit_deferred(position);
        }
        for position in self.pattern.order.iter().rev().copied() {
            self.emit_deletes(position);
        }
    }

    /// Embedded instances whose parent is not written.
    fn orphans(&mut self) {
        for (parent, embeds) in self.embeds.clone().into_iter().enumerate() {
            for (embed, _) in embeds {
                let written = self.is_written(parent) && !self.kinds(parent).contains(&Kind::Referred);
                let (true, Some(part), Some(carrier)) =
                    (self.carries(embed) && !written, self.part(embed), self.part(parent))
                else {
                    continue;
                };
                let message =
                    format!("`{}` travels in the write of `{}`, which is not written", part.ref_id, carrier.ref_id);
                let help = format!("give `{}` by its `Id` in an update, or create it", carrier.ref_id);
                self.problems.push(PlanProblem::new(&problem::PARENT, part, message).help(help));
            }
        }
    }

    /// Whether a parent's write must carry an embedded part: it has instances, or an update empties the collection.
    fn carries(&self, embed: usize) -> bool {
        let given = matches!(self.shape.parts.get(embed), Some(Some(PartShape::Given { .. })));
        self.present(embed).count > 0 || self.operation == Operation::Update && given
    }

    fn emit_part(&mut self, position: usize, part: &Part) {
        let count = self.kinds(position).len();
        if count == 0 {
            return;
        }
        if let Some(placed) = self.placed.get_mut(position) {
            placed.resize(count, None);
        }
        let makes = self.makes(part);
        let made = self.instances(position, |kind| kind == Kind::Create || kind == Kind::Look && makes);
        let changed = self.instances(position, |kind| kind == Kind::Update || kind == Kind::Look && !makes);
        let by_key = self.instances(position, |kind| matches!(kind, Kind::Upsert | Kind::UpdateByKey));
        self.emit_creates(position, part, made);
        self.emit_updates(position, part, changed);
        if !by_key.is_empty() {
            let key = part.match_on.iter().filter_map(|field| part.entity.fields.get(*field));
            let key = key.map(|field| field.name.clone()).collect();
            let update_only = !makes;
            self.guarded(false);
            let fields = self.fields(position, part, &by_key, Choice::default());
            if !update_only {
                self.check_required(part, position, &by_key, &fields);
            }
            self.emit(position, part, StepAction::Upsert { key, update_only }, by_key, fields);
        }
    }

    fn instances(&self, position: usize, chosen: impl Fn(Kind) -> bool) -> Vec<usize> {
        let kinds = self.kinds(position).iter().enumerate();
        kinds.filter(|(_, kind)| chosen(**kind)).map(|(instance, _)| instance).collect()
    }

    fn emit_creates(&mut self, position: usize, part: &Part, made: Vec<usize>) {
        if made.is_empty() {
            return;
        }
        let fields = self.fields(position, part, &made, Choice { defaults: true, without: &[] });
        let looked: Vec<usize> =
            made.iter().copied().filter(|one| self.kinds(position).get(*one) == Some(&Kind::Look)).collect();
        if looked.is_empty() {
            self.check_required(part, position, &made, &fields);
        } else {
            self.guarded(self.capabilities.etags);
            let certain: Vec<usize> = made.iter().copied().filter(|one| !looked.contains(one)).collect();
            self.check_required(part, position, &certain, &fields);
            // A record that is found may turn out to need no write.
            let change = self.change(position, part, &part.match_on);
            self.known.exact &= looked.iter().all(|one| self.sends(position, *one, change, &part.match_on));
        }
        self.known.race |= made.iter().any(|one| self.present(position).record(*one) == RecordShape::Missing);
        self.emit(position, part, StepAction::Create, made, fields);
    }

    fn emit_updates(&mut self, position: usize, part: &Part, changed: Vec<usize>) {
        // A record that was found by its match fields has their values already.
        let found = |scene: &Self, one: usize| {
            scene.present(position).record(one) == RecordShape::Found
                || scene.kinds(position).get(one) == Some(&Kind::Look)
        };
        let (found, given): (Vec<usize>, Vec<usize>) = changed.into_iter().partition(|one| found(self, *one));
        let link = given.iter().find_map(|one| self.kept_link(position, part, *one));
        let (kept, given): (Vec<usize>, Vec<usize>) =
            given.into_iter().partition(|one| self.kept_link(position, part, *one).is_some());
        for (instances, without) in [(given, &[][..]), (kept, link.as_slice()), (found, part.match_on.as_slice())] {
            let change = self.change(position, part, without);
            let sent: Vec<usize> =
                instances.into_iter().filter(|one| self.sends(position, *one, change, without)).collect();
            if sent.is_empty() {
                continue;
            }
            for one in &sent {
                self.guarded(self.is_guarded(position, *one));
                self.known.race |= self.present(position).record(*one) == RecordShape::Found;
            }
            let fields = self.fields(position, part, &sent, Choice { defaults: false, without });
            self.emit(position, part, StepAction::Update, sent, fields);
        }
    }

    /// Whether every instance of a part is changed by the pattern itself.
    fn change(&self, position: usize, part: &Part, without: &[usize]) -> bool {
        let fixed = part.fixed.iter().any(|(field, _)| !without.contains(field));
        let required =
            part.incoming.iter().filter_map(|requirement| self.requirement(*requirement)).any(|requirement| {
                let there = requirement.sources.iter().any(|slot| self.there(slot));
                there && !without.contains(&requirement.dependent.field) && !self.is_deferred(requirement)
            });
        let embeds = self.embeds.get(position).into_iter().flatten();
        fixed || required || embeds.into_iter().any(|(embed, _)| self.carries(*embed))
    }

    fn sends(&self, position: usize, instance: usize, change: bool, without: &[usize]) -> bool {
        let present = self.present(position);
        let given = present.shape(instance).map(|shape| shape.fields.as_slice()).unwrap_or_default();
        change || given.iter().any(|field| !without.contains(field))
    }

    /// Whether this operation reads, or has read, the version of an existing record.
    fn is_guarded(&self, position: usize, instance: usize) -> bool {
        let present = self.present(position);
        let read_before = present.record(instance) == RecordShape::Found
            || self.in_set(position, instance)
            || present.shape(instance).is_some_and(|shape| !shape.fetched.is_empty());
        let covers = |step: &usize| match self.steps.get(*step).map(|step| &step.count) {
            Some(Count::Exactly(instances)) => instances.binary_search(&instance).is_ok(),
            Some(Count::Found) => true,
            None => false,
        };
        let steps = [&self.read_step, &self.look_step].into_iter();
        let reads = || steps.filter_map(|steps| steps.get(position).copied().flatten()).any(|step| covers(&step));
        self.capabilities.etags && (read_before || reads())
    }

    fn guarded(&mut self, guarded: bool) {
        self.known.guard = Some(self.known.guard.unwrap_or(true) && guarded);
    }

    /// Every required field of what is made has a value.
    fn check_required(&mut self, part: &Part, position: usize, instances: &[usize], fields: &Fields) {
        for (field, definition) in part.entity.fields.iter().enumerate() {
            let filled =
                definition.name.is_id() || part.entity.idempotency == Some(field) || fields.implied == Some(field);
            if !definition.required || filled {
                continue;
            }
            let found = fields.positions.binary_search(&field).ok().and_then(|found| fields.sources.get(found));
            let always = |source: &FieldSource| source.from.iter().any(|origin| *origin != crate::plan::Origin::Input);
            if found.is_some_and(always) {
                continue;
            }
            let Some(first) = instances.iter().find(|one| !self.present(position).gives(**one, field)) else {
                continue;
            };
            let which = if part.multiple { format!(" of instance {first}") } else { String::new() };
            let message = format!("`{}.{}`{which} is required and has no value", part.ref_id, definition.name);
            let help = "give it, or a default or a requirement in the pattern";
            self.problems.push(PlanProblem::new(&problem::REQUIRED, part, message).field(part, field).help(help));
        }
    }

    /// A step with the embedded ones that travel in it before it.
    fn emit(&mut self, position: usize, part: &Part, action: StepAction, instances: Vec<usize>, mut fields: Fields) {
        let embeds = self.embeds.get(position).cloned().unwrap_or_default();
        let embeds: Vec<(usize, usize)> = embeds.into_iter().filter(|(embed, _)| self.carries(*embed)).collect();
        let parent = self.steps.len() + embeds.len();
        self.carrier = Some(position);
        for (embed, requirement) in embeds {
            self.emit_embed(embed, requirement, parent, part.multiple.then_some(&instances), &mut fields);
        }
        self.carrier = None;
        let step = self.steps.len();
        if let Some(placed) = self.placed.get_mut(position) {
            for (index, instance) in instances.iter().enumerate() {
                if let Some(slot) = placed.get_mut(*instance) {
                    *slot = Some((step, index));
                }
            }
        }
        if instances.iter().any(|one| self.kinds(position).get(*one) == Some(&Kind::Look)) {
            fields.after.extend(self.look_step.get(position).copied().flatten());
        }
        fields.settle();
        let Fields { sources, after, needs, .. } = fields;
        self.push_step(position, part, action, Count::Exactly(instances), sources, after);
        self.writings.push(Writing { step, needs });
    }

    /// The instances of an embedded part that travel in a step to come; `rows`: those instances of the parent.
    fn emit_embed(
        &mut self,
        embed: usize,
        requirement: usize,
        parent: usize,
        rows: Option<&Vec<usize>>,
        carrier: &mut Fields,
    ) {
        let (Some(part), Some(link)) = (self.part(embed), self.requirement(requirement)) else { return };
        let count = self.present(embed).count;
        let instances: Vec<usize> = match rows {
            Some(rows) => rows.iter().copied().filter(|row| *row < count).collect(),
            None => (0..count).collect(),
        };
        let without = [link.dependent.field];
        // An emptied collection takes nothing, so its carrier waits for nothing on its account.
        let mut fields = match instances.as_slice() {
            [] => Fields::default(),
            some => self.fields(embed, part, some, Choice { defaults: true, without: &without }),
        };
        fields.implied = Some(link.dependent.field);
        self.check_required(part, embed, &instances, &fields);
        let step = self.steps.len();
        carrier.after.extend(&fields.after);
        carrier.after.push(step);
        let all = rows.is_none();
        carrier.needs.extend(fields.needs.iter().map(|need| Need { all: all || need.all, ..*need }));
        self.push_step(
            embed,
            part,
            StepAction::Embed { parent },
            Count::Exactly(instances),
            fields.sources,
            fields.after,
        );
    }

    /// What is set once both records exist.
    fn emit_deferred(&mut self, position: usize) {
        let Some(part) = self.part(position).filter(|_| self.is_written(position)) else { return };
        let incoming = part.incoming.iter().filter_map(|number| Some((*number, self.requirement(*number)?)));
        let deferred = incoming.filter(|(_, requirement)| self.is_deferred(requirement));
        let deferred: Vec<_> = deferred.collect();
        if deferred.is_empty() {
            return;
        }
        let instances = self.instances(position, |kind| kind != Kind::Referred);
        let mut fields = Fields::default();
        for (number, requirement) in deferred {
            let mut from = Vec::new();
            self.required(number, requirement, part, &instances, &mut from, &mut fields);
            if let (Some(name), false) = (self.name(&requirement.dependent), from.is_empty()) {
                fields.sources.push(FieldSource { field: name, from });
            }
        }
        let own = self.placed.get(position).into_iter().flatten().flatten();
        let mut own: Vec<usize> = own.map(|(step, _)| *step).collect();
        own.dedup();
        fields.after.append(&mut own);
        fields.needs.push(Need { part: position, all: false, id: true, value: true });
        fields.settle();
        let step = self.steps.len();
        let Fields { sources, after, needs, .. } = fields;
        self.push_step(position, part, StepAction::Defer, Count::Exactly(instances), sources, after);
        self.writings.push(Writing { step, needs });
    }

    /// What a replaced set no longer has.
    fn emit_deletes(&mut self, position: usize) {
        let Some(part) = self.part(position).filter(|part| part.replace && !part.read_only) else { return };
        let Some(stale) = self.present(position).stale.filter(|stale| *stale > 0) else { return };
        if self.operation != Operation::Update || part.entity.embedded.is_some() {
            return;
        }
        self.guarded(self.capabilities.etags);
        let step = self.steps.len();
        self.push_step(
            position,
            part,
            StepAction::Delete,
            Count::Exactly((0..stale).collect()),
            Vec::new(),
            Vec::new(),
        );
        self.writings.push(Writing { step, needs: Vec::new() });
    }

    fn push_step(
        &mut self,
        position: usize,
        part: &Part,
        action: StepAction,
        count: Count,
        fields: Vec<FieldSource>,
        after: Vec<usize>,
    ) {
        let (part, entity) = (part.ref_id.clone(), part.entity.id.clone());
        self.steps.push(Step { part, position, entity, action, count, fields, after });
    }
}

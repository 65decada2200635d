//! A good plan of a random pattern, spoilt in one place after another: the auditor notices each.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::mutations::restage;
use super::properties::{RandomEdge, RandomPart, entities, random_capabilities, random_edges, random_part};
use super::properties::{random_pattern, random_shape};
use super::*;
use crate::acting::Acting;
use crate::plan::{Answer, By, FieldSource, GroupKind, Guard, JoinWire, ReadStep, Step};

/// Plans that are wrong, each with how they came to be so.
struct Mutants<'p> {
    plan: &'p Plan,
    all: Vec<(&'static str, Plan)>,
}

impl<'p> Mutants<'p> {
    fn of(plan: &'p Plan) -> Vec<(&'static str, Plan)> {
        let mut mutants = Self { plan, all: Vec::new() };
        (0..plan.steps.len()).for_each(|number| mutants.step(number));
        (0..plan.groups.len()).for_each(|number| mutants.group(number));
        mutants.heading();
        mutants.figures();
        mutants.all
    }

    /// Keeps the spoilt plan, if it is another.
    fn plan(&mut self, what: &'static str, spoil: impl FnOnce(&mut Plan)) {
        let mut plan = self.plan.clone();
        spoil(&mut plan);
        if plan != *self.plan {
            self.all.push((what, plan));
        }
    }

    fn of_step(&mut self, what: &'static str, number: usize, spoil: impl FnOnce(&mut Step)) {
        self.plan(what, |plan| {
            spoil(&mut plan.steps[number]);
            restage(plan);
        });
    }

    fn step(&mut self, number: usize) {
        let step = &self.plan.steps[number];
        // An emptied collection takes nothing: what it would take, and wait for, is nobody's loss.
        let embeds_nothing =
            matches!(step.action, StepAction::Embed { .. }) && step.count == Count::Exactly(Vec::new());
        let waits = if embeds_nothing { Vec::new() } else { step.after.clone() };
        for before in waits {
            // What is embedded has no trip of its own: it has waited as long as the write that it travels in.
            let carrier = match step.action {
                StepAction::Embed { parent } => parent,
                _ => number,
            };
            self.plan("waits for less", |plan| {
                for waiting in [number, carrier] {
                    plan.steps[waiting].after.retain(|other| *other != before);
                }
                restage(plan);
            });
        }
        if !embeds_nothing {
            self.fields(number, step);
        }
        let unread = FieldSource { field: name("Zz"), from: vec![Origin::Input] };
        self.of_step("writes an unknown field", number, |step| step.fields.push(unread));
        self.of_step("counts nothing known", number, |step| step.count = Count::Found);
        self.of_step("counts one", number, |step| {
            if step.count == Count::Found {
                step.count = Count::Exactly(vec![0]);
            }
        });
        let write = |step: &mut Step, change: fn(&mut Vec<usize>)| match (&step.action, &mut step.count) {
            (StepAction::Read(_), _) | (_, Count::Found) => {}
            (_, Count::Exactly(instances)) => change(instances),
        };
        self.of_step("loses an instance", number, |step| write(step, |all| _ = all.pop()));
        self.of_step("makes an instance up", number, |step| {
            write(step, |all| all.push(all.last().map_or(0, |n| n + 1)))
        });
        for action in [StepAction::Create, StepAction::Update, StepAction::Delete, StepAction::Defer] {
            if !embeds_nothing {
                self.of_step("does something else", number, |step| step.action = action);
            }
        }
        self.of_step("makes where it may only change, or the other way", number, |step| {
            if let StepAction::Upsert { update_only, .. } = &mut step.action {
                *update_only ^= true;
            }
        });
        self.keys(number);
        if let StepAction::Read(read) = &step.action {
            self.read(number, read);
        }
    }

    fn fields(&mut self, number: usize, step: &Step) {
        for (position, source) in step.fields.iter().enumerate() {
            self.of_step("leaves a field out", number, |step| drop(step.fields.remove(position)));
            self.of_step("writes a field twice", number, |step| {
                step.fields.insert(position, step.fields[position].clone());
            });
            self.of_step("turns the precedence round", number, |step| step.fields[position].from.reverse());
            for origin in 0..source.from.len() {
                let spoil = |change: fn(&mut Vec<Origin>, usize)| {
                    move |step: &mut Step| change(&mut step.fields[position].from, origin)
                };
                self.of_step("leaves an origin out", number, spoil(|from, origin| drop(from.remove(origin))));
                self.of_step("takes the input", number, spoil(|from, origin| from[origin] = Origin::Input));
                self.of_step(
                    "takes what is not known yet",
                    number,
                    spoil(|from, origin| {
                        if let Origin::Part { step, .. } = &mut from[origin] {
                            *step = None;
                        }
                    }),
                );
            }
        }
    }

    fn keys(&mut self, number: usize) {
        type Change = fn(&mut Vec<crate::ids::FieldName>);
        let changes: [(&'static str, Change); 3] = [
            ("has a longer key", |key| key.push(name("Zz"))),
            ("has a shorter key", |key| drop(key.pop())),
            ("has another key", |key| key[0] = name("B")),
        ];
        for (what, change) in changes {
            self.of_step(what, number, |step| match &mut step.action {
                StepAction::Find { key } | StepAction::Upsert { key, .. } => change(key),
                _ => {}
            });
        }
    }

    fn of_read(&mut self, what: &'static str, number: usize, spoil: impl FnOnce(&mut ReadStep)) {
        self.of_step(what, number, |step| {
            if let StepAction::Read(read) = &mut step.action {
                spoil(read);
            }
        });
    }

    fn read(&mut self, number: usize, read: &ReadStep) {
        for position in 0..read.select.len() {
            self.of_read("fetches less", number, |read| drop(read.select.remove(position)));
        }
        self.of_read("fetches an unknown field", number, |read| read.select.push(name("Zz")));
        self.plan("says the wrong thing about over-fetch", |plan| {
            if let StepAction::Read(read) = &mut plan.steps[number].action {
                read.over_fetch ^= true;
            }
            let over = |step: &Step| matches!(&step.action, StepAction::Read(read) if read.over_fetch);
            plan.figures.over_fetch = plan.steps.iter().any(over);
        });
        for by in [By::Id, By::Filter, By::Own, By::Match { on: vec![name("A"), name("Zz")] }] {
            self.of_read("finds its records otherwise", number, |read| read.by = by);
        }
        self.of_read("travels otherwise", number, |read| {
            if let By::Join { wire, .. } = &mut read.by {
                *wire = if *wire == JoinWire::Nested { JoinWire::InList } else { JoinWire::Nested };
            }
        });
        self.of_read("matches by something else", number, |read| {
            if let By::Match { on } = &mut read.by {
                on[0] = name("Zz");
            }
        });
        let own = self.plan.steps[number].part.clone();
        self.of_read("is the set of somebody else", number, |read| {
            if let By::Children { parent, .. } = &mut read.by {
                *parent = own;
            }
        });
    }

    fn group(&mut self, number: usize) {
        let group = &self.plan.groups[number];
        for position in 0..group.after.len() {
            self.plan("group waits for less", |plan| _ = plan.groups[number].after.remove(position));
        }
        for before in 0..number {
            self.plan("group waits for more", |plan| {
                let after = &mut plan.groups[number].after;
                if !after.contains(&before) {
                    after.push(before);
                    after.sort_unstable();
                }
            });
        }
        self.plan("group goes later", |plan| {
            plan.groups[number].trip += 1;
            plan.figures.depth = plan.groups.iter().map(|group| group.trip).max().unwrap_or(0);
        });
        self.plan("group has another form", |plan| plan.groups[number].form = "zz".into());
        self.plan("group has another kind", |plan| {
            let kind = &mut plan.groups[number].kind;
            *kind = if *kind == GroupKind::Atomic { GroupKind::Batch } else { GroupKind::Atomic };
        });
        for position in 0..group.members.len() {
            self.plan("member is lost", |plan| _ = plan.groups[number].members.remove(position));
            self.plan("member travels twice", |plan| {
                let again = plan.groups[number].members[position].clone();
                plan.groups[number].members.push(again);
            });
            self.plan("member is cut", |plan| plan.groups[number].members[position].to -= 1);
            self.plan("member has too much", |plan| plan.groups[number].members[position].to += 1);
        }
    }

    fn heading(&mut self) {
        self.plan("acts as another", |plan| plan.acting = Acting::Application { reason: "x".into() });
        self.plan("is of another pattern", |plan| plan.pattern = id("zz"));
        self.plan("is for another CRM", |plan| plan.crm = "zz".parse().unwrap());
    }

    fn figures(&mut self) {
        self.plan("depth", |plan| plan.figures.depth += 1);
        self.plan("round trips", |plan| plan.figures.round_trips += 1);
        self.plan("exactness", |plan| plan.figures.round_trips_exact ^= true);
        self.plan("server operations", |plan| plan.figures.server_operations += 1);
        self.plan("race", |plan| plan.figures.race ^= true);
        self.plan("over-fetch", |plan| plan.figures.over_fetch ^= true);
        for answer in [Answer::Yes, Answer::No, Answer::NotApplicable] {
            self.plan("atomic", |plan| plan.figures.atomic = answer);
            self.plan("once", |plan| plan.figures.once = answer);
        }
        for guard in [Guard::Etag, Guard::None, Guard::NotApplicable] {
            self.plan("guard", |plan| plan.figures.guard = guard);
        }
    }
}

type Random = (Vec<RandomPart>, Vec<RandomEdge>, Operation, usize, [bool; 8]);

fn random() -> impl Strategy<Value = Random> {
    let operation = prop::sample::select(&Operation::ALL[..]);
    (prop::collection::vec(random_part(), 1..7), random_edges(), operation, 0..3_usize, any::<[bool; 8]>())
}

/// Plans what is random, and hands it over where there is a plan.
fn planned(
    (mut parts, edges, operation, crm, tweaks): Random,
    look: impl FnOnce(&Plan, &Pattern, &InputShape, &Capabilities),
) {
    let written = random_pattern(&mut parts, &edges);
    let Some(checked) = check(&Model { definitions: entities(), patterns: vec![written] }).catalog else { return };
    let pattern = checked.pattern("crm-a", "p").unwrap();
    let shape = random_shape(pattern, &parts, operation);
    let capabilities = random_capabilities(crm, tweaks);
    if let Ok(plan) = plan(pattern, operation, &shape, &capabilities) {
        look(&plan, pattern, &shape, &capabilities);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 250, ..ProptestConfig::default() })]
    #[test]
    fn whatever_is_spoilt_is_noticed(random in random()) {
        planned(random, |plan, pattern, shape, capabilities| {
            for (what, mutant) in Mutants::of(plan) {
                let noticed = !audit(&mutant, pattern, shape, capabilities).is_empty();
                assert!(noticed, "{what}\n{plan}\n{mutant}\n{shape:?}\n{:?}", tell(pattern));
            }
        });
    }
}

/// What random patterns and inputs come to: a property that looks at nothing proves nothing.
#[test]
fn random_plans_have_everything_that_a_plan_can_have() {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let (mut tried, mut plans) = (0, 0);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..1500 {
        let random = random().new_tree(&mut runner).unwrap().current();
        tried += 1;
        planned(random, |plan, _, _, _| {
            plans += 1;
            for step in &plan.steps {
                let verb = crate::plan::explain::verb(&step.action);
                let by = match &step.action {
                    StepAction::Read(read) if read.by.is_by_value() => "ByValue".to_owned(),
                    StepAction::Read(read) => format!("{:?}", read.by).split([' ', '{']).next().unwrap().to_owned(),
                    _ => String::new(),
                };
                seen.insert(format!("{} {verb} {by}", plan.operation).trim_end().to_owned());
            }
        });
    }
    assert!(plans * 2 > tried, "{plans} of {tried}");
    let wanted = [
        "create create",
        "create defer",
        "create embed",
        "create read Filter",
        "create read Id",
        "create read Join",
        "create read Match",
        "create read Own",
        "create update",
        "create upsert",
        "read read ByValue",
        "read read Filter",
        "read read Id",
        "read read Join",
        "read read Own",
        "update create",
        "update defer",
        "update delete",
        "update embed",
        "update read ByValue",
        "update read Children",
        "update read Filter",
        "update read Id",
        "update read Join",
        "update read Match",
        "update update",
    ];
    let missing: Vec<&str> = wanted.into_iter().filter(|wanted| !seen.contains(*wanted)).collect();
    assert!(missing.is_empty(), "{missing:?} of {seen:?}");
    assert!(seen.iter().any(|seen| seen.ends_with(" find")), "{seen:?}");
}

//! A good plan, spoilt in one place: the auditor notices each.

use serde_json::json;

use super::*;

const LINES: &str = "a account readonly
o employee readonly
e event Status=Open Places:=3
n note
c contact match LastName
notes[] note replace
e.AccountId = a.Id
e.OwnerId = o.Id
n.EventId = e.Id
notes.EventId = e.Id
n.Title = a.Name";

struct Spoilt {
    pattern: std::sync::Arc<Pattern>,
    shape: InputShape,
    capabilities: Capabilities,
    plan: Plan,
}

impl Spoilt {
    fn new(input: &Json, capabilities: Capabilities) -> Self {
        let catalog = catalog(&model(LINES));
        let pattern = std::sync::Arc::clone(catalog.pattern("crm-a", "p").unwrap());
        let shape = InputShape::of(&pattern, &Input::from_json(&pattern, input).unwrap());
        let plan = plan(&pattern, Operation::Create, &shape, &capabilities).unwrap();
        assert_sound(&plan, &pattern, &shape, &capabilities);
        Self { pattern, shape, capabilities, plan }
    }

    /// Spoils the plan; the auditor must find something that begins as expected.
    #[track_caller]
    fn notices(&self, expected: &str, spoil: impl FnOnce(&mut Plan)) {
        let mut plan = self.plan.clone();
        spoil(&mut plan);
        assert_ne!(plan, self.plan);
        let findings = audit(&plan, &self.pattern, &self.shape, &self.capabilities);
        let found: Vec<String> = findings.iter().map(ToString::to_string).collect();
        assert!(found.iter().any(|found| found.contains(expected)), "{found:#?}\n{plan}");
    }
}

fn good() -> Spoilt {
    let filter = json!({"$filter": {"field": "Email", "operator": "Equals", "value": "m"}});
    let input =
        json!({"a": {"Id": "a"}, "o": filter, "c": {"LastName": "n"}, "notes": [{"Title": "1"}, {"Title": "2"}]});
    Spoilt::new(&input, theirs())
}

fn step(plan: &Plan, part: &str, create: bool) -> usize {
    let wanted =
        |step: &super::super::Step| step.part.as_str() == part && (step.action == StepAction::Create) == create;
    plan.steps.iter().position(wanted).unwrap()
}

/// The stages that follow from what steps need.
pub(super) fn restage(plan: &mut Plan) {
    let mut levels: Vec<usize> = Vec::new();
    plan.stages.clear();
    for (position, step) in plan.steps.iter().enumerate() {
        let level = step.after.iter().map(|before| levels[*before] + 1).max().unwrap_or(0);
        levels.push(level);
        plan.stages.resize(plan.stages.len().max(level + 1), Vec::new());
        plan.stages[level].push(position);
    }
}

#[test]
fn a_dependency_that_comes_too_late() {
    good().notices("comes before a step that it needs", |plan| {
        let event = step(plan, "e", true);
        plan.steps[event].after.push(event + 1);
    });
    good().notices("has other sources than it should", |plan| {
        let note = step(plan, "n", true);
        plan.steps[note].after.clear();
        restage(plan);
    });
}

#[test]
fn stages_that_do_not_follow() {
    good().notices("the stages do not follow", |plan| {
        plan.stages.pop();
    });
}

#[test]
fn an_instance_that_is_lost_or_written_twice() {
    good().notices("of `notes` is not written", |plan| {
        let notes = step(plan, "notes", true);
        plan.steps[notes].count = Count::Exactly(vec![0]);
    });
    good().notices("a second time", |plan| {
        let notes = step(plan, "notes", true);
        let mut again = plan.steps[notes].clone();
        again.count = Count::Exactly(vec![1]);
        plan.steps.push(again);
        let last = plan.stages.len() - 1;
        plan.stages[last].push(plan.steps.len() - 1);
    });
    good().notices("which is not there", |plan| {
        let notes = step(plan, "notes", true);
        plan.steps[notes].count = Count::Exactly(vec![0, 1, 2]);
    });
}

#[test]
fn a_field_without_its_sources_or_with_others() {
    for (part, field) in [("e", "Status"), ("e", "Places"), ("e", "AccountId"), ("n", "Title"), ("notes", "Title")] {
        good().notices(&format!("`{field}` has other sources"), |plan| {
            let position = step(plan, part, true);
            plan.steps[position].fields.retain(|source| source.field.as_str() != field);
        });
    }
    good().notices("`Status` has other sources", |plan| {
        let event = step(plan, "e", true);
        let status = plan.steps[event].fields.iter_mut().find(|source| source.field.as_str() == "Status").unwrap();
        status.from = vec![Origin::Input];
    });
    good().notices("`OwnerId` has other sources", |plan| {
        let event = step(plan, "e", true);
        for source in &mut plan.steps[event].fields {
            for origin in &mut source.from {
                if let Origin::Part { step, .. } = origin {
                    *step = None;
                }
            }
        }
    });
}

#[test]
fn a_write_that_is_another() {
    good().notices("is not what instance 0 needs", |plan| {
        let event = step(plan, "e", true);
        plan.steps[event].action = StepAction::Update;
    });
    good().notices("without looking for its match", |plan| {
        let look = step(plan, "c", false);
        plan.steps[look].count = Count::Exactly(Vec::new());
    });
}

#[test]
fn a_read_that_is_missing_or_fetches_too_little() {
    good().notices("`o` is read 0 times", |plan| {
        let owner = step(plan, "o", false);
        plan.steps[owner].part = plan.steps[step(plan, "a", false)].part.clone();
        plan.steps[owner].entity = plan.steps[step(plan, "a", false)].entity.clone();
        plan.steps[owner].position = 0;
    });
    good().notices("does not fetch `Name`", |plan| {
        let account = step(plan, "a", false);
        if let StepAction::Read(read) = &mut plan.steps[account].action {
            read.select.clear();
        }
    });
    good().notices("over-fetch", |plan| {
        let account = step(plan, "a", false);
        if let StepAction::Read(read) = &mut plan.steps[account].action {
            read.over_fetch = true;
        }
    });
}

#[test]
fn something_that_does_not_travel_or_travels_twice() {
    good().notices("does not travel", |plan| {
        plan.groups.last_mut().unwrap().members.pop();
    });
    good().notices("travels already", |plan| {
        let last = plan.groups.last_mut().unwrap();
        let member = last.members[0].clone();
        last.members.push(member);
    });
    good().notices("in a group of another kind", |plan| {
        let last = plan.groups.last_mut().unwrap();
        let member = last.members.pop().unwrap();
        plan.groups[0].members.push(member);
    });
}

#[test]
fn groups_out_of_order_or_beyond_the_limits() {
    good().notices("cannot refer to", |plan| {
        plan.groups.last_mut().unwrap().members.reverse();
    });
    good().notices("before everything is read", |plan| {
        plan.groups.iter_mut().for_each(|group| {
            group.trip = 1;
            group.after.clear();
        });
    });
    good().notices("without waiting for group", |plan| {
        plan.groups.last_mut().unwrap().after.clear();
    });
    good().notices("without gaps", |plan| {
        plan.groups.last_mut().unwrap().trip = 7;
    });
    let mut strict = good();
    strict.capabilities.atomic_group.as_mut().unwrap().max_writes = 1;
    let findings = audit(&strict.plan, &strict.pattern, &strict.shape, &strict.capabilities);
    assert!(findings.iter().any(|found| found.message.contains("larger than an atomic group")), "{findings:?}");
    strict.capabilities.atomic_group = None;
    let findings = audit(&strict.plan, &strict.pattern, &strict.shape, &strict.capabilities);
    assert!(findings.iter().any(|found| found.message.contains("is atomic where the CRM is not")), "{findings:?}");
}

#[test]
fn every_figure_is_worked_out_anew() {
    type Spoil = fn(&mut super::super::Figures);
    let spoil: [(&str, Spoil); 9] = [
        ("`depth`", |figures| figures.depth += 1),
        ("`round trips`", |figures| figures.round_trips += 1),
        ("`exactness`", |figures| figures.round_trips_exact ^= true),
        ("`server operations`", |figures| figures.server_operations -= 1),
        ("`atomic`", |figures| figures.atomic = super::super::Answer::No),
        ("`once`", |figures| figures.once = super::super::Answer::NotApplicable),
        ("`guard`", |figures| figures.guard = super::super::Guard::NotApplicable),
        ("`race`", |figures| figures.race ^= true),
        ("`over-fetch`", |figures| figures.over_fetch ^= true),
    ];
    for (name, spoil) in spoil {
        good().notices(name, |plan| spoil(&mut plan.figures));
    }
}

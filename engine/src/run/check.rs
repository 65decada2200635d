//! What can be wrong with an input only together with its values: held before anything is written.

use std::collections::HashMap;

use super::state::State;
use super::values::{Resolved, Values, instances};
use crate::catalog::{Entity, EntityField, Part, Pattern};
use crate::ids::FieldName;
use crate::input::{Input, InputProblem, PartInput};
use crate::plan::{Plan, Step, StepAction};
use crate::problem::{Code, CodeInfo};
use crate::value::{FieldType, Instance, Value};

const AGAINST_REQUIREMENT: CodeInfo = CodeInfo {
    code: Code("E0480"),
    title: "a value against a requirement",
    explanation: "A field with a requirement takes its value from the part that the requirement names. A caller may \
                  repeat that value but not give another: one of the two would be lost without a word.",
    example: r#"{"account": {"Id": "1"}, "event": {"AccountId": "2"}}"#,
    cure: r#"{"account": {"Id": "1"}, "event": {"Subject": "Visit"}}"#,
};

const NO_MATCH_VALUE: CodeInfo = CodeInfo {
    code: Code("E0481"),
    title: "a match field without a value",
    explanation: "The fields of `match` say which existing record is meant. Null identifies none, and looking for it \
                  would find any record that has no value there.",
    example: r#"{"contact": {"Email": null, "LastName": "Lovelace"}}"#,
    cure: r#"{"contact": {"Email": "ada@example.com", "LastName": "Lovelace"}}"#,
};

const NO_VALUE: CodeInfo = CodeInfo {
    code: Code("E0482"),
    title: "a needed field turns out to have no value",
    explanation: "A new record needs a value for each required field and for each requirement that is not optional. \
                  The sources are there, but none of them has a value to give.",
    example: r#"{"contact": {"Email": null}}"#,
    cure: r#"{"contact": {"Email": "ada@example.com"}}"#,
};

const TWO_TARGETS: CodeInfo = CodeInfo {
    code: Code("E0483"),
    title: "two parts give one reference a target",
    explanation: "Fields that are targets of one polymorphic reference share its column, so one instance can have a \
                  value in one of them. Here requirements, defaults and input together give it two.",
    example: r#"{"lead": {"Id": "1"}, "event": {"AccountId": "2"}}"#,
    cure: r#"{"lead": {"Id": "1"}, "event": {"Subject": "Visit"}}"#,
};

/// Every code of an execution's input, by code.
pub(crate) fn codes() -> Vec<CodeInfo> {
    vec![AGAINST_REQUIREMENT, NO_MATCH_VALUE, NO_VALUE, TWO_TARGETS, super::distinct::TWICE]
}

/// Holds an input made in code against its pattern. One that came from JSON has been through this.
pub(super) fn input(pattern: &Pattern, input: &Input) -> Result<(), Vec<InputProblem>> {
    let fits = input.parts.iter().all(|(label, given)| {
        pattern.part(label.as_str()).is_some_and(|part| match given {
            PartInput::One(_) | PartInput::Many(_) => instances_fit(part, given.instances()),
            PartInput::Filter(condition) => crate::condition::shallow(condition) && known(part, condition),
        })
    });
    // What fits costs nothing more; what does not is read as JSON is, to say why in the same words.
    if fits { Ok(()) } else { Input::from_json(pattern, &input.to_json()).map(|_| ()) }
}

fn known(part: &Part, condition: &crate::model::Condition<Value>) -> bool {
    crate::condition::fields(condition).into_iter().all(|field| part.entity.field(field.as_str()).is_some())
}

fn instances_fit(part: &Part, instances: &[Instance]) -> bool {
    (part.multiple || instances.len() == 1) && instances.iter().all(|instance| instance_fits(part, instance))
}

fn instance_fits(part: &Part, instance: &Instance) -> bool {
    let fits = |(name, value): (&FieldName, &Value)| match part.entity.field(name.as_str()) {
        None => false,
        Some(_) if name.is_id() => matches!(value, Value::Id(id) if !id.is_empty()),
        Some(field) => !part.read_only && !field.read_only() && value_fits(field, value),
    };
    // Columns shared by targets are rare; where there are some, the reader looks closer.
    instance.iter().all(fits) && !shares_columns(&part.entity, instance)
}

fn shares_columns(entity: &Entity, instance: &Instance) -> bool {
    let set = instance.iter().filter(|(_, value)| !value.is_null());
    let mut columns: Vec<&str> =
        set.filter_map(|(name, _)| entity.field(name.as_str())?.write_column.as_deref()).collect();
    columns.sort_unstable();
    columns.iter().zip(columns.iter().skip(1)).any(|(column, next)| column == next)
}

fn value_fits(field: &EntityField, value: &Value) -> bool {
    match (&field.field_type, value) {
        (_, Value::Null) => !field.required,
        (FieldType::String, Value::String(text)) => {
            field.max_length.is_none_or(|max| text.len() <= max as usize || text.chars().count() <= max as usize)
                && (field.allowed.is_empty() || field.allowed.contains(text))
        }
        (FieldType::Choice, Value::Choice(name)) => field.choices.iter().any(|choice| choice.name == *name),
        (FieldType::MultiChoice, Value::MultiChoice(names)) => {
            names.iter().all(|name| field.choices.iter().any(|choice| choice.name == *name))
        }
        (FieldType::Double, Value::Double(number)) => number.is_finite(),
        (FieldType::Ref(_), Value::Id(id)) => !id.is_empty(),
        (FieldType::Boolean, Value::Boolean(_))
        | (FieldType::Int, Value::Int(_))
        | (FieldType::Decimal, Value::Decimal(_))
        | (FieldType::Date, Value::Date(_))
        | (FieldType::DateTime, Value::DateTime(_)) => true,
        _ => false,
    }
}

/// Holds the values of a plan's writes against the rules that only values can break.
///
/// `dry`: what a read would find stands in as a placeholder, which says nothing about the value.
pub(super) fn values(
    pattern: &Pattern,
    plan: &Plan,
    state: &State,
    values: &Values<'_>,
    dry: bool,
) -> Vec<InputProblem> {
    let mut check = Check { pattern, state, values, dry, problems: Vec::new() };
    for (position, step) in plan.steps.iter().enumerate() {
        let Some(part) = pattern.parts.get(step.position) else { continue };
        for (slot, index) in instances(step).iter().enumerate() {
            check.instance(position, step, part, slot, *index);
        }
    }
    check.problems.extend(super::distinct::distinct(pattern, plan, state, values));
    check.problems
}

/// Holds the match values of new instances against null before anything is looked up by them.
pub(super) fn matches(pattern: &Pattern, state: &State) -> Vec<InputProblem> {
    let mut problems = Vec::new();
    for (position, part) in pattern.parts.iter().enumerate().filter(|(_, part)| !part.match_on.is_empty()) {
        for (index, record) in state.records(position).iter().enumerate().filter(|(_, record)| record.id.is_none()) {
            for field in part.match_on.iter().filter_map(|field| part.entity.fields.get(*field)) {
                if record.given.get(&field.name).is_some_and(Value::is_null) {
                    problems.push(null_match(part, index, &field.name));
                }
            }
        }
    }
    problems
}

/// Where an instance stands in an input.
pub(super) fn path(part: &Part, index: usize) -> String {
    if part.multiple { format!("{}[{index}]", part.ref_id) } else { part.ref_id.to_string() }
}

fn field_path(part: &Part, index: usize, field: &FieldName) -> String {
    format!("{}.{field}", path(part, index))
}

pub(super) fn null_match(part: &Part, index: usize, field: &FieldName) -> InputProblem {
    let message = format!("`{field}` identifies the record and has no value");
    InputProblem::new(&NO_MATCH_VALUE, field_path(part, index, field), message).help("give it a value")
}

/// Whether a value is a placeholder of a dry run.
fn stands_in(dry: bool, value: &Resolved) -> bool {
    dry && matches!(value, Resolved::Value(value) if super::dry::is_placeholder(value))
}

struct Check<'a> {
    pattern: &'a Pattern,
    state: &'a State,
    values: &'a Values<'a>,
    dry: bool,
    problems: Vec<InputProblem>,
}

impl Check<'_> {
    fn instance(&mut self, position: usize, step: &Step, part: &Part, slot: usize, index: usize) {
        let fields = self.values.of(position, slot);
        let value = |field: usize| fields.iter().find(|(found, _)| *found == field).map(|(_, value)| value);
        let makes = match &step.action {
            StepAction::Create | StepAction::Embed { .. } => true,
            StepAction::Upsert { update_only, .. } => !update_only,
            StepAction::Update => false,
            StepAction::Read(_) | StepAction::Find { .. } | StepAction::Delete | StepAction::Defer => return,
        };
        if let StepAction::Upsert { key, .. } = &step.action {
            for name in key {
                let known = part.entity.position(name.as_str()).and_then(value);
                if known.is_none_or(Resolved::is_null) {
                    self.problems.push(null_match(part, index, name));
                }
            }
        }
        self.requirements(step, part, index, makes, &value);
        if makes {
            for (field, definition) in part.entity.fields.iter().enumerate() {
                let needed = definition.required && !definition.read_only() && !self.in_parent(step, part, field);
                if needed && value(field).is_none_or(Resolved::is_null) {
                    self.no_value(part, index, &definition.name);
                }
            }
        }
        self.columns(part, index, fields);
    }

    /// Whether the field refers to the parent in whose write the instance travels.
    fn in_parent(&self, step: &Step, part: &Part, field: usize) -> bool {
        matches!(step.action, StepAction::Embed { .. })
            && part.incoming.iter().filter_map(|requirement| self.pattern.requirements.get(*requirement)).any(
                |requirement| {
                    requirement.dependent.field == field && super::lower::to_parent(self.pattern, part, requirement)
                },
            )
    }

    fn requirements<'v>(
        &mut self,
        step: &Step,
        part: &Part,
        index: usize,
        makes: bool,
        value: &impl Fn(usize) -> Option<&'v Resolved>,
    ) {
        for requirement in part.incoming.iter().filter_map(|position| self.pattern.requirements.get(*position)) {
            let field = requirement.dependent.field;
            let Some(definition) = part.entity.fields.get(field) else { continue };
            let required = self.values.required(&requirement.sources, index);
            let given = self.state.record(step.position, index).and_then(|record| record.given.get(&definition.name));
            match (required, given) {
                (Some(required), Some(given)) => {
                    let same = matches!(&required, Resolved::Value(value) if value.same(given));
                    if !same && !stands_in(self.dry, &required) {
                        self.against(part, index, &definition.name);
                    }
                }
                (None, _) if makes && !requirement.optional && !requirement.deferred => {
                    // A required field is told by the rule for those.
                    let none = value(field).is_none_or(Resolved::is_null) && !definition.required;
                    if none {
                        self.no_value(part, index, &definition.name);
                    }
                }
                _ => {}
            }
        }
    }

    fn against(&mut self, part: &Part, index: usize, field: &FieldName) {
        let message = format!("`{field}` is given, and a requirement gives it another value");
        let problem = InputProblem::new(&AGAINST_REQUIREMENT, field_path(part, index, field), message);
        self.problems.push(problem.help("leave it out: the requirement sets it"));
    }

    fn no_value(&mut self, part: &Part, index: usize, field: &FieldName) {
        let message = format!("`{field}` needs a value and nothing gives it one");
        let problem = InputProblem::new(&NO_VALUE, field_path(part, index, field), message);
        self.problems.push(problem.help("give it a value, or see to it that its source has one"));
    }

    fn columns(&mut self, part: &Part, index: usize, fields: &[(usize, Resolved)]) {
        let mut columns: HashMap<&str, &FieldName> = HashMap::new();
        let dry = self.dry;
        for (field, _) in fields.iter().filter(|(_, value)| !value.is_null() && !stands_in(dry, value)) {
            let Some(definition) = part.entity.fields.get(*field) else { continue };
            let Some(column) = definition.write_column.as_deref() else { continue };
            if let Some(other) = columns.insert(column, &definition.name) {
                let name = &definition.name;
                let message = format!("`{other}` and `{name}` are targets of one reference and both have a value");
                let problem = InputProblem::new(&TWO_TARGETS, field_path(part, index, name), message);
                self.problems.push(problem.help("see to it that one of them has one"));
            }
        }
    }
}

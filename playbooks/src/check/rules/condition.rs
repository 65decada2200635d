//! A filter compares fields of its part with values of their types.

use engage_engine::catalog::{Entity, EntityField};
use engage_engine::condition::typed;
use engage_engine::model::{Condition, InputAt, Literal, Operator, Place, Test};
use engage_engine::problem::{Code, CodeInfo, Problem};
use engage_engine::value::FieldType;

use super::super::flow::{Flow, Typed};
use super::super::shape::tests;
use crate::model::{Block, BlockKind, Operand};
use crate::types::{self, Shape, Type, fits};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0628"),
    title: "a filter that compares wrongly",
    explanation: "A filter's condition is about the fields of one part. Each comparison has an operator that \
                  the field's type has, and a value of that type: a literal, or what another block gives; \
                  `in` also takes a list.",
    example: with_people!(
        "playbook find \"Find\" {\n",
        "  trigger Manual(mail: string)\n",
        "  filter byMail on people.contact: Mail == trigger.mail\n",
        "  read found = people as application \"anybody may look\" { contact: byMail }\n",
        "  output people = found\n",
        "}\n",
    ),
    cure: with_people!(
        "playbook find \"Find\" {\n",
        "  trigger Manual(mail: string)\n",
        "  filter byMail on people.contact: Email == trigger.mail\n",
        "  read found = people as application \"anybody may look\" { contact: byMail }\n",
        "  output people = found\n",
        "}\n",
    ),
};

pub(super) fn check(flow: &Flow<'_, '_>, problems: &mut Vec<Problem>) {
    for (position, block, typed) in flow.each() {
        let BlockKind::Filter { part, condition, .. } = &block.kind else { continue };
        let part = typed.pattern.as_ref().and_then(|pattern| pattern.part(part.as_str()));
        let Some(entity) = part.map(|part| part.entity.as_ref()) else { continue };
        tested(flow, position, entity, condition, problems);
        operands(flow, (position, block, typed), entity, condition, problems);
    }
}

/// What the engine says, with a value of the right type in place of every source.
fn tested(
    flow: &Flow<'_, '_>,
    position: usize,
    entity: &Entity,
    condition: &Condition<Operand>,
    problems: &mut Vec<Problem>,
) {
    let Err(found) = typed(entity, &literal(entity, condition)) else { return };
    for wrong in found {
        let at = flow.at(Place::BlockField(position, wrong.test));
        let mut problem = Problem::error(INFO.code, at, format!("{wrong} in `{}`", entity.id));
        problem.help = wrong.help();
        problems.push(problem.suggest(wrong.suggestion()));
    }
}

/// The condition with a value in place of every source. That it is shallow has been made sure of.
fn literal(entity: &Entity, condition: &Condition<Operand>) -> Condition<Literal> {
    let group = |inner: &[Condition<Operand>]| inner.iter().map(|inner| literal(entity, inner)).collect();
    match condition {
        Condition::And(inner) => Condition::And(group(inner)),
        Condition::Or(inner) => Condition::Or(group(inner)),
        Condition::Not(inner) => Condition::Not(Box::new(literal(entity, inner))),
        Condition::Test(test) => {
            let field = entity.field(test.field.as_str());
            let operands = test.operands.iter().map(|operand| match operand {
                Operand::Literal(literal) => literal.clone(),
                Operand::Source(_) => sample(field, test.operator),
            });
            Condition::Test(Test { field: test.field.clone(), operator: test.operator, operands: operands.collect() })
        }
    }
}

fn sample(field: Option<&EntityField>, operator: Operator) -> Literal {
    let Some(field) = field else { return Literal::Text("x".into()) };
    let name = || field.choices.first().map_or_else(String::new, |choice| choice.name.clone());
    match field.field_type {
        FieldType::Boolean => Literal::Boolean(true),
        FieldType::Int | FieldType::Double | FieldType::Decimal => Literal::Number("1".into()),
        FieldType::Date => Literal::Text("2026-11-24".into()),
        FieldType::DateTime => Literal::Text("2026-11-24T09:00:00Z".into()),
        FieldType::Choice => Literal::Text(name()),
        FieldType::MultiChoice if operator == Operator::Contains => Literal::Text(name()),
        FieldType::MultiChoice => Literal::List(vec![Literal::Text(name())]),
        FieldType::String | FieldType::Ref(_) => Literal::Text("x".into()),
    }
}

/// What sources give is of the field's type.
fn operands(
    flow: &Flow<'_, '_>,
    (position, _, typed): (usize, &Block, &Typed),
    entity: &Entity,
    condition: &Condition<Operand>,
    problems: &mut Vec<Problem>,
) {
    let all = tests(condition).into_iter().flat_map(|test| test.operands.iter().map(move |of| (test, of)));
    for (index, (test, operand)) in all.enumerate() {
        let at = InputAt::Operand(index);
        let (Operand::Source(source), Some(Some(of))) = (operand, typed.values.get(&at)) else { continue };
        let Some(field) = entity.field(test.field.as_str()) else { continue };
        let expected = expected(field, test.operator);
        // That it may be absent is a rule of its own.
        let of = of.clone().present();
        let many = matches!(test.operator, Operator::In | Operator::NotIn);
        let found = match &of.shape {
            Shape::List(element) if many => (**element).clone().present(),
            _ => of,
        };
        if fits(&found, &Type::of(expected.clone())).is_err() {
            let message = format!("`{}` is {expected}, and {} is {}", field.name, source.written(), found.shape);
            problems.push(Problem::error(INFO.code, flow.at(Place::Input(position, at)), message));
        }
    }
}

/// What a field is compared with: any text for a text, one name for a choice of several.
fn expected(field: &EntityField, operator: Operator) -> Shape {
    match (types::field("", field).shape, operator) {
        (Shape::Text(_), _) => Shape::Text(None),
        (Shape::List(element), Operator::Contains) => element.shape,
        (other, _) => other,
    }
}

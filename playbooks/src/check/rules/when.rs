//! A `when` compares what can be compared.

use engage_engine::model::{InputAt, Literal, Operator, Place};
use engage_engine::nearest::nearest;
use engage_engine::problem::{Code, CodeInfo, Problem};

use super::super::flow::Flow;
use super::super::known::Known;
use super::super::shape::{self, comparisons};
use crate::model::{Comparison, Operand, Origin, Source};
use crate::types::{Shape, Type, of_constant, united};

pub(in crate::check) const INFO: CodeInfo = CodeInfo {
    code: Code("E0629"),
    title: "a condition that never holds",
    explanation: "`when` compares values of one kind: text with text, numbers with numbers. Text is ordered \
                  and searched, a list is asked whether it contains a value, and a choice is one of its \
                  names. What is of another kind is never equal.",
    example: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger MeetingBooked\n",
        "  output title = trigger.Meeting.Title when trigger.Meeting.Type == \"Onlin\"\n",
        "}\n",
    ),
    cure: concat!(
        "playbook hello \"Hello\" {\n",
        "  trigger MeetingBooked\n",
        "  output title = trigger.Meeting.Title when trigger.Meeting.Type == \"Online\"\n",
        "}\n",
    ),
};

/// What is compared with what.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Any,
    Text,
    Number,
    Boolean,
    List,
    Object,
}

fn kind(of: &Type) -> Kind {
    match of.shape {
        Shape::Any | Shape::Null => Kind::Any,
        Shape::Boolean => Kind::Boolean,
        Shape::Int | Shape::Double | Shape::Decimal => Kind::Number,
        Shape::List(_) => Kind::List,
        Shape::Object(_) | Shape::Condition(..) | Shape::Instances(_) => Kind::Object,
        _ => Kind::Text,
    }
}

/// The number of operands: a `when` that has another is said once, whatever the types.
pub(super) fn depth(shape: &shape::Shape<'_>, _: &Known<'_>, problems: &mut Vec<Problem>) {
    for (position, block) in shape.blocks() {
        for comparison in block.when.iter().flat_map(comparisons) {
            let found = comparison.operands.len();
            let takes = match comparison.operator {
                Operator::IsNull | Operator::IsNotNull => (found != 0).then_some("no value"),
                Operator::In | Operator::NotIn => None,
                _ => (found != 1).then_some("one value"),
            };
            if let Some(takes) = takes {
                let message = format!("`{}` takes {takes}, found {found}", comparison.operator);
                let problem = Problem::error(INFO.code, shape.at(Place::BlockWhen(position)), message);
                problems.push(problem.help("`In` and `NotIn` take a list"));
            }
        }
    }
}

pub(super) fn check(flow: &Flow<'_, '_>, problems: &mut Vec<Problem>) {
    for (position, block, typed) in flow.each() {
        let mut index = 0;
        for comparison in block.when.iter().flat_map(comparisons) {
            let left = typed.values.get(&InputAt::When(index)).and_then(Option::as_ref);
            let place = Place::Input(position, InputAt::When(index));
            index += 1;
            if is_settled(comparison) {
                let message = "the condition compares constants, and always comes out the same";
                problems.push(Problem::error(INFO.code, flow.at(place), message).help("compare what a block gives"));
                index += comparison.operands.len();
                continue;
            }
            if let Some(message) = left.and_then(|left| operator(comparison, left)) {
                problems.push(Problem::error(INFO.code, flow.at(place), message));
                index += comparison.operands.len();
                continue;
            }
            for operand in &comparison.operands {
                let at = InputAt::When(index);
                index += 1;
                let right = match operand {
                    Operand::Literal(literal) => of_literal(literal),
                    Operand::Source(_) => typed.values.get(&at).cloned().flatten(),
                };
                let (Some(left), Some(right)) = (left, right) else { continue };
                let Some((message, suggestion)) = unlike(comparison, left, &right) else { continue };
                let at = flow.at(Place::Input(position, at));
                problems.push(Problem::error(INFO.code, at, message).suggest(suggestion));
            }
        }
    }
}

/// That nothing in a comparison comes from a block.
fn is_settled(comparison: &Comparison) -> bool {
    let constant = |source: &Source| matches!(source.origin, Origin::Constant(_));
    constant(&comparison.left)
        && comparison.operands.iter().all(|operand| match operand {
            Operand::Literal(_) => true,
            Operand::Source(source) => constant(source),
        })
}

/// That the left side does not have the operator.
fn operator(comparison: &Comparison, left: &Type) -> Option<String> {
    let has = match comparison.operator {
        Operator::StartsWith | Operator::EndsWith => matches!(kind(left), Kind::Text | Kind::Any),
        Operator::Contains => matches!(kind(left), Kind::Text | Kind::List | Kind::Any),
        Operator::GreaterThan | Operator::GreaterThanOrEqual | Operator::LessThan | Operator::LessThanOrEqual => {
            matches!(kind(left), Kind::Text | Kind::Number | Kind::Any)
        }
        _ => true,
    };
    let operator = comparison.operator;
    (!has).then(|| format!("{} is {} and cannot be compared by `{operator}`", comparison.left.written(), left.shape))
}

/// That the two sides are never alike.
fn unlike(comparison: &Comparison, left: &Type, right: &Type) -> Option<(String, Option<String>)> {
    if right.shape == Shape::Null {
        let message = format!("{} is compared with null: ask with `IsNull`", comparison.left.written());
        return Some((message, None));
    }
    let one = |of: &Type| match &of.shape {
        Shape::List(element) => (**element).clone(),
        _ => of.clone(),
    };
    let (left, right) = match comparison.operator {
        Operator::Contains if kind(left) == Kind::List => (one(left), right.clone()),
        Operator::In | Operator::NotIn if kind(left) != Kind::List => (left.clone(), one(right)),
        _ => (left.clone(), right.clone()),
    };
    let (a, b) = (kind(&left), kind(&right));
    if a != b && a != Kind::Any && b != Kind::Any {
        return Some((
            format!("{} is {} and is compared with {}", comparison.left.written(), left.shape, right.shape),
            None,
        ));
    }
    let exact = matches!(
        comparison.operator,
        Operator::Equals | Operator::NotEquals | Operator::In | Operator::NotIn | Operator::Contains
    );
    let (Shape::Choice(names), Shape::Choice(wanted)) = (&left.shape, &right.shape) else { return None };
    // Part of a name may be asked for.
    if !exact || (comparison.operator == Operator::Contains && kind(&left) == Kind::Text) || wanted.is_empty() {
        return None;
    }
    let same = |name: &String, other: &String| engage_engine::value::fold(name) == engage_engine::value::fold(other);
    if wanted.iter().any(|wanted| names.iter().any(|name| same(name, wanted))) {
        return None;
    }
    let suggestion = wanted.iter().next().and_then(|wanted| nearest(wanted, names.iter().map(String::as_str)));
    Some((format!("{} is {}, never {}", comparison.left.written(), left.shape, right.shape), suggestion))
}

fn of_literal(literal: &Literal) -> Option<Type> {
    Some(match literal {
        Literal::Null => Type::of(Shape::Null),
        Literal::Boolean(_) => Type::of(Shape::Boolean),
        Literal::Number(_) => Type::of(Shape::Double),
        Literal::Text(text) => of_constant(&text.as_str().into()),
        // Lists of literals hold no lists.
        Literal::List(items) if items.iter().any(|item| matches!(item, Literal::List(_))) => return None,
        Literal::List(items) => Type::list(united(items.iter().filter_map(of_literal))?),
    })
}

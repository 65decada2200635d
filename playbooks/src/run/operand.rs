//! Operands: what conditions compare with, as JSON.

use std::str::FromStr;

use engage_engine::ids::RefId;
use engage_engine::model::{Literal, Operator};
use serde_json::{Number, Value};

use crate::model::Operand;
use crate::transform::{TransformError, evaluate};

/// Gives the output of a block; `None` where there is none.
pub(super) type Outputs<'f, 'a> = &'f dyn Fn(&RefId) -> Option<&'a Value>;

/// The operands of a comparison. `In` and `NotIn` take the elements of a source that is a list; those that are absent are
/// left out, since nothing equals them. `None` stands for an absent operand.
pub(super) fn operands(
    operator: Operator,
    operands: &[Operand],
    outputs: Outputs<'_, '_>,
) -> Result<Vec<Option<Value>>, TransformError> {
    let mut values = Vec::with_capacity(operands.len());
    for operand in operands {
        match operand {
            Operand::Literal(literal) => values.push(Some(json(literal))),
            Operand::Source(source) => match (operator, evaluate(source, outputs)?) {
                (Operator::In | Operator::NotIn, Some(Value::Array(elements))) => {
                    values.extend(elements.into_iter().filter(|element| !element.is_null()).map(Some));
                }
                (_, value) => values.push(value),
            },
        }
    }
    Ok(values)
}

/// A literal as JSON; a number keeps its spelling.
pub(super) fn json(literal: &Literal) -> Value {
    match literal {
        Literal::Null => Value::Null,
        Literal::Text(text) => Value::String(text.clone()),
        Literal::Boolean(value) => Value::Bool(*value),
        // What is no number to JSON is no number to a field either, and is refused there as text.
        Literal::Number(text) => Number::from_str(text).map_or_else(|_| Value::String(text.clone()), Value::Number),
        // Lists of literals hold no lists: the grammar has none.
        Literal::List(items) => Value::Array(items.iter().map(flat).collect()),
    }
}

fn flat(literal: &Literal) -> Value {
    if let Literal::List(_) = literal { Value::Null } else { json(literal) }
}

//! `Default(value)`: a value where there is none. `Default(null)` is how a mapping clears a field.

use serde_json::Value;

use super::{Untyped, present};
use crate::types::{Shape, Type, conforms, fits, of_constant};

pub(super) fn typed(default: &Value, from: &Type) -> Result<Type, Untyped> {
    let present = from.clone().present();
    if default.is_null() {
        return Ok(present.nullable());
    }
    let constant = of_constant(default);
    if let (Shape::Choice(names), Shape::Choice(more)) = (&present.shape, &constant.shape) {
        let names = names.union(more).cloned().collect();
        return Ok(Type { shape: Shape::Choice(names), ..present });
    }
    if present.shape == Shape::Null {
        return Ok(constant);
    }
    let is_decimal =
        || present.shape == Shape::Decimal && default.is_number() && conforms(Some(default), &present).is_ok();
    match fits(&constant, &present) {
        Ok(()) => Ok(present),
        Err(_) if is_decimal() => Ok(present),
        Err(_) => Err(Untyped::other(
            &format!("the default is {constant}, and the value is {present}"),
            "give a default of the value's type",
        )),
    }
}

pub(super) fn apply(default: &Value, value: Option<Value>) -> Option<Value> {
    Some(present(value).unwrap_or_else(|| default.clone()))
}

//! Transformations: what happens to a value between two blocks, each in a file with its type and its application.
//!
//! `None` is an absent value. A null that stands in data is read as absent; only a constant gives a null that goes on
//! (it clears a field), which is why [`apply`] keeps the two apart.

mod base64_decode;
mod count;
mod default;
mod each;
mod error;
mod extract;
mod first;
mod format;
mod input;
mod join;
mod kept;
mod map;
mod project;
mod require;
mod serialize;
mod split;

use engage_engine::ids::RefId;
use serde_json::Value;

use crate::model::{Origin, Source, Transformation};
use crate::types::Type;

pub use error::{TransformError, TransformErrorKind, Untyped};
pub use input::{InputError, input};
pub use serialize::to_canonical_text;

/// Applies one transformation; `None` is an absent value.
///
/// # Errors
/// [`TransformError`] where the value is none that it takes. The checker lets none through that is of a wrong type;
/// what remains is text of a wrong form, and `Require` without a value.
pub fn apply(transformation: &Transformation, value: Option<Value>) -> Result<Option<Value>, TransformError> {
    match transformation {
        Transformation::Identity => Ok(value),
        Transformation::Extract(path) => extract::apply(path, value),
        Transformation::Project(fields) => project::apply(fields, value),
        Transformation::Join { separator } => join::apply(separator, value),
        Transformation::Split { separator } => split::apply(separator, value),
        Transformation::Serialize => serialize::apply(value),
        Transformation::Base64Decode => base64_decode::apply(value),
        Transformation::Default(default) => Ok(default::apply(default, value)),
        Transformation::Map { table, otherwise } => Ok(map::apply(table, otherwise.as_ref(), value)),
        Transformation::Format { pattern, zone } => format::apply(pattern, zone.as_deref(), value),
        Transformation::Where { field, values } => kept::apply(field, values, value),
        Transformation::First => first::apply(value),
        Transformation::Count => count::apply(value),
        Transformation::Require => require::apply(value),
    }
    .map_err(|kind| TransformError {
        kind,
        transformation: transformation.name(),
        step: None,
        element: None,
        origin: None,
    })
}

/// The type of what a transformation gives, of values of a type.
///
/// # Errors
/// [`Untyped`] where it does not take every value of the type.
pub fn typed(transformation: &Transformation, from: &Type) -> Result<Type, Untyped> {
    match transformation {
        Transformation::Identity => Ok(from.clone()),
        Transformation::Extract(path) => extract::typed(path, from),
        Transformation::Project(fields) => project::typed(fields, from),
        Transformation::Join { .. } => join::typed(from),
        Transformation::Split { separator } => split::typed(separator, from),
        Transformation::Serialize => Ok(serialize::typed(from)),
        Transformation::Base64Decode => base64_decode::typed(from),
        Transformation::Default(default) => default::typed(default, from),
        Transformation::Map { table, otherwise } => map::typed(table, otherwise.as_ref(), from),
        Transformation::Format { pattern, zone } => format::typed(pattern, zone.as_deref(), from),
        Transformation::Where { field, values } => kept::typed(field, values, from),
        Transformation::First => first::typed(from),
        Transformation::Count => count::typed(from),
        Transformation::Require => Ok(from.clone().present()),
    }
}

/// What a source gives through its transformations.
pub(crate) struct Through {
    /// Its type, or why a transformation does not take what comes to it.
    pub(crate) of: Result<Type, (usize, Untyped)>,
    /// Which transformations never do anything: `!` and `default` of what is always there.
    pub(crate) needless: Vec<usize>,
}

/// The type of a source through its transformations, of the type that stands at its origin.
pub(crate) fn through(source: &Source, of: Type) -> Through {
    let mut many = is_many(source);
    let mut through = Through { of: Ok(of), needless: Vec::new() };
    for (step, transformation) in source.transformations.iter().enumerate() {
        let Ok(of) = &through.of else { break };
        let next = if many {
            each::typed_each(transformation, of)
        } else {
            typed(transformation, of).map(|next| (next, of.optional || of.nullable))
        };
        if matches!(next, Ok((_, false)))
            && matches!(transformation, Transformation::Require | Transformation::Default(_))
        {
            through.needless.push(step);
        }
        through.of = next.map(|(next, _)| next).map_err(|why| (step, why));
        many = each::goes_on(many, transformation);
    }
    through
}

/// Whether the elements of a list stand at the origin of a source, one by one.
fn is_many(source: &Source) -> bool {
    matches!(&source.origin, Origin::Block { path: Some(path), .. } if each::many(path))
}

/// The value of a source. `outputs` gives the output of a block that is done, `None` for one that was skipped.
///
/// # Errors
/// [`TransformError`] with the step at which it happened.
pub fn evaluate<'a>(
    source: &Source,
    outputs: &dyn Fn(&RefId) -> Option<&'a Value>,
) -> Result<Option<Value>, TransformError> {
    let mut value = match &source.origin {
        Origin::Constant(value) => Some(value.clone()),
        Origin::Block { block, path } => {
            let output = outputs(block);
            let found = match path {
                Some(path) => output.and_then(|output| path.find(output)),
                None => output.cloned(),
            };
            found.filter(|value| !value.is_null())
        }
    };
    let mut many = is_many(source);
    for (step, transformation) in source.transformations.iter().enumerate() {
        let next = if many { each::apply_each(transformation, value) } else { apply(transformation, value) };
        let placed = |error| TransformError { step: Some(step), origin: Some(source.written()), ..error };
        value = next.map_err(placed)?;
        many = each::goes_on(many, transformation);
    }
    Ok(value)
}

/// What a value is, for messages; never the value.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// That another kind of value was found than expected.
fn unlike(expected: &'static str, found: &Value) -> TransformErrorKind {
    TransformErrorKind::Type { expected, found: kind(found) }
}

/// The value, with null as absent.
fn present(value: Option<Value>) -> Option<Value> {
    value.filter(|value| !value.is_null())
}

#[cfg(test)]
mod tests;

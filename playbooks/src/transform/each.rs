//! Elements one by one: behind `[*]`, `!`, `default`, `map` and `format` are about each element. A default that is a list is
//! still one for the list itself, which may be absent where a block was skipped.

use serde_json::Value;

use super::{TransformError, Untyped, apply, typed};
use crate::model::{Path, Segment, Transformation};
use crate::types::{Shape, Type};

/// Whether a path gives the elements of a list, one by one.
pub(super) fn many(path: &Path) -> bool {
    path.segments().contains(&Segment::All)
}

/// Whether elements still come one by one behind a transformation.
pub(super) fn goes_on(many: bool, transformation: &Transformation) -> bool {
    match transformation {
        Transformation::Extract(path) => self::many(path),
        Transformation::Identity | Transformation::Project(_) | Transformation::Require => many,
        Transformation::Default(_) | Transformation::Map { .. } | Transformation::Format { .. } => many,
        _ => false,
    }
}

/// Whether a transformation looks at the elements.
fn looks(transformation: &Transformation) -> bool {
    match transformation {
        Transformation::Default(default) => !default.is_array(),
        Transformation::Require | Transformation::Map { .. } | Transformation::Format { .. } => true,
        _ => false,
    }
}

/// The type of what a transformation gives of elements that come one by one, and whether it may do something at all.
pub(super) fn typed_each(transformation: &Transformation, from: &Type) -> Result<(Type, bool), Untyped> {
    let list = match &from.shape {
        Shape::List(element) if looks(transformation) => element,
        _ => return Ok((typed(transformation, from)?, from.optional || from.nullable)),
    };
    let element = typed(transformation, list)?.absent_as_null();
    let required = *transformation == Transformation::Require;
    let absent = required && (from.optional || from.nullable);
    let of = Type { shape: Shape::List(Box::new(element)), ..from.clone() };
    Ok((if required { of.present() } else { of }, absent || list.optional || list.nullable))
}

/// Applies a transformation to elements that come one by one.
pub(super) fn apply_each(
    transformation: &Transformation,
    value: Option<Value>,
) -> Result<Option<Value>, TransformError> {
    let items = match value {
        Some(Value::Array(items)) if looks(transformation) => items,
        None if looks(transformation) && *transformation != Transformation::Require => return Ok(None),
        value => return apply(transformation, value),
    };
    let each = items.into_iter().enumerate().map(|(element, item)| {
        let given = apply(transformation, Some(item).filter(|item| !item.is_null()));
        let given = given.map_err(|error| TransformError { element: Some(element), ..error })?;
        Ok(given.unwrap_or(Value::Null))
    });
    Ok(Some(Value::Array(each.collect::<Result<_, _>>()?)))
}

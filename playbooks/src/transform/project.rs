//! `Project(fields…)`: of an object, or of each object of a list, these fields alone.

use serde_json::{Map, Value};

use super::{TransformErrorKind, Untyped, present, unlike};
use crate::types::{MissingKind, Object, Rest, Shape, Type};

pub(super) fn typed(fields: &[String], from: &Type) -> Result<Type, Untyped> {
    if fields.is_empty() {
        return Err(Untyped::other("no field is named", "name those that are to stay: `project(Name, Email)`"));
    }
    let shape = match &from.shape {
        Shape::Object(object) => Shape::Object(projected(fields, object)?),
        Shape::List(element) => match &element.shape {
            Shape::Object(object) => {
                let shape = Shape::Object(projected(fields, object)?);
                Shape::List(Box::new(Type { shape, ..(**element).clone() }))
            }
            _ => return Err(Untyped::takes("an object or a list of objects", from)),
        },
        _ => return Err(Untyped::takes("an object or a list of objects", from)),
    };
    Ok(Type { shape, ..from.clone().read() })
}

fn projected(fields: &[String], object: &Object) -> Result<std::sync::Arc<Object>, Untyped> {
    let mut kept = Object::default();
    for name in fields {
        let of = match (object.fields.get(name), &object.rest) {
            (Some(field), _) => field.clone(),
            (None, Rest::Map(rest)) => (**rest).clone().optional(),
            (None, Rest::Closed | Rest::Hidden) => {
                let known: Vec<String> = object.fields.keys().cloned().collect();
                let suggestion = engage_engine::nearest::nearest(name, known.iter().map(String::as_str));
                return Err(Untyped::missing(MissingKind::Field { name: name.clone(), suggestion, known }));
            }
        };
        kept.fields.insert(name.clone(), of);
    }
    Ok(std::sync::Arc::new(kept))
}

pub(super) fn apply(fields: &[String], value: Option<Value>) -> Result<Option<Value>, TransformErrorKind> {
    Ok(match present(value) {
        None => None,
        Some(Value::Array(items)) => {
            let items = items.into_iter().map(|item| match item {
                Value::Null => Ok(Value::Null),
                item => project(fields, item),
            });
            Some(Value::Array(items.collect::<Result<_, _>>()?))
        }
        Some(value) => Some(project(fields, value)?),
    })
}

fn project(fields: &[String], value: Value) -> Result<Value, TransformErrorKind> {
    match value {
        Value::Object(mut map) => {
            let kept = fields.iter().filter_map(|field| Some((field.clone(), map.remove(field)?)));
            Ok(Value::Object(kept.collect::<Map<_, _>>()))
        }
        other => Err(unlike("an object", &other)),
    }
}

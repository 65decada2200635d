//! Random types, values of them, paths and transformations, for property tests.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::option;
use proptest::prelude::*;
use serde_json::{Map, Number, Value, json};

use super::{Object, Rest, Shape, Type};
use crate::model::{Path, Segment, Transformation};

const KEYS: [&str; 3] = ["a", "b", "c"];
const NAMES: [&str; 6] = ["A", "B", "C", "2026-11-24", "12.50", ""];

fn names() -> impl Strategy<Value = BTreeSet<String>> {
    prop::collection::btree_set(prop::sample::select(&NAMES[..]).prop_map(str::to_owned), 1..4)
}

fn flags(shape: Shape) -> impl Strategy<Value = Type> {
    (prop::bool::weighted(0.3), prop::bool::weighted(0.3)).prop_map(move |(optional, nullable)| Type {
        optional,
        nullable,
        ..Type::of(shape.clone())
    })
}

/// Any type that flows, a few levels deep.
pub(crate) fn any_type() -> BoxedStrategy<Type> {
    let entity = option::of(prop::sample::select(&["account", "contact"][..]));
    let scalar = prop_oneof![
        Just(Shape::Any),
        Just(Shape::Null),
        Just(Shape::Text(None)),
        Just(Shape::Text(Some(5))),
        names().prop_map(Shape::Choice),
        Just(Shape::Boolean),
        Just(Shape::Int),
        Just(Shape::Double),
        Just(Shape::Decimal),
        Just(Shape::Date),
        Just(Shape::DateTime),
        entity.prop_map(|entity| Shape::Id(entity.map(|id| engage_engine::SemanticId::new(id).unwrap()))),
    ];
    let leaf = scalar.prop_flat_map(|shape| {
        let null = shape == Shape::Null;
        flags(shape).prop_map(move |of| if null { of.nullable() } else { of })
    });
    leaf.prop_recursive(3, 24, 3, |inner| {
        let fields =
            prop::collection::btree_map(prop::sample::select(&KEYS[..]).prop_map(str::to_owned), inner.clone(), 0..4);
        let rest = prop_oneof![
            4 => Just(Rest::Closed),
            1 => Just(Rest::Hidden),
            1 => inner.clone().prop_map(|of| Rest::Map(Box::new(Type { optional: false, ..of }))),
        ];
        let object = (fields, rest).prop_map(|(fields, rest)| Shape::Object(Arc::new(Object { fields, rest })));
        let list = inner.prop_map(|element| Shape::List(Box::new(Type { optional: false, ..element })));
        prop_oneof![object, list].prop_flat_map(flags)
    })
    .boxed()
}

/// A type that is near another: the same, wider or narrower in one place or several.
pub(crate) fn near(of: &Type) -> BoxedStrategy<Type> {
    let Type { shape, optional, nullable, .. } = of.clone();
    let inner = match shape {
        Shape::List(element) => near(&element).prop_map(|element| Shape::List(Box::new(element))).boxed(),
        Shape::Object(object) => near_object(&object),
        Shape::Choice(names) => {
            let more = self::names().prop_map(move |more| Shape::Choice(names.union(&more).cloned().collect()));
            prop_oneof![2 => more, 1 => scalar()].boxed()
        }
        shape => prop_oneof![3 => Just(shape), 1 => scalar(), 1 => Just(Shape::Any)].boxed(),
    };
    (inner, prop::bool::weighted(0.2), prop::bool::weighted(0.2))
        .prop_map(move |(shape, a, b)| Type { optional: optional ^ a, nullable: nullable ^ b, ..Type::of(shape) })
        .boxed()
}

fn scalar() -> BoxedStrategy<Shape> {
    prop::sample::select(vec![
        Shape::Text(None),
        Shape::Text(Some(5)),
        Shape::Int,
        Shape::Double,
        Shape::Decimal,
        Shape::Date,
        Shape::DateTime,
        Shape::Id(None),
    ])
    .boxed()
}

fn near_object(object: &Object) -> BoxedStrategy<Shape> {
    let fields: Vec<_> =
        object.fields.iter().map(|(key, of)| (Just(key.clone()), near(of), prop::bool::weighted(0.9))).collect();
    let rest = prop_oneof![
        3 => Just(object.rest.clone()),
        1 => Just(Rest::Hidden),
        1 => Just(Rest::Map(Box::new(Type::any().nullable()))),
    ];
    let extra = option::weighted(0.2, (prop::sample::select(&KEYS[..]), any_type()));
    (fields, rest, extra)
        .prop_map(|(fields, rest, extra)| {
            let kept = fields.into_iter().filter(|(_, _, keep)| *keep).map(|(key, of, _)| (key, of));
            let mut object = Object { fields: kept.collect(), rest };
            if let Some((key, of)) = extra {
                object.fields.entry(key.to_owned()).or_insert(of);
            }
            Shape::Object(Arc::new(object))
        })
        .boxed()
}

fn any_json() -> BoxedStrategy<Value> {
    let leaf = prop_oneof![Just(json!(1)), Just(json!("x")), Just(json!(true)), Just(json!(1.5)), Just(json!({}))];
    leaf.prop_recursive(2, 6, 2, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            prop::collection::btree_map(prop::sample::select(&KEYS[..]).prop_map(str::to_owned), inner, 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
    .boxed()
}

/// A value of a type, or none where it may be absent.
pub(crate) fn value_of(of: &Type) -> BoxedStrategy<Option<Value>> {
    let there = if of.shape == Shape::Null { Just(Value::Null).boxed() } else { present(&of.shape) };
    let there = if of.nullable { prop_oneof![3 => there, 1 => Just(Value::Null)].boxed() } else { there };
    if of.optional { option::weighted(0.7, there).boxed() } else { there.prop_map(Some).boxed() }
}

fn present(shape: &Shape) -> BoxedStrategy<Value> {
    let text = |select: Vec<&'static str>| prop::sample::select(select).prop_map(Value::from).boxed();
    match shape {
        Shape::Any | Shape::Null => any_json(),
        Shape::Text(_) => text(vec!["", "x", "long text, with parts", "2026-11-24", "12.50", "aGVq", "æ"]),
        Shape::Choice(names) => {
            prop::sample::select(names.iter().cloned().collect::<Vec<_>>()).prop_map(Value::from).boxed()
        }
        Shape::Boolean => any::<bool>().prop_map(Value::from).boxed(),
        Shape::Int => any::<i64>().prop_map(Value::from).boxed(),
        Shape::Double => {
            (-1e300..1e300_f64).prop_map(|of| Number::from_f64(of).map_or(json!(0), Value::Number)).boxed()
        }
        Shape::Decimal => prop_oneof![text(vec!["12.50", "-3", "0.0001"]), any::<i32>().prop_map(Value::from)].boxed(),
        Shape::Date => text(vec!["2026-11-24", "2024-02-29", "1900-01-01"]),
        Shape::DateTime => text(vec!["2026-11-24T09:00:00Z", "2026-03-29T02:30:00+01:00", "1999-12-31T23:59:59.5Z"]),
        Shape::Id(_) => text(vec!["1", "00Q…", "b7c1"]),
        Shape::List(element) => prop::collection::vec(value_of(element).prop_map(Option::unwrap_or_default), 0..4)
            .prop_map(Value::Array)
            .boxed(),
        Shape::Object(object) => object_value(object),
        Shape::Condition(..) => Just(json!({"$filter": {"and": []}})).boxed(),
        Shape::Instances(of) => object_value(&of.instance),
    }
}

fn object_value(object: &Object) -> BoxedStrategy<Value> {
    let fields: Vec<_> = object.fields.iter().map(|(key, of)| (Just(key.clone()), value_of(of))).collect();
    let rest = match &object.rest {
        Rest::Closed => Just(None).boxed(),
        Rest::Hidden => option::of((Just("later".to_owned()), any_json().prop_map(Some))).boxed(),
        Rest::Map(of) => {
            option::of((prop::sample::select(&["a", "z"][..]).prop_map(str::to_owned), value_of(of))).boxed()
        }
    };
    (fields, rest)
        .prop_map(|(fields, rest)| {
            let known: BTreeSet<String> = fields.iter().map(|(key, _)| key.clone()).collect();
            let rest = rest.filter(|(key, _)| !known.contains(key));
            let entries = fields.into_iter().chain(rest);
            Value::Object(entries.filter_map(|(key, value)| Some((key, value?))).collect::<Map<_, _>>())
        })
        .boxed()
}

/// A path of a few steps.
pub(crate) fn any_path() -> BoxedStrategy<Path> {
    let segment = prop_oneof![
        4 => prop::sample::select(&KEYS[..]).prop_map(|key| Segment::Key(key.to_owned())),
        1 => (0_usize..2).prop_map(Segment::Index),
        1 => Just(Segment::All),
    ];
    prop::collection::vec(segment, 1..4).prop_map(|segments| Path::new(segments).unwrap()).boxed()
}

/// A path that leads somewhere in a type, as far as it has places.
pub(crate) fn path_in(of: &Type) -> BoxedStrategy<Option<Path>> {
    let mut found = Vec::new();
    let mut open = vec![(of.clone(), Vec::new())];
    while let Some((of, path)) = open.pop() {
        if let Some(path) = Path::new(path.clone()) {
            found.push(Some(path));
        }
        let mut further = |segment: Segment, of: &Type| {
            let mut path = path.clone();
            path.push(segment);
            open.push((of.clone(), path));
        };
        match &of.shape {
            Shape::Object(object) => object.fields.iter().for_each(|(key, of)| further(Segment::Key(key.clone()), of)),
            Shape::List(element) => {
                further(Segment::Index(0), element);
                further(Segment::All, element);
            }
            _ => {}
        }
    }
    found.push(None);
    prop::sample::select(found).boxed()
}

/// Any transformation.
pub(crate) fn any_transformation() -> BoxedStrategy<Transformation> {
    let constant = || prop_oneof![any_json(), Just(Value::Null), Just(json!("A")), Just(json!([])), Just(json!(7))];
    let table =
        prop::collection::vec((prop_oneof![Just(json!("A")), Just(json!("B")), Just(json!(true))], constant()), 0..3);
    prop_oneof![
        Just(Transformation::Identity),
        any_path().prop_map(Transformation::Extract),
        prop::collection::vec(prop::sample::select(&KEYS[..]).prop_map(str::to_owned), 0..3)
            .prop_map(Transformation::Project),
        Just(Transformation::Join { separator: ", ".into() }),
        prop::sample::select(&[",", ""][..])
            .prop_map(|separator| Transformation::Split { separator: separator.into() }),
        Just(Transformation::Serialize),
        Just(Transformation::Base64Decode),
        constant().prop_map(Transformation::Default),
        (table, option::of(constant())).prop_map(|(table, otherwise)| Transformation::Map { table, otherwise }),
        prop::sample::select(&["%Y-%m-%d", "%H:%M", "%!"][..]).prop_map(|pattern| Transformation::Format {
            pattern: pattern.into(),
            zone: Some("Europe/Copenhagen".into())
        }),
        (prop::sample::select(&KEYS[..]), prop::collection::vec(constant(), 0..3))
            .prop_map(|(field, values)| Transformation::Where { field: field.to_owned(), values }),
        Just(Transformation::First),
        Just(Transformation::Count),
        Just(Transformation::Require),
    ]
    .boxed()
}

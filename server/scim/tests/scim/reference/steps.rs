//! Random operations on the places that the reference knows.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Place, Step, Target};

fn text() -> impl Strategy<Value = Value> {
    prop::sample::select(vec!["a", "A", "b", "c"]).prop_map(Value::from)
}

fn text_or_null() -> impl Strategy<Value = Value> {
    prop_oneof![5 => text(), 1 => Just(Value::Null)]
}

fn boolean() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![json!(true), json!(false), json!("True"), json!("FALSE")])
}

/// An element; that of a group has an id.
fn element(members: bool) -> BoxedStrategy<Value> {
    if members {
        return (text(), prop::option::of(text()))
            .prop_map(|(value, display)| json!({ "value": value, "display": display }))
            .boxed();
    }
    let primary = prop::option::weighted(0.3, any::<bool>());
    let parts = (prop::option::of(text()), prop::option::of(text()), primary);
    parts.prop_map(|(kind, value, primary)| json!({ "type": kind, "value": value, "primary": primary })).boxed()
}

/// A place in a list and a value that fits there.
fn in_list(attribute: &'static str) -> BoxedStrategy<(Place, Value)> {
    let members = attribute == "members";
    let parts = if members { vec!["value", "display"] } else { vec!["type", "value", "display"] };
    let place = move |filter, part| Place { extended: false, attribute, filter, part };
    let term = (prop::sample::select(parts.clone()), text());
    let primary = boolean().prop_map(|value| ("primary", value));
    let term = if members { term.boxed() } else { prop_oneof![4 => term, 1 => primary].boxed() };
    let filter = || prop::option::weighted(0.8, prop::collection::vec(term.clone(), 1..3));
    let whole =
        prop::collection::vec(element(members), 0..4).prop_map(move |list| (place(None, None), Value::from(list)));
    let elements = (filter(), element(members)).prop_map(move |(filter, value)| {
        let whole = filter.is_none();
        (place(filter, None), if whole { json!([value]) } else { value })
    });
    let of_parts = (filter(), prop::sample::select(parts), text_or_null())
        .prop_map(move |(filter, part, value)| (place(filter, Some(part)), value));
    let preferred = (filter(), boolean()).prop_map(move |(filter, value)| (place(filter, Some("primary")), value));
    if members {
        return prop_oneof![2 => whole, 2 => elements, 3 => of_parts].boxed();
    }
    prop_oneof![2 => whole, 2 => elements, 3 => of_parts, 1 => preferred].boxed()
}

fn single(extended: bool, attribute: &'static str, part: Option<&'static str>) -> Place {
    Place { extended, attribute, filter: None, part }
}

fn in_user() -> BoxedStrategy<(Place, Value)> {
    let names = (text_or_null(), text_or_null()).prop_map(|(a, b)| json!({ "givenName": a, "familyName": b }));
    let manager = prop_oneof![text(), text_or_null().prop_map(|value| json!({ "value": value, "$ref": "r" }))];
    prop_oneof![
        1 => text_or_null().prop_map(|value| (single(false, "title", None), value)),
        1 => text_or_null().prop_map(|value| (single(false, "userName", None), value)),
        1 => boolean().prop_map(|value| (single(false, "active", None), value)),
        1 => names.prop_map(|value| (single(false, "name", None), value)),
        1 => text_or_null().prop_map(|value| (single(false, "name", Some("givenName")), value)),
        1 => text_or_null().prop_map(|value| (single(true, "department", None), value)),
        1 => manager.prop_map(|value| (single(true, "manager", None), value)),
        1 => text_or_null().prop_map(|value| (single(true, "manager", Some("value")), value)),
        4 => in_list("emails"),
        2 => in_list("roles"),
    ]
    .boxed()
}

/// Steps on a user, or on a group.
pub(crate) fn steps(members: bool) -> BoxedStrategy<Vec<Step>> {
    let place = if members { in_list("members") } else { in_user() };
    let several = prop::collection::vec(place.clone(), 1..4);
    let distinct = several.prop_filter("a name stands once in an object", |fields| {
        let mut paths: Vec<String> = fields.iter().map(|(place, _)| place.path().to_lowercase()).collect();
        paths.sort();
        paths.windows(2).all(|pair| pair[0] != pair[1])
    });
    let target = prop_oneof![
        4 => place.prop_map(|(place, value)| Target::At(place, value)),
        1 => distinct.prop_map(Target::Whole),
    ];
    let op = prop::sample::select(vec!["add", "replace", "remove"]);
    prop::collection::vec((op, target).prop_map(|(op, target)| Step { op, target }), 0..10).boxed()
}

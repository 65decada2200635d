//! Random resources, filters and operations.

use engage_scim::filter::{Expr, Filter, Literal, Op, PartTerm, Term, Test, ValueFilter};
use engage_scim::path::AttrPath;
use engage_scim::schema::{Attribute, Kind, Slot, USER};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::ENTERPRISE;

/// Names that mean something, names that do not, and paths where a name is expected.
pub(crate) fn name() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "userName",
        "USERNAME",
        "displayName",
        "active",
        "name",
        "name.givenName",
        "emails",
        "emails.value",
        "roles",
        "addresses",
        "manager",
        "members",
        "value",
        "type",
        "primary",
        "display",
        "$ref",
        "id",
        "meta",
        "schemas",
        "groups",
        "givenName",
        "familyName",
        "formatted",
        "title",
        "department",
        ENTERPRISE,
        "x509Certificates",
        "externalId",
    ]);
    let filtered = (
        prop::sample::select(vec!["emails", "addresses", "roles", "members", "name", "groups"]),
        prop::sample::select(vec![
            "type eq \"work\"",
            "primary eq \"True\"",
            "type eq work and primary eq true",
            "value pr",
            "not (type eq \"x\")",
            "type eq \"a\" or value eq \"a\"",
            "value eq \"a\"",
            "",
            "type",
            "type gt 5",
        ]),
        prop::sample::select(vec!["", ".value", ".type", ".primary", ".formatted", ".", "x"]),
    );
    prop_oneof![
        6 => known.prop_map(str::to_owned),
        2 => filtered.prop_map(|(name, filter, part)| format!("{name}[{filter}]{part}")),
        1 => Just(format!("{ENTERPRISE}:department")),
        1 => Just(format!("{ENTERPRISE}:manager.value")),
        1 => "\\PC{0,12}",
    ]
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        prop::sample::select(vec!["True", "false", "work", "home", "a", "b", "Å", "", "QQ=="]).prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<f32>().prop_map(|number| json!(number)),
    ]
}

/// Any JSON, with names that mean something.
pub(crate) fn noise() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name(), inner), 0..5).prop_map(|fields| Value::Object(Map::from_iter(fields))),
        ]
    })
}

/// An object that often is a user.
pub(crate) fn user_like() -> impl Strategy<Value = Value> {
    prop::collection::vec((name(), noise()), 0..6).prop_map(|fields| {
        let mut user: Map<String, Value> = fields.into_iter().filter(|(name, _)| name != "USERNAME").collect();
        user.insert("userName".to_owned(), "bo".into());
        Value::Object(user)
    })
}

/// A user as clients send it.
pub(crate) fn good_user() -> impl Strategy<Value = Value> {
    let text = || prop::option::of(prop::sample::select(vec!["a", "A", "b", "ab", "Å", "å", "c d"]));
    let element = (text(), text(), prop::option::of(Just(false)))
        .prop_map(|(kind, value, primary)| json!({ "type": kind, "value": value, "primary": primary }));
    let list = || prop::collection::vec(element.clone(), 0..3);
    let parts = (text(), text(), text(), prop::option::of(any::<bool>()), list(), list(), text());
    parts.prop_map(|(title, given, family, active, emails, roles, department)| {
        json!({
            "userName": "bo", "title": title, "active": active, "emails": emails, "roles": roles,
            "name": { "givenName": given, "familyName": family }, ENTERPRISE: { "department": department },
        })
    })
}

/// A body of a PATCH that can be read, of operations that often cannot be done.
pub(crate) fn patch_like() -> impl Strategy<Value = Value> {
    let op = prop::sample::select(vec!["add", "Replace", "REMOVE"]);
    let operation = (op, prop::option::of(name()), noise())
        .prop_map(|(op, path, value)| json!({ "op": op, "path": path, "value": value }));
    prop::collection::vec(operation, 0..5).prop_map(|operations| json!({ "Operations": operations }))
}

fn literal(kind: Kind) -> BoxedStrategy<Literal> {
    match kind {
        Kind::Boolean => any::<bool>().prop_map(Literal::Boolean).boxed(),
        Kind::DateTime => (-9_999_999_i64..9_999_999).prop_map(|seconds| instant(seconds * 997)).boxed(),
        _ => prop_oneof![prop::sample::select(vec!["a", "b", "Å", "ab"]).prop_map(str::to_owned), any::<String>()]
            .prop_map(Literal::String)
            .boxed(),
    }
}

fn instant(seconds: i64) -> Literal {
    Literal::Instant(jiff::Timestamp::from_second(seconds).unwrap())
}

fn test(attribute: &'static Attribute) -> BoxedStrategy<Test> {
    let ops = match attribute.kind {
        Kind::Boolean => vec![Op::Eq, Op::Ne],
        Kind::DateTime => vec![Op::Eq, Op::Ne, Op::Gt, Op::Ge, Op::Lt, Op::Le],
        Kind::Binary => vec![Op::Eq, Op::Ne, Op::Co, Op::Sw, Op::Ew],
        _ => vec![Op::Eq, Op::Ne, Op::Co, Op::Sw, Op::Ew, Op::Gt, Op::Ge, Op::Lt, Op::Le],
    };
    prop_oneof![
        1 => Just(Test::Present),
        1 => prop::sample::select(vec![Op::Eq, Op::Ne]).prop_map(|op| Test::Compare(op, Literal::Null)),
        4 => (prop::sample::select(ops), literal(attribute.kind)).prop_map(|(op, value)| Test::Compare(op, value)),
    ]
    .boxed()
}

fn expression<T: Clone + std::fmt::Debug + 'static>(
    term: impl Strategy<Value = T> + 'static,
) -> BoxedStrategy<Expr<T>> {
    let leaf = term.prop_map(Expr::Term);
    let deeper = leaf.prop_recursive(3, 8, 3, |inner| {
        let several = prop::collection::vec(inner.clone(), 2..4);
        prop_oneof![
            inner.prop_map(|inner| Expr::Not(Box::new(inner))),
            several.clone().prop_map(Expr::And),
            several.prop_map(Expr::Or),
        ]
    });
    deeper.boxed()
}

fn parts(slot: Slot) -> BoxedStrategy<ValueFilter> {
    let part = prop::sample::select(slot.attribute.parts().iter().collect::<Vec<&'static Attribute>>());
    expression(part.prop_flat_map(|part| test(part).prop_map(move |test| PartTerm { part, test })))
}

/// Every attribute and part that can be compared.
fn paths() -> Vec<AttrPath> {
    let of = |slot: Slot| {
        let parts: Vec<Option<&'static Attribute>> = match slot.attribute.parts() {
            [] => vec![None],
            parts => parts.iter().map(Some).collect(),
        };
        parts.into_iter().map(move |part| AttrPath { slot, part })
    };
    USER.slots().flat_map(of).collect()
}

/// A filter of users as a tree.
pub(crate) fn filter() -> BoxedStrategy<Filter> {
    let lists: Vec<Slot> =
        USER.slots().filter(|slot| slot.attribute.multi_valued && slot.attribute.is_complex()).collect();
    let attribute = prop::sample::select(paths())
        .prop_flat_map(|path| test(path.leaf()).prop_map(move |test| Term::Attribute { path, test }));
    let element = prop::sample::select(lists)
        .prop_flat_map(|slot| parts(slot).prop_map(move |filter| Term::Element { slot, filter }));
    expression(prop_oneof![3 => attribute, 1 => element])
}

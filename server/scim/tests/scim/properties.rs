//! What holds of every input.

use std::collections::BTreeSet;

use engage_scim::filter::{Expr, Filter, Literal, MAX_DEPTH, MAX_TERMS, MAX_TEXT, Op, Term, Test, fold};
use engage_scim::json::{Limits, read};
use engage_scim::list::Search;
use engage_scim::patch::Target;
use engage_scim::projection::Projection;
use engage_scim::schema::{GROUP, USER};
use engage_scim::{Patch, Resource};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::reference::{run, steps};
use crate::samples::{filter, good_user, name, noise, patch_like, user_like};
use crate::{group, kind_of, made, meta};

fn terms(filter: &Filter) -> usize {
    fn count<T>(filter: &Expr<T>, term: &impl Fn(&T) -> usize) -> usize {
        match filter {
            Expr::Term(inner) => term(inner),
            Expr::Not(inner) => count(inner, term),
            Expr::And(all) | Expr::Or(all) => all.iter().map(|one| count(one, term)).sum(),
        }
    }
    count(filter, &|term: &Term| match term {
        Term::Attribute { .. } => 1,
        Term::Element { filter, .. } => count(filter, &|_| 1),
    })
}

/// Whether a resource is as it would be read again.
fn is_normal(resource: &Resource) -> Result<(), TestCaseError> {
    let again = Resource::from_stored(resource.kind(), resource.clone().into_json());
    prop_assert_eq!(again.as_ref(), Ok(resource));
    let names = |resource: &Resource| resource.body().keys().cloned().collect::<Vec<_>>();
    prop_assert_eq!(names(&again.unwrap()), names(resource));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_filter_prints_and_reads_back(filter in filter()) {
        let text = filter.to_string();
        prop_assume!(terms(&filter) <= MAX_TERMS && text.len() <= MAX_TEXT);
        prop_assert_eq!(Filter::parse(&USER, &text), Ok(filter), "{}", text);
    }

    #[test]
    fn any_text_is_a_filter_or_an_error(text in prop_oneof!["\\PC{0,40}", "[a-z\\[\\]().\" ]{0,60}", name()]) {
        if let Ok(filter) = Filter::parse(&USER, &text) {
            prop_assert_eq!(Filter::parse(&USER, &filter.to_string()), Ok(filter), "{}", text);
        }
        if let Ok(target) = Target::parse(&USER, &text) {
            let printed = target.to_string();
            prop_assert!(printed.is_empty() || Target::parse(&USER, &printed) == Ok(target), "{}", text);
        }
    }

    #[test]
    fn the_laws_of_logic_hold(one in filter(), other in filter(), user in good_user()) {
        let user = made(&USER, user);
        let (a, b) = (one.matches(&user), other.matches(&user));
        let not = |filter: &Filter| Expr::Not(Box::new(filter.clone()));
        prop_assert_eq!(not(&one).matches(&user), !a);
        prop_assert_eq!(Expr::And(vec![one.clone(), other.clone()]).matches(&user), a && b);
        prop_assert_eq!(Expr::Or(vec![other.clone(), one.clone()]).matches(&user), a || b);
        let neither = Expr::And(vec![not(&one), not(&other)]);
        prop_assert_eq!(neither.matches(&user), !a && !b);
    }

    #[test]
    fn operators_agree_with_each_other(text in "[aAbBåÅ ]{0,3}", user in good_user()) {
        let user = made(&USER, user);
        for attribute in ["title", "name.givenName", "displayName"] {
            let holds = |op: &str| Filter::parse(&USER, &format!("{attribute} {op} {}", json!(text))).unwrap().matches(&user);
            let present = Filter::parse(&USER, &format!("{attribute} pr")).unwrap().matches(&user);
            prop_assert_eq!(holds("eq"), !holds("ne"));
            prop_assert_eq!(holds("ge"), holds("gt") || holds("eq"));
            prop_assert_eq!(holds("le"), holds("lt") || holds("eq"));
            prop_assert_eq!(present, holds("lt") || holds("ge"));
            prop_assert!(!holds("sw") && !holds("ew") || holds("co"));
            prop_assert!(!holds("eq") || holds("sw") && holds("ew"));
        }
        prop_assert_eq!(fold(&fold(&text)), fold(&text));
    }

    #[test]
    fn an_element_is_selected_by_what_its_parts_say(part in prop::sample::select(vec!["type", "value"]), text in "[ab]", user in good_user()) {
        let user = made(&USER, user);
        for op in ["eq", "co", "gt"] {
            let plain = Filter::parse(&USER, &format!("emails.{part} {op} {text}")).unwrap();
            let nested = Filter::parse(&USER, &format!("emails[{part} {op} {text}]")).unwrap();
            prop_assert_eq!(plain.matches(&user), nested.matches(&user));
        }
    }

    #[test]
    fn any_json_is_a_resource_or_an_error(sent in prop_oneof![noise(), user_like()]) {
        for kind in [&USER, &GROUP] {
            if let Ok(resource) = Resource::read(kind, sent.clone()) {
                is_normal(&resource)?;
                let again = Resource::read(kind, resource.clone().into_json());
                prop_assert_eq!(again, Ok(resource.clone()));
                is_normal(&resource.identified("r1", &meta()))?;
            }
        }
    }

    #[test]
    fn bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..60), value in noise()) {
        let limits = Limits { max_bytes: 4_000, max_depth: 6, max_values: 1_000 };
        let _ = (Resource::from_bytes(&USER, &bytes, &limits), Patch::from_bytes(&bytes, &limits), Search::read(&bytes, &limits));
        let text = value.to_string();
        prop_assert_eq!(read(text.as_bytes(), &Limits::default()), Ok(value));
    }

    #[test]
    fn any_patch_is_applied_or_refused(user in user_like(), patch in patch_like()) {
        let Ok(user) = Resource::read(&USER, user) else { return Ok(()) };
        let user = user.identified("u1", &meta());
        let before = user.clone();
        let Ok(patch) = Patch::read(patch) else { return Ok(()) };
        let outcome = patch.apply(&user);
        prop_assert_eq!(&user, &before);
        match outcome {
            Ok(outcome) => {
                is_normal(&outcome.resource)?;
                prop_assert_eq!(outcome.changed, outcome.resource != before);
                prop_assert_eq!(outcome.resource.text("id"), Some("u1"));
            }
            Err(error) => prop_assert!(!error.detail.is_empty() && error.scim_type.is_some(), "{:?}", error),
        }
    }

    #[test]
    fn no_json_as_a_patch_panics(body in noise()) {
        if let Ok(patch) = Patch::read(body) {
            let _ = patch.apply(&group(&["a"]));
        }
    }

    #[test]
    fn a_patch_of_users_does_what_the_reference_does(user in good_user(), steps in steps(false)) {
        compare(&made(&USER, user), &steps)?;
    }

    #[test]
    fn a_patch_of_groups_does_what_the_reference_does(members in prop::collection::vec("[abc]", 0..4), steps in steps(true)) {
        let members: Vec<&str> = members.iter().map(String::as_str).collect();
        compare(&group(&members), &steps)?;
    }

    #[test]
    fn a_patch_that_names_its_members_needs_no_others(there in prop::collection::btree_set("[a-f]", 0..6), steps in steps(true)) {
        let sent: Vec<Value> = steps.iter().map(crate::reference::Step::sent).collect();
        let patch = Patch::read(json!({ "Operations": sent })).unwrap();
        let Some(named) = patch.named(&GROUP, "members") else { return Ok(()) };
        let (near, far): (Vec<&str>, Vec<&str>) =
            there.iter().map(String::as_str).partition(|id| named.iter().any(|named| named == id));
        let all: Vec<&str> = near.iter().chain(&far).copied().collect();
        let (whole, part) = (patch.apply(&group(&all)), patch.apply(&group(&near)));
        match (whole, part) {
            (Ok(whole), Ok(part)) => {
                let expected: BTreeSet<String> =
                    ids(&part.resource).into_iter().chain(far.iter().map(ToString::to_string)).collect();
                prop_assert_eq!(ids(&whole.resource).into_iter().collect::<BTreeSet<_>>(), expected);
                prop_assert_eq!(whole.changed, part.changed);
            }
            (whole, part) => prop_assert_eq!(whole.map(|_| ()), part.map(|_| ())),
        }
    }

    #[test]
    fn a_projection_shows_a_part_of_what_there_is(user in good_user(), names in prop::collection::vec(name(), 0..4), exclude in any::<bool>()) {
        let user = made(&USER, user).identified("u1", &meta());
        let whole = Value::Object(user.body().clone());
        let (named, excluded) = if exclude { (&[][..], &names[..]) } else { (&names[..], &[][..]) };
        let shown = Projection::new(&USER, named, excluded).unwrap().apply(&user);
        prop_assert!(is_part(&shown, &whole), "{}", shown);
        prop_assert!(shown.get("id").is_some() && shown.get("schemas").is_some());
        for name in whole.as_object().unwrap().keys() {
            let includes = Projection::new(&USER, named, excluded).unwrap().includes(name);
            prop_assert!(includes || shown.get(name).is_none() || name.starts_with("urn:"), "{} in {}", name, shown);
        }
    }

    #[test]
    fn a_test_of_null_is_one_of_presence(user in good_user()) {
        let user = made(&USER, user);
        for attribute in ["title", "emails.value", "name.familyName"] {
            let null = Filter::parse(&USER, &format!("{attribute} ne null")).unwrap();
            let present = Filter::parse(&USER, &format!("{attribute} pr")).unwrap();
            prop_assert_eq!(null.matches(&user), present.matches(&user));
        }
        let title = USER.attribute("title").unwrap();
        prop_assert!(Test::Compare(Op::Eq, Literal::Null).holds(title, None));
    }
}

fn ids(group: &Resource) -> Vec<String> {
    let members = group.body().get("members").and_then(Value::as_array).into_iter().flatten();
    members.map(|member| member["value"].as_str().unwrap().to_owned()).collect()
}

fn compare(before: &Resource, steps: &[crate::reference::Step]) -> Result<(), TestCaseError> {
    let sent: Vec<Value> = steps.iter().map(crate::reference::Step::sent).collect();
    let found = Patch::read(json!({ "Operations": sent })).unwrap().apply(before);
    let mut plain = before.clone().into_json();
    plain.as_object_mut().unwrap().remove("schemas");
    match (run(&plain, steps), found) {
        (Ok(expected), Ok(outcome)) => {
            let mut found = outcome.resource.clone().into_json();
            found.as_object_mut().unwrap().remove("schemas");
            if outcome.changed {
                prop_assert_eq!(&found, &expected, "{}", Value::from(sent));
            } else {
                prop_assert_eq!(sorted(&found), sorted(&expected), "{}", Value::from(sent));
                prop_assert_eq!(&outcome.resource, before);
            }
        }
        (Err(expected), Err(error)) => prop_assert_eq!(kind_of(&error), expected, "{:?} {}", error, Value::from(sent)),
        (expected, found) => prop_assert!(false, "{:?} and {:?} of {}", expected, found, Value::from(sent)),
    }
    Ok(())
}

/// The same without the order of lists.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Array(list) => {
            let mut list: Vec<Value> = list.iter().map(sorted).collect();
            list.sort_by_key(ToString::to_string);
            Value::Array(list)
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().map(|(name, value)| (name.clone(), sorted(value))).collect();
            fields.sort_by(|one, other| one.0.cmp(&other.0));
            Value::Object(fields.into_iter().collect())
        }
        _ => value.clone(),
    }
}

/// Whether everything in one value is in the other, elements of lists in order.
fn is_part(part: &Value, whole: &Value) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => {
            part.iter().all(|(name, value)| whole.get(name).is_some_and(|whole| is_part(value, whole)))
        }
        (Value::Array(part), Value::Array(whole)) => {
            let mut rest = whole.iter();
            part.iter().all(|element| rest.any(|whole| is_part(element, whole)))
        }
        _ => part == whole,
    }
}

#[test]
fn the_deepest_filter_is_read() {
    let text = format!("{}title pr{}", "not (".repeat(MAX_DEPTH), ")".repeat(MAX_DEPTH));
    assert_eq!(Filter::parse(&USER, &text).unwrap().to_string(), text);
}

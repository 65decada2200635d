//! The checks, a file per theme, in the order in which they are made.

mod creation;
mod deletion;
mod discovery;
mod groups;
mod lifecycle;
mod matching;
mod pages;
mod patching;
mod tokens;

use serde_json::{Value as Json, json};

use super::expect::{holds, read, status};
use super::message::Answers;
use super::script::{Known, Part, Verdict};

/// The URN of users.
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The URN of what an organisation knows of users.
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// Every check, part by part.
pub(super) const PARTS: &[&Part] = &[
    &tokens::PART,
    &discovery::PART,
    &creation::PART,
    &matching::PART,
    &patching::PART,
    &patching::BY_DIALECT,
    &lifecycle::PART,
    &pages::PART,
    &groups::PART,
    &deletion::PART,
];

/// It is always made.
fn never(_: &Known) -> Option<&'static str> {
    None
}

/// A check is not made where the server does not keep what it is about: such an attribute would not be mapped.
fn without(known: &Known, attributes: &[&str]) -> Option<&'static str> {
    let lacks = attributes.iter().any(|name| known.lacks.contains(name));
    lacks.then_some("the server does not keep the attributes that it is about, see `kept-as-sent`")
}

/// A PATCH took effect: a status that says so, and the values when the user is read after it.
fn changed(answers: Answers<'_>, id: &str, wanted: &[(&[&str], Json)]) -> Verdict {
    status(answers.first(), &[200, 204])?;
    let user = read(answers.last(), id)?;
    wanted.iter().try_for_each(|(place, value)| holds(user, place, value))
}

/// One operation of a PATCH.
fn operation(op: &str, path: &str, value: impl Into<Json>) -> Json {
    json!({ "op": op, "path": path, "value": value.into() })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::PARTS;

    #[test]
    fn names_are_unique_and_a_check_needs_only_what_was_made_before() {
        let mut before = BTreeSet::new();
        for check in PARTS.iter().flat_map(|part| part.checks) {
            for needed in check.needs {
                assert!(before.contains(needed), "{} needs {needed}, which is not made before", check.name);
            }
            assert!(before.insert(check.name), "{} is there twice", check.name);
            assert!(!check.about.ends_with('.') && !check.cure.is_empty(), "{}", check.name);
        }
    }
}

//! Users leave and come back.

use serde_json::json;

use super::super::expect::{holds, only};
use super::super::message::Request;
use super::super::script::{Check, Level, Part};
use super::{changed, never, operation};

pub(super) const PART: Part = Part { title: "leaving and coming back", checks: CHECKS };

const CHECKS: &[Check] = &[
    Check {
        name: "disable",
        about: "`active` becomes false by the text \"False\", and the user is still read",
        level: Level::Entra("who is out of scope, disabled or in the bin is made inactive"),
        needs: &["patch"],
        unless: never,
        ask: |known| {
            let change = json!([operation("Replace", "active", "False")]);
            vec![Request::patch(&["Users", &known.user], change), Request::get(&["Users", &known.user])]
        },
        judge: |known, answers, _| changed(answers, &known.user, &[(&["active"], json!(false))]),
        cure: "take the text \"False\" for `false`, and answer inactive users as any other",
    },
    Check {
        name: "find-disabled",
        about: "an inactive user is found by its name",
        level: Level::Entra("who comes back is looked for before being made"),
        needs: &["disable", "match-user-name"],
        unless: never,
        ask: |known| vec![Request::find("Users", format!("userName eq \"{}\"", known.names.user))],
        judge: |known, answers, _| holds(only(answers.first(), &known.user)?, &["active"], &json!(false)),
        cure: "let filters find inactive users too: who is not found is made a second time",
    },
    Check {
        name: "restore",
        about: "`active` becomes true again by the text \"True\", under the same id",
        level: Level::Entra("who comes back is made active"),
        needs: &["disable"],
        unless: never,
        ask: |known| {
            let change = json!([operation("Replace", "active", "True")]);
            vec![Request::patch(&["Users", &known.user], change), Request::get(&["Users", &known.user])]
        },
        judge: |known, answers, _| changed(answers, &known.user, &[(&["active"], json!(true))]),
        cure: "take the text \"True\" for `true`, and keep ids as they are",
    },
    Check {
        name: "disable-without-path",
        about: "`active` becomes false by a boolean without a path",
        level: Level::Entra("the flag `aadOptscim062020`; Okta"),
        needs: &["patch-without-path"],
        unless: never,
        ask: |known| {
            let change = json!([{ "op": "replace", "value": { "active": false } }]);
            vec![Request::patch(&["Users", &known.user], change), Request::get(&["Users", &known.user])]
        },
        judge: |known, answers, _| changed(answers, &known.user, &[(&["active"], json!(false))]),
        cure: "take `{\"op\": \"replace\", \"value\": {\"active\": false}}`",
    },
];

//! Names that are taken, and users who go for good. What every answer has to have is judged here too, when all are there.

use serde_json::{Value as Json, json};

use super::super::expect::{error, holds, list, made, status};
use super::super::message::Request;
use super::super::script::{Check, Finding, Level, Part};
use super::{USER, never};

pub(super) const PART: Part = Part { title: "taken names, deletion, and what every answer has", checks: CHECKS };

const CHECKS: &[Check] = &[
    Check {
        name: "duplicate",
        about: "a second user of the same `userName` is refused with 409 `uniqueness`",
        level: Level::Must("RFC 7644 §3.3"),
        needs: &["create"],
        unless: never,
        ask: |known| vec![Request::post(&["Users"], json!({ "schemas": [USER], "userName": known.names.user }))],
        judge: |_, answers, _| {
            error(answers.first(), 409)?;
            let body = answers.first().json().unwrap_or(&Json::Null);
            holds(body, &["scimType"], &json!("uniqueness"))
        },
        cure: "answer 409 with `scimType` `uniqueness`; Entra then looks for who is there",
    },
    Check {
        name: "delete",
        about: "the user is deleted with 204, and is not there any more",
        level: Level::Must("RFC 7644 §3.6"),
        needs: &["create", "unknown-id"],
        unless: never,
        ask: |known| vec![Request::delete(&["Users", &known.user]), Request::get(&["Users", &known.user])],
        judge: |_, answers, _| {
            status(answers.first(), &[204])?;
            status(answers.last(), &[404])
        },
        cure: "answer 204 to DELETE, and 404 to all that comes after it",
    },
    Check {
        name: "delete-again",
        about: "a user who is gone cannot be deleted",
        level: Level::Must("RFC 7644 §3.6"),
        needs: &["delete"],
        unless: never,
        ask: |known| vec![Request::delete(&["Users", &known.user])],
        judge: |_, answers, _| status(answers.first(), &[404]),
        cure: "answer 404 to DELETE of what is not there",
    },
    Check {
        name: "find-deleted",
        about: "a user who is gone is not found",
        level: Level::Must("RFC 7644 §3.6"),
        needs: &["delete", "match-user-name", "duplicate"],
        unless: never,
        ask: |known| vec![Request::find("Users", format!("userName eq \"{}\"", known.names.user))],
        judge: |_, answers, _| match list(answers.first())?.len() {
            0 => Ok(()),
            found => Err(Finding::new(format!("{found} resources were found"))),
        },
        cure: "leave out of lists what was deleted",
    },
    Check {
        name: "create-again",
        about: "the names of a user who is gone are free",
        level: Level::Should("RFC 7644 §3.6"),
        needs: &["delete", "duplicate"],
        unless: never,
        ask: |known| {
            let (name, external) = (&known.names.user, &known.names.user_external);
            vec![Request::post(&["Users"], json!({ "schemas": [USER], "userName": name, "externalId": external }))]
        },
        judge: |known, answers, _| match made(answers.first())? {
            id if id == known.user => Err(Finding::new("the new user has the id of the one who is gone")),
            _ => Ok(()),
        },
        cure: "do not count who is gone when names are compared: a person who comes back could not be made",
    },
    Check {
        name: "media-type",
        about: "every answer with a body says that it is `application/scim+json`",
        level: Level::Must("RFC 7644 §3.1, §3.8"),
        needs: &["token"],
        unless: never,
        ask: |_| Vec::new(),
        judge: |known, _, _| match known.other_media.split_first() {
            None => Ok(()),
            Some((first, [])) => Err(Finding::new(first.as_str())),
            Some((first, more)) => Err(Finding::new(format!("{first}, and {} more", more.len()))),
        },
        cure: "send `Content-Type: application/scim+json`, with errors too",
    },
];

//! Users are made as Entra makes them, and read.

use serde_json::{Value as Json, json};

use super::super::expect::{absent, at, drawn, holds, made, read};
use super::super::message::{Answer, Request};
use super::super::script::{Check, Finding, Known, Level, Names, Part, Remarks, Verdict};
use super::{ENTERPRISE, USER, never};

pub(super) const PART: Part = Part { title: "creation", checks: CHECKS };

const CHECKS: &[Check] = &[
    Check {
        name: "create",
        about: "a user is made as Entra sends one, with the enterprise extension",
        level: Level::Must("RFC 7644 §3.3"),
        needs: &["token"],
        unless: never,
        ask: |known| vec![Request::post(&["Users"], user(&known.names))],
        judge: |known, answers, _| {
            known.user = made(answers.first())?;
            known.created = Some(answers.first().clone());
            Ok(())
        },
        cure: "answer 201 with the user as it is kept, its `id` included; ignore attributes that you do not know",
    },
    Check {
        name: "created-answer",
        about: "the answer to a creation says where the user is and what it is",
        level: Level::Must("RFC 7644 §3.3, RFC 7643 §3.1"),
        needs: &["create"],
        unless: never,
        ask: |_| Vec::new(),
        judge: |known, _, remarks| known.created.as_ref().map_or(Ok(()), |answer| created(answer, remarks)),
        cure: "send `Location`, the same as `meta.location`, with `meta.resourceType` and `schemas` in the body",
    },
    Check {
        name: "read",
        about: "the user is read by its id, with its names as they were sent",
        level: Level::Must("RFC 7644 §3.4.1"),
        needs: &["create"],
        unless: never,
        ask: |known| vec![Request::get(&["Users", &known.user])],
        judge: |known, answers, _| names(&known.names, read(answers.first(), &known.user)?),
        cure: "give back `userName`, `externalId`, `displayName` and `name` letter by letter as they were sent",
    },
    Check {
        name: "kept-as-sent",
        about: "all else that Entra maps is kept as it was sent",
        level: Level::Entra("what is read is compared with the directory in every cycle"),
        needs: &["read"],
        unless: never,
        ask: |known| vec![Request::get(&["Users", &known.user])],
        judge: |known, answers, remarks| as_sent(known, answers.first(), remarks),
        cure: "keep values as they are sent: what comes back changed, Entra sends again in every cycle",
    },
    Check {
        name: "boolean",
        about: "`active` is told as a boolean, not as a text",
        level: Level::Must("RFC 7643 §2.3.2"),
        needs: &["read"],
        unless: never,
        ask: |known| vec![Request::get(&["Users", &known.user])],
        judge: |known, answers, _| match at(read(answers.first(), &known.user)?, &["active"]) {
            Some(Json::Bool(true)) => Ok(()),
            found => Err(Finding::new(format!(
                "`active` is {} where true is expected",
                found.map_or_else(|| "missing".to_owned(), drawn)
            ))),
        },
        cure: "answer with `true` and `false` of JSON, whatever was sent",
    },
    Check {
        name: "create-with-texts",
        about: "a user is made whose `active` is the text \"True\"",
        level: Level::Entra("the mapping `Switch([IsSoftDeleted], …)` gives texts"),
        needs: &["create"],
        unless: never,
        ask: |known| vec![Request::post(&["Users"], colleague(&known.names))],
        judge: |known, answers, _| {
            known.colleague = made(answers.first())?;
            Ok(())
        },
        cure: "take \"True\" and \"False\" in any case for booleans, in POST, PUT and PATCH",
    },
    Check {
        name: "attributes",
        about: "`attributes` shows what is named, and `id`",
        level: Level::Must("RFC 7644 §3.4.2.5"),
        needs: &["read"],
        unless: never,
        ask: |known| vec![Request::get(&["Users", &known.user]).query("attributes", "userName")],
        judge: |known, answers, _| {
            let shown = read(answers.first(), &known.user)?;
            holds(shown, &["userName"], &json!(known.names.user))?;
            absent(shown, &["displayName"])
        },
        cure: "heed `attributes` wherever a resource is answered",
    },
    Check {
        name: "excluded-attributes",
        about: "`excludedAttributes` leaves out what is named, and nothing else",
        level: Level::Must("RFC 7644 §3.4.2.5"),
        needs: &["read"],
        unless: never,
        ask: |known| vec![Request::get(&["Users", &known.user]).query("excludedAttributes", "displayName")],
        judge: |known, answers, _| {
            let shown = read(answers.first(), &known.user)?;
            holds(shown, &["userName"], &json!(known.names.user))?;
            absent(shown, &["displayName"])
        },
        cure: "heed `excludedAttributes`: Entra reads groups without their members",
    },
    Check {
        name: "room",
        about: "a room is made from what Entra maps of a room's mailbox",
        level: Level::Entra("the mapping of rooms: no given name, no family name, `active` a constant text"),
        needs: &["create"],
        unless: no_rooms,
        ask: |known| vec![Request::post(&["Users"], room(&known.names))],
        judge: |known, answers, _| {
            known.room = made(answers.first())?;
            Ok(())
        },
        cure: "ask for no more of a room than `userName`",
    },
    Check {
        name: "room-read",
        about: "the room is read, active, with its name and its location letter by letter",
        level: Level::Entra("the mapping of rooms"),
        needs: &["room"],
        unless: no_rooms,
        ask: |known| vec![Request::get(&["Users", &known.room])],
        judge: |known, answers, _| {
            let read = read(answers.first(), &known.room)?;
            let sent = room(&known.names);
            let places: [&[&str]; 4] = [&["userName"], &["externalId"], &["displayName"], LOCATION];
            holds(read, &["active"], &json!(true))?;
            places.into_iter().try_for_each(|place| holds(read, place, at(&sent, place).unwrap_or(&Json::Null)))
        },
        cure: "keep the location as it was sent: rooms and employees meet where it is the same text",
    },
];

/// What Entra maps beside the names.
const MAPPED: [&[&str]; 8] = [
    &["title"],
    &["preferredLanguage"],
    &["emails", "[work]", "value"],
    LOCATION,
    &["phoneNumbers", "[work]", "value"],
    &["name", "formatted"],
    &[ENTERPRISE, "employeeNumber"],
    &[ENTERPRISE, "department"],
];
/// Where the location stands.
const LOCATION: &[&str] = &["addresses", "[work]", "formatted"];

fn no_rooms(known: &Known) -> Option<&'static str> {
    (!known.rooms).then_some("the address is not that of a service of rooms, which ends in `/rooms/scim`")
}

/// A user as Entra's default mapping makes one.
fn user(names: &Names) -> Json {
    let Names { user, user_external, .. } = names;
    json!({
        "schemas": [USER, ENTERPRISE],
        "externalId": user_external,
        "userName": user,
        "active": true,
        "displayName": "Probe Engage",
        "title": "Advisor",
        "emails": [{ "primary": true, "type": "work", "value": user }],
        "preferredLanguage": "sv",
        "name": { "givenName": "Probe", "familyName": "Engage", "formatted": "Probe Engage" },
        "addresses": [{ "type": "work", "formatted": "Allé 1-3, 2nd  floor" }],
        "phoneNumbers": [{ "type": "work", "value": "+46 (0)70 - 123" }],
        ENTERPRISE: { "employeeNumber": "7", "department": "Loans" },
        "meta": { "resourceType": "User" },
    })
}

/// A user as the mapping of our guide makes one: `active` is a text.
fn colleague(names: &Names) -> Json {
    json!({
        "schemas": [USER],
        "externalId": names.colleague_external,
        "userName": names.colleague,
        "active": "True",
        "displayName": "Probe Colleague",
        "name": { "givenName": "Probe", "familyName": "Colleague" },
    })
}

/// A room: a user without the names of a person.
fn room(names: &Names) -> Json {
    json!({
        "schemas": [USER],
        "externalId": names.room_external,
        "userName": names.room,
        "active": "True",
        "displayName": "Probe Room",
        "addresses": [{ "type": "work", "formatted": "Allé 1-3" }],
    })
}

fn created(answer: &Answer, remarks: &mut Remarks) -> Verdict {
    let location = answer.location.as_deref().ok_or_else(|| Finding::new("`Location` is missing"))?;
    let body = answer.json().unwrap_or(&Json::Null);
    match at(body, &["meta", "location"]).and_then(Json::as_str) {
        Some(said) if said == location => {}
        Some(_) => return Err(Finding::new("`Location` and `meta.location` are not the same")),
        None => return Err(Finding::new("`meta.location` is missing")),
    }
    holds(body, &["meta", "resourceType"], &json!("User"))?;
    let schemas = at(body, &["schemas"]).and_then(Json::as_array);
    if !schemas.is_some_and(|schemas| schemas.iter().any(|schema| schema == USER)) {
        return Err(Finding::new(format!("`schemas` does not have `{USER}`")));
    }
    for time in ["created", "lastModified"] {
        if at(body, &["meta", time]).is_none() {
            remarks.push(format!("`meta.{time}` is missing (RFC 7643 §3.1)"));
        }
    }
    Ok(())
}

fn names(names: &Names, read: &Json) -> Verdict {
    let sent = user(names);
    let places: [&[&str]; 5] =
        [&["userName"], &["externalId"], &["displayName"], &["name", "givenName"], &["name", "familyName"]];
    places.into_iter().try_for_each(|place| holds(read, place, at(&sent, place).unwrap_or(&Json::Null)))
}

/// What is missing a server may not know; what is another value was changed on the way.
fn as_sent(known: &mut Known, answer: &Answer, remarks: &mut Remarks) -> Verdict {
    let (sent, read) = (user(&known.names), read(answer, &known.user)?);
    let mut verdict = Ok(());
    for place in MAPPED {
        match holds(read, place, at(&sent, place).unwrap_or(&Json::Null)) {
            Err(Finding { found, .. }) if at(read, place).is_none() => {
                remarks.push(found);
                known.lacks.extend(place.first());
            }
            held => verdict = verdict.and(held),
        }
    }
    verdict
}

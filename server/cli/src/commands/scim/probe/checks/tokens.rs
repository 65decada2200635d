//! Who may ask, and what Entra asks before anything else.

use super::super::expect::{error, list, nothing, refused, status};
use super::super::message::{Bearer, Request};
use super::super::script::{Check, Level, Part};
use super::never;

pub(super) const PART: Part = Part { title: "tokens and the test of the connection", checks: CHECKS };

const CHECKS: &[Check] = &[
    Check {
        name: "token",
        about: "the token is taken, and users are listed",
        level: Level::Must("RFC 7644 §2, §3.4.2"),
        needs: &[],
        unless: never,
        ask: |_| vec![Request::get(&["Users"]).query("startIndex", "1").query("count", "1")],
        judge: |_, answers, _| list(answers.first()).map(drop),
        cure: "compare address and token with those of the server: the address is what stands before `/Users`",
    },
    Check {
        name: "wrong-token",
        about: "a token that is none is refused with 401",
        level: Level::Must("RFC 7644 §2, RFC 6750 §3"),
        needs: &["token"],
        unless: never,
        ask: |known| vec![Request::get(&["Users"]).bearer(Bearer::Wrong(known.names.wrong_token.clone()))],
        judge: |_, answers, remarks| refused(answers.first(), remarks),
        cure: "answer 401 to every token that is not one of yours; Entra shows it to the administrator and stops",
    },
    Check {
        name: "no-token",
        about: "a request without a token is refused with 401",
        level: Level::Must("RFC 7644 §2, RFC 6750 §3"),
        needs: &["token"],
        unless: never,
        ask: |_| vec![Request::get(&["Users"]).bearer(Bearer::Nobody)],
        judge: |_, answers, remarks| refused(answers.first(), remarks),
        cure: "answer 401 where `Authorization` is missing",
    },
    Check {
        name: "test-connection",
        about: "a name that nobody has finds an empty list",
        level: Level::Entra("Test Connection, and the start of every cycle"),
        needs: &["token"],
        unless: never,
        ask: |known| vec![Request::find("Users", format!("userName eq \"{}\"", known.names.nobody))],
        judge: |_, answers, _| nothing(answers.first()),
        cure: "answer 200 and a ListResponse with `totalResults` 0; at a 404 Entra stops the job",
    },
    Check {
        name: "test-connection-external-id",
        about: "an external id that nobody has finds an empty list",
        level: Level::Entra("matching by `externalId`"),
        needs: &["token"],
        unless: never,
        ask: |known| vec![Request::find("Users", format!("externalId eq \"{}\"", known.names.nobody))],
        judge: |_, answers, _| nothing(answers.first()),
        cure: "let `externalId` be filtered as `userName` is: Entra asks by either",
    },
    Check {
        name: "feature-flag",
        about: "a parameter that nobody knows changes nothing",
        level: Level::Entra("the flag `aadOptscim062020` in the tenant URL"),
        needs: &["test-connection"],
        unless: never,
        ask: |known| {
            let filter = format!("userName eq \"{}\"", known.names.nobody);
            vec![Request::get(&["Users"]).query("aadOptscim062020", "").query("filter", filter)]
        },
        judge: |_, answers, _| nothing(answers.first()),
        cure: "ignore parameters of the address that you do not know",
    },
    Check {
        name: "unknown-id",
        about: "an id that nobody has is told as an error with 404",
        level: Level::Must("RFC 7644 §3.12"),
        needs: &["token"],
        unless: never,
        ask: |known| vec![Request::get(&["Users", &known.names.nobody])],
        judge: |known, answers, _| {
            known.absence_shows = status(answers.first(), &[404]).is_ok();
            error(answers.first(), 404)
        },
        cure: "answer 404 with an error of SCIM: its URN in `schemas`, and `status` as a text",
    },
];

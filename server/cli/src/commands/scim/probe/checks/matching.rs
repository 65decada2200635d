//! Users are found by what Entra matches by.

use serde_json::json;

use super::super::expect::{holds, list, only, status};
use super::super::message::{Answer, Request};
use super::super::script::{Check, Finding, Level, Part, Verdict};
use super::{never, without};

pub(super) const PART: Part = Part { title: "matching", checks: CHECKS };

const CHECKS: &[Check] = &[
    Check {
        name: "match-user-name",
        about: "the user is found by `userName`, and nobody else",
        level: Level::Entra("the matching attribute"),
        needs: &["create"],
        unless: never,
        ask: |known| vec![Request::find("Users", format!("userName eq \"{}\"", known.names.user))],
        judge: |known, answers, _| only(answers.first(), &known.user).map(drop),
        cure: "filter by `userName eq`: who is not found is made a second time",
    },
    Check {
        name: "match-user-name-case",
        about: "the user is found by `userName` in capitals too",
        level: Level::Must("RFC 7643 §4.1.1, §8.7.1: `userName` is not case-exact"),
        needs: &["match-user-name"],
        unless: never,
        ask: |known| vec![Request::find("Users", format!("userName eq \"{}\"", known.names.user.to_uppercase()))],
        judge: |known, answers, _| {
            let found = only(answers.first(), &known.user)?;
            holds(found, &["userName"], &json!(known.names.user))
        },
        cure: "compare `userName` without regard to case, and give it back as it was sent",
    },
    Check {
        name: "match-external-id",
        about: "the user is found by `externalId`, and nobody else",
        level: Level::Entra("the matching attribute; seen in place of `userName` since 2026"),
        needs: &["create"],
        unless: never,
        ask: |known| vec![Request::find("Users", format!("externalId eq \"{}\"", known.names.user_external))],
        judge: |known, answers, _| only(answers.first(), &known.user).map(drop),
        cure: "filter by `externalId eq` as by `userName eq`",
    },
    Check {
        name: "match-external-id-case",
        about: "`externalId` in another case finds nobody",
        level: Level::Should("RFC 7643 §3.1: `externalId` is case-exact"),
        needs: &["match-external-id"],
        unless: never,
        ask: |known| {
            vec![Request::find("Users", format!("externalId eq \"{}\"", known.names.user_external.to_uppercase()))]
        },
        judge: |_, answers, _| match list(answers.first())?.len() {
            0 => Ok(()),
            found => Err(Finding::new(format!("{found} resources were found"))),
        },
        cure: "compare `externalId` byte by byte",
    },
    Check {
        name: "match-both",
        about: "a filter of two attributes joined by `and` finds the user",
        level: Level::Entra("filters of `eq` and `and`"),
        needs: &["match-user-name", "match-external-id"],
        unless: never,
        ask: |known| {
            let (name, external) = (&known.names.user, &known.names.user_external);
            vec![Request::find("Users", format!("userName eq \"{name}\" and externalId eq \"{external}\""))]
        },
        judge: |known, answers, _| only(answers.first(), &known.user).map(drop),
        cure: "take `and` between filters",
    },
    Check {
        name: "match-mail",
        about: "the user is found by the address of the work mail",
        level: Level::Should("RFC 7644 §3.4.2.2; Entra where mail is the matching attribute"),
        needs: &["match-user-name"],
        unless: |known| without(known, &["emails"]),
        ask: |known| {
            vec![Request::find("Users", format!("emails[type eq \"work\"].value eq \"{}\"", known.names.user))]
        },
        judge: |known, answers, _| only(answers.first(), &known.user).map(drop),
        cure: "take a part behind brackets in filters, or do not match by mail",
    },
    Check {
        name: "filter-unknown",
        about: "a filter by an attribute that nobody knows is refused with 400",
        level: Level::Should("RFC 7644 §3.12, `invalidFilter`"),
        needs: &["match-user-name"],
        unless: never,
        ask: |known| vec![Request::find("Users", format!("engageProbe eq \"{}\"", known.names.nobody))],
        judge: |_, answers, _| unknown(answers.first()),
        cure: "answer 400 `invalidFilter`: an empty list lets Entra make a user again who is there",
    },
];

fn unknown(answer: &Answer) -> Verdict {
    match answer.status {
        200 => Err(Finding::new(match list(answer)?.len() {
            0 => "200 and an empty list where 400 is expected".to_owned(),
            found => format!("200 and {found} resources where 400 is expected"),
        })),
        _ => status(answer, &[400]),
    }
}

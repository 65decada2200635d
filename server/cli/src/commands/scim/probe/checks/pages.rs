//! Pages of lists, and versions of resources.

use serde_json::{Value as Json, json};

use super::super::expect::{id_of, list, object, read, status};
use super::super::message::{Answer, Request};
use super::super::script::{Check, Finding, Known, Level, Part, Verdict};
use super::{never, operation};

pub(super) const PART: Part = Part { title: "pages and versions", checks: CHECKS };

const CHECKS: &[Check] = &[
    Check {
        name: "pages",
        about: "a page has no more than was asked for, and the next one has others",
        level: Level::Must("RFC 7644 §3.4.2.4"),
        needs: &["create-with-texts"],
        unless: never,
        ask: |_| vec![page("1", "1"), page("2", "1")],
        judge: |_, answers, _| {
            let (first, second) = (of_page(answers.first(), 1)?, of_page(answers.last(), 1)?);
            match (first.first().and_then(id_of), second.first().and_then(id_of)) {
                (Some(first), Some(second)) if first == second => {
                    Err(Finding::new("the second page begins with the resource of the first"))
                }
                (Some(_), Some(_)) => Ok(()),
                _ => Err(Finding::new("a page is empty, or its resource has no `id`, though there are two users")),
            }
        },
        cure: "heed `startIndex`, which counts from 1, and `count`, in an order that stays",
    },
    Check {
        name: "count-zero",
        about: "`count` 0 asks for the total alone",
        level: Level::Must("RFC 7644 §3.4.2.4"),
        needs: &["token"],
        unless: never,
        ask: |_| vec![page("1", "0")],
        judge: |_, answers, _| of_page(answers.first(), 0).map(drop),
        cure: "answer no resources to `count=0`",
    },
    Check {
        name: "below-one",
        about: "a `startIndex` below 1 is 1, a negative `count` is 0",
        level: Level::Must("RFC 7644 §3.4.2.4"),
        needs: &["token"],
        unless: never,
        ask: |_| vec![page("0", "1"), page("1", "-1")],
        judge: |_, answers, _| {
            of_page(answers.first(), 1)?;
            of_page(answers.last(), 0).map(drop)
        },
        cure: "bring both within what there is, and do not refuse them",
    },
    Check {
        name: "etag",
        about: "a user that is read comes with its entity tag",
        level: Level::Must("RFC 7644 §3.14"),
        needs: &["read"],
        unless: no_etags,
        ask: |known| vec![Request::get(&["Users", &known.user])],
        judge: |known, answers, remarks| {
            let user = read(answers.first(), &known.user)?;
            let etag = answers.first().etag.clone().ok_or_else(|| Finding::new("`ETag` is missing"))?;
            if user.get("meta").and_then(|meta| meta.get("version")) != Some(&json!(etag)) {
                remarks.push("`meta.version` is not the same as `ETag`".to_owned());
            }
            known.etag = etag;
            Ok(())
        },
        cure: "send `ETag`, or say that `etag` is not supported",
    },
    Check {
        name: "if-none-match",
        about: "who has the version is told so with 304",
        level: Level::Should("RFC 7644 §3.14"),
        needs: &["etag"],
        unless: no_etags,
        ask: |known| vec![Request::get(&["Users", &known.user]).condition("If-None-Match", known.etag.as_str())],
        judge: |_, answers, _| status(answers.first(), &[304]),
        cure: "heed `If-None-Match`",
    },
    Check {
        name: "if-match-of-another",
        about: "a change of a version that is gone is refused with 412, and nothing is changed",
        level: Level::Must("RFC 7644 §3.14"),
        needs: &["etag", "patch"],
        unless: no_etags,
        ask: |known| {
            let change = json!([operation("replace", "displayName", "Probe Stale")]);
            let stale = Request::patch(&["Users", &known.user], change).condition("If-Match", "W/\"engage-probe\"");
            vec![stale, Request::get(&["Users", &known.user])]
        },
        judge: |known, answers, _| {
            status(answers.first(), &[412])?;
            match read(answers.last(), &known.user)?.get("displayName") {
                Some(name) if name == "Probe Stale" => Err(Finding::new("the user was changed all the same")),
                _ => Ok(()),
            }
        },
        cure: "heed `If-Match` before you write",
    },
    Check {
        name: "if-match",
        about: "a change of the version that holds is made",
        level: Level::Must("RFC 7644 §3.14"),
        needs: &["if-match-of-another"],
        unless: no_etags,
        ask: |known| {
            let change = json!([operation("replace", "displayName", "Probe Fresh")]);
            vec![Request::patch(&["Users", &known.user], change).condition("If-Match", known.etag.as_str())]
        },
        judge: |_, answers, _| status(answers.first(), &[200, 204]),
        cure: "compare entity tags as they were sent, weak ones too",
    },
];

fn no_etags(known: &Known) -> Option<&'static str> {
    (!known.etags).then_some("the server does not say that `etag` is supported")
}

fn page(start: &str, count: &str) -> Request {
    Request::get(&["Users"]).query("startIndex", start).query("count", count)
}

/// The resources of a page: no more than these, and all numbers are numbers.
fn of_page(answer: &Answer, most: usize) -> Result<&[Json], Finding> {
    let all = list(answer)?;
    if all.len() > most {
        return Err(Finding::new(format!("{} resources where at most {most} were asked for", all.len())));
    }
    numbers(answer)?;
    Ok(all)
}

fn numbers(answer: &Answer) -> Verdict {
    for name in ["totalResults", "startIndex", "itemsPerPage"] {
        if object(answer)?.get(name).is_some_and(|number| !number.is_number()) {
            return Err(Finding::new(format!("`{name}` is no number")));
        }
    }
    Ok(())
}

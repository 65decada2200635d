//! Users are changed as the standard has it, and in each of Entra's dialects. After each change the user is read.

use serde_json::json;

use super::super::expect::{absent, at, holds, read, status};
use super::super::message::Request;
use super::super::script::{Check, Finding, Level, Part};
use super::{ENTERPRISE, USER, changed, never, operation, without};

pub(super) const PART: Part = Part { title: "changes", checks: STANDARD };
pub(super) const BY_DIALECT: Part = Part { title: "changes in the dialects of Entra", checks: DIALECTS };

const STANDARD: &[Check] = &[
    Check {
        name: "patch",
        about: "PATCH replaces an attribute",
        level: Level::Must("RFC 7644 §3.5.2.3"),
        needs: &["read"],
        unless: never,
        ask: |known| {
            let change = json!([operation("replace", "displayName", "Probe One")]);
            vec![Request::patch(&["Users", &known.user], change), Request::get(&["Users", &known.user])]
        },
        judge: |known, answers, _| changed(answers, &known.user, &[(&["displayName"], json!("Probe One"))]),
        cure: "apply the operations, then answer 200 with the user, or 204",
    },
    Check {
        name: "patch-without-path",
        about: "PATCH without a path replaces each attribute of its value, and nothing else",
        level: Level::Must("RFC 7644 §3.5.2.3"),
        needs: &["patch"],
        unless: never,
        ask: |known| {
            let value = json!({ "displayName": "Probe Two", "name": { "givenName": "Two" } });
            let change = json!([{ "op": "replace", "value": value }]);
            vec![Request::patch(&["Users", &known.user], change), Request::get(&["Users", &known.user])]
        },
        judge: |known, answers, _| {
            let names: [(&[&str], _); 3] = [
                (&["displayName"], json!("Probe Two")),
                (&["name", "givenName"], json!("Two")),
                (&["name", "familyName"], json!("Engage")),
            ];
            changed(answers, &known.user, &names)
        },
        cure: "set what the value names; of `name` the parts that are not named stay",
    },
    Check {
        name: "patch-all-or-none",
        about: "a PATCH of which one operation cannot be done changes nothing",
        level: Level::Must("RFC 7644 §3.5.2"),
        needs: &["patch"],
        unless: never,
        ask: |known| {
            let change =
                json!([operation("replace", "displayName", "Probe Half"), operation("replace", "emails[type eq", "x")]);
            vec![
                Request::get(&["Users", &known.user]),
                Request::patch(&["Users", &known.user], change),
                Request::get(&["Users", &known.user]),
            ]
        },
        judge: |known, answers, _| {
            let before = at(read(answers.first(), &known.user)?, &["displayName"]).cloned().unwrap_or_default();
            holds(read(answers.last(), &known.user)?, &["displayName"], &before)?;
            status(answers.at(1), &[400])
        },
        cure: "apply operations to a copy, keep it when all of them are done, and answer 400 otherwise",
    },
    Check {
        name: "patch-of-the-same",
        about: "a PATCH that changes nothing leaves `meta.lastModified` as it is",
        level: Level::Should("RFC 7644 §3.5.2.1"),
        needs: &["patch"],
        unless: never,
        ask: |known| {
            let change = json!([operation("Add", "externalId", known.names.user_external.as_str())]);
            vec![
                Request::get(&["Users", &known.user]),
                Request::patch(&["Users", &known.user], change),
                Request::get(&["Users", &known.user]),
            ]
        },
        judge: |known, answers, _| {
            status(answers.at(1), &[200, 204])?;
            let place = ["meta", "lastModified"];
            let before = at(read(answers.first(), &known.user)?, &place);
            match before == at(read(answers.last(), &known.user)?, &place) {
                true => Ok(()),
                false => Err(Finding::new("`meta.lastModified` moved")),
            }
        },
        cure: "compare before you write: directories send again what is known already",
    },
    Check {
        name: "put",
        about: "PUT replaces the user",
        level: Level::Must("RFC 7644 §3.5.1"),
        needs: &["create-with-texts"],
        unless: never,
        ask: |known| {
            let (name, external) = (&known.names.colleague, &known.names.colleague_external);
            let whole =
                json!({ "schemas": [USER], "userName": name, "externalId": external, "displayName": "Probe Put" });
            vec![Request::put(&["Users", &known.colleague], whole), Request::get(&["Users", &known.colleague])]
        },
        judge: |known, answers, remarks| {
            status(answers.first(), &[200])?;
            let user = read(answers.last(), &known.colleague)?;
            holds(user, &["displayName"], &json!("Probe Put"))?;
            // To keep what is left out is allowed, and surprises whoever clears something.
            remarks.extend(absent(user, &["name", "givenName"]).err().map(|Finding { found, .. }| found));
            Ok(())
        },
        cure: "replace the whole user by the body, and answer 200 with it; other directories change users by PUT",
    },
];

const DIALECTS: &[Check] = &[
    Check {
        name: "operations-in-capitals",
        about: "`Add`, `Replace` and `Remove` are taken",
        level: Level::Entra("the names of operations begin with a capital"),
        needs: &["patch"],
        unless: never,
        ask: |known| {
            let names = json!([
                operation("Replace", "displayName", "Probe Three"),
                operation("Add", "name.honorificPrefix", "Dr."),
            ]);
            let less = json!([{ "op": "Remove", "path": "name.honorificPrefix" }]);
            let read = || Request::get(&["Users", &known.user]);
            vec![
                Request::patch(&["Users", &known.user], names),
                read(),
                Request::patch(&["Users", &known.user], less),
                read(),
            ]
        },
        judge: |known, answers, remarks| {
            status(answers.first(), &[200, 204])?;
            status(answers.at(2), &[200, 204])?;
            let more = read(answers.at(1), &known.user)?;
            holds(more, &["displayName"], &json!("Probe Three"))?;
            if let Err(Finding { found, .. }) = holds(more, &["name", "honorificPrefix"], &json!("Dr.")) {
                remarks.push(found);
            }
            absent(read(answers.last(), &known.user)?, &["name", "honorificPrefix"])
        },
        cure: "compare the names of operations without regard to case",
    },
    Check {
        name: "part-of-an-element",
        about: "`emails[type eq \"work\"].value` is replaced",
        level: Level::Entra("paths with a filter"),
        needs: &["patch"],
        unless: |known| without(known, &["emails"]),
        ask: |known| {
            let change = json!([operation("Replace", "emails[type eq \"work\"].value", "probe@example.invalid")]);
            vec![Request::patch(&["Users", &known.user], change), Request::get(&["Users", &known.user])]
        },
        judge: |known, answers, _| {
            changed(answers, &known.user, &[(&["emails", "[work]", "value"], json!("probe@example.invalid"))])
        },
        cure: "take paths with a filter and a part behind it",
    },
    Check {
        name: "part-of-a-new-element",
        about: "parts of an element that is not there make one element, and the others stay",
        level: Level::Entra("paths with a filter that finds nothing, several for one element"),
        needs: &["patch"],
        unless: |known| without(known, &["addresses", "phoneNumbers"]),
        ask: |known| {
            let change = json!([
                operation("Add", "phoneNumbers[type eq \"mobile\"].value", "+46 70"),
                operation("Replace", "addresses[type eq \"other\"].formatted", "Gade 7"),
                operation("Replace", "addresses[type eq \"other\"].locality", "Aarhus"),
            ]);
            vec![Request::patch(&["Users", &known.user], change), Request::get(&["Users", &known.user])]
        },
        judge: |known, answers, _| {
            let wanted: [(&[&str], _); 5] = [
                (&["phoneNumbers", "[mobile]", "value"], json!("+46 70")),
                (&["phoneNumbers", "[work]", "value"], json!("+46 (0)70 - 123")),
                (&["addresses", "[other]", "formatted"], json!("Gade 7")),
                (&["addresses", "[other]", "locality"], json!("Aarhus")),
                (&["addresses", "[work]", "formatted"], json!("Allé 1-3, 2nd  floor")),
            ];
            changed(answers, &known.user, &wanted)
        },
        cure: "make the element that the filter describes, once for all operations that name it",
    },
    Check {
        name: "dotted-names",
        about: "names with dots and URNs in a value without path are taken as paths",
        level: Level::Entra("`replace` without a path"),
        needs: &["patch-without-path"],
        unless: |known| without(known, &[ENTERPRISE]),
        ask: |known| {
            let department = format!("{ENTERPRISE}:department");
            let value = json!({ "name.familyName": "Four", department: "Pensions" });
            let change = json!([{ "op": "Replace", "value": value }]);
            vec![Request::patch(&["Users", &known.user], change), Request::get(&["Users", &known.user])]
        },
        judge: |known, answers, _| {
            let wanted: [(&[&str], _); 2] =
                [(&["name", "familyName"], json!("Four")), (&[ENTERPRISE, "department"], json!("Pensions"))];
            changed(answers, &known.user, &wanted)
        },
        cure: "read every name in the value as the path of an operation",
    },
    Check {
        name: "urn-in-path",
        about: "an attribute of the enterprise extension is replaced by its URN",
        level: Level::Must("RFC 7644 §3.10"),
        needs: &["patch"],
        unless: |known| without(known, &[ENTERPRISE]),
        ask: |known| {
            let change = json!([operation("Add", &format!("{ENTERPRISE}:department"), "Savings")]);
            vec![Request::patch(&["Users", &known.user], change), Request::get(&["Users", &known.user])]
        },
        judge: |known, answers, _| changed(answers, &known.user, &[(&[ENTERPRISE, "department"], json!("Savings"))]),
        cure: "take `URN:attribute` as a path",
    },
    Check {
        name: "manager-as-text",
        about: "the manager is set by an id that stands alone",
        level: Level::Entra("`manager` as a text"),
        needs: &["urn-in-path", "create-with-texts"],
        unless: never,
        ask: |known| {
            let change = json!([operation("Add", &format!("{ENTERPRISE}:manager"), known.colleague.as_str())]);
            vec![Request::patch(&["Users", &known.user], change), Request::get(&["Users", &known.user])]
        },
        judge: |known, answers, _| {
            changed(answers, &known.user, &[(&[ENTERPRISE, "manager", "value"], json!(known.colleague))])
        },
        cure: "take a text for `manager` as its `value`, and answer with `{\"value\": …}`",
    },
    Check {
        name: "value-in-a-list",
        about: "a simple value comes in a list of one",
        level: Level::Entra("values without the flag `aadOptscim062020`"),
        needs: &["patch"],
        unless: never,
        ask: |known| {
            let change = json!([operation("Replace", "displayName", json!([{ "value": "Probe Five" }]))]);
            vec![Request::patch(&["Users", &known.user], change), Request::get(&["Users", &known.user])]
        },
        judge: |known, answers, _| changed(answers, &known.user, &[(&["displayName"], json!("Probe Five"))]),
        cure: "take `[{\"value\": x}]` for `x` where an attribute has one value",
    },
];

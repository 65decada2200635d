//! What each operation says of itself, a file for each resource; and the documents, one for each version.

mod examples;
mod groups;
mod meetings;
mod portals;
mod present;
mod settings;
mod slots;
mod topics;
mod versions;

use std::sync::LazyLock;

use serde_json::Value;

use super::reason::Reason;
use super::table::{Operation, Version, operations};
use crate::openapi::{Described, Row, Served, Surface, document as made};

/// Groups of operations, in the order in which they are shown.
const TAGS: [(&str, &str); 15] = [
    ("Meetings", "Meetings: booked, moved, changed, cancelled, put into calendars."),
    ("TimeSlots", "Times: what is offered, what is held, what stands in calendars."),
    ("Topics", "What meetings are about."),
    ("CustomerTypes", "Kinds of customers."),
    ("Employees", "Whom customers can meet. The directory says who works here."),
    ("Rooms", "Where people meet. The directory says which rooms there are."),
    ("Labels", "Words by which all the rest is found."),
    ("CompetenceGroups", "Employees who know the same things."),
    ("ServiceGroups", "Employees who stand in for others."),
    ("Portals", "Pages where customers and partners book."),
    ("EmployeeSchedules", "When employees work."),
    ("OrganizationSettings", "What holds for the whole organisation."),
    ("Options", "Locations, time zones, and what may be chosen."),
    ("Present", "Slides, and their templates."),
    ("Description", "This description."),
];

const ABOUT: &str = "\
From a free time to a meeting in the CRM: look for times, hold one, book it.

Call with an access token of Microsoft Entra ID (`Authorization: Bearer …`). Everything is confined to the organisation of the caller: \
what others have is not there (404). `x-roles` says of each operation who may call it: the lowest role of people (`Customer`, `Employee`, \
`Manager`, `Configurator`, `Admin`), and whether back-ends may (`system`).

A version only grows: ignore members that you do not know. A member that has no value is `null`; `null` that is sent unsets. Words of \
closed lists are read in any case. Lists in addresses are written with commas; repeated names are read as well.

Changes are JSON Patch (RFC 6902). Texts in several languages are merged by it, language by language.";

/// All that is said of operations.
fn all() -> Vec<Described> {
    let groups = [
        meetings::all(),
        slots::all(),
        topics::all(),
        groups::all(),
        portals::all(),
        settings::all(),
        present::all(),
        vec![this()],
    ];
    groups.into_iter().flatten().collect()
}

fn this() -> Described {
    Described::new("OpenApi_get", "Description", "This description, as OpenAPI 3.1")
        .says("`openapi.json` beside it is the same as JSON, `docs` as a page for people.")
        .success(crate::openapi::Success {
            status: 200,
            content: Some(("application/yaml", crate::openapi::Shape::OBJECT)),
            example: None,
        })
        .done(304)
}

/// The OpenAPI 3.1 document of a version: what is described of the operations that it has.
#[must_use]
pub fn document(version: Version) -> Value {
    let described = all();
    let here = operations().iter().filter(|row| row.advertised.contains(&version));
    let pair = |row: &'static Operation| {
        let said = described.iter().find(|said| said.id == row.id)?;
        Some((Row::from(row), versions::described(said.clone(), version)))
    };
    let operations: Vec<_> = here.filter_map(pair).collect();
    let reasons: Vec<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    let reshape = move |schema: &mut Value| versions::reshaped(schema, version);
    made(
        &Surface {
            title: "Public API",
            version: versions::number(version),
            description: ABOUT,
            prefix: version.prefix(),
            tags: &TAGS,
            reasons: &reasons,
            reshape: &reshape,
        },
        &operations,
    )
}

/// The document of a version, as it is served.
pub(super) fn served(version: Version) -> &'static Served {
    static V1: LazyLock<Served> = LazyLock::new(|| Served::new(&document(Version::V1)));
    static V2: LazyLock<Served> = LazyLock::new(|| Served::new(&document(Version::V2)));
    static V3: LazyLock<Served> = LazyLock::new(|| Served::new(&document(Version::V3)));
    match version {
        Version::V1 => &V1,
        Version::V2 => &V2,
        Version::V3 => &V3,
    }
}

impl From<&'static Operation> for Row<'static> {
    fn from(row: &'static Operation) -> Self {
        Self {
            id: row.id,
            method: &row.method,
            path: row.path,
            requirement: (!row.open).then_some(row.requirement),
            customer_mode: row.customer_mode,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_row_that_is_advertised_is_described_and_nothing_else_is() {
        let rows: BTreeSet<&str> =
            operations().iter().filter(|row| !row.advertised.is_empty()).map(|row| row.id).collect();
        let said: Vec<&str> = all().iter().map(|said| said.id).collect();
        assert_eq!(said.iter().copied().collect::<BTreeSet<_>>(), rows);
        assert_eq!(said.len(), rows.len(), "nothing is described twice");
    }

    #[test]
    fn every_group_is_one_of_those_that_are_told_of() {
        for said in all() {
            assert!(TAGS.iter().any(|(name, _)| *name == said.tag), "{}", said.id);
        }
    }
}

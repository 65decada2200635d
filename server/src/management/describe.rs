//! The description of the Management API: what its operations say of themselves, with the rows of the table.

use std::sync::LazyLock;

use engage_client::model::Patch;
use serde_json::Value;

use super::{PREFIX, operations, resources};
use crate::api::{Operation, Reason};
use crate::openapi::{Body, Described, Row, Served, Shape, Success, Surface, document as made};

/// What the document says before any operation.
const ABOUT: &str = "What administrators and managers do, and the Public API has no operation for. Callers come with an access \
    token for this API (scope `access_as_user`) and a role; `x-roles` of each operation says which one is needed. Who may go to several \
    organisations names one by `X-Engage-Organization`. Values, errors, patches and rates are those of the Public API.";

/// Groups of operations.
const TAGS: &[(&str, &str)] = &[
    ("Me", "Where the caller may go."),
    ("Employees", "Labels, skills, and what keeps an employee from being offered."),
    ("Rooms", "Labels, and whether a room may be booked."),
    ("Meeting configuration", "How meetings of a topic and a customer type are: the closest row counts as a whole."),
    ("Settings", "Settings of the organisation beside those of the Public API."),
    ("Portals", "How the CRM hears of meetings of a portal."),
    ("Availability", "Extra time, sign-ins to service groups, and why there is no time."),
    ("Holds", "Times that are held for five minutes."),
    ("Privacy", "Forgetting customers."),
    ("Directories", "Secrets that directories come with."),
    ("Tenants", "Whose users may come, and what they may do at most."),
    ("Clients", "Back-ends, and how long their secrets are good."),
    ("Credentials", "What lets somebody in, and when it ends."),
    ("Alerts", "What somebody has to know."),
    ("Audit", "Who did what."),
    (
        "Workspace",
        "What meetings mean in a CRM: definitions, patterns, playbooks and all else; plans, and checks of other sources.",
    ),
    ("Runs", "Runs of playbooks."),
    ("Connections", "CRMs that playbooks run on."),
    ("Description", "This description."),
];

/// A patch as a body, under both of its names.
pub(super) trait Patches {
    /// Takes a patch.
    fn patched(self, example: Value) -> Self;
}

impl Patches for Described {
    fn patched(self, example: Value) -> Self {
        let one = |media: &'static str| Body {
            media,
            shape: Shape::of::<Patch>(),
            required: true,
            example: Some(example.clone()),
        };
        self.body(one("application/json-patch+json")).body(one("application/json"))
    }
}

/// The OpenAPI 3.1 document of the Management API: what is described of its rows.
#[must_use]
pub fn document() -> Value {
    let mut said = resources::described();
    said.push(this());
    let advertised = operations().iter().filter(|row| !row.advertised.is_empty());
    let pair = |row: &'static Operation| Some((Row::from(row), said.iter().find(|one| one.id == row.id)?.clone()));
    let rows: Vec<(Row<'_>, Described)> = advertised.filter_map(pair).collect();
    let reasons: Vec<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    let surface = Surface {
        title: "Management API",
        version: "1.0.0",
        description: ABOUT,
        prefix: PREFIX,
        tags: TAGS,
        reasons: &reasons,
        reshape: &|_| (),
    };
    made(&surface, &rows)
}

/// The document as it is served; nothing where it could not be written.
pub(super) fn served() -> &'static Served {
    static MADE: LazyLock<Served> = LazyLock::new(|| Served::new(&document()));
    &MADE
}

/// The description itself.
fn this() -> Described {
    Described::new("OpenApi_get", "Description", "This description, as OpenAPI 3.1")
        .says("`openapi.json` beside it is the same as JSON, `docs` as a page for people.")
        .success(Success { status: 200, content: Some(("application/yaml", Shape::OBJECT)), example: None })
        .done(304)
}

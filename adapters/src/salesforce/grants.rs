//! What a user may do in an organisation, as the describes say that this user gets: they hold what profile, permission
//! sets and field-level security come to ("sObject Describe", "Describe Global").

use std::collections::BTreeMap;

use engage_engine::access::{ColumnGrant, Columns, Grants, Privilege, Right};
use engage_engine::adapter::{AdapterError, Call};
use serde::Deserialize;
use serde_json::Value as Json;

use super::error::unread;
use super::service::Service;

/// Objects that every user reads, or whose rights come with those of another: nothing of them can be taken away by
/// itself. Whoever may edit events may create and delete them too ("User Permissions", "Edit Events").
const EVERYBODY: [&str; 11] = [
    "User",
    "Profile",
    "Organization",
    "RecordType",
    "Group",
    "UserRole",
    "PermissionSet",
    "Event",
    "EventRelation",
    "Task",
    "TaskRelation",
];
/// What Salesforce tells apart: references need no right of their own.
const RIGHTS: [Right; 4] = [Right::Create, Right::Read, Right::Write, Right::Delete];

impl Service {
    /// What the caller may do: a request for all objects in short, one for those of the definitions in full.
    pub(super) async fn grants(&self, call: &Call, user: String) -> Result<Grants, AdapterError> {
        let all: Global = self.get(call, &format!("{}sobjects", self.root)).await?;
        let mut columns = BTreeMap::new();
        for (name, describe) in self.describes(call).await? {
            columns.insert(name.to_owned(), fields(&describe)?);
        }
        let named = |object: &Object| self.objects.contains(&object.name);
        // What has no page is the platform's own, and no permission is about it.
        let objects = all.objects.into_iter().filter(|object| object.layoutable || named(object));
        let mut grants = Grants { user, distinguishes: RIGHTS.into(), columns, ..Grants::default() };
        for object in objects {
            for (right, held) in object.rights() {
                let privilege = Privilege {
                    name: format!("{} on {}", word(right), object.name),
                    right,
                    entities: [object.name.clone()].into(),
                    everybody: EVERYBODY.contains(&object.name.as_str()),
                };
                if held { grants.held.push(privilege) } else { grants.lacking.push(privilege) }
            }
        }
        Ok(grants)
    }
}

fn word(right: Right) -> &'static str {
    match right {
        Right::Create => "Create",
        Right::Read => "Read",
        Right::Delete => "Delete",
        _ => "Edit",
    }
}

/// The fields that the caller sees; what is not among them is hidden.
fn fields(describe: &Json) -> Result<Columns, AdapterError> {
    let described: Described = Described::deserialize(describe).map_err(|_| unread("a describe cannot be read"))?;
    let known = described.fields.into_iter().map(|field| {
        let grant = ColumnGrant { read: true, create: field.create, write: field.update, apart: field.permissionable };
        (field.name, grant)
    });
    Ok(Columns { known: known.collect(), others_open: false })
}

#[derive(Deserialize)]
struct Global {
    #[serde(rename = "sobjects")]
    objects: Vec<Object>,
}

#[derive(Deserialize)]
struct Object {
    name: String,
    #[serde(default)]
    layoutable: bool,
    #[serde(rename = "createable", default)]
    create: bool,
    #[serde(rename = "queryable", default)]
    read: bool,
    #[serde(rename = "updateable", default)]
    update: bool,
    #[serde(rename = "deletable", default)]
    delete: bool,
}

impl Object {
    fn rights(&self) -> [(Right, bool); 4] {
        [
            (Right::Create, self.create),
            (Right::Read, self.read),
            (Right::Write, self.update),
            (Right::Delete, self.delete),
        ]
    }
}

#[derive(Deserialize)]
struct Described {
    fields: Vec<Field>,
}

#[derive(Deserialize)]
struct Field {
    name: String,
    #[serde(rename = "createable", default)]
    create: bool,
    #[serde(rename = "updateable", default)]
    update: bool,
    #[serde(default)]
    permissionable: bool,
}

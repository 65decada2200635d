//! What a user may do in an environment: privileges by role, and columns under column security.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use engage_engine::access::{ColumnGrant, Columns, Grants, Privilege, Right};
use engage_engine::adapter::{AdapterError, Call};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::error::error;
use super::service::{Service, unknown};

/// The privileges of every table.
const PRIVILEGES: &str = "EntityDefinitions?$select=LogicalName,Privileges";
/// Tables that everybody reads who can sign in and ask who they are ("Security roles and privileges").
const EVERYBODY: [&str; 8] = [
    "systemuser",
    "businessunit",
    "organization",
    "role",
    "usersettings",
    "userentityuisettings",
    "transactioncurrency",
    "activityparty",
];
/// Privileges about no table that go beyond what an application has by itself ("Privileges", "Miscellaneous privileges").
const POWERFUL: [&str; 7] = [
    "prvActOnBehalfOfAnotherUser",
    "prvActOnBehalfOfExternalParty",
    "prvBulkDelete",
    "prvBypassCustomPlugins",
    "prvBypassCustomBusinessLogic",
    "prvExportToExcel",
    "prvPromoteToAdmin",
];
/// Allowed, in the privileges of a column ("AttributePrivilege").
const ALLOWED: i64 = 4;

impl Service {
    /// What the caller may do: two requests.
    pub(super) async fn grants(&self, call: &Call, user: &str) -> Result<Grants, AdapterError> {
        let bound = format!("systemusers({user})/Microsoft.Dynamics.CRM");
        let mut targets = vec![
            PRIVILEGES.to_owned(),
            format!("{bound}.RetrieveUserPrivileges()"),
            format!("{bound}.RetrievePrincipalAttributePrivileges()"),
        ];
        let secured = |table: &String| {
            format!("EntityDefinitions(LogicalName='{table}')/Attributes?$select=LogicalName,MetadataId,IsSecured")
        };
        // A table that is not there is for verification to tell.
        let known = self.metadata(call).await?;
        let tables: Vec<&String> = self.tables.iter().filter(|table| known.get(table).is_some()).collect();
        targets.extend(tables.iter().map(|table| secured(table)));
        let (answers, after) = self.all(call, &targets).await?;
        if let Some(failed) = answers.iter().find(|answer| answer.status >= 400) {
            return Err(error(failed.status, &failed.body, failed.retry_after().or(after), None));
        }
        let mut bodies = answers.iter().map(|answer| answer.body.as_str());
        let mut next = || bodies.next().unwrap_or_default();
        let definitions: List<Definition> = read(next())?;
        let roles: RolePrivileges = read(next())?;
        let open: AttributePrivileges = read(next())?;
        let open: HashMap<String, OpenColumn> = open.list.into_iter().map(|one| (one.id.clone(), one)).collect();
        let mut columns = BTreeMap::new();
        for table in tables {
            let attributes: List<Attribute> = read(next())?;
            columns.insert(table.clone(), secured_columns(attributes.value, &open));
        }
        Ok(assemble(user, definitions.value, roles.list, columns))
    }
}

fn read<T: DeserializeOwned>(body: &str) -> Result<T, AdapterError> {
    serde_json::from_str(body).map_err(|_| unknown("the privileges cannot be read"))
}

/// Puts together what is held and what is not.
fn assemble(user: &str, tables: Vec<Definition>, held: Vec<Held>, columns: BTreeMap<String, Columns>) -> Grants {
    let mut by_id: HashMap<String, Privilege> = HashMap::new();
    for table in tables {
        for one in table.privileges {
            let Some(right) = right(&one.kind) else { continue };
            let entry = by_id.entry(one.id).or_insert_with(|| Privilege {
                name: one.name,
                right,
                entities: BTreeSet::new(),
                everybody: right == Right::Read,
            });
            entry.everybody &= EVERYBODY.contains(&table.logical_name.as_str());
            entry.entities.insert(table.logical_name.clone());
        }
    }
    let mut grants = Grants {
        user: user.to_owned(),
        distinguishes: [Right::Create, Right::Read, Right::Write, Right::Delete, Right::Append, Right::AppendTo].into(),
        columns,
        ..Grants::default()
    };
    for held in held {
        match (by_id.remove(&held.id), held.name) {
            (Some(privilege), _) => grants.held.push(privilege),
            (None, Some(name)) if POWERFUL.contains(&name.as_str()) => drop(grants.beyond_entities.insert(name)),
            (None, _) => {}
        }
    }
    grants.lacking = by_id.into_values().collect();
    grants
}

fn right(kind: &str) -> Option<Right> {
    match kind {
        "Create" => Some(Right::Create),
        "Read" => Some(Right::Read),
        "Write" => Some(Right::Write),
        "Delete" => Some(Right::Delete),
        "Append" => Some(Right::Append),
        "AppendTo" => Some(Right::AppendTo),
        // Assigning and sharing are nothing that patterns do.
        _ => None,
    }
}

/// The columns of a table that column security guards; whoever has no permission for one has none of its rights.
fn secured_columns(attributes: Vec<Attribute>, open: &HashMap<String, OpenColumn>) -> Columns {
    let secured = attributes.into_iter().filter(|attribute| attribute.secured == Some(true));
    let known = secured.map(|attribute| {
        let open = open.get(&attribute.id);
        let allows = |of: fn(&OpenColumn) -> i64| open.is_some_and(|open| of(open) == ALLOWED);
        let grant = ColumnGrant {
            read: allows(|open| open.read),
            create: allows(|open| open.create),
            write: allows(|open| open.update),
            apart: true,
        };
        (attribute.name, grant)
    });
    Columns { known: known.collect(), others_open: true }
}

#[derive(Deserialize)]
struct List<T> {
    value: Vec<T>,
}

#[derive(Deserialize)]
struct Definition {
    #[serde(rename = "LogicalName")]
    logical_name: String,
    #[serde(rename = "Privileges", default)]
    privileges: Vec<Declared>,
}

/// "SecurityPrivilegeMetadata".
#[derive(Deserialize)]
struct Declared {
    #[serde(rename = "PrivilegeId")]
    id: String,
    #[serde(rename = "Name")]
    name: String,
    #[serde(rename = "PrivilegeType")]
    kind: String,
}

/// "RetrieveUserPrivileges Function".
#[derive(Deserialize)]
struct RolePrivileges {
    #[serde(rename = "RolePrivileges", default)]
    list: Vec<Held>,
}

#[derive(Deserialize)]
struct Held {
    #[serde(rename = "PrivilegeId")]
    id: String,
    #[serde(rename = "PrivilegeName")]
    name: Option<String>,
}

/// "RetrievePrincipalAttributePrivileges Function".
#[derive(Deserialize)]
struct AttributePrivileges {
    #[serde(rename = "AttributePrivileges", default)]
    list: Vec<OpenColumn>,
}

#[derive(Deserialize)]
struct OpenColumn {
    #[serde(rename = "AttributeId")]
    id: String,
    #[serde(rename = "CanRead", default)]
    read: i64,
    #[serde(rename = "CanCreate", default)]
    create: i64,
    #[serde(rename = "CanUpdate", default)]
    update: i64,
}

#[derive(Deserialize)]
struct Attribute {
    #[serde(rename = "LogicalName")]
    name: String,
    #[serde(rename = "MetadataId")]
    id: String,
    #[serde(rename = "IsSecured")]
    secured: Option<bool>,
}

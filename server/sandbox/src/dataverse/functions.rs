//! Unbound functions.

use std::sync::Arc;

use serde_json::{Value as Json, json};

use super::address::{Segment, pairs};
use super::call::Call;
use super::definition::metadata_id;
use super::fault::Fault;
use super::lex::Literal;
use super::security::{Access, Op, privilege, privileged};
use crate::http::Answer;
use crate::schema::{Column, Table};
use crate::store::{RowId, State};

/// Version of the product that is answered.
const VERSION: &str = "9.2.24114.00183";

/// Answers a GET of a function; none when the segment is no function.
pub(crate) fn get(
    call: &Call<'_>,
    state: &State,
    segment: &Segment,
    rest: &[Segment],
) -> Result<Option<Answer>, Fault> {
    let name = segment.name.strip_prefix("Microsoft.Dynamics.CRM.").unwrap_or(&segment.name);
    let given = segment.arguments.as_deref().is_some_and(|arguments| !arguments.trim().is_empty());
    if given && matches!(name, "WhoAmI" | "RetrieveVersion") {
        return Err(Fault::usage(format!("The function '{name}' has no parameters.")));
    }
    let answer = match name {
        "WhoAmI" => json!({
            "@odata.context": format!("{}$metadata#Microsoft.Dynamics.CRM.WhoAmIResponse", call.root),
            "BusinessUnitId": call.front.base.business_unit.as_str(),
            "UserId": call.access.user.as_str(),
            "OrganizationId": call.front.base.organization.as_str(),
        }),
        "RetrieveVersion" => json!({
            "@odata.context": format!("{}$metadata#Microsoft.Dynamics.CRM.RetrieveVersionResponse", call.root),
            "Version": VERSION,
        }),
        "RetrieveTotalRecordCount" => total_record_count(call, state, segment)?,
        // Functions begin with a capital, entity sets do not; definitions are handled elsewhere.
        name if name.starts_with(|c: char| c.is_ascii_uppercase()) && !name.ends_with("Definitions") => {
            return Err(Fault::unsupported(&format!("the function '{name}'")));
        }
        _ => return Ok(None),
    };
    match rest {
        [] => Ok(Some(call.json(200, &answer))),
        [segment, ..] => Err(Fault::no_segment(&segment.name)),
    }
}

/// How many rows tables have: the product answers from a snapshot of the last day, here it is the number now.
fn total_record_count(call: &Call<'_>, state: &State, segment: &Segment) -> Result<Json, Fault> {
    let arguments = segment.arguments.as_deref().unwrap_or_default();
    let given = pairs(arguments, &|name| call.alias(name))?;
    let [(_, Literal::List(names))] = given.iter().filter(|(name, _)| name == "EntityNames").collect::<Vec<_>>()[..]
    else {
        return Err(Fault::usage(
            "The function 'RetrieveTotalRecordCount' needs 'EntityNames', a collection of texts.",
        ));
    };
    let mut counts = Vec::with_capacity(names.len());
    for name in names {
        let Some(table) = call.schema.table(name) else {
            let message = format!("The entity with a name = '{name}' was not found in the MetadataCache.");
            return Err(Fault::new(400, "0x80041102", message));
        };
        call.access.require(&table.name, Op::Read)?;
        counts.push(state.count(&table.name));
    }
    Ok(json!({
        "@odata.context": format!("{}$metadata#Microsoft.Dynamics.CRM.RetrieveTotalRecordCountResponse", call.root),
        "EntityRecordCountCollection": {
            "Count": names.len(), "IsReadOnly": false, "Keys": names, "Values": counts,
        },
    }))
}

/// Answers a function bound to a row.
pub(crate) fn bound(call: &Call<'_>, table: &Table, id: &RowId, name: &str, rest: &[Segment]) -> Result<Answer, Fault> {
    match (table.name.as_str(), name, rest) {
        ("systemuser", "RetrieveUserPrivileges", []) => Ok(user_privileges(call, id)),
        ("systemuser", "RetrievePrincipalAttributePrivileges", []) => Ok(column_privileges(call, id)),
        (_, name, _) => Err(Fault::unsupported(&format!("the function '{name}' on '{}'", table.name))),
    }
}

/// What a user may do with columns under column security; 4 is allowed.
fn column_privileges(call: &Call<'_>, user: &RowId) -> Answer {
    let roles = vec![call.front.roles(user)];
    let access = Access { user: user.clone(), real: user.clone(), roles, schema: Arc::clone(&call.front.schema) };
    let columns =
        call.schema.tables.values().flat_map(|table| table.columns.values().map(move |column| (table, column)));
    let open = columns
        .filter(|(table, column)| call.front.is_secured(table, column) && !access.is_closed(&table.name, &column.name));
    let one = |(table, column): (&Table, &Column)| {
        json!({
            "AttributeId": metadata_id(&format!("{}.{}", table.name, column.name)),
            "CanRead": 4, "CanReadUnmasked": 0, "CanCreate": 4, "CanUpdate": 4,
        })
    };
    let privileges: Vec<serde_json::Value> = open.map(one).collect();
    let context = format!("{}$metadata#Microsoft.Dynamics.CRM.RetrievePrincipalAttributePrivilegesResponse", call.root);
    call.json(200, &json!({"@odata.context": context, "AttributePrivileges": privileges}))
}

/// What a user's roles allow.
fn user_privileges(call: &Call<'_>, user: &RowId) -> Answer {
    let roles = vec![call.front.roles(user)];
    let access = Access { user: user.clone(), real: user.clone(), roles, schema: Arc::clone(&call.front.schema) };
    let allowed = call.schema.tables.values().flat_map(|table| privileged(table).iter().map(move |op| (table, *op)));
    let mut names: Vec<String> =
        allowed.filter(|(table, op)| access.may(&table.name, *op)).map(|(table, op)| privilege(table, op)).collect();
    if access.roles.iter().flatten().any(|role| role.act_on_behalf) {
        names.push("prvActOnBehalfOfAnotherUser".to_owned());
    }
    names.sort_unstable();
    names.dedup();
    let one = |name: &String| {
        json!({
            "Depth": "Global", "PrivilegeId": metadata_id(name), "PrivilegeName": name,
            "BusinessUnitId": call.front.base.business_unit.as_str(),
        })
    };
    let privileges: Vec<serde_json::Value> = names.iter().map(one).collect();
    let context = format!("{}$metadata#Microsoft.Dynamics.CRM.RetrieveUserPrivilegesResponse", call.root);
    call.json(200, &json!({"@odata.context": context, "RolePrivileges": privileges}))
}

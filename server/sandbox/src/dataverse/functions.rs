//! Unbound functions.

use serde_json::json;

use super::address::Segment;
use super::call::Call;
use super::fault::Fault;
use crate::http::Answer;

/// Version of the product that is answered.
const VERSION: &str = "9.2.24114.00183";

/// Answers a GET of a function; none when the segment is no function.
pub(crate) fn get(call: &Call<'_>, segment: &Segment, rest: &[Segment]) -> Result<Option<Answer>, Fault> {
    let name = segment.name.strip_prefix("Microsoft.Dynamics.CRM.").unwrap_or(&segment.name);
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

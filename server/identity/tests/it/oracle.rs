//! The rules of a token, read literally from claims that are known to be signed: what a validation has to agree with.

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::kit::{BACK_END, BASE, INTEGRATION, MANAGEMENT, PLATFORM, TENANT};

/// Whether a token with these claims is let in. The tenants and clients are those of the kit.
pub(crate) fn admits(claims: &Map<String, Value>, now: i64) -> bool {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let number = |name: &str| claims.get(name).and_then(Value::as_i64);
    let (Some(version), Some(tenant)) = (text("ver"), text("tid")) else { return false };
    let issuer = match version {
        "1.0" => format!("{BASE}/{tenant}/"),
        "2.0" => format!("{BASE}/{tenant}/v2.0"),
        _ => return false,
    };
    if text("iss") != Some(&issuer) {
        return false;
    }
    let (Some(expires), Some(issued)) = (number("exp"), number("iat")) else { return false };
    let begins = match claims.get("nbf") {
        None => issued,
        Some(begins) => match begins.as_i64() {
            Some(begins) => begins,
            None => return false,
        },
    };
    if now - 120 >= expires || begins - 120 > now || issued - 120 > now || expires - issued > 28 * 3600 + 120 {
        return false;
    }
    let id = |name: &str| text(name).filter(|id| id.parse::<Uuid>().is_ok());
    let client = id(if version == "1.0" { "appid" } else { "azp" });
    let is = |id: &str, uri: &str| match text("aud") {
        Some(audience) if audience == id => true,
        Some(audience) => version == "1.0" && (audience == uri || audience == format!("{uri}/")),
        None => false,
    };
    let roles: Option<Vec<&str>> = match claims.get("roles") {
        None => Some(Vec::new()),
        Some(Value::Array(roles)) => roles.iter().map(Value::as_str).collect(),
        Some(_) => None,
    };
    let Some(roles) = roles else { return false };
    if is(&INTEGRATION.to_string(), "https://engage.example/integration") {
        return tenant == PLATFORM.to_string()
            && !claims.contains_key("scp")
            && matches!(text("idtyp"), None | Some("app"))
            && claims.get("idtyp").is_none_or(Value::is_string)
            && !roles.is_empty()
            && client == Some(&BACK_END.to_string());
    }
    is(&MANAGEMENT.to_string(), "api://engage-management")
        && tenant == TENANT.to_string()
        && text("scp").is_some_and(|scopes| scopes.split(' ').any(|scope| scope == "access_as_user"))
        && claims.get("idtyp").is_none_or(|kind| kind == "user")
        && id("oid").is_some()
        && client.is_some()
        && roles.iter().any(|role| ["Customer", "Employee", "Manager", "Configurator", "Admin"].contains(role))
}

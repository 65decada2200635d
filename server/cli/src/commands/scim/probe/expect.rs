//! What checks look for in answers.

use serde_json::{Map, Value as Json};

use super::message::{Answer, short};
use super::script::{Finding, Remarks, Verdict};

/// The URN of errors.
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
/// The URN of lists.
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// The status is one of these.
pub(super) fn status(answer: &Answer, wanted: &[u16]) -> Verdict {
    if wanted.contains(&answer.status) {
        return Ok(());
    }
    let wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
    let cure = match answer.status {
        301 | 302 | 303 | 307 | 308 => {
            Some("redirects are not followed, by Entra neither: give the address that it leads to")
        }
        401 | 403 => Some("let this token do what provisioning does: read, create, change and delete users and groups"),
        429 => Some("take at least 25 requests in a second of one tenant, which is what Entra sends"),
        500..=599 => Some("look into the log of the server: it failed at a request that provisioning sends"),
        _ => None,
    };
    Err(Finding { found: format!("{} where {} is expected", answer.brief(), wanted.join(" or ")), cure })
}

/// The body is an object of JSON.
pub(super) fn object(answer: &Answer) -> Result<&Map<String, Json>, Finding> {
    answer.json().and_then(Json::as_object).ok_or_else(|| Finding::new("the body is no JSON object"))
}

/// The body is JSON with this URN among its `schemas`.
pub(super) fn schema(answer: &Answer, urn: &str) -> Verdict {
    let schemas = object(answer)?.get("schemas").and_then(Json::as_array);
    if schemas.is_some_and(|schemas| schemas.iter().any(|schema| schema == urn)) {
        return Ok(());
    }
    Err(Finding::new(format!("`schemas` does not have `{urn}`")))
}

/// A list: status 200 and its resources. A list of nothing may leave `Resources` out.
pub(super) fn list(answer: &Answer) -> Result<&[Json], Finding> {
    status(answer, &[200])?;
    match object(answer)?.get("Resources") {
        None | Some(Json::Null) => Ok(&[]),
        Some(Json::Array(all)) => Ok(all),
        Some(_) => Err(Finding::new("`Resources` is no array")),
    }
}

/// A list of nothing, told as RFC 7644 §3.4.2 has it.
pub(super) fn nothing(answer: &Answer) -> Verdict {
    let found = list(answer)?.len();
    schema(answer, LIST)?;
    if found > 0 {
        return Err(Finding::new(format!("{found} resources were found where nobody has this name")));
    }
    match object(answer)?.get("totalResults") {
        None => Err(Finding::new("`totalResults` is missing")),
        Some(total) if total.as_u64() == Some(0) => Ok(()),
        Some(total) => Err(Finding::new(format!("`totalResults` is {} where 0 is expected", drawn(total)))),
    }
}

/// A list of exactly one resource, which has this id.
pub(super) fn only<'a>(answer: &'a Answer, id: &str) -> Result<&'a Json, Finding> {
    match list(answer)? {
        [one] if id_of(one) == Some(id) => Ok(one),
        [_] => Err(Finding::new("the resource that was found has another id than the one that was made")),
        all => Err(Finding::new(format!("{} resources were found where one has this name", all.len()))),
    }
}

/// An error in the words of SCIM.
pub(super) fn error(answer: &Answer, wanted: u16) -> Verdict {
    status(answer, &[wanted])?;
    schema(answer, ERROR)?;
    match object(answer)?.get("status") {
        Some(Json::String(said)) if *said == wanted.to_string() => Ok(()),
        Some(said) => Err(Finding::new(format!("`status` is {} where \"{wanted}\" is expected", drawn(said)))),
        None => Err(Finding::new("`status` is missing")),
    }
}

/// The id of a resource. What would lead a path elsewhere is none.
pub(super) fn id_of(resource: &Json) -> Option<&str> {
    let plain = |id: &&str| !matches!(*id, "" | "." | "..") && !id.chars().any(char::is_control);
    resource.get("id")?.as_str().filter(plain)
}

/// A resource that was just made: 201, and its id.
pub(super) fn made(answer: &Answer) -> Result<String, Finding> {
    status(answer, &[201])?;
    let id = answer.json().and_then(id_of).map(str::to_owned);
    id.ok_or_else(|| Finding::new("the answer has no `id`, which is a text that is not empty"))
}

/// What stands at a place. `[work]` is the element of the type `work`.
pub(super) fn at<'a>(resource: &'a Json, place: &[&str]) -> Option<&'a Json> {
    place.iter().try_fold(resource, |value, step| {
        match step.strip_prefix('[').and_then(|step| step.strip_suffix(']')) {
            None => value.get(step),
            Some(kind) => {
                value.as_array()?.iter().find(|element| element.get("type").is_some_and(|given| given == kind))
            }
        }
    })
}

/// A place as people write it.
fn named(place: &[&str]) -> String {
    let mut name = String::new();
    for step in place {
        match step.strip_prefix('[') {
            Some(kind) => name.push_str(&format!("[type eq \"{}\"]", kind.trim_end_matches(']'))),
            // After a URN stands a colon.
            None if name.is_empty() => name.push_str(step),
            None => name.push_str(&format!("{}{step}", if name.ends_with(":User") { ':' } else { '.' })),
        }
    }
    name
}

/// A value at a place is the one that was sent. Booleans that are told as texts are the concern of a check of their own.
pub(super) fn holds(resource: &Json, place: &[&str], wanted: &Json) -> Verdict {
    let found = at(resource, place);
    let same = match wanted {
        Json::Bool(wanted) => found.and_then(flag) == Some(*wanted),
        _ => found == Some(wanted),
    };
    if same {
        return Ok(());
    }
    let found = found.map_or_else(|| "missing".to_owned(), drawn);
    Err(Finding::new(format!("`{}` is {found} where {} is expected", named(place), drawn(wanted))))
}

/// A place has no value.
pub(super) fn absent(resource: &Json, place: &[&str]) -> Verdict {
    match at(resource, place) {
        None | Some(Json::Null) => Ok(()),
        Some(Json::Array(all)) if all.is_empty() => Ok(()),
        Some(_) => Err(Finding::new(format!("`{}` is there where it is not expected", named(place)))),
    }
}

/// A boolean, or a text that says one.
fn flag(value: &Json) -> Option<bool> {
    match value {
        Json::Bool(flag) => Some(*flag),
        Json::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Json::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A value as JSON, in short.
pub(super) fn drawn(value: &Json) -> String {
    short(&value.to_string())
}

/// A resource that was read: 200, and the id that was asked for.
pub(super) fn read<'a>(answer: &'a Answer, id: &str) -> Result<&'a Json, Finding> {
    status(answer, &[200])?;
    match answer.json() {
        Some(resource) if id_of(resource) == Some(id) => Ok(resource),
        Some(_) => Err(Finding::new("`id` is missing, or it is another than the one that was asked for")),
        None => Err(Finding::new("the body is no JSON object")),
    }
}

/// The challenge that RFC 6750 asks for stands beside a 401, and the error is told as SCIM's.
pub(super) fn refused(answer: &Answer, remarks: &mut Remarks) -> Verdict {
    status(answer, &[401])?;
    if answer.challenge.is_none() {
        remarks.push("there is no `WWW-Authenticate: Bearer` (RFC 6750 §3)".to_owned());
    }
    if let Err(Finding { found, .. }) = error(answer, 401) {
        remarks.push(format!("the refusal is not told as an error of SCIM (RFC 7644 §3.12): {found}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_place_leads_through_elements_and_extensions() {
        let urn = "urn:x:User";
        let user =
            json!({"emails": [{"type": "home"}, {"type": "work", "value": "w"}], urn: {"manager": {"value": "m"}}});
        assert_eq!(at(&user, &["emails", "[work]", "value"]), Some(&json!("w")));
        assert!(holds(&user, &[urn, "manager", "value"], &json!("m")).is_ok());
        let found = holds(&user, &[urn, "manager", "value"], &json!("n")).unwrap_err().found;
        assert_eq!(found, "`urn:x:User:manager.value` is \"m\" where \"n\" is expected");
        let found = holds(&user, &["emails", "[fax]", "value"], &json!("n")).unwrap_err().found;
        assert_eq!(found, "`emails[type eq \"fax\"].value` is missing where \"n\" is expected");
        assert!(absent(&user, &["emails"]).is_err() && absent(&json!({"emails": []}), &["emails"]).is_ok());
    }

    #[test]
    fn an_id_leads_nowhere_else() {
        for (id, good) in [("u1", true), ("a/b", true), ("", false), (".", false), ("..", false), ("a\nb", false)] {
            assert_eq!(id_of(&json!({ "id": id })).is_some(), good, "{id:?}");
        }
        assert_eq!(id_of(&json!({ "id": 7 })), None);
    }
}

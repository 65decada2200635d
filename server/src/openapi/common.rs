//! What every surface shares: refusals, headers of rates, how callers prove who they are.

use serde_json::{Map, Value, json};

use super::Surface;

/// The refusals that any operation may answer with.
pub(super) const ANYWHERE: [u16; 10] = [400, 401, 403, 404, 406, 408, 429, 431, 500, 503];
/// Those of operations that take a body.
pub(super) const WITH_BODY: [u16; 2] = [413, 415];
/// Those of operations that everybody may call, without a token.
pub(super) const OPEN: [u16; 6] = [406, 408, 429, 431, 500, 503];

/// A refusal: its status, its name among components, its `code`, and when it is answered.
type Refusal = (u16, &'static str, &'static str, &'static str);

const REFUSALS: [Refusal; 14] = [
    (400, "BadRequest", "BAD_REQUEST", "A parameter or the body is wrong: `details.fields` says what, and where."),
    (401, "Unauthorized", "UNAUTHORIZED", "The access token is missing, malformed, expired, or for something else."),
    (403, "Forbidden", "FORBIDDEN", "The caller may not do that."),
    (404, "NotFound", "NOT_FOUND", "The address, or what the request names, leads to nothing of the organisation."),
    (406, "NotAcceptable", "NOT_ACCEPTABLE", "The answer is of none of the media types of `Accept`."),
    (408, "RequestTimeout", "REQUEST_TIMEOUT", "The request did not come whole in time."),
    (409, "Conflict", "CONFLICT", "It cannot be done as things stand: `details.reason` says why."),
    (413, "PayloadTooLarge", "PAYLOAD_TOO_LARGE", "The body is too large."),
    (415, "UnsupportedMediaType", "UNSUPPORTED_MEDIA_TYPE", "The body is of a media type that is not taken."),
    (
        429,
        "TooManyRequests",
        "TOO_MANY_REQUESTS",
        "The caller made too many requests; `Retry-After` says when to come back.",
    ),
    (431, "HeadersTooLarge", "HEADERS_TOO_LARGE", "The head of the request is too large."),
    (500, "InternalServerError", "INTERNAL_SERVER_ERROR", "The server failed; `X-Request-Id` finds why in its log."),
    (501, "NotImplemented", "NOT_IMPLEMENTED", "This server does not do that."),
    (
        503,
        "ServiceUnavailable",
        "SERVICE_UNAVAILABLE",
        "It cannot be done just now; `Retry-After` says when to come back.",
    ),
];

/// Where a refusal stands among components.
pub(super) fn refusal(status: u16) -> Option<Value> {
    let (_, name, ..) = REFUSALS.iter().find(|(known, ..)| *known == status)?;
    Some(json!({"$ref": format!("#/components/responses/{name}")}))
}

/// The headers of every answer.
pub(super) fn headers() -> Map<String, Value> {
    let names = ["X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"];
    let one = |name: &str| (name.to_owned(), json!({"$ref": format!("#/components/headers/{name}")}));
    names.map(one).into_iter().collect()
}

/// Refusals, as components: those that operations answer with.
fn responses(told: &str) -> Map<String, Value> {
    let is_used = |(_, name, ..): &Refusal| told.contains(&format!("\"#/components/responses/{name}\""));
    let one = |(status, name, code, description): Refusal| {
        let mut headers = headers();
        let mut add =
            |name: &str| headers.insert(name.to_owned(), json!({"$ref": format!("#/components/headers/{name}")}));
        match status {
            401 => drop(add("WWW-Authenticate")),
            429 | 503 => drop(add("Retry-After")),
            _ => {}
        }
        let schema = json!({"$ref": "#/components/schemas/Error"});
        let example = json!({"code": code, "message": "what is wrong, in words", "details": {}});
        let content = json!({"application/json": {"schema": schema, "example": example}});
        (name.to_owned(), json!({"description": description, "headers": headers, "content": content}))
    };
    REFUSALS.into_iter().filter(is_used).map(one).collect()
}

/// Headers, as components: those that answers have.
fn described_headers(told: &str) -> Value {
    let number = |description: &str| json!({"description": description, "schema": {"type": "integer", "minimum": 0}});
    let text = |description: &str| json!({"description": description, "schema": {"type": "string"}});
    let mut all = json!({
        "X-RateLimit-Limit": number("How many requests the caller may make in the window that is nearer to its end: an hour, or a minute."),
        "X-RateLimit-Remaining": number("How many of them are left."),
        "X-RateLimit-Reset": number("When the window ends, in seconds since 1970-01-01T00:00:00Z."),
        "Retry-After": number("When to come back, in seconds."),
        "Location": text("Where what was made can be read."),
        "WWW-Authenticate": text("How to prove who calls: `Bearer`."),
    });
    if let Some(all) = all.as_object_mut() {
        all.retain(|name, _| told.contains(&format!("\"#/components/headers/{name}\"")));
    }
    all
}

/// The envelope of refusals.
pub(super) fn error(reasons: &[&str]) -> Value {
    let codes: Vec<&str> = REFUSALS.iter().map(|(_, _, code, _)| *code).chain(["METHOD_NOT_ALLOWED"]).collect();
    let reason = "Why, in a word that programs may decide by. The list is closed.";
    json!({
        "type": "object",
        "description": "Why a request was not done.",
        "required": ["code", "message", "details"],
        "properties": {
            "code": {"type": "string", "description": "The status, as a word.", "enum": codes},
            "message": {"type": "string", "description": "What is wrong, in words for people. They may change."},
            "details": {
                "type": "object",
                "description": "What else is known of it.",
                "properties": {
                    "reason": {"type": "string", "description": reason, "enum": reasons},
                    "field": {"type": "string", "description": "A JSON Pointer to what is meant: a member of the body, or a parameter."},
                    "fields": {
                        "type": "object",
                        "description": "All that is wrong: a message for each JSON Pointer.",
                        "additionalProperties": {"type": "string"},
                    },
                },
            },
        },
    })
}

/// How callers prove who they are.
pub(super) fn security() -> Value {
    let entra = |path: &str| format!("https://login.microsoftonline.com/{path}");
    let scopes = |name: &str, description: &str| json!({ name: description });
    json!({
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "An access token of Microsoft Entra ID, however it was come by.",
        },
        "oauth2": {
            "type": "oauth2",
            "description": "Back-ends use client credentials, with the tenant, the client and the scope that they were given; \
                            people sign in with an authorization code and PKCE.",
            "flows": {
                "clientCredentials": {
                    "tokenUrl": entra("your-tenant/oauth2/v2.0/token"),
                    "scopes": scopes(".default", "All that the client was allowed; the scope is named in full at onboarding."),
                },
                "authorizationCode": {
                    "authorizationUrl": entra("organizations/oauth2/v2.0/authorize"),
                    "tokenUrl": entra("organizations/oauth2/v2.0/token"),
                    "scopes": scopes("access_as_user", "To act for the person who signed in."),
                },
            },
        },
    })
}

/// Parameters that every operation has.
pub(super) fn parameters() -> Value {
    json!({
        "Organization": {
            "name": "X-Engage-Organization",
            "in": "header",
            "required": false,
            "description": "Which organisation is meant, where the caller's tenant has several.",
            "schema": {"type": "string", "format": "uuid"},
        },
    })
}

/// All components of what the paths are.
pub(super) fn components(schemas: Map<String, Value>, paths: &Value) -> Value {
    let responses = Value::Object(responses(&paths.to_string()));
    let headers = described_headers(&format!("{paths}{responses}"));
    json!({
        "schemas": schemas,
        "responses": responses,
        "parameters": parameters(),
        "headers": headers,
        "securitySchemes": security(),
    })
}

/// The schemas that no type stands for.
pub(super) fn schemas(surface: &Surface<'_>) -> Map<String, Value> {
    [("Error".to_owned(), error(surface.reasons))].into_iter().collect()
}

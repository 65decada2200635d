//! The claims of a token (Microsoft, "Access token claims reference"): those that something is decided by, and no other.

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::denied::{Facts, Reason};
use crate::json;
use crate::settings::Version;

/// The most scopes or roles that are looked through.
const MAX_ROLES: usize = 256;

/// The longest id of a token in a log.
const MAX_TOKEN_ID: usize = 64;

/// Whom a token says that it is for (`idtyp`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Application,
    User,
}

/// The claims of a token. Until its signature is verified they are anybody's word.
pub(crate) struct Claims {
    members: Map<String, Value>,
    pub(crate) version: Version,
    pub(crate) tenant: Uuid,
}

impl Claims {
    /// Reads the claims, and of them what says which rules they are held against.
    pub(crate) fn read(bytes: &[u8], facts: &mut Facts) -> Result<Self, Reason> {
        let members = json::object(bytes).ok_or(Reason::TokenMalformed)?;
        let tenant = guid(&members, "tid");
        facts.tenant = tenant;
        facts.client = guid(&members, "azp").or_else(|| guid(&members, "appid"));
        facts.uti = members.get("uti").and_then(Value::as_str).filter(|id| is_token_id(id)).map(str::to_owned);
        let version = match members.get("ver").and_then(Value::as_str) {
            Some("1.0") => Version::V1,
            Some("2.0") => Version::V2,
            _ => return Err(Reason::VersionRefused),
        };
        let tenant = tenant.ok_or(Reason::TenantRefused)?;
        Ok(Self { members, version, tenant })
    }

    /// A claim that is a text; nothing where it is absent.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, Reason> {
        match self.members.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Reason::TokenMalformed),
        }
    }

    /// Whom the token says that it is for, which it need not say.
    pub(crate) fn kind(&self) -> Result<Option<Kind>, Reason> {
        match self.text("idtyp")? {
            None => Ok(None),
            Some("app") => Ok(Some(Kind::Application)),
            Some("user") => Ok(Some(Kind::User)),
            Some(_) => Err(Reason::TokenMalformed),
        }
    }

    /// A claim that is a time in whole seconds (RFC 7519 §2, NumericDate, which Entra writes without fractions).
    pub(crate) fn seconds(&self, name: &str) -> Result<Option<i64>, Reason> {
        match self.members.get(name) {
            None => Ok(None),
            Some(value) => value.as_i64().map(Some).ok_or(Reason::TokenMalformed),
        }
    }

    /// A claim that is an id.
    pub(crate) fn id(&self, name: &str) -> Option<Uuid> {
        guid(&self.members, name)
    }

    /// The client: which claim names it is a matter of the version.
    pub(crate) fn client(&self) -> Option<Uuid> {
        match self.version {
            Version::V1 => self.id("appid"),
            Version::V2 => self.id("azp"),
        }
    }

    /// Whether a scope is among those of the token; nothing where it has none at all, as tokens of back-ends.
    pub(crate) fn has_scope(&self, scope: &str) -> Result<Option<bool>, Reason> {
        Ok(self.text("scp")?.map(|scopes| scopes.split(' ').any(|one| one == scope)))
    }

    /// The roles of the token.
    pub(crate) fn roles(&self) -> Result<Vec<&str>, Reason> {
        let Some(roles) = self.members.get("roles") else { return Ok(Vec::new()) };
        let roles = roles.as_array().filter(|roles| roles.len() <= MAX_ROLES).ok_or(Reason::TokenMalformed)?;
        roles.iter().map(|role| role.as_str().ok_or(Reason::TokenMalformed)).collect()
    }
}

/// An id in the form that Entra writes: hyphens, lower case.
fn guid(members: &Map<String, Value>, name: &str) -> Option<Uuid> {
    let text = members.get(name)?.as_str()?;
    let id = Uuid::try_parse(text).ok()?;
    (id.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == text).then_some(id)
}

fn is_token_id(id: &str) -> bool {
    id.len() <= MAX_TOKEN_ID && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

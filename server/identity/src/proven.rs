//! Who calls, once his token is proven: where he works is a matter of what his request names.

use axum::http::HeaderMap;
use jiff::Timestamp;
use secrecy::SecretString;
use uuid::Uuid;

use crate::denied::{Denied, Facts, Known, Reason};
use crate::directory::{Mapping, Registration};
use crate::principal::{Caller, Choice, Principal, System, User};
use crate::role::Role;

/// Names the organisation where a tenant leads to several.
pub const ORGANIZATION_HEADER: &str = "x-engage-organization";

/// Who calls, as his token proves it, before it is known where he works.
pub struct Proven {
    pub(crate) who: Who,
    pub(crate) facts: Facts,
    pub(crate) known: Option<Box<Known>>,
}

pub(crate) enum Who {
    User(Box<Signed>),
    System(System, Registration),
}

/// A user whose token is believed, before it is known where he works.
pub(crate) struct Signed {
    pub(crate) tenant: Uuid,
    pub(crate) object: Uuid,
    pub(crate) client: Uuid,
    pub(crate) role: Option<Role>,
    pub(crate) unknown_roles: usize,
    pub(crate) signed_in: Option<Timestamp>,
    pub(crate) assertion: SecretString,
    pub(crate) expires: Timestamp,
    pub(crate) mappings: Vec<Mapping>,
}

impl std::fmt::Debug for Proven {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proven").field("facts", &self.facts).finish_non_exhaustive()
    }
}

impl Proven {
    /// Who that is, and for which organisation.
    ///
    /// # Errors
    /// Why he may not work there, as [`Validator::authenticate`](crate::Validator::authenticate) says it.
    pub fn principal(&self, headers: &HeaderMap) -> Result<Principal, Denied> {
        let wanted = organization(headers).map_err(|reason| self.denied(reason, None))?;
        match &self.who {
            Who::System(_, registration) if wanted.is_some_and(|wanted| wanted != registration.organisation) => {
                Err(self.denied(Reason::OrganizationNotMapped, None))
            }
            Who::System(system, Registration { organisation, environment }) => Ok(Principal {
                organisation: *organisation,
                environment: *environment,
                caller: Caller::System(*system),
            }),
            Who::User(signed) => {
                let mapping = signed.mapping(wanted).map_err(|reason| self.denied(reason, None))?;
                signed.placed(mapping).map_err(|reason| self.denied(reason, Some(mapping.organisation)))
            }
        }
    }

    /// What a user may choose, whatever `X-Engage-Organization` says: what a page lists after he has signed in.
    ///
    /// # Errors
    /// [`Reason::RoleMissing`]; a back-end has no choice ([`Reason::CallerKindRefused`]).
    pub fn choices(&self) -> Result<Vec<Choice>, Denied> {
        let Who::User(signed) = &self.who else { return Err(self.denied(Reason::CallerKindRefused, None)) };
        let Some(role) = signed.role else { return Err(self.denied(Reason::RoleMissing, None)) };
        let allowed = signed.mappings.iter().filter(|mapping| signed.is_allowed(mapping));
        let choice = |mapping: &Mapping| {
            let Mapping { organisation, environment, .. } = *mapping;
            Choice { organisation, environment, role: capped(role, mapping) }
        };
        Ok(allowed.map(choice).collect())
    }

    /// He is refused; `there`: where he was about to work.
    fn denied(&self, reason: Reason, there: Option<Uuid>) -> Denied {
        let mut known = self.known.clone();
        if let (Some(known), Some(there)) = (&mut known, there) {
            known.organisations = vec![there];
        }
        Denied { reason, facts: self.facts.clone(), known }
    }
}

impl Signed {
    /// What leads him to where he works, of where he may: where the request says, or the one place that there is.
    fn mapping(&self, wanted: Option<Uuid>) -> Result<&Mapping, Reason> {
        let mapping = match (wanted, self.mappings.as_slice()) {
            (Some(wanted), all) => all.iter().find(|mapping| mapping.organisation == wanted),
            (None, [one]) => Some(one),
            (None, _) => return Err(Reason::OrganizationRequired),
        };
        mapping.ok_or(Reason::OrganizationNotMapped)
    }

    fn placed(&self, mapping: &Mapping) -> Result<Principal, Reason> {
        if !self.is_allowed(mapping) {
            return Err(Reason::ClientNotAllowed);
        }
        let role = capped(self.role.ok_or(Reason::RoleMissing)?, mapping);
        let Self { tenant, object, client, unknown_roles, signed_in, expires, .. } = *self;
        let assertion = self.assertion.clone();
        let caller = Caller::User(User { tenant, object, client, role, unknown_roles, signed_in, assertion, expires });
        Ok(Principal { organisation: mapping.organisation, environment: mapping.environment, caller })
    }

    /// Whether the organisation lets him use the application that he uses.
    fn is_allowed(&self, mapping: &Mapping) -> bool {
        mapping.clients.as_ref().is_none_or(|allowed| allowed.contains(&self.client))
    }
}

fn capped(role: Role, mapping: &Mapping) -> Role {
    mapping.cap.map_or(role, |cap| cap.min(role))
}

/// The organisation that a request names.
fn organization(headers: &HeaderMap) -> Result<Option<Uuid>, Reason> {
    let mut given = headers.get_all(ORGANIZATION_HEADER).iter();
    let Some(value) = given.next() else { return Ok(None) };
    let malformed = Reason::OrganizationMalformed;
    if given.next().is_some() {
        return Err(malformed);
    }
    let text = value.to_str().ok().filter(|text| text.len() == uuid::fmt::Hyphenated::LENGTH).ok_or(malformed)?;
    Uuid::try_parse(text).map(Some).map_err(|_| malformed)
}

//! Who calls, in whose name, with which rights.

use std::sync::{Arc, PoisonError};

use super::fault::Fault;
use super::security::{Access, Role};
use super::{Dataverse, base, guid};
use crate::http::{Answer, Request};
use crate::oauth::entra::Bearer;
use crate::store::{RowId, Side, Value};

impl Dataverse {
    /// Who the token of a request speaks for.
    pub(super) fn authenticate(&self, request: &Request) -> Option<Bearer> {
        let token = request.header("authorization")?.strip_prefix("Bearer ")?;
        let bearer = self.entra.bearer(token.trim(), self.world.clock.now())?;
        let audiences = self.audiences.lock().unwrap_or_else(PoisonError::into_inner);
        (bearer.audience == request.base || audiences.contains(&bearer.audience)).then_some(bearer)
    }

    /// The answer to a request without a token that counts.
    pub(super) fn unauthenticated(&self, request: &Request) -> Answer {
        let tenant = &self.entra.registration.tenant;
        let authority = format!("{}/{tenant}/oauth2/authorize", request.base);
        let challenge = format!("Bearer authorization_uri={authority}, resource_id={}/", request.base);
        Answer::text(401, "text/html", "HTTP Error 401 - Unauthorized: Access is denied")
            .with("WWW-Authenticate", challenge)
    }

    /// The rights of a caller, impersonation included.
    pub(super) fn access(&self, bearer: &Bearer, request: &Request) -> Result<Access, Fault> {
        let real = self.user("azureactivedirectoryobjectid", &bearer.object_id)?;
        let own = self.roles(&real);
        let impersonated = match (request.header("callerobjectid"), request.header("mscrmcallerid")) {
            (Some(object_id), _) => Some(self.user("azureactivedirectoryobjectid", object_id)?),
            (None, Some(id)) => Some(self.user("systemuserid", id)?),
            (None, None) => None,
        };
        let schema = Arc::clone(&self.schema);
        let Some(user) = impersonated else {
            return Ok(Access { user: real.clone(), real, roles: vec![own], schema });
        };
        if !own.iter().any(|role| role.act_on_behalf) {
            return Err(Fault::denied(format!(
                "Principal user (Id={real}, type=8) is missing prvActOnBehalfOfAnotherUser privilege."
            )));
        }
        let theirs = self.roles(&user);
        Ok(Access { user, real, roles: vec![own, theirs], schema })
    }

    fn user(&self, column: &str, value: &str) -> Result<RowId, Fault> {
        let wanted = guid::parse(value.trim());
        let found = self.store.read(|state| {
            let mut rows = state.rows("systemuser");
            let row =
                rows.find(|row| row.get(column).and_then(Value::row_id) == wanted.as_ref() && wanted.is_some())?;
            Some((row.id.clone(), row.get("isdisabled") == Some(&Value::Bool(true))))
        });
        match found {
            Some((id, false)) => Ok(id),
            Some((id, true)) => Err(Fault::new(
                403,
                "0x80040225",
                format!("The specified user(Id = {id}) is disabled. Consider enabling this user."),
            )),
            None => Err(Fault::new(403, "0x80072560", "The user is not a member of the organization.")),
        }
    }

    /// The roles a user holds.
    pub(crate) fn roles(&self, user: &RowId) -> Vec<Arc<Role>> {
        let ids = self.store.read(|state| state.linked("systemuserroles_association", Side::Left, user));
        let held = |role: &&Arc<Role>| ids.contains(&base::role_id(&role.name));
        self.base.roles.iter().filter(held).cloned().collect()
    }
}

//! From a request to a principal, in the order in which nothing is believed before it is proven.

use std::sync::Arc;

use axum::http::HeaderMap;
use engage_playbooks::ports::Time;
use jiff::Timestamp;
use jsonwebtoken::Algorithm;
use jsonwebtoken::crypto;
use secrecy::SecretString;
use uuid::Uuid;

use crate::denied::{Denied, Facts, Reason};
use crate::directory::{Directory, Mapping, Registration};
use crate::keys::{Asked, Keys, NoKey};
use crate::principal::{Caller, Choice, Principal, System, User};
use crate::role::Role;
use crate::settings::{Api, CONSUMERS, Misconfigured, Settings, Systems};
use crate::token::{self, Claims, Kind, Parts};

/// Names the organisation where a tenant leads to several.
pub const ORGANIZATION_HEADER: &str = "x-engage-organization";

/// Holds the second token of a user whose organisation has an application of its own at its CRM.
pub const ASSERTION_HEADER: &str = "x-engage-crm-assertion";

/// The scope that users' tokens have to hold.
const SCOPE: &str = "access_as_user";

/// What of a request says who calls.
#[derive(Debug, Clone, Copy)]
pub struct Presented<'r> {
    /// The headers.
    pub headers: &'r HeaderMap,
    /// The query of the address, as it was sent.
    pub query: Option<&'r str>,
}

/// Makes principals of requests.
#[derive(Clone)]
pub struct Validator {
    settings: Arc<Settings>,
    keys: Keys,
    directory: Directory,
    time: Arc<dyn Time>,
}

impl std::fmt::Debug for Validator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Validator").field("settings", &self.settings).finish_non_exhaustive()
    }
}

enum Who {
    User(Box<Signed>),
    System(System, Registration),
}

/// A user whose token is believed, before it is known where he works.
struct Signed {
    tenant: Uuid,
    object: Uuid,
    client: Uuid,
    role: Option<Role>,
    unknown_roles: usize,
    signed_in: Option<Timestamp>,
    assertion: SecretString,
    expires: Timestamp,
    mappings: Vec<Mapping>,
}

impl Validator {
    /// Of settings, keys and a directory.
    ///
    /// # Errors
    /// Everything that is wrong with the settings.
    pub fn new(
        settings: Settings,
        keys: Keys,
        directory: Directory,
        time: Arc<dyn Time>,
    ) -> Result<Self, Vec<Misconfigured>> {
        let mut problems = settings.problems();
        if *keys.authority() != settings.authority {
            problems.push(Misconfigured::OtherKeys);
        }
        if problems.is_empty() {
            Ok(Self { settings: Arc::new(settings), keys, directory, time })
        } else {
            Err(problems)
        }
    }

    /// Who calls, and for which organisation.
    ///
    /// # Errors
    /// Why not. What the answer says stands on [`Reason`]; [`Denied::facts`] are for the log.
    pub async fn authenticate(&self, request: Presented<'_>) -> Result<Principal, Denied> {
        let (who, facts) = self.proven(request).await?;
        let principal = organization(request.headers).and_then(|wanted| match who {
            Who::System(_, registration) if wanted.is_some_and(|wanted| wanted != registration.organisation) => {
                Err(Reason::OrganizationNotMapped)
            }
            Who::System(system, Registration { organisation, environment }) => {
                Ok(Principal { organisation, environment, caller: Caller::System(system) })
            }
            Who::User(signed) => signed.placed(wanted),
        });
        principal.map_err(|reason| Denied { reason, facts })
    }

    /// What a user may choose, whatever `X-Engage-Organization` says: what a page lists after he has signed in.
    ///
    /// # Errors
    /// As [`authenticate`](Self::authenticate); a back-end has no choice ([`Reason::CallerKindRefused`]).
    pub async fn choices(&self, request: Presented<'_>) -> Result<Vec<Choice>, Denied> {
        let (who, facts) = self.proven(request).await?;
        let deny = |reason| Denied { reason, facts };
        let Who::User(signed) = who else { return Err(deny(Reason::CallerKindRefused)) };
        let Some(role) = signed.role else { return Err(deny(Reason::RoleMissing)) };
        let allowed = signed.mappings.iter().filter(|mapping| signed.is_allowed(mapping));
        let choice = |mapping: &Mapping| {
            let Mapping { organisation, environment, .. } = *mapping;
            Choice { organisation, environment, role: capped(role, mapping) }
        };
        Ok(allowed.map(choice).collect())
    }

    /// The token of the user for the application of an organisation that acts for him at its CRM, where that is another than the
    /// platform's own: Entra takes an assertion only of the application that it was issued for (AADSTS500131), so the front end
    /// asks for a second token and sends it as `X-Engage-Crm-Assertion`. It is held against the same rules.
    ///
    /// # Errors
    /// [`Reason::AssertionMissing`] where it is not sent, [`Reason::AssertionOfAnother`] where it is somebody else's, and those of
    /// a token.
    pub async fn crm_assertion(&self, headers: &HeaderMap, user: &User, of: &Api) -> Result<SecretString, Denied> {
        let mut facts = Facts::default();
        let checked = self.checked_assertion(headers, user, of, &mut facts).await;
        checked.map_err(|reason| Denied { reason, facts })
    }

    async fn checked_assertion(
        &self,
        headers: &HeaderMap,
        user: &User,
        of: &Api,
        facts: &mut Facts,
    ) -> Result<SecretString, Reason> {
        let mut given = headers.get_all(ASSERTION_HEADER).iter();
        let value = given.next().ok_or(Reason::AssertionMissing)?;
        if given.next().is_some() {
            return Err(Reason::HeaderRepeated);
        }
        let text = value.to_str().map_err(|_| Reason::TokenMalformed)?;
        let (claims, _) = self.believed(text, facts).await?;
        if !claims.text("aud")?.is_some_and(|audience| of.is(audience, claims.version)) {
            return Err(Reason::AudienceRefused);
        }
        if is_application(&claims)? {
            return Err(Reason::AudienceCrossed);
        }
        let same = claims.tenant == user.tenant && claims.id("oid") == Some(user.object);
        if same { Ok(SecretString::from(text)) } else { Err(Reason::AssertionOfAnother) }
    }

    /// All checks of a token, in their order.
    async fn proven(&self, request: Presented<'_>) -> Result<(Who, Facts), Denied> {
        let mut facts = Facts::default();
        match self.checked(request, &mut facts).await {
            Ok(who) => Ok((who, facts)),
            Err(reason) => Err(Denied { reason, facts }),
        }
    }

    async fn checked(&self, request: Presented<'_>, facts: &mut Facts) -> Result<Who, Reason> {
        let text = token::bearer(request.headers, request.query)?;
        let (claims, mappings) = self.believed(text, facts).await?;
        match self.systems(&claims)? {
            None => user(&claims, mappings, text),
            Some(systems) => self.system(&claims, systems).await,
        }
    }

    /// The claims of a token that its issuer has signed and that is good now, and what its tenant leads to.
    async fn believed(&self, text: &str, facts: &mut Facts) -> Result<(Claims, Vec<Mapping>), Reason> {
        let parts = token::parts(text)?;
        let kid = token::key_id(&parts.header)?;
        facts.kid = Some(kid.clone());
        let claims = Claims::read(&parts.claims, facts)?;
        let issuer = self.issuer(&claims)?;
        let mappings = self.mappings(claims.tenant).await?;
        let asked = Asked { tenant: claims.tenant, version: claims.version, issuer: &issuer, kid: &kid };
        self.signed(&parts, asked, !mappings.is_empty()).await?;
        token::hold(&claims, self.time.timestamp())?;
        Ok((claims, mappings))
    }

    /// The issuer of the tenant that the token names, if it is the token's too.
    fn issuer(&self, claims: &Claims) -> Result<String, Reason> {
        if claims.tenant == CONSUMERS {
            return Err(Reason::TenantRefused);
        }
        let issuer = self.settings.authority.issuer(claims.version, claims.tenant);
        if claims.text("iss")? == Some(&issuer) { Ok(issuer) } else { Err(Reason::IssuerRefused) }
    }

    /// Where the users of a tenant may go here.
    async fn mappings(&self, tenant: Uuid) -> Result<Vec<Mapping>, Reason> {
        let mut mappings = self.directory.tenants.mappings(tenant).await.map_err(|_| Reason::DirectoryUnavailable)?;
        mappings.retain(|mapping| mapping.environment == self.settings.environment);
        Ok(mappings)
    }

    /// The signature. Which keys may have made it depends on whether the tenant is anybody's.
    async fn signed(&self, parts: &Parts<'_>, asked: Asked<'_>, mapped: bool) -> Result<(), Reason> {
        let platform = self.settings.systems.as_ref().is_some_and(|systems| systems.tenant == asked.tenant);
        let keys = if mapped || platform { self.keys.of_tenant(asked).await } else { self.keys.of_strangers(asked) };
        let keys = keys.map_err(|none| match none {
            NoKey::Unknown => Reason::KeyUnknown,
            NoKey::Unavailable => Reason::KeysUnavailable,
        })?;
        // The algorithm is ours, and not the header's.
        let signs = |key| crypto::verify(parts.signature, parts.signed.as_bytes(), key, Algorithm::RS256);
        if keys.iter().any(|key| signs(key).unwrap_or(false)) { Ok(()) } else { Err(Reason::SignatureInvalid) }
    }

    /// Whether the token is one of a back-end; nothing where it is one of a user. Who calls is paired with what the token is for:
    /// a back-end with the System Integration API, a user with the Management API.
    fn systems(&self, claims: &Claims) -> Result<Option<&Systems>, Reason> {
        let audience = claims.text("aud")?.ok_or(Reason::AudienceRefused)?;
        let systems = self.settings.systems.as_ref().filter(|systems| systems.api.is(audience, claims.version));
        if systems.is_none() && !self.settings.management.is(audience, claims.version) {
            return Err(Reason::AudienceRefused);
        }
        let crossed = match systems {
            Some(_) => claims.text("scp")?.is_some() || claims.kind()? == Some(Kind::User),
            None => is_application(claims)?,
        };
        if crossed { Err(Reason::AudienceCrossed) } else { Ok(systems) }
    }

    async fn system(&self, claims: &Claims, systems: &Systems) -> Result<Who, Reason> {
        // Anybody registers an application with any client id in a tenant of his own.
        if claims.tenant != systems.tenant {
            return Err(Reason::IssuerNotPlatform);
        }
        let permissions = claims.roles()?;
        let suffices = match &systems.permission {
            Some(needed) => permissions.contains(&needed.as_str()),
            None => !permissions.is_empty(),
        };
        if !suffices {
            return Err(Reason::PermissionMissing);
        }
        let client = claims.client().ok_or(Reason::ClientNotRegistered)?;
        let registration = self.directory.clients.client(client).await.map_err(|_| Reason::DirectoryUnavailable)?;
        let here = registration.filter(|registration| registration.environment == self.settings.environment);
        here.map(|here| Who::System(System { client }, here)).ok_or(Reason::ClientNotRegistered)
    }
}

/// Whether a token for an API that users call is one of an application: it says so, or it has no scopes and is about itself, as
/// those of applications are (Microsoft, "Access token claims reference", `sub`). One that has no scopes and is about somebody
/// is a user's, and refused for what it lacks.
fn is_application(claims: &Claims) -> Result<bool, Reason> {
    Ok(match claims.kind()? {
        Some(kind) => kind == Kind::Application,
        None => claims.text("scp")?.is_none() && claims.text("sub")? == claims.text("oid")?,
    })
}

fn user(claims: &Claims, mappings: Vec<Mapping>, text: &str) -> Result<Who, Reason> {
    if claims.has_scope(SCOPE)? != Some(true) {
        return Err(Reason::ScopeMissing);
    }
    let object = claims.id("oid").ok_or(Reason::UserMissing)?;
    let client = claims.client().ok_or(Reason::ClientNotAllowed)?;
    if mappings.is_empty() {
        return Err(Reason::TenantNotMapped);
    }
    let signed_in = claims.seconds("auth_time")?.map(Timestamp::from_second).transpose();
    let signed_in = signed_in.map_err(|_| Reason::TokenMalformed)?;
    let given = claims.roles()?;
    let known: Vec<Role> = given.iter().filter_map(|role| role.parse().ok()).collect();
    Ok(Who::User(Box::new(Signed {
        tenant: claims.tenant,
        object,
        client,
        role: known.iter().max().copied(),
        unknown_roles: given.len() - known.len(),
        signed_in,
        assertion: SecretString::from(text),
        expires: token::expires(claims)?,
        mappings,
    })))
}

impl Signed {
    /// Where he works, of where he may: where the request says, or the one place that there is.
    fn placed(self, wanted: Option<Uuid>) -> Result<Principal, Reason> {
        let mapping = match (wanted, self.mappings.as_slice()) {
            (Some(wanted), all) => all.iter().find(|mapping| mapping.organisation == wanted),
            (None, [one]) => Some(one),
            (None, _) => return Err(Reason::OrganizationRequired),
        };
        let mapping = mapping.ok_or(Reason::OrganizationNotMapped)?;
        if !self.is_allowed(mapping) {
            return Err(Reason::ClientNotAllowed);
        }
        let role = capped(self.role.ok_or(Reason::RoleMissing)?, mapping);
        let (organisation, environment) = (mapping.organisation, mapping.environment);
        let Self { tenant, object, client, unknown_roles, signed_in, assertion, expires, .. } = self;
        let caller = Caller::User(User { tenant, object, client, role, unknown_roles, signed_in, assertion, expires });
        Ok(Principal { organisation, environment, caller })
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

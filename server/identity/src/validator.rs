//! From a request to a principal, in the order in which nothing is believed before it is proven.

use std::sync::Arc;

use axum::http::HeaderMap;
use engage_playbooks::ports::Time;
use jiff::Timestamp;
use jsonwebtoken::Algorithm;
use jsonwebtoken::crypto;
use secrecy::SecretString;
use uuid::Uuid;

use crate::denied::{Denied, Facts, Known, Reason};
use crate::directory::{Directory, Mapping};
use crate::keys::{Asked, Keys, NoKey};
use crate::principal::{Principal, System, User};
use crate::proven::{Proven, Signed, Who};
use crate::role::Role;
use crate::settings::{Api, CONSUMERS, Misconfigured, Settings, Systems};
use crate::token::{self, Claims, Kind, Parts};

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

/// A second token of a user, for an application of his organisation's own at its CRM.
#[derive(Debug, Clone)]
pub struct Assertion {
    /// The token.
    pub token: SecretString,
    /// Until when it is good, without any allowance for clocks that differ.
    pub expires: Timestamp,
}

/// What is learnt of a token while it is checked.
#[derive(Debug, Default)]
struct Learnt {
    facts: Facts,
    known: Option<Box<Known>>,
}

impl Learnt {
    fn denied(self, reason: Reason) -> Denied {
        let Self { facts, known } = self;
        Denied { reason, facts, known }
    }
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
        self.prove(request).await?.principal(request.headers)
    }

    /// Who calls, before it is known where he works: all that takes time, for whoever needs to know both where he works and what he may
    /// choose.
    ///
    /// # Errors
    /// As [`authenticate`](Self::authenticate).
    pub async fn prove(&self, request: Presented<'_>) -> Result<Proven, Denied> {
        let mut learnt = Learnt::default();
        match self.checked(request, &mut learnt).await {
            Ok(who) => Ok(Proven { who, facts: learnt.facts, known: learnt.known }),
            Err(reason) => Err(learnt.denied(reason)),
        }
    }

    /// The token of the user for the application of an organisation that acts for him at its CRM, where that is another than the
    /// platform's own: Entra takes an assertion only of the application that it was issued for (AADSTS500131), so the front end
    /// asks for a second token and sends it as `X-Engage-Crm-Assertion`. It is held against the same rules.
    ///
    /// # Errors
    /// [`Reason::AssertionMissing`] where it is not sent, [`Reason::AssertionOfAnother`] where it is somebody else's, and those of
    /// a token.
    pub async fn crm_assertion(&self, headers: &HeaderMap, user: &User, of: &Api) -> Result<Assertion, Denied> {
        let mut learnt = Learnt::default();
        let checked = self.checked_assertion(headers, user, of, &mut learnt).await;
        checked.map_err(|reason| learnt.denied(reason))
    }

    async fn checked_assertion(
        &self,
        headers: &HeaderMap,
        user: &User,
        of: &Api,
        learnt: &mut Learnt,
    ) -> Result<Assertion, Reason> {
        let mut given = headers.get_all(ASSERTION_HEADER).iter();
        let value = given.next().ok_or(Reason::AssertionMissing)?;
        if given.next().is_some() {
            return Err(Reason::HeaderRepeated);
        }
        let text = value.to_str().map_err(|_| Reason::TokenMalformed)?;
        let (claims, _) = self.believed(text, learnt).await?;
        if !claims.text("aud")?.is_some_and(|audience| of.is(audience, claims.version)) {
            return Err(Reason::AudienceRefused);
        }
        if is_application(&claims)? {
            return Err(Reason::AudienceCrossed);
        }
        let same = claims.tenant == user.tenant && claims.id("oid") == Some(user.object);
        if !same {
            return Err(Reason::AssertionOfAnother);
        }
        Ok(Assertion { token: SecretString::from(text), expires: token::expires(&claims)? })
    }

    /// All checks of a token, in their order.
    async fn checked(&self, request: Presented<'_>, learnt: &mut Learnt) -> Result<Who, Reason> {
        let text = token::bearer(request.headers, request.query)?;
        let (claims, mappings) = self.believed(text, learnt).await?;
        match self.systems(&claims)? {
            None => user(&claims, mappings, text),
            Some(systems) => self.system(&claims, systems).await,
        }
    }

    /// The claims of a token that its issuer has signed and that is good now, and what its tenant leads to.
    async fn believed(&self, text: &str, learnt: &mut Learnt) -> Result<(Claims, Vec<Mapping>), Reason> {
        let parts = token::parts(text)?;
        let kid = token::key_id(&parts.header)?;
        learnt.facts.kid = Some(kid.clone());
        let claims = Claims::read(&parts.claims, &mut learnt.facts)?;
        let issuer = self.issuer(&claims)?;
        let mappings = self.mappings(claims.tenant).await?;
        let asked = Asked { tenant: claims.tenant, version: claims.version, issuer: &issuer, kid: &kid };
        self.signed(&parts, asked, !mappings.is_empty()).await?;
        learnt.known = self.known(&claims, &mappings);
        token::hold(&claims, self.time.timestamp())?;
        Ok((claims, mappings))
    }

    fn known(&self, claims: &Claims, mappings: &[Mapping]) -> Option<Box<Known>> {
        let organisations: Vec<Uuid> = mappings.iter().map(|mapping| mapping.organisation).collect();
        let (tenant, object, environment) = (claims.tenant, claims.id("oid"), self.settings.environment);
        (!organisations.is_empty()).then(|| Box::new(Known { tenant, object, organisations, environment }))
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

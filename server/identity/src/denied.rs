//! Why a caller is refused: one closed list, for answers, for the log and for tests.

use axum::http::StatusCode;
use uuid::Uuid;

use crate::principal::Environment;

/// Why a caller is refused. What each says to the outside is [`status`](Reason::status), [`public`](Reason::public) and the
/// text of [`Display`](std::fmt::Display), which says what to do; what it is called in the log is [`code`](Reason::code).
/// None of them holds anything that the caller has sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Reason {
    /// There is no `Authorization` header.
    #[error("there is no access token; send `Authorization: Bearer {{token}}`")]
    TokenMissing,
    /// There are several `Authorization` headers.
    #[error("there are several `Authorization` headers; send one")]
    HeaderRepeated,
    /// The `Authorization` header has another scheme than Bearer.
    #[error("the `Authorization` header has another scheme; send `Authorization: Bearer {{token}}`")]
    SchemeRefused,
    /// The query holds an `access_token` (RFC 6750 §2.3), which ends up in logs of others.
    #[error(
        "an access token does not belong in an address; send it in the `Authorization` header, and have it revoked"
    )]
    TokenInQuery,
    /// The token is longer than [`MAX_TOKEN`](crate::MAX_TOKEN).
    #[error("the access token is too long")]
    TokenTooLong,
    /// The token is no JSON web token, or its JSON has a member twice or of the wrong type.
    #[error("the access token is no token that can be read; ask for a new one")]
    TokenMalformed,
    /// `alg` is not RS256.
    #[error("the access token is signed with another algorithm than RS256")]
    AlgorithmRefused,
    /// `typ` is neither `JWT` nor `at+jwt`.
    #[error("this is no access token; send the access token, not another one")]
    TypeRefused,
    /// `kid` is absent, too long, or has characters that key ids do not have.
    #[error("the access token does not name its key as it should")]
    KeyIdRefused,
    /// The header brings a key, the address of one, or an extension (`jwk`, `jku`, `x5u`, `x5c`, `crit`; RFC 8725 §3.10).
    #[error("the access token brings a key or an extension of its own")]
    HeaderParameterRefused,
    /// `ver` is neither `1.0` nor `2.0`.
    #[error("the access token is of a version that is not read")]
    VersionRefused,
    /// `tid` is no tenant, or the one of consumer accounts.
    #[error("sign in with an account of an organisation")]
    TenantRefused,
    /// `iss` is not the issuer of the tenant.
    #[error("the access token was issued by somebody else; ask Microsoft Entra for one")]
    IssuerRefused,
    /// The tenant has no such key. Also of tenants that are nobody's.
    #[error("the access token cannot be verified; ask for a new one")]
    KeyUnknown,
    /// The keys of the tenant cannot be had.
    #[error("the access token cannot be verified; ask for a new one")]
    KeysUnavailable,
    /// The signature is not that of the key.
    #[error("the access token cannot be verified; ask for a new one")]
    SignatureInvalid,
    /// `exp` or `iat` is absent.
    #[error("the access token does not say how long it is good for")]
    TimesMissing,
    /// `exp` has passed.
    #[error("the access token has expired; ask for a new one")]
    Expired,
    /// `nbf` or `iat` is yet to come.
    #[error("the access token is not good yet; check the clock of this machine")]
    NotYetValid,
    /// The token is good for longer than any of Entra.
    #[error("the access token is good for too long a time")]
    LifetimeRefused,
    /// `aud` is none of ours.
    #[error("the access token is for another application; ask for the scope of this API")]
    AudienceRefused,
    /// `aud` is that of the other way to call: users have tokens of the Management API, back-ends of the System Integration API.
    #[error("the access token is for another kind of caller; users ask for `access_as_user`, back-ends for `.default`")]
    AudienceCrossed,
    /// A token of a back-end that another tenant than the platform's has issued.
    #[error("this client is not registered; ask those who run the platform")]
    IssuerNotPlatform,
    /// The token of a back-end has no role, or not the one that is asked for: any application of a tenant can get such a token.
    #[error("the client has no permission on this API; ask those who run the platform")]
    PermissionMissing,
    /// `scp` does not hold `access_as_user`.
    #[error("the access token lacks the scope `access_as_user`; ask for it when signing in")]
    ScopeMissing,
    /// `oid` is absent.
    #[error("the access token does not say who the user is; sign in again")]
    UserMissing,
    /// The client is unknown, disabled, or belongs elsewhere.
    #[error("this client is not registered; ask those who run the platform")]
    ClientNotRegistered,
    /// The organisation allows certain applications, and the user's is none of them.
    #[error("the organisation does not allow this application; ask its administrator")]
    ClientNotAllowed,
    /// The tenant leads to no organisation.
    #[error("the tenant is not connected to this service; ask your administrator")]
    TenantNotMapped,
    /// The user has none of our roles.
    #[error("the account has no role in this service; ask your administrator to assign one")]
    RoleMissing,
    /// The tenant leads to several organisations and the request names none.
    #[error("the account may work for several organisations; name one in `X-Engage-Organization`")]
    OrganizationRequired,
    /// `X-Engage-Organization` is there twice, or no UUID.
    #[error("`X-Engage-Organization` has to be one UUID")]
    OrganizationMalformed,
    /// `X-Engage-Organization` names an organisation that the caller does not lead to.
    #[error("the account may not work for the organisation of `X-Engage-Organization`")]
    OrganizationNotMapped,
    /// The role of the user is too low for the operation.
    #[error("the role of the account does not allow this; ask your administrator")]
    RoleTooLow,
    /// The operation is for users and the caller is a back-end, or the other way round.
    #[error("this is not for this kind of caller")]
    CallerKindRefused,
    /// `X-Engage-Crm-Assertion` is needed and not there.
    #[error("the organisation's CRM needs a token of its own application; send it in `X-Engage-Crm-Assertion`")]
    AssertionMissing,
    /// `X-Engage-Crm-Assertion` is the token of somebody else.
    #[error("the token in `X-Engage-Crm-Assertion` is that of another user; sign in again")]
    AssertionOfAnother,
    /// Who leads where cannot be looked up at present.
    #[error("who may call cannot be looked up at present; try again")]
    DirectoryUnavailable,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 38] = [
        Self::TokenMissing,
        Self::HeaderRepeated,
        Self::SchemeRefused,
        Self::TokenInQuery,
        Self::TokenTooLong,
        Self::TokenMalformed,
        Self::AlgorithmRefused,
        Self::TypeRefused,
        Self::KeyIdRefused,
        Self::HeaderParameterRefused,
        Self::VersionRefused,
        Self::TenantRefused,
        Self::IssuerRefused,
        Self::KeyUnknown,
        Self::KeysUnavailable,
        Self::SignatureInvalid,
        Self::TimesMissing,
        Self::Expired,
        Self::NotYetValid,
        Self::LifetimeRefused,
        Self::AudienceRefused,
        Self::AudienceCrossed,
        Self::IssuerNotPlatform,
        Self::PermissionMissing,
        Self::ScopeMissing,
        Self::UserMissing,
        Self::ClientNotRegistered,
        Self::ClientNotAllowed,
        Self::TenantNotMapped,
        Self::RoleMissing,
        Self::OrganizationRequired,
        Self::OrganizationMalformed,
        Self::OrganizationNotMapped,
        Self::RoleTooLow,
        Self::CallerKindRefused,
        Self::AssertionMissing,
        Self::AssertionOfAnother,
        Self::DirectoryUnavailable,
    ];

    /// The status of the answer: 401 where the token is not to be believed, 403 where it is and does not suffice, 400 where the
    /// request has to say more.
    #[must_use]
    pub fn status(self) -> StatusCode {
        self.told().0
    }

    /// `details.reason` of the answer. Reasons that would tell a stranger which tenants are customers, or what is registered
    /// where, share one word.
    #[must_use]
    pub fn public(self) -> &'static str {
        self.told().1
    }

    /// What it is called in logs and measures.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.told().2
    }

    /// Status, word in the answer, word in the log.
    fn told(self) -> (StatusCode, &'static str, &'static str) {
        const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;
        const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
        match self {
            Self::TokenMissing => (UNAUTHORIZED, "TOKEN_MISSING", "token_missing"),
            Self::HeaderRepeated => (UNAUTHORIZED, "TOKEN_INVALID", "header_repeated"),
            Self::SchemeRefused => (UNAUTHORIZED, "TOKEN_MISSING", "scheme_refused"),
            Self::TokenInQuery => (UNAUTHORIZED, "TOKEN_INVALID", "token_in_query"),
            Self::TokenTooLong => (UNAUTHORIZED, "TOKEN_INVALID", "token_too_long"),
            Self::TokenMalformed => (UNAUTHORIZED, "TOKEN_INVALID", "token_malformed"),
            Self::AlgorithmRefused => (UNAUTHORIZED, "TOKEN_INVALID", "algorithm_refused"),
            Self::TypeRefused => (UNAUTHORIZED, "TOKEN_INVALID", "type_refused"),
            Self::KeyIdRefused => (UNAUTHORIZED, "TOKEN_INVALID", "key_id_refused"),
            Self::HeaderParameterRefused => (UNAUTHORIZED, "TOKEN_INVALID", "header_parameter_refused"),
            Self::VersionRefused => (UNAUTHORIZED, "TOKEN_INVALID", "version_refused"),
            Self::TenantRefused => (UNAUTHORIZED, "TOKEN_INVALID", "tenant_refused"),
            Self::IssuerRefused => (UNAUTHORIZED, "TOKEN_INVALID", "issuer_refused"),
            Self::KeyUnknown => (UNAUTHORIZED, "TOKEN_INVALID", "key_unknown"),
            Self::KeysUnavailable => (UNAUTHORIZED, "TOKEN_INVALID", "keys_unavailable"),
            Self::SignatureInvalid => (UNAUTHORIZED, "TOKEN_INVALID", "signature_invalid"),
            Self::TimesMissing => (UNAUTHORIZED, "TOKEN_INVALID", "times_missing"),
            Self::Expired => (UNAUTHORIZED, "TOKEN_EXPIRED", "expired"),
            Self::NotYetValid => (UNAUTHORIZED, "TOKEN_NOT_YET_VALID", "not_yet_valid"),
            Self::LifetimeRefused => (UNAUTHORIZED, "TOKEN_INVALID", "lifetime_refused"),
            Self::AudienceRefused => (UNAUTHORIZED, "AUDIENCE_REFUSED", "audience_refused"),
            Self::AudienceCrossed => (UNAUTHORIZED, "AUDIENCE_REFUSED", "audience_crossed"),
            Self::IssuerNotPlatform => (FORBIDDEN, "CLIENT_NOT_REGISTERED", "issuer_not_platform"),
            Self::PermissionMissing => (FORBIDDEN, "PERMISSION_MISSING", "permission_missing"),
            Self::ScopeMissing => (FORBIDDEN, "SCOPE_MISSING", "scope_missing"),
            Self::UserMissing => (FORBIDDEN, "USER_MISSING", "user_missing"),
            Self::ClientNotRegistered => (FORBIDDEN, "CLIENT_NOT_REGISTERED", "client_not_registered"),
            Self::ClientNotAllowed => (FORBIDDEN, "CLIENT_NOT_ALLOWED", "client_not_allowed"),
            Self::TenantNotMapped => (FORBIDDEN, "TENANT_NOT_MAPPED", "tenant_not_mapped"),
            Self::RoleMissing => (FORBIDDEN, "ROLE_MISSING", "role_missing"),
            Self::OrganizationRequired => (StatusCode::BAD_REQUEST, "ORGANIZATION_REQUIRED", "organization_required"),
            Self::OrganizationMalformed => {
                (StatusCode::BAD_REQUEST, "ORGANIZATION_MALFORMED", "organization_malformed")
            }
            Self::OrganizationNotMapped => (FORBIDDEN, "ORGANIZATION_NOT_MAPPED", "organization_not_mapped"),
            Self::RoleTooLow => (FORBIDDEN, "ROLE_TOO_LOW", "role_too_low"),
            Self::CallerKindRefused => (FORBIDDEN, "CALLER_KIND_REFUSED", "caller_kind_refused"),
            Self::AssertionMissing => (UNAUTHORIZED, "CRM_ASSERTION_REQUIRED", "assertion_missing"),
            Self::AssertionOfAnother => (UNAUTHORIZED, "CRM_ASSERTION_REQUIRED", "assertion_of_another"),
            Self::DirectoryUnavailable => {
                (StatusCode::SERVICE_UNAVAILABLE, "DIRECTORY_UNAVAILABLE", "directory_unavailable")
            }
        }
    }

    /// The `WWW-Authenticate` header of the answer (RFC 6750 §3): with an error only where a token was sent.
    #[must_use]
    pub fn challenge(self) -> Option<&'static str> {
        match self {
            Self::TokenMissing | Self::SchemeRefused => Some("Bearer"),
            Self::AssertionMissing => Some(r#"Bearer error="insufficient_claims""#),
            _ if self.status() == StatusCode::UNAUTHORIZED => Some(r#"Bearer error="invalid_token""#),
            _ => None,
        }
    }
}

/// What the log may say of a token: as the token says it, so before the signature is verified it may be anybody's word. Each is
/// there only where it has the form that it should have, so that a line of a log stays a line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The id of the key (`kid`).
    pub kid: Option<String>,
    /// The tenant (`tid`).
    pub tenant: Option<Uuid>,
    /// The client (`azp`, or `appid` in tokens of version 1.0).
    pub client: Option<Uuid>,
    /// The id of the token (`uti`), by which Entra's sign-in logs find it.
    pub uti: Option<String>,
}

/// Whose token is refused, where its issuer has signed it and its tenant leads somewhere: nobody can make that up, so audit logs may
/// tell of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The tenant (`tid`).
    pub tenant: Uuid,
    /// The account in it (`oid`), where the token says one.
    pub object: Option<Uuid>,
    /// The organisations that he may have meant.
    pub organisations: Vec<Uuid>,
    /// In which environment.
    pub environment: Environment,
}

/// A caller is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Denied {
    /// Why.
    pub reason: Reason,
    /// What the log may say of his token.
    pub facts: Facts,
    /// Who he is, where that is proven.
    pub known: Option<Box<Known>>,
}

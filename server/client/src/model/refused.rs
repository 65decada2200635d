//! Why a request was not done: one envelope for every refusal.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a server says of a request that it did not do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// The status, as a word.
    pub code: String,
    /// What is wrong, in words for people. They may change.
    pub message: String,
    /// What else is known of it.
    #[serde(default)]
    pub details: Details,
}

/// What else is known of a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Details {
    /// Why, in a word that programs may decide by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// A JSON Pointer to what is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// All that is wrong: a message for each JSON Pointer.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, String>,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)?) => {
        /// Why something is refused. Servers of later versions may know more words: those are [`Reason::Other`].
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[$doc])* $variant,)+
            /// A word that this version of the client does not know.
            Other(String),
        }

        impl Reason {
            /// Every word that is known.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),+];

            /// The word.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Other(word) => word,
                }
            }
        }
    };
}

reasons! {
    /// Somebody else has the time, or the room.
    TimeSlotTaken = "TIME_SLOT_TAKEN",
    /// The hold is over, or was never one.
    ReservationExpired = "RESERVATION_EXPIRED",
    /// The hold is used already, or is for something else.
    ReservationUsed = "RESERVATION_USED",
    /// The token is not the hold's.
    ReservationTokenMismatch = "RESERVATION_TOKEN_MISMATCH",
    /// The label is on something.
    LabelInUse = "LABEL_IN_USE",
    /// Something else names it.
    InUse = "IN_USE",
    /// There is one like it.
    Duplicate = "DUPLICATE",
    /// The language is not switched on.
    LocaleNotEnabled = "LOCALE_NOT_ENABLED",
    /// The portal is not the meeting's.
    PortalMismatch = "PORTAL_MISMATCH",
    /// The meeting has begun.
    MeetingInPast = "MEETING_IN_PAST",
    /// The meeting has no time yet.
    Unscheduled = "UNSCHEDULED",
    /// No row of the meeting configuration is for this topic and customer type.
    MeetingConfigurationMissing = "MEETING_CONFIGURATION_MISSING",
    /// The organisation is closed then.
    Closed = "CLOSED",
    /// Customers are not offered that.
    NotOffered = "NOT_OFFERED",
    /// What a patch expects (`test`) is not so.
    TestFailed = "TEST_FAILED",
    /// There is no access token.
    TokenMissing = "TOKEN_MISSING",
    /// The access token is not good.
    TokenInvalid = "TOKEN_INVALID",
    /// The access token was good.
    TokenExpired = "TOKEN_EXPIRED",
    /// The access token will be good.
    TokenNotYetValid = "TOKEN_NOT_YET_VALID",
    /// The access token is for something else.
    AudienceRefused = "AUDIENCE_REFUSED",
    /// The access token lacks the scope.
    ScopeMissing = "SCOPE_MISSING",
    /// The client lacks the permission.
    PermissionMissing = "PERMISSION_MISSING",
    /// The access token does not say who the user is.
    UserMissing = "USER_MISSING",
    /// The client is not registered.
    ClientNotRegistered = "CLIENT_NOT_REGISTERED",
    /// The organisation does not allow the application.
    ClientNotAllowed = "CLIENT_NOT_ALLOWED",
    /// The tenant leads to no organisation.
    TenantNotMapped = "TENANT_NOT_MAPPED",
    /// The account has no role.
    RoleMissing = "ROLE_MISSING",
    /// The role is too low.
    RoleTooLow = "ROLE_TOO_LOW",
    /// The operation is not for this kind of caller.
    CallerKindRefused = "CALLER_KIND_REFUSED",
    /// `X-Engage-Organization` is needed.
    OrganizationRequired = "ORGANIZATION_REQUIRED",
    /// `X-Engage-Organization` is none.
    OrganizationMalformed = "ORGANIZATION_MALFORMED",
    /// `X-Engage-Organization` is not one of the caller's.
    OrganizationNotMapped = "ORGANIZATION_NOT_MAPPED",
    /// A second token is needed, for the CRM.
    CrmAssertionRequired = "CRM_ASSERTION_REQUIRED",
    /// Who may call cannot be looked up at present.
    DirectoryUnavailable = "DIRECTORY_UNAVAILABLE",
    /// The user has to sign in again: what is secret is written only shortly after.
    SignInAgain = "SIGN_IN_AGAIN",
    /// Two secrets of directories are good already.
    TwoSecretsGood = "TWO_SECRETS_GOOD",
    /// The caller would take away what he has come with.
    OwnAccess = "OWN_ACCESS",
    /// No workspace is served for the organisation.
    WorkspaceNotServed = "WORKSPACE_NOT_SERVED",
    /// It belongs to a proprietary package.
    NotShown = "NOT_SHOWN",
    /// The run is not at its end.
    RunUnderWay = "RUN_UNDER_WAY",
    /// The run cannot go on like that.
    RunRefused = "RUN_REFUSED",
    /// There is no such template of slides.
    TemplateNotFound = "TEMPLATE_NOT_FOUND",
    /// The file is no template.
    InvalidTemplate = "INVALID_TEMPLATE",
    /// Slides could not be made.
    GenerationFailed = "GENERATION_FAILED",
    /// What is to be filled in cannot be.
    InvalidData = "INVALID_DATA",
    /// The file has more bytes than are taken.
    FileTooLarge = "FILE_TOO_LARGE",
    /// The file is of a kind that is not taken.
    UnsupportedFormat = "UNSUPPORTED_FORMAT",
}

impl From<&str> for Reason {
    fn from(word: &str) -> Self {
        let known = Self::KNOWN.iter().find(|known| known.as_str() == word);
        known.cloned().unwrap_or_else(|| Self::Other(word.to_owned()))
    }
}

impl Serialize for Reason {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Ok(Self::from(&*word))
    }
}

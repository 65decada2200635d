//! Why something was not done.

use engage_store::platform::StoreError;

use crate::{Problem, Problems};

/// The word that callers know for why something is refused. What it says to people is its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Somebody else has the time, or the room.
    #[error("the time is taken; choose another")]
    TimeSlotTaken,
    /// The hold is over, or was never one.
    #[error("the time is no longer held; reserve it again")]
    ReservationExpired,
    /// The hold is used already, or is for something else.
    #[error("what is held is used already, or is for something else; reserve again")]
    ReservationUsed,
    /// The token is not the hold's.
    #[error("the time is held under another token; send the token that it was reserved with")]
    ReservationTokenMismatch,
    /// The label is on something.
    #[error("the label is on something; take it off first")]
    LabelInUse,
    /// Something else names it.
    #[error("something else needs it; change that first")]
    InUse,
    /// There is one like it.
    #[error("there is one like it already")]
    Duplicate,
    /// The language is not switched on.
    #[error("the language is not switched on")]
    LocaleNotEnabled,
    /// The portal is not the meeting's.
    #[error("the portal is not the one of the meeting")]
    PortalMismatch,
    /// The meeting has begun.
    #[error("the meeting has begun and is no more changed")]
    MeetingInPast,
    /// The meeting has no time yet.
    #[error("the meeting has no time yet")]
    Unscheduled,
    /// No row of the meeting configuration is for this topic and customer type.
    #[error("no meeting configuration is for this topic and customer type")]
    MeetingConfigurationMissing,
    /// The organisation is closed that day, or at that hour.
    #[error("the organisation is closed then; choose another time")]
    Closed,
    /// Customers are not offered that time.
    #[error("that is not offered to customers; choose of what is offered")]
    NotOffered,
    /// What a change expects of what is there is not so.
    #[error("what the patch expects (`test`) is not so; read it again")]
    TestFailed,
}

impl Refusal {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::TimeSlotTaken,
        Self::ReservationExpired,
        Self::ReservationUsed,
        Self::ReservationTokenMismatch,
        Self::LabelInUse,
        Self::InUse,
        Self::Duplicate,
        Self::LocaleNotEnabled,
        Self::PortalMismatch,
        Self::MeetingInPast,
        Self::Unscheduled,
        Self::MeetingConfigurationMissing,
        Self::Closed,
        Self::NotOffered,
        Self::TestFailed,
    ];

    /// As callers know it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TimeSlotTaken => "TIME_SLOT_TAKEN",
            Self::ReservationExpired => "RESERVATION_EXPIRED",
            Self::ReservationUsed => "RESERVATION_USED",
            Self::ReservationTokenMismatch => "RESERVATION_TOKEN_MISMATCH",
            Self::LabelInUse => "LABEL_IN_USE",
            Self::InUse => "IN_USE",
            Self::Duplicate => "DUPLICATE",
            Self::LocaleNotEnabled => "LOCALE_NOT_ENABLED",
            Self::PortalMismatch => "PORTAL_MISMATCH",
            Self::MeetingInPast => "MEETING_IN_PAST",
            Self::Unscheduled => "UNSCHEDULED",
            Self::MeetingConfigurationMissing => "MEETING_CONFIGURATION_MISSING",
            Self::Closed => "CLOSED",
            Self::NotOffered => "NOT_OFFERED",
            Self::TestFailed => "TEST_FAILED",
        }
    }
}

/// Why something was not done. Nothing of it was, unless the store says that it does not know.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// What was given is wrong: all that is wrong with it.
    #[error("what was given is wrong in {} places", .0.len())]
    Invalid(Vec<Problem>),
    /// There is nothing of that id, of those whom the caller may see. `field` is where it was named, as a JSON Pointer; empty: the
    /// thing itself.
    #[error("there is nothing of that id")]
    NotFound {
        /// Where it was named.
        field: String,
    },
    /// Not as things are now.
    #[error("refused: {}", .0.as_str())]
    Conflict(Refusal),
    /// Not for this caller.
    #[error("not for this caller: {}", .0.as_str())]
    Forbidden(Refusal),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Error {
    pub(crate) fn not_found(field: impl Into<String>) -> Self {
        Self::NotFound { field: field.into() }
    }

    /// One problem.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        let mut problems = Problems::default();
        problems.add(field, message);
        problems.into()
    }

    /// What is kept and cannot be read.
    pub(crate) fn senseless(what: &str) -> Self {
        Self::Store(StoreError::Corrupt { what: format!("{what} of bookings") })
    }
}

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Self::Invalid(problems.into_iter().collect())
    }
}

impl Problems {
    /// Nothing, or all that is wrong.
    ///
    /// # Errors
    /// [`Error::Invalid`] where anything is.
    pub fn finish(self) -> Result<(), Error> {
        if self.is_empty() { Ok(()) } else { Err(self.into()) }
    }
}

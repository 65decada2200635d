//! Why something was not done.

use engage_store::platform::StoreError;

use crate::{Problem, Problems};

/// The word that callers know for why something is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// Somebody else has the time, or the room.
    TimeSlotTaken,
    /// The hold is over, or was never one.
    ReservationExpired,
    /// The hold is used already, or is for something else.
    ReservationUsed,
    /// The token is not the hold's.
    ReservationTokenMismatch,
    /// The label is on something.
    LabelInUse,
    /// Something else names it.
    InUse,
    /// There is one like it.
    Duplicate,
    /// The language is not switched on.
    LocaleNotEnabled,
    /// The portal is not the meeting's.
    PortalMismatch,
    /// The meeting has begun.
    MeetingInPast,
    /// The meeting has no time yet.
    Unscheduled,
    /// No row of the meeting configuration is for this topic and customer type.
    MeetingConfigurationMissing,
    /// The organisation is closed that day, or at that hour.
    Closed,
    /// Customers are not offered that time.
    NotOffered,
}

impl Refusal {
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

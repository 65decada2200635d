//! What stands in the calendar of an employee or a room.

use crate::{GroupId, Instant, MeetingId, Span};

/// All that stands in one calendar, in any order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendar {
    /// Slots of meetings, holds, external events, extra time.
    pub slots: Vec<CalendarSlot>,
    /// When the employee is signed in to service groups. In a room's calendar it means nothing.
    pub sign_ins: Vec<SignIn>,
}

/// One stretch of a calendar. An empty one means nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarSlot {
    /// When.
    pub span: Span,
    /// What.
    pub status: Status,
    /// The meeting it belongs to, processing and travel too. A request may ask to overlook a meeting. What comes from the
    /// external calendar belongs to none.
    pub meeting: Option<MeetingId>,
}

/// What a stretch of a calendar is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Held by somebody who is about to book: as if booked until it expires, and nothing to who has its token.
    Reserved {
        /// Whose hold it is.
        token: String,
        /// From this instant on the hold is nothing: its creation and five minutes.
        expires: Instant,
    },
    /// A meeting with a customer.
    Booked,
    /// An internal meeting shown as busy.
    BookedInternalBusy,
    /// An internal meeting during which others may be met.
    BookedInternalFree,
    /// An event of the external calendar, of whichever kind, all-day and tentative ones too.
    Busy,
    /// Time before a meeting.
    PreProcessing(ShowAs),
    /// Time after a meeting.
    PostProcessing(ShowAs),
    /// The way to a meeting or back.
    TravelTime(ShowAs),
    /// At work, not at the usual place: no physical meetings. Nothing to a room.
    WorkingFromElsewhere,
    /// Extra time for meetings by video and telephone. Nothing to a room.
    ExtraOpen,
}

/// How time around a meeting is shown in the calendar. Only what is shown as free does not block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ShowAs {
    /// Busy, as is what says nothing.
    #[default]
    Busy,
    /// Tentative; blocks.
    Tentative,
    /// Free; written to the calendar, never in the way.
    Free,
}

/// An employee is at work for a service group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignIn {
    /// The service group.
    pub group: GroupId,
    /// Since when.
    pub start: Instant,
    /// Until when; without an end, until closing time of the local day of its start, past that until local midnight.
    pub end: Option<Instant>,
}

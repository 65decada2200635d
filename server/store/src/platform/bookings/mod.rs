//! What bookings keep: what an organisation sets up for them, calendars, meetings.
//!
//! What must not be known here: what any of it means. A document, a slot, a meeting are texts with a few of their values
//! beside them, which are looked for, and of which no two may be alike.

mod calendar;
mod changes;
mod configuration;
mod meetings;

use uuid::Uuid;

use super::Environment;
use super::sql::{Bind, binds};

pub use calendar::{Calendar, CalendarReads, CalendarsOf, SlotFilter, SlotRow};
pub use changes::{CHANGES_KEPT, ChangeReads, Changes, Mark};
pub use configuration::{BookingConfiguration, BookingConfigurationReads, Document, NewDocument};
pub use meetings::{Erasable, Meeting, MeetingFilter, MeetingReads, Meetings};

/// One environment of an organisation: whose bookings are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tenancy {
    /// The organisation.
    pub organisation: Uuid,
    /// Its environment.
    pub environment: Environment,
}

impl Tenancy {
    /// Its columns but the organisation, which is bound by itself, and more.
    fn with(&self, more: Vec<Bind>) -> Vec<Bind> {
        let mut binds = binds![self.environment.as_str()];
        binds.extend(more);
        binds
    }
}

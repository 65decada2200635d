//! What is asked.

use std::time::Duration;

use jiff::civil::Date;

use crate::{CustomerTypeId, EmployeeId, Instant, MeetingId, MeetingTypes, RoomId, TopicId};

/// A question for times. [`Request::default`] asks for nobody: it needs pools or names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// With names: all of them together. Without: the pools given, or locals and service groups.
    pub require_employee_participation: bool,
    /// Who is named; the first owns a meeting of several.
    pub explicit_employees: Vec<EmployeeId>,
    /// Which pools, if not all named ones have to take part.
    pub pools: Vec<Pool>,
    /// Where the range of starts begins; none: now.
    pub start: Option<Start>,
    /// How long the range is.
    pub look_forward: Duration,
    /// The topic.
    pub topic: Option<TopicId>,
    /// The customer type.
    pub customer_type: Option<CustomerTypeId>,
    /// Types asked for; none: all.
    pub meeting_types: Option<MeetingTypes>,
    /// Where the customer belongs: triggers groups.
    pub customer_location: Option<String>,
    /// Where the meeting is; none: where the customer belongs.
    pub meeting_location: Option<String>,
    /// Whether a room is needed; none: as the location says.
    pub require_room: Option<bool>,
    /// The rooms that may be taken, one of which is needed; empty: any.
    pub specific_rooms: Vec<RoomId>,
    /// The length; none: as configured.
    pub duration: Option<Duration>,
    /// Meetings that are overlooked, with all that belongs to them: those about to be moved.
    pub ignore_meetings: Vec<MeetingId>,
    /// A customer asks.
    pub is_customer_initiated: bool,
    /// The meeting is internal; none: by what else is asked, see [`Mode`].
    pub is_internal: Option<bool>,
    /// No notice is needed.
    pub ignore_minimum_time: bool,
    /// Staff may use opening hours beyond the workday.
    pub extend_to_opening_hours: bool,
    /// One employee for each start and type; none: if a customer asks.
    pub best: Option<bool>,
    /// The way there, where there is one.
    pub travel_before: Option<Duration>,
    /// The way back, where there is one.
    pub travel_after: Option<Duration>,
    /// The caller's token: holds of that token are overlooked.
    pub token: Option<String>,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            require_employee_participation: false,
            explicit_employees: Vec::new(),
            pools: Vec::new(),
            start: None,
            look_forward: Duration::from_secs(7 * 86_400),
            topic: None,
            customer_type: None,
            meeting_types: None,
            customer_location: None,
            meeting_location: None,
            require_room: None,
            specific_rooms: Vec::new(),
            duration: None,
            ignore_meetings: Vec::new(),
            is_customer_initiated: false,
            is_internal: None,
            ignore_minimum_time: false,
            extend_to_opening_hours: false,
            best: None,
            travel_before: None,
            travel_after: None,
            token: None,
        }
    }
}

impl Request {
    /// Whose rules hold.
    #[must_use]
    pub fn mode(&self) -> Mode {
        let bare = !self.is_customer_initiated && self.topic.is_none() && self.customer_type.is_none();
        match (self.is_internal.unwrap_or(bare), self.is_customer_initiated) {
            (true, _) => Mode::Internal,
            (false, true) => Mode::Customer,
            (false, false) => Mode::Employee,
        }
    }

    /// All who are named have to be free together.
    pub(crate) fn is_together(&self) -> bool {
        self.require_employee_participation && !self.explicit_employees.is_empty()
    }
}

/// Whose rules hold for a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A customer books.
    Customer,
    /// Staff books for a customer.
    Employee,
    /// Staff meets staff: said so, or neither a customer asks nor topic or customer type are given.
    Internal,
}

/// Where employees come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pool {
    /// Those named.
    Explicit,
    /// Those at the location who are qualified.
    Local,
    /// Members of the service groups that the request triggers.
    ServiceGroup,
}

/// Where a range begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At an instant.
    At(Instant),
    /// With a local date.
    On(Date),
}

/// Why a request cannot be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// No pool is given.
    #[error("no pool is given: ask for one at least, or for the participation of named employees")]
    NoPool,
    /// A topic is unknown.
    #[error("topic `{0}` is unknown")]
    UnknownTopic(TopicId),
    /// A customer type is unknown.
    #[error("customer type `{0}` is unknown")]
    UnknownCustomerType(CustomerTypeId),
    /// An employee is unknown.
    #[error("employee `{0}` is unknown")]
    UnknownEmployee(EmployeeId),
    /// A room is unknown.
    #[error("room `{0}` is unknown")]
    UnknownRoom(RoomId),
    /// No row of the meeting configuration is for this topic and customer type, nor for any.
    #[error("no meeting configuration is for this topic and customer type: add a row for them, or one for all")]
    ConfigurationMissing,
    /// A meeting needs some time, and a week at most.
    #[error("the length of a meeting has to be more than nothing and a week at most")]
    Duration,
    /// The range lies beyond the calendar.
    #[error("the range lies beyond the years of the calendar")]
    Range,
}

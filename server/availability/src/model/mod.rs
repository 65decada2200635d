//! What an organisation says of itself, as plain data: the words of the domain, units in types.
//!
//! It knows nothing of how a search is made. What is senseless in it is told by [`Index::compile`](crate::Index::compile).

mod calendar;
mod groups;
mod organisation;
mod people;
mod types;

pub use calendar::{Calendar, CalendarSlot, ShowAs, SignIn, Status};
pub use groups::{CompetenceGroup, Offer, PriorityLevel, ServiceGroup, Trigger};
pub use organisation::{Location, MeetingConfiguration, Organisation, Part, Room, Settings, Topic};
pub use people::{Employee, Schedule, Skills, Workday};
pub use types::{MeetingType, MeetingTypes};

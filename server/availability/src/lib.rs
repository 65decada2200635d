#![doc = include_str!("../README.md")]

mod compile;
mod explain;
mod ids;
mod model;
mod problem;
mod request;
mod search;
mod time;
mod update;

pub use compile::Index;
pub use explain::{Explainer, Reason};
pub use ids::{CustomerTypeId, EmployeeId, GroupId, MeetingId, RoomId, TopicId};
pub use model::{
    Calendar, CalendarSlot, CompetenceGroup, Employee, Location, MeetingConfiguration, MeetingType, MeetingTypes,
    Offer, Organisation, Part, PriorityLevel, Room, Schedule, ServiceGroup, Settings, ShowAs, SignIn, Skills, Status,
    Topic, Trigger, Workday,
};
pub use problem::Problem;
pub use request::{Mode, Pool, Request, SearchError, Start};
pub use search::{Found, Slot, Source, Work};
pub use time::{Clock, Instant, Span};
pub use update::UpdateError;

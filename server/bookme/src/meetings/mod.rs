//! Meetings: booked, moved, changed, cancelled, here or in the calendar of their owner; told as events; written as calendar files; forgotten in time.
//!
//! What is booked stays booked, whatever becomes of the CRM or the calendar: they hear of it by events, which are written with it
//! in one transaction.

mod book;
mod caller;
mod cancel;
mod change;
mod desired;
mod events;
mod followed;
mod gone;
mod ical;
mod list;
mod meeting;
mod plan;
mod retention;
mod room;

pub use caller::{Caller, Who};
pub use cancel::Cancellation;
pub use followed::{Invited, OwnEvent, Reply};
pub use ical::ICalTexts;
pub use list::MeetingQuery;
pub(crate) use meeting::Personal;
pub use meeting::{Attendee, Booking, Meeting, MeetingChange, MeetingDetails};
pub use retention::Swept;

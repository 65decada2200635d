//! How meetings of a topic and a customer type are.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Reference, Target, Thing, distinct};
use crate::Problems;
use crate::values::{MeetingType, ShowAs, TimeSpan, WhoCanBook};

/// The longest meeting.
pub(crate) const MAX_MEETING: TimeSpan = TimeSpan::days(7);
/// The longest time around a meeting.
const MAX_AROUND: TimeSpan = TimeSpan::days(7);
/// The longest notice.
const MAX_NOTICE: TimeSpan = TimeSpan::days(366);

/// A row of the meeting configuration. The closest row counts as a whole, an incomplete one too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MeetingConfiguration {
    /// The topic; none: any.
    pub topic_id: Option<Uuid>,
    /// The customer type; none: any.
    pub customer_type_id: Option<Uuid>,
    /// Who may book.
    pub who_can_book: WhoCanBook,
    /// The customer's own advisor is among the choices.
    pub offer_fixed_employee: bool,
    /// How long a meeting is; none: an hour.
    pub duration: Option<TimeSpan>,
    /// Which types there may be; of none nothing is offered.
    pub meeting_types: Vec<MeetingType>,
    /// The least time between two meetings.
    pub time_between_meetings: Option<TimeSpan>,
    /// Notice, in hours that the employee works.
    pub working_time_from_booking: Option<TimeSpan>,
    /// Notice, in elapsed time.
    pub calendar_time_from_booking: Option<TimeSpan>,
    /// Saturdays and Sundays do not count as elapsed.
    pub exclude_weekend: bool,
    /// Time before the meeting.
    pub pre_processing: Option<Around>,
    /// Time after it.
    pub post_processing: Option<Around>,
    /// Time in addition to each way.
    pub travel_buffer: Option<Around>,
}

/// Time around a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Around {
    /// How long.
    pub duration: TimeSpan,
    /// How it is shown; nothing said: busy.
    #[serde(default)]
    pub show_as: Option<ShowAs>,
}

impl Default for MeetingConfiguration {
    fn default() -> Self {
        Self {
            topic_id: None,
            customer_type_id: None,
            who_can_book: WhoCanBook::Customers,
            offer_fixed_employee: false,
            duration: None,
            meeting_types: Vec::new(),
            time_between_meetings: None,
            working_time_from_booking: None,
            calendar_time_from_booking: None,
            exclude_weekend: false,
            pre_processing: None,
            post_processing: None,
            travel_buffer: None,
        }
    }
}

impl Thing for MeetingConfiguration {
    const KIND: &'static str = "meetingConfiguration";

    fn normalise(&mut self) {
        distinct(&mut self.meeting_types);
        self.meeting_types.sort_unstable();
    }

    fn key(&self) -> Option<String> {
        let part = |id: Option<Uuid>| id.map_or_else(|| "*".to_owned(), |id| id.to_string());
        Some(format!("{}/{}", part(self.topic_id), part(self.customer_type_id)))
    }

    fn check(&self, problems: &mut Problems) {
        if self.duration.is_some_and(|length| length.is_zero() || length > MAX_MEETING) {
            problems.add("/duration", "a meeting has to be longer than nothing and 7 days at most");
        }
        let around = |part: Option<Around>| part.map(|part| part.duration);
        let lengths = [
            ("/timeBetweenMeetings", self.time_between_meetings, MAX_AROUND, "it may be 7 days at most"),
            ("/workingTimeFromBooking", self.working_time_from_booking, MAX_NOTICE, "it may be 366 days at most"),
            ("/calendarTimeFromBooking", self.calendar_time_from_booking, MAX_NOTICE, "it may be 366 days at most"),
            ("/preProcessing/duration", around(self.pre_processing), MAX_AROUND, "it may be 7 days at most"),
            ("/postProcessing/duration", around(self.post_processing), MAX_AROUND, "it may be 7 days at most"),
            ("/travelBuffer/duration", around(self.travel_buffer), MAX_AROUND, "it may be 7 days at most"),
        ];
        for (field, length, most, message) in lengths {
            if length.is_some_and(|length| length > most) {
                problems.add(field, message);
            }
        }
    }

    fn references(&self) -> Vec<Reference> {
        let named = [
            ("/topicId", Target::Topic, self.topic_id),
            ("/customerTypeId", Target::CustomerType, self.customer_type_id),
        ];
        let reference = |(field, target, id): (&str, Target, Option<Uuid>)| {
            id.map(|id| Reference { field: field.to_owned(), target, id })
        };
        named.into_iter().filter_map(reference).collect()
    }
}

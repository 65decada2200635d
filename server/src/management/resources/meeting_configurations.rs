//! How meetings of a topic and a customer type are: rows, of which the closest counts as a whole.

use std::sync::Arc;

use engage_bookme::model::{Around, Kept, MeetingConfiguration};
use engage_bookme::values::{MeetingType, ShowAs, TimeSpan, WhoCanBook};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::api::call::{Answer, Call, Reply};
use crate::api::given::Given;
use crate::management::Management;
use crate::management::describe::Patches as _;
use crate::management::part::Part;
use crate::management::values::{self, Told, each};
use crate::openapi::{Described, Shape};

/// How meetings of a topic and a customer type are. The closest row counts as a whole, an incomplete one too: topic and customer
/// type, a topic above it and the customer type, any topic and the customer type, then the same with any customer type.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "MeetingConfiguration")]
pub(in crate::management) struct Row {
    /// The id of the row.
    #[serde(skip_deserializing)]
    #[schemars(transform = values::only_told)]
    id: Uuid,
    /// The topic; `null`: any.
    topic_id: Option<Uuid>,
    /// The customer type; `null`: any. No two rows are for the same topic and customer type.
    customer_type_id: Option<Uuid>,
    /// Who may book; left out: customers too.
    #[serde(default = "customers")]
    who_can_book: Told<WhoCanBook>,
    /// Whether the customer's own advisor is among the choices.
    #[serde(default)]
    offer_fixed_employee: bool,
    /// How long a meeting is, 7 days at most; `null`: an hour.
    duration: Option<Told<TimeSpan>>,
    /// Which types there may be. Of none nothing is offered.
    #[serde(default)]
    meeting_types: Vec<Told<MeetingType>>,
    /// The least time between two meetings, 7 days at most.
    time_between_meetings: Option<Told<TimeSpan>>,
    /// Notice that customers have to give, in hours that the employee works; 366 days at most.
    working_time_from_booking: Option<Told<TimeSpan>>,
    /// Notice that customers have to give, in elapsed time; 366 days at most.
    calendar_time_from_booking: Option<Told<TimeSpan>>,
    /// Whether Saturdays and Sundays do not count as elapsed.
    #[serde(default)]
    exclude_weekend: bool,
    /// Time before the meeting.
    pre_processing: Option<TimeAround>,
    /// Time after the meeting.
    post_processing: Option<TimeAround>,
    /// Time in addition to each way of a meeting that has one.
    travel_buffer: Option<TimeAround>,
}

fn customers() -> Told<WhoCanBook> {
    Told(WhoCanBook::Customers)
}

/// Time around a meeting.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct TimeAround {
    /// How long, 7 days at most.
    duration: Told<TimeSpan>,
    /// How it is shown; `null`: busy.
    show_as: Option<Told<ShowAs>>,
}

impl From<Around> for TimeAround {
    fn from(Around { duration, show_as }: Around) -> Self {
        Self { duration: Told(duration), show_as: show_as.map(Told) }
    }
}

impl Part for Row {
    type Of = MeetingConfiguration;
    const FIXED: &'static [&'static str] = &["id"];

    fn of(kept: &Kept<MeetingConfiguration>) -> Self {
        let row = &kept.value;
        Self {
            id: kept.id,
            topic_id: row.topic_id,
            customer_type_id: row.customer_type_id,
            who_can_book: Told(row.who_can_book),
            offer_fixed_employee: row.offer_fixed_employee,
            duration: row.duration.map(Told),
            meeting_types: each(&row.meeting_types),
            time_between_meetings: row.time_between_meetings.map(Told),
            working_time_from_booking: row.working_time_from_booking.map(Told),
            calendar_time_from_booking: row.calendar_time_from_booking.map(Told),
            exclude_weekend: row.exclude_weekend,
            pre_processing: row.pre_processing.map(TimeAround::from),
            post_processing: row.post_processing.map(TimeAround::from),
            travel_buffer: row.travel_buffer.map(TimeAround::from),
        }
    }

    fn read(given: &mut Given<'_>, into: &mut MeetingConfiguration) {
        *into = MeetingConfiguration {
            topic_id: given.id("topicId"),
            customer_type_id: given.id("customerTypeId"),
            who_can_book: given.parsed("whoCanBook").unwrap_or(WhoCanBook::Customers),
            offer_fixed_employee: given.flag("offerFixedEmployee").unwrap_or(false),
            duration: given.parsed("duration"),
            meeting_types: given.all_parsed("meetingTypes"),
            time_between_meetings: given.parsed("timeBetweenMeetings"),
            working_time_from_booking: given.parsed("workingTimeFromBooking"),
            calendar_time_from_booking: given.parsed("calendarTimeFromBooking"),
            exclude_weekend: given.flag("excludeWeekend").unwrap_or(false),
            pre_processing: given.object("preProcessing", around),
            post_processing: given.object("postProcessing", around),
            travel_buffer: given.object("travelBuffer", around),
        };
    }
}

fn around(given: &mut Given<'_>) -> Option<Around> {
    let (duration, show_as) = (given.parsed("duration"), given.parsed("showAs"));
    Some(Around { duration: given.needed("duration", duration)?, show_as })
}

/// The row that holds for a topic and a customer type.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct Effective {
    /// The row; `null`: none is, and nothing can be booked for the topic.
    configuration: Option<Row>,
    /// By what it is for the topic; `null` where there is no row.
    topic_match: Option<Match>,
    /// By what it is for the customer type; `null` where there is no row.
    customer_type_match: Option<Match>,
}

/// How close a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
enum Match {
    /// It names what was asked for.
    Exact,
    /// It names a topic above.
    Ancestor,
    /// It is for any.
    Any,
}

fn matched(named: Option<Uuid>, asked: Option<Uuid>) -> Match {
    match named {
        None => Match::Any,
        Some(named) if Some(named) == asked => Match::Exact,
        Some(_) => Match::Ancestor,
    }
}

pub(super) async fn effective(management: Arc<Management>, mut call: Call) -> Answer {
    let (topic, kind) = (call.query.id("topicId"), call.query.id("customerTypeId"));
    call.query.finish()?;
    let found = management.bookme.configuration_for(&call.tenancy, topic, kind).await?;
    let found = found.as_ref();
    Reply::of(&Effective {
        configuration: found.map(Row::of),
        topic_match: found.map(|kept| matched(kept.value.topic_id, topic)),
        customer_type_match: found.map(|kept| matched(kept.value.customer_type_id, kind)),
    })
}

/// What the operations say of themselves.
pub(super) fn described() -> Vec<Described> {
    let row = Shape::of::<Row>();
    vec![
        Described::new("MeetingConfigurations_list", TAG, "List the rows").answers(
            200,
            Shape::of::<Vec<Row>>(),
            json!([told()]),
        ),
        Described::new("MeetingConfigurations_create", TAG, "Make a row")
            .says("409 `DUPLICATE` where a row is for the same topic and customer type.")
            .takes(row, sent())
            .answers(201, row, told())
            .refuses([409]),
        Described::new(
            "MeetingConfigurations_effective",
            TAG,
            "Read the row that holds for a topic and a customer type",
        )
        .query::<Uuid>("topicId", "The topic; without one, rows for any topic are looked at.")
        .query::<Uuid>("customerTypeId", "The customer type; without one, rows for any customer type are looked at.")
        .answers(
            200,
            Shape::of::<Effective>(),
            json!({"configuration": told(), "topicMatch": "Exact", "customerTypeMatch": "Any"}),
        ),
        Described::new("MeetingConfigurations_get", TAG, "Read a row").answers(200, row, told()),
        Described::new("MeetingConfigurations_replace", TAG, "Replace a row")
            .says("What is left out is unset. Meetings that are booked keep the row as it was.")
            .takes(row, general())
            .answers(200, row, told())
            .refuses([409]),
        Described::new("MeetingConfigurations_patch", TAG, "Change a row")
            .says("Meetings that are booked keep the row as it was.")
            .patched(json!([{"op": "replace", "path": "/duration", "value": "00:45:00"}]))
            .answers(200, row, told())
            .refuses([409]),
        Described::new("MeetingConfigurations_delete", TAG, "Remove a row")
            .says("Meetings that are booked keep it.")
            .done(204)
            .refuses([409]),
    ]
}

const TAG: &str = "Meeting configuration";
const ID: &str = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0001";

/// A row that makes sense, as it is sent.
fn sent() -> Value {
    json!({
        "topicId": ID,
        "customerTypeId": ID,
        "whoCanBook": "Customers",
        "offerFixedEmployee": true,
        "duration": "00:45:00",
        "meetingTypes": ["Physical", "Online"],
        "timeBetweenMeetings": "00:15:00",
        "workingTimeFromBooking": "04:00:00",
        "calendarTimeFromBooking": null,
        "excludeWeekend": false,
        "preProcessing": {"duration": "00:10:00", "showAs": "Free"},
        "postProcessing": null,
        "travelBuffer": null,
    })
}

/// The same for any topic.
fn general() -> Value {
    with("topicId", Value::Null)
}

fn told() -> Value {
    with("id", ID.into())
}

fn with(name: &str, value: Value) -> Value {
    let mut row = sent();
    if let Some(members) = row.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
    row
}

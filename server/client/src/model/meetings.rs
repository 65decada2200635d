//! Meetings.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{BookedBy, Instant, MeetingType, TimeSpan};

/// A meeting.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Meeting {
    /// Its id.
    pub id: Uuid,
    /// Who booked it.
    pub booked_by: BookedBy,
    /// Its record in the CRM.
    pub salesforce_id: Option<String>,
    /// What kind of customer it is for.
    pub customer_type_id: Option<Uuid>,
    /// What it is about.
    pub topic_id: Option<Uuid>,
    /// The slot that it takes; none while it has no time.
    pub time_slot_id: Option<Uuid>,
    /// Its title. It is erased about a month after the meeting.
    pub title: Option<String>,
    /// What else is said of it.
    pub description: Option<String>,
    /// Who else takes part.
    pub additional_employees: Vec<Uuid>,
    /// In which room.
    pub room_id: Option<Uuid>,
    /// How people meet.
    #[serde(rename = "type")]
    pub meeting_type: MeetingType,
    /// Whose meeting it is.
    pub employee_id: Uuid,
    /// The customer, as the CRM knows him; none of meetings among employees.
    pub customer_id: Option<String>,
    /// Where to meet online.
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v2")))]
    pub video_link: Option<String>,
    /// Whether it takes the time of employees, where it is one among them.
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3")))]
    pub show_as_busy: bool,
    /// Where the way there begins.
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3")))]
    pub start_address: Option<String>,
    /// Where the way back ends.
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3")))]
    pub end_address: Option<String>,
    /// How long the way there is.
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3")))]
    pub travel_before: Option<TimeSpan>,
    /// How long the way back is.
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3")))]
    pub travel_after: Option<TimeSpan>,
    /// When it begins; none while it has no time.
    pub start_date: Option<Instant>,
    /// When it ends.
    pub end_date: Option<Instant>,
    /// When it was booked.
    pub date_created: Instant,
    /// When it was last changed.
    pub date_modified: Instant,
    /// The portal on which it was booked.
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v2")))]
    pub portal_id: Option<Uuid>,
    /// What was filled in on the portal.
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v2")))]
    pub custom_fields: Vec<CustomField>,
    /// Who else was named on the portal.
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v2")))]
    pub external_attendees: Vec<Attendee>,
    /// Whether it is one among employees.
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3")))]
    pub is_internal: bool,
    /// Whether people are told of it.
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3")))]
    pub send_confirmation: bool,
}

/// A field of a portal, filled in.
#[derive(Debug, Clone, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CustomField {
    /// The `name` of the field.
    pub key: String,
    /// What was filled in.
    #[serde(default)]
    pub value: String,
}

/// Somebody of elsewhere who takes part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Attendee {
    /// The name.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 255)))]
    pub name: String,
    /// The address of e-mail.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 255), regex(pattern = r"\S")))]
    pub email: String,
}

/// A meeting that is to be. Its time is a slot that was reserved, or `startDate` and `endDate`; without either it has no time yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateMeeting {
    /// Who books. Needed, unless a customer calls: then it is he.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub booked_by: Option<BookedBy>,
    /// Its record in the CRM. Needed where the CRM is Salesforce.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 255)))]
    pub salesforce_id: Option<String>,
    /// What kind of customer it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("x-required-in" = "v1")))]
    pub customer_type_id: Option<Uuid>,
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("x-required-in" = "v1")))]
    pub topic_id: Option<Uuid>,
    /// The slot that was reserved for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("x-required-in" = "v1")))]
    pub time_slot_id: Option<Uuid>,
    /// Its title.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 1000)))]
    pub title: Option<String>,
    /// What else is said of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 20000)))]
    pub description: Option<String>,
    /// Who else takes part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = 100)))]
    pub additional_employees: Vec<Uuid>,
    /// In which room. Where the location adds rooms, one that is free is found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_id: Option<Uuid>,
    /// How people meet.
    #[serde(rename = "type")]
    pub meeting_type: MeetingType,
    /// Whose meeting it is.
    pub employee_id: Uuid,
    /// The customer, as the CRM knows him. Needed, unless it is a meeting among employees, or a customer calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 255)))]
    pub customer_id: Option<String>,
    /// Where to meet online.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v2"), length(max = 4000)))]
    pub video_link: Option<String>,
    /// When it begins, without a slot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_date: Option<Instant>,
    /// When it ends, without a slot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_date: Option<Instant>,
    /// Whether it may stand beside what blocks its time. Not for customers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ignore_time_slot_conflicts: Option<bool>,
    /// The portal on which it is booked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v2")))]
    pub portal_id: Option<Uuid>,
    /// What was filled in on the portal. It counts where a portal books.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v2")))]
    pub custom_fields: Vec<CustomField>,
    /// Who else was named on the portal.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v2"), length(max = 100)))]
    pub external_attendees: Vec<Attendee>,
    /// The number of the Danish register of persons. It is taken and never shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v2"), regex(pattern = r"^[0-9]{6}-[0-9]{4}$")))]
    pub cpr: Option<String>,
    /// Whether it is one among employees. Not for customers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3")))]
    pub is_internal: Option<bool>,
    /// Whether it takes the time of employees, where it is one among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3")))]
    pub show_as_busy: Option<bool>,
    /// Whether people are told of it; they are, where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3")))]
    pub send_confirmation: Option<bool>,
    /// Where the way there begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3"), length(max = 1000)))]
    pub start_address: Option<String>,
    /// Where the way back ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3"), length(max = 1000)))]
    pub end_address: Option<String>,
    /// How long the way there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3")))]
    pub travel_before: Option<TimeSpan>,
    /// How long the way back is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3")))]
    pub travel_after: Option<TimeSpan>,
}

/// Which meetings are listed. All that is said has to hold.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct MeetingsQuery {
    /// The meeting of this slot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_slot_id: Option<Uuid>,
    /// Meetings that this employee has, or takes part in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employee_id: Option<Uuid>,
    /// Meetings that were changed then or later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_date_modified: Option<Instant>,
    /// Meetings that were changed then or earlier.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_date_modified: Option<Instant>,
}

/// Who cancels, and why.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CancelQuery {
    /// Who cancels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3"), length(max = 1000)))]
    pub cancelled_by: Option<String>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3"), length(max = 1000)))]
    pub cancellation_reason: Option<String>,
    /// The portal whose playbooks are run: the meeting's own, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3")))]
    pub portal_id: Option<Uuid>,
}

/// What stands in a file for calendars; what is left out is as the organisation has it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ICalTexts {
    /// The title.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

/// In which languages texts are told.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LanguageQuery {
    /// One language alone, or `all`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3", "examples" = ["en-GB"])))]
    pub lang: Option<String>,
}

impl CreateMeeting {
    /// A meeting of an employee, of whom and how, and nothing else said.
    ///
    /// ```
    /// use engage_client::model::{BookedBy, CreateMeeting, MeetingType};
    /// use uuid::Uuid;
    ///
    /// let meeting = CreateMeeting {
    ///     booked_by: Some(BookedBy::Customer),
    ///     customer_id: Some("0015g00000XyZ".to_owned()),
    ///     ..CreateMeeting::new(MeetingType::Online, Uuid::nil())
    /// };
    /// assert_eq!(meeting.title, None);
    /// ```
    #[must_use]
    pub const fn new(meeting_type: MeetingType, employee_id: Uuid) -> Self {
        Self {
            meeting_type,
            employee_id,
            booked_by: None,
            salesforce_id: None,
            customer_type_id: None,
            topic_id: None,
            time_slot_id: None,
            title: None,
            description: None,
            additional_employees: Vec::new(),
            room_id: None,
            customer_id: None,
            video_link: None,
            start_date: None,
            end_date: None,
            ignore_time_slot_conflicts: None,
            portal_id: None,
            custom_fields: Vec::new(),
            external_attendees: Vec::new(),
            cpr: None,
            is_internal: None,
            show_as_busy: None,
            send_confirmation: None,
            start_address: None,
            end_address: None,
            travel_before: None,
            travel_after: None,
        }
    }
}

//! What a meeting is.

use std::collections::BTreeMap;

use engage_store::platform as store;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::MeetingConfiguration;
use crate::values::{BookedBy, CreationStrategy, MeetingType, SlotStatus, TimeSpan};
use crate::{Error, Problems};

/// Somebody of another organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attendee {
    /// The name.
    pub name: String,
    /// The e-mail address.
    pub email: String,
}

/// What may be said of a meeting, and changed while it lies ahead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MeetingDetails {
    /// What the CRM calls what the meeting belongs to.
    #[serde(default)]
    pub salesforce_id: Option<String>,
    /// The customer type.
    #[serde(default)]
    pub customer_type_id: Option<Uuid>,
    /// The topic.
    #[serde(default)]
    pub topic_id: Option<Uuid>,
    /// The title.
    #[serde(default)]
    pub title: Option<String>,
    /// The description.
    #[serde(default)]
    pub description: Option<String>,
    /// Where people meet by video.
    #[serde(default)]
    pub video_link: Option<String>,
    /// Who takes part beside the owner.
    #[serde(default)]
    pub additional_employees: Vec<Uuid>,
    /// The room.
    #[serde(default)]
    pub room_id: Option<Uuid>,
    /// How people meet.
    #[serde(rename = "type")]
    pub meeting_type: MeetingType,
    /// Whose meeting it is.
    pub employee_id: Uuid,
    /// Which customer it is with.
    pub customer_id: Option<String>,
    /// The location, by its key; none: where the owner is that day.
    #[serde(default)]
    pub location: Option<String>,
    /// Where the way to it begins.
    #[serde(default)]
    pub start_address: Option<String>,
    /// Where it is, away from any location.
    #[serde(default)]
    pub end_address: Option<String>,
    /// The way there.
    #[serde(default)]
    pub travel_before: Option<TimeSpan>,
    /// The way back.
    #[serde(default)]
    pub travel_after: Option<TimeSpan>,
    /// Whether an internal meeting is shown as busy. With a room or somebody else it always is.
    #[serde(default)]
    pub show_as_busy: bool,
}

/// A meeting to book.
#[derive(Clone, PartialEq, Eq)]
pub struct Booking {
    /// What is said of it.
    pub details: MeetingDetails,
    /// Who books.
    pub booked_by: BookedBy,
    /// The slot that is held for it.
    pub time_slot_id: Option<Uuid>,
    /// Without a slot, the time: held and booked at once. Without either it has no time yet.
    pub time: Option<(Timestamp, Timestamp)>,
    /// It is a meeting of staff.
    pub is_internal: bool,
    /// Whether customers are written to.
    pub send_confirmation: bool,
    /// The portal in which it is booked; counts where [`booked_by`](Self::booked_by) says so.
    pub portal_id: Option<Uuid>,
    /// What was filled in in the portal.
    pub custom_fields: BTreeMap<String, String>,
    /// The Danish personal id of the customer: it goes to the CRM under a seal, and stays nowhere.
    pub cpr: Option<String>,
    /// Who else comes, as the portal was told.
    pub external_attendees: Vec<Attendee>,
    /// Staff wants the time though it is taken.
    pub ignore_conflicts: bool,
    /// Whether a meeting at the customer's place has to say where that is: who cannot say it is not asked.
    pub needs_address: bool,
}

impl std::fmt::Debug for Booking {
    /// Nothing that somebody filled in.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Booking").field("details", &self.details).field("time", &self.time).finish_non_exhaustive()
    }
}

/// What is so personal of a booking that it is told under a seal alone: in clear, and later what stands for it.
#[derive(Clone, Default)]
pub(crate) struct Personal {
    pub(crate) cpr: Option<String>,
    /// Of what was filled in in the portal, by key.
    pub(crate) fields: BTreeMap<String, String>,
}

/// What is to become of a meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeetingChange {
    /// What is said of it from now on.
    pub details: MeetingDetails,
    /// Where it is moved to, if it is: a slot that is held for that.
    pub time_slot_id: Option<Uuid>,
    /// As of a [`Booking`].
    pub needs_address: bool,
}

/// What the store keeps of a meeting as one text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Body {
    pub(super) details: MeetingDetails,
    pub(super) booked_by: BookedBy,
    #[serde(default)]
    pub(super) is_internal: bool,
    pub(super) send_confirmation: bool,
    #[serde(default)]
    pub(super) portal_id: Option<Uuid>,
    #[serde(default)]
    pub(super) portal_name: Option<String>,
    #[serde(default)]
    pub(super) strategy: Option<CreationStrategy>,
    /// The mapping that writes it into the CRM, as the portal said when it was booked.
    #[serde(default)]
    pub(super) crm_mapping_id: Option<Uuid>,
    #[serde(default)]
    pub(super) custom_fields: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) external_attendees: Vec<Attendee>,
    #[serde(default)]
    pub(super) configuration_id: Option<Uuid>,
    #[serde(default)]
    pub(super) configuration: Option<MeetingConfiguration>,
    #[serde(default)]
    pub(super) time_slot_id: Option<Uuid>,
    /// How often it was moved.
    #[serde(default)]
    pub(super) sequence: u32,
    #[serde(default)]
    pub(super) cancelled_by: Option<String>,
    #[serde(default)]
    pub(super) reason: Option<String>,
    #[serde(default)]
    pub(super) ignores_conflicts: bool,
    /// What tells whether other people come than was told last; nothing about them.
    #[serde(default)]
    pub(super) attendance: Option<Uuid>,
}

/// A meeting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// Its id, for ever.
    pub id: Uuid,
    /// What is said of it.
    pub details: MeetingDetails,
    /// Who booked.
    pub booked_by: BookedBy,
    /// When it begins; nothing where it has no time yet.
    pub start: Option<Timestamp>,
    /// When it ends.
    pub end: Option<Timestamp>,
    /// The slot of its owner.
    pub time_slot_id: Option<Uuid>,
    /// It is a meeting of staff.
    pub is_internal: bool,
    /// Whether customers are written to.
    pub send_confirmation: bool,
    /// The portal in which it was booked.
    pub portal_id: Option<Uuid>,
    /// What that was called.
    pub portal_name: Option<String>,
    /// What was filled in there.
    pub custom_fields: BTreeMap<String, String>,
    /// Who else comes.
    pub external_attendees: Vec<Attendee>,
    /// The row of the meeting configuration that holds for it, for ever.
    pub configuration_id: Option<Uuid>,
    /// How often it was moved.
    pub sequence: u32,
    /// When it was booked.
    pub created: Timestamp,
    /// When it was changed last.
    pub modified: Timestamp,
}

impl Body {
    pub(super) fn of(kept: &store::Meeting) -> Result<Self, Error> {
        serde_json::from_value(kept.body.clone()).map_err(|_| Error::senseless("a meeting"))
    }

    pub(super) fn json(&self) -> Result<serde_json::Value, Error> {
        serde_json::to_value(self).map_err(|_| Error::senseless("a meeting"))
    }

    pub(super) fn meeting(self, kept: &store::Meeting) -> Meeting {
        Meeting {
            id: kept.id,
            details: self.details,
            booked_by: self.booked_by,
            start: kept.starts,
            end: kept.ends,
            time_slot_id: self.time_slot_id,
            is_internal: self.is_internal,
            send_confirmation: self.send_confirmation,
            portal_id: self.portal_id,
            portal_name: self.portal_name,
            custom_fields: self.custom_fields,
            external_attendees: self.external_attendees,
            configuration_id: self.configuration_id,
            sequence: self.sequence,
            created: kept.created,
            modified: kept.modified,
        }
    }

    /// What its owner's calendar shows.
    pub(super) fn status(&self) -> SlotStatus {
        let details = &self.details;
        let busy = details.show_as_busy || details.room_id.is_some() || !details.additional_employees.is_empty();
        match (self.is_internal, busy) {
            (false, _) => SlotStatus::Booked,
            (true, true) => SlotStatus::BookedInternalBusy,
            (true, false) => SlotStatus::BookedInternalFree,
        }
    }

    /// Who takes part, the owner first.
    pub(super) fn participants(&self) -> Vec<Uuid> {
        let details = &self.details;
        std::iter::once(details.employee_id).chain(details.additional_employees.iter().copied()).collect()
    }
}

impl MeetingDetails {
    /// Puts it into the form in which it is kept.
    pub(super) fn normalise(&mut self) {
        let owner = self.employee_id;
        self.additional_employees.retain(|id| *id != owner);
        crate::model::distinct_ids(&mut self.additional_employees);
    }

    pub(super) fn check(&self, needs_address: bool, problems: &mut Problems) {
        let texts = [
            ("/salesforceId", &self.salesforce_id, 255),
            ("/title", &self.title, 1_000),
            ("/description", &self.description, 20_000),
            ("/videoLink", &self.video_link, 4_000),
            ("/customerId", &self.customer_id, 255),
            ("/location", &self.location, 255),
            ("/startAddress", &self.start_address, 1_000),
            ("/endAddress", &self.end_address, 1_000),
        ];
        for (field, text, most) in texts {
            problems.length(field, text.as_deref().unwrap_or_default(), most);
        }
        problems.count("/additionalEmployees", self.additional_employees.len(), 100);
        if needs_address
            && self.meeting_type == MeetingType::Offsite
            && self.end_address.as_deref().unwrap_or_default().trim().is_empty()
        {
            problems.add("/endAddress", "a meeting at the customer's place needs an address");
        }
        for (field, way) in [("/travelBefore", self.travel_before), ("/travelAfter", self.travel_after)] {
            if way.is_some_and(|way| way > TimeSpan::days(1)) {
                problems.add(field, "a way may take a day at most");
            }
        }
    }
}

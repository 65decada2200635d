//! The trigger table: what each trigger gives, and whether an employee acts.
//!
//! Objects of the platform are open: a later version of it may add keys, which no playbook can name before. `Internal` and
//! `CustomerId` of a meeting, and `Attendees`, are more than the platform promises, so they may be absent. `CrmMappingId` is
//! there where a mapper writes a meeting that was booked in a portal, and no playbook of its own. `Cpr`, and what a portal asks
//! as a personal id, are there under a seal: what stands for one is written to a CRM as the whole of a field, and is nothing else. Names of choices are
//! taken in any case (`OffSite`) and given to the blocks as they stand here.

use crate::model::{Trigger, TriggerKind};
use crate::types::{Object, Rest, Shape, Type, declared, of_schema};

/// Whether an employee acts when a trigger fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TriggerActing {
    /// Always.
    Employee,
    /// Never.
    None,
    /// Sometimes; checked as never.
    Maybe,
}

impl TriggerActing {
    /// The word in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Employee => "employee",
            Self::None => "none",
            Self::Maybe => "maybe",
        }
    }
}

/// Whether an employee acts when a kind of trigger fires.
pub fn acting(kind: TriggerKind) -> TriggerActing {
    match kind {
        // An overview is shown to the employee who asked for it.
        TriggerKind::CustomerOverview => TriggerActing::Employee,
        // Booked by an employee, a program or a citizen; ended by the employee or found abandoned; run by a person or a
        // program.
        TriggerKind::MeetMeetingEnded
        | TriggerKind::MeetingBooked
        | TriggerKind::MeetingUpdated
        | TriggerKind::MeetingCancelled
        | TriggerKind::AttendanceRecorded
        | TriggerKind::Manual => TriggerActing::Maybe,
        TriggerKind::PortalMeetings
        | TriggerKind::PortalMeetingCancelled
        | TriggerKind::TranscriptReady
        | TriggerKind::EmployeeProvisioned
        | TriggerKind::EmployeeDeprovisioned
        | TriggerKind::RoomProvisioned
        | TriggerKind::Schedule
        | TriggerKind::Webhook => TriggerActing::None,
    }
}

/// What an event is about, where its data says so: the meeting, the employee, the room. Events about one of them take effect one
/// after the other.
pub fn subject(kind: TriggerKind, data: &serde_json::Value) -> Option<&str> {
    let found = match kind {
        TriggerKind::PortalMeetings
        | TriggerKind::MeetingBooked
        | TriggerKind::MeetingUpdated
        | TriggerKind::MeetingCancelled
        | TriggerKind::AttendanceRecorded => data.pointer("/Meeting/Id"),
        TriggerKind::PortalMeetingCancelled | TriggerKind::TranscriptReady | TriggerKind::MeetMeetingEnded => {
            data.get("MeetingId")
        }
        TriggerKind::EmployeeProvisioned | TriggerKind::EmployeeDeprovisioned => data.pointer("/Employee/Id"),
        TriggerKind::RoomProvisioned => data.pointer("/Room/Id"),
        TriggerKind::CustomerOverview | TriggerKind::Schedule | TriggerKind::Webhook | TriggerKind::Manual => None,
    };
    found.and_then(serde_json::Value::as_str)
}

/// What a trigger gives: the type of its event's data.
///
/// | trigger | data |
/// |---|---|
/// | `PortalMeetings` | `Meeting`, `PortalId`, `PortalName` |
/// | `PortalMeetingCancelled` | `MeetingId`, `PortalId`, `CancelledBy`, `Reason` |
/// | `CustomerOverview` | `AccountId` |
/// | `TranscriptReady` | `MeetingId`, `TranscriptId`, `Transcript` |
/// | `MeetMeetingEnded` | `MeetingId`, `Context`: `Language`, `Topic`, `Participants`, `Goals` |
/// | `MeetingBooked`, `MeetingUpdated` | `Meeting` |
/// | `MeetingCancelled` | `Meeting`, `CancelledBy`, `Reason` |
/// | `AttendanceRecorded` | `Meeting`, `Attendees` |
/// | `EmployeeProvisioned`, `EmployeeDeprovisioned` | `Employee` |
/// | `RoomProvisioned` | `Room` |
/// | `Schedule` | `FireTime` |
/// | `Webhook` | its body, of the schema that it declares |
/// | `Manual` | the inputs that it declares |
///
/// `None` for a body whose schema cannot be read.
pub fn data(trigger: &Trigger) -> Option<Type> {
    Some(match trigger.kind {
        TriggerKind::PortalMeetings => Type::open([
            ("Meeting", meeting()),
            ("PortalId", Type::text()),
            ("PortalName", Type::text().optional().nullable()),
        ]),
        TriggerKind::PortalMeetingCancelled => Type::open([
            ("MeetingId", Type::text()),
            ("PortalId", Type::text()),
            ("CancelledBy", maybe_text()),
            ("Reason", maybe_text()),
        ]),
        TriggerKind::CustomerOverview => Type::open([("AccountId", Type::of(Shape::Id(None)))]),
        TriggerKind::TranscriptReady => {
            Type::open([("MeetingId", Type::text()), ("TranscriptId", Type::text()), ("Transcript", Type::text())])
        }
        TriggerKind::MeetMeetingEnded => Type::open([("MeetingId", Type::text()), ("Context", context())]),
        TriggerKind::MeetingBooked | TriggerKind::MeetingUpdated => Type::open([("Meeting", meeting())]),
        TriggerKind::MeetingCancelled => {
            Type::open([("Meeting", meeting()), ("CancelledBy", maybe_text()), ("Reason", maybe_text())])
        }
        TriggerKind::AttendanceRecorded => {
            Type::open([("Meeting", meeting()), ("Attendees", Type::list(attendee()).optional().nullable())])
        }
        TriggerKind::EmployeeProvisioned | TriggerKind::EmployeeDeprovisioned => Type::open([("Employee", employee())]),
        TriggerKind::RoomProvisioned => Type::open([("Room", room())]),
        TriggerKind::Schedule => Type::open([("FireTime", Type::of(Shape::DateTime))]),
        TriggerKind::Webhook => match &trigger.body {
            None => Type::any().nullable(),
            Some(schema) => of_schema(schema).ok()?,
        },
        TriggerKind::Manual => Type::object(trigger.inputs.iter().map(|input| (input.name.as_str(), declared(input)))),
    })
}

fn maybe_text() -> Type {
    Type::text().optional().nullable()
}

fn choice(names: &[&str]) -> Type {
    Type::of(Shape::Choice(names.iter().map(|name| (*name).to_owned()).collect()))
}

fn meeting() -> Type {
    let person = || Type::open([("Name", maybe_text()), ("Email", Type::text())]);
    let custom = Object { rest: Rest::Map(Box::new(Type::text().nullable())), ..Object::default() };
    Type::open([
        ("Id", Type::text()),
        ("Title", Type::text()),
        ("Description", maybe_text()),
        ("StartDate", Type::of(Shape::DateTime)),
        ("EndDate", Type::of(Shape::DateTime)),
        ("Type", choice(&["Physical", "Online", "Telephone", "Offsite"])),
        ("Internal", Type::of(Shape::Boolean).optional().nullable()),
        ("Location", maybe_text()),
        ("RoomName", maybe_text()),
        ("VideoLink", maybe_text()),
        ("CustomerId", Type::of(Shape::Id(None)).optional().nullable()),
        ("MeetingOwner", Type::open([("Id", Type::text()), ("Name", Type::text()), ("Email", Type::text())])),
        ("AdditionalAdvisors", Type::list(person())),
        ("ExternalAttendees", Type::list(person())),
        ("Theme", maybe_text()),
        ("CustomerCategory", maybe_text()),
        ("Cpr", maybe_text()),
        ("CustomFields", Type::of(Shape::Object(std::sync::Arc::new(custom)))),
        ("BookedBy", maybe_text()),
        ("CrmMappingId", maybe_text()),
    ])
}

fn context() -> Type {
    let participant = Type::open([("Name", maybe_text()), ("Email", maybe_text())]);
    let states = choice(&["NotStarted", "Addressed", "Completed"]);
    Type::open([
        ("Language", maybe_text()),
        ("Topic", maybe_text()),
        ("Participants", Type::list(participant)),
        ("Goals", Type::list(Type::open([("Name", Type::text()), ("State", states)]))),
    ])
}

fn attendee() -> Type {
    Type::open([
        ("Name", maybe_text()),
        ("Email", Type::text()),
        ("EmployeeId", maybe_text()),
        ("Status", choice(&["None", "Accepted", "Tentative", "Declined"])),
    ])
}

fn employee() -> Type {
    Type::open([
        ("Id", Type::text()),
        ("DisplayName", Type::text()),
        ("FirstName", Type::text()),
        ("LastName", Type::text()),
        ("Email", Type::text()),
        ("Initials", Type::text()),
        ("Location", maybe_text()),
        ("ExternalId", maybe_text()),
        ("Labels", Type::list(Type::text())),
    ])
}

fn room() -> Type {
    Type::open([
        ("Id", Type::text()),
        ("Name", Type::text()),
        ("Email", Type::text()),
        ("Location", Type::text()),
        ("CanBeBooked", Type::of(Shape::Boolean)),
        ("Labels", Type::list(Type::text())),
    ])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::types::take_in;

    #[test]
    fn every_trigger_has_data_and_says_who_acts() {
        for kind in TriggerKind::ALL {
            assert!(data(&Trigger::new(kind)).is_some(), "{kind}");
        }
        assert_eq!(acting(TriggerKind::PortalMeetings).name(), "none");
    }

    /// A meeting as the platform's own documentation spells it, field by field, and nothing beside.
    fn documented() -> Value {
        json!({
            "Id": "7", "Title": "Review", "Description": "Yearly", "StartDate": "2026-06-01T08:00:00Z",
            "EndDate": "2026-06-01T09:00:00Z", "Type": "OffSite", "Location": "Oslo", "RoomName": "Fjord",
            "VideoLink": "https://meet.example.com/7",
            "MeetingOwner": {"Id": "1", "Name": "Ann", "Email": "ann@example.com"},
            "AdditionalAdvisors": [{"Name": "Ben", "Email": "ben@example.com"}],
            "ExternalAttendees": [{"Name": "Bo", "Email": "bo@example.com"}],
            "Theme": "Pension", "CustomerCategory": "Private", "CustomFields": {"Loan": "yes"}, "BookedBy": "Employee"
        })
    }

    fn documented_data(kind: TriggerKind) -> Option<Value> {
        Some(match kind {
            TriggerKind::PortalMeetings => {
                json!({"Meeting": documented(), "PortalId": "retail", "PortalName": "Retail"})
            }
            TriggerKind::PortalMeetingCancelled => {
                json!({"MeetingId": "7", "PortalId": "retail", "CancelledBy": "Bo", "Reason": "Ill"})
            }
            TriggerKind::CustomerOverview => json!({"AccountId": "acme"}),
            TriggerKind::TranscriptReady => json!({"MeetingId": "7", "TranscriptId": "t", "Transcript": "Hello."}),
            TriggerKind::MeetMeetingEnded => json!({
                "MeetingId": "7",
                "Context": {
                    "Language": "da", "Participants": [{"Name": "Bo"}], "Topic": "Pension",
                    "Goals": [{"Name": "Risk", "State": "Addressed"}]
                }
            }),
            TriggerKind::MeetingBooked
            | TriggerKind::MeetingUpdated
            | TriggerKind::MeetingCancelled
            | TriggerKind::AttendanceRecorded => json!({"Meeting": documented()}),
            _ => return None,
        })
    }

    #[test]
    fn what_the_platform_documents_is_let_in() {
        let told: Vec<_> =
            TriggerKind::ALL.into_iter().filter_map(|kind| Some((kind, documented_data(kind)?))).collect();
        assert_eq!(told.len(), 9);
        for (kind, event) in told {
            let of = data(&Trigger::new(kind)).unwrap();
            let taken = take_in(&event, &of).unwrap_or_else(|wrong| panic!("{kind}: {wrong}"));
            let spelled = taken.pointer("/Meeting/Type").is_none_or(|of| of == "Offsite");
            assert!(spelled, "{kind}");
        }
    }

    #[test]
    fn events_of_one_meeting_have_one_subject() {
        let (whole, part) = (json!({"Meeting": {"Id": "7"}}), json!({"MeetingId": "7"}));
        assert_eq!(subject(TriggerKind::MeetingUpdated, &whole), Some("7"));
        assert_eq!(subject(TriggerKind::PortalMeetings, &whole), Some("7"));
        assert_eq!(subject(TriggerKind::PortalMeetingCancelled, &part), Some("7"));
        assert_eq!(subject(TriggerKind::Webhook, &whole), None);
        assert_eq!(subject(TriggerKind::MeetingBooked, &json!({"Meeting": 7})), None);
    }

    #[test]
    fn a_booked_meeting_is_let_in_with_keys_of_a_later_version() {
        let mut event = json!({"Meeting": documented()});
        event["Meeting"]["Mood"] = json!("good");
        event["Meeting"]["Internal"] = json!(true);
        let of = data(&Trigger::new(TriggerKind::MeetingBooked)).unwrap();
        assert!(take_in(&event, &of).is_ok());
        let wrong = json!({"Meeting": {"Id": 7}});
        assert_eq!(take_in(&wrong, &of).unwrap_err().0[0].path, "Meeting.AdditionalAdvisors");
    }
}

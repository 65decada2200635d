//! Time beyond the regular hours: extra time of employees, sign-ins to service groups, and which groups ask for them.

use std::sync::Arc;

use axum::http::StatusCode;
use engage_bookme::calendar::{NewWindow, TimeSlot, WindowQuery};
use engage_bookme::model::{Kept, ServiceGroup};
use engage_bookme::values::SlotStatus;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::api::call::{Answer, Call, Reply, told};
use crate::api::given::{Given, NOTHING};
use crate::management::Management;
use crate::management::part::Part;
use crate::management::values::{self, Told};
use crate::openapi::{Described, Shape};

/// Whether members of a service group count only while they are signed in to it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct DynamicAvailability {
    /// Which group.
    #[serde(skip_deserializing)]
    #[schemars(transform = values::only_told)]
    service_group_id: Uuid,
    /// Whether they do. Otherwise their regular hours count, and sign-ins beside them.
    dynamic_availability: bool,
}

impl Part for DynamicAvailability {
    type Of = ServiceGroup;
    const FIXED: &'static [&'static str] = &["serviceGroupId"];

    fn of(kept: &Kept<ServiceGroup>) -> Self {
        Self { service_group_id: kept.id, dynamic_availability: kept.value.dynamic_availability }
    }

    fn read(given: &mut Given<'_>, into: &mut ServiceGroup) {
        let sent = given.flag("dynamicAvailability");
        if let Some(is_dynamic) = given.needed("dynamicAvailability", sent) {
            into.dynamic_availability = is_dynamic;
        }
    }
}

/// What a window is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub(in crate::management) enum WindowKind {
    /// Extra time of an employee, for meetings by video and telephone.
    ExtraOpen,
    /// A sign-in to a service group, for the types that the group offers.
    AvailableForWork,
}

/// Time in which an employee can be met beside the regular hours. It is bound by neither workday nor opening hours; closing days and
/// whatever blocks a calendar hold all the same.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct AvailabilityWindow {
    /// The id of the window.
    id: Uuid,
    /// What it is.
    kind: WindowKind,
    /// Whose time it is.
    employee_id: Option<Uuid>,
    /// Of a sign-in, the service group.
    service_group_id: Option<Uuid>,
    /// When it begins.
    start_date: Told<Timestamp>,
    /// When it ends.
    end_date: Told<Timestamp>,
}

/// A window to open. With a service group it is a sign-in to it, otherwise extra time.
#[derive(Debug, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "it is read member by member, so that all that is wrong is told at once")]
pub(in crate::management) struct NewAvailabilityWindow {
    /// Whose time it is.
    employee_id: Uuid,
    /// The service group to sign in to, of which the employee is a member.
    service_group_id: Option<Uuid>,
    /// When it begins; left out: now.
    start_date: Option<Told<Timestamp>>,
    /// When it ends. Extra time needs an end; a sign-in without one ends at closing time, past that with the day.
    end_date: Option<Told<Timestamp>>,
}

impl From<TimeSlot> for AvailabilityWindow {
    fn from(slot: TimeSlot) -> Self {
        let is_extra = slot.status == SlotStatus::ExtraOpen;
        Self {
            id: slot.id,
            kind: if is_extra { WindowKind::ExtraOpen } else { WindowKind::AvailableForWork },
            employee_id: slot.employee_id,
            service_group_id: slot.service_group.and_then(|group| Uuid::try_parse(&group).ok()),
            start_date: Told(slot.start),
            end_date: Told(slot.end),
        }
    }
}

pub(super) async fn list(management: Arc<Management>, mut call: Call) -> Answer {
    let query = WindowQuery {
        from: call.query.instant("startDate"),
        until: call.query.instant("endDate"),
        employee_id: call.query.id("employeeId"),
        service_group_id: call.query.id("serviceGroupId"),
    };
    call.query.finish()?;
    let all = management.bookme.windows(&call.tenancy, &query).await?;
    Reply::of(&all.into_iter().map(AvailabilityWindow::from).collect::<Vec<_>>())
}

pub(super) async fn create(management: Arc<Management>, call: Call) -> Answer {
    let sent = call.object()?;
    let mut given = Given::new(&sent, &NOTHING);
    let employee = given.id("employeeId");
    let employee = given.needed("employeeId", employee);
    let service_group_id = given.id("serviceGroupId");
    let (start, end) = (given.instant("startDate"), given.instant("endDate"));
    let new = given.finish(employee.map(|employee_id| NewWindow { employee_id, service_group_id, start, end }))?;
    let slot = management.bookme.open_window(&call.tenancy, new).await?;
    Ok(call.created(slot.id, told(&AvailabilityWindow::from(slot))?))
}

pub(super) async fn close(management: Arc<Management>, call: Call) -> Answer {
    management.bookme.close_window(&call.tenancy, call.id()?).await?;
    Ok(Reply::Nothing(StatusCode::NO_CONTENT))
}

/// What the operations say of themselves.
pub(super) fn described() -> Vec<Described> {
    let id = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0001";
    let group = || json!({"serviceGroupId": id, "dynamicAvailability": true});
    let (dynamic, window) = (Shape::of::<DynamicAvailability>(), Shape::of::<AvailabilityWindow>());
    let told = || {
        json!({
            "id": id,
            "kind": "AvailableForWork",
            "employeeId": id,
            "serviceGroupId": id,
            "startDate": "2026-06-01T06:00:00Z",
            "endDate": "2026-06-01T15:00:00Z",
        })
    };
    vec![
        Described::new("DynamicAvailability_get", TAG, "Read whether members of a service group have to sign in")
            .answers(200, dynamic, group()),
        Described::new("DynamicAvailability_replace", TAG, "Say whether members of a service group have to sign in")
            .takes(dynamic, json!({"dynamicAvailability": true}))
            .answers(200, dynamic, group())
            .refuses([409]),
        Described::new("AvailabilityWindows_list", TAG, "List extra time and sign-ins")
            .says("By start. Those that external calendars bring are among them.")
            .query::<Told<Timestamp>>("startDate", "Those that end after it.")
            .query::<Told<Timestamp>>("endDate", "Those that begin before it.")
            .query::<Uuid>("employeeId", "Whose.")
            .query::<Uuid>("serviceGroupId", "Sign-ins to this group.")
            .answers(200, Shape::of::<Vec<AvailabilityWindow>>(), json!([told()])),
        Described::new("AvailabilityWindows_create", TAG, "Give an employee extra time, or sign one in to a service group")
            .takes(Shape::of::<NewAvailabilityWindow>(), json!({"employeeId": id, "serviceGroupId": id}))
            .answers(201, window, told())
            .refuses([409]),
        Described::new("AvailabilityWindows_delete", TAG, "End extra time, or sign an employee out")
            .says("One that has begun ends now, one that has not is gone. 409 of one that an external calendar brings: it is closed there.")
            .done(204)
            .refuses([409]),
    ]
}

const TAG: &str = "Availability";

//! When employees work.

use std::sync::Arc;

use engage_bookme::model::{Kept, Schedule, Workday};
use engage_bookme::values::MeetingType;
use serde_json::{Value, json};

use crate::api::Api;
use crate::api::call::{Answer, Call, Reply};
use crate::api::given::Given;
use crate::api::wire::{self, Members, View, Wire};

fn shown(day: &Workday) -> Value {
    let Workday { day_of_week, is_available, from, to, available_meeting_types, location } = day;
    let types: Vec<Value> = available_meeting_types.iter().map(|name| json!({"type": name})).collect();
    json!({
        "isAvailable": is_available,
        "dayOfWeek": day_of_week,
        "from": from,
        "to": to,
        "availableMeetingTypes": types,
        "location": location,
    })
}

fn read(given: &mut Given<'_>) -> Option<Workday> {
    let (day, from, to) = (given.parsed("dayOfWeek"), given.parsed("from"), given.parsed("to"));
    let (day, from, to) = (given.needed("dayOfWeek", day), given.needed("from", from), given.needed("to", to));
    let available_meeting_types = given.objects("availableMeetingTypes", |given| {
        let name = given.parsed::<MeetingType>("type");
        given.needed("type", name)
    });
    Some(Workday {
        day_of_week: day?,
        is_available: given.flag("isAvailable").unwrap_or(false),
        from: from?,
        to: to?,
        available_meeting_types,
        location: given.text("location"),
    })
}

impl Wire for Schedule {
    const FIXED: &'static [&'static str] = &["employeeId"];

    fn members(&self, _: &View) -> Members {
        let Self { employee_id, can_be_booked, is_only_explicitly_available, max_meeting_time_per_day, workdays } =
            self;
        wire::members(json!({
            "employeeId": employee_id,
            "isOnlyExplicitlyAvailable": is_only_explicitly_available,
            "canBeBooked": can_be_booked,
            "workdays": workdays.iter().map(shown).collect::<Vec<_>>(),
            "maxMeetingTimePerDay": max_meeting_time_per_day,
        }))
    }

    fn read(given: &mut Given<'_>, was: Option<&Self>, _: &View) -> Option<Self> {
        let employee_id = match was {
            Some(was) => Some(was.employee_id),
            None => {
                let sent = given.id("employeeId");
                given.needed("employeeId", sent)
            }
        };
        Some(Self {
            can_be_booked: given.flag("canBeBooked").unwrap_or(true),
            is_only_explicitly_available: given.flag("isOnlyExplicitlyAvailable").unwrap_or(false),
            max_meeting_time_per_day: given.parsed("maxMeetingTimePerDay"),
            workdays: given.objects("workdays", read),
            employee_id: employee_id?,
        })
    }
}

/// A schedule with the locations that count.
pub(super) async fn actual(api: Arc<Api>, mut call: Call) -> Answer {
    let id = call.id()?;
    let view = View::of::<Schedule>(&api, &mut call).await?;
    let kept = api.bookme.get::<Schedule>(&call.tenancy, id).await?;
    let employees = api.bookme.employees(&call.tenancy).await?;
    let employee = employees.iter().find(|employee| employee.id == kept.value.employee_id);
    let value = kept.value.clone().actual(employee.and_then(|employee| employee.location.as_deref()));
    Ok(Reply::Json(wire::shown(&Kept { value, ..kept }, &view)))
}

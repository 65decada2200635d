//! Settings of an organisation.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::http::StatusCode;
use engage_bookme::model::{EmployeeLabel, Kept, MeetingTypeLabel, Settings};
use engage_bookme::values::{DayTime, Localized, TimeSpan, ZoneName};
use jiff::civil::Date;
use serde_json::{Value, json};

use super::options;
use crate::api::Api;
use crate::api::call::{Answer, Call, Reply};
use crate::api::fault::Fault;
use crate::api::given::Given;
use crate::api::wire::{self, Members, View, Wire};

const TITLE: (&str, &str) = ("iCalMeetingTitle", "localizedICalMeetingTitle");
const DESCRIPTION: (&str, &str) = ("iCalMeetingDescription", "localizedICalMeetingDescription");
const LABEL: (&str, &str) = ("label", "localizedLabel");

/// What something is called in lists.
pub(super) fn label(view: &View, name: &str, label: Option<&Localized>, order: i32) -> Value {
    let mut all = wire::members(json!({"name": name}));
    view.localized(&mut all, LABEL, label);
    all.insert("order".to_owned(), order.into());
    Value::Object(all)
}

fn closing_day(day: Date) -> String {
    format!("{day}T00:00:00Z")
}

impl Wire for Settings {
    fn members(&self, view: &View) -> Members {
        let types = self.meeting_type_labels.iter();
        let types = types.map(|one| label(view, one.name.as_str(), Some(&one.label), one.order));
        let employees = self.employee_labels.iter();
        let employees = employees.map(|one| label(view, one.name.as_str(), Some(&one.label), one.order));
        let mut all = wire::members(json!({
            "openingTime": self.opening_time,
            "closingTime": self.closing_time,
            "maxTimeFromBookingToMeeting": self.max_time_from_booking_to_meeting,
            "maxMeetingTimePerDay": self.max_meeting_time_per_day,
            "isFilterShowTimesAsCustomerEnabled": self.is_filter_show_times_as_customer_enabled,
            "meetingTypeLabels": types.collect::<Vec<_>>(),
            "employeeLabels": employees.collect::<Vec<_>>(),
            "extendedOpeningHoursEmail": self.extended_opening_hours_email,
            "closingDays": self.closing_days.iter().copied().map(closing_day).collect::<Vec<_>>(),
            "timeZoneId": self.time_zone.known().map(|zone| zone.id),
        }));
        view.localized(&mut all, TITLE, self.i_cal_meeting_title.as_ref());
        view.localized(&mut all, DESCRIPTION, self.i_cal_meeting_description.as_ref());
        all
    }

    fn extras(kept: &Kept<Self>, _: &View, to: &mut Members) {
        to.insert("timeZone".to_owned(), kept.value.time_zone.known().map_or(Value::Null, options::zone));
    }

    fn read(given: &mut Given<'_>, was: Option<&Self>, view: &View) -> Option<Self> {
        let was = was.cloned().unwrap_or_default();
        let default = Self::default();
        let types = given.objects("meetingTypeLabels", |given| {
            let name = given.parsed("name");
            let name = given.needed("name", name)?;
            let before = was.meeting_type_labels.iter().find(|one| one.name == name).map(|one| &one.label);
            let (label, order) = labelled(given, before, view);
            Some(MeetingTypeLabel { name, label: label?, order })
        });
        let employees = given.objects("employeeLabels", |given| {
            let name = given.parsed("name");
            let name = given.needed("name", name)?;
            let before = was.employee_labels.iter().find(|one| one.name == name).map(|one| &one.label);
            let (label, order) = labelled(given, before, view);
            Some(EmployeeLabel { name, label: label?, order })
        });
        let opening = given.parsed::<DayTime>("openingTime").unwrap_or(default.opening_time);
        let closing = given.parsed::<DayTime>("closingTime").unwrap_or(default.closing_time);
        let horizon = given.parsed::<TimeSpan>("maxTimeFromBookingToMeeting");
        Some(Self {
            opening_time: opening,
            closing_time: closing,
            time_zone: zone(given, &was),
            max_meeting_time_per_day: given.parsed("maxMeetingTimePerDay"),
            max_time_from_booking_to_meeting: horizon.unwrap_or(default.max_time_from_booking_to_meeting),
            closing_days: closing_days(given),
            meeting_type_labels: types,
            employee_labels: employees,
            extended_opening_hours_email: given.text("extendedOpeningHoursEmail"),
            is_filter_show_times_as_customer_enabled: given
                .flag("isFilterShowTimesAsCustomerEnabled")
                .unwrap_or(default.is_filter_show_times_as_customer_enabled),
            i_cal_meeting_title: given.localized(TITLE, was.i_cal_meeting_title.as_ref(), &view.languages),
            i_cal_meeting_description: given.localized(
                DESCRIPTION,
                was.i_cal_meeting_description.as_ref(),
                &view.languages,
            ),
            ..was
        })
    }
}

fn labelled(given: &mut Given<'_>, before: Option<&Localized>, view: &View) -> (Option<Localized>, i32) {
    let label = given.localized(LABEL, before, &view.languages);
    (given.needed("label", label), given.number("order").unwrap_or(0))
}

/// The zone of an id; one that has none stays until another is named.
fn zone(given: &mut Given<'_>, was: &Settings) -> ZoneName {
    let Some(id) = given.id("timeZoneId") else {
        let stays = was.time_zone.known().is_none();
        return if stays { was.time_zone.clone() } else { ZoneName::default() };
    };
    ZoneName::by_id(id).unwrap_or_else(|| {
        given.wrong("timeZoneId", "it is the id of one of the time zones that are listed");
        ZoneName::default()
    })
}

fn closing_days(given: &mut Given<'_>) -> BTreeSet<Date> {
    let mut days = BTreeSet::new();
    for (position, text) in given.texts("closingDays").iter().enumerate() {
        match Settings::closing_day(text) {
            Some(day) => drop(days.insert(day)),
            None => given.wrong(&format!("closingDays/{position}"), "it is a date, such as `2026-12-24`"),
        }
    }
    days
}

pub(super) async fn get(api: Arc<Api>, mut call: Call) -> Answer {
    let view = View::of::<Settings>(&api, &mut call).await?;
    call.query.finish()?;
    let kept = api.bookme.get::<Settings>(&call.tenancy, call.tenancy.organisation).await?;
    Ok(Reply::Json(wire::shown(&kept, &view)))
}

/// The days that an address names.
fn named(call: &mut Call) -> Result<BTreeSet<Date>, Fault> {
    let texts = call.query.texts("closingDays");
    if texts.is_empty() {
        call.query.add("closingDays", "the parameter is needed");
    }
    let mut days = BTreeSet::new();
    for text in texts {
        // Where nobody wrote `%2B`, the plus of an offset has become a space.
        match Settings::closing_day(&text.replace(' ', "+")) {
            Some(day) => drop(days.insert(day)),
            None => call.query.add("closingDays", "a day is written as `2026-12-24`"),
        }
    }
    call.query.finish()?;
    Ok(days)
}

async fn change_days(api: &Api, call: &mut Call, change: fn(&mut BTreeSet<Date>, &BTreeSet<Date>)) -> Answer {
    let (id, days) = (call.id()?, named(call)?);
    let view = View::of::<Settings>(api, call).await?;
    let change = move |kept: &Kept<Settings>| {
        let mut settings = kept.value.clone();
        change(&mut settings.closing_days, &days);
        Ok(settings)
    };
    let kept = wire::by(api, call).update(&call.tenancy, id, change).await?;
    Ok(Reply::Json(wire::shown(&kept, &view)))
}

pub(super) async fn add_closing_days(api: Arc<Api>, mut call: Call) -> Answer {
    change_days(&api, &mut call, |all, days| all.extend(days)).await
}

pub(super) async fn remove_closing_days(api: Arc<Api>, mut call: Call) -> Answer {
    change_days(&api, &mut call, |all, days| all.retain(|day| !days.contains(day))).await?;
    Ok(Reply::Nothing(StatusCode::NO_CONTENT))
}

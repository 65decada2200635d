//! Settings of an organisation.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Implied, MAX_NAME, MAX_TEXT, Thing};
use crate::values::{AdvisorChoice, DayTime, Languages, Localized, MeetingType, TimeSpan, ZoneName};
use crate::{Problems, Tenancy};

/// Minutes between starts that may be chosen.
const INTERVALS: [u8; 6] = [5, 10, 15, 20, 30, 60];
/// How far ahead may be booked at most.
const MAX_HORIZON: TimeSpan = TimeSpan::days(3 * 366);

/// Settings of an organisation; there is always one record of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// No regular meeting starts before, on the organisation's clock.
    pub opening_time: DayTime,
    /// No regular meeting ends after.
    pub closing_time: DayTime,
    /// The zone of the organisation's clock.
    pub time_zone: ZoneName,
    /// The most time of customer meetings of an employee on a local day, where nothing closer says otherwise.
    pub max_meeting_time_per_day: Option<TimeSpan>,
    /// How far ahead is booked.
    pub max_time_from_booking_to_meeting: TimeSpan,
    /// Local days without meetings.
    pub closing_days: BTreeSet<Date>,
    /// What the types of meetings are called.
    pub meeting_type_labels: Vec<MeetingTypeLabel>,
    /// What the choices of employees are called.
    pub employee_labels: Vec<EmployeeLabel>,
    /// Whom to write to where no time is offered.
    pub extended_opening_hours_email: Option<String>,
    /// Staff may look at times as the customer sees them.
    pub is_filter_show_times_as_customer_enabled: bool,
    /// The template of titles in calendar files.
    pub i_cal_meeting_title: Option<Localized>,
    /// The template of descriptions in calendar files.
    pub i_cal_meeting_description: Option<Localized>,
    /// Minutes between starts.
    pub slot_interval: u8,
    /// Languages that are switched on.
    pub languages: Languages,
    /// External attendees are invited to the event in the calendar.
    pub invite_external_attendees: bool,
    /// From where one sets out for a meeting at the customer's place that does not say so.
    pub travel_start_address: Option<String>,
}

/// What a type of meetings is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MeetingTypeLabel {
    /// Which type.
    pub name: MeetingType,
    /// What people read.
    pub label: Localized,
    /// Its place in lists.
    #[serde(default)]
    pub order: i32,
}

/// What a choice of employees is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EmployeeLabel {
    /// Which choice.
    pub name: AdvisorChoice,
    /// What people read.
    pub label: Localized,
    /// Its place in lists.
    #[serde(default)]
    pub order: i32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            opening_time: DayTime::hour(8),
            closing_time: DayTime::hour(17),
            time_zone: ZoneName::default(),
            max_meeting_time_per_day: None,
            max_time_from_booking_to_meeting: TimeSpan::days(60),
            closing_days: BTreeSet::new(),
            meeting_type_labels: Vec::new(),
            employee_labels: Vec::new(),
            extended_opening_hours_email: None,
            is_filter_show_times_as_customer_enabled: true,
            i_cal_meeting_title: None,
            i_cal_meeting_description: None,
            slot_interval: 30,
            languages: Languages::default(),
            invite_external_attendees: false,
            travel_start_address: None,
        }
    }
}

impl Settings {
    /// The local day that a text names: its date as it is written, whatever time and offset follow.
    ///
    /// ```
    /// use engage_bookme::model::Settings;
    /// let day = Settings::closing_day("2025-12-25T23:30:00-02:00").unwrap();
    /// assert_eq!(day.to_string(), "2025-12-25");
    /// ```
    #[must_use]
    pub fn closing_day(text: &str) -> Option<Date> {
        let (date, rest) = text.split_at_checked(10)?;
        let whole =
            rest.is_empty() || text.parse::<jiff::Timestamp>().is_ok() || text.parse::<jiff::civil::DateTime>().is_ok();
        let written = date.as_bytes();
        let dashes = written.get(4) == Some(&b'-') && written.get(7) == Some(&b'-');
        if whole && dashes { date.parse().ok() } else { None }
    }
}

impl Thing for Settings {
    const KIND: &'static str = "settings";
    const IMPLIED: Implied = Implied::Organisation;

    fn implied(_: Uuid, _: Option<&str>) -> Option<Self> {
        Some(Self::default())
    }

    fn id(&self, tenancy: &Tenancy) -> Option<Uuid> {
        Some(tenancy.organisation)
    }

    fn normalise(&mut self) {
        self.extended_opening_hours_email = self.extended_opening_hours_email.take().filter(|text| !text.is_empty());
        self.travel_start_address = self.travel_start_address.take().filter(|text| !text.trim().is_empty());
    }

    fn check(&self, problems: &mut Problems) {
        if self.opening_time >= self.closing_time {
            problems.add("/openingTime", "the opening time has to be before the closing time");
        }
        if !INTERVALS.contains(&self.slot_interval) {
            problems.add("/slotInterval", "the interval may be 5, 10, 15, 20, 30 or 60 minutes");
        }
        if self.max_time_from_booking_to_meeting > MAX_HORIZON {
            problems.add("/maxTimeFromBookingToMeeting", "it may be 1098 days at most");
        }
        problems.length("/travelStartAddress", self.travel_start_address.as_deref().unwrap_or_default(), 1_000);
        problems.count("/closingDays", self.closing_days.len(), 5_000);
        self.languages.check(problems);
        let types = self.meeting_type_labels.iter().map(|one| (one.name.as_str(), &one.label));
        labels("/meetingTypeLabels", types.collect(), problems);
        let choices = self.employee_labels.iter().map(|one| (one.name.as_str(), &one.label));
        labels("/employeeLabels", choices.collect(), problems);
        if let Some(email) = &self.extended_opening_hours_email {
            problems.length("/extendedOpeningHoursEmail", email, MAX_NAME);
            if !email.contains('@') {
                problems.add("/extendedOpeningHoursEmail", "an e-mail address has an `@`");
            }
        }
        template("/iCalMeetingTitle", self.i_cal_meeting_title.as_ref(), problems);
        template("/iCalMeetingDescription", self.i_cal_meeting_description.as_ref(), problems);
    }
}

fn labels(field: &str, all: Vec<(&'static str, &Localized)>, problems: &mut Problems) {
    for (position, (name, label)) in all.iter().enumerate() {
        label.check(&format!("{field}/{position}/label"), MAX_NAME, problems);
        if all.iter().take(position).any(|(before, _)| before == name) {
            problems.add(format!("{field}/{position}/name"), "there is a label for it already");
        }
    }
}

fn template(field: &str, text: Option<&Localized>, problems: &mut Problems) {
    let Some(text) = text else { return };
    text.check(field, MAX_TEXT, problems);
    for (tag, text) in text.shown(&Languages::of(crate::values::LANGUAGES), None) {
        for problem in engage_liquid::Template::parse(&text).err().into_iter().flatten() {
            problems.add(format!("{field}/{tag}"), format!("the template cannot be read: {problem}"));
        }
    }
}

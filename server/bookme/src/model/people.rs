//! What is set up about employees, whom the directory brings.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Implied, MAX_LIST, MAX_NAME, Reference, Target, Thing, distinct, distinct_ids, references};
use crate::values::{DayOfWeek, DayTime, MeetingType, TimeSpan};
use crate::{Problems, Tenancy};

/// When and how an employee works. Each has one, with the id of the employee.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// Whose.
    pub employee_id: Uuid,
    /// Whether the employee may be booked at all.
    #[serde(default = "yes")]
    pub can_be_booked: bool,
    /// Regular hours are for those alone who name the employee.
    #[serde(default)]
    pub is_only_explicitly_available: bool,
    /// The most time of customer meetings on a local day; none: inherited.
    #[serde(default)]
    pub max_meeting_time_per_day: Option<TimeSpan>,
    /// At most one for each day; a missing one is a day off.
    #[serde(default)]
    pub workdays: Vec<Workday>,
}

/// A day of a schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Workday {
    /// Which day.
    pub day_of_week: DayOfWeek,
    /// Whether the employee works then.
    #[serde(default)]
    pub is_available: bool,
    /// The beginning, on the organisation's clock.
    pub from: DayTime,
    /// The end.
    pub to: DayTime,
    /// How the employee may be met.
    #[serde(default)]
    pub available_meeting_types: Vec<MeetingType>,
    /// Where, if not where the directory says.
    #[serde(default)]
    pub location: Option<String>,
}

fn yes() -> bool {
    true
}

impl Thing for Schedule {
    const KIND: &'static str = "schedule";
    const IMPLIED: Implied = Implied::Employee;

    fn implied(id: Uuid, _: Option<&str>) -> Option<Self> {
        Some(Self {
            employee_id: id,
            can_be_booked: true,
            is_only_explicitly_available: false,
            max_meeting_time_per_day: None,
            workdays: Vec::new(),
        })
    }

    fn id(&self, _: &Tenancy) -> Option<Uuid> {
        Some(self.employee_id)
    }

    fn normalise(&mut self) {
        for day in &mut self.workdays {
            distinct(&mut day.available_meeting_types);
            day.available_meeting_types.sort_unstable();
            day.location = day.location.take().filter(|location| !location.is_empty());
        }
    }

    fn check(&self, problems: &mut Problems) {
        for (position, day) in self.workdays.iter().enumerate() {
            let field = format!("/workdays/{position}");
            if day.from >= day.to {
                problems.add(format!("{field}/from"), "a workday has to begin before it ends");
            }
            if self.workdays.iter().take(position).any(|before| before.day_of_week == day.day_of_week) {
                problems.add(format!("{field}/dayOfWeek"), "the day is there already");
            }
            problems.length(&format!("{field}/location"), day.location.as_deref().unwrap_or_default(), MAX_NAME);
        }
    }

    fn check_change(&self, was: &Self, problems: &mut Problems) {
        if self.employee_id != was.employee_id {
            problems.add("/employeeId", "a schedule stays with its employee");
        }
    }
}

/// Why somebody is offered less than their schedule seems to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduleProblem {
    /// The employee is not active.
    Inactive,
    /// No day is a workday.
    NoWorkday,
    /// A workday has no type of meetings.
    NoMeetingTypes(DayOfWeek),
    /// Neither the workday nor the directory says where.
    NoLocation(DayOfWeek),
    /// Nothing is set up for where it is.
    UnknownLocation(DayOfWeek),
}

impl Schedule {
    /// All that keeps an employee from being offered, day by day. `location` is the one of the directory, `is_known` says which
    /// locations there are.
    pub fn problems(
        &self,
        active: bool,
        location: Option<&str>,
        is_known: impl Fn(&str) -> bool,
    ) -> Vec<ScheduleProblem> {
        let mut problems: Vec<ScheduleProblem> = (!active).then_some(ScheduleProblem::Inactive).into_iter().collect();
        let workdays: Vec<&Workday> = self.workdays.iter().filter(|day| day.is_available).collect();
        problems.extend(workdays.is_empty().then_some(ScheduleProblem::NoWorkday));
        for day in workdays {
            let types = day.available_meeting_types.is_empty();
            problems.extend(types.then_some(ScheduleProblem::NoMeetingTypes(day.day_of_week)));
            match day.location.as_deref().or(location) {
                None => problems.push(ScheduleProblem::NoLocation(day.day_of_week)),
                Some(key) if !is_known(key) => problems.push(ScheduleProblem::UnknownLocation(day.day_of_week)),
                Some(_) => {}
            }
        }
        problems
    }

    /// The same with the locations that count: where a day has none, that of the directory.
    #[must_use]
    pub fn actual(mut self, directory_location: Option<&str>) -> Self {
        for day in &mut self.workdays {
            day.location = day.location.take().or_else(|| directory_location.map(str::to_owned));
        }
        self
    }
}

/// What an employee is competent for. Each has them, with the id of the employee.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Skills {
    /// Whose.
    pub employee_id: Uuid,
    /// Topics, each with all below it.
    pub topic_ids: Vec<Uuid>,
    /// Customer types.
    pub customer_type_ids: Vec<Uuid>,
}

impl Thing for Skills {
    const KIND: &'static str = "skills";
    const IMPLIED: Implied = Implied::Employee;

    fn implied(id: Uuid, _: Option<&str>) -> Option<Self> {
        Some(Self { employee_id: id, ..Self::default() })
    }

    fn id(&self, _: &Tenancy) -> Option<Uuid> {
        Some(self.employee_id)
    }

    fn normalise(&mut self) {
        distinct_ids(&mut self.topic_ids);
        distinct_ids(&mut self.customer_type_ids);
    }

    fn check(&self, problems: &mut Problems) {
        problems.count("/topicIds", self.topic_ids.len(), MAX_LIST);
        problems.count("/customerTypeIds", self.customer_type_ids.len(), MAX_LIST);
    }

    fn references(&self) -> Vec<Reference> {
        let mut all = references("/topicIds", Target::Topic, &self.topic_ids);
        all.extend(references("/customerTypeIds", Target::CustomerType, &self.customer_type_ids));
        all
    }
}

/// What bookings add to an employee.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EmployeeAddition {
    /// Whose.
    pub employee_id: Uuid,
    /// Labels, by name.
    pub labels: Vec<String>,
}

impl Thing for EmployeeAddition {
    const KIND: &'static str = "employee";
    const IMPLIED: Implied = Implied::Employee;

    fn implied(id: Uuid, _: Option<&str>) -> Option<Self> {
        Some(Self { employee_id: id, labels: Vec::new() })
    }

    fn id(&self, _: &Tenancy) -> Option<Uuid> {
        Some(self.employee_id)
    }

    fn labels(&mut self) -> Option<&mut Vec<String>> {
        Some(&mut self.labels)
    }

    fn check(&self, _: &mut Problems) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_keeps_somebody_from_being_offered_is_told() {
        let day = |day_of_week, types: &[MeetingType], location: Option<&str>| Workday {
            day_of_week,
            is_available: true,
            from: DayTime::hour(8),
            to: DayTime::hour(16),
            available_meeting_types: types.to_vec(),
            location: location.map(str::to_owned),
        };
        let mut schedule = Schedule::implied(Uuid::nil(), None).unwrap();
        let problems = |schedule: &Schedule, location| schedule.problems(true, location, |key| key == "known");
        assert_eq!(problems(&schedule, Some("known")), [ScheduleProblem::NoWorkday]);
        schedule.workdays = vec![
            day(DayOfWeek::Monday, &[MeetingType::Online], Some("known")),
            day(DayOfWeek::Tuesday, &[], Some("Known")),
            day(DayOfWeek::Friday, &[MeetingType::Online], None),
            Workday { is_available: false, ..day(DayOfWeek::Sunday, &[], None) },
        ];
        let tuesday =
            [ScheduleProblem::NoMeetingTypes(DayOfWeek::Tuesday), ScheduleProblem::UnknownLocation(DayOfWeek::Tuesday)];
        assert_eq!(problems(&schedule, Some("known")), tuesday);
        assert_eq!(problems(&schedule, None)[2..], [ScheduleProblem::NoLocation(DayOfWeek::Friday)]);
        assert_eq!(schedule.problems(false, Some("known"), |_| true)[0], ScheduleProblem::Inactive);
    }
}

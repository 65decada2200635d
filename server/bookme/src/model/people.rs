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

impl Schedule {
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

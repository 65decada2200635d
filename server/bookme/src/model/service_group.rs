//! Employees who stand in for a kind of request.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{MAX_LIST, MAX_NAME, Memberships, Reference, Target, Thing, distinct, distinct_ids, references};
use crate::Problems;
use crate::values::{MeetingType, TimeSpan};

/// A service group.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceGroup {
    /// What people read.
    pub name: String,
    /// An event in an employee's calendar that invites this address signs the employee in.
    pub membership_email: Option<String>,
    /// Its own employees.
    pub employees: Memberships,
    /// Competence groups whose employees, with those of groups below, are members too.
    pub competence_group_ids: Vec<Uuid>,
    /// Its labels, by name.
    pub labels: Vec<String>,
    /// The most time of customer meetings on a local day of each member without a value of their own; none: inherited.
    pub max_meeting_time_per_day: Option<TimeSpan>,
    /// Which requests it stands in for.
    pub service_trigger: ServiceTrigger,
    /// What it offers then.
    pub service_level: ServiceLevel,
    /// Members count only while they are signed in.
    pub dynamic_availability: bool,
}

/// Which requests a group stands in for: all dimensions have to fit, an empty one fits everything.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceTrigger {
    /// Locations of the customer, byte by byte.
    pub locations: Vec<String>,
    /// Customer types.
    pub customer_type_ids: Vec<Uuid>,
    /// Topics, each with all below it.
    pub topic_ids: Vec<Uuid>,
}

/// What a group offers; an empty list offers nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceLevel {
    /// Types of meetings.
    pub meeting_types: Vec<MeetingType>,
    /// Locations of physical meetings, byte by byte.
    pub locations: Vec<String>,
}

impl Thing for ServiceGroup {
    const KIND: &'static str = "serviceGroup";

    fn normalise(&mut self) {
        self.employees.normalise();
        self.membership_email = self.membership_email.take().filter(|text| !text.is_empty());
        let trigger = &mut self.service_trigger;
        for ids in [&mut self.competence_group_ids, &mut trigger.customer_type_ids, &mut trigger.topic_ids] {
            distinct_ids(ids);
        }
        distinct(&mut trigger.locations);
        distinct(&mut self.service_level.locations);
        distinct(&mut self.service_level.meeting_types);
        self.service_level.meeting_types.sort_unstable();
    }

    fn labels(&mut self) -> Option<&mut Vec<String>> {
        Some(&mut self.labels)
    }

    fn check(&self, problems: &mut Problems) {
        problems.name("/name", &self.name, MAX_NAME);
        if let Some(email) = &self.membership_email {
            problems.length("/membershipEmail", email, MAX_NAME);
            if !email.contains('@') {
                problems.add("/membershipEmail", "an e-mail address has an `@`");
            }
        }
        let ServiceTrigger { locations, customer_type_ids, topic_ids } = &self.service_trigger;
        let lists = [
            ("/employeeIds", self.employees.ids().count(), MAX_LIST),
            ("/competenceGroupIds", self.competence_group_ids.len(), MAX_LIST),
            ("/serviceTrigger/locations", locations.len(), 1_000),
            ("/serviceTrigger/customerTypeIds", customer_type_ids.len(), MAX_LIST),
            ("/serviceTrigger/topicIds", topic_ids.len(), MAX_LIST),
            ("/serviceLevel/locations", self.service_level.locations.len(), 1_000),
        ];
        for (field, count, most) in lists {
            problems.count(field, count, most);
        }
        let places =
            [("/serviceTrigger/locations", locations), ("/serviceLevel/locations", &self.service_level.locations)];
        for (field, locations) in places {
            for (position, location) in locations.iter().enumerate() {
                problems.length(&format!("{field}/{position}"), location, MAX_NAME);
            }
        }
    }

    fn references(&self) -> Vec<Reference> {
        let trigger = &self.service_trigger;
        let mut all = self.employees.references();
        all.extend(references("/competenceGroupIds", Target::CompetenceGroup, &self.competence_group_ids));
        all.extend(references("/serviceTrigger/customerTypeIds", Target::CustomerType, &trigger.customer_type_ids));
        all.extend(references("/serviceTrigger/topicIds", Target::Topic, &trigger.topic_ids));
        all
    }

    fn unlink(&mut self, target: Target, id: Uuid) -> bool {
        let before = self.competence_group_ids.len();
        if target == Target::CompetenceGroup {
            self.competence_group_ids.retain(|group| *group != id);
        }
        before != self.competence_group_ids.len()
    }
}

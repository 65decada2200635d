//! Employees who are competent together.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Kept, MAX_LIST, MAX_NAME, Reference, Target, Thing, distinct_ids, references};
use crate::Problems;

/// The most groups that a path of groups has.
pub const MAX_DEPTH: usize = 5;

/// An employee is in a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Membership {
    /// Who.
    pub employee_id: Uuid,
    /// Since when: set once.
    pub date_assigned: Timestamp,
}

/// The employees of a group, each once.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Memberships(Vec<Membership>);

impl Memberships {
    /// Employees, since an instant.
    pub fn since(at: Timestamp, employees: impl IntoIterator<Item = Uuid>) -> Self {
        let mut all = Self::default();
        all.set(employees, at);
        all
    }

    /// Lets exactly these be members: who was one keeps its date.
    pub fn set(&mut self, employees: impl IntoIterator<Item = Uuid>, at: Timestamp) {
        let before: HashMap<Uuid, Timestamp> = self.0.iter().map(|one| (one.employee_id, one.date_assigned)).collect();
        let mut ids: Vec<Uuid> = employees.into_iter().collect();
        distinct_ids(&mut ids);
        let member = |employee_id| {
            let date_assigned = before.get(&employee_id).copied().unwrap_or(at);
            Membership { employee_id, date_assigned }
        };
        self.0 = ids.into_iter().map(member).collect();
    }

    /// Adds one, if it is none; whether it was none.
    pub fn add(&mut self, employee: Uuid, at: Timestamp) -> bool {
        let new = !self.ids().any(|id| id == employee);
        if new {
            self.0.push(Membership { employee_id: employee, date_assigned: at });
        }
        new
    }

    /// Removes one; whether it was one.
    pub fn remove(&mut self, employee: Uuid) -> bool {
        let before = self.0.len();
        self.0.retain(|one| one.employee_id != employee);
        before != self.0.len()
    }

    /// Who they are.
    pub fn ids(&self) -> impl Iterator<Item = Uuid> {
        self.0.iter().map(|one| one.employee_id)
    }

    /// Since when an employee is one.
    #[must_use]
    pub fn assigned(&self, employee: Uuid) -> Option<Timestamp> {
        self.0.iter().find(|one| one.employee_id == employee).map(|one| one.date_assigned)
    }

    pub(crate) fn references(&self) -> Vec<Reference> {
        references("/employeeIds", Target::Employee, &self.ids().collect::<Vec<_>>())
    }

    pub(crate) fn normalise(&mut self) {
        let mut seen = HashSet::new();
        self.0.retain(|one| seen.insert(one.employee_id));
    }
}

/// A competence group: employees who are competent for topics and customer types, with all groups below.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CompetenceGroup {
    /// What people read.
    pub name: String,
    /// Its own employees.
    pub employees: Memberships,
    /// What it grants; empty: any topic. With both sets empty it grants nothing.
    pub topic_ids: Vec<Uuid>,
    /// Whom it grants it for; empty: any customer type.
    pub customer_type_ids: Vec<Uuid>,
    /// Groups below.
    pub child_group_ids: Vec<Uuid>,
    /// Its labels, by name.
    pub labels: Vec<String>,
}

impl Thing for CompetenceGroup {
    const KIND: &'static str = "competenceGroup";
    const AMONG: bool = true;

    fn normalise(&mut self) {
        self.employees.normalise();
        for ids in [&mut self.topic_ids, &mut self.customer_type_ids, &mut self.child_group_ids] {
            distinct_ids(ids);
        }
    }

    fn labels(&mut self) -> Option<&mut Vec<String>> {
        Some(&mut self.labels)
    }

    fn check(&self, problems: &mut Problems) {
        problems.name("/name", &self.name, MAX_NAME);
        let lists = [
            ("/employeeIds", self.employees.0.len()),
            ("/topicIds", self.topic_ids.len()),
            ("/customerTypeIds", self.customer_type_ids.len()),
            ("/childGroupIds", self.child_group_ids.len()),
        ];
        for (field, count) in lists {
            problems.count(field, count, MAX_LIST);
        }
    }

    fn check_among(&self, id: Uuid, others: &[Kept<Self>], problems: &mut Problems) {
        let mut below: HashMap<Uuid, &[Uuid]> =
            others.iter().map(|group| (group.id, group.value.child_group_ids.as_slice())).collect();
        below.insert(id, &self.child_group_ids);
        let mut above: HashMap<Uuid, Vec<Uuid>> = HashMap::new();
        for (group, children) in &below {
            for child in *children {
                above.entry(*child).or_default().push(*group);
            }
        }
        let down = longest(id, &|group| below.get(&group).copied().unwrap_or_default());
        let up = longest(id, &|group| above.get(&group).map(Vec::as_slice).unwrap_or_default());
        match (down, up) {
            (Some(down), Some(up)) if down + up - 1 <= MAX_DEPTH => {}
            (Some(_), Some(_)) => {
                problems.add("/childGroupIds", "a path of groups would have more than 5: remove a child");
            }
            _ => problems.add("/childGroupIds", "the group would be below itself: remove a child"),
        }
    }

    fn references(&self) -> Vec<Reference> {
        let mut all = self.employees.references();
        all.extend(references("/topicIds", Target::Topic, &self.topic_ids));
        all.extend(references("/customerTypeIds", Target::CustomerType, &self.customer_type_ids));
        all.extend(references("/childGroupIds", Target::CompetenceGroup, &self.child_group_ids));
        all
    }

    fn unlink(&mut self, target: Target, id: Uuid) -> bool {
        let before = self.child_group_ids.len();
        if target == Target::CompetenceGroup {
            self.child_group_ids.retain(|child| *child != id);
        }
        before != self.child_group_ids.len()
    }
}

/// How many groups the longest path from one has, itself among them; nothing where a path comes back to it. What is longer
/// than a path may be is not followed to its end.
fn longest<'g>(from: Uuid, next: &impl Fn(Uuid) -> &'g [Uuid]) -> Option<usize> {
    let mut level = HashSet::from([from]);
    let mut depth = 0;
    while !level.is_empty() && depth <= MAX_DEPTH {
        depth += 1;
        level = level.iter().flat_map(|group| next(*group)).copied().collect();
        if level.contains(&from) {
            return None;
        }
    }
    Some(depth)
}

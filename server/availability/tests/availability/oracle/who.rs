//! Who comes into question: the row of the configuration, qualification, groups, levels.

use std::collections::HashSet;

use engage_availability::*;

use super::Oracle;

/// `topic` or one above it is among `set`.
fn covers(organisation: &Organisation, set: &[TopicId], topic: TopicId) -> bool {
    let above = organisation.topics.iter().find(|one| one.id == topic).and_then(|one| one.parent);
    set.contains(&topic) || above.is_some_and(|above| covers(organisation, set, above))
}

/// §1.6: (t,c) › (parent t,c) › (*,c) › (t,*) › (parent t,*) › (*,*).
pub(crate) fn row<'a>(organisation: &'a Organisation, request: &Request) -> Option<&'a MeetingConfiguration> {
    let (topic, kind) = (request.topic, request.customer_type);
    let parent = organisation.topics.iter().find(|one| Some(one.id) == topic).and_then(|one| one.parent);
    let mut order = Vec::new();
    if kind.is_some() {
        order.extend([(topic, kind), (parent, kind), (None, kind)]);
    }
    order.extend([(topic, None), (parent, None), (None, None)]);
    let rows = &organisation.configurations;
    order.iter().find_map(|key| rows.iter().find(|row| (row.topic, row.customer_type) == *key))
}

/// §1.3: all employees of a group and of every group below.
fn members(organisation: &Organisation, group: GroupId) -> HashSet<EmployeeId> {
    let mut all = HashSet::new();
    if let Some(group) = organisation.competence_groups.iter().find(|one| one.id == group) {
        all.extend(group.employees.iter().copied());
        group.children.iter().for_each(|child| all.extend(members(organisation, *child)));
    }
    all
}

impl Oracle<'_> {
    /// §1.4: members, by name or through a linked competence group.
    pub(crate) fn is_member(&self, employee: &Employee, group: &ServiceGroup) -> bool {
        let linked =
            || group.competence_groups.iter().any(|one| members(self.organisation, *one).contains(&employee.id));
        group.employees.contains(&employee.id) || linked()
    }

    pub(crate) fn is_triggered(&self, group: &ServiceGroup) -> bool {
        let Trigger { locations, customer_types, topics } = &group.trigger;
        let request = self.request;
        let topic = request.topic.is_some_and(|topic| covers(self.organisation, topics, topic));
        let kind = request.customer_type.is_some_and(|kind| customer_types.contains(&kind));
        let place = request.customer_location.as_ref().is_some_and(|place| locations.contains(place));
        (topics.is_empty() || topic) && (customer_types.is_empty() || kind) && (locations.is_empty() || place)
    }

    /// 3.3.
    pub(crate) fn is_qualified(&self, employee: &Employee) -> bool {
        let topic = self.request.topic;
        let kind = if self.mode() == Mode::Internal { None } else { self.request.customer_type };
        let skilled = topic.is_none_or(|topic| covers(self.organisation, &employee.skills.topics, topic))
            && kind.is_none_or(|kind| employee.skills.customer_types.contains(&kind));
        let granted = self.organisation.competence_groups.iter().any(|group| {
            let container = group.topics.is_empty() && group.customer_types.is_empty();
            let topic =
                topic.is_none_or(|topic| group.topics.is_empty() || covers(self.organisation, &group.topics, topic));
            let kind = kind.is_none_or(|kind| group.customer_types.is_empty() || group.customer_types.contains(&kind));
            !container && topic && kind && members(self.organisation, group.id).contains(&employee.id)
        });
        skilled || granted
    }

    /// The pools of a request, the groups triggered for an employee one by one.
    pub(crate) fn sources(&self, employee: &Employee) -> Vec<Source> {
        let request = self.request;
        let both = [Pool::Local, Pool::ServiceGroup];
        let pools = if request.pools.is_empty() { &both[..] } else { &request.pools[..] };
        let mut sources = Vec::new();
        if pools.contains(&Pool::Explicit) && request.explicit_employees.contains(&employee.id) {
            sources.push(Source::Explicit);
        }
        if pools.contains(&Pool::Local) && self.is_qualified(employee) {
            sources.push(Source::Local);
        }
        if pools.contains(&Pool::ServiceGroup) {
            let groups = self.organisation.service_groups.iter();
            let groups = groups.filter(|group| self.is_triggered(group) && self.is_member(employee, group));
            sources.extend(groups.map(|group| Source::ServiceGroup(group.id)));
        }
        sources
    }

    /// 3.13: the smallest index of a level that matches; after all if none does.
    pub(crate) fn level(&self, source: Source) -> usize {
        let levels = &self.organisation.settings.priority;
        let matches = |level: &PriorityLevel| match (level, source) {
            (PriorityLevel::Explicit, Source::Explicit) | (PriorityLevel::Local, Source::Local) => true,
            (PriorityLevel::ServiceGroup(None), Source::ServiceGroup(_)) => true,
            (PriorityLevel::ServiceGroup(Some(label)), Source::ServiceGroup(id)) => {
                let group = self.organisation.service_groups.iter().find(|group| group.id == id).unwrap();
                group.labels.iter().any(|one| one.eq_ignore_ascii_case(label))
            }
            _ => false,
        };
        levels.iter().position(matches).unwrap_or(levels.len())
    }
}

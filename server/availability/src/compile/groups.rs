//! Competence groups with all below them, and service groups.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{MAX_DEPTH, Place, Places};
use crate::time::micros;
use crate::{CompetenceGroup, CustomerTypeId, EmployeeId, GroupId, MeetingTypes, Organisation, ServiceGroup, TopicId};

/// A competence group that can grant, with all it grants to.
#[derive(Debug)]
pub(crate) struct Granting {
    topics: HashSet<TopicId>,
    customer_types: HashSet<CustomerTypeId>,
}

/// For each employee who is in one, the groups that can grant.
#[derive(Debug, Default)]
pub(super) struct Grants(HashMap<usize, Vec<u32>>);

impl Grants {
    /// Positions of the groups of an employee, ascending.
    pub(super) fn to(&self, employee: usize) -> Box<[u32]> {
        self.0.get(&employee).map(|groups| groups.as_slice().into()).unwrap_or_default()
    }
}

impl Granting {
    /// Whether it grants a request; what the request does not say passes.
    pub(crate) fn grants(&self, lineage: &[TopicId], kind: Option<CustomerTypeId>) -> bool {
        let topic = self.topics.is_empty() || lineage.is_empty() || lineage.iter().any(|one| self.topics.contains(one));
        let kind = kind.is_none_or(|kind| self.customer_types.is_empty() || self.customer_types.contains(&kind));
        topic && kind
    }
}

/// A service group.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) id: GroupId,
    /// Positions of employees, ascending.
    pub(crate) members: Vec<usize>,
    /// In lower case.
    pub(crate) labels: Vec<String>,
    /// In microseconds.
    pub(crate) cap: Option<i64>,
    pub(crate) offers: MeetingTypes,
    pub(crate) offers_at: HashSet<Place>,
    pub(crate) is_dynamic: bool,
    locations: HashSet<String>,
    customer_types: HashSet<CustomerTypeId>,
    topics: HashSet<TopicId>,
}

impl Service {
    /// Whether a request triggers it: each list that is not empty has to have what the request says.
    pub(crate) fn is_triggered(
        &self,
        lineage: &[TopicId],
        kind: Option<CustomerTypeId>,
        location: Option<&str>,
    ) -> bool {
        let topic = self.topics.is_empty() || lineage.iter().any(|one| self.topics.contains(one));
        let kind = self.customer_types.is_empty() || kind.is_some_and(|kind| self.customer_types.contains(&kind));
        let place = self.locations.is_empty() || location.is_some_and(|location| self.locations.contains(location));
        topic && kind && place
    }
}

/// The employees of each competence group and of all below it.
pub(super) struct Members(HashMap<GroupId, BTreeSet<usize>>);

impl Members {
    pub(super) fn new(groups: &[CompetenceGroup], people: &HashMap<EmployeeId, usize>) -> Self {
        let by_id: HashMap<_, _> = groups.iter().map(|group| (group.id, group)).collect();
        let mut all = HashMap::new();
        for group in groups {
            let (mut open, mut seen, mut members) = (vec![group.id], HashSet::new(), BTreeSet::new());
            while let Some(group) = open.pop().and_then(|id| by_id.get(&id)) {
                if seen.insert(group.id) {
                    members.extend(group.employees.iter().filter_map(|employee| people.get(employee)));
                    open.extend(group.children.iter().filter(|child| by_id.contains_key(*child)));
                }
            }
            all.insert(group.id, members);
        }
        Self(all)
    }

    /// The groups that can grant, and whom: one with both sets empty only holds others together.
    pub(super) fn granting(&self, groups: &[CompetenceGroup]) -> (Vec<Granting>, Grants) {
        let can_grant = groups.iter().filter(|group| !(group.topics.is_empty() && group.customer_types.is_empty()));
        let (mut granting, mut grants) = (Vec::new(), Grants::default());
        for (number, group) in (0_u32..).zip(can_grant) {
            self.of(group.id).for_each(|member| grants.0.entry(member).or_default().push(number));
            granting.push(Granting {
                topics: group.topics.iter().copied().collect(),
                customer_types: group.customer_types.iter().copied().collect(),
            });
        }
        (granting, grants)
    }

    fn of(&self, group: GroupId) -> impl Iterator<Item = usize> {
        self.0.get(&group).into_iter().flatten().copied()
    }
}

/// The service groups by id.
pub(super) fn services(
    organisation: &Organisation,
    members: &Members,
    people: &HashMap<EmployeeId, usize>,
    places: &mut Places,
) -> Vec<Service> {
    let mut services: Vec<_> =
        organisation.service_groups.iter().map(|group| service(group, members, people, places)).collect();
    services.sort_by_key(|service| service.id);
    services
}

fn service(
    group: &ServiceGroup,
    members: &Members,
    people: &HashMap<EmployeeId, usize>,
    places: &mut Places,
) -> Service {
    let own = group.employees.iter().filter_map(|employee| people.get(employee).copied());
    let linked = group.competence_groups.iter().flat_map(|linked| members.of(*linked));
    let all: BTreeSet<usize> = own.chain(linked).collect();
    Service {
        id: group.id,
        members: all.into_iter().collect(),
        labels: group.labels.iter().map(|label| label.to_lowercase()).collect(),
        cap: group.max_meeting_time_per_day.map(micros),
        offers: group.offer.meeting_types,
        offers_at: group.offer.locations.iter().map(|location| places.number(location)).collect(),
        is_dynamic: group.is_dynamic,
        locations: group.trigger.locations.iter().cloned().collect(),
        customer_types: group.trigger.customer_types.iter().copied().collect(),
        topics: group.trigger.topics.iter().copied().collect(),
    }
}

/// The most groups of a path from a group down; nothing if the group is below itself. It looks no deeper than is allowed
/// and one more, level by level, so that many paths to one group cost no more than one.
pub(super) fn depth(groups: &[CompetenceGroup], from: GroupId) -> Option<usize> {
    let by_id: HashMap<_, _> = groups.iter().map(|group| (group.id, group)).collect();
    if below(&by_id, from).contains(&from) {
        return None;
    }
    let mut level = HashSet::from([from]);
    let mut depth = 0;
    while !level.is_empty() && depth <= MAX_DEPTH {
        depth += 1;
        let children = level.iter().filter_map(|id| by_id.get(id)).flat_map(|group| &group.children);
        level = children.filter(|child| by_id.contains_key(*child)).copied().collect();
    }
    Some(depth)
}

fn below(by_id: &HashMap<GroupId, &CompetenceGroup>, from: GroupId) -> HashSet<GroupId> {
    let children = |id: &GroupId| by_id.get(id).map(|group| group.children.clone()).unwrap_or_default();
    let (mut open, mut seen) = (children(&from), HashSet::new());
    while let Some(group) = open.pop() {
        if seen.insert(group) {
            open.extend(children(&group));
        }
    }
    seen
}

//! What may be chosen before a time is looked for.

use std::collections::BTreeSet;

use jiff::Timestamp;
use uuid::Uuid;

use super::Compiled;
use crate::configuration::all;
use crate::model::{CompetenceGroup, Kept, MeetingConfiguration, ServiceGroup, Skills, Topic};
use crate::values::WhoCanBook;
use crate::{Bookme, Error, Tenancy};

/// Who is in a service group, and why. Somebody may be in it for several reasons.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Advisors {
    /// Whose own skills fit its trigger. That alone makes nobody a member.
    pub skill_based: Vec<Uuid>,
    /// Its own employees.
    pub assigned: Vec<Uuid>,
    /// Those of its competence groups, and of all groups below.
    pub competence_group_advisors: Vec<Uuid>,
}

impl Bookme {
    /// The topics that are set up for a customer type, or for any; for customers those that they may book. By order and name.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the customer type is not there, [`Error::Store`].
    pub async fn topics(
        &self,
        tenancy: &Tenancy,
        is_customer: bool,
        customer_type: Option<Uuid>,
    ) -> Result<Vec<Kept<Topic>>, Error> {
        let compiled = self.compiled(tenancy).await?;
        if customer_type.is_some_and(|id| !compiled.customer_types.contains_key(&id)) {
            return Err(Error::not_found("/customerTypeId"));
        }
        let mut topics = self.list::<Topic>(tenancy).await?;
        if is_customer || customer_type.is_some() {
            topics.retain(|topic| compiled.is_offered(topic.id, is_customer, customer_type));
        }
        topics.sort_by(|one, other| {
            let place = |kept: &Kept<Topic>| (kept.value.order, kept.value.name.text().to_owned(), kept.id);
            place(one).cmp(&place(other))
        });
        Ok(topics)
    }

    /// The row of the meeting configuration that holds for a topic and a customer type, if there is one.
    ///
    /// # Errors
    /// [`Error::NotFound`] where either is not there, [`Error::Store`].
    pub async fn configuration_for(
        &self,
        tenancy: &Tenancy,
        topic: Option<Uuid>,
        customer_type: Option<Uuid>,
    ) -> Result<Option<Kept<MeetingConfiguration>>, Error> {
        let compiled = self.compiled(tenancy).await?;
        if topic.is_some_and(|id| !compiled.topics.contains_key(&id)) {
            return Err(Error::not_found("/topicId"));
        }
        if customer_type.is_some_and(|id| !compiled.customer_types.contains_key(&id)) {
            return Err(Error::not_found("/customerTypeId"));
        }
        Ok(compiled.row(topic, customer_type).cloned())
    }

    /// Who is in a service group.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Store`].
    pub async fn advisors(&self, tenancy: &Tenancy, group: Uuid) -> Result<Advisors, Error> {
        let compiled = self.compiled(tenancy).await?;
        let group = self.get::<ServiceGroup>(tenancy, group).await?.value;
        let mut reader = self.database.reader();
        let groups = all::<CompetenceGroup>(&mut reader, tenancy).await?;
        let skilled = all::<Skills>(&mut reader, tenancy).await?;
        let there = |id: &Uuid| compiled.employees.get(id).is_some_and(|employee| employee.active);
        let fits = |kept: &&Kept<Skills>| there(&kept.id) && compiled.fits(&kept.value, &group);
        let assigned: Vec<Uuid> = group.employees.ids().filter(there).collect();
        let below = below(&group.competence_group_ids, &groups);
        let members: BTreeSet<Uuid> = groups
            .iter()
            .filter(|kept| below.contains(&kept.id))
            .flat_map(|kept| kept.value.employees.ids())
            .filter(there)
            .collect();
        Ok(Advisors {
            skill_based: skilled.iter().filter(fits).map(|kept| kept.id).collect(),
            assigned,
            competence_group_advisors: members.into_iter().collect(),
        })
    }

    /// When somebody who signs in to a service group without saying until when is signed out: at closing time, past that at the
    /// end of the local day.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the day lies beyond the calendar, [`Error::Store`].
    pub async fn sign_in_end(&self, tenancy: &Tenancy, start: Timestamp) -> Result<Timestamp, Error> {
        let compiled = self.compiled(tenancy).await?;
        let beyond = || Error::invalid("/startDate", "the day lies beyond the years of the calendar");
        let date = compiled.date(start);
        let (_, midnight) = compiled.day(date).ok_or_else(beyond)?;
        let closing = compiled.settings.closing_time.clock().minutes();
        let (hour, minute) = (i8::try_from(closing / 60).ok(), i8::try_from(closing % 60).ok());
        let clock = hour.zip(minute).filter(|(hour, _)| *hour < 24);
        let local = clock.and_then(|(hour, minute)| {
            // An hour that comes twice ends with its second pass.
            compiled.zone.to_ambiguous_timestamp(date.at(hour, minute, 0, 0)).later().ok()
        });
        Ok(local.filter(|closing| start < *closing).unwrap_or(midnight))
    }
}

impl Compiled {
    /// Whether a topic is set up, and for whom.
    fn is_offered(&self, topic: Uuid, is_customer: bool, customer_type: Option<Uuid>) -> bool {
        let open = |kind: Option<Uuid>| {
            let row = self.row(Some(topic), kind);
            row.is_some_and(|row| !is_customer || row.value.who_can_book == WhoCanBook::Customers)
        };
        match customer_type {
            Some(kind) => open(Some(kind)),
            None => open(None) || self.customer_types.keys().any(|kind| open(Some(*kind))),
        }
    }

    /// Whether skills fit what a trigger names; what it does not name fits.
    fn fits(&self, skills: &Skills, group: &ServiceGroup) -> bool {
        let trigger = &group.service_trigger;
        let kinds = &trigger.customer_type_ids;
        let kind = kinds.is_empty() || kinds.iter().any(|kind| skills.customer_type_ids.contains(kind));
        let covered = |topic: &Uuid| self.lineage(Some(*topic)).iter().any(|above| skills.topic_ids.contains(above));
        kind && (trigger.topic_ids.is_empty() || trigger.topic_ids.iter().any(covered))
    }
}

/// Groups with all below them.
fn below(roots: &[Uuid], groups: &[Kept<CompetenceGroup>]) -> BTreeSet<Uuid> {
    let mut found = BTreeSet::new();
    let mut open = roots.to_vec();
    while let Some(id) = open.pop() {
        if found.insert(id) {
            let group = groups.iter().find(|kept| kept.id == id);
            open.extend(group.into_iter().flat_map(|kept| &kept.value.child_group_ids));
        }
    }
    found
}

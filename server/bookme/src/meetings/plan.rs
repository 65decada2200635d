//! What is booked, before any time is taken: references, the portal, the row of the configuration.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::caller::{Caller, Who};
use super::meeting::{Body, Booking, MeetingDetails, Personal};
use crate::model::{Portal, Preset};
use crate::search::Compiled;
use crate::values::{BookedBy, MeetingType};
use crate::{Error, Problems, Refusal};

impl Booking {
    /// What is to be kept of it, if it is right.
    pub(super) fn body(mut self, compiled: &Compiled, caller: &Caller) -> Result<(Body, Personal), Error> {
        self.details.normalise();
        // Whoever does not say otherwise sets out for the customer from where the organisation says.
        if self.details.meeting_type == MeetingType::Offsite && self.details.start_address.is_none() {
            self.details.start_address = compiled.settings.travel_start_address.clone();
        }
        let portal = self.portal(compiled, caller)?.map(|(id, portal)| (id, portal.clone()));
        let mut problems = Problems::default();
        self.details.check(self.needs_address, &mut problems);
        problems.count("/externalAttendees", self.external_attendees.len(), 100);
        for (position, one) in self.external_attendees.iter().enumerate() {
            problems.length(&format!("/externalAttendees/{position}/name"), &one.name, 255);
            problems.name(&format!("/externalAttendees/{position}/email"), &one.email, 255);
        }
        if self.time_slot_id.is_some() && self.time.is_some() {
            problems.add("/startDate", "the time is that of the slot: give one of both");
        }
        if let Some((start, end)) = self.time {
            crate::calendar::span(start, end, &mut problems);
        }
        if self.details.customer_id.is_none() && !self.is_internal {
            problems.add("/customerId", "a meeting with a customer needs one");
        }
        if caller.is_customer() && !self.details.additional_employees.is_empty() {
            problems.add("/additionalEmployees", "staff alone says who else takes part");
        }
        if self.cpr.as_ref().is_some_and(|id| !Preset::Cpr.matches(id)) {
            problems.add("/cpr", "a personal id is six digits, a dash and four digits");
        }
        problems.finish()?;
        if (self.is_internal || self.ignore_conflicts) && caller.is_customer() {
            return Err(Error::Forbidden(Refusal::NotOffered));
        }
        let filled = match &portal {
            Some((_, portal)) => portal.filled_in(&self.custom_fields)?,
            None => BTreeMap::new(),
        };
        let sealed =
            |key: &str| portal.iter().flat_map(|(_, portal)| &portal.fields).any(|f| f.name == key && f.is_sealed());
        let (fields, custom_fields) = filled.into_iter().partition(|(key, _)| sealed(key));
        let personal = Personal { cpr: self.cpr, fields };
        references(&self.details, None, compiled)?;
        let row = row(&self.details, self.is_internal, compiled)?;
        let is_portal = portal.is_some();
        let body = Body {
            details: self.details,
            booked_by: self.booked_by,
            is_internal: self.is_internal,
            send_confirmation: self.send_confirmation,
            portal_id: portal.as_ref().map(|(id, _)| *id),
            portal_name: portal.as_ref().map(|(_, portal)| portal.name.clone()),
            strategy: portal.as_ref().map(|(_, portal)| portal.strategy()),
            crm_mapping_id: portal.as_ref().and_then(|(_, portal)| portal.mapping()),
            custom_fields,
            external_attendees: if is_portal { self.external_attendees } else { Vec::new() },
            configuration_id: row.map(|row| row.id),
            configuration: row.map(|row| row.value.clone()),
            time_slot_id: None,
            sequence: 0,
            cancelled_by: None,
            reason: None,
            ignores_conflicts: self.ignore_conflicts,
            attendance: None,
        };
        Ok((body, personal))
    }

    /// The portal, where one books in it. What it fixes, it fixes. Who signed in to a portal books there and nowhere else.
    fn portal<'c>(&mut self, compiled: &'c Compiled, caller: &Caller) -> Result<Option<(Uuid, &'c Portal)>, Error> {
        if let Who::Portal { portal, .. } = &caller.who {
            let kept = compiled.portals.get(portal).ok_or_else(|| Error::not_found("/portalId"))?;
            self.portal_id = Some(*portal);
            self.booked_by = kept.booked_by();
        } else if caller.is_customer() {
            self.booked_by = BookedBy::Customer;
        }
        if !matches!(self.booked_by, BookedBy::PortalPartner | BookedBy::PortalCustomer) {
            return Ok(None);
        }
        let id = self.portal_id.ok_or_else(|| Error::invalid("/portalId", "a booking in a portal names it"))?;
        let portal = compiled.portals.get(&id).ok_or_else(|| Error::not_found("/portalId"))?;
        let details = &mut self.details;
        details.customer_type_id = portal.customer_type_id.or(details.customer_type_id);
        details.topic_id = portal.topic_id.or(details.topic_id);
        details.location = portal.location.clone().or(details.location.take());
        Ok(Some((id, portal)))
    }
}

/// Looks for what is named and was not before.
pub(super) fn references(
    details: &MeetingDetails,
    was: Option<&MeetingDetails>,
    compiled: &Compiled,
) -> Result<(), Error> {
    let employee = |id: &Uuid| compiled.employees.get(id).is_some_and(|employee| employee.active);
    if was.is_none_or(|was| was.employee_id != details.employee_id) && !employee(&details.employee_id) {
        return Err(Error::not_found("/employeeId"));
    }
    for (position, id) in details.additional_employees.iter().enumerate() {
        if !was.is_some_and(|was| was.additional_employees.contains(id)) && !employee(id) {
            return Err(Error::not_found(format!("/additionalEmployees/{position}")));
        }
    }
    let new = |of: fn(&MeetingDetails) -> Option<Uuid>| of(details).filter(|id| was.and_then(of) != Some(*id));
    if new(|details| details.topic_id).is_some_and(|id| !compiled.topics.contains_key(&id)) {
        return Err(Error::not_found("/topicId"));
    }
    if new(|details| details.customer_type_id).is_some_and(|id| !compiled.customer_types.contains_key(&id)) {
        return Err(Error::not_found("/customerTypeId"));
    }
    if new(|details| details.room_id).is_some_and(|id| compiled.room(id).is_none_or(|room| !room.active)) {
        return Err(Error::not_found("/roomId"));
    }
    Ok(())
}

type Row = crate::model::Kept<crate::model::MeetingConfiguration>;

/// The row of the configuration that holds for a meeting; none for internal ones, and for those without a topic.
pub(super) fn row<'c>(
    details: &MeetingDetails,
    is_internal: bool,
    compiled: &'c Compiled,
) -> Result<Option<&'c Row>, Error> {
    if is_internal {
        return Ok(None);
    }
    let row = compiled.row(details.topic_id, details.customer_type_id);
    if row.is_none() && details.topic_id.is_some() {
        let mut problems = Problems::default();
        let message =
            "no meeting configuration is for this topic and customer type: add a row for them, or one for all";
        problems.refuse("/topicId", message, Refusal::MeetingConfigurationMissing);
        return Err(problems.into());
    }
    Ok(row)
}

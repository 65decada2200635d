//! Portals, in which partners and citizens book.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Field, MAX_NAME, Reference, Target, Thing};
use crate::problem::escaped;
use crate::values::{AuthenticationType, BookedBy, CreationStrategy};
use crate::{Error, Problems};

/// The longest style sheet, in characters.
const MAX_STYLING: usize = 100_000;
/// The longest logo, in characters: it may be a data URI.
const MAX_LOGO: usize = 200_000;

/// A portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Portal {
    /// What people read. It is kept with each meeting.
    pub name: String,
    /// How people sign in.
    pub authentication_type: AuthenticationType,
    /// The customer type of every meeting.
    #[serde(default)]
    pub customer_type_id: Option<Uuid>,
    /// The topic of every meeting; none: all of the customer type.
    #[serde(default)]
    pub topic_id: Option<Uuid>,
    /// Where every meeting is; none: the customer chooses.
    #[serde(default)]
    pub location: Option<String>,
    /// What is asked.
    #[serde(default)]
    pub fields: Vec<Field>,
    /// The address of a logo, or the logo itself.
    #[serde(default)]
    pub logo_url: Option<String>,
    /// The height of the logo, in pixels.
    #[serde(default)]
    pub logo_height: Option<u32>,
    /// A style sheet, as it was given.
    #[serde(default)]
    pub styling: Option<String>,
    /// The last page has a file for the calendar.
    #[serde(default)]
    pub ical_enabled: bool,
    /// The mapping by which the CRM hears of meetings.
    #[serde(default)]
    pub crm_mapping_configuration_id: Option<Uuid>,
    /// How the CRM hears of meetings; none: by the mapping, if there is one, otherwise by playbooks.
    #[serde(default)]
    pub crm_creation_strategy: Option<CreationStrategy>,
    /// Its labels, by name.
    #[serde(default)]
    pub labels: Vec<String>,
}

impl Portal {
    /// How the CRM hears of meetings.
    #[must_use]
    pub fn strategy(&self) -> CreationStrategy {
        let implied = match self.crm_mapping_configuration_id {
            Some(_) => CreationStrategy::CrmConfiguration,
            None => CreationStrategy::Playbook,
        };
        self.crm_creation_strategy.unwrap_or(implied)
    }

    /// The mapping that writes its meetings into the CRM; none: playbooks do.
    #[must_use]
    pub fn mapping(&self) -> Option<Uuid> {
        self.crm_mapping_configuration_id.filter(|_| self.strategy() == CreationStrategy::CrmConfiguration)
    }

    /// Who books in it.
    #[must_use]
    pub fn booked_by(&self) -> BookedBy {
        match self.authentication_type {
            AuthenticationType::AzureAd => BookedBy::PortalPartner,
            AuthenticationType::MitId => BookedBy::PortalCustomer,
        }
    }

    /// What a booking holds of what somebody filled in: hidden fields have their default, whatever was sent, and so have those
    /// that were left out.
    ///
    /// # Errors
    /// [`Error::Invalid`]: all that is missing, of another form or unknown, each at `/customFields/` and its key. No value is
    /// shown.
    pub fn filled_in(&self, given: &BTreeMap<String, String>) -> Result<BTreeMap<String, String>, Error> {
        let (mut filled, mut problems) = (BTreeMap::new(), Problems::default());
        for field in &self.fields {
            let place = format!("/customFields/{}", escaped(&field.name));
            let sent = given.get(&field.name).filter(|text| !field.hidden && !text.is_empty());
            let value = sent.or(field.default_value.as_ref()).filter(|text| !text.is_empty());
            match value {
                None if field.required => problems.add(place, "the field has to be filled in"),
                None => {}
                Some(value) => match field.wrong(value) {
                    Some(wrong) => problems.add(place, wrong),
                    None => drop(filled.insert(field.name.clone(), value.clone())),
                },
            }
        }
        for name in given.keys().filter(|name| !self.fields.iter().any(|field| field.name == **name)) {
            problems.add(format!("/customFields/{}", escaped(name)), "the portal has no such field");
        }
        problems.finish()?;
        Ok(filled)
    }
}

impl Thing for Portal {
    const KIND: &'static str = "portal";

    fn normalise(&mut self) {
        self.location = self.location.take().filter(|location| !location.is_empty());
    }

    fn labels(&mut self) -> Option<&mut Vec<String>> {
        Some(&mut self.labels)
    }

    fn check(&self, problems: &mut Problems) {
        problems.name("/name", &self.name, MAX_NAME);
        problems.length("/location", self.location.as_deref().unwrap_or_default(), MAX_NAME);
        problems.length("/styling", self.styling.as_deref().unwrap_or_default(), MAX_STYLING);
        problems.length("/logoUrl", self.logo_url.as_deref().unwrap_or_default(), MAX_LOGO);
        if self.crm_creation_strategy == Some(CreationStrategy::CrmConfiguration)
            && self.crm_mapping_configuration_id.is_none()
        {
            problems.add("/crmMappingConfigurationId", "the strategy `CrmConfiguration` needs a mapping");
        }
        problems.count("/fields", self.fields.len(), 200);
        let mut keys = HashSet::new();
        for (position, field) in self.fields.iter().enumerate() {
            let place = format!("/fields/{position}");
            if !keys.insert(&field.name) {
                problems.add(format!("{place}/name"), "there is a field of that name already");
            }
            field.check(&place, problems);
        }
    }

    fn references(&self) -> Vec<Reference> {
        let named = [
            ("/customerTypeId", Target::CustomerType, self.customer_type_id),
            ("/topicId", Target::Topic, self.topic_id),
        ];
        let reference = |(field, target, id): (&str, Target, Option<Uuid>)| {
            id.map(|id| Reference { field: field.to_owned(), target, id })
        };
        named.into_iter().filter_map(reference).collect()
    }
}

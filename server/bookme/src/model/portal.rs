//! Portals, in which partners and citizens book.

use std::collections::{BTreeMap, HashSet};

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{MAX_NAME, MAX_TEXT, Reference, Target, Thing};
use crate::problem::escaped;
use crate::values::{AuthenticationType, BookedBy, CreationStrategy, FieldType, Languages};
use crate::{Error, Problems};

/// The most memory that a pattern may need, in bytes.
const MAX_PATTERN: usize = 1 << 20;
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

/// Something that a portal asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Field {
    /// Its id.
    pub id: Uuid,
    /// Its key; no two of a portal have the same.
    pub name: String,
    /// What people read.
    pub label: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// What stands in it while it is empty.
    #[serde(default)]
    pub placeholder: Option<String>,
    /// It is not shown; the server fills in its default.
    #[serde(default)]
    pub hidden: bool,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// What it holds if nothing else is said.
    #[serde(default)]
    pub default_value: Option<String>,
    /// Its place; lower comes first.
    #[serde(default)]
    pub order: i32,
    /// What may be chosen, of a dropdown.
    #[serde(default)]
    pub options: Vec<String>,
    /// It has to be filled in.
    #[serde(default)]
    pub required: bool,
    /// What it has to be like: all of them.
    #[serde(default)]
    pub validations: Vec<Validation>,
}

/// What a field has to be like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Validation {
    /// A pattern that is found in the value, in the language of the crate `regex`: its time grows with the value alone.
    pub pattern: String,
    /// What people read where it is not.
    #[serde(default)]
    pub error_message: Option<String>,
}

/// A pattern that is offered to who makes a portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// A Danish personal id.
    Cpr,
    /// A name.
    Name,
    /// An e-mail address.
    Email,
    /// A Danish telephone number.
    Phone,
    /// An address of the web.
    Url,
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Cpr, Self::Name, Self::Email, Self::Phone, Self::Url];

    /// The pattern.
    #[must_use]
    pub const fn pattern(self) -> &'static str {
        match self {
            Self::Cpr => r"^\d{6}-\d{4}$",
            Self::Name => "^[a-zA-ZæøåÆØÅ]+$",
            Self::Email => r"^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}$",
            Self::Phone => r"^\+45\d{8}$",
            Self::Url => r"^[^ ]+\.[^ ]+$",
        }
    }
}

impl Field {
    /// Whether its value is a personal id: it is sealed wherever it is kept, and never shown.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        self.validations.iter().any(|validation| validation.pattern == Preset::Cpr.pattern())
    }

    fn check(&self, place: &str, problems: &mut Problems) {
        problems.name(&format!("{place}/name"), &self.name, MAX_NAME);
        problems.name(&format!("{place}/label"), &self.label, MAX_NAME);
        for (name, text) in [
            ("placeholder", &self.placeholder),
            ("description", &self.description),
            ("defaultValue", &self.default_value),
        ] {
            problems.length(&format!("{place}/{name}"), text.as_deref().unwrap_or_default(), MAX_TEXT);
        }
        if self.field_type == FieldType::Dropdown && self.options.is_empty() {
            problems.add(format!("{place}/options"), "a dropdown needs something to choose");
        }
        problems.count(&format!("{place}/options"), self.options.len(), 1_000);
        for (position, option) in self.options.iter().enumerate() {
            problems.length(&format!("{place}/options/{position}"), option, MAX_NAME);
        }
        problems.count(&format!("{place}/validations"), self.validations.len(), 20);
        let before = problems.len();
        for (position, validation) in self.validations.iter().enumerate() {
            let at = format!("{place}/validations/{position}");
            problems.length(&format!("{at}/pattern"), &validation.pattern, MAX_TEXT);
            problems.length(
                &format!("{at}/errorMessage"),
                validation.error_message.as_deref().unwrap_or_default(),
                MAX_TEXT,
            );
            if compile(&validation.pattern).is_none() {
                problems.add(
                    format!("{at}/pattern"),
                    "the pattern cannot be read: look-around and back-references are none",
                );
            }
        }
        if self.hidden && self.required && self.default_value.as_deref().unwrap_or_default().is_empty() {
            problems.add(format!("{place}/defaultValue"), "a field that is hidden and required needs a default");
        }
        if problems.len() == before
            && let Some(wrong) = self.default_value.as_deref().and_then(|text| self.wrong(text))
        {
            problems.add(format!("{place}/defaultValue"), wrong);
        }
    }

    /// What is wrong with a value.
    fn wrong(&self, value: &str) -> Option<String> {
        let typed = match self.field_type {
            FieldType::Text | FieldType::TextArea | FieldType::Phone | FieldType::Email => true,
            FieldType::Number => value.len() <= 40 && value.trim().parse::<f64>().is_ok_and(f64::is_finite),
            FieldType::Date => value.parse::<jiff::civil::Date>().is_ok(),
            FieldType::Time => value.parse::<jiff::civil::Time>().is_ok(),
            FieldType::Checkbox | FieldType::Boolean => matches!(value, "true" | "false"),
            FieldType::Dropdown => self.options.iter().any(|option| option == value),
        };
        if value.chars().nth(MAX_TEXT).is_some() || value.contains('\0') {
            return Some("the value is too long, or has a character that is none".to_owned());
        }
        if !typed {
            return Some(match self.field_type {
                FieldType::Dropdown => "the value is none of those to choose from".to_owned(),
                kind => format!("the value is not of the type `{kind}`"),
            });
        }
        let missing =
            |validation: &&Validation| compile(&validation.pattern).is_none_or(|regex| !regex.is_match(value));
        let broken = self.validations.iter().find(missing)?;
        Some(broken.error_message.clone().unwrap_or_else(|| "the value has another form".to_owned()))
    }
}

fn compile(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(pattern).size_limit(MAX_PATTERN).dfa_size_limit(MAX_PATTERN).build().ok()
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

    fn check(&self, _: &Languages, problems: &mut Problems) {
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

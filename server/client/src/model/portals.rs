//! Portals, and what they ask.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{AuthenticationType, CrmCreationStrategy, FieldType};

/// A page where customers or partners book.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Portal {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// How people sign in.
    pub authentication_type: AuthenticationType,
    /// What kind of customers it is for.
    pub customer_type_id: Option<Uuid>,
    /// What is booked on it; every topic of the kind of customers, where nothing is said.
    pub topic_id: Option<Uuid>,
    /// Where; the customer chooses, where nothing is said.
    pub location: Option<String>,
    /// What is asked.
    pub fields: Vec<Field>,
    /// The logo.
    pub logo_url: Option<String>,
    /// How high the logo is, in pixels.
    pub logo_height: Option<u32>,
    /// How the page looks, in CSS.
    pub styling: Option<String>,
    /// Whether a file for calendars is offered.
    pub ical_enabled: bool,
    /// The mapping to the CRM.
    pub crm_mapping_configuration_id: Option<Uuid>,
    /// How what is booked gets into the CRM.
    pub crm_creation_strategy: CrmCreationStrategy,
    /// Labels.
    pub labels: Vec<String>,
}

/// Something that a portal asks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Field {
    /// Its id.
    pub id: Uuid,
    /// The key under which the answer is kept; no two fields of a portal have the same.
    pub name: String,
    /// What is asked, as it is shown.
    pub label: String,
    /// What it takes.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// What stands in it before anything is filled in.
    pub placeholder: Option<String>,
    /// Whether it is not shown: it carries a value that is given.
    pub hidden: bool,
    /// What is allowed.
    pub validation: Validation,
    /// What else is said of it.
    pub description: Option<String>,
    /// What it holds before anything is filled in.
    pub default_value: Option<String>,
    /// Where it stands.
    pub order: i32,
    /// What can be chosen, of a `Dropdown`.
    pub options: Vec<String>,
}

/// What is allowed in a field.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Validation {
    /// Whether something has to be filled in.
    #[serde(default)]
    pub required: bool,
    /// A regular expression that it has to match.
    #[cfg_attr(feature = "schema", schemars(length(max = 4000)))]
    pub pattern: Option<String>,
    /// What is said where it does not.
    #[cfg_attr(feature = "schema", schemars(length(max = 4000)))]
    pub error_message: Option<String>,
}

/// A portal that is to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreatePortal {
    /// What it is called.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 255), regex(pattern = r"\S")))]
    pub name: String,
    /// How people sign in.
    pub authentication_type: AuthenticationType,
    /// What kind of customers it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_type_id: Option<Uuid>,
    /// What is booked on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic_id: Option<Uuid>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 255)))]
    pub location: Option<String>,
    /// What is asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = 200)))]
    pub fields: Vec<FieldInput>,
    /// The logo.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 200000)))]
    pub logo_url: Option<String>,
    /// How high the logo is, in pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(max = 2147483647)))]
    pub logo_height: Option<u32>,
    /// How the page looks, in CSS. It is kept as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 100000)))]
    pub styling: Option<String>,
    /// Whether a file for calendars is offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ical_enabled: Option<bool>,
    /// The mapping to the CRM.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crm_mapping_configuration_id: Option<Uuid>,
    /// How what is booked gets into the CRM; by the mapping where one is named, otherwise by playbooks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub crm_creation_strategy: Option<CrmCreationStrategy>,
    /// Labels. One that is new is registered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(
        feature = "schema",
        schemars(length(max = 100), inner(length(min = 1, max = 255), regex(pattern = r"\S")))
    )]
    pub labels: Vec<String>,
}

/// Something that a portal is to ask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldInput {
    /// The id of a field that is there; it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// The key under which the answer is kept; no two fields of a portal have the same.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 255), regex(pattern = r"\S")))]
    pub name: String,
    /// What is asked, as it is shown.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 255), regex(pattern = r"\S")))]
    pub label: String,
    /// What it takes.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// What stands in it before anything is filled in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 4000)))]
    pub placeholder: Option<String>,
    /// Whether it is not shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hidden: Option<bool>,
    /// What is allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation: Option<Validation>,
    /// What else is said of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 4000)))]
    pub description: Option<String>,
    /// What it holds before anything is filled in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 4000)))]
    pub default_value: Option<String>,
    /// Where it stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<i32>,
    /// What can be chosen, of a `Dropdown`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(length(max = 1000), inner(length(max = 255))))]
    pub options: Vec<String>,
}

/// Which portals are listed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PortalsQuery {
    /// Whether fields are told that are not shown to people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("default" = false)))]
    pub include_hidden_fields: Option<bool>,
    /// Those that bear one of these labels, in any case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
}

/// What is told of a portal.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PortalQuery {
    /// Whether fields are told that are not shown to people.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("default" = false)))]
    pub include_hidden_fields: Option<bool>,
}

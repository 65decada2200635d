//! Topics of meetings, and types of customers.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Localized;

/// What a meeting can be about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Topic {
    /// Its id.
    pub id: Uuid,
    /// What it is called, in Danish.
    pub name: String,
    /// What it is called, by language.
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3")))]
    pub localized_name: Localized,
    /// The name by which other systems know it; no two topics have the same.
    pub unique_topic_id: String,
    /// The topic that this one is a part of.
    pub parent_id: Option<Uuid>,
    /// Where it stands in lists.
    pub order: i32,
}

/// A topic that is to be. It has a name in Danish, in one of the two members.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateTopic {
    /// What it is called, in Danish.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("x-required-in" = "v1,v2"), length(min = 1, max = 255), regex(pattern = r"\S")))]
    pub name: Option<String>,
    /// What it is called, by language. Languages have to be switched on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3")))]
    pub localized_name: Option<Localized>,
    /// The name by which other systems know it; no two topics have the same.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 255), regex(pattern = r"\S")))]
    pub unique_topic_id: String,
    /// The topic that this one is a part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<Uuid>,
    /// Where it stands in lists; 0 where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<i32>,
}

/// Which topics are listed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TopicsQuery {
    /// Whether only topics are meant that customers can book.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = [true])))]
    pub is_customer: bool,
    /// Those that this type of customers is met about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_type_id: Option<Uuid>,
    /// One language alone, or `all`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("x-since" = "v3", "examples" = ["en-GB"])))]
    pub lang: Option<String>,
}

/// A kind of customers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CustomerType {
    /// Its id.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
}

/// A type of customers that is to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateCustomerType {
    /// What it is called; no two have the same name.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 255), regex(pattern = r"\S")))]
    pub name: String,
}

/// A type of customers as it is to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateCustomerType {
    /// The id of the address, or left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Uuid>,
    /// What it is called.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 255), regex(pattern = r"\S")))]
    pub name: String,
}

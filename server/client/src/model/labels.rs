//! The registry of labels.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{ActiveFilter, Instant};

/// A label that things can bear.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LabelRegistration {
    /// Its id.
    pub id: Uuid,
    /// The name; no two have the same, in whatever case.
    pub label_name: String,
    /// A colour, as `#RRGGBB`.
    pub color: String,
    /// What it is for.
    pub description: Option<String>,
    /// How many things bear it.
    pub usage_count: u64,
    /// Whether anything does.
    pub is_active: bool,
    /// When it was first used or registered.
    pub first_seen: Option<Instant>,
    /// When it was last changed.
    pub last_updated: Option<Instant>,
}

/// A label that is like what was searched for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LabelSearchResult {
    /// Its id.
    pub id: Uuid,
    /// The name; no two have the same, in whatever case.
    pub label_name: String,
    /// A colour, as `#RRGGBB`.
    pub color: String,
    /// What it is for.
    pub description: Option<String>,
    /// How many things bear it.
    pub usage_count: u64,
    /// Whether anything does.
    pub is_active: bool,
    /// When it was first used or registered.
    pub first_seen: Option<Instant>,
    /// When it was last changed.
    pub last_updated: Option<Instant>,
    /// How like, from 0 to 1.
    pub similarity_score: f64,
}

/// A label that begins with what was typed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LabelSuggestion {
    /// The name.
    pub label_name: String,
    /// A colour, as `#RRGGBB`.
    pub color: String,
    /// How many things bear it.
    pub usage_count: u64,
}

/// A page of labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LabelPage {
    /// The labels of the page, by name.
    pub items: Vec<LabelRegistration>,
    /// Which page it is; the first is 0.
    pub page_number: u64,
    /// How many labels a page has at most.
    pub page_size: u64,
    /// How many labels there are.
    pub total_count: u64,
    /// How many pages there are.
    pub total_pages: u64,
}

/// A label that is to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CreateLabel {
    /// The name; no two have the same, in whatever case. It stays.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 255), regex(pattern = r"\S")))]
    pub label_name: String,
    /// A colour, as `#RRGGBB`; `#808080` where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^#[0-9A-Fa-f]{6}$")))]
    pub color: Option<String>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 500)))]
    pub description: Option<String>,
}

/// A label as it is to be. What is left out is as if it was new.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct UpdateLabel {
    /// The name that it has, or left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label_name: Option<String>,
    /// A colour, as `#RRGGBB`; `#808080` where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^#[0-9A-Fa-f]{6}$")))]
    pub color: Option<String>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(length(max = 500)))]
    pub description: Option<String>,
}

/// Which labels are listed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LabelsQuery {
    /// Which page; the first is 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("default" = 0)))]
    pub page_number: Option<u64>,
    /// How many labels a page has, at most 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("default" = 20), range(min = 1)))]
    pub page_size: Option<u64>,
    /// Whether only those are meant that are on something, or on nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("default" = "All")))]
    pub active_filter: Option<ActiveFilter>,
}

/// What is searched for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LabelSearchQuery {
    /// A text that names are held against.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["premum"]), length(min = 1)))]
    pub q: String,
    /// How like a name has to be, from 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("default" = 0.3), range(min = 0, max = 1)))]
    pub threshold: Option<f64>,
    /// How many labels at most; never more than 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("default" = 20), range(min = 1)))]
    pub limit: Option<u64>,
    /// Whether only those are meant that are on something, or on nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("default" = "All")))]
    pub active_filter: Option<ActiveFilter>,
}

/// What was typed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LabelSuggestQuery {
    /// What names begin with, in any case.
    #[cfg_attr(feature = "schema", schemars(extend("examples" = ["pre"]), length(min = 1)))]
    pub prefix: String,
    /// How many at most; never more than 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(extend("default" = 10), range(min = 1)))]
    pub limit: Option<u64>,
}

//! Labels.

use engage_store::platform::folded;
use serde::{Deserialize, Serialize};

use super::Thing;
use crate::Problems;

/// The colour of a label that was given none.
pub const DEFAULT_COLOUR: &str = "#808080";

/// A label: it marks groups, portals, templates, employees, rooms. It has no say in what may be booked, but for levels of the
/// priority configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Label {
    /// What it is called; no two have the same, in whatever case. It is never changed.
    pub label_name: String,
    /// Its colour, `#RRGGBB`.
    pub color: String,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
}

impl Label {
    /// A label with nothing but its name.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self { label_name: name.into(), color: DEFAULT_COLOUR.to_owned(), description: None }
    }
}

impl Thing for Label {
    const KIND: &'static str = "label";

    fn key(&self) -> Option<String> {
        Some(folded(&self.label_name))
    }

    fn check(&self, problems: &mut Problems) {
        problems.name("/labelName", &self.label_name, 255);
        let hexadecimal = |digits: &str| digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        if !self.color.strip_prefix('#').is_some_and(hexadecimal) {
            problems.add("/color", "a colour is written `#RRGGBB`");
        }
        problems.length("/description", self.description.as_deref().unwrap_or_default(), 500);
    }

    fn check_change(&self, was: &Self, problems: &mut Problems) {
        if self.label_name != was.label_name {
            problems.add("/labelName", "a label keeps its name");
        }
    }
}

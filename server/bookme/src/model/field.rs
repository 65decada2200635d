//! What a portal asks.

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{MAX_NAME, MAX_TEXT};
use crate::Problems;
use crate::values::FieldType;

/// The most memory that a pattern may need, in bytes.
const MAX_PATTERN: usize = 1 << 20;

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

impl Preset {
    /// Whether a text is what it is for.
    #[must_use]
    pub fn matches(self, text: &str) -> bool {
        compile(self.pattern()).is_some_and(|regex| regex.is_match(text))
    }
}

impl Field {
    /// Whether its value is a personal id: it is sealed wherever it is kept, and never shown.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        self.validations.iter().any(|validation| validation.pattern == Preset::Cpr.pattern())
    }

    pub(super) fn check(&self, place: &str, problems: &mut Problems) {
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
    pub(super) fn wrong(&self, value: &str) -> Option<String> {
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

//! Which pools of employees come first.

use engage_store::platform::folded;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Implied, MAX_NAME, MAX_TEXT, Thing};
use crate::values::LevelType;
use crate::{Problems, Tenancy};

/// The priority configuration: the first level comes first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Priority {
    /// The levels.
    pub levels: Vec<Level>,
}

/// A level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Level {
    /// Which pool.
    #[serde(rename = "type")]
    pub level_type: LevelType,
    /// What it is for.
    #[serde(default)]
    pub description: Option<String>,
    /// Of service groups, the label that they need; none: all of them.
    #[serde(default)]
    pub label: Option<String>,
}

impl Level {
    /// A level of a pool.
    #[must_use]
    pub fn of(level_type: LevelType) -> Self {
        Self { level_type, description: None, label: None }
    }
}

impl Default for Priority {
    fn default() -> Self {
        Self { levels: LevelType::ALL.iter().copied().map(Level::of).collect() }
    }
}

impl Thing for Priority {
    const KIND: &'static str = "priority";
    const IMPLIED: Implied = Implied::Organisation;

    fn implied(_: Uuid, _: Option<&str>) -> Option<Self> {
        Some(Self::default())
    }

    fn id(&self, tenancy: &Tenancy) -> Option<Uuid> {
        Some(tenancy.organisation)
    }

    fn check(&self, problems: &mut Problems) {
        if self.levels.is_empty() {
            problems.add("/levels", "a level at least is needed");
        }
        problems.count("/levels", self.levels.len(), 100);
        let same = |level: &Level| (level.level_type, level.label.as_deref().map(folded));
        for (position, level) in self.levels.iter().enumerate() {
            let field = format!("/levels/{position}");
            if level.label.is_some() && level.level_type != LevelType::ServiceGroup {
                problems.add(format!("{field}/label"), "only a level of service groups has a label");
            }
            problems.length(&format!("{field}/label"), level.label.as_deref().unwrap_or_default(), MAX_NAME);
            problems.length(
                &format!("{field}/description"),
                level.description.as_deref().unwrap_or_default(),
                MAX_TEXT,
            );
            if self.levels.iter().take(position).any(|before| same(before) == same(level)) {
                problems.add(field, "the level is there already");
            }
        }
    }
}

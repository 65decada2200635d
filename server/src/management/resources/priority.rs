//! Which pools of employees come first.

use engage_bookme::model::{Kept, Level, Priority};
use engage_bookme::values::LevelType;
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::given::Given;
use crate::management::part::Part;
use crate::management::values::Told;

/// The order in which pools of employees are offered where several could be met at a time: the first level comes first. It removes
/// no time.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct PriorityLevels {
    /// The levels: one at least, one of `Explicit` and one of `Local` at most, of service groups one for each label.
    #[schemars(length(min = 1, max = 100))]
    levels: Vec<PriorityLevel>,
}

/// A level.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct PriorityLevel {
    /// Which pool.
    r#type: Told<LevelType>,
    /// What the level is for.
    description: Option<String>,
    /// Of service groups, the label that they bear; `null`: all of them.
    label: Option<String>,
}

impl Part for PriorityLevels {
    type Of = Priority;
    const FIXED: &'static [&'static str] = &[];

    fn of(kept: &Kept<Priority>) -> Self {
        let level = |level: &Level| PriorityLevel {
            r#type: Told(level.level_type),
            description: level.description.clone(),
            label: level.label.clone(),
        };
        Self { levels: kept.value.levels.iter().map(level).collect() }
    }

    fn read(given: &mut Given<'_>, into: &mut Priority) {
        let there = given.value("levels").map(drop);
        given.needed("levels", there);
        into.levels = given.objects("levels", |given| {
            let level_type = given.parsed("type");
            let level_type = given.needed("type", level_type);
            let (description, label) = (given.text("description"), given.text("label"));
            Some(Level { level_type: level_type?, description, label })
        });
    }
}

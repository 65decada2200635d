//! Which pools of employees come first.

use engage_bookme::model::{Kept, Level, Priority};
use engage_bookme::values::LevelType;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::api::given::Given;
use crate::management::describe::Patches as _;
use crate::management::part::Part;
use crate::management::values::Told;
use crate::openapi::{Described, Shape};

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

/// What the operations say of themselves.
pub(super) fn described() -> Vec<Described> {
    let levels = || {
        json!({"levels": [
            {"type": "Explicit", "description": null, "label": null},
            {"type": "ServiceGroup", "description": "Advisors of the best customers", "label": "VIP"},
            {"type": "Local", "description": null, "label": null},
        ]})
    };
    let shape = Shape::of::<PriorityLevels>();
    vec![
        Described::new("PriorityLevels_get", "Settings", "Read the levels of priority").answers(200, shape, levels()),
        Described::new("PriorityLevels_replace", "Settings", "Replace the levels of priority")
            .takes(shape, levels())
            .answers(200, shape, levels())
            .refuses([409]),
        Described::new("PriorityLevels_patch", "Settings", "Change the levels of priority")
            .patched(json!([{"op": "move", "from": "/levels/2", "path": "/levels/1"}]))
            .answers(200, shape, levels())
            .refuses([409]),
    ]
}

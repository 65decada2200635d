//! Labels of employees and rooms. A name that is new is registered, as the Public API does with labels of groups.

use engage_bookme::model::{EmployeeAddition, Kept, RoomAddition};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::api::given::Given;
use crate::management::part::Part;
use crate::management::values;

/// The labels of an employee.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct EmployeeLabels {
    /// Whose.
    #[serde(skip_deserializing)]
    #[schemars(transform = values::only_told)]
    employee_id: Uuid,
    /// By name, each once in whatever case, 100 at most. Names that are new are registered with defaults.
    #[schemars(length(max = 100))]
    labels: Vec<String>,
}

/// The labels of a room.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct RoomLabels {
    /// Of which room.
    #[serde(skip_deserializing)]
    #[schemars(transform = values::only_told)]
    room_id: Uuid,
    /// By name, each once in whatever case, 100 at most. Names that are new are registered with defaults.
    #[schemars(length(max = 100))]
    labels: Vec<String>,
}

/// A list that has to be there: nobody takes off all labels by a slip in a name.
fn labels(given: &mut Given<'_>) -> Vec<String> {
    let there = given.value("labels").map(drop);
    given.needed("labels", there);
    given.texts("labels")
}

impl Part for EmployeeLabels {
    type Of = EmployeeAddition;
    const FIXED: &'static [&'static str] = &["employeeId"];

    fn of(kept: &Kept<EmployeeAddition>) -> Self {
        Self { employee_id: kept.id, labels: kept.value.labels.clone() }
    }

    fn read(given: &mut Given<'_>, into: &mut EmployeeAddition) {
        into.labels = labels(given);
    }
}

impl Part for RoomLabels {
    type Of = RoomAddition;
    const FIXED: &'static [&'static str] = &["roomId"];

    fn of(kept: &Kept<RoomAddition>) -> Self {
        Self { room_id: kept.id, labels: kept.value.labels.clone() }
    }

    fn read(given: &mut Given<'_>, into: &mut RoomAddition) {
        into.labels = labels(given);
    }
}

//! Labels of employees and rooms. A name that is new is registered, as the Public API does with labels of groups.

use engage_bookme::model::{EmployeeAddition, Kept, RoomAddition};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::api::given::Given;
use crate::management::describe::Patches as _;
use crate::management::part::Part;
use crate::management::values;
use crate::openapi::{Described, Shape};

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

/// What the operations on labels say of themselves.
pub(super) fn described() -> Vec<Described> {
    const OF: &str = "Every name that is new is registered with a default colour. Names are matched in any case and told as registered.";
    let employee = "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0001";
    let of_employee = || json!({"employeeId": employee, "labels": ["VIP", "Erhverv"]});
    let of_room = || json!({"roomId": employee, "labels": ["Stor"]});
    let add = || json!([{"op": "add", "path": "/labels/-", "value": "VIP"}]);
    vec![
        Described::new("EmployeeLabels_get", "Employees", "Read the labels of an employee").answers(
            200,
            Shape::of::<EmployeeLabels>(),
            of_employee(),
        ),
        Described::new("EmployeeLabels_replace", "Employees", "Replace the labels of an employee")
            .says(OF)
            .takes(Shape::of::<EmployeeLabels>(), json!({"labels": ["VIP", "Erhverv"]}))
            .answers(200, Shape::of::<EmployeeLabels>(), of_employee())
            .refuses([409]),
        Described::new("EmployeeLabels_patch", "Employees", "Change the labels of an employee")
            .says(OF)
            .patched(add())
            .answers(200, Shape::of::<EmployeeLabels>(), of_employee())
            .refuses([409]),
        Described::new("RoomLabels_get", "Rooms", "Read the labels of a room").answers(
            200,
            Shape::of::<RoomLabels>(),
            of_room(),
        ),
        Described::new("RoomLabels_replace", "Rooms", "Replace the labels of a room")
            .says(OF)
            .takes(Shape::of::<RoomLabels>(), json!({"labels": ["Stor"]}))
            .answers(200, Shape::of::<RoomLabels>(), of_room())
            .refuses([409]),
        Described::new("RoomLabels_patch", "Rooms", "Change the labels of a room")
            .says(OF)
            .patched(add())
            .answers(200, Shape::of::<RoomLabels>(), of_room())
            .refuses([409]),
    ]
}

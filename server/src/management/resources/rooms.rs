//! Whether a room may be booked.

use engage_bookme::model::{Kept, RoomAddition};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use crate::api::given::Given;
use crate::management::part::Part;
use crate::management::values;
use crate::openapi::{Described, Shape};

/// Whether a room may be booked. Meetings that have it keep it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::management) struct RoomBookability {
    /// Which room.
    #[serde(skip_deserializing)]
    #[schemars(transform = values::only_told)]
    room_id: Uuid,
    /// Whether it may be.
    can_be_booked: bool,
}

impl Part for RoomBookability {
    type Of = RoomAddition;
    const FIXED: &'static [&'static str] = &["roomId"];

    fn of(kept: &Kept<RoomAddition>) -> Self {
        Self { room_id: kept.id, can_be_booked: kept.value.can_be_booked }
    }

    fn read(given: &mut Given<'_>, into: &mut RoomAddition) {
        let sent = given.flag("canBeBooked");
        if let Some(can_be_booked) = given.needed("canBeBooked", sent) {
            into.can_be_booked = can_be_booked;
        }
    }
}

/// What the operations say of themselves.
pub(super) fn described() -> Vec<Described> {
    let told = || json!({"roomId": "0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0001", "canBeBooked": false});
    vec![
        Described::new("RoomBookability_get", "Rooms", "Read whether a room may be booked").answers(
            200,
            Shape::of::<RoomBookability>(),
            told(),
        ),
        Described::new("RoomBookability_replace", "Rooms", "Say whether a room may be booked")
            .says("It holds at once, for what is booked from then on.")
            .takes(Shape::of::<RoomBookability>(), json!({"canBeBooked": false}))
            .answers(200, Shape::of::<RoomBookability>(), told())
            .refuses([409]),
    ]
}

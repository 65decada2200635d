//! Whether a room may be booked.

use engage_bookme::model::{Kept, RoomAddition};
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use crate::api::given::Given;
use crate::management::part::Part;
use crate::management::values;

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

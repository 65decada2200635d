//! What is set up about places, which the directory brings.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Implied, MAX_NAME, Thing};
use crate::{Problems, Tenancy};

/// A location. Each that the directory names is there, with the id that follows from its key.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Location {
    /// Its key, matched byte by byte. It is never changed.
    pub location: String,
    /// What people read; none: the key.
    pub display_name: Option<String>,
    /// Physical meetings get a free room.
    pub add_rooms_to_booked_meetings: bool,
    /// Physical meetings need a free room.
    pub require_available_room: bool,
}

impl Location {
    /// A location with nothing but its key.
    #[must_use]
    pub fn of(key: impl Into<String>) -> Self {
        Self { location: key.into(), ..Self::default() }
    }

    /// The id of a location by its key (a name-based UUID, RFC 9562 §5.5, in the namespace of the organisation).
    #[must_use]
    pub fn id_of(tenancy: &Tenancy, key: &str) -> Uuid {
        Uuid::new_v5(&tenancy.organisation, key.as_bytes())
    }

    /// What people read.
    #[must_use]
    pub fn shown(&self) -> &str {
        self.display_name.as_deref().unwrap_or(&self.location)
    }
}

impl Thing for Location {
    const KIND: &'static str = "location";
    const IMPLIED: Implied = Implied::Location;

    fn implied(_: Uuid, location: Option<&str>) -> Option<Self> {
        location.map(Self::of)
    }

    fn id(&self, tenancy: &Tenancy) -> Option<Uuid> {
        Some(Self::id_of(tenancy, &self.location))
    }

    fn normalise(&mut self) {
        self.display_name = self.display_name.take().filter(|name| !name.is_empty());
    }

    fn key(&self) -> Option<String> {
        Some(self.location.clone())
    }

    fn check(&self, problems: &mut Problems) {
        if self.location.is_empty() {
            problems.add("/location", "a key is needed");
        }
        problems.length("/location", &self.location, MAX_NAME);
        problems.length("/displayName", self.display_name.as_deref().unwrap_or_default(), MAX_NAME);
    }

    fn check_change(&self, was: &Self, problems: &mut Problems) {
        if self.location != was.location {
            problems.add("/location", "a location keeps its key");
        }
    }
}

/// What bookings add to a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RoomAddition {
    /// Which room.
    pub room_id: Uuid,
    /// Whether the room may be booked.
    pub can_be_booked: bool,
    /// Labels, by name.
    pub labels: Vec<String>,
}

impl Default for RoomAddition {
    fn default() -> Self {
        Self { room_id: Uuid::nil(), can_be_booked: true, labels: Vec::new() }
    }
}

impl Thing for RoomAddition {
    const KIND: &'static str = "room";
    const IMPLIED: Implied = Implied::Room;

    fn implied(id: Uuid, _: Option<&str>) -> Option<Self> {
        Some(Self { room_id: id, ..Self::default() })
    }

    fn id(&self, _: &Tenancy) -> Option<Uuid> {
        Some(self.room_id)
    }

    fn labels(&mut self) -> Option<&mut Vec<String>> {
        Some(&mut self.labels)
    }

    fn check(&self, _: &mut Problems) {}
}

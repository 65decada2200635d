//! Rooms that are free.

use engage_store::platform::{CalendarReads, SlotFilter};
use uuid::Uuid;

use super::read;
use crate::configuration::Room;
use crate::{Bookme, Error, Tenancy};

/// The most slots that are looked at.
const MOST: usize = 1_000_000;

impl Bookme {
    /// The rooms at a location, byte by byte, that may be booked and are free during a slot, by name and id. What the slot itself has
    /// is free.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the slot is not there, [`Error::Store`].
    pub async fn vacant_rooms(&self, tenancy: &Tenancy, location: &str, slot: Uuid) -> Result<Vec<Room>, Error> {
        let slot = match self.time_slot(tenancy, slot).await {
            Err(Error::NotFound { .. }) => return Err(Error::not_found("/timeSlotId")),
            slot => slot?,
        };
        let compiled = self.compiled(tenancy).await?;
        let (from, until, now) = (slot.start, slot.end, self.now());
        let filter = SlotFilter { from, until, employee: None, room: None, now, most: MOST };
        let rows = self.database.reader().slots(tenancy, &filter).await?;
        let mut taken = Vec::new();
        for row in rows.into_iter().filter(|row| row.room.is_some() && row.id != slot.id) {
            let other = read(row)?;
            if other.status.is_blocking(other.show_as) {
                taken.extend(other.room_id);
            }
        }
        let there =
            |room: &&Room| room.active && room.can_be_booked && room.location == location && !taken.contains(&room.id);
        Ok(compiled.rooms.iter().filter(there).cloned().collect())
    }
}

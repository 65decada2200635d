//! Meetings that lie ahead of employees who have gone: they are kept, and somebody has to take them over.

use std::collections::{BTreeMap, HashSet};

use engage_store::platform::{CalendarReads, SlotFilter};
use jiff::Timestamp;
use uuid::Uuid;

use crate::values::SlotStatus;
use crate::{Bookme, Error, Tenancy};

/// The most slots that are looked at.
const MOST: usize = 100_000;

impl Bookme {
    /// Meetings that lie ahead and whose owner, or somebody else who takes part, is no active employee any more: whose they are, by
    /// meeting.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn meetings_of_the_gone(&self, tenancy: &Tenancy) -> Result<BTreeMap<Uuid, Vec<Uuid>>, Error> {
        let now = self.now();
        let filter = SlotFilter { from: now, until: Timestamp::MAX, employee: None, room: None, now, most: MOST };
        let slots = self.database.reader().slots(tenancy, &filter).await?;
        let mut gone = BTreeMap::<Uuid, Vec<Uuid>>::new();
        if slots.is_empty() {
            return Ok(gone);
        }
        let here: HashSet<Uuid> = self.employees(tenancy).await?.into_iter().map(|employee| employee.id).collect();
        for slot in slots.into_iter().filter(|slot| slot.starts > now) {
            let status: SlotStatus = slot.status.parse().map_err(|_| Error::senseless("a slot"))?;
            if let (Some(meeting), Some(employee), true) = (slot.meeting, slot.employee, status.is_main())
                && !here.contains(&employee)
            {
                gone.entry(meeting).or_default().push(employee);
            }
        }
        Ok(gone)
    }
}

//! Looking for times: what is set up, compiled once for each change of it; calendars, of which each is read again when it has
//! changed.

mod calendars;
mod compiled;
mod kept;
mod offers;
mod organisation;
mod range;
mod recent;

use engage_availability::{EmployeeId, Found, Instant, MeetingType, Reason, Request, SearchError};
use jiff::Timestamp;
use uuid::Uuid;

use crate::{Bookme, Error, Problems, Refusal, Tenancy};

pub use offers::Advisors;

pub(crate) use compiled::Compiled;
pub(crate) use kept::Cache;

impl Bookme {
    /// The times that a request is offered now. `seed` decides between employees who are equally good. Nothing is held.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the request names what is not there, [`Error::Invalid`] where it makes no sense or
    /// [`Refusal::MeetingConfigurationMissing`], [`Error::Store`].
    pub async fn available(&self, tenancy: &Tenancy, request: &Request, seed: u64) -> Result<Found, Error> {
        self.available_at(tenancy, request, seed, self.now()).await
    }

    pub(crate) async fn available_at(
        &self,
        tenancy: &Tenancy,
        request: &Request,
        seed: u64,
        now: Timestamp,
    ) -> Result<Found, Error> {
        let index = self.index(tenancy, request, now).await?;
        index.search(request, now.into(), seed).map_err(refused)
    }

    /// Whether a time is offered now, and if not, the first rule against it.
    ///
    /// # Errors
    /// As [`available`](Self::available).
    pub async fn explain(
        &self,
        tenancy: &Tenancy,
        request: &Request,
        (employee, meeting_type, start): (Uuid, MeetingType, Timestamp),
    ) -> Result<Reason, Error> {
        let now = self.now();
        let index = self.index(tenancy, request, now).await?;
        let explainer = index.explainer(request, now.into()).map_err(refused)?;
        let explained = explainer.explain(EmployeeId(employee), meeting_type, Instant::from(start));
        explained.map_err(|error| match error {
            SearchError::UnknownEmployee(_) => Error::not_found("/employeeId"),
            error => refused(error),
        })
    }
}

/// What the search says, with the place in the query that it speaks of.
fn refused(error: SearchError) -> Error {
    let mut problems = Problems::default();
    let message = error.to_string();
    match error {
        SearchError::UnknownTopic(_) => return Error::not_found("/topic"),
        SearchError::UnknownCustomerType(_) => return Error::not_found("/customerTypeId"),
        SearchError::UnknownEmployee(_) => return Error::not_found("/explicitEmployeeIds"),
        SearchError::UnknownRoom(_) => return Error::not_found("/specificRooms"),
        SearchError::ConfigurationMissing => {
            problems.refuse("/topic", message, Refusal::MeetingConfigurationMissing);
        }
        SearchError::NoPool => problems.add("/employeeTypes", message),
        SearchError::Duration => problems.add("/meetingDuration", message),
        SearchError::Range => problems.add("/startDate", message),
    }
    problems.into()
}

//! Employees and rooms, as the directories of an organisation bring them.

use std::collections::{BTreeMap, BTreeSet};

use engage_scim::Resource;
use engage_scim::schema::USER;
use engage_store::platform::{Condition, Kind, Realm, Record, Service};
use uuid::Uuid;

use super::read::{Reads, made};
use crate::model::{EmployeeAddition, RoomAddition};
use crate::{Bookme, Error, Tenancy};

/// Records of a page.
const PAGE: usize = 1_000;

/// An employee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Employee {
    /// The id.
    pub id: Uuid,
    /// The name to show.
    pub display_name: String,
    /// The given name.
    pub first_name: String,
    /// The family name.
    pub last_name: String,
    /// The e-mail address.
    pub email: String,
    /// The local part of the e-mail address.
    pub initials: String,
    /// Where the directory says the employee is; the key of a location, byte by byte.
    pub location: Option<String>,
    /// What the organisation calls the employee.
    pub external_id: Option<String>,
    /// Whether the directory says that the employee is active.
    pub active: bool,
    /// Labels, by name.
    pub labels: Vec<String>,
}

/// A room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// The id.
    pub id: Uuid,
    /// The name to show.
    pub name: String,
    /// The mailbox.
    pub email: String,
    /// Where it is; the key of a location, byte by byte.
    pub location: String,
    /// Whether it may be booked.
    pub can_be_booked: bool,
    /// Whether the directory says that it is active.
    pub active: bool,
    /// Labels, by name.
    pub labels: Vec<String>,
}

impl Bookme {
    /// The employees that are active, by id.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn employees(&self, tenancy: &Tenancy) -> Result<Vec<Employee>, Error> {
        let mut all = employees(&mut self.database.reader(), tenancy).await?;
        all.retain(|employee| employee.active);
        Ok(all)
    }

    /// The rooms that are active, by id.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn rooms(&self, tenancy: &Tenancy) -> Result<Vec<Room>, Error> {
        let mut all = rooms(&mut self.database.reader(), tenancy).await?;
        all.retain(|room| room.active);
        Ok(all)
    }
}

/// Every employee that is not deleted, inactive ones too, by id.
pub(crate) async fn employees(session: &mut impl Reads, tenancy: &Tenancy) -> Result<Vec<Employee>, Error> {
    let additions = made::<EmployeeAddition>(session, tenancy).await?;
    let mut labels: BTreeMap<Uuid, Vec<String>> =
        additions.into_iter().map(|kept| (kept.id, kept.value.labels)).collect();
    let mut found = Vec::new();
    for record in records(session, tenancy, Service::Employees).await? {
        let (id, active, resource) = user(record)?;
        let user = resource.as_user().ok_or_else(|| Error::senseless("an employee"))?;
        let email = user.email();
        found.push(Employee {
            id,
            display_name: user.display_name().unwrap_or(email).to_owned(),
            first_name: user.given_name().unwrap_or_default().to_owned(),
            last_name: user.family_name().unwrap_or_default().to_owned(),
            initials: email.split('@').next().unwrap_or_default().to_owned(),
            email: email.to_owned(),
            location: user.location().map(str::to_owned),
            external_id: user.external_id().map(str::to_owned),
            active,
            labels: labels.remove(&id).unwrap_or_default(),
        });
    }
    found.sort_by_key(|employee| employee.id);
    Ok(found)
}

/// Every room that is not deleted, inactive ones too, by id.
pub(crate) async fn rooms(session: &mut impl Reads, tenancy: &Tenancy) -> Result<Vec<Room>, Error> {
    let additions = made::<RoomAddition>(session, tenancy).await?;
    let mut additions: BTreeMap<Uuid, RoomAddition> = additions.into_iter().map(|kept| (kept.id, kept.value)).collect();
    let mut found = Vec::new();
    for record in records(session, tenancy, Service::Rooms).await? {
        let (id, active, resource) = user(record)?;
        let user = resource.as_user().ok_or_else(|| Error::senseless("a room"))?;
        let RoomAddition { can_be_booked, labels, .. } = additions.remove(&id).unwrap_or_default();
        found.push(Room {
            id,
            name: user.display_name().unwrap_or_else(|| user.email()).to_owned(),
            email: user.email().to_owned(),
            location: user.location().unwrap_or_default().to_owned(),
            can_be_booked,
            active,
            labels,
        });
    }
    found.sort_by_key(|room| room.id);
    Ok(found)
}

/// The keys of the locations of whoever and whatever is in the directories.
pub(super) async fn locations(session: &mut impl Reads, tenancy: &Tenancy) -> Result<BTreeSet<String>, Error> {
    let mut keys = BTreeSet::new();
    for service in Service::ALL {
        for record in records(session, tenancy, service).await? {
            let (_, _, resource) = user(record)?;
            let location = resource.as_user().and_then(|user| user.location().map(str::to_owned));
            keys.extend(location.filter(|key| !key.is_empty()));
        }
    }
    Ok(keys)
}

fn user(record: Record) -> Result<(Uuid, bool, Resource), Error> {
    let resource = Resource::from_stored(&USER, record.body).map_err(|_| Error::senseless("a user"))?;
    Ok((record.domain, record.active, resource))
}

async fn records(session: &mut impl Reads, tenancy: &Tenancy, service: Service) -> Result<Vec<Record>, Error> {
    let Tenancy { organisation, environment } = *tenancy;
    let (realm, every) = (Realm { organisation, environment, service }, Condition::all([]));
    let mut all = Vec::new();
    loop {
        let page = session.records(&realm, Kind::User, &every, all.len(), PAGE).await?;
        let last = page.len() < PAGE;
        all.extend(page);
        if last {
            return Ok(all);
        }
    }
}

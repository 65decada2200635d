//! Reading.

use std::collections::BTreeSet;

use engage_store::platform::{BookingConfigurationReads, DirectoryReads, Document, Service};
use uuid::Uuid;

use super::directory;
use crate::model::{Implied, Kept, Location, Settings, Thing};
use crate::{Bookme, Error, Tenancy};

/// Whoever reads what is set up, and the directory.
pub(crate) trait Reads: BookingConfigurationReads + DirectoryReads + Send {}

impl<R: BookingConfigurationReads + DirectoryReads + Send> Reads for R {}

impl Bookme {
    /// All of a kind, those that are only implied too, by age and id; what is implied comes last, by id.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn list<T: Thing>(&self, tenancy: &Tenancy) -> Result<Vec<Kept<T>>, Error> {
        all(&mut self.database.reader(), tenancy).await
    }

    /// One of a kind.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Store`].
    pub async fn get<T: Thing>(&self, tenancy: &Tenancy, id: Uuid) -> Result<Kept<T>, Error> {
        one(&mut self.database.reader(), tenancy, id).await?.ok_or_else(|| Error::not_found(""))
    }

    /// The settings of an organisation.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn settings(&self, tenancy: &Tenancy) -> Result<Settings, Error> {
        settings(&mut self.database.reader(), tenancy).await
    }
}

/// What a document says.
pub(crate) fn kept<T: Thing>(document: Document) -> Result<Kept<T>, Error> {
    let Document { id, body, version, created, modified, .. } = document;
    let value = serde_json::from_value(body).map_err(|_| Error::senseless(T::KIND))?;
    Ok(Kept { id, value, version, created: Some(created), modified: Some(modified) })
}

/// What is there though nobody made it.
fn implied<T: Thing>(id: Uuid, location: Option<&str>) -> Option<Kept<T>> {
    let value = T::implied(id, location)?;
    Some(Kept { id, value, version: 0, created: None, modified: None })
}

pub(crate) async fn settings(session: &mut impl Reads, tenancy: &Tenancy) -> Result<Settings, Error> {
    let found = one::<Settings>(session, tenancy, tenancy.organisation).await?;
    Ok(found.map(|kept| kept.value).unwrap_or_default())
}

/// Those that are made.
pub(super) async fn made<T: Thing>(session: &mut impl Reads, tenancy: &Tenancy) -> Result<Vec<Kept<T>>, Error> {
    session.documents(tenancy, T::KIND).await?.into_iter().map(kept).collect()
}

pub(crate) async fn one<T: Thing>(
    session: &mut impl Reads,
    tenancy: &Tenancy,
    id: Uuid,
) -> Result<Option<Kept<T>>, Error> {
    let is_there = match T::IMPLIED {
        Implied::No | Implied::Location => true,
        Implied::Organisation => id == tenancy.organisation,
        Implied::Employee => session.directory_has(tenancy, Service::Employees, id).await?,
        Implied::Room => session.directory_has(tenancy, Service::Rooms, id).await?,
    };
    if !is_there {
        return Ok(None);
    }
    if let Some(document) = session.document(tenancy, T::KIND, id).await? {
        return kept(document).map(Some);
    }
    if T::IMPLIED != Implied::Location {
        return Ok(implied(id, None));
    }
    let locations = directory::locations(session, tenancy).await?;
    let named = locations.iter().find(|key| Location::id_of(tenancy, key) == id);
    Ok(named.and_then(|key| implied(id, Some(key))))
}

pub(crate) async fn all<T: Thing>(session: &mut impl Reads, tenancy: &Tenancy) -> Result<Vec<Kept<T>>, Error> {
    let mut all = made::<T>(session, tenancy).await?;
    let (ids, locations): (Vec<Uuid>, BTreeSet<String>) = match T::IMPLIED {
        Implied::No => return Ok(all),
        Implied::Organisation => (vec![tenancy.organisation], BTreeSet::new()),
        Implied::Employee => (session.directory_domains(tenancy, Service::Employees).await?, BTreeSet::new()),
        Implied::Room => (session.directory_domains(tenancy, Service::Rooms).await?, BTreeSet::new()),
        Implied::Location => (Vec::new(), directory::locations(session, tenancy).await?),
    };
    let there: BTreeSet<Uuid> = all.iter().map(|kept| kept.id).collect();
    if T::IMPLIED != Implied::Location {
        let known: BTreeSet<Uuid> = ids.iter().copied().collect();
        all.retain(|kept| known.contains(&kept.id));
    }
    let ids = ids.into_iter().map(|id| (id, None));
    let places = locations.iter().map(|key| (Location::id_of(tenancy, key), Some(key.as_str())));
    let missing = ids.chain(places).filter(|(id, _)| !there.contains(id));
    all.extend(missing.filter_map(|(id, location)| implied(id, location)));
    Ok(all)
}

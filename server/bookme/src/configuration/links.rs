//! What names what: nothing is named that is not there, and nothing goes that is needed.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};

use engage_store::platform::{BookingConfiguration, Document, NewDocument, Service, StoreError, Tx};
use jiff::Timestamp;
use uuid::Uuid;

use super::read::{Reads, kept, made};
use crate::model::{
    CompetenceGroup, CustomerType, Kept, MeetingConfiguration, Portal, Reference, ServiceGroup, Skills, Target, Thing,
    Topic,
};
use crate::{Error, Refusal, Tenancy};

/// Looks for what is named and was not before: who was named and is gone since does not stand in the way of a change.
pub(super) async fn check<T: Thing>(
    session: &mut impl Reads,
    tenancy: &Tenancy,
    value: &T,
    was: Option<&T>,
) -> Result<(), Error> {
    let before: HashSet<(Target, Uuid)> =
        was.into_iter().flat_map(Thing::references).map(|named| (named.target, named.id)).collect();
    let mut there: HashMap<Target, HashSet<Uuid>> = HashMap::new();
    for Reference { field, target, id } in value.references() {
        if before.contains(&(target, id)) {
            continue;
        }
        let known = match there.entry(target) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(known(session, tenancy, target).await?),
        };
        if !known.contains(&id) {
            return Err(Error::not_found(field));
        }
    }
    Ok(())
}

async fn known(session: &mut impl Reads, tenancy: &Tenancy, target: Target) -> Result<HashSet<Uuid>, Error> {
    let kind = match target {
        Target::Employee => {
            return Ok(session.directory_domains(tenancy, Service::Employees).await?.into_iter().collect());
        }
        Target::Topic => Topic::KIND,
        Target::CustomerType => CustomerType::KIND,
        Target::CompetenceGroup => CompetenceGroup::KIND,
    };
    Ok(session.documents(tenancy, kind).await?.iter().map(|document| document.id).collect())
}

/// Lets nothing name what goes: who can do without it does, and what cannot keeps it here.
///
/// # Errors
/// [`Refusal::InUse`] where something needs it.
pub(super) async fn unlink(tx: &mut Tx, tenancy: &Tenancy, kind: &str, id: Uuid, at: Timestamp) -> Result<(), Error> {
    let target = match kind {
        _ if kind == Topic::KIND => Target::Topic,
        _ if kind == CustomerType::KIND => Target::CustomerType,
        _ if kind == CompetenceGroup::KIND => Target::CompetenceGroup,
        _ => return Ok(()),
    };
    unlink_from::<CompetenceGroup>(tx, tenancy, target, id, at).await?;
    unlink_from::<ServiceGroup>(tx, tenancy, target, id, at).await?;
    unlink_from::<Portal>(tx, tenancy, target, id, at).await?;
    unlink_from::<MeetingConfiguration>(tx, tenancy, target, id, at).await?;
    unlink_from::<Skills>(tx, tenancy, target, id, at).await?;
    unlink_from::<Topic>(tx, tenancy, target, id, at).await
}

async fn unlink_from<T: Thing>(
    tx: &mut Tx,
    tenancy: &Tenancy,
    target: Target,
    id: Uuid,
    at: Timestamp,
) -> Result<(), Error> {
    for mut one in made::<T>(tx, tenancy).await? {
        if one.id == id && T::KIND == kind_of(target) {
            continue;
        }
        if !one.value.references().iter().any(|named| named.target == target && named.id == id) {
            continue;
        }
        if !one.value.unlink(target, id) {
            return Err(Error::Conflict(Refusal::InUse));
        }
        let new = document(tx, tenancy, &mut one).await?;
        tx.replace_document(tenancy, &new, at).await?;
    }
    Ok(())
}

fn kind_of(target: Target) -> &'static str {
    match target {
        Target::Employee => "employee",
        Target::Topic => Topic::KIND,
        Target::CustomerType => CustomerType::KIND,
        Target::CompetenceGroup => CompetenceGroup::KIND,
    }
}

/// Something as a document, with the labels that it has.
async fn document<T: Thing>(tx: &mut Tx, tenancy: &Tenancy, one: &mut Kept<T>) -> Result<NewDocument, Error> {
    let names = one.value.labels().map(|labels| labels.clone()).unwrap_or_default();
    let labels = super::labels::ids(tx, tenancy, &names).await?;
    new_document(one.id, &one.value, labels)
}

pub(super) fn new_document<T: Thing>(id: Uuid, value: &T, labels: Vec<Uuid>) -> Result<NewDocument, Error> {
    let refused = |_| StoreError::Refused { what: "something that has no JSON" };
    let body = serde_json::to_value(value).map_err(refused)?;
    Ok(NewDocument { kind: T::KIND, id, key: value.key(), body, labels })
}

/// The documents of a kind, read.
pub(crate) fn of_kind<T: Thing>(documents: &[Document]) -> Result<Vec<Kept<T>>, Error> {
    documents.iter().filter(|document| document.kind == T::KIND).cloned().map(kept).collect()
}

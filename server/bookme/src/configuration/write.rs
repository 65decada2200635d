//! Making, changing, removing.

use std::sync::Arc;

use engage_store::platform::{Actor, BookingConfiguration, BookingConfigurationReads, StoreError, Tx};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::links::{self, new_document};
use super::read::{made, one};
use super::written::{self, written_down};
use super::{Employee, labels};
use crate::model::{Implied, Kept, Label, Memberships, Thing};
use crate::{Bookme, Error, Problems, Refusal, Tenancy};

/// What a write is given: where, ids that nobody has, the time, and in whose name.
struct Given {
    tenancy: Tenancy,
    id: Uuid,
    seed: Uuid,
    at: Timestamp,
    by: Option<Arc<Actor>>,
}

impl Given {
    async fn written_down(&self, tx: &mut Tx, event: &str, details: Value) -> Result<(), Error> {
        written_down(tx, &self.tenancy, self.by.as_deref(), (event, details), self.at).await
    }
}

impl Bookme {
    fn given(&self, tenancy: &Tenancy) -> Given {
        Given { tenancy: *tenancy, id: self.id(), seed: self.id(), at: self.now(), by: self.actor.clone() }
    }

    /// Makes something. Labels that are new are registered with it.
    ///
    /// # Errors
    /// [`Error::Invalid`] with all that is wrong, [`Error::NotFound`] where it names what is not there,
    /// [`Refusal::Duplicate`] where there is one like it, [`Error::Store`].
    pub async fn create<T: Thing>(&self, tenancy: &Tenancy, value: T) -> Result<Kept<T>, Error> {
        let work = self.database.write((self.given(tenancy), value), |tx, (given, value)| {
            Box::pin(async move {
                tx.raise_booking_revision(&given.tenancy).await?;
                let id = value.id(&given.tenancy).unwrap_or(given.id);
                let there = one::<T>(tx, &given.tenancy, id).await?;
                let is_implied = !matches!(T::IMPLIED, Implied::No | Implied::Location);
                match there {
                    Some(kept) if kept.version > 0 => return Err(Error::Conflict(Refusal::Duplicate)),
                    None if is_implied => return Err(Error::not_found("")),
                    _ => {}
                }
                write(tx, given, id, value.clone(), None).await
            })
        });
        work.await.map_err(duplicate)
    }

    /// Changes something: what `change` makes of what is there is checked and written, or nothing is. It may be called again
    /// where others write too.
    ///
    /// # Errors
    /// Those of `change`, and as [`create`](Self::create); [`Error::NotFound`] with an empty field where it is not there.
    pub async fn update<T: Thing>(
        &self,
        tenancy: &Tenancy,
        id: Uuid,
        change: impl Fn(&Kept<T>) -> Result<T, Error> + Send + Sync + 'static,
    ) -> Result<Kept<T>, Error> {
        let work = self.database.write((self.given(tenancy), change), move |tx, (given, change)| {
            Box::pin(async move {
                tx.raise_booking_revision(&given.tenancy).await?;
                let there = one::<T>(tx, &given.tenancy, id).await?.ok_or_else(|| Error::not_found(""))?;
                let value = change(&there)?;
                write(tx, given, id, value, Some(there)).await
            })
        });
        work.await.map_err(duplicate)
    }

    /// Removes something. What is implied is as if nobody had ever said anything of it.
    ///
    /// # Errors
    /// [`Error::NotFound`] where it is not there, [`Refusal::InUse`] and [`Refusal::LabelInUse`] where it is needed.
    pub async fn delete<T: Thing>(&self, tenancy: &Tenancy, id: Uuid) -> Result<(), Error> {
        let work = self.database.write(self.given(tenancy), move |tx, given| {
            Box::pin(async move {
                tx.raise_booking_revision(&given.tenancy).await?;
                let there = one::<T>(tx, &given.tenancy, id).await?.ok_or_else(|| Error::not_found(""))?;
                if there.version == 0 {
                    return Ok(());
                }
                if T::KIND == Label::KIND && tx.label_uses(&given.tenancy).await?.contains_key(&id) {
                    return Err(Error::Conflict(Refusal::LabelInUse));
                }
                links::unlink(tx, &given.tenancy, T::KIND, id, given.at).await?;
                tx.remove_document(&given.tenancy, T::KIND, id).await?;
                given.written_down(tx, "configuration.removed", written::of(T::KIND, id, None, None)).await
            })
        });
        work.await
    }

    /// Lets an employee be in groups of a kind, or in none of them: all, or nothing changes. Who is in one stays since when.
    ///
    /// # Errors
    /// [`Error::NotFound`] where the employee (`employeeId`) or a group is not there.
    pub async fn assign<T: Thing + HasEmployees>(
        &self,
        tenancy: &Tenancy,
        employee: &Employee,
        groups: Vec<Uuid>,
        member: bool,
    ) -> Result<(), Error> {
        let employee = employee.id;
        let work = self.database.write((self.given(tenancy), groups), move |tx, (given, groups)| {
            Box::pin(async move {
                tx.raise_booking_revision(&given.tenancy).await?;
                for (position, group) in groups.iter().enumerate() {
                    let there = one::<T>(tx, &given.tenancy, *group).await?;
                    let there = there.ok_or_else(|| Error::not_found(format!("/{position}")))?;
                    let mut value = there.value.clone();
                    let changed = match member {
                        true => value.employees().add(employee, given.at),
                        false => value.employees().remove(employee),
                    };
                    if changed {
                        write(tx, given, *group, value, Some(there)).await?;
                    }
                }
                Ok(())
            })
        });
        work.await
    }
}

/// A group that employees are in.
pub trait HasEmployees {
    /// Who is in it.
    fn employees(&mut self) -> &mut Memberships;
}

impl HasEmployees for crate::model::CompetenceGroup {
    fn employees(&mut self) -> &mut Memberships {
        &mut self.employees
    }
}

impl HasEmployees for crate::model::ServiceGroup {
    fn employees(&mut self) -> &mut Memberships {
        &mut self.employees
    }
}

/// A key that somebody else has.
fn duplicate(error: Error) -> Error {
    match error {
        Error::Store(StoreError::Conflict { .. }) => Error::Conflict(Refusal::Duplicate),
        error => error,
    }
}

async fn write<T: Thing>(
    tx: &mut Tx,
    given: &Given,
    id: Uuid,
    mut value: T,
    there: Option<Kept<T>>,
) -> Result<Kept<T>, Error> {
    let Given { tenancy, seed, at, .. } = given;
    value.normalise();
    let was = there.as_ref().map(|kept| &kept.value);
    if there.as_ref().is_some_and(|kept| kept.version > 0 && kept.value == value) {
        return there.ok_or_else(|| Error::not_found(""));
    }
    let mut problems = Problems::default();
    value.check(&mut problems);
    if let Some(was) = was {
        value.check_change(was, &mut problems);
    }
    if T::AMONG {
        value.check_among(id, &made::<T>(tx, tenancy).await?, &mut problems);
    }
    problems.finish()?;
    links::check(tx, tenancy, &value, was).await?;
    let labels = labels::register(tx, tenancy, &mut value, (*seed, *at)).await?;
    let before = was.map(|was| new_document(id, was, Vec::new())).transpose()?.map(|before| before.body);
    let new = new_document(id, &value, labels)?;
    let details = written::of(T::KIND, id, before.as_ref(), Some(&new.body));
    let event = if there.is_some() { "configuration.changed" } else { "configuration.created" };
    given.written_down(tx, event, details).await?;
    match there.filter(|kept| kept.version > 0) {
        None => {
            tx.insert_document(tenancy, &new, *at).await?;
            Ok(Kept { id, value, version: 1, created: Some(*at), modified: Some(*at) })
        }
        Some(kept) => {
            tx.replace_document(tenancy, &new, *at).await?;
            Ok(Kept { value, version: kept.version + 1, modified: Some(*at), ..kept })
        }
    }
}

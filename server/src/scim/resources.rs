//! Users and groups: made, found, replaced, patched, deleted.

use engage_scim::{MAX_MEMBERS, Meta, Outcome, Resource, ScimError, Status};
use engage_store::platform::{
    Directory, DirectoryReads, Event, Kind, MemberReads, NewRecord, Outbox, Realm, Record, StoreError, Tx,
};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use uuid::Uuid;

use super::Scim;
use super::answer::Fault;
use super::asked::Asked;
use super::content::{content, resource};
use super::events::{Change, event};
use super::members::{Difference, joined, with_members};

/// How often a change is tried again that others came before.
const ATTEMPTS: usize = 5;

/// A resource that is there.
#[derive(Debug, Clone)]
pub(super) struct Current {
    pub(super) record: Record,
    pub(super) resource: Resource,
}

impl Current {
    pub(super) fn etag(&self) -> String {
        Meta::etag(self.record.version.unsigned_abs())
    }
}

/// What a caller says of the version that it has seen: entity tags, or any.
#[derive(Debug, Clone, Default)]
pub(super) struct Expected(pub(super) Option<String>);

impl Expected {
    /// Whether a version is among them (RFC 9110 §13.1.1; weak tags compare as strong ones here, as RFC 7644 §3.14 has it).
    pub(super) fn has(&self, etag: &str) -> bool {
        let Some(expected) = &self.0 else { return true };
        let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        expected.split(',').any(|tag| tag.trim() == "*" || opaque(tag) == opaque(etag))
    }

    fn check(&self, etag: &str) -> Result<(), Fault> {
        if self.has(etag) {
            return Ok(());
        }
        Err(Fault::status(Status::PreconditionFailed, "the resource has changed since that version; read it again"))
    }
}

/// What has to be known of a resource to change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reach {
    /// All of it.
    Whole,
    /// Of the members of a group these: nothing happens to others, of whom there may be many.
    Members(Vec<String>),
}

/// A new resource, for one transaction.
struct Creation {
    realm: Realm,
    new: NewRecord,
    resource: Resource,
    members: Difference,
    event: Uuid,
    now: Timestamp,
}

/// A resource that is to say something else, for one transaction.
struct Changing {
    realm: Realm,
    was: Record,
    content: engage_store::platform::Content,
    members: Difference,
    event: Option<Event>,
    now: Timestamp,
}

impl Changing {
    /// Whether all of it is kept already: where members are is never kept, and clients may repeat it or leave it out.
    fn is_nothing(&self) -> bool {
        self.content.body == self.was.body && self.members == Difference::default()
    }
}

impl Scim {
    /// Makes a resource. A user who was deleted and comes back under the same `externalId` is the same person to the platform.
    pub(super) async fn create(&self, asked: &Asked, kind: Kind, sent: Resource) -> Result<Current, Fault> {
        let (now, id) = (self.now(), self.id());
        let content = content(&sent, None, now, self.settings.purge_after);
        let members = if kind == Kind::Group { Difference::all(&sent) } else { Difference::default() };
        let new = NewRecord { id, kind, domain: self.id(), content };
        let creation = Creation { realm: asked.realm, new, resource: sent, members, event: self.id(), now };
        let domain = self.database.write(creation, |tx, creation| created(tx, creation)).await?;
        let record = self.database.reader().record(&asked.realm, kind, id).await?.ok_or_else(Fault::absent)?;
        debug_assert_eq!(record.domain, domain, "the record is the one that was made");
        self.wake.notify_one();
        self.current(asked, record, true).await
    }

    /// Finds a resource; `whole`: with what is kept apart from it.
    pub(super) async fn find(&self, asked: &Asked, kind: Kind, id: &str, whole: bool) -> Result<Current, Fault> {
        // Ids are ours: whatever is none of that form is nobody's.
        let id = Uuid::try_parse(id).map_err(|_| Fault::absent())?;
        let record = self.database.reader().record(&asked.realm, kind, id).await?.ok_or_else(Fault::absent)?;
        self.current(asked, record, whole).await
    }

    pub(super) async fn current(&self, asked: &Asked, record: Record, whole: bool) -> Result<Current, Fault> {
        let mut found = resource(record.clone(), &asked.base)?;
        if whole {
            let what = (record.kind, record.id);
            found = joined(&mut self.database.reader(), &asked.realm, what, found, &asked.base).await?;
        }
        Ok(Current { record, resource: found })
    }

    /// Changes a resource. What changes nothing writes nothing: version and time stay, and nobody is told.
    pub(super) async fn change(
        &self,
        asked: &Asked,
        (kind, id): (Kind, &str),
        expected: &Expected,
        mut reach: Reach,
        change: impl Fn(&Resource) -> Result<Outcome, ScimError>,
    ) -> Result<Current, Fault> {
        for _ in 0..ATTEMPTS {
            let current = self.reached(asked, (kind, id), &reach).await?;
            expected.check(&current.etag())?;
            let Outcome { resource, changed } = change(&current.resource)?;
            if !changed {
                return Ok(current);
            }
            let changing = self.changing(asked, &current, &resource);
            if changing.is_nothing() {
                return Ok(current);
            }
            if reach != Reach::Whole && !self.has_room(&changing).await? {
                // Refused with all there is before the eyes.
                reach = Reach::Whole;
                continue;
            }
            match self.database.write(changing, |tx, changing| changed_to(tx, changing)).await {
                Ok(()) => {
                    self.told(asked, current.record.active && !active(&resource)).await;
                    return self.reached(asked, (kind, id), &reach).await;
                }
                Err(StoreError::Stale) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(StoreError::Stale.into())
    }

    async fn reached(&self, asked: &Asked, (kind, id): (Kind, &str), reach: &Reach) -> Result<Current, Fault> {
        let Reach::Members(named) = reach else { return self.find(asked, kind, id, true).await };
        let Current { record, resource } = self.find(asked, kind, id, false).await?;
        let group = (record.id, resource);
        let resource = with_members(&mut self.database.reader(), &asked.realm, group, named, &asked.base).await?;
        Ok(Current { record, resource })
    }

    /// Whether a group holds its members when those who come are in it too.
    async fn has_room(&self, changing: &Changing) -> Result<bool, Fault> {
        let Changing { realm, was, members, .. } = changing;
        if members.added.is_empty() {
            return Ok(true);
        }
        let there = self.database.reader().members_count(realm, was.id).await?;
        Ok(there.saturating_add(members.added.len() as u64) <= MAX_MEMBERS as u64)
    }

    fn changing(&self, asked: &Asked, current: &Current, resource: &Resource) -> Changing {
        let Current { record: was, resource: before } = current;
        let now = self.now();
        let event = match was.kind {
            Kind::Group => None,
            Kind::User => event(&asked.realm, was.domain, resource, was.active, Change::Written, (self.id(), now)),
        };
        let members = match was.kind {
            Kind::Group => Difference::between(before, resource),
            Kind::User => Difference::default(),
        };
        let content = content(resource, Some(was), now, self.settings.purge_after);
        Changing { realm: asked.realm, was: was.clone(), content, members, event, now }
    }

    /// Deletes a resource: to callers it is gone and its names are free; what the platform knows of it can be restored for a time.
    pub(super) async fn delete(&self, asked: &Asked, kind: Kind, id: &str, expected: &Expected) -> Result<(), Fault> {
        let current = self.find(asked, kind, id, false).await?;
        expected.check(&current.etag())?;
        let now = self.now();
        let purge_at = now.checked_add(self.settings.purge_after).unwrap_or(Timestamp::MAX);
        let Record { id, domain, active, .. } = current.record;
        let event = match kind {
            Kind::Group => None,
            Kind::User => event(&asked.realm, domain, &current.resource, active, Change::Gone, (self.id(), now)),
        };
        let realm = asked.realm;
        let gone = self.database.write(event, move |tx, event| -> BoxFuture<'_, Result<(), StoreError>> {
            Box::pin(async move {
                tx.delete_record(&realm, kind, id, now, purge_at).await?;
                match event {
                    Some(event) => tx.append_event(event).await,
                    None => Ok(()),
                }
            })
        });
        gone.await?;
        self.told(asked, kind == Kind::User && active).await;
        Ok(())
    }
}

/// Whether a resource counts.
fn active(resource: &Resource) -> bool {
    resource.as_user().is_none_or(|user| user.active())
}

/// Writes a new resource, and gives what we know of it by.
fn created<'t>(tx: &'t mut Tx, creation: &'t Creation) -> BoxFuture<'t, Result<Uuid, StoreError>> {
    Box::pin(async move {
        let Creation { realm, new, resource, members, event: id, now } = creation;
        let mut new = new.clone();
        let known = match (new.kind, resource.text("externalId")) {
            (Kind::User, Some(external)) => tx.tombstone(realm, new.kind, external).await?,
            _ => None,
        };
        if let Some(known) = known {
            new.domain = known.domain;
            tx.forget_tombstone(realm, new.kind, known.id).await?;
        }
        tx.insert_record(realm, &new, *now).await?;
        members.write(tx, realm, new.id).await?;
        if new.kind == Kind::User
            && let Some(event) = event(realm, new.domain, resource, false, Change::Written, (*id, *now))
        {
            tx.append_event(&event).await?;
        }
        Ok(new.domain)
    })
}

fn changed_to<'t>(tx: &'t mut Tx, changing: &'t Changing) -> BoxFuture<'t, Result<(), StoreError>> {
    Box::pin(async move {
        let Changing { realm, was, content, members, event, now } = changing;
        tx.replace_record(realm, was.kind, was.id, was.version, content, *now).await?;
        members.write(tx, realm, was.id).await?;
        match event {
            Some(event) => tx.append_event(event).await,
            None => Ok(()),
        }
    })
}

//! Finding records.

use async_trait::async_trait;
use jiff::Timestamp;
use uuid::Uuid;

use super::model::{Kind, Realm, Record, Tombstone, id, record_columns};
use crate::platform::sql::{Condition, Row, Scoped, Session, binds};
use crate::platform::{StoreError, folded};

/// The records of a realm that are not deleted.
macro_rules! records {
    ($more:literal) => {
        concat!(
            "SELECT ",
            record_columns!(),
            " FROM directory_resources r WHERE r.organisation = $1 AND r.environment = $2 AND r.service = $3
             AND r.kind = $4 AND r.deleted_at IS NULL",
            $more
        )
    };
}

const BY_ID: Scoped = Scoped::new(records!(" AND r.id = $5"));
const BY_USER_NAME: Scoped = Scoped::new(records!(" AND r.user_name_folded = $5"));
const BY_EXTERNAL_ID: Scoped = Scoped::new(records!(" AND r.external_id = $5"));
const BY_DISPLAY_NAME: Scoped =
    Scoped::new(records!(" AND r.display_name_folded = $5 ORDER BY r.created, r.id LIMIT 1"));
/// The number of the records of a realm that are not deleted.
macro_rules! count {
    ($more:literal) => {
        concat!(
            "SELECT count(*) FROM directory_resources r WHERE r.organisation = $1 AND r.environment = $2 AND r.service = $3
             AND r.kind = $4 AND r.deleted_at IS NULL",
            $more
        )
    };
}

/// By a condition that names a row or few: what is sorted by age is no way to them.
const PAGE_NAMED: Scoped = Scoped::new(records!(""));
const COUNT_NAMED: Scoped = Scoped::new(count!(""));
/// By any other: it may be read by age. `version > 0` holds of every row, and opens that index alone (migration 5).
const PAGE: Scoped = Scoped::new(records!(" AND r.version > 0"));
const COUNT: Scoped = Scoped::new(count!(" AND r.version > 0"));
/// A page and, beside each of its records, for how many the condition holds: whoever keeps no index of it looks at each record once.
const FOUND: Scoped = Scoped::new(
    "WITH found AS (SELECT r.id, r.created, count(*) OVER () AS total FROM directory_resources r WHERE r.organisation = $1
     AND r.environment = $2 AND r.service = $3 AND r.kind = $4 AND r.deleted_at IS NULL AND r.version > 0",
);
/// Behind the condition of a page: its limit and offset are parameters before those of the condition.
const PAGE_END: &str = " ORDER BY r.created, r.id LIMIT $5 OFFSET $6";
/// Behind the condition of `found`: what is large is fetched for the records of the page alone.
const FOUND_END: &str = concat!(
    " ORDER BY r.created, r.id LIMIT $5 OFFSET $6) SELECT ",
    record_columns!(),
    ", found.total FROM found JOIN directory_resources r ON r.organisation = $1 AND r.environment = $2 AND r.service = $3
     AND r.id = found.id ORDER BY found.created, found.id"
);
/// Where the total stands, behind the columns of a record.
const TOTAL: usize = 10;
const DEACTIVATED: Scoped = Scoped::new(
    "SELECT count(*) FROM directory_resources r WHERE r.organisation = $1 AND r.environment = $2 AND r.service = $3
     AND r.kind = $4 AND r.deactivated_at >= $5 AND r.deactivated_at IS NOT NULL",
);
const TOMBSTONE: Scoped = Scoped::new(
    "SELECT r.id, r.domain, r.deleted_at, r.purge_at FROM directory_resources r
     WHERE r.organisation = $1 AND r.environment = $2 AND r.service = $3 AND r.kind = $4 AND r.external_id = $5
     AND r.deleted_at IS NOT NULL ORDER BY r.deleted_at DESC LIMIT 1",
);

/// A page of records.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Those of the page, by age.
    pub records: Vec<Record>,
    /// How many there are on all pages.
    pub total: u64,
}

/// What is known of records. Deleted ones are not there, but for [`tombstone`](Self::tombstone).
#[async_trait]
pub trait DirectoryReads {
    /// The record of an id.
    ///
    /// # Errors
    /// Those of the database, here and below.
    async fn record(&mut self, realm: &Realm, kind: Kind, id: Uuid) -> Result<Option<Record>, StoreError>;

    /// The user of a `userName`, in whatever case.
    ///
    /// # Errors
    /// Those of the database.
    async fn record_by_user_name(&mut self, realm: &Realm, name: &str) -> Result<Option<Record>, StoreError>;

    /// The record of an `externalId`.
    ///
    /// # Errors
    /// Those of the database.
    async fn record_by_external_id(
        &mut self,
        realm: &Realm,
        kind: Kind,
        external_id: &str,
    ) -> Result<Option<Record>, StoreError>;

    /// The first record of a `displayName`, in whatever case; of a group there is no second.
    ///
    /// # Errors
    /// Those of the database.
    async fn record_by_display_name(
        &mut self,
        realm: &Realm,
        kind: Kind,
        name: &str,
    ) -> Result<Option<Record>, StoreError>;

    /// Records for which a condition holds, by age, from the `offset`th on (0 is the first).
    ///
    /// # Errors
    /// [`StoreError::Refused`] where the condition is too large.
    async fn records(
        &mut self,
        realm: &Realm,
        kind: Kind,
        condition: &Condition,
        offset: usize,
        most: usize,
    ) -> Result<Vec<Record>, StoreError>;

    /// The same, with how many there are in all: every record is looked at once, unless `offset` is beyond the last.
    ///
    /// # Errors
    /// As [`records`](Self::records).
    async fn records_found(
        &mut self,
        realm: &Realm,
        kind: Kind,
        condition: &Condition,
        offset: usize,
        most: usize,
    ) -> Result<Found, StoreError>;

    /// For how many records a condition holds.
    ///
    /// # Errors
    /// As [`records`](Self::records).
    async fn records_count(&mut self, realm: &Realm, kind: Kind, condition: &Condition) -> Result<u64, StoreError>;

    /// How many were deactivated or deleted since an instant and still are.
    ///
    /// # Errors
    /// Those of the database.
    async fn deactivated_since(&mut self, realm: &Realm, kind: Kind, since: Timestamp) -> Result<u64, StoreError>;

    /// The last record of an `externalId` that was deleted and is not yet removed.
    ///
    /// # Errors
    /// Those of the database.
    async fn tombstone(
        &mut self,
        realm: &Realm,
        kind: Kind,
        external_id: &str,
    ) -> Result<Option<Tombstone>, StoreError>;
}

#[async_trait]
impl<S: Session> DirectoryReads for S {
    async fn record(&mut self, realm: &Realm, kind: Kind, id: Uuid) -> Result<Option<Record>, StoreError> {
        one(self, &BY_ID, realm, kind, &text(id)).await
    }

    async fn record_by_user_name(&mut self, realm: &Realm, name: &str) -> Result<Option<Record>, StoreError> {
        one(self, &BY_USER_NAME, realm, Kind::User, &folded(name)).await
    }

    async fn record_by_external_id(
        &mut self,
        realm: &Realm,
        kind: Kind,
        external_id: &str,
    ) -> Result<Option<Record>, StoreError> {
        one(self, &BY_EXTERNAL_ID, realm, kind, external_id).await
    }

    async fn record_by_display_name(
        &mut self,
        realm: &Realm,
        kind: Kind,
        name: &str,
    ) -> Result<Option<Record>, StoreError> {
        one(self, &BY_DISPLAY_NAME, realm, kind, &folded(name)).await
    }

    async fn records(
        &mut self,
        realm: &Realm,
        kind: Kind,
        condition: &Condition,
        offset: usize,
        most: usize,
    ) -> Result<Vec<Record>, StoreError> {
        let binds = realm.with(binds![kind.as_str(), most, offset]);
        let rows = self.of(realm.organisation).narrowed(page(condition), binds, condition, PAGE_END).await?;
        rows.iter().map(Record::read).collect()
    }

    async fn records_found(
        &mut self,
        realm: &Realm,
        kind: Kind,
        condition: &Condition,
        offset: usize,
        most: usize,
    ) -> Result<Found, StoreError> {
        // Of all records the page ends where it is full, and the index alone says how many there are. Those that are named are few.
        let (records, total) = if *condition == Condition::all([]) || condition.names() {
            let records = self.records(realm, kind, condition, offset, most).await?;
            let whole = offset == 0 && records.len() < most;
            let total = whole.then_some(records.len() as u64);
            (records, total)
        } else {
            let binds = realm.with(binds![kind.as_str(), most, offset]);
            let rows = self.of(realm.organisation).narrowed(&FOUND, binds, condition, FOUND_END).await?;
            let total = rows.first().map(|row| row.count(TOTAL)).transpose()?;
            let records = rows.iter().map(Record::read).collect::<Result<_, _>>()?;
            (records, total.or((offset == 0 && most > 0).then_some(0)))
        };
        let total = match total {
            Some(total) => total,
            None => self.records_count(realm, kind, condition).await?,
        };
        Ok(Found { records, total })
    }

    async fn records_count(&mut self, realm: &Realm, kind: Kind, condition: &Condition) -> Result<u64, StoreError> {
        let binds = realm.with(binds![kind.as_str()]);
        let rows = self.of(realm.organisation).narrowed(count(condition), binds, condition, "").await?;
        rows.first().ok_or_else(|| StoreError::corrupt("a count without a row"))?.count(0)
    }

    async fn deactivated_since(&mut self, realm: &Realm, kind: Kind, since: Timestamp) -> Result<u64, StoreError> {
        let binds = realm.with(binds![kind.as_str(), since]);
        self.of(realm.organisation).only(&DEACTIVATED, binds).await?.count(0)
    }

    async fn tombstone(
        &mut self,
        realm: &Realm,
        kind: Kind,
        external_id: &str,
    ) -> Result<Option<Tombstone>, StoreError> {
        if external_id.contains('\0') {
            return Ok(None);
        }
        let binds = realm.with(binds![kind.as_str(), external_id]);
        self.of(realm.organisation).first(&TOMBSTONE, binds).await?.as_ref().map(tombstone).transpose()
    }
}

fn page(condition: &Condition) -> &'static Scoped {
    if condition.names() { &PAGE_NAMED } else { &PAGE }
}

fn count(condition: &Condition) -> &'static Scoped {
    if condition.names() { &COUNT_NAMED } else { &COUNT }
}

async fn one(
    session: &mut impl Session,
    statement: &Scoped,
    realm: &Realm,
    kind: Kind,
    key: &str,
) -> Result<Option<Record>, StoreError> {
    // Nothing that is kept has a zero byte.
    if key.contains('\0') {
        return Ok(None);
    }
    let binds = realm.with(binds![kind.as_str(), key]);
    session.of(realm.organisation).first(statement, binds).await?.as_ref().map(Record::read).transpose()
}

fn tombstone(row: &Row) -> Result<Tombstone, StoreError> {
    let (deleted_at, purge_at) = (row.instant(2)?, row.instant_if(3)?);
    Ok(Tombstone { id: id(row, 0)?, domain: row.id(1)?, deleted_at, purge_at })
}

/// The text of an id, as it is kept.
pub(super) fn text(id: Uuid) -> String {
    id.hyphenated().to_string()
}

#[cfg(test)]
mod tests;

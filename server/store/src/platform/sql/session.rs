//! Who asks: a transaction that writes, or a reader. Neither can ask without saying of which organisation.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};
use uuid::Uuid;

use super::bind::{Bind, Row, binds};
use super::condition::{Condition, Resource};
use super::link::Link;
use super::scoped::{Dialect, Global, Scoped};
use crate::platform::StoreError;

/// A transaction. Everything that is done with it is written together, or not at all.
///
/// After a statement has failed nothing more can be done with it: the job returns the error.
pub struct Tx {
    pub(super) hold: Hold,
    /// What the first failed statement said. Nothing runs after it.
    pub(super) failed: Option<StoreError>,
    /// How many statements all transactions of the database have asked.
    asked: Arc<AtomicU64>,
    /// Something is removed of which no trace may stay.
    #[cfg(feature = "sqlite")]
    pub(super) erases: bool,
}

/// The connection that a transaction has to itself.
pub(super) enum Hold {
    #[cfg(feature = "sqlite")]
    Sqlite(sqlx::pool::PoolConnection<sqlx::Sqlite>),
    #[cfg(feature = "postgres")]
    Postgres(sqlx::Transaction<'static, sqlx::Postgres>),
}

/// Reads what is committed, each statement by itself. Cheap to make and to clone.
#[derive(Clone)]
pub struct Reader {
    pub(super) pool: Pool,
    pub(super) patience: Duration,
    /// How many statements all readers of the database have asked.
    pub(super) asked: Arc<AtomicU64>,
}

#[derive(Clone)]
pub(super) enum Pool {
    #[cfg(feature = "sqlite")]
    Sqlite(sqlx::SqlitePool),
    #[cfg(feature = "postgres")]
    Postgres(sqlx::PgPool),
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tx")
    }
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reader")
    }
}

/// Whoever can ask the database.
pub(crate) trait Session: Send {
    fn dialect(&self) -> Dialect;

    /// Every row that a statement finds.
    fn rows(&mut self, sql: SqlStr, binds: Vec<Bind>) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send;

    /// The rows of an organisation.
    fn of(&mut self, organisation: Uuid) -> Of<'_, Self>
    where
        Self: Sized,
    {
        Of { session: self, organisation }
    }
}

impl Tx {
    pub(super) fn new(hold: Hold, asked: Arc<AtomicU64>) -> Self {
        Self {
            hold,
            failed: None,
            asked,
            #[cfg(feature = "sqlite")]
            erases: false,
        }
    }

    pub(super) fn link(&mut self) -> Link<'_> {
        match &mut self.hold {
            #[cfg(feature = "sqlite")]
            Hold::Sqlite(connection) => Link::Sqlite(&mut *connection),
            #[cfg(feature = "postgres")]
            Hold::Postgres(transaction) => Link::Postgres(&mut *transaction),
        }
    }

    /// Says that something is removed of which no trace may stay in the files of SQLite, once this is written.
    pub(crate) fn erases(&mut self) {
        #[cfg(feature = "sqlite")]
        {
            self.erases = true;
        }
    }

    fn check(&self, binds: &[Bind]) -> Result<(), StoreError> {
        match self.failed {
            Some(_) => Err(StoreError::Broken),
            None => binds.iter().try_for_each(Bind::check),
        }?;
        self.asked.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn learn<T>(&mut self, answer: sqlx::Result<T>) -> Result<T, StoreError> {
        answer.map_err(StoreError::from).inspect_err(|error| self.failed = Some(error.clone()))
    }

    /// How many rows a statement changed.
    async fn changed(&mut self, sql: SqlStr, binds: Vec<Bind>) -> Result<u64, StoreError> {
        self.check(&binds)?;
        let answer = self.link().execute(sql, binds).await;
        self.learn(answer)
    }
}

impl Session for Tx {
    fn dialect(&self) -> Dialect {
        match &self.hold {
            #[cfg(feature = "sqlite")]
            Hold::Sqlite(_) => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            Hold::Postgres(_) => Dialect::Postgres,
        }
    }

    async fn rows(&mut self, sql: SqlStr, binds: Vec<Bind>) -> Result<Vec<Row>, StoreError> {
        self.check(&binds)?;
        let answer = self.link().all(sql, binds).await;
        self.learn(answer)
    }
}

impl Reader {
    async fn ask(&self, sql: SqlStr, binds: Vec<Bind>) -> sqlx::Result<Vec<Row>> {
        match &self.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(pool) => Link::Sqlite(&mut *pool.acquire().await?).all(sql, binds).await,
            #[cfg(feature = "postgres")]
            Pool::Postgres(pool) => Link::Postgres(&mut *pool.acquire().await?).all(sql, binds).await,
        }
    }
}

impl Session for Reader {
    fn dialect(&self) -> Dialect {
        match &self.pool {
            #[cfg(feature = "sqlite")]
            Pool::Sqlite(_) => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            Pool::Postgres(_) => Dialect::Postgres,
        }
    }

    async fn rows(&mut self, sql: SqlStr, binds: Vec<Bind>) -> Result<Vec<Row>, StoreError> {
        binds.iter().try_for_each(Bind::check)?;
        self.asked.fetch_add(1, Ordering::Relaxed);
        match tokio::time::timeout(self.patience, self.ask(sql, binds)).await {
            Ok(answer) => Ok(answer?),
            Err(_) => Err(StoreError::unavailable("the database did not answer in time")),
        }
    }
}

/// A session, for the rows of one organisation: it is `$1` of every statement, and callers give what follows.
pub(crate) struct Of<'s, S> {
    session: &'s mut S,
    organisation: Uuid,
}

impl<S: Session> Of<'_, S> {
    fn binds(&self, more: Vec<Bind>) -> Vec<Bind> {
        let mut binds = binds![self.organisation];
        binds.extend(more);
        binds
    }

    pub(crate) async fn all(&mut self, statement: &Scoped, more: Vec<Bind>) -> Result<Vec<Row>, StoreError> {
        let (sql, binds) = (statement.text(self.session.dialect()), self.binds(more));
        self.session.rows(sql.into_sql_str(), binds).await
    }

    /// The first row, if there is any.
    pub(crate) async fn first(&mut self, statement: &Scoped, more: Vec<Bind>) -> Result<Option<Row>, StoreError> {
        Ok(self.all(statement, more).await?.into_iter().next())
    }

    /// The only row of a statement that always has one: a count.
    pub(crate) async fn only(&mut self, statement: &Scoped, more: Vec<Bind>) -> Result<Row, StoreError> {
        self.first(statement, more).await?.ok_or_else(|| StoreError::corrupt("a count without a row"))
    }

    /// A statement narrowed by a condition, then ended by what stands behind it.
    pub(crate) async fn narrowed(
        &mut self,
        statement: &Scoped,
        more: Vec<Bind>,
        condition: &Condition<Resource>,
        end: &'static str,
    ) -> Result<Vec<Row>, StoreError> {
        let dialect = self.session.dialect();
        let mut binds = self.binds(more);
        let sql = narrow(statement, dialect, &mut binds, condition, end)?;
        self.session.rows(AssertSqlSafe(sql).into_sql_str(), binds).await
    }
}

/// A statement narrowed by a condition. It is made of constants: what callers give are parameters.
pub(crate) fn narrow(
    statement: &Scoped,
    dialect: Dialect,
    binds: &mut Vec<Bind>,
    condition: &Condition<Resource>,
    end: &str,
) -> Result<String, StoreError> {
    let condition = condition.render(dialect, binds)?;
    Ok(format!("{} AND ({condition}){end}", statement.text(dialect)))
}

impl Of<'_, Tx> {
    /// How many rows it changed.
    pub(crate) async fn execute(&mut self, statement: &Scoped, more: Vec<Bind>) -> Result<u64, StoreError> {
        let (sql, binds) = (statement.text(self.session.dialect()), self.binds(more));
        self.session.changed(sql.into_sql_str(), binds).await
    }
}

/// The way to the rows of all organisations. Who may make one stands in `tests/tidy.rs`.
pub(crate) struct Unscoped<'s, S>(&'s mut S);

impl<'s, S: Session> Unscoped<'s, S> {
    pub(crate) fn over(session: &'s mut S) -> Self {
        Self(session)
    }

    pub(crate) async fn all(&mut self, statement: &Global, binds: Vec<Bind>) -> Result<Vec<Row>, StoreError> {
        let sql = statement.sql(self.0.dialect());
        self.0.rows(sql, binds).await
    }

    pub(crate) async fn first(&mut self, statement: &Global, binds: Vec<Bind>) -> Result<Option<Row>, StoreError> {
        Ok(self.all(statement, binds).await?.into_iter().next())
    }
}

impl Unscoped<'_, Tx> {
    pub(crate) async fn execute(&mut self, statement: &Global, binds: Vec<Bind>) -> Result<u64, StoreError> {
        let sql = statement.sql(self.0.dialect());
        self.0.changed(sql, binds).await
    }
}

//! A statement on a connection of either database.

use sqlx::SqlStr;

use super::bind::{Bind, Row};

/// A connection, while one statement has it.
pub(super) enum Link<'c> {
    #[cfg(feature = "sqlite")]
    Sqlite(&'c mut sqlx::SqliteConnection),
    #[cfg(feature = "postgres")]
    Postgres(&'c mut sqlx::PgConnection),
}

macro_rules! bound {
    ($sql:expr, $binds:expr) => {{
        let mut query = sqlx::query($sql);
        for bind in $binds {
            query = match bind {
                Bind::Text(text) => query.bind(text),
                Bind::Integer(number) => query.bind(number),
                Bind::Bytes(bytes) => query.bind(bytes),
            };
        }
        query
    }};
}

impl Link<'_> {
    pub(super) async fn all(self, sql: SqlStr, binds: Vec<Bind>) -> sqlx::Result<Vec<Row>> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(connection) => {
                let rows = bound!(sql, binds).fetch_all(connection).await?;
                Ok(rows.into_iter().map(Row::Sqlite).collect())
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => {
                let rows = bound!(sql, binds).fetch_all(connection).await?;
                Ok(rows.into_iter().map(Row::Postgres).collect())
            }
        }
    }

    /// How many rows it changed.
    pub(super) async fn execute(self, sql: SqlStr, binds: Vec<Bind>) -> sqlx::Result<u64> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(connection) => Ok(bound!(sql, binds).execute(connection).await?.rows_affected()),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => Ok(bound!(sql, binds).execute(connection).await?.rows_affected()),
        }
    }
}

//! What is asked of calendars without naming whose is served by an index.
#![cfg(feature = "sqlite")]

use sqlx::{AssertSqlSafe, SqlSafeStr};

use super::*;
use crate::platform::{Database, Environment, Options};

#[tokio::test]
async fn an_index_serves_holds_and_windows_of_an_organisation() {
    let database = Database::in_memory(Options::default()).await.unwrap();
    let mut reader = database.reader();
    let dialect = reader.dialect();
    let tenancy = Tenancy { organisation: Uuid::nil(), environment: Environment::Prod };
    let (now, most) = (Timestamp::UNIX_EPOCH, 10_usize);
    let cases = [
        (&HELD, binds![now, most], "booking_slots_expired"),
        (&WINDOWS, binds![now, now, most], "booking_slots_windows"),
    ];
    for (statement, more, index) in cases {
        let mut binds = binds![tenancy.organisation];
        binds.extend(tenancy.with(more));
        let sql = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {}", statement.text(dialect))).into_sql_str();
        let rows = reader.rows(sql, binds).await.unwrap();
        let plan = rows.iter().map(|row| row.text(3).unwrap()).collect::<Vec<_>>().join("; ");
        assert!(plan.contains(&format!("USING INDEX {index}")), "{plan}");
    }
}

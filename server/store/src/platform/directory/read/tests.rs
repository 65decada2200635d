//! What a directory asks for again and again is served by an index.
#![cfg(feature = "sqlite")]

use sqlx::{AssertSqlSafe, SqlSafeStr};

use super::*;
use crate::platform::sql::{Bind, Column, Given, Reader, Test, narrow};
use crate::platform::{Database, Environment, Options, Service};

/// How SQLite would go about a statement.
async fn plan(reader: &mut Reader, sql: &str, binds: Vec<Bind>) -> String {
    let rows = reader.rows(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}")).into_sql_str(), binds).await.unwrap();
    rows.iter().map(|row| row.text(3).unwrap()).collect::<Vec<_>>().join("; ")
}

fn realm() -> Realm {
    Realm { organisation: Uuid::nil(), environment: Environment::Prod, service: Service::Employees }
}

fn binds(more: Vec<Bind>) -> Vec<Bind> {
    let mut all = binds![realm().organisation];
    all.extend(realm().with(more));
    all
}

fn text(column: Column) -> Condition {
    Condition::column(column, Test::Eq(Given::Text("x".to_owned())))
}

#[tokio::test]
async fn an_index_serves_every_lookup() {
    let database = Database::in_memory(Options::default()).await.unwrap();
    let mut reader = database.reader();
    let dialect = reader.dialect();
    let statements = [
        (BY_ID, "sqlite_autoindex_directory_resources_1"),
        (BY_USER_NAME, "directory_resources__user_name_folded"),
        (BY_EXTERNAL_ID, "directory_resources__external_id"),
        (BY_DISPLAY_NAME, "directory_resources_by_display_name"),
        (TOMBSTONE, "directory_resources_deleted"),
        (DEACTIVATED, "directory_resources_deactivated"),
    ];
    for (statement, index) in statements {
        let found = plan(&mut reader, statement.text(dialect), binds(binds!["user", "x"])).await;
        assert!(found.starts_with("SEARCH r USING ") && found.contains(index), "{found}");
    }
}

#[tokio::test]
async fn an_index_serves_what_filters_ask() {
    let database = Database::in_memory(Options::default()).await.unwrap();
    let mut reader = database.reader();
    let dialect = reader.dialect();
    let active = || Condition::column(Column::Active, Test::Eq(Given::Flag(true)));
    let filters = [
        (text(Column::UserName), "directory_resources__user_name_folded"),
        (text(Column::ExternalId), "directory_resources__external_id"),
        (text(Column::DisplayName), "directory_resources_by_display_name"),
        (text(Column::Id), "sqlite_autoindex_directory_resources_1"),
        (Condition::all([text(Column::UserName), active()]), "directory_resources__user_name_folded"),
        (Condition::all([Condition::all([active(), text(Column::ExternalId)])]), "directory_resources__external_id"),
        // In the order of a page there is nothing to sort.
        (Condition::all([]), "directory_resources_by_age"),
    ];
    for (condition, index) in filters {
        for (statement, end) in [(PAGE, PAGE_END), (COUNT, "")] {
            let mut all = binds(binds!["user"]);
            all.extend(if end.is_empty() { Vec::new() } else { binds![100_i64, 0_i64] });
            let sql = narrow(&statement, dialect, &mut all, &condition, end).unwrap();
            let found = plan(&mut reader, &sql, all).await;
            let served = found.contains(index) || (end.is_empty() && condition == Condition::all([]));
            assert!(found.starts_with("SEARCH r USING") && served, "{condition:?}: {found}");
            let sorts = condition == Condition::all([]) && found.contains("TEMP B-TREE");
            assert!(!sorts, "{condition:?}: {found}");
        }
    }
}

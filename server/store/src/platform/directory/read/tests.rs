//! What a directory asks for again and again is served by an index.
#![cfg(feature = "sqlite")]

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use super::*;
use crate::platform::directory::{Content, Directory as _, NewRecord};
use crate::platform::sql::{Bind, Column, Dialect, Given, Reader, Test, narrow};
use crate::platform::{Database, Environment, Options, Organisation, Organisations as _, Service};

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
        for (statement, end) in [(page(&condition), PAGE_END), (count(&condition), "")] {
            let mut all = binds(binds!["user"]);
            all.extend(if end.is_empty() { Vec::new() } else { binds![100_i64, 0_i64] });
            let sql = narrow(statement, dialect, &mut all, &condition, end).unwrap();
            let found = plan(&mut reader, &sql, all).await;
            let served = found.contains(index) || (end.is_empty() && condition == Condition::all([]));
            assert!(found.starts_with("SEARCH r USING") && served, "{condition:?}: {found}");
            let sorts = condition == Condition::all([]) && found.contains("TEMP B-TREE");
            assert!(!sorts, "{condition:?}: {found}");
        }
    }
    // By what has no index a directory is read once, and no other; the records of the page come by their key.
    let mut all = binds(binds!["user", 100_i64, 0_i64]);
    let title = Condition::path(&["title"], Test::Eq(Given::Text("x".to_owned())));
    let sql = narrow(&FOUND, dialect, &mut all, &title, FOUND_END).unwrap();
    let found = plan(&mut reader, &sql, all).await;
    assert_eq!((found.matches("SEARCH r USING").count(), found.contains("SCAN r")), (2, false), "{found}");
}

/// A reader that counts what it is asked.
struct Counting {
    reader: Reader,
    asked: usize,
}

impl Session for Counting {
    fn dialect(&self) -> Dialect {
        self.reader.dialect()
    }

    fn rows(&mut self, sql: SqlStr, binds: Vec<Bind>) -> impl Future<Output = Result<Vec<Row>, StoreError>> + Send {
        self.asked += 1;
        self.reader.rows(sql, binds)
    }
}

#[tokio::test]
async fn a_page_and_how_many_there_are_in_all_is_one_statement() {
    let database = Database::in_memory(Options::default()).await.unwrap();
    let title = Condition::path(&["title"], Test::Eq(Given::Text("chief".to_owned())));
    // Users `u0` to `u6`, of whom five have the title.
    database
        .write((), |tx, ()| {
            Box::pin(async move {
                let organisation = Organisation {
                    id: Uuid::nil(),
                    name: "Contoso".to_owned(),
                    enabled: true,
                    created: Timestamp::UNIX_EPOCH,
                };
                tx.create_organisation(&organisation).await?;
                tx.open_environment(Uuid::nil(), Environment::Prod, Timestamp::UNIX_EPOCH).await?;
                for n in 0..7 {
                    let folded = serde_json::json!({"title": if n < 5 { "chief" } else { "clerk" }});
                    let id = Uuid::from_u128(n);
                    let content = Content {
                        user_name: Some(format!("u{n}")),
                        external_id: None,
                        display_name: None,
                        active: true,
                        body: folded.clone(),
                        folded,
                        deactivated_at: None,
                        purge_at: None,
                    };
                    let new = NewRecord { id, kind: Kind::User, domain: id, content };
                    tx.insert_record(&realm(), &new, Timestamp::UNIX_EPOCH).await?;
                }
                Ok::<_, StoreError>(())
            })
        })
        .await
        .unwrap();
    let all = || Condition::all([]);
    for (condition, offset, most, found, statements) in [
        (title.clone(), 0, 9, (5, 5), 1),
        (title.clone(), 0, 2, (2, 5), 1),
        (title.clone(), 4, 2, (1, 5), 1),
        (title.clone(), 9, 2, (0, 5), 2),
        (text(Column::Id), 0, 2, (0, 0), 1),
        // Of all records the index says how many there are, without one of them.
        (all(), 0, 9, (7, 7), 1),
        (all(), 0, 2, (2, 7), 2),
    ] {
        let mut counting = Counting { reader: database.reader(), asked: 0 };
        let Found { records, total } =
            counting.records_found(&realm(), Kind::User, &condition, offset, most).await.unwrap();
        assert_eq!((records.len(), total), found, "{condition:?} from {offset}, {most}");
        assert_eq!(counting.asked, statements, "{condition:?} from {offset}, {most}");
    }
}

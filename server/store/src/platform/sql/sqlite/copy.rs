//! Copies of a file: taken while others write, and put back.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, SqlitePool};

use crate::platform::StoreError;
use crate::platform::sql::migrate::{Status, TABLE};
use crate::sqlite::{beside, own};

/// `VACUUM INTO` writes what one instant looked like, whatever others write meanwhile, without what was erased (SQLite,
/// "VACUUM").
const COPY: &str = "VACUUM INTO $1";
const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn backup(pool: &SqlitePool, to: &Path) -> Result<(), StoreError> {
    let mut connection = pool.acquire().await?;
    copy(&mut connection, to).await
}

pub(in crate::platform::sql) async fn backup_file(from: &Path, to: &Path) -> Result<(), StoreError> {
    if vacant(from) {
        return Err(StoreError::Absent { what: "database" });
    }
    let mut connection = read(from).await?;
    if applied(&mut connection).await?.applied == 0 {
        return Err(StoreError::corrupt("the file is no database of the platform"));
    }
    copy(&mut connection, to).await?;
    Ok(connection.close().await?)
}

/// The copy has its name once it is whole and synced.
async fn copy(connection: &mut SqliteConnection, to: &Path) -> Result<(), StoreError> {
    if !vacant(to) {
        return Err(StoreError::Refused { what: "a copy where a file is already" });
    }
    let part = beside(to, ".part");
    if part.exists() {
        std::fs::remove_file(&part).map_err(StoreError::unavailable)?;
    }
    let file = own(&part).map_err(StoreError::unavailable)?;
    let name = part.to_str().ok_or(StoreError::Refused { what: "a path that is no text" })?;
    sqlx::query(COPY).bind(name).execute(connection).await?;
    settle(&file, &part, to).map_err(StoreError::unavailable)
}

fn settle(file: &File, part: &Path, to: &Path) -> std::io::Result<()> {
    file.sync_all()?;
    std::fs::rename(part, to)?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

/// Whether there is neither a database nor what belongs to one.
fn vacant(path: &Path) -> bool {
    !path.exists() && !beside(path, "-wal").exists() && !beside(path, "-shm").exists()
}

pub(in crate::platform::sql) async fn restore(from: &Path, into: &Path) -> Result<(), StoreError> {
    if !vacant(into) {
        return Err(StoreError::Refused { what: "a restored copy where a database is already" });
    }
    let mut connection = read(from).await?;
    check(&mut connection).await?;
    copy(&mut connection, into).await?;
    Ok(connection.close().await?)
}

async fn check(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let found: String = sqlx::query_scalar("PRAGMA integrity_check(1)").fetch_one(&mut *connection).await?;
    if found != "ok" {
        return Err(StoreError::corrupt("the copy is damaged"));
    }
    let status = applied(connection).await?;
    if status.applied == 0 {
        return Err(StoreError::corrupt("the copy is no database of the platform"));
    }
    status.check()
}

pub(in crate::platform::sql) async fn status(path: &Path) -> Result<Status, StoreError> {
    if vacant(path) {
        return Ok(Status::of(0));
    }
    let mut connection = read(path).await?;
    let status = applied(&mut connection).await?;
    connection.close().await?;
    Ok(status)
}

async fn read(path: &Path) -> Result<SqliteConnection, StoreError> {
    let options = SqliteConnectOptions::new().filename(path).create_if_missing(false).read_only(true);
    Ok(options.busy_timeout(PATIENCE).disable_statement_logging().connect().await?)
}

async fn applied(connection: &mut SqliteConnection) -> Result<Status, StoreError> {
    let there = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = $1").bind(TABLE);
    let there: i64 = there.fetch_one(&mut *connection).await?;
    if there == 0 {
        return Ok(Status::of(0));
    }
    let applied = sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM _engage_platform");
    Ok(Status::of(applied.fetch_one(connection).await?))
}

//! The platform's database, where the configuration says that it is, and the keys to what is secret in it: one place for the server
//! and for those who run it.

mod safe;
pub(crate) mod seals;

use std::io;
use std::path::{Path, PathBuf};

use engage_store::platform::{Database, Options, Status, StoreError};
use secrecy::{ExposeSecret, SecretString};

use crate::config::Config;

pub use safe::{KeyProblem, KeyProblems, Safe};
pub use seals::{Sealed, Seals, stands_for};

/// What SQLite's file is called in the folder of the store.
const FILE: &str = "engage.db";

/// Where the database is.
#[derive(Debug, Clone)]
pub enum Place<'c> {
    /// A file of SQLite.
    File(PathBuf),
    /// A database of PostgreSQL, by its address.
    Address(&'c SecretString),
}

impl<'c> Place<'c> {
    /// Where a configuration says that it is.
    ///
    /// ```
    /// use engage_server::config::{Config, Sources};
    /// use engage_server::platform::Place;
    ///
    /// let config = Config::load(&Sources::default()).expect("the default holds");
    /// let Place::File(path) = Place::of(&config) else { panic!("SQLite is the default") };
    /// assert_eq!(path, std::path::Path::new("engage-data/engage.db"));
    /// ```
    #[must_use]
    pub fn of(config: &'c Config) -> Self {
        match &config.store.url {
            Some(url) => Self::Address(url),
            None => Self::File(config.store.data.join(FILE)),
        }
    }
}

/// Why the database, or what is secret in it, could not be opened, copied or put back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlatformError {
    /// The folder of the store is not there, and cannot be made.
    #[error("the folder `{}` cannot be made", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The database is PostgreSQL, which has programs of its own for copies.
    #[error("copies of PostgreSQL are made by `pg_dump` and put back by `pg_restore`")]
    CopiedElsewhere,
    /// Keys of the configuration are none, or open to others.
    #[error(transparent)]
    Keys(KeyProblems),
    /// A secret was to be kept, and the configuration has no key.
    #[error("no key is configured that a secret could be kept under")]
    NoKey,
    /// What the store says.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Opens the database and brings its tables up to date. The folder of SQLite's file is made where it is not there, for this
/// user alone. Must be called on a Tokio runtime, as [`Database::open`].
///
/// # Errors
/// [`PlatformError::Folder`], and those of [`Database::open`] and [`Database::connect`].
///
/// ```
/// use engage_server::config::{Config, Flag, Sources};
/// use engage_server::platform;
///
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// let folder = tempfile::tempdir().unwrap();
/// let data = folder.path().join("data").display().to_string();
/// let flag = Flag { spelled: "--data".to_owned(), setting: "store.data".to_owned(), value: data };
/// let config = Config::load(&Sources::default().flags([flag])).expect("it holds");
/// assert_eq!(platform::status(&config).await.unwrap().applied, 0);
/// let database = platform::open(&config).await.unwrap();
/// assert_eq!(database.ready().await.unwrap(), platform::status(&config).await.unwrap());
/// # });
/// ```
pub async fn open(config: &Config) -> Result<Database, PlatformError> {
    let opened = match Place::of(config) {
        Place::File(path) => {
            folder(&config.store.data)?;
            Database::open(path, options(config)).await
        }
        Place::Address(url) => Database::connect(url.expose_secret(), options(config)).await,
    };
    Ok(opened?)
}

/// What version the tables are of, and which this program knows. Nothing is changed or made.
///
/// # Errors
/// Those of the database.
pub async fn status(config: &Config) -> Result<Status, PlatformError> {
    let status = match Place::of(config) {
        Place::File(path) => Database::status_of_file(path).await,
        Place::Address(url) => Database::status_of_address(url.expose_secret(), options(config)).await,
    };
    Ok(status?)
}

/// Copies the database into a file that is not there yet, as it is at one instant: others go on writing, and the tables stay of
/// the version that they are of. The copy holds no key.
///
/// # Errors
/// [`PlatformError::CopiedElsewhere`] of PostgreSQL, and those of [`Database::backup_file`].
pub async fn backup(config: &Config, to: &Path) -> Result<(), PlatformError> {
    match Place::of(config) {
        Place::File(path) => Ok(Database::backup_file(path, to).await?),
        Place::Address(_) => Err(PlatformError::CopiedElsewhere),
    }
}

/// Puts a copy where the database is to be, and nothing is yet. The folder is made as [`open`] makes it.
///
/// # Errors
/// [`PlatformError::CopiedElsewhere`] of PostgreSQL, and those of [`open`] and [`Database::restore`].
pub async fn restore(config: &Config, from: &Path) -> Result<(), PlatformError> {
    match Place::of(config) {
        Place::File(path) => {
            folder(&config.store.data)?;
            Ok(Database::restore(from, path).await?)
        }
        Place::Address(_) => Err(PlatformError::CopiedElsewhere),
    }
}

fn options(config: &Config) -> Options {
    Options { connections: config.store.connections, ..Options::default() }
}

/// Makes the folder of files, for this user alone; one that is there stays as it is.
fn folder(path: &Path) -> Result<(), PlatformError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| PlatformError::Folder { path: path.to_owned(), source })
}

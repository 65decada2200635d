//! Where runs are kept: a SQLite file, or a PostgreSQL database, whose address is never shown.

use std::convert::Infallible;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use engage_playbooks::ports::{Journal, JournalError};
use engage_store::{PostgresJournal, PostgresOptions, SqliteJournal};

use super::journal::told;
use crate::failure::Failure;
use crate::input::variable;

/// What a SQLite file begins with.
const SQLITE: &[u8; 16] = b"SQLite format 3\0";

/// Where runs are kept. Neither `Debug` nor `Display` shows the address of a database: it may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// A SQLite file, for one machine.
    Sqlite(PathBuf),
    /// The address of a PostgreSQL database, for several.
    Postgres(String),
}

impl FromStr for Place {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let postgres = text.starts_with("postgres://") || text.starts_with("postgresql://");
        Ok(if postgres { Self::Postgres(text.to_owned()) } else { Self::Sqlite(PathBuf::from(text)) })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(_) => f.write_str("postgres"),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({self})")
    }
}

impl Place {
    /// What the command line says, else `ENGAGE_JOURNAL`.
    ///
    /// # Errors
    /// When neither says anything.
    pub fn find(argument: Option<&Self>) -> Result<Self, Failure> {
        if let Some(place) = argument {
            return Ok(place.clone());
        }
        let text = variable("ENGAGE_JOURNAL")?.ok_or_else(|| {
            Failure::usage("nothing says where runs are kept")
                .help("`--journal runs.sqlite`, or `postgres://…`, in `ENGAGE_JOURNAL` where it holds a password")
        })?;
        let Ok(place) = text.parse();
        Ok(place)
    }

    /// Opens it; a file is made where it is not there. Takes a Tokio runtime.
    ///
    /// # Errors
    /// When the file is something else, or the database cannot be asked.
    pub async fn open(&self) -> Result<Arc<dyn Journal>, Failure> {
        match self {
            Self::Sqlite(path) => {
                self.readable(path)?;
                Ok(Arc::new(SqliteJournal::open(path).await.map_err(|error| self.refused(&error))?))
            }
            Self::Postgres(url) => {
                let opened = PostgresJournal::connect(url, PostgresOptions::default()).await;
                Ok(Arc::new(opened.map_err(|error| self.refused(&error))?))
            }
        }
    }

    /// Opens what is there already.
    ///
    /// # Errors
    /// As [`open`](Self::open), and when there is no such file.
    pub async fn existing(&self) -> Result<Arc<dyn Journal>, Failure> {
        match self {
            Self::Sqlite(path) if !path.exists() => {
                let failure = Failure::usage(format!("there is no journal `{self}`"));
                Err(failure.help("`engage run PLAYBOOK --journal FILE` and `engage serve --journal FILE` make one"))
            }
            _ => self.open().await,
        }
    }

    /// Refuses a folder, and a file that is no database: nothing is written into what belongs to something else.
    fn readable(&self, path: &Path) -> Result<(), Failure> {
        let help = "name the file that `engage run` or `engage serve` keeps runs in";
        if path.is_dir() {
            return Err(Failure::usage(format!("`{self}` is a folder, and a journal is a file")).help(help));
        }
        let Ok(file) = File::open(path) else { return Ok(()) };
        let mut first = Vec::new();
        file.take(SQLITE.len() as u64).read_to_end(&mut first).map_err(|error| Failure::read(path, &error))?;
        if first.is_empty() || first == SQLITE {
            return Ok(());
        }
        Err(Failure::problem(format!("`{self}` is no journal: it is not a SQLite file")).help(help))
    }

    fn refused(&self, error: &JournalError) -> Failure {
        let failure = told(error);
        let message = format!("`{self}`: {}", failure.message);
        Failure { message, ..failure }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_is_a_file_or_an_address_whose_password_is_not_told() {
        let place: Place = "postgres://me:secret@db/runs".parse().unwrap();
        assert_eq!((place.to_string(), format!("{place:?}")), ("postgres".to_owned(), "Place(postgres)".to_owned()));
        assert_eq!("runs.sqlite".parse::<Place>().unwrap().to_string(), "runs.sqlite");
        assert_eq!(Place::find(Some(&place)).unwrap(), place);
    }
}

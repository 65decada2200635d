//! What goes into a statement and comes out of it: texts, numbers of 64 bits, bytes, and their absence.

use jiff::Timestamp;
use uuid::Uuid;

use crate::platform::StoreError;

/// A parameter.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Bind {
    Text(Option<String>),
    Integer(Option<i64>),
    Bytes(Option<Vec<u8>>),
}

impl Bind {
    /// PostgreSQL's text has no zero byte, so neither has ours.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        match self {
            Self::Text(Some(text)) if text.contains('\0') => {
                Err(StoreError::Refused { what: "a text with a zero byte" })
            }
            _ => Ok(()),
        }
    }
}

/// What a column is made from.
macro_rules! bind {
    ($variant:ident: $($from:ty => $to:expr),+ $(,)?) => {$(
        impl From<$from> for Bind {
            fn from(value: $from) -> Self {
                #[allow(clippy::redundant_closure_call, reason = "the closure is the argument of this macro")]
                Self::$variant(Some(($to)(value)))
            }
        }
        impl From<Option<$from>> for Bind {
            fn from(value: Option<$from>) -> Self {
                Self::$variant(value.map($to))
            }
        }
    )+};
}

bind!(Text: &str => str::to_owned, String => |text| text, &String => String::clone);
bind!(Integer: i64 => |number| number, bool => i64::from, Timestamp => Timestamp::as_microsecond);
bind!(Bytes: Uuid => |id: Uuid| id.as_bytes().to_vec(), Vec<u8> => |bytes| bytes, &[u8] => <[u8]>::to_vec);

impl From<usize> for Bind {
    fn from(value: usize) -> Self {
        Self::Integer(Some(i64::try_from(value).unwrap_or(i64::MAX)))
    }
}

/// Parameters, each from what it is.
macro_rules! binds {
    ($($value:expr),* $(,)?) => { vec![$($crate::platform::sql::Bind::from($value)),*] };
}
pub(crate) use binds;

/// A row that was found.
#[derive(Debug)]
pub(crate) enum Row {
    #[cfg(feature = "sqlite")]
    Sqlite(sqlx::sqlite::SqliteRow),
    #[cfg(feature = "postgres")]
    Postgres(sqlx::postgres::PgRow),
}

macro_rules! get {
    ($row:expr, $at:expr) => {
        match $row {
            #[cfg(feature = "sqlite")]
            Row::Sqlite(row) => sqlx::Row::try_get(row, $at).map_err(StoreError::from),
            #[cfg(feature = "postgres")]
            Row::Postgres(row) => sqlx::Row::try_get(row, $at).map_err(StoreError::from),
        }
    };
}

impl Row {
    pub(crate) fn text(&self, at: usize) -> Result<String, StoreError> {
        get!(self, at)
    }

    pub(crate) fn text_if(&self, at: usize) -> Result<Option<String>, StoreError> {
        get!(self, at)
    }

    pub(crate) fn integer(&self, at: usize) -> Result<i64, StoreError> {
        get!(self, at)
    }

    pub(crate) fn integer_if(&self, at: usize) -> Result<Option<i64>, StoreError> {
        get!(self, at)
    }

    pub(crate) fn bytes(&self, at: usize) -> Result<Vec<u8>, StoreError> {
        get!(self, at)
    }

    /// A number that counts something.
    pub(crate) fn count(&self, at: usize) -> Result<u64, StoreError> {
        u64::try_from(self.integer(at)?).map_err(|_| StoreError::corrupt("a count below zero"))
    }

    pub(crate) fn flag(&self, at: usize) -> Result<bool, StoreError> {
        Ok(self.integer(at)? != 0)
    }

    pub(crate) fn id(&self, at: usize) -> Result<Uuid, StoreError> {
        Uuid::from_slice(&self.bytes(at)?).map_err(|_| StoreError::corrupt("an id that is none"))
    }

    pub(crate) fn id_if(&self, at: usize) -> Result<Option<Uuid>, StoreError> {
        let bytes: Option<Vec<u8>> = get!(self, at)?;
        let read = |bytes: Vec<u8>| Uuid::from_slice(&bytes);
        bytes.map(read).transpose().map_err(|_| StoreError::corrupt("an id that is none"))
    }

    pub(crate) fn instant(&self, at: usize) -> Result<Timestamp, StoreError> {
        instant(self.integer(at)?)
    }

    pub(crate) fn instant_if(&self, at: usize) -> Result<Option<Timestamp>, StoreError> {
        self.integer_if(at)?.map(instant).transpose()
    }

    pub(crate) fn json(&self, at: usize) -> Result<serde_json::Value, StoreError> {
        serde_json::from_str(&self.text(at)?).map_err(|_| StoreError::corrupt("JSON that is none"))
    }
}

fn instant(microseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(microseconds).map_err(|_| StoreError::corrupt("an instant out of range"))
}

/// JSON as text, where the databases can keep it: no text in it has a zero byte.
pub(crate) fn json_text(value: &serde_json::Value) -> Result<String, StoreError> {
    if has_zero(value) {
        return Err(StoreError::Refused { what: "a text with a zero byte" });
    }
    serde_json::to_string(value).map_err(|_| StoreError::Refused { what: "JSON that has no text" })
}

/// Goes as deep as the value does, which was parsed within a limit.
fn has_zero(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::String(text) => text.contains('\0'),
        serde_json::Value::Array(all) => all.iter().any(has_zero),
        serde_json::Value::Object(all) => all.iter().any(|(name, value)| name.contains('\0') || has_zero(value)),
        _ => false,
    }
}

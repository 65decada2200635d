//! The rows of secrets.

use jiff::Timestamp;
use uuid::Uuid;

use super::seal::Sealed;
use crate::platform::StoreError;
use crate::platform::sql::{Global, Row, Scoped, Session, Tx, Unscoped, binds};

/// The longest kind or name, in bytes.
const MAX_NAME: usize = 200;

/// Which secret: the customer's, of a kind (`crm.client-secret`), by its name within that kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SecretName {
    /// Whose it is.
    pub organisation: Uuid,
    /// What kind it is.
    pub kind: String,
    /// What it is called among those of its kind.
    pub name: String,
}

impl SecretName {
    /// What is sealed with a value: it opens nowhere else.
    pub(super) fn about(&self, version: i64) -> Vec<u8> {
        format!("{}|{}|{}|{version}", self.organisation, self.kind, self.name).into_bytes()
    }

    /// What is sealed with the key of a value.
    pub(super) fn about_key(&self) -> Vec<u8> {
        format!("{}|{}|{}", self.organisation, self.kind, self.name).into_bytes()
    }

    /// So plain that no two names look alike when they are joined, be it by `|` or, as people write them, by the first `/`.
    pub(super) fn check(&self) -> Result<(), StoreError> {
        let letter = |c: char| c.is_ascii_alphanumeric() || "._:/@-".contains(c);
        let plain = |text: &str| !text.is_empty() && text.len() <= MAX_NAME && text.chars().all(letter);
        if plain(&self.kind) && !self.kind.contains('/') && plain(&self.name) {
            Ok(())
        } else {
            Err(StoreError::Refused { what: "a secret of that name" })
        }
    }
}

impl std::fmt::Display for SecretName {
    /// Within its organisation: `crm.client-secret/portal`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.kind, self.name)
    }
}

/// Which of up to three versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretState {
    /// The one in use.
    Current,
    /// The one that comes.
    Next,
    /// The one that was in use before.
    Previous,
}

impl SecretState {
    /// Its name, in lower case.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Next => "next",
            Self::Previous => "previous",
        }
    }

    fn read(text: &str) -> Result<Self, StoreError> {
        let known = [Self::Current, Self::Next, Self::Previous].into_iter().find(|state| state.as_str() == text);
        known.ok_or_else(|| StoreError::corrupt("a state of a secret that is none"))
    }
}

/// What may be known of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretInfo {
    /// Which.
    pub name: SecretName,
    /// Its version: 1 for the first.
    pub version: i64,
    /// Which of up to three.
    pub state: SecretState,
    /// The key that its own is wrapped by.
    pub key: String,
    /// When it was written.
    pub created: Timestamp,
    /// When it ends, where it does.
    pub expires: Option<Timestamp>,
}

/// How much a key wraps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUse {
    /// The name of the key.
    pub id: String,
    /// How many versions of secrets, of all organisations together.
    pub versions: u64,
}

/// A secret as it is kept.
pub(super) struct Stored {
    pub(super) info: SecretInfo,
    pub(super) data_key: Vec<u8>,
    pub(super) sealed: Sealed,
}

const LIST: Scoped = Scoped::new(
    "SELECT organisation, kind, name, version, state, kek, created, expires FROM secrets WHERE organisation = $1
     ORDER BY kind, name, version LIMIT $2",
);
const OF_KIND: Scoped = Scoped::new(
    "SELECT organisation, kind, name, version, state, kek, created, expires FROM secrets
     WHERE organisation = $1 AND kind = $2 ORDER BY name, version LIMIT $3",
);
/// Names have no letter beyond `~`: what begins with a text lies between it and it with that behind.
const BEGINNING: Scoped = Scoped::new(
    "SELECT organisation, kind, name, version, state, kek, created, expires FROM secrets
     WHERE organisation = $1 AND kind = $2 AND name >= $3 AND name < $3 || '~' ORDER BY name, version LIMIT $4",
);
const OTHER_KINDS: Scoped = Scoped::new(
    "SELECT organisation, kind, name, version, state, kek, created, expires FROM secrets
     WHERE organisation = $1 AND kind <> $2 AND kind <> $3 ORDER BY kind, name, version LIMIT $4",
);
const FIND: Scoped = Scoped::new(
    "SELECT organisation, kind, name, version, state, kek, created, expires, data_key, nonce, sealed FROM secrets
     WHERE organisation = $1 AND kind = $2 AND name = $3 AND state = $4",
);
const NEWEST: Scoped =
    Scoped::new("SELECT coalesce(max(version), 0) FROM secrets WHERE organisation = $1 AND kind = $2 AND name = $3");
const INSERT: Scoped = Scoped::new(
    "INSERT INTO secrets (organisation, kind, name, version, state, kek, data_key, nonce, sealed, created, expires)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
);
const MOVE: Scoped =
    Scoped::new("UPDATE secrets SET state = $5 WHERE organisation = $1 AND kind = $2 AND name = $3 AND state = $4");
const DROP: Scoped =
    Scoped::new("DELETE FROM secrets WHERE organisation = $1 AND kind = $2 AND name = $3 AND state = $4");
const DROP_ALL: Scoped = Scoped::new("DELETE FROM secrets WHERE organisation = $1 AND kind = $2 AND name = $3");
const REWRAP: Scoped = Scoped::new(
    "UPDATE secrets SET kek = $6, data_key = $7
     WHERE organisation = $1 AND kind = $2 AND name = $3 AND version = $4 AND kek = $5 AND data_key = $8",
);
/// Of all organisations: a key is everybody's.
const OTHERS: Global = Global::new(
    "SELECT organisation, kind, name, version, state, kek, created, expires, data_key, nonce, sealed FROM secrets
     WHERE kek <> $1 ORDER BY kek, organisation, kind, name, version LIMIT $2",
);
const LEFT: Global = Global::new("SELECT count(*) FROM secrets WHERE kek <> $1");
const KEYS: Global = Global::new("SELECT kek, count(*) FROM secrets GROUP BY kek ORDER BY kek");
const PROOF: Global = Global::new("SELECT proof FROM secret_keys WHERE kek = $1");
const PROVE: Global =
    Global::new("INSERT INTO secret_keys (kek, proof, created) VALUES ($1, $2, $3) ON CONFLICT (kek) DO NOTHING");

pub(super) async fn list(s: &mut impl Session, of: Uuid, most: usize) -> Result<Vec<SecretInfo>, StoreError> {
    s.of(of).all(&LIST, binds![most]).await?.iter().map(info).collect()
}

pub(super) async fn of_kind(
    session: &mut impl Session,
    of: Uuid,
    kind: &str,
    most: usize,
) -> Result<Vec<SecretInfo>, StoreError> {
    session.of(of).all(&OF_KIND, binds![kind, most]).await?.iter().map(info).collect()
}

pub(super) async fn beginning(
    session: &mut impl Session,
    of: Uuid,
    (kind, text): (&str, &str),
    most: usize,
) -> Result<Vec<SecretInfo>, StoreError> {
    session.of(of).all(&BEGINNING, binds![kind, text, most]).await?.iter().map(info).collect()
}

pub(super) async fn of_other_kinds(
    session: &mut impl Session,
    of: Uuid,
    [one, other]: [&str; 2],
    most: usize,
) -> Result<Vec<SecretInfo>, StoreError> {
    session.of(of).all(&OTHER_KINDS, binds![one, other, most]).await?.iter().map(info).collect()
}

pub(super) async fn find(
    session: &mut impl Session,
    name: &SecretName,
    state: SecretState,
) -> Result<Option<Stored>, StoreError> {
    let binds = binds![&name.kind, &name.name, state.as_str()];
    session.of(name.organisation).first(&FIND, binds).await?.as_ref().map(stored).transpose()
}

pub(super) async fn newest(tx: &mut Tx, name: &SecretName) -> Result<i64, StoreError> {
    tx.of(name.organisation).only(&NEWEST, binds![&name.kind, &name.name]).await?.integer(0)
}

pub(super) async fn insert(tx: &mut Tx, new: Stored) -> Result<(), StoreError> {
    let Stored { info, data_key, sealed } = new;
    let SecretInfo { name, version, state, key, created, expires } = info;
    let binds = binds![
        name.kind,
        name.name,
        version,
        state.as_str(),
        key,
        data_key,
        sealed.nonce,
        sealed.bytes,
        created,
        expires
    ];
    tx.of(name.organisation).execute(&INSERT, binds).await.map(drop)
}

/// Lets what is in one state be in another, in the place of what is there; whether there was something.
pub(super) async fn shift(
    tx: &mut Tx,
    name: &SecretName,
    from: SecretState,
    to: SecretState,
) -> Result<bool, StoreError> {
    if find(tx, name, from).await?.is_none() {
        return Ok(false);
    }
    remove(tx, name, to).await?;
    let binds = binds![&name.kind, &name.name, from.as_str(), to.as_str()];
    Ok(tx.of(name.organisation).execute(&MOVE, binds).await? > 0)
}

pub(super) async fn remove(tx: &mut Tx, name: &SecretName, state: SecretState) -> Result<(), StoreError> {
    let binds = binds![&name.kind, &name.name, state.as_str()];
    tx.of(name.organisation).execute(&DROP, binds).await.map(drop)
}

pub(super) async fn remove_all(tx: &mut Tx, name: &SecretName) -> Result<u64, StoreError> {
    tx.of(name.organisation).execute(&DROP_ALL, binds![&name.kind, &name.name]).await
}

/// Secrets whose key is wrapped by another than the current one, of all organisations.
pub(super) async fn others(s: &mut impl Session, current: &str, most: usize) -> Result<Vec<Stored>, StoreError> {
    Unscoped::over(s).all(&OTHERS, binds![current, most]).await?.iter().map(stored).collect()
}

pub(super) async fn left(session: &mut impl Session, current: &str) -> Result<u64, StoreError> {
    let row = Unscoped::over(session).first(&LEFT, binds![current]).await?;
    row.ok_or_else(|| StoreError::corrupt("a count without a row"))?.count(0)
}

/// Lets the key of a secret be wrapped by another; whether it still was as it is known. A secret that was removed and written
/// anew in between has the same name and version, and a key of its own.
pub(super) async fn rewrap(tx: &mut Tx, was: &Stored, to: &str, data_key: &[u8]) -> Result<bool, StoreError> {
    let SecretInfo { name, version, key, .. } = &was.info;
    let binds = binds![&name.kind, &name.name, *version, key, to, data_key, was.data_key.as_slice()];
    Ok(tx.of(name.organisation).execute(&REWRAP, binds).await? > 0)
}

/// The keys that something is wrapped by, by name.
pub(super) async fn keys(session: &mut impl Session) -> Result<Vec<KeyUse>, StoreError> {
    let rows = Unscoped::over(session).all(&KEYS, binds![]).await?;
    rows.iter().map(|row| Ok(KeyUse { id: row.text(0)?, versions: row.count(1)? })).collect()
}

pub(super) async fn proof(session: &mut impl Session, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let row = Unscoped::over(session).first(&PROOF, binds![key]).await?;
    row.map(|row| row.bytes(0)).transpose()
}

pub(super) async fn prove(tx: &mut Tx, key: &str, proof: &[u8], at: Timestamp) -> Result<(), StoreError> {
    Unscoped::over(tx).execute(&PROVE, binds![key, proof, at]).await.map(drop)
}

fn info(row: &Row) -> Result<SecretInfo, StoreError> {
    Ok(SecretInfo {
        name: SecretName { organisation: row.id(0)?, kind: row.text(1)?, name: row.text(2)? },
        version: row.integer(3)?,
        state: SecretState::read(&row.text(4)?)?,
        key: row.text(5)?,
        created: row.instant(6)?,
        expires: row.instant_if(7)?,
    })
}

fn stored(row: &Row) -> Result<Stored, StoreError> {
    let sealed = Sealed { nonce: row.bytes(9)?, bytes: row.bytes(10)? };
    Ok(Stored { info: info(row)?, data_key: row.bytes(8)?, sealed })
}

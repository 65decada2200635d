//! The tokens that directories come with: what is kept is a digest, and whose it is.

use std::time::Duration;

use async_trait::async_trait;
use aws_lc_rs::{constant_time, digest};
use jiff::Timestamp;
use uuid::Uuid;

use super::StoreError;
use super::organisations::{Environment, environment, found};
use super::sql::{Global, Row, Scoped, Session, Tx, Unscoped, binds};

/// How long the older of two tokens stays valid, where nobody says otherwise: two weeks.
pub const OVERLAP: Duration = Duration::from_secs(14 * 24 * 60 * 60);
/// How exactly it is known when a token was last used: a minute.
pub const COARSE: Duration = Duration::from_secs(60);
/// How many tokens of an environment are valid at once: one that goes, one that comes.
const MOST: usize = 2;

/// The SHA-256 of a token. A token has 190 bits of randomness, so that a fast digest hides it. How far an index compares two of them
/// says nothing of a token: whoever sends one cannot choose the first bytes of its digest and know what has them.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// Of a token as it was sent.
    #[must_use]
    pub fn of(token: &str) -> Self {
        let mut bytes = [0; 32];
        for (byte, digested) in bytes.iter_mut().zip(digest::digest(&digest::SHA256, token.as_bytes()).as_ref()) {
            *byte = *digested;
        }
        Self(bytes)
    }
}

impl std::fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TokenDigest")
    }
}

/// Which of two valid tokens it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// The only one, or the one that goes.
    Primary,
    /// The one that comes.
    Next,
}

/// A token that is to be valid.
#[derive(Debug, Clone, Copy)]
pub struct NewToken {
    /// What it is called; it is no secret.
    pub id: Uuid,
    /// What it is known by.
    pub digest: TokenDigest,
    /// Until when it is valid, if not until it is revoked or followed by another.
    pub expires: Option<Timestamp>,
}

/// A token that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Whose it is.
    pub organisation: Uuid,
    /// Where it is valid.
    pub environment: Environment,
    /// What it is called.
    pub id: Uuid,
    /// Which of two valid ones it is; nothing once it is not valid.
    pub slot: Option<Slot>,
    /// When it was made.
    pub created: Timestamp,
    /// Until when it is valid.
    pub expires: Option<Timestamp>,
    /// When it was last used, to a minute.
    pub last_used: Option<Timestamp>,
    /// When it was revoked.
    pub revoked: Option<Timestamp>,
}

impl Token {
    /// Whether it is valid at an instant.
    #[must_use]
    pub fn valid(&self, now: Timestamp) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|expires| now < expires)
    }

    /// Whether a use at an instant is worth writing down.
    #[must_use]
    pub fn use_counts(&self, now: Timestamp) -> bool {
        self.last_used.is_none_or(|last| now.duration_since(last).unsigned_abs() >= COARSE)
    }
}

const LIST: Scoped = Scoped::new(
    "SELECT organisation, environment, id, created, expires, last_used, revoked FROM scim_tokens
     WHERE organisation = $1 AND environment = $2 ORDER BY created, id",
);
/// A token whose organisation and environment may do something.
const FIND: Global = Global::new(
    "SELECT t.organisation, t.environment, t.id, t.created, t.expires, t.last_used, t.revoked, t.digest,
       (SELECT count(*) FROM scim_tokens p WHERE p.organisation = t.organisation AND p.environment = t.environment
        AND p.revoked IS NULL AND (p.expires IS NULL OR p.expires > $2) AND (p.created, p.id) < (t.created, t.id))
     FROM scim_tokens t
     JOIN organisations o ON o.organisation = t.organisation
     JOIN environments e ON e.organisation = t.organisation AND e.environment = t.environment
     WHERE t.digest = $1 AND o.enabled = 1 AND e.enabled = 1",
);
/// Valid tokens that nobody used since an instant, in the order of their ids.
const SILENT: Global = Global::new(
    "SELECT t.organisation, t.environment, t.id, t.created, t.expires, t.last_used, t.revoked FROM scim_tokens t
     JOIN organisations o ON o.organisation = t.organisation
     WHERE o.enabled = 1 AND t.revoked IS NULL AND (t.expires IS NULL OR t.expires > $1) AND t.last_used < $2
       AND t.id > $3
     ORDER BY t.id LIMIT $4",
);
/// Tells those who change the tokens of an environment apart, one after the other.
const COUNT: Scoped =
    Scoped::new("UPDATE environments SET tokens = tokens + 1 WHERE organisation = $1 AND environment = $2");
const SHORTEN: Scoped = Scoped::new(
    "UPDATE scim_tokens SET expires = $3 WHERE organisation = $1 AND environment = $2 AND revoked IS NULL
     AND (expires IS NULL OR expires > $3)",
);
const ISSUE: Scoped = Scoped::new(
    "INSERT INTO scim_tokens (organisation, environment, id, digest, created, expires) VALUES ($1, $2, $3, $4, $5, $6)",
);
const REVOKE: Scoped = Scoped::new(
    "UPDATE scim_tokens SET revoked = coalesce(revoked, $4) WHERE organisation = $1 AND environment = $2 AND id = $3",
);
const USED: Scoped = Scoped::new(
    "UPDATE scim_tokens SET last_used = $4 WHERE organisation = $1 AND environment = $2 AND id = $3
     AND (last_used IS NULL OR last_used <= $5)",
);

/// What is known of tokens.
#[async_trait]
pub trait TokenReads {
    /// Whose token this is, where it is valid and neither its organisation nor its environment is disabled.
    ///
    /// # Errors
    /// Those of the database.
    async fn token(&mut self, digest: &TokenDigest, now: Timestamp) -> Result<Option<Token>, StoreError>;

    /// The tokens of an environment, the oldest first, those that are no longer valid too.
    ///
    /// # Errors
    /// Those of the database.
    async fn tokens(&mut self, of: Uuid, environment: Environment, now: Timestamp) -> Result<Vec<Token>, StoreError>;

    /// Valid tokens that were used once and not since an instant, after one of them, of all organisations. Of two tokens of
    /// an environment the one that goes may be silent because the other is used.
    ///
    /// # Errors
    /// Those of the database.
    async fn silent_tokens(
        &mut self,
        since: Timestamp,
        now: Timestamp,
        after: Option<Uuid>,
        most: usize,
    ) -> Result<Vec<Token>, StoreError>;
}

/// What is done with tokens.
#[async_trait]
pub trait Tokens: TokenReads {
    /// Makes a token valid. The one that was valid alone stays so for the overlap, and not longer than it would have.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where two are valid already, [`StoreError::Absent`] where there is no such environment.
    async fn issue_token(
        &mut self,
        organisation: Uuid,
        environment: Environment,
        new: &NewToken,
        overlap: Duration,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Makes a token invalid at once.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where there is none.
    async fn revoke_token(
        &mut self,
        organisation: Uuid,
        environment: Environment,
        id: Uuid,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Writes down that a token was used, unless that was done within the last minute; whether it was written.
    ///
    /// # Errors
    /// Those of the database.
    async fn token_used(&mut self, token: &Token, now: Timestamp) -> Result<bool, StoreError>;
}

#[async_trait]
impl<S: Session> TokenReads for S {
    async fn token(&mut self, digest: &TokenDigest, now: Timestamp) -> Result<Option<Token>, StoreError> {
        let binds = binds![&digest.0[..], now];
        let Some(row) = Unscoped::over(self).first(&FIND, binds).await? else { return Ok(None) };
        // The index compares byte by byte; this tells nobody how far it came.
        let same = constant_time::verify_slices_are_equal(&row.bytes(7)?, &digest.0).is_ok();
        let slot = Some(if row.count(8)? == 0 { Slot::Primary } else { Slot::Next });
        let token = Token { slot, ..read(&row)? };
        Ok(Some(token).filter(|token| same && token.valid(now)))
    }

    async fn tokens(&mut self, of: Uuid, environment: Environment, now: Timestamp) -> Result<Vec<Token>, StoreError> {
        let rows = self.of(of).all(&LIST, binds![environment.as_str()]).await?;
        let mut tokens = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let valid = tokens.iter_mut().filter(|token| token.valid(now));
        for (token, slot) in valid.zip([Slot::Primary, Slot::Next]) {
            token.slot = Some(slot);
        }
        Ok(tokens)
    }

    async fn silent_tokens(
        &mut self,
        since: Timestamp,
        now: Timestamp,
        after: Option<Uuid>,
        most: usize,
    ) -> Result<Vec<Token>, StoreError> {
        let after = after.map_or_else(Vec::new, |id| id.as_bytes().to_vec());
        let rows = Unscoped::over(self).all(&SILENT, binds![now, since, after, most]).await?;
        rows.iter().map(read).collect()
    }
}

#[async_trait]
impl Tokens for Tx {
    async fn issue_token(
        &mut self,
        organisation: Uuid,
        environment: Environment,
        new: &NewToken,
        overlap: Duration,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let counted = self.of(organisation).execute(&COUNT, binds![environment.as_str()]).await?;
        found("environment", counted)?;
        let valid = self.tokens(organisation, environment, now).await?.iter().filter(|token| token.valid(now)).count();
        if valid >= MOST {
            return Err(StoreError::Refused { what: "a third valid token" });
        }
        let gone = now.checked_add(overlap).map_err(|_| StoreError::Refused { what: "an overlap of that length" })?;
        self.of(organisation).execute(&SHORTEN, binds![environment.as_str(), gone]).await?;
        let binds = binds![environment.as_str(), new.id, &new.digest.0[..], now, new.expires];
        self.of(organisation).execute(&ISSUE, binds).await.map(drop)
    }

    async fn revoke_token(
        &mut self,
        organisation: Uuid,
        environment: Environment,
        id: Uuid,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        found("token", self.of(organisation).execute(&REVOKE, binds![environment.as_str(), id, now]).await?)
    }

    async fn token_used(&mut self, token: &Token, now: Timestamp) -> Result<bool, StoreError> {
        let before = now.checked_sub(COARSE).unwrap_or(Timestamp::MIN);
        let binds = binds![token.environment.as_str(), token.id, now, before];
        Ok(self.of(token.organisation).execute(&USED, binds).await? > 0)
    }
}

fn read(row: &Row) -> Result<Token, StoreError> {
    Ok(Token {
        organisation: row.id(0)?,
        environment: environment(row, 1)?,
        id: row.id(2)?,
        slot: None,
        created: row.instant(3)?,
        expires: row.instant_if(4)?,
        last_used: row.instant_if(5)?,
        revoked: row.instant_if(6)?,
    })
}

//! What lets somebody in and ends: secrets of directories, secrets of clients, and what is kept secret. Their values are not known here.

use std::time::Duration;

use engage_store::platform::{
    Client, ClientReads as _, Database, Environment, Inventory, OpenEnvironment, OrganisationReads as _, SecretInfo,
    SecretState, StoreError, Token, TokenReads as _,
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::identity::assertions;
use crate::platform::seals;

/// The most versions of kept secrets of an organisation that are looked at.
const MOST: usize = 10_000;

/// How many days before the end of a credential is told of it, the longest first.
pub const THRESHOLDS: [u16; 7] = [180, 90, 60, 30, 14, 7, 1];

/// What kind of credential it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CredentialKind {
    /// What directories come with.
    ScimSecret,
    /// What a back-end acquires tokens with.
    ClientSecret,
    /// What is kept secret for the organisation: credentials of its CRM, of Microsoft Graph, of whoever is told of alerts.
    KeptSecret,
}

impl CredentialKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::ScimSecret, Self::ClientSecret, Self::KeptSecret];

    /// Its name, in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ScimSecret => "scim-secret",
            Self::ClientSecret => "client-secret",
            Self::KeptSecret => "kept-secret",
        }
    }
}

/// How a credential stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialState {
    /// It is not good yet.
    ToCome,
    /// It is good.
    Good,
    /// Its time is over.
    Ended,
}

impl CredentialState {
    /// Its name, in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ToCome => "to-come",
            Self::Good => "good",
            Self::Ended => "ended",
        }
    }
}

/// A credential, and when it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// What kind it is.
    pub kind: CredentialKind,
    /// What it is called: the id of a secret of a directory, the key id of a client's, the version of a kept one.
    pub id: String,
    /// Whose it is: an environment, a client, the kind and name of a kept one.
    pub holder: String,
    /// What people call that, where it has such a name.
    pub label: Option<String>,
    /// Where it is good; a kept one is the whole organisation's.
    pub environment: Option<Environment>,
    /// Since when it is good.
    pub starts: Timestamp,
    /// Until when; nothing where it is good until somebody ends it, or nobody has said it.
    pub ends: Option<Timestamp>,
    /// When it was used last, where that is known.
    pub last_used: Option<Timestamp>,
    /// Whether another one has taken its place, or will: that it ends is as it should be.
    pub replaced: bool,
}

impl Credential {
    /// What is told of it apart from the others.
    #[must_use]
    pub fn subject(&self) -> String {
        format!("{} {} {}", self.kind.as_str(), self.holder, self.id)
    }

    /// How it stands.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> CredentialState {
        match self.ends {
            Some(ends) if ends <= now => CredentialState::Ended,
            _ if self.starts > now => CredentialState::ToCome,
            _ => CredentialState::Good,
        }
    }

    /// How many whole days are left of one that ends: 0 once it has ended, and on its last day.
    #[must_use]
    pub fn days_left(&self, now: Timestamp) -> Option<i64> {
        self.ends.map(|ends| (ends.duration_since(now).as_hours() / 24).max(0))
    }

    /// The last of [`THRESHOLDS`] that has passed of one that nothing replaces, and that has not ended: days. A threshold that is as
    /// long as its whole life says nothing.
    #[must_use]
    pub fn near(&self, now: Timestamp) -> Option<u16> {
        let ends = self.ends.filter(|ends| !self.replaced && *ends > now)?;
        let (left, life) = (ends.duration_since(now), ends.duration_since(self.starts));
        let passed = |days: &u16| left <= of_days(*days) && of_days(*days) < life;
        THRESHOLDS.into_iter().rfind(passed)
    }

    /// Whether it ended within a time, and nothing replaces it.
    #[must_use]
    pub fn ended_within(&self, time: Duration, now: Timestamp) -> bool {
        let since = now.checked_sub(time).unwrap_or(Timestamp::MIN);
        !self.replaced && self.ends.is_some_and(|ends| since < ends && ends <= now)
    }
}

fn of_days(days: u16) -> SignedDuration {
    SignedDuration::from_hours(i64::from(days) * 24)
}

/// The credentials of an organisation that were not revoked, those that end first first.
///
/// # Errors
/// Those of the database.
pub async fn credentials(database: &Database, of: Uuid, now: Timestamp) -> Result<Vec<Credential>, StoreError> {
    let (mut reader, mut all) = (database.reader(), Vec::new());
    for OpenEnvironment { environment, .. } in reader.environments(of).await? {
        all.extend(tokens(environment, reader.tokens(of, environment, now).await?, now));
    }
    all.extend(reader.clients(of).await?.iter().flat_map(|client| client_secrets(client, now)));
    // What is kept for runs lets nobody in, and is gone with them.
    let passing = [assertions::KIND, seals::KIND];
    all.extend(kept(&Inventory::new(database.clone()).of_other_kinds(of, passing, MOST).await?));
    let last = |credential: &Credential| credential.ends.unwrap_or(Timestamp::MAX);
    all.sort_by(|one, other| {
        (last(one), one.kind, &one.holder, &one.id).cmp(&(last(other), other.kind, &other.holder, &other.id))
    });
    Ok(all)
}

/// Whether an end comes later than another; one that never comes is the last.
fn later(one: Option<Timestamp>, than: Option<Timestamp>) -> bool {
    than.is_some_and(|than| one.is_none_or(|one| one > than))
}

/// A token is replaced once another that is good for longer is used, or where itself was never used.
fn tokens(environment: Environment, mut all: Vec<Token>, now: Timestamp) -> Vec<Credential> {
    all.retain(|token| token.revoked.is_none());
    let replaced = |token: &Token| {
        let takes_over = |other: &&Token| other.last_used.is_some() || token.last_used.is_none();
        let others = all.iter().filter(|other| other.id != token.id && other.valid(now));
        others.filter(takes_over).any(|other| later(other.expires, token.expires))
    };
    let credential = |token: &Token| Credential {
        kind: CredentialKind::ScimSecret,
        id: token.id.to_string(),
        holder: environment.as_str().to_owned(),
        label: None,
        environment: Some(environment),
        starts: token.created,
        ends: token.expires,
        last_used: token.last_used,
        replaced: replaced(token),
    };
    all.iter().map(credential).collect()
}

/// A secret of a client is replaced where another is good now and for longer. Whether it is used, only who issues tokens knows.
fn client_secrets(client: &Client, now: Timestamp) -> Vec<Credential> {
    let credential = |secret: &engage_store::platform::ClientSecret| Credential {
        kind: CredentialKind::ClientSecret,
        id: secret.id.to_string(),
        holder: client.client.to_string(),
        label: Some(client.label.clone()),
        environment: Some(client.environment),
        starts: secret.starts,
        ends: Some(secret.ends),
        last_used: None,
        replaced: !client.enabled || client.secrets.iter().any(|other| other.starts <= now && other.ends > secret.ends),
    };
    client.secrets.iter().map(credential).collect()
}

/// A version is replaced by a newer one that is good for longer; the previous one is, whatever it says.
fn kept(all: &[SecretInfo]) -> Vec<Credential> {
    let replaced = |info: &SecretInfo| {
        let newer = |other: &&SecretInfo| other.name == info.name && other.version > info.version;
        info.state == SecretState::Previous || all.iter().filter(newer).any(|other| later(other.expires, info.expires))
    };
    let credential = |info: &SecretInfo| Credential {
        kind: CredentialKind::KeptSecret,
        id: info.version.to_string(),
        holder: info.name.to_string(),
        label: None,
        environment: None,
        starts: info.created,
        ends: info.expires,
        last_used: None,
        replaced: replaced(info),
    };
    all.iter().map(credential).collect()
}

#[cfg(test)]
mod tests {
    use engage_store::platform::SecretName;

    use super::*;

    fn day(day: i64) -> Timestamp {
        Timestamp::from_second(1_780_000_000 + day * 86_400).unwrap()
    }

    fn lasting(from: i64, to: i64) -> Credential {
        Credential {
            kind: CredentialKind::ClientSecret,
            id: "1".to_owned(),
            holder: "2".to_owned(),
            label: None,
            environment: None,
            starts: day(from),
            ends: Some(day(to)),
            last_used: None,
            replaced: false,
        }
    }

    #[test]
    fn each_threshold_passes_once_in_the_life_of_a_credential() {
        let told = |credential: &Credential, days: i64| -> Vec<u16> {
            let mut told: Vec<u16> = (0..days).filter_map(|now| credential.near(day(now))).collect();
            told.dedup();
            told
        };
        assert_eq!(told(&lasting(0, 730), 800), THRESHOLDS);
        assert_eq!(told(&lasting(0, 90), 100), [60, 30, 14, 7, 1], "one that is as long as its life says nothing");
        assert_eq!(told(&lasting(0, 1), 3), [0; 0]);
        assert_eq!(told(&Credential { replaced: true, ..lasting(0, 730) }, 800), [0; 0]);
        assert_eq!(told(&Credential { ends: None, ..lasting(0, 730) }, 800), [0; 0]);
        assert_eq!(lasting(0, 730).near(day(723)), Some(7));
        assert_eq!(lasting(0, 730).near(day(722)), Some(14));
        assert_eq!(lasting(0, 730).near(day(730)), None, "what has ended does not end any more");
    }

    #[test]
    fn what_has_ended_is_told_for_a_while() {
        let while_ = Duration::from_secs(2 * 86_400);
        let ended: Vec<i64> = (8..15).filter(|now| lasting(0, 10).ended_within(while_, day(*now))).collect();
        assert_eq!(ended, [10, 11]);
        assert!(!Credential { replaced: true, ..lasting(0, 10) }.ended_within(while_, day(10)));
    }

    #[test]
    fn a_kept_secret_is_replaced_by_a_newer_version_that_lasts_longer() {
        let info = |name: &str, version, state, ends: Option<i64>| SecretInfo {
            name: SecretName { organisation: Uuid::nil(), kind: "crm".to_owned(), name: name.to_owned() },
            version,
            state,
            key: "local".to_owned(),
            created: day(0),
            expires: ends.map(day),
        };
        let (previous, current, next) = (SecretState::Previous, SecretState::Current, SecretState::Next);
        let of = |all: &[SecretInfo]| kept(all).iter().map(|one| one.replaced).collect::<Vec<_>>();
        assert_eq!(of(&[info("a", 1, previous, Some(9)), info("a", 2, current, Some(20))]), [true, false]);
        assert_eq!(of(&[info("a", 1, current, Some(9)), info("a", 2, next, Some(20))]), [true, false]);
        assert_eq!(of(&[info("a", 1, current, Some(9)), info("a", 2, next, None)]), [true, false]);
        assert_eq!(of(&[info("a", 1, current, Some(9)), info("a", 2, next, Some(8))]), [false, false]);
        assert_eq!(of(&[info("a", 1, current, Some(9)), info("b", 2, current, None)]), [false, false]);
        assert_eq!(of(&[info("a", 1, previous, None), info("a", 2, current, None)]), [true, false]);
    }
}

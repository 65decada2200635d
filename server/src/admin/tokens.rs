//! Tokens of directories: issued and revoked.

use std::time::Duration;

use engage_store::platform::{
    Audit as _, Environment, NewToken, OrganisationReads as _, Secret, StoreError, Token, TokenDigest, TokenReads as _,
    Tokens as _, draw_token,
};
use serde_json::json;
use uuid::Uuid;

use super::Admin;

/// How long tokens are good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    /// How long the new one is good; `None`: until it is revoked or followed by another.
    pub lifetime: Option<Duration>,
    /// How long the one before it stays good, at most.
    pub overlap: Duration,
}

/// A token that was issued.
#[derive(Debug, Clone)]
pub struct Issued {
    /// What is known of it.
    pub token: Token,
    /// What its directory sends. It is here and nowhere else: kept is its digest.
    pub secret: Secret,
    /// The one before it, which goes.
    pub before: Option<Token>,
}

impl Admin {
    /// Draws a token for the directories of an environment and makes it good.
    ///
    /// # Errors
    /// [`StoreError::Refused`] where two are good already, [`StoreError::Absent`] where there is no such environment.
    pub async fn issue_token(
        &self,
        organisation: Uuid,
        environment: Environment,
        validity: Validity,
    ) -> Result<Issued, StoreError> {
        let (id, now) = ((self.ids)(), self.now());
        let secret = draw_token(&*self.random)?;
        let digest = TokenDigest::of(secret.expose_text().unwrap_or_default());
        let until = |lifetime| now.checked_add(lifetime).map_err(|_| StoreError::Refused { what: "a token that long" });
        let expires = validity.lifetime.map(until).transpose()?;
        let details = json!({
            "token": id,
            "environment": environment.as_str(),
            "expires": expires.map(|expires| expires.to_string()),
        });
        let entry = self.entry(organisation, now, "scim-token.issued", details);
        let input = (organisation, environment, NewToken { id, digest, expires }, validity.overlap, entry);
        let work = self.database.write(input, |tx, (organisation, environment, new, overlap, entry)| {
            Box::pin(async move {
                tx.issue_token(*organisation, *environment, new, *overlap, entry.at).await?;
                tx.append_audit(entry).await?;
                tx.tokens(*organisation, *environment, entry.at).await
            })
        });
        let (new, others): (Vec<_>, Vec<_>) = work.await?.into_iter().partition(|token| token.id == id);
        let token = new.into_iter().next().ok_or(StoreError::Absent { what: "token" })?;
        Ok(Issued { token, secret, before: others.into_iter().find(|token| token.valid(now)) })
    }

    /// Makes a token of an organisation useless at once, in whichever environment it is; which that is.
    ///
    /// # Errors
    /// [`StoreError::Absent`] where the organisation has no such token.
    pub async fn revoke_token(&self, organisation: Uuid, id: Uuid) -> Result<Environment, StoreError> {
        let mut reader = self.database.reader();
        let now = self.now();
        for open in reader.environments(organisation).await? {
            let tokens = reader.tokens(organisation, open.environment, now).await?;
            if tokens.iter().any(|token| token.id == id) {
                // A token never moves, so that what was found outside of the transaction still holds within it.
                self.revoke(organisation, open.environment, id).await?;
                return Ok(open.environment);
            }
        }
        Err(StoreError::Absent { what: "token" })
    }

    async fn revoke(&self, organisation: Uuid, environment: Environment, id: Uuid) -> Result<(), StoreError> {
        let details = json!({ "token": id, "environment": environment.as_str() });
        let entry = self.entry(organisation, self.now(), "scim-token.revoked", details);
        let work = self.database.write((organisation, environment, id, entry), |tx, (of, environment, id, entry)| {
            Box::pin(async move {
                tx.revoke_token(*of, *environment, *id, entry.at).await?;
                tx.append_audit(entry).await
            })
        });
        work.await
    }
}

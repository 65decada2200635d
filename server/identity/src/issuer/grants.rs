//! What users have granted to applications, until it is redeemed.

use std::collections::HashMap;

use uuid::Uuid;

/// How many are kept; the one that ends first goes.
const MAX_GRANTS: usize = 1000;

/// A user has signed in for an application.
#[derive(Debug, Clone)]
pub(super) struct Grant {
    pub(super) client: Uuid,
    pub(super) person: Uuid,
    pub(super) scope: String,
    pub(super) nonce: Option<String>,
    /// Of an authorization code: where it was sent, and the challenge of who may redeem it. A refresh token has neither.
    pub(super) code: Option<Sent>,
    /// When it ends, in seconds since 1970.
    pub(super) ends: i64,
}

/// How an authorization code was sent.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub(super) redirect_uri: String,
    pub(super) challenge: String,
}

/// Grants by what redeems them.
#[derive(Debug, Default)]
pub(super) struct Grants(HashMap<String, Grant>);

impl Grants {
    pub(super) fn keep(&mut self, token: String, grant: Grant) {
        if self.0.len() >= MAX_GRANTS {
            let first = self.0.iter().min_by_key(|(_, grant)| grant.ends).map(|(token, _)| token.clone());
            first.and_then(|token| self.0.remove(&token));
        }
        self.0.insert(token, grant);
    }

    /// Takes a grant: nobody redeems it twice.
    pub(super) fn take(&mut self, token: &str, now: i64) -> Option<Grant> {
        self.0.remove(token).filter(|grant| now < grant.ends)
    }
}

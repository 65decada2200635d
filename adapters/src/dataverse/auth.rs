//! Tokens of Microsoft Entra for Dataverse: on behalf of an employee, or the application's own.

use std::sync::Arc;

use async_trait::async_trait;
use engage_engine::Identity;
use engage_engine::adapter::{AdapterError, AdapterErrorKind};

use crate::http::{Assertions, Client, Fresh, Secret, TokenSource, form_token};

/// Where tokens come from.
#[derive(Debug)]
pub(super) struct Entra {
    pub(super) client: Arc<Client>,
    pub(super) token_url: String,
    pub(super) client_id: String,
    pub(super) client_secret: Secret,
    pub(super) scope: String,
    pub(super) assertions: Option<Arc<dyn Assertions>>,
}

#[async_trait]
impl TokenSource for Entra {
    async fn fetch(&self, identity: &Identity) -> Result<Fresh, AdapterError> {
        match identity {
            Identity::Application => self.application().await,
            Identity::Employee(employee) => match self.assertion(employee).await? {
                Some(assertion) => {
                    let exchanged = self.on_behalf_of(&assertion).await;
                    let why = exchanged.as_ref().err().and_then(word);
                    if let (Some(why), Some(assertions)) = (why, &self.assertions) {
                        assertions.refused(employee, why).await;
                    }
                    exchanged
                }
                None => Err(AdapterError {
                    kind: AdapterErrorKind::Unauthenticated,
                    details: Some("there is no token of the employee to act on behalf of".to_owned()),
                }),
            },
        }
    }
}

impl Entra {
    pub(super) async fn assertion(&self, employee: &str) -> Result<Option<Secret>, AdapterError> {
        match &self.assertions {
            Some(assertions) => assertions.assertion(employee).await,
            None => Ok(None),
        }
    }

    /// "Microsoft identity platform and the OAuth 2.0 client credentials flow".
    async fn application(&self) -> Result<Fresh, AdapterError> {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", self.client_id.as_str()),
            ("client_secret", self.client_secret.expose()),
            ("scope", self.scope.as_str()),
        ];
        form_token(&self.client, &self.token_url, &form).await
    }

    /// "Microsoft identity platform and OAuth2.0 On-Behalf-Of flow".
    async fn on_behalf_of(&self, assertion: &Secret) -> Result<Fresh, AdapterError> {
        let form = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("client_id", self.client_id.as_str()),
            ("client_secret", self.client_secret.expose()),
            ("assertion", assertion.expose()),
            ("scope", self.scope.as_str()),
            ("requested_token_use", "on_behalf_of"),
        ];
        form_token(&self.client, &self.token_url, &form).await
    }
}

/// The word of the protocol by which a token was refused, as far as it is known: what follows it are the issuer's own words.
fn word(refused: &AdapterError) -> Option<&'static str> {
    const WORDS: [&str; 9] = [
        "invalid_grant",
        "interaction_required",
        "consent_required",
        "login_required",
        "access_denied",
        "invalid_client",
        "unauthorized_client",
        "invalid_scope",
        "invalid_request",
    ];
    if refused.kind != AdapterErrorKind::Unauthenticated {
        return None;
    }
    let said = refused.details.as_deref().and_then(|details| details.split(':').next());
    Some(WORDS.into_iter().find(|word| Some(*word) == said).unwrap_or("refused"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_refusal_a_word_of_the_protocol_is_told_on() {
        let told = |kind, details: Option<&str>| word(&AdapterError { kind, details: details.map(str::to_owned) });
        let said = Some("interaction_required: AADSTS50076: astrid@nordbank.example");
        assert_eq!(told(AdapterErrorKind::Unauthenticated, said), Some("interaction_required"));
        assert_eq!(told(AdapterErrorKind::Unauthenticated, Some("of their own: x")), Some("refused"));
        assert_eq!(told(AdapterErrorKind::Unauthenticated, None), Some("refused"));
        assert_eq!(told(AdapterErrorKind::Unavailable, said), None, "that is an outage");
    }
}

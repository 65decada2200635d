//! The organisation that a sandbox has, and what its callers come with.

use engage_server::admin::{Admin, Issued, Validity};
use engage_store::platform::{Environment, OVERLAP, Organisation, TokenReads as _};
use serde_json::{Value as Json, json};
use tokio::sync::watch;
use uuid::Uuid;

use super::Sandbox;
use super::folder::Folder;
use super::issuer::Issuer;
use crate::configured::store;
use crate::failure::Failure;

/// Its name.
pub(in crate::commands::serve) const ORGANISATION: &str = "Demo";
/// Under what name its token is kept, behind the token's id and a space.
const TOKEN: &str = "scim";

/// What callers of the organisation come with.
pub(in crate::commands::serve) struct Demo {
    /// What its directories come with.
    token: String,
    /// Who issues what its people and its back-end come with.
    pub(in crate::commands::serve) issuer: Issuer,
}

impl Demo {
    /// All of it.
    pub(super) fn told(&self) -> Json {
        json!({ "scim": { "token": self.token }, "issuer": self.issuer.told(), "tokens": self.issuer.tokens() })
    }
}

/// The organisation and what its callers come with, made where they are not there. The same token of directories as long as it is
/// good; those of people and of the back-end are new, and so are the keys that sign them.
pub(super) async fn settle(
    admin: &Admin,
    sandbox: &Sandbox,
    stop: &watch::Receiver<bool>,
) -> Result<(Organisation, Demo), Failure> {
    let found = admin.find_organisation(ORGANISATION).await.map_err(|error| store(&error))?;
    let organisation = match found {
        Some(found) => found,
        None => {
            let made = admin.create_organisation(ORGANISATION, &[Environment::Prod]).await;
            made.map_err(|error| store(&error))?
        }
    };
    let token = token(admin, organisation.id, &sandbox.folder).await?;
    let issuer = Issuer::begin(admin, organisation.id, sandbox, stop).await?;
    Ok((organisation, Demo { token, issuer }))
}

async fn token(admin: &Admin, organisation: Uuid, folder: &Folder) -> Result<String, Failure> {
    let now = admin.time.timestamp();
    let all = admin.database.reader().tokens(organisation, Environment::Prod, now).await;
    let mut good = all.map_err(|error| store(&error))?;
    good.retain(|token| token.valid(now));
    let kept = folder.find(TOKEN)?;
    if let Some((id, secret)) = kept.as_deref().and_then(|kept| kept.split_once(' '))
        && good.iter().any(|token| token.id.to_string() == id)
    {
        return Ok(secret.to_owned());
    }
    // Two are good at once, at most: one that nobody can show any more makes room.
    if let [.., _, last] = good.as_slice() {
        admin.revoke_token(organisation, last.id).await.map_err(|error| store(&error))?;
    }
    let validity = Validity { lifetime: None, overlap: OVERLAP };
    let issued = admin.issue_token(organisation, Environment::Prod, validity).await;
    let Issued { token, secret, .. } = issued.map_err(|error| store(&error))?;
    let secret = secret.expose_text().unwrap_or_default();
    folder.keep(TOKEN, format!("{} {secret}", token.id))?;
    Ok(secret.to_owned())
}

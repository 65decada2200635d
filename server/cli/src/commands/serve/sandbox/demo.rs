//! The organisation that a sandbox has, and the token that its directories come with.

use engage_server::admin::{Admin, Issued, Validity};
use engage_store::platform::{Environment, OVERLAP, Organisation, TokenReads as _};
use uuid::Uuid;

use super::folder::Folder;
use crate::configured::store;
use crate::failure::Failure;

/// Its name.
pub(in crate::commands::serve) const ORGANISATION: &str = "Demo";
/// Under what name its token is kept, behind the token's id and a space.
const TOKEN: &str = "scim";

/// The organisation and the token, made where they are not there. The same token as long as it is good.
pub(super) async fn settle(admin: &Admin, folder: &Folder) -> Result<(Organisation, String), Failure> {
    let found = admin.find_organisation(ORGANISATION).await.map_err(|error| store(&error))?;
    let organisation = match found {
        Some(found) => found,
        None => {
            let made = admin.create_organisation(ORGANISATION, &[Environment::Prod]).await;
            made.map_err(|error| store(&error))?
        }
    };
    let token = token(admin, organisation.id, folder).await?;
    Ok((organisation, token))
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

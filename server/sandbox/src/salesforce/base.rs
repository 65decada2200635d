//! What every organisation begins with: itself, profiles, users.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::id;
use super::profile::Profile;
use crate::store::{Changes, Ref, RowId, Store, StoreError, Value};

/// A user to begin with.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) id: RowId,
    pub(crate) username: String,
    /// Name of the profile.
    pub(crate) profile: String,
}

/// The same id for the same name.
pub(crate) fn fixed(prefix: &str, name: &str) -> RowId {
    id::make(prefix, Uuid::new_v5(&Uuid::NAMESPACE_DNS, format!("{name}.engage-sandbox").as_bytes()).as_u128())
}

/// The user the application runs as.
pub(crate) fn application() -> RowId {
    fixed("005", "user integration")
}

/// Two users of the first profile, an employee of the second, and one of each further profile.
pub(crate) fn users(profiles: &[Profile]) -> Vec<User> {
    let user = |name: &str, profile: &Profile| User {
        name: name.to_owned(),
        id: fixed("005", &format!("user {name}")),
        username: format!("{name}@sandbox.example"),
        profile: profile.name.clone(),
    };
    let mut users = Vec::new();
    if let Some(first) = profiles.first() {
        users.extend([user("integration", first), user("administrator", first)]);
        users.push(user("employee", profiles.get(1).unwrap_or(first)));
    }
    let further = profiles.iter().skip(2);
    users.extend(further.map(|profile| user(&profile.name.to_lowercase().replace(' ', "-"), profile)));
    users
}

/// The id of a profile.
pub(crate) fn profile_id(profiles: &[Profile], name: &str) -> RowId {
    match profiles.first().is_some_and(|first| first.name == name) {
        true => fixed("00e", "profile"),
        false => fixed("00e", &format!("profile {name}")),
    }
}

/// The id of the organisation.
pub(crate) fn organization() -> RowId {
    fixed("00D", "organization")
}

fn organization_row() -> Changes {
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    Changes::from([
        ("Name".to_owned(), text("Sandbox")),
        ("OrganizationType".to_owned(), text("Developer Edition")),
        ("InstanceName".to_owned(), text("SBX1")),
        ("IsSandbox".to_owned(), Some(Value::Bool(true))),
        ("LanguageLocaleKey".to_owned(), text("en_US")),
        ("DefaultLocaleSidKey".to_owned(), text("en_US")),
        ("TimeZoneSidKey".to_owned(), text("GMT")),
    ])
}

/// Writes the rows that are not there yet.
pub(crate) fn install(store: &Store, profiles: &[Profile]) -> Result<(), StoreError> {
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    store.write(|tx| {
        if tx.get("Organization", &organization()).is_none() {
            tx.insert("Organization", organization(), organization_row())?;
        }
        for profile in profiles {
            let id = profile_id(profiles, &profile.name);
            if tx.get("Profile", &id).is_none() {
                tx.insert("Profile", id, BTreeMap::from([("Name".to_owned(), text(&profile.name))]))?;
            }
        }
        for user in users(profiles) {
            if tx.get("User", &user.id).is_some() {
                continue;
            }
            let profile = Ref::new("Profile", profile_id(profiles, &user.profile));
            let values = Changes::from([
                ("Username".to_owned(), text(&user.username)),
                ("Email".to_owned(), text(&user.username)),
                ("LastName".to_owned(), text(&user.name)),
                ("Name".to_owned(), text(&user.name)),
                ("Alias".to_owned(), text(user.name.get(..8).unwrap_or(&user.name))),
                ("TimeZoneSidKey".to_owned(), text("GMT")),
                ("LocaleSidKey".to_owned(), text("en_US")),
                ("LanguageLocaleKey".to_owned(), text("en_US")),
                ("EmailEncodingKey".to_owned(), text("UTF-8")),
                ("UserType".to_owned(), text("Standard")),
                ("IsActive".to_owned(), Some(Value::Bool(true))),
                ("ProfileId".to_owned(), Some(Value::Ref(profile))),
            ]);
            tx.insert("User", user.id, values)?;
        }
        Ok(())
    })
}

//! What every organisation begins with: itself, profiles, users.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::id;
use crate::store::{Changes, Ref, RowId, Store, StoreError, Value};

/// A user to begin with.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) name: &'static str,
    pub(crate) id: RowId,
    pub(crate) username: String,
}

/// The same id for the same name.
pub(crate) fn fixed(prefix: &str, name: &str) -> RowId {
    id::make(prefix, Uuid::new_v5(&Uuid::NAMESPACE_DNS, format!("{name}.engage-sandbox").as_bytes()).as_u128())
}

/// The users; the first is the one the application runs as.
pub(crate) fn users() -> Vec<User> {
    let user = |name: &'static str| User {
        name,
        id: fixed("005", &format!("user {name}")),
        username: format!("{name}@sandbox.example"),
    };
    vec![user("integration"), user("administrator"), user("employee")]
}

/// Writes the rows, unless they are there.
pub(crate) fn install(store: &Store) -> Result<(), StoreError> {
    let profile = fixed("00e", "profile");
    if store.read(|state| state.get("Profile", &profile).is_some()) {
        return Ok(());
    }
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    store.write(|tx| {
        tx.insert("Profile", profile.clone(), BTreeMap::from([("Name".to_owned(), text("System Administrator"))]))?;
        for user in users() {
            let values = Changes::from([
                ("Username".to_owned(), text(&user.username)),
                ("Email".to_owned(), text(&user.username)),
                ("LastName".to_owned(), text(user.name)),
                ("Name".to_owned(), text(user.name)),
                ("Alias".to_owned(), text(user.name.get(..8).unwrap_or(user.name))),
                ("TimeZoneSidKey".to_owned(), text("GMT")),
                ("LocaleSidKey".to_owned(), text("en_US")),
                ("LanguageLocaleKey".to_owned(), text("en_US")),
                ("EmailEncodingKey".to_owned(), text("UTF-8")),
                ("IsActive".to_owned(), Some(Value::Bool(true))),
                ("ProfileId".to_owned(), Some(Value::Ref(Ref::new("Profile", profile.clone())))),
            ]);
            tx.insert("User", user.id, values)?;
        }
        Ok(())
    })
}

//! The rows every organisation has: itself, its business unit, its currency, roles, users, messages.

use std::collections::BTreeMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use uuid::Uuid;

use super::security::Role;
use crate::store::{Changes, Ref, RowId, Store, StoreError, Transaction, Value};

/// A user to begin with.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) id: RowId,
    pub(crate) object_id: String,
    pub(crate) role: String,
}

/// Identifiers of the rows every organisation has. They are the same in every sandbox.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    pub(crate) organization: RowId,
    pub(crate) business_unit: RowId,
    /// The user of the application.
    pub(crate) application: User,
    /// The client id of the application.
    client_id: String,
    /// One user per role.
    pub(crate) users: Vec<User>,
    pub(crate) roles: Vec<Arc<Role>>,
}

/// The same identifier for the same name.
pub(crate) fn fixed(name: &str) -> String {
    Uuid::new_v5(&Uuid::NAMESPACE_DNS, format!("{name}.engage-sandbox").as_bytes()).to_string()
}

fn user(name: &str, role: &str) -> User {
    User {
        name: name.to_owned(),
        id: RowId::new(fixed(&format!("user {name}"))),
        object_id: fixed(&format!("object {name}")),
        role: role.to_owned(),
    }
}

impl Base {
    pub(crate) fn new(roles: &[Role], client_id: &str) -> Base {
        let administrator = roles.iter().find(|role| role.act_on_behalf).or(roles.first());
        let administrator = administrator.map(|role| role.name.clone()).unwrap_or_default();
        let users = roles.iter().map(|role| user(&role.name.to_lowercase().replace(' ', "-"), &role.name));
        Base {
            organization: RowId::new(fixed("organization")),
            business_unit: RowId::new(fixed("business unit")),
            application: user("application", &administrator),
            client_id: client_id.to_owned(),
            users: users.collect(),
            roles: roles.iter().cloned().map(Arc::new).collect(),
        }
    }

    /// Writes the rows, unless they are there.
    pub(crate) fn install(&self, store: &Store) -> Result<(), StoreError> {
        if store.read(|state| state.get("businessunit", &self.business_unit).is_some()) {
            return Ok(());
        }
        let tables: Vec<String> = store.schema().tables.keys().cloned().collect();
        store.write(|tx| {
            let name = |text: &str| BTreeMap::from([("name".to_owned(), Some(Value::Text(text.to_owned())))]);
            tx.insert("organization", self.organization.clone(), name("sandbox"))?;
            tx.insert("businessunit", self.business_unit.clone(), name("sandbox"))?;
            self.currency(tx)?;
            for role in &self.roles {
                let mut values = name(&role.name);
                values.insert("businessunitid".to_owned(), Some(self.unit()));
                tx.insert("role", role_id(&role.name), values)?;
            }
            for user in self.users.iter().chain([&self.application]) {
                self.user(tx, user)?;
            }
            messages(tx, &tables)
        })
    }

    fn unit(&self) -> Value {
        Value::Ref(Ref::new("businessunit", self.business_unit.clone()))
    }

    fn currency(&self, tx: &mut Transaction<'_>) -> Result<(), StoreError> {
        let text = |text: &str| Some(Value::Text(text.to_owned()));
        let values = Changes::from([
            ("currencyname".to_owned(), text("US Dollar")),
            ("isocurrencycode".to_owned(), text("USD")),
            ("currencysymbol".to_owned(), text("$")),
            ("currencyprecision".to_owned(), Some(Value::Int(2))),
            ("exchangerate".to_owned(), Some(Value::Decimal(Decimal::ONE))),
        ]);
        tx.insert("transactioncurrency", RowId::new(fixed("currency")), values)
    }

    fn user(&self, tx: &mut Transaction<'_>, user: &User) -> Result<(), StoreError> {
        let text = |text: String| Some(Value::Text(text));
        let mut values = Changes::from([
            ("fullname".to_owned(), text(user.name.clone())),
            ("lastname".to_owned(), text(user.name.clone())),
            ("domainname".to_owned(), text(format!("{}@sandbox.example", user.name))),
            ("internalemailaddress".to_owned(), text(format!("{}@sandbox.example", user.name))),
            ("azureactivedirectoryobjectid".to_owned(), Some(Value::Id(RowId::new(&user.object_id)))),
            ("isdisabled".to_owned(), Some(Value::Bool(false))),
            ("businessunitid".to_owned(), Some(self.unit())),
        ]);
        if user.id == self.application.id {
            values.insert("applicationid".to_owned(), Some(Value::Id(RowId::new(&self.client_id))));
        }
        tx.insert("systemuser", user.id.clone(), values)?;
        tx.link("systemuserroles_association", user.id.clone(), role_id(&user.role))
    }
}

/// The row of a role.
pub(crate) fn role_id(name: &str) -> RowId {
    RowId::new(fixed(&format!("role {name}")))
}

/// Which messages a table has: the way to ask for bulk operations.
fn messages(tx: &mut Transaction<'_>, tables: &[String]) -> Result<(), StoreError> {
    for message in ["CreateMultiple", "UpdateMultiple", "UpsertMultiple"] {
        let id = RowId::new(fixed(message));
        let name = Changes::from([("name".to_owned(), Some(Value::Text(message.to_owned())))]);
        tx.insert("sdkmessage", id.clone(), name)?;
        for table in tables {
            let values = Changes::from([
                ("sdkmessageid".to_owned(), Some(Value::Ref(Ref::new("sdkmessage", id.clone())))),
                ("primaryobjecttypecode".to_owned(), Some(Value::Text(table.clone()))),
            ]);
            tx.insert("sdkmessagefilter", RowId::new(fixed(&format!("{message} {table}"))), values)?;
        }
    }
    Ok(())
}

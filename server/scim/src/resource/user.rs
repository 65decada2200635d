//! What a platform reads of a user: views of the attributes, byte for byte as they were sent.

use serde_json::Value;

use super::Resource;
use super::coerce::is_primary;
use crate::schema::USER;

/// A user, read by what its attributes are for.
///
/// ```
/// use engage_scim::{Resource, json::Limits, schema::USER};
///
/// let sent = r#"{"userName":"bo@x.dk","addresses":[{"type":"work","formatted":"Allé 1-3"}]}"#;
/// let resource = Resource::from_bytes(&USER, sent.as_bytes(), &Limits::default()).unwrap();
/// let user = resource.as_user().unwrap();
/// assert_eq!(user.location(), Some("Allé 1-3"));
/// assert_eq!(user.email(), "bo@x.dk");
/// assert!(user.active());
/// ```
#[derive(Debug, Clone, Copy)]
pub struct User<'a>(&'a Resource);

impl Resource {
    /// The resource as a user; nothing where it is of another type.
    #[must_use]
    pub fn as_user(&self) -> Option<User<'_>> {
        (*self.kind() == USER).then_some(User(self))
    }
}

impl<'a> User<'a> {
    /// `userName`. It is required; a resource that lost it in a store has an empty one.
    #[must_use]
    pub fn user_name(&self) -> &'a str {
        self.0.text("userName").unwrap_or_default()
    }

    /// `externalId`.
    #[must_use]
    pub fn external_id(&self) -> Option<&'a str> {
        self.0.text("externalId")
    }

    /// `active`; unassigned means that the user is.
    #[must_use]
    pub fn active(&self) -> bool {
        self.0.body().get("active").and_then(Value::as_bool).unwrap_or(true)
    }

    /// `displayName`.
    #[must_use]
    pub fn display_name(&self) -> Option<&'a str> {
        self.0.text("displayName")
    }

    /// `name.givenName`.
    #[must_use]
    pub fn given_name(&self) -> Option<&'a str> {
        self.0.body().get("name")?.get("givenName")?.as_str()
    }

    /// `name.familyName`.
    #[must_use]
    pub fn family_name(&self) -> Option<&'a str> {
        self.0.body().get("name")?.get("familyName")?.as_str()
    }

    /// `emails[type eq "work"].value`.
    #[must_use]
    pub fn work_email(&self) -> Option<&'a str> {
        self.work("emails", "value")
    }

    /// The address of mail: that of work where there is one, and otherwise the name that the user signs in with.
    #[must_use]
    pub fn email(&self) -> &'a str {
        self.work_email().unwrap_or_else(|| self.user_name())
    }

    /// `addresses[type eq "work"].formatted`.
    #[must_use]
    pub fn location(&self) -> Option<&'a str> {
        self.work("addresses", "formatted")
    }

    /// A part of an element for work that has it: of the primary one, or else of the first.
    fn work(&self, list: &str, part: &str) -> Option<&'a str> {
        let is_work = |kind: &Value| kind.as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("work"));
        let elements = self.0.body().get(list)?.as_array()?.iter();
        let fit = elements.filter(|element| element.get("type").is_some_and(is_work));
        let mut fit = fit.filter_map(|element| Some((is_primary(element), element.get(part)?.as_str()?)));
        let first = fit.next()?;
        std::iter::once(first).chain(fit).find(|(primary, _)| *primary).or(Some(first)).map(|(_, text)| text)
    }
}

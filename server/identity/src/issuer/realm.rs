//! Who and what the issuer knows.

use aws_lc_rs::constant_time;
use aws_lc_rs::digest::{SHA256, digest};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use crate::settings::Version;

/// Who and what an issuer knows.
#[derive(Debug, Clone)]
pub struct Realm {
    /// Where the issuer is reached, without a slash at the end: `http://127.0.0.1:4000`.
    pub base: String,
    /// The APIs that it issues tokens for.
    pub resources: Vec<Resource>,
    /// The applications that ask for tokens.
    pub applications: Vec<Application>,
    /// Those who may sign in.
    pub people: Vec<Person>,
}

/// An API.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Its client id.
    pub client_id: Uuid,
    /// Its App ID URI, without a slash at the end.
    pub uri: String,
    /// The version of tokens that it wants (`requestedAccessTokenVersion`).
    pub version: Version,
}

/// An application.
#[derive(Debug, Clone)]
pub struct Application {
    /// Its client id.
    pub client_id: Uuid,
    /// Its tenant: the one that issues it tokens of its own.
    pub tenant: Uuid,
    /// Its secret; none of one that keeps no secrets, as in a browser.
    pub secret: Option<SecretString>,
    /// Where users are sent back to. The port of one on this machine does not count, as a program takes whichever is free
    /// (RFC 8252 §7.3; Microsoft, "Redirect URI (reply URL) outline and restrictions").
    pub redirect_uris: Vec<String>,
    /// What it may do by itself (`roles` of its own tokens).
    pub permissions: Vec<String>,
}

/// Somebody who may sign in.
#[derive(Debug, Clone)]
pub struct Person {
    /// Its tenant.
    pub tenant: Uuid,
    /// Its id there.
    pub object: Uuid,
    /// What people call it.
    pub name: String,
    /// What it signs in as.
    pub username: String,
    /// Its app roles (`roles` of its tokens).
    pub roles: Vec<String>,
}

impl Application {
    /// Whether this is its secret; takes as long for a wrong one as for the right one.
    pub(super) fn is_secret(&self, given: &str) -> bool {
        let known = self.secret.as_ref().map_or("", |secret| secret.expose_secret());
        let [known, given] = [known, given].map(|text| digest(&SHA256, text.as_bytes()));
        self.secret.is_some() && constant_time::verify_slices_are_equal(known.as_ref(), given.as_ref()).is_ok()
    }

    /// Whether users may be sent back there.
    pub(super) fn takes_back_at(&self, uri: &str) -> bool {
        let here = of_any_port(uri);
        let same = |known: &String| known == uri || (here.is_some() && of_any_port(known) == here);
        self.redirect_uris.iter().any(same)
    }
}

/// An address of this machine without its port; nothing where it is no such address.
fn of_any_port(uri: &str) -> Option<(&str, &str)> {
    let (host, rest) =
        ["http://localhost", "http://127.0.0.1"].into_iter().find_map(|host| Some((host, uri.strip_prefix(host)?)))?;
    let path =
        rest.strip_prefix(':').map_or(rest, |rest| rest.trim_start_matches(|digit: char| digit.is_ascii_digit()));
    (path.is_empty() || path.starts_with('/')).then_some((host, path))
}

impl Realm {
    /// Whether anybody or anything is of a tenant.
    pub(super) fn has_tenant(&self, tenant: Uuid) -> bool {
        self.people.iter().any(|person| person.tenant == tenant)
            || self.applications.iter().any(|application| application.tenant == tenant)
    }

    pub(super) fn application(&self, client_id: &str) -> Option<&Application> {
        let id = Uuid::try_parse(client_id).ok()?;
        self.applications.iter().find(|application| application.client_id == id)
    }

    pub(super) fn person(&self, object: Uuid) -> Option<&Person> {
        self.people.iter().find(|person| person.object == object)
    }

    /// The API of a scope, as `api://…/access_as_user`, and what is asked of it. A second slash before the last part belongs to
    /// the API, as in Entra.
    pub(super) fn resource<'s>(&self, scope: &'s str) -> Option<(&Resource, &'s str)> {
        let (named, permission) = scope.rsplit_once('/')?;
        let is = |resource: &&Resource| {
            let named = named.strip_suffix('/').unwrap_or(named);
            named == resource.uri || Uuid::try_parse(named).is_ok_and(|id| id == resource.client_id)
        };
        Some((self.resources.iter().find(is)?, permission))
    }
}

//! What a change of a directory means to the platform: the events that start playbooks.

use engage_scim::Resource;
use engage_store::platform::{Event, Realm, Service};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

/// What became of a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// It is there, and says something new.
    Written,
    /// It does not count any more.
    Gone,
}

/// The event of a change, where the platform has one: an inactive employee is told when it goes, and not while it is away.
pub(super) fn event(
    realm: &Realm,
    domain: Uuid,
    user: &Resource,
    was_active: bool,
    change: Change,
    (id, at): (Uuid, Timestamp),
) -> Option<Event> {
    let active = change == Change::Written && user.as_user()?.active();
    let (kind, payload) = match realm.service {
        Service::Employees if active => ("EmployeeProvisioned", json!({ "Employee": employee(domain, user)? })),
        Service::Employees if was_active => ("EmployeeDeprovisioned", json!({ "Employee": employee(domain, user)? })),
        Service::Employees => return None,
        Service::Rooms if active || was_active => ("RoomProvisioned", json!({ "Room": room(domain, user, active)? })),
        Service::Rooms => return None,
    };
    let Realm { organisation, environment, .. } = *realm;
    Some(Event { id, organisation, environment, at, kind: kind.to_owned(), subject: domain.to_string(), payload })
}

fn employee(domain: Uuid, user: &Resource) -> Option<Value> {
    let user = user.as_user()?;
    let email = user.email();
    let initials = email.split('@').next().unwrap_or_default();
    Some(json!({
        "Id": domain,
        "DisplayName": user.display_name().unwrap_or(email),
        "FirstName": user.given_name().unwrap_or_default(),
        "LastName": user.family_name().unwrap_or_default(),
        "Email": email,
        "Initials": initials,
        "Location": user.location(),
        "ExternalId": user.external_id(),
        "Labels": [],
    }))
}

fn room(domain: Uuid, user: &Resource, can_be_booked: bool) -> Option<Value> {
    let user = user.as_user()?;
    let email = user.email();
    Some(json!({
        "Id": domain,
        "Name": user.display_name().unwrap_or(email),
        "Email": email,
        "Location": user.location().unwrap_or_default(),
        "CanBeBooked": can_be_booked,
        "Labels": [],
    }))
}

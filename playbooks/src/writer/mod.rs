//! Writers: how a booked meeting comes into the CRM by the pattern that the workspace's mapper names.
//!
//! A mapper says no more than which pattern serves a use case. The checker makes a playbook of it, the writer, which is
//! started and runs as any other: planned, journaled, retried, shown. What the platform knows of a meeting goes to parts and
//! fields of fixed names, as far as the pattern has them. A playbook of the workspace with the writer's id stands in its
//! place, so that no meeting has two.

mod playbook;
#[cfg(test)]
mod tests;

use engage_engine::Catalog;
use serde_json::Value;
use uuid::Uuid;

use crate::model::{Library, Mapper, Playbook};

/// Who books in a portal.
const IN_PORTALS: [&str; 2] = ["PortalCustomer", "PortalPartner"];

/// Which meetings a mapper's pattern is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UseCase {
    /// `BookMeMeeting`: meetings with customers.
    Customer,
    /// `InternalBookMeMeeting`: meetings of staff.
    Internal,
    /// A mapping of portals, by its id: meetings that are booked in the portals that name it.
    Portal(Uuid),
}

impl UseCase {
    /// The use case of a mapper; `None`: it is about something else than booked meetings.
    pub fn named(name: &str) -> Option<Self> {
        let portal = Uuid::parse_str(name).ok().map(Self::Portal);
        [Self::Customer, Self::Internal].into_iter().chain(portal).find(|one| one.name() == name)
    }

    /// What mappers call it.
    pub fn name(self) -> String {
        match self {
            Self::Customer => "BookMeMeeting".to_owned(),
            Self::Internal => "InternalBookMeMeeting".to_owned(),
            Self::Portal(mapping) => mapping.to_string(),
        }
    }

    /// The id of the playbook that writes its meetings.
    pub fn writer(self) -> String {
        match self {
            Self::Customer => "book-meeting".to_owned(),
            Self::Internal => "book-internal-meeting".to_owned(),
            Self::Portal(mapping) => format!("book-portal-meeting-{mapping}"),
        }
    }

    /// The use case of a booked meeting, by the data of its event; `None`: it was booked in a portal that leaves writing to
    /// playbooks.
    ///
    /// ```
    /// use engage_playbooks::writer::UseCase;
    /// let booked = |by: &str| serde_json::json!({"Meeting": {"BookedBy": by, "Internal": false}});
    /// assert_eq!(UseCase::of(&booked("Employee")), Some(UseCase::Customer));
    /// assert_eq!(UseCase::of(&booked("PortalCustomer")), None);
    /// ```
    pub fn of(data: &Value) -> Option<Self> {
        let text = |path: &str| data.pointer(path).and_then(Value::as_str);
        let by = text("/Meeting/BookedBy").unwrap_or_default();
        if IN_PORTALS.iter().any(|portal| portal.eq_ignore_ascii_case(by)) {
            return Uuid::parse_str(text("/Meeting/CrmMappingId")?).ok().map(Self::Portal);
        }
        let internal = data.pointer("/Meeting/Internal").and_then(Value::as_bool) == Some(true);
        Some(if internal { Self::Internal } else { Self::Customer })
    }

    /// Why nobody may be signed in who has a user in the CRM.
    fn reason(self) -> &'static str {
        match self {
            Self::Customer | Self::Internal => "a program that books has no user in the CRM",
            Self::Portal(_) => "a visitor of a portal has no user in the CRM",
        }
    }
}

/// The writers of a library, each with the number of its mapper: none where a playbook stands in its place, and none where
/// the pattern has no event to write.
pub(crate) fn writers(library: &Library, catalog: &Catalog) -> Vec<(usize, Playbook)> {
    let made = |(index, mapper): (usize, &Mapper)| {
        let use_case = UseCase::named(&mapper.use_case)?;
        if library.playbooks.iter().any(|playbook| playbook.id.as_str() == use_case.writer()) {
            return None;
        }
        let pattern = catalog.crms().find_map(|crm| catalog.pattern(crm.as_str(), mapper.pattern.as_str()))?;
        Some((index, playbook::writer(use_case, pattern)?))
    };
    library.mappers.iter().enumerate().filter_map(made).collect()
}

//! What an organisation sets up for bookings: typed, with its defaults and its rules.
//!
//! What must not be known here: where it is kept, and how it looks on the wire. Names of members are those of the Public API
//! where it has them, so that pointers into the one are pointers into the other.

mod competence_group;
mod field;
mod label;
mod meeting_configuration;
mod people;
mod places;
mod portal;
mod priority;
mod service_group;
mod settings;
mod thing;
mod topic;

pub use competence_group::{CompetenceGroup, MAX_DEPTH, Membership, Memberships};
pub use field::{Field, Preset, Validation};
pub use label::{DEFAULT_COLOUR, Label};
pub use meeting_configuration::{Around, MeetingConfiguration};
pub use people::{EmployeeAddition, Schedule, ScheduleProblem, Skills, Workday};
pub use places::{Location, RoomAddition};
pub use portal::Portal;
pub use priority::{Level, Priority};
pub use service_group::{ServiceGroup, ServiceLevel, ServiceTrigger};
pub use settings::{EmployeeLabel, MeetingTypeLabel, Settings};
pub use thing::{Implied, Kept, Reference, Target, Thing};
pub use topic::{CustomerType, Topic};

/// The most of anything in a list.
pub(crate) const MAX_LIST: usize = 10_000;
/// The longest name, in characters.
pub(crate) const MAX_NAME: usize = 255;
/// The longest text, in characters.
pub(crate) const MAX_TEXT: usize = 4_000;

/// Leaves the first of what is alike.
pub(crate) fn distinct<T: PartialEq + Clone>(all: &mut Vec<T>) {
    let mut kept: Vec<T> = Vec::with_capacity(all.len());
    for one in all.iter() {
        if !kept.contains(one) {
            kept.push(one.clone());
        }
    }
    *all = kept;
}

/// Leaves the first of ids that are alike, of however many.
pub(crate) fn distinct_ids(all: &mut Vec<uuid::Uuid>) {
    let mut seen = std::collections::HashSet::new();
    all.retain(|id| seen.insert(*id));
}

pub(crate) fn references(field: &str, target: Target, ids: &[uuid::Uuid]) -> Vec<Reference> {
    let place =
        |(position, id): (usize, &uuid::Uuid)| Reference { field: format!("{field}/{position}"), target, id: *id };
    ids.iter().enumerate().map(place).collect()
}

//! What all that is set up has in common.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::{Problems, Tenancy};

/// What something may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// An employee of the directory.
    Employee,
    /// A topic.
    Topic,
    /// A customer type.
    CustomerType,
    /// A competence group.
    CompetenceGroup,
}

/// Something named by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Where, as a JSON Pointer.
    pub field: String,
    /// What it has to be.
    pub target: Target,
    /// Its id.
    pub id: Uuid,
}

/// Whether something is there without being made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Implied {
    /// It is there once it is made.
    No,
    /// There is always one, whose id is that of the organisation.
    Organisation,
    /// Each employee has one, by the id of the employee.
    Employee,
    /// Each room has one, by the id of the room.
    Room,
    /// Each location of the directory has one, by [`Location::id`](super::Location::id).
    Location,
}

/// Something that an organisation sets up.
pub trait Thing: Serialize + DeserializeOwned + Clone + PartialEq + std::fmt::Debug + Send + Sync + 'static {
    /// What it is called in the store.
    const KIND: &'static str;
    /// Whether it is there without being made.
    const IMPLIED: Implied = Implied::No;

    /// What is there before anything is set up, where [`IMPLIED`](Self::IMPLIED) says so. `location` is the key of a location.
    fn implied(id: Uuid, location: Option<&str>) -> Option<Self> {
        let _ = (id, location);
        None
    }

    /// The id that it has by what it says; otherwise it is given one.
    fn id(&self, tenancy: &Tenancy) -> Option<Uuid> {
        let _ = tenancy;
        None
    }

    /// Puts it into the form in which it is kept.
    fn normalise(&mut self) {}

    /// What no other of its kind may have.
    fn key(&self) -> Option<String> {
        None
    }

    /// The names of the labels on it.
    fn labels(&mut self) -> Option<&mut Vec<String>> {
        None
    }

    /// What is wrong with it by itself.
    fn check(&self, problems: &mut Problems);

    /// What is wrong with it beside the others of its kind.
    fn check_among(&self, id: Uuid, others: &[Kept<Self>], problems: &mut Problems) {
        let _ = (id, others, problems);
    }

    /// Whether [`check_among`](Self::check_among) has to see the others.
    const AMONG: bool = false;

    /// What it may not change once it is made, where that differs.
    fn check_change(&self, was: &Self, problems: &mut Problems) {
        let _ = (was, problems);
    }

    /// All that it names.
    fn references(&self) -> Vec<Reference> {
        Vec::new()
    }

    /// Names something that goes no more; whether it did. Nothing may go that something else cannot do without.
    fn unlink(&mut self, target: Target, id: Uuid) -> bool {
        let _ = (target, id);
        false
    }
}

/// Something that is set up, as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept<T> {
    /// Its id, for ever.
    pub id: Uuid,
    /// What it says.
    pub value: T,
    /// How often it was written; 0 where it is only implied.
    pub version: i64,
    /// When it was made; nothing where it is only implied.
    pub created: Option<Timestamp>,
    /// When it was written last; nothing where it is only implied.
    pub modified: Option<Timestamp>,
}

//! Types of meetings.

/// How people meet. The order is the one that slots are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MeetingType {
    /// At a branch.
    Physical,
    /// By video.
    Online,
    /// By telephone.
    Telephone,
    /// At the customer's place.
    OffSite,
}

impl MeetingType {
    /// All types, in their order.
    pub const ALL: [Self; 4] = [Self::Physical, Self::Online, Self::Telephone, Self::OffSite];

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of meeting types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct MeetingTypes(u8);

impl MeetingTypes {
    /// No type.
    pub const NONE: Self = Self(0);
    /// Every type.
    pub const ALL: Self = Self::of(&MeetingType::ALL);
    /// What time beyond the workday is open to: video and telephone.
    pub const REMOTE: Self = Self::of(&[MeetingType::Online, MeetingType::Telephone]);

    /// The types named.
    #[must_use]
    pub const fn of(mut types: &[MeetingType]) -> Self {
        let mut bits = 0;
        while let [first, rest @ ..] = types {
            bits |= first.bit();
            types = rest;
        }
        Self(bits)
    }

    /// Whether a type is in the set.
    #[must_use]
    pub const fn contains(self, meeting_type: MeetingType) -> bool {
        self.0 & meeting_type.bit() != 0
    }

    /// The types in both sets.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The types of the set, in their order.
    pub fn iter(self) -> impl Iterator<Item = MeetingType> {
        MeetingType::ALL.into_iter().filter(move |meeting_type| self.contains(*meeting_type))
    }
}

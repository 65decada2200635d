//! Identities, one type each, so that a room never stands where an employee is meant.

use uuid::Uuid;

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident;)*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(formatter)
            }
        }
    )*};
}

ids! {
    /// An employee: an advisor.
    EmployeeId;
    /// A competence group or a service group.
    GroupId;
    /// A topic of meetings.
    TopicId;
    /// A customer type.
    CustomerTypeId;
    /// A room.
    RoomId;
    /// A meeting: what its slots in all calendars have in common.
    MeetingId;
}

//! What makes no sense in an organisation.

use uuid::Uuid;

/// Something that makes no sense. All of an organisation are told at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The zone is in no tz database.
    #[error("the time zone is unknown: name one of the IANA database, such as `Europe/Copenhagen`")]
    Zone,
    /// The organisation does not open before it closes.
    #[error("opening time has to be before closing time")]
    Hours,
    /// The interval does not divide an hour as intended.
    #[error("the interval is {0} minutes: it may be 5, 10, 15, 20, 30 or 60")]
    Interval(u8),
    /// The horizon is longer than three years.
    #[error("the horizon is {0} days: it may be {max} at most", max = crate::compile::MAX_HORIZON_DAYS)]
    Horizon(u64),
    /// There is no level of priority.
    #[error("the priority configuration needs a level at least")]
    NoLevel,
    /// A level of priority is there twice, labels compared without case.
    #[error("level {0} of the priority configuration is there already: remove one")]
    LevelTwice(usize),
    /// Two things of a kind have the same id.
    #[error("{0} `{1}` is there twice: remove one")]
    Twice(&'static str, Uuid),
    /// A location is there twice.
    #[error("location {0} has the key of one before it: remove one")]
    LocationTwice(usize),
    /// A schedule has two days for one weekday.
    #[error("the schedule of employee `{0}` has a weekday twice: remove one")]
    WeekdayTwice(Uuid),
    /// Two rows of the meeting configuration are for the same topic and customer type.
    #[error(
        "row {0} of the meeting configuration is for the same topic and customer type as one before it: remove one"
    )]
    RowTwice(usize),
    /// A topic stands above itself.
    #[error("topic `{0}` is above itself: choose another parent")]
    TopicCircle(Uuid),
    /// Competence groups go in a circle.
    #[error("competence group `{0}` is below itself: remove a child")]
    GroupCircle(Uuid),
    /// A path of competence groups is too long.
    #[error("below competence group `{0}` are paths of more than {max} groups: shorten them", max = crate::compile::MAX_DEPTH)]
    GroupDepth(Uuid),
}

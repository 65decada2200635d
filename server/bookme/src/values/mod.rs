//! Small values, as they are written in JSON: durations, times of day, zones, languages, names from closed lists.

mod day_time;
mod languages;
mod names;
mod time_span;
mod zone;

pub use day_time::DayTime;
pub use languages::{DANISH, LANGUAGES, Languages, Localized};
pub use names::{
    AdvisorChoice, AuthenticationType, BookedBy, CreationStrategy, DayOfWeek, FieldType, LevelType, MeetingType,
    ShowAs, SlotStatus, WhoCanBook,
};
pub use time_span::TimeSpan;
pub use zone::{KnownZone, ZONES, ZoneName};

/// A value that is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(&'static str);

/// Lets a value be read and written as its text.
macro_rules! as_text {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
use as_text;

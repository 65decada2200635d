//! Time zones: IANA names inside, names of Windows for who asks for them.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use uuid::Uuid;

use super::{Malformed, as_text};

/// A zone that has a name of Windows too (Unicode CLDR, "Windows → Tzid", as Microsoft lists them).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownZone {
    /// Its id, the same everywhere and for ever.
    pub id: Uuid,
    /// What Windows calls it.
    pub windows: &'static str,
    /// What the tz database calls it.
    pub iana: &'static str,
    /// What people read.
    pub display_name: &'static str,
}

/// The zones that are offered. Any other zone of the tz database may be written by its name.
pub const ZONES: [KnownZone; 2] = [
    KnownZone {
        id: Uuid::from_u128(0x0b8a_6f6e_2f0a_4c55_9d55_7a5a_4c0e_0001),
        windows: "Romance Standard Time",
        iana: "Europe/Copenhagen",
        display_name: "(UTC+01:00) Brussels, Copenhagen, Madrid, Paris",
    },
    KnownZone {
        id: Uuid::from_u128(0x0b8a_6f6e_2f0a_4c55_9d55_7a5a_4c0e_0002),
        windows: "Greenland Standard Time",
        iana: "America/Nuuk",
        display_name: "(UTC-02:00) Greenland",
    },
];

/// A zone by its name in the tz database. Read from that, or from the name that Windows has for it.
///
/// ```
/// use engage_bookme::values::ZoneName;
/// let zone: ZoneName = "Greenland Standard Time".parse().unwrap();
/// assert_eq!((zone.to_string().as_str(), zone.windows()), ("America/Nuuk", Some("Greenland Standard Time")));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneName(String);

impl Default for ZoneName {
    fn default() -> Self {
        Self("Europe/Copenhagen".to_owned())
    }
}

impl ZoneName {
    /// The zone of an id of [`ZONES`].
    #[must_use]
    pub fn by_id(id: Uuid) -> Option<Self> {
        ZONES.iter().find(|zone| zone.id == id).map(|zone| Self(zone.iana.to_owned()))
    }

    /// Its row of [`ZONES`], where it has one.
    #[must_use]
    pub fn known(&self) -> Option<&'static KnownZone> {
        ZONES.iter().find(|zone| zone.iana == self.0)
    }

    /// What Windows calls it, where that is known.
    #[must_use]
    pub fn windows(&self) -> Option<&'static str> {
        self.known().map(|zone| zone.windows)
    }

    /// The name in the tz database.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The zone, with its transitions. One that a tz database has lost is UTC.
    #[must_use]
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.0).unwrap_or(TimeZone::UTC)
    }
}

impl FromStr for ZoneName {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        if let Some(zone) = ZONES.iter().find(|zone| zone.windows.eq_ignore_ascii_case(text)) {
            return Ok(Self(zone.iana.to_owned()));
        }
        let found = TimeZone::get(text).ok();
        let name = found.as_ref().and_then(TimeZone::iana_name).map(str::to_owned);
        name.map(Self)
            .ok_or(Malformed("the time zone is unknown: name one of the IANA database, such as `Europe/Copenhagen`"))
    }
}

impl fmt::Display for ZoneName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

as_text!(ZoneName);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zones_are_in_the_tz_database() {
        for zone in ZONES {
            assert_eq!(zone.windows.parse::<ZoneName>().unwrap().as_str(), zone.iana);
            assert_eq!(zone.iana.parse::<ZoneName>().unwrap().known(), Some(&zone));
            assert_eq!(ZoneName::by_id(zone.id).unwrap().windows(), Some(zone.windows));
        }
        assert_eq!("europe/berlin".parse::<ZoneName>().unwrap().as_str(), "Europe/Berlin");
        assert!("Mars/Olympus".parse::<ZoneName>().is_err());
        assert!("".parse::<ZoneName>().is_err());
    }
}

//! Small values as they are on the wire.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Value;
use uuid::Uuid;

use super::table::Version;

/// An id: a UUID with hyphens, in whatever case.
pub(crate) fn id(text: &str) -> Result<Uuid, &'static str> {
    let right = text.len() == uuid::fmt::Hyphenated::LENGTH;
    let id = Uuid::try_parse(text).ok().filter(|_| right);
    id.ok_or("an id is a UUID, such as `0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0001`")
}

/// An instant (RFC 3339). Without an offset it is UTC.
pub(crate) fn instant(text: &str) -> Result<Timestamp, &'static str> {
    let wrong = "a time is written as RFC 3339 has it, such as `2026-06-01T08:00:00Z`";
    if text.len() > 64 {
        return Err(wrong);
    }
    let zoned = match text.parse::<Timestamp>() {
        Ok(instant) => instant.to_zoned_datetime(TimeZone::UTC),
        Err(_) => {
            let civil = text.parse::<DateTime>().map_err(|_| wrong)?;
            civil.to_zoned_datetime(TimeZone::UTC).map_err(|_| wrong)?
        }
    };
    // A year is four digits there: what has more could be read and not be told.
    if zoned.year() < 0 { Err(wrong) } else { Ok(zoned.timestamp()) }
}

/// An instant in UTC, in seconds; milliseconds only where there are any.
pub(crate) fn told(at: Timestamp) -> String {
    let whole = at.subsec_millisecond() == 0;
    if whole {
        at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    } else {
        at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
    }
}

/// A type of meeting, or who booked, as a version spells it.
pub(crate) fn cased(version: Version, name: &str) -> Value {
    match version {
        Version::V1 => name.to_ascii_lowercase().into(),
        Version::V2 | Version::V3 => name.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_come_with_any_offset_and_go_in_utc() {
        for (sent, told_as) in [
            ("2026-06-01T08:00:00Z", "2026-06-01T08:00:00Z"),
            ("2026-06-01T10:00:00+02:00", "2026-06-01T08:00:00Z"),
            ("2026-06-01T08:00:00", "2026-06-01T08:00:00Z"),
            ("2026-06-01T08:00:00.250Z", "2026-06-01T08:00:00.250Z"),
            ("2026-06-01T08:00:00.000400Z", "2026-06-01T08:00:00Z"),
        ] {
            assert_eq!(told(instant(sent).unwrap()), told_as, "{sent}");
        }
        for wrong in [
            "",
            "yesterday",
            "-000001-12-31T23:59:59Z",
            "0000-01-01T00:00:00+01:00",
            "2026-13-01T00:00:00Z",
            "99999-01-01T00:00:00Z",
        ] {
            assert!(instant(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn ids_have_hyphens() {
        assert!(id("0B8A6F6E-2F0A-4C55-9D55-7A5A4C0E0001").is_ok());
        for wrong in ["", "1", "0b8a6f6e2f0a4c559d557a5a4c0e0001", "{0b8a6f6e-2f0a-4c55-9d55-7a5a4c0e0001}"] {
            assert!(id(wrong).is_err(), "{wrong}");
        }
    }
}

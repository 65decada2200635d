//! `Format(pattern, zone)`: a day or an instant as text. An instant is shown in the zone, a day is the same everywhere.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::{TransformErrorKind, present, unlike};

pub(super) fn apply(
    pattern: &str,
    zone: Option<&str>,
    value: Option<Value>,
) -> Result<Option<Value>, TransformErrorKind> {
    let text = match present(value) {
        None => return Ok(None),
        Some(Value::String(text)) => text,
        Some(other) => return Err(unlike("a day or an instant as text", &other)),
    };
    let shown = if text.len() == "2026-11-24".len() {
        day(pattern, text.parse().map_err(|_| TransformErrorKind::Date)?)
    } else {
        instant(pattern, zone, text.parse().map_err(|_| TransformErrorKind::Date)?)
    };
    shown.map(|text| Some(Value::String(text)))
}

fn day(pattern: &str, day: Date) -> Result<String, TransformErrorKind> {
    BrokenDownTime::from(day).to_string(pattern).map_err(|_| TransformErrorKind::Pattern)
}

fn instant(pattern: &str, zone: Option<&str>, instant: Timestamp) -> Result<String, TransformErrorKind> {
    let zone = match zone {
        None => TimeZone::UTC,
        Some(name) => TimeZone::get(name).map_err(|_| TransformErrorKind::Zone)?,
    };
    let shown = instant.to_zoned_datetime(zone);
    BrokenDownTime::from(&shown).to_string(pattern).map_err(|_| TransformErrorKind::Pattern)
}

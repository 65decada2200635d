//! `Format(pattern, zone)`: a day or an instant as text. An instant is shown in the zone, a day is the same everywhere.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::{TransformErrorKind, Untyped, present, unlike};
use crate::types::{Shape, Type};

pub(super) fn typed(pattern: &str, zone: Option<&str>, from: &Type) -> Result<Type, Untyped> {
    let shown = match from.shape {
        Shape::Date => day(pattern, Date::constant(2026, 11, 24)),
        Shape::DateTime => instant(pattern, zone, Timestamp::UNIX_EPOCH),
        _ => return Err(Untyped::takes("a date or a date-time", from)),
    };
    match shown {
        Ok(_) => Ok(Type { shape: Shape::Text(None), ..from.clone().read() }),
        Err(TransformErrorKind::Zone) => {
            let zone = zone.unwrap_or_default();
            let mut wrong = Untyped::other(&format!("there is no time zone `{zone}`"), "use an IANA name");
            wrong.suggestion = crate::schedule::nearest_zone(zone);
            Err(wrong)
        }
        Err(_) => Err(Untyped::other(
            &format!("a {} cannot be shown as `{pattern}`", from.shape),
            "use the signs of strftime; a date has no hours",
        )),
    }
}

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

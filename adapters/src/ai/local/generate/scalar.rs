//! Texts and numbers by lot; the lot comes from the call.

use serde_json::{Number, Value as Json};

use super::Keywords;

/// FNV-1a, 64 bits: the same on every machine and in every version, which the standard library's hashes do not promise.
pub(super) fn hash(seed: u64, text: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ seed;
    text.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// A text of the length and format that are asked for, named after the field that it is for.
pub(super) fn text(keywords: &Keywords<'_>, name: &str, lot: u64) -> String {
    if let Some(text) = keywords.get("format").and_then(Json::as_str).and_then(|format| formatted(format, lot)) {
        return text;
    }
    let length = |keyword| keywords.get(keyword).and_then(Json::as_u64).and_then(|n| usize::try_from(n).ok());
    let text = format!("{name} {:04x}", lot % 0x1_0000);
    // Longer than any model writes is not made: the schema then says that a fixture is needed.
    let least = length("minLength").unwrap_or(0).min(100_000);
    let padding = std::iter::repeat_n('.', least.saturating_sub(text.chars().count()));
    text.chars().chain(padding).take(length("maxLength").unwrap_or(usize::MAX)).collect()
}

fn formatted(format: &str, lot: u64) -> Option<String> {
    let (day, hour, minute) = (lot % 28 + 1, lot / 28 % 24, lot / 672 % 60);
    let date = format!("2030-01-{day:02}");
    let time = format!("{hour:02}:{minute:02}:00Z");
    let host = format!("host-{:04x}.example", lot % 0x1_0000);
    Some(match format {
        "date" => date,
        "time" => time,
        "date-time" => format!("{date}T{time}"),
        "duration" => format!("PT{}M", lot % 90 + 1),
        "email" | "idn-email" => format!("someone-{:04x}@example.com", lot % 0x1_0000),
        "hostname" | "idn-hostname" => host,
        "uri" | "uri-reference" | "iri" | "iri-reference" => format!("https://{host}/"),
        "ipv4" => format!("192.0.2.{}", lot % 256),
        "ipv6" => format!("2001:db8::{:x}", lot % 0x1_0000),
        "uuid" => format!("{:08x}-0000-4000-8000-{:012x}", lot >> 32, lot & 0xffff_ffff),
        "json-pointer" => format!("/{:04x}", lot % 0x1_0000),
        _ => return None,
    })
}

/// A number in the range that is asked for: a whole one where there is one.
pub(super) fn number(keywords: &Keywords<'_>, lot: u64) -> Option<Json> {
    let bound = |keyword| keywords.get(keyword).and_then(Json::as_f64);
    let step = bound("multipleOf").unwrap_or(1.0);
    let least =
        bound("minimum").or_else(|| bound("exclusiveMinimum").map(|low| low + f64::EPSILON * low.abs().max(1.0)));
    let most =
        bound("maximum").or_else(|| bound("exclusiveMaximum").map(|top| top - f64::EPSILON * top.abs().max(1.0)));
    let (least, most) = match (least, most) {
        (Some(least), Some(most)) => (least, most),
        (Some(least), None) => (least, least + 100.0 * step),
        (None, Some(most)) => (most - 100.0 * step, most),
        (None, None) => (0.0, 100.0 * step),
    };
    let (first, last) = ((least / step).ceil(), (most / step).floor());
    if first > last {
        return Number::from_f64(least + (most - least) / 2.0).map(Json::Number);
    }
    let steps = (last - first).min(1_000_000.0);
    let lot = u32::try_from(lot % 1_000_001).ok().map(f64::from)? % (steps + 1.0);
    // Three times 0.1 is to be 0.3.
    let value = ((first + lot) * step * 1e9).round() / 1e9;
    // A whole number is written as one: some readers tell `1` from `1.0`.
    let whole = value.fract() == 0.0 && value.abs() < 9e15;
    let number = if whole { serde_json::from_str(&format!("{value:.0}")).ok() } else { Number::from_f64(value) };
    number.map(Json::Number)
}

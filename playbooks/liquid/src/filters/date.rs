//! Times: read from what texts and numbers say, shown in the zone of the rendering.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};

use super::{Call, Outcome, reason};
use crate::value::{Value, to_text};

/// A longer format is no format.
const MAX_FORMAT: usize = 1024;
/// A wider field is no field.
const MAX_WIDTH: usize = 2;
/// The letters that mean the same here as in other engines.
const SAME: &str = "AaBbhCDdeFGgHIjklMmNnPpRSsTtUuVWwYyZz";
const FLAGS: &str = "-_0^#";

/// The time as the argument formats it. What is no time, and what has no format, stays as it is.
pub(super) fn date<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let format = call.argument_text(0)?;
    if format.is_empty() || matches!(call.input, Value::Nil) {
        return Ok(call.input.clone());
    }
    let text = to_text(&call.input, call.meter)?;
    let Some(time) = read(&text, call.now, call.zone) else { return Ok(call.input.clone()) };
    let shown = translate(&format).ok().and_then(|format| jiff::fmt::strtime::format(format, &time).ok());
    shown.map_or_else(|| reason("this is no format of a time"), |shown| Ok(Value::from(shown)))
}

/// Whether a format written in a template is one.
pub(super) fn check(format: &str) -> Result<(), (String, String)> {
    let help = "`%d.%m.%Y %H:%M` is a format; `%%` is a percent sign".to_owned();
    let time = Timestamp::UNIX_EPOCH.to_zoned_datetime(TimeZone::UTC);
    match translate(format) {
        Ok(format) if jiff::fmt::strtime::format(&format, &time).is_ok() => Ok(()),
        Ok(_) => Err(("this is no format of a time".to_owned(), help)),
        Err(wrong) => Err((format!("`{}` is no part of a format", wrong.escape_debug()), help)),
    }
}

/// The format in the words of the library, where the same letter means something else to it; the part that has no
/// meaning otherwise.
fn translate(format: &str) -> Result<String, String> {
    if format.len() > MAX_FORMAT {
        return Err("a format of more than 1024 bytes".to_owned());
    }
    let mut translated = String::with_capacity(format.len());
    let mut parts = format.split('%');
    translated.push_str(parts.next().unwrap_or_default());
    while let Some(part) = parts.next() {
        if part.is_empty() {
            // Two percent signs: what follows the second is text.
            translated.push_str("%%");
            translated.push_str(parts.next().ok_or("%")?);
            continue;
        }
        translated.push_str(&directive(part)?);
    }
    Ok(translated)
}

/// One directive without its percent sign, and the text after it.
fn directive(part: &str) -> Result<String, String> {
    let wrong = || format!("%{}", part.chars().take(8).collect::<String>());
    let rest = part.trim_start_matches(|c| FLAGS.contains(c));
    let width = rest.bytes().take_while(u8::is_ascii_digit).count();
    let modifiers = part.get(..part.len() - rest.len() + width).unwrap_or_default();
    let rest = rest.get(width..).unwrap_or_default();
    let colons = rest.bytes().take_while(|byte| *byte == b':').count();
    let letter = rest.get(colons..).and_then(|rest| rest.chars().next()).ok_or_else(wrong)?;
    let text = rest.get(colons + letter.len_utf8()..).unwrap_or_default();
    let bare = modifiers.is_empty() && colons == 0;
    let meant = match letter {
        _ if width > MAX_WIDTH => return Err(wrong()),
        'z' if colons < 3 => format!("%{modifiers}{}z", ":".repeat(colons)),
        _ if colons > 0 => return Err(wrong()),
        letter if SAME.contains(letter) => format!("%{modifiers}{letter}"),
        'c' if bare => "%a %b %e %H:%M:%S %Y".to_owned(),
        'x' if bare => "%m/%d/%y".to_owned(),
        'X' if bare => "%H:%M:%S".to_owned(),
        'r' if bare => "%I:%M:%S %p".to_owned(),
        'v' if bare => "%e-%^b-%Y".to_owned(),
        'L' if bare => "%3f".to_owned(),
        _ => return Err(wrong()),
    };
    Ok(meant + text)
}

/// Longer texts are no times.
const MAX_TIME: usize = 64;
/// How people write dates, beside the forms of ISO 8601 and mail.
const DATES: [&str; 7] = ["%B %d, %Y", "%b %d, %Y", "%d %B %Y", "%d %b %Y", "%d. %B %Y", "%Y/%m/%d", "%a, %d %b %Y"];
const TIMES: [&str; 3] = ["", " %H:%M", " %H:%M:%S"];

/// The time that a text says. Without a zone of its own it is one of `zone`.
fn read(text: &str, now: Timestamp, zone: &TimeZone) -> Option<ZonedDateTime> {
    let text = text.trim();
    let at = |time: Timestamp| Some(time.to_zoned_datetime(zone.clone()));
    if text.len() > MAX_TIME || text.is_empty() {
        return None;
    }
    if matches!(text, "now" | "today") {
        return at(now);
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return at(Timestamp::from_second(text.parse().ok()?).ok()?);
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return at(time);
    }
    if let Ok(time) = jiff::fmt::rfc2822::parse(text) {
        return at(time.timestamp());
    }
    civil(text)?.to_zoned_datetime(zone.clone()).ok()
}

fn civil(text: &str) -> Option<DateTime> {
    if let Ok(time) = text.parse::<DateTime>() {
        return Some(time);
    }
    let formats = DATES.iter().flat_map(|date| TIMES.iter().map(move |time| format!("{date}{time}")));
    formats.into_iter().find_map(|format| {
        let parts = jiff::fmt::strtime::parse(format, text).ok()?;
        parts.to_datetime().or_else(|_| parts.to_date().map(|date| date.at(0, 0, 0, 0))).ok()
    })
}

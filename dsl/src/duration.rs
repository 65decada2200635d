//! Spans of time as text: `90s`, `30m`, `2h`, `1h30m`.

use std::time::Duration;

/// Units and their milliseconds, the greatest first.
const UNITS: [(&str, u64); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Reads a span of time; `None` for what is none, or longer than can be counted.
///
/// ```
/// use std::time::Duration;
/// assert_eq!(engage_dsl::duration::parse("1h30m"), Some(Duration::from_secs(5400)));
/// assert_eq!(engage_dsl::duration::parse("soon"), None);
/// ```
pub fn parse(text: &str) -> Option<Duration> {
    let (mut rest, mut total) = (text, 0_u64);
    while !rest.is_empty() {
        let (digits, tail) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let (unit, tail) = tail.split_at(tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len()));
        let (_, length) = UNITS.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(digits.parse::<u64>().ok()?.checked_mul(*length)?)?;
        rest = tail;
    }
    (!text.is_empty()).then(|| Duration::from_millis(total))
}

/// Writes a span of time in the greatest unit that holds it exactly; what is shorter than a millisecond is lost.
///
/// ```
/// use std::time::Duration;
/// assert_eq!(engage_dsl::duration::text(Duration::from_secs(5400)), "90m");
/// ```
pub fn text(duration: Duration) -> String {
    let total = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let exact = |length: u64| total > 0 && total.is_multiple_of(length);
    let (unit, length) = UNITS.into_iter().find(|(_, length)| exact(*length)).unwrap_or(("s", 1_000));
    format!("{}{unit}", total / length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_no_span_of_time_is_none() {
        for text in ["", "5", "h", "5 m", "5x", "-5m", "1.5h", "99999999999999999999d", "999999999999999d", "5µs"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse("1d2h3m4s5ms"), Some(Duration::from_millis(93_784_005)));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(millis in prop_oneof![any::<u64>(), 0..100_000_u64]) {
            let duration = Duration::from_millis(millis);
            prop_assert_eq!(parse(&text(duration)), Some(duration));
        }
    }
}

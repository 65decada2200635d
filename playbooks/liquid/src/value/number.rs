//! Decimal numbers: printed as they were given, calculated exactly.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// A number, and how it was written if nothing was calculated with it yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number<'v> {
    /// None: more digits than can be calculated with.
    value: Option<Decimal>,
    /// Has a fraction, be it `.0`: what is calculated with it has one too.
    fraction: bool,
    written: Option<&'v str>,
}

impl<'v> Number<'v> {
    /// The number that `written` says, as JSON or a template writes numbers.
    pub(crate) fn parse(written: &'v str) -> Self {
        let value = decimal(written);
        match value {
            // Some write 3.5E8 for an amount; a reader wants its digits.
            Some(value) if written.contains(['e', 'E']) => Self::result(value, !value.is_integer()),
            // INVARIANT: without a value nothing is calculated, so nobody asks whether it has a fraction.
            _ => Self { value, fraction: value.is_some() && written.contains('.'), written: Some(written) },
        }
    }

    pub(crate) fn integer(value: i64) -> Self {
        Self { value: Some(Decimal::from(value)), fraction: false, written: None }
    }

    /// Without the text that it was read from.
    pub(crate) fn owned(self) -> Option<Number<'static>> {
        Some(Number { value: Some(self.value?), fraction: self.fraction, written: None })
    }

    /// The same number, printed as `written`.
    pub(crate) fn with_text<'w>(self, written: &'w str) -> Number<'w> {
        Number { value: self.value, fraction: self.fraction, written: Some(written) }
    }

    /// A result of a calculation.
    pub(crate) fn result(value: Decimal, fraction: bool) -> Self {
        // No sign without a size: `-0.4 | round` is 0.
        let value = if value.is_zero() { Decimal::ZERO } else { value.normalize() };
        Self { value: Some(value), fraction, written: None }
    }

    /// Can be calculated with.
    pub(crate) fn is_exact(&self) -> bool {
        self.value.is_some()
    }

    pub(crate) fn decimal(&self) -> Option<Decimal> {
        self.value
    }

    /// Bytes of the text that it was read from.
    pub(crate) fn written_bytes(&self) -> usize {
        self.written.map_or(0, str::len)
    }

    pub(crate) fn has_fraction(&self) -> bool {
        self.fraction
    }

    /// The whole number, if it is one.
    pub(crate) fn index(&self) -> Option<i64> {
        self.value.filter(|value| !self.fraction || value.is_integer())?.to_i64()
    }

    /// The whole part, as near as it can be had.
    pub(crate) fn truncated(&self) -> i64 {
        self.value.and_then(|value| value.trunc().to_i64()).unwrap_or(0)
    }

    /// As it was given, or the shortest that says it.
    pub(crate) fn print(&self) -> String {
        match (self.written, self.value) {
            (Some(written), _) => written.to_owned(),
            (None, Some(value)) if self.fraction && value.scale() == 0 => format!("{value}.0"),
            (None, Some(value)) => value.to_string(),
            (None, None) => String::new(),
        }
    }

    /// The number that a text begins with, as Liquid reads texts in calculations; 0 if with none.
    pub(crate) fn of_text(text: &'v str) -> Self {
        let text = text.trim();
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let sign = usize::from(text.starts_with(['-', '+']));
        let whole = digits(text.get(sign..).unwrap_or_default());
        let end = sign + whole;
        let fraction = text.get(end..).and_then(|rest| rest.strip_prefix('.')).map_or(0, digits);
        if whole > 0 && fraction > 0 && end + 1 + fraction == text.len() {
            return Self::parse(text);
        }
        match text.get(..end) {
            Some(number) if whole > 0 => Self::parse(number),
            _ => Self::integer(0),
        }
    }

    /// The numbers as floating points, for an order of those that cannot be calculated with.
    fn approximate(&self) -> f64 {
        self.written.and_then(|written| written.parse().ok()).or_else(|| self.value?.to_f64()).unwrap_or(f64::NAN)
    }

    pub(crate) fn compare(&self, other: &Number<'_>) -> Option<std::cmp::Ordering> {
        match (self.value, other.value) {
            (Some(one), Some(other)) => Some(one.cmp(&other)),
            _ if self.written == other.written => Some(std::cmp::Ordering::Equal),
            _ => self.approximate().partial_cmp(&other.approximate()),
        }
    }
}

/// More characters are no number that anyone calculates with.
const MAX_WRITTEN: usize = 64;

/// The number if it fits 28 digits; further digits of a fraction are rounded.
fn decimal(written: &str) -> Option<Decimal> {
    if written.len() > MAX_WRITTEN {
        return None;
    }
    if written.contains(['e', 'E']) { Decimal::from_scientific(written).ok() } else { written.parse().ok() }
}

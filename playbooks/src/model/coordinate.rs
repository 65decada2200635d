//! The numbers of a drawing.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;

/// A number of a drawing, in the units of whoever drew it: exact, however it is spelled, so that it is written as it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coordinate(Decimal);

/// A text that is no coordinate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a coordinate is a number of at most 28 digits")]
pub struct NoCoordinate;

impl From<i64> for Coordinate {
    fn from(whole: i64) -> Self {
        Self(Decimal::from(whole))
    }
}

impl FromStr for Coordinate {
    type Err = NoCoordinate;

    /// Reads a number as JSON spells it: `10`, `-1.5`, `1e3`.
    fn from_str(text: &str) -> Result<Self, NoCoordinate> {
        let read = Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text));
        read.map(|number| Self(number.normalize())).map_err(|_| NoCoordinate)
    }
}

impl fmt::Display for Coordinate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coordinate_is_what_was_written() {
        for (written, same) in [
            ("10", "10"),
            ("-2", "-2"),
            ("1.50", "1.5"),
            ("-0.0", "0"),
            ("1e3", "1000"),
            ("2.5E-3", "0.0025"),
            ("312.4000244140625", "312.4000244140625"),
            ("-9223372036854775808", "-9223372036854775808"),
        ] {
            let read: Coordinate = written.parse().unwrap();
            assert_eq!(read.to_string(), same);
            assert_eq!(same.parse(), Ok(read));
        }
        assert_eq!(Coordinate::from(-7), "-7".parse().unwrap());
    }

    #[test]
    fn what_cannot_be_kept_exactly_is_refused() {
        for text in ["", "x", "1e300", "1e-300", "0.12345678901234567890123456789012345"] {
            assert_eq!(text.parse::<Coordinate>(), Err(NoCoordinate), "{text}");
        }
    }
}

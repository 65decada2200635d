//! Conditions held against rows.

use std::cmp::Ordering;
use std::collections::HashSet;

use jiff::civil::Date;

use super::super::coerce;
use super::path::{End, Resolved, value};
use super::tree::Sign;
use crate::store::{Row, RowId, State, Value, fold};

/// A condition whose names are known and whose literals fit.
#[derive(Debug)]
pub(super) enum Test<'m> {
    And(Vec<Test<'m>>),
    Or(Vec<Test<'m>>),
    Not(Box<Test<'m>>),
    Compare { path: Resolved<'m>, sign: Sign, to: Option<Value> },
    Range { path: Resolved<'m>, sign: Sign, from: Date, to: Date },
    Like { path: Resolved<'m>, pattern: Vec<Piece> },
    In { path: Resolved<'m>, not: bool, list: Vec<Option<Value>> },
    Semi { path: Resolved<'m>, not: bool, ids: HashSet<RowId> },
    Includes { path: Resolved<'m>, not: bool, list: Vec<Vec<String>> },
}

/// A piece of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    One,
    Many,
    Char(char),
}

impl Test<'_> {
    /// The ids that a row must be one of; none where the condition does not say.
    pub(super) fn ids(&self, column: &str) -> Option<Vec<&RowId>> {
        let is_own = |path: &Resolved<'_>| path.up.is_empty() && path.name() == column;
        match self {
            Test::And(list) => list.iter().find_map(|test| test.ids(column)),
            Test::Compare { path, sign: Sign::Equal, to } if is_own(path) => {
                Some(to.as_ref().and_then(Value::row_id).into_iter().collect())
            }
            Test::In { path, not: false, list } if is_own(path) => {
                Some(list.iter().filter_map(|value| value.as_ref()?.row_id()).collect())
            }
            _ => None,
        }
    }

    /// Whether the condition is true of a row. Null equals null and nothing else.
    pub(super) fn holds(&self, state: &State, row: &Row) -> bool {
        match self {
            Test::And(list) => list.iter().all(|test| test.holds(state, row)),
            Test::Or(list) => list.iter().any(|test| test.holds(state, row)),
            Test::Not(inner) => !inner.holds(state, row),
            Test::Compare { path, sign, to } => {
                compare(value(state, row, path).as_ref(), *sign, to.as_ref(), exact(path))
            }
            Test::Range { path, sign, from, to } => {
                let day = match value(state, row, path) {
                    Some(Value::Date(day)) => Some(day),
                    Some(Value::Moment(moment)) => Some(coerce::day(moment)),
                    _ => None,
                };
                in_range(day, *sign, *from, *to)
            }
            Test::Like { path, pattern } => {
                let found = value(state, row, path);
                found.as_ref().and_then(Value::as_text).is_some_and(|text| is_like(&fold(text), pattern))
            }
            Test::In { path, not, list } => {
                let found = value(state, row, path);
                let equal = |one: &Option<Value>| compare(found.as_ref(), Sign::Equal, one.as_ref(), exact(path));
                list.iter().any(equal) != *not
            }
            Test::Semi { path, not, ids } => {
                let found = value(state, row, path);
                found.as_ref().and_then(Value::row_id).is_some_and(|id| ids.contains(id)) != *not
            }
            Test::Includes { path, not, list } => {
                let chosen: Vec<String> = match value(state, row, path) {
                    Some(Value::Choices(chosen)) => chosen.iter().map(|choice| fold(choice)).collect(),
                    _ => Vec::new(),
                };
                list.iter().any(|all| all.iter().all(|one| chosen.contains(one))) != *not
            }
        }
    }
}

fn exact(path: &Resolved<'_>) -> bool {
    matches!(path.end, End::Column { column, .. } if column.case_sensitive)
}

pub(super) fn compare(found: Option<&Value>, sign: Sign, to: Option<&Value>, exact: bool) -> bool {
    let equal = match (found, to) {
        (None, None) => true,
        (Some(Value::Text(a)), Some(Value::Text(b))) if exact => a == b,
        (Some(a), Some(b)) => a.compare(b) == Some(Ordering::Equal),
        _ => false,
    };
    let order = found.zip(to).and_then(|(a, b)| a.compare(b));
    match sign {
        Sign::Equal | Sign::Like => equal,
        Sign::Unequal => !equal,
        Sign::Less => order == Some(Ordering::Less),
        Sign::Greater => order == Some(Ordering::Greater),
        Sign::LessOrEqual => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        Sign::GreaterOrEqual => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
    }
}

/// `to` is the day after the range.
fn in_range(day: Option<Date>, sign: Sign, from: Date, to: Date) -> bool {
    let Some(day) = day else { return sign == Sign::Unequal };
    match sign {
        Sign::Equal | Sign::Like => from <= day && day < to,
        Sign::Unequal => day < from || to <= day,
        Sign::Less => day < from,
        Sign::LessOrEqual => day < to,
        Sign::Greater => to <= day,
        Sign::GreaterOrEqual => from <= day,
    }
}

pub(super) fn pieces(pattern: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => pieces.extend(chars.next().into_iter().flat_map(char::to_lowercase).map(Piece::Char)),
            '%' => pieces.push(Piece::Many),
            '_' => pieces.push(Piece::One),
            c => pieces.extend(c.to_lowercase().map(Piece::Char)),
        }
    }
    pieces
}

/// Greedy with one place to go back to: never more than text times pattern.
fn is_like(text: &str, pattern: &[Piece]) -> bool {
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut piece, mut back) = (0, 0, None);
    while let Some(c) = text.get(at) {
        match pattern.get(piece) {
            Some(Piece::Many) => {
                piece += 1;
                back = Some((at, piece));
            }
            Some(Piece::One) => (at, piece) = (at + 1, piece + 1),
            Some(Piece::Char(wanted)) if wanted == c => (at, piece) = (at + 1, piece + 1),
            _ => match back {
                Some((from, after)) => {
                    back = Some((from + 1, after));
                    (at, piece) = (from + 1, after);
                }
                None => return false,
            },
        }
    }
    pattern.get(piece..).is_some_and(|rest| rest.iter().all(|piece| *piece == Piece::Many))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (text, pattern, like) in [
            ("northwind", "north%", true),
            ("northwind", "%wind", true),
            ("northwind", "n_rth%", true),
            ("northwind", "north", false),
            ("100%", "100\\%", true),
            ("1000", "100\\%", false),
            ("aab", "%ab", true),
            ("", "%", true),
        ] {
            assert_eq!(is_like(text, &pieces(pattern)), like, "{text} {pattern}");
        }
    }
}

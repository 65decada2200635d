//! From a value as written to one of the type of its attribute.

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::invalid;
use super::reader::Written;
use crate::error::ScimError;
use crate::filter::{Literal, Op};
use crate::schema::{Attribute, Kind};

/// The value, if the attribute can be compared with it so.
pub(super) fn literal(attribute: &Attribute, name: &str, op: Op, written: Written<'_>) -> Result<Literal, ScimError> {
    if matches!(written, Written::Bare(word) if word.eq_ignore_ascii_case("null")) {
        return null(name, op);
    }
    let text = match written {
        Written::Quoted(text) => text,
        Written::Bare(word) => word.to_owned(),
    };
    if !allows(attribute.kind, op) {
        let (kind, op) = (attribute.kind.name(), op.name());
        return Err(invalid(format!("`{name}` is a {kind} and cannot be compared with `{op}`; use `eq` or `ne`")));
    }
    let unfit = |wanted: &str| invalid(format!("`{name}` compares with {wanted}"));
    match attribute.kind {
        Kind::Boolean => boolean(&text).map(Literal::Boolean).ok_or_else(|| unfit("`true` or `false`")),
        Kind::Integer | Kind::Decimal => decimal(&text).map(Literal::Number).ok_or_else(|| unfit("a number")),
        Kind::DateTime => text
            .parse::<Timestamp>()
            .map(Literal::Instant)
            .map_err(|_| unfit("a time with its offset, such as \"2026-01-31T08:00:00Z\"")),
        Kind::String | Kind::Binary | Kind::Reference(_) | Kind::Complex(_) => Ok(Literal::String(text)),
    }
}

fn null(name: &str, op: Op) -> Result<Literal, ScimError> {
    match op {
        Op::Eq | Op::Ne => Ok(Literal::Null),
        _ => Err(invalid(format!("`{name}` compares with `null` by `eq` and `ne` alone"))),
    }
}

/// Whether values of a type can be compared so: only texts have beginnings, and booleans and Base64 no order.
fn allows(kind: Kind, op: Op) -> bool {
    match op {
        Op::Eq | Op::Ne => true,
        Op::Co | Op::Sw | Op::Ew => matches!(kind, Kind::String | Kind::Reference(_) | Kind::Binary | Kind::Complex(_)),
        Op::Gt | Op::Ge | Op::Lt | Op::Le => !matches!(kind, Kind::Boolean | Kind::Binary),
    }
}

/// `true` or `false` in any case, as clients write them in quotes and without.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    let says = |word: &str| text.eq_ignore_ascii_case(word);
    says("true").then_some(true).or_else(|| says("false").then_some(false))
}

/// A number as JSON writes it.
pub(crate) fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).ok()
}

//! Calculations. Whole numbers stay whole; with a fraction on either side the result has one.

use rust_decimal::{Decimal, RoundingStrategy};

use super::text::number;
use super::{Call, Outcome, reason};
use crate::value::{Number, Value};

const TOO_LARGE: &str = "the result has more than 28 digits";
const TOO_LONG: &str = "a number has more than 28 digits";

/// A number to calculate with, and whether it has a fraction.
pub(super) type Operand = (Decimal, bool);

fn operand(value: &Value<'_>) -> Outcome<Operand> {
    let number = number(value);
    number.decimal().map_or_else(|| reason(TOO_LONG), |value| Ok((value, number.has_fraction())))
}

fn result<'v>(value: Option<Decimal>, fraction: bool) -> Outcome<Value<'v>> {
    value.map_or_else(|| reason(TOO_LARGE), |value| Ok(Value::Number(Number::result(value, fraction))))
}

/// Input and argument through one operation.
fn two<'v>(call: &Call<'_, 'v>, operation: fn(Decimal, Decimal) -> Option<Decimal>) -> Outcome<Value<'v>> {
    let (one, other) = (operand(&call.input)?, operand(&call.argument(0))?);
    result(operation(one.0, other.0), one.1 || other.1)
}

pub(super) fn plus<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    two(call, Decimal::checked_add)
}

pub(super) fn minus<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    two(call, Decimal::checked_sub)
}

pub(super) fn times<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    two(call, Decimal::checked_mul)
}

/// The remainder with the sign of the divisor.
fn remainder(one: Decimal, other: Decimal) -> Option<Decimal> {
    let rest = one.checked_rem(other)?;
    let turned = !rest.is_zero() && rest.is_sign_negative() != other.is_sign_negative();
    if turned { rest.checked_add(other) } else { Some(rest) }
}

/// A number to divide by.
pub(super) fn divisor(value: &Value<'_>) -> Outcome<Operand> {
    let number = operand(value)?;
    if number.0.is_zero() { reason("division by zero") } else { Ok(number) }
}

pub(super) fn modulo<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (one, other) = (operand(&call.input)?, divisor(&call.argument(0))?);
    result(remainder(one.0, other.0), one.1 || other.1)
}

/// Whole numbers give the next whole number below; with a fraction, 17 digits or as many as there are.
pub(super) fn divided_by<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (one, other) = (operand(&call.input)?, divisor(&call.argument(0))?);
    if one.1 || other.1 {
        let exact = one.0.checked_div(other.0);
        let shown = exact.and_then(|exact| exact.to_string().parse::<f64>().ok()?.to_string().parse().ok());
        return result(shown.or(exact), true);
    }
    let whole = remainder(one.0, other.0).and_then(|rest| one.0.checked_sub(rest)?.checked_div(other.0));
    result(whole, false)
}

/// The input as a whole number or, unchanged, as it was given.
fn rounded<'v>(call: &Call<'_, 'v>, round: impl Fn(Decimal) -> Decimal) -> Outcome<Value<'v>> {
    let (value, _) = operand(&call.input)?;
    result(Some(round(value)), false)
}

pub(super) fn ceil<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    rounded(call, |value| value.ceil())
}

pub(super) fn floor<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    rounded(call, |value| value.floor())
}

/// To so many digits after the point, before it if negative; a half goes away from zero.
pub(super) fn round<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let half = |value: Decimal, digits| value.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
    let (value, fraction) = operand(&call.input)?;
    let digits = number(&call.argument(0)).truncated();
    let places = u32::try_from(digits.unsigned_abs()).unwrap_or(u32::MAX).min(Decimal::MAX_SCALE);
    match digits {
        0 => result(Some(half(value, 0)), false),
        1.. => result(Some(half(value, places)), fraction),
        _ => {
            let power = 10_i128.checked_pow(places).and_then(|power| Decimal::try_from_i128_with_scale(power, 0).ok());
            let rounded = power.and_then(|power| half(value.checked_div(power)?, 0).checked_mul(power));
            result(rounded, false)
        }
    }
}

pub(super) fn abs<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    let (value, fraction) = operand(&call.input)?;
    result(Some(value.abs()), fraction)
}

/// The input or the argument, whichever `choose` takes; as it was given if it is a number.
fn choose<'v>(call: &Call<'_, 'v>, choose: fn(Decimal, Decimal) -> bool) -> Outcome<Value<'v>> {
    let argument = call.argument(0);
    let (one, other) = (operand(&call.input)?, operand(&argument)?);
    let (chosen, (value, fraction)) = if choose(one.0, other.0) { (&call.input, one) } else { (&argument, other) };
    if matches!(chosen, Value::Number(_)) { Ok(chosen.clone()) } else { result(Some(value), fraction) }
}

pub(super) fn at_least<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    choose(call, |one, other| one >= other)
}

pub(super) fn at_most<'v>(call: &mut Call<'_, 'v>) -> Outcome<Value<'v>> {
    choose(call, |one, other| one <= other)
}

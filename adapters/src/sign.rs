//! Operators without negation: CRMs answer a comparison with null neither true nor false, engage one of the two, so
//! that adapters push negation down to the tests and spell null out there.

use engage_engine::model::Operator;

/// A test without negation: as it is, or the opposite of an operator together with null.
pub(crate) enum Sign {
    Plain(Operator),
    /// Not equal, no such text, the other order; or null. The operator is the one that is negated, orderings are
    /// turned round already.
    OrNull(Operator),
}

/// What a test says, negated or not.
pub(crate) fn positive(operator: Operator, not: bool) -> Sign {
    use Operator as O;
    match (operator, not) {
        (O::IsNull, true) => Sign::Plain(O::IsNotNull),
        (O::IsNotNull, true) => Sign::Plain(O::IsNull),
        (O::NotEquals, true) => Sign::Plain(O::Equals),
        (O::NotEquals, false) | (O::Equals, true) => Sign::OrNull(O::Equals),
        (O::NotIn, true) => Sign::Plain(O::In),
        (O::NotIn, false) | (O::In, true) => Sign::OrNull(O::In),
        (O::GreaterThan, true) => Sign::OrNull(O::LessThanOrEqual),
        (O::GreaterThanOrEqual, true) => Sign::OrNull(O::LessThan),
        (O::LessThan, true) => Sign::OrNull(O::GreaterThanOrEqual),
        (O::LessThanOrEqual, true) => Sign::OrNull(O::GreaterThan),
        (text @ (O::Contains | O::StartsWith | O::EndsWith), true) => Sign::OrNull(text),
        (operator, _) => Sign::Plain(operator),
    }
}

//! What is refused before anything is asked; the first step of every adapter.

use engage_playbooks::ports::ai::{AiCall, AiError, AiErrorKind, AiLimit};

use super::schema::{Shape, deeper_than};

/// The code of a call whose output schema has problems.
const SCHEMA: &str = "schema";

/// The code of a call whose input is nested too deep.
const INPUT_DEPTH: &str = "input-depth";
/// The deepest that an input may be nested: what JSON that came as text is limited to anyhow.
const MAX_INPUT_DEPTH: usize = 128;

/// Holds a call against its budget and gives its schema, ready for answers.
///
/// # Errors
/// `Budget` and `Deadline` for what the budget does not allow; `Rejected` for an input that is nested too deep, and with
/// [`SCHEMA`] for a schema that has [problems](super::schema_problems).
pub(super) fn shape(call: &AiCall<'_>) -> Result<Shape, AiError> {
    let refused = |kind| Err(AiError::new(call, kind));
    let rejected = |reason: &str| Err(AiError::new(call, AiErrorKind::Rejected { reason: reason.to_owned() }));
    if call.budget.max_output_tokens == 0 {
        return refused(AiErrorKind::Budget { which: AiLimit::OutputTokens });
    }
    if call.budget.time.is_zero() {
        return refused(AiErrorKind::Deadline);
    }
    if deeper_than(call.input, MAX_INPUT_DEPTH) {
        return rejected(INPUT_DEPTH);
    }
    if call.input.to_string().len() > call.budget.max_input_bytes {
        return refused(AiErrorKind::Budget { which: AiLimit::InputBytes });
    }
    Shape::new(call.output_schema).map_or_else(|| rejected(SCHEMA), Ok)
}

//! What a template may use, and the meter that counts it while rendering.
//!
//! Everything is counted, nothing is timed: the same template and input stop at the same place on every machine.

use crate::error::RenderErrorKind;
use crate::value::{List, Value};

/// The most that a template may be and use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the source. Default 256 KiB.
    pub max_source_bytes: usize,
    /// Blocks within blocks, and brackets within brackets. Default 64, also the deepest value that is printed or
    /// compared. More than 256 is taken as 256: deeper trees could exhaust the stack.
    pub max_nesting: usize,
    /// Units of work: one per tag, output, filter, looked-up path and turn of a loop, and one per 256 bytes or 16 items
    /// that a filter or comparison handles. Default 200,000.
    pub max_steps: u64,
    /// Bytes of the rendered text. Default 1 MiB.
    pub max_output_bytes: usize,
    /// Bytes of one intermediate value, and of all assigned and captured ones together; an item of a list counts for 32
    /// and its text. Default 1 MiB.
    pub max_value_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_source_bytes: 256 << 10,
            max_nesting: 64,
            max_steps: 200_000,
            max_output_bytes: 1 << 20,
            max_value_bytes: 1 << 20,
        }
    }
}

/// No tree of ours is deeper, whatever the limits say.
const MAX_DEPTH: usize = 256;
/// What a list spends on an item.
pub(crate) const ITEM_BYTES: usize = 32;
const BYTES_PER_STEP: usize = 256;
const ITEMS_PER_STEP: usize = 16;

impl Limits {
    pub(crate) fn depth(&self) -> usize {
        self.max_nesting.min(MAX_DEPTH)
    }
}

/// Counts what a rendering uses.
#[derive(Debug)]
pub(crate) struct Meter<'v> {
    pub(crate) limits: &'v Limits,
    steps: u64,
    /// Bytes of the assigned and captured values.
    held: usize,
}

impl<'v> Meter<'v> {
    pub(crate) fn new(limits: &'v Limits) -> Self {
        Self { limits, steps: 0, held: 0 }
    }

    /// Uses one step.
    pub(crate) fn step(&mut self) -> Result<(), RenderErrorKind> {
        self.steps(1)
    }

    /// Uses the steps that handling so many bytes takes.
    pub(crate) fn bytes(&mut self, bytes: usize) -> Result<(), RenderErrorKind> {
        self.steps(bytes / BYTES_PER_STEP)
    }

    /// Uses the steps that handling so many items takes.
    pub(crate) fn items(&mut self, items: usize) -> Result<(), RenderErrorKind> {
        self.steps(items / ITEMS_PER_STEP)
    }

    fn steps(&mut self, steps: usize) -> Result<(), RenderErrorKind> {
        self.steps = self.steps.saturating_add(steps as u64);
        if self.steps > self.limits.max_steps {
            return Err(RenderErrorKind::StepLimit { max: self.limits.max_steps });
        }
        Ok(())
    }

    /// Uses the steps that looking through a text or the digits of a number takes.
    pub(crate) fn touch(&mut self, value: &Value<'_>) -> Result<(), RenderErrorKind> {
        match value {
            Value::Text(text) => self.bytes(text.len()),
            Value::Number(number) => self.bytes(number.written_bytes()),
            _ => Ok(()),
        }
    }

    /// The bytes that a value holds itself, if they are not too many.
    pub(crate) fn weigh(&mut self, value: &Value<'_>) -> Result<usize, RenderErrorKind> {
        if let Value::List(List::Made(list)) = value {
            self.items(list.len())?;
        }
        let bytes = value.held_bytes();
        self.value(bytes)?;
        Ok(bytes)
    }

    /// Refuses an intermediate value of more bytes than are allowed. Asked before the value is made.
    pub(crate) fn value(&self, bytes: usize) -> Result<(), RenderErrorKind> {
        if bytes > self.limits.max_value_bytes {
            return Err(RenderErrorKind::ValueLimit { max: self.limits.max_value_bytes });
        }
        Ok(())
    }

    /// Keeps the account of what variables hold: `gone` bytes are replaced by `kept`.
    pub(crate) fn hold(&mut self, kept: usize, gone: usize) -> Result<(), RenderErrorKind> {
        self.held = self.held.saturating_sub(gone).saturating_add(kept);
        self.value(self.held)
    }
}

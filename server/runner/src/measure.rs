//! How big and how deep a value from outside is: found without recursion, and given up early.

use serde_json::Value;

/// How far a value from outside may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The most bytes, as JSON.
    pub bytes: usize,
    /// The most objects and lists within each other.
    pub depth: usize,
}

/// Where a value goes too far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TooFar {
    /// It is too long.
    #[error("it has more than {0} bytes")]
    Bytes(usize),
    /// It is too deep.
    #[error("its values stand more than {0} deep within each other")]
    Depth(usize),
}

impl Bounds {
    /// Holds a value against the bounds. Takes no longer than the bounds allow, however big the value is.
    ///
    /// # Errors
    /// [`TooFar`]: the first bound that is passed.
    pub fn hold(self, value: &Value) -> Result<(), TooFar> {
        let mut bytes = 0_usize;
        let mut open = vec![(value, 0_usize)];
        while let Some((value, depth)) = open.pop() {
            if depth > self.depth {
                return Err(TooFar::Depth(self.depth));
            }
            bytes = bytes.saturating_add(own_bytes(value, self.bytes));
            if bytes > self.bytes {
                return Err(TooFar::Bytes(self.bytes));
            }
            match value {
                Value::Array(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
                Value::Object(fields) => open.extend(fields.values().map(|item| (item, depth + 1))),
                _ => {}
            }
        }
        Ok(())
    }
}

/// No less than the bytes of a value as JSON, without those of the values in it; of a text of more than `most` bytes, more than
/// `most`.
fn own_bytes(value: &Value, most: usize) -> usize {
    match value {
        Value::Null | Value::Bool(true) => 4,
        Value::Bool(false) => 5,
        Value::Number(number) => number.as_str().len(),
        Value::String(text) => text_bytes(text, most),
        Value::Array(items) => items.len().saturating_add(2),
        // Colon and comma of each field beside its name.
        Value::Object(fields) => fields.keys().fold(2, |sum, key| sum + text_bytes(key, most) + 2),
    }
}

/// No less than the bytes of a text in quotes, as JSON; no further than one byte past `most` is looked.
fn text_bytes(text: &str, most: usize) -> usize {
    let escaped = text.bytes().take(most.saturating_add(1)).map(|byte| match byte {
        0..0x20 => 6,
        b'"' | b'\\' => 2,
        _ => 1,
    });
    escaped.sum::<usize>() + 2
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SMALL: Bounds = Bounds { bytes: 40, depth: 3 };

    #[test]
    fn a_value_within_the_bounds_passes() {
        assert_eq!(SMALL.hold(&json!({"a": [{"b": 1.5}], "c": null})), Ok(()));
    }

    #[test]
    fn length_and_depth_are_bounded() {
        assert_eq!(SMALL.hold(&json!("x".repeat(39))), Err(TooFar::Bytes(40)));
        assert_eq!(SMALL.hold(&json!([[[[1]]]])), Err(TooFar::Depth(3)));
        assert_eq!(SMALL.hold(&json!([1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9])), Ok(()));
        assert_eq!(SMALL.hold(&json!({"a-key-that-is-long": "a value that is long"})), Err(TooFar::Bytes(40)));
    }

    #[test]
    fn what_is_written_is_never_longer_than_what_was_counted() {
        let hostile = json!({"\u{1}\"\\": ["\u{0}".repeat(5), "\n\t", 1e300, -0.0, null, true, {}, [], "ø\u{7f}"]});
        let bytes = serde_json::to_string(&hostile).unwrap().len();
        assert_eq!(Bounds { bytes: bytes - 1, depth: 9 }.hold(&hostile), Err(TooFar::Bytes(bytes - 1)));
        assert_eq!(Bounds { bytes: bytes + 20, depth: 9 }.hold(&hostile), Ok(()));
    }

    #[test]
    fn a_value_deeper_than_any_stack_is_refused() {
        let mut value = json!(1);
        for _ in 0..200_000 {
            value = Value::Array(vec![value]);
        }
        let bounds = Bounds { bytes: usize::MAX, depth: 64 };
        assert_eq!(bounds.hold(&value), Err(TooFar::Depth(64)));
        // Dropping it would be recursive, too.
        std::mem::forget(value);
    }
}

//! Keys of written instances: the same operation gives the same keys, so a repeat finds what it made.

use uuid::Uuid;

/// Where the keys of one operation come from.
#[derive(Debug, Clone)]
pub(super) struct Keys {
    operation: Uuid,
    block: String,
}

impl Keys {
    pub(super) fn new(operation: Uuid, block: String) -> Self {
        Self { operation, block }
    }

    pub(super) fn operation(&self) -> Uuid {
        self.operation
    }

    pub(super) fn block(&self) -> &str {
        &self.block
    }

    /// UUIDv5 of the operation key and block, part and position. None of the three can hold a line break unnoticed:
    /// a part's label has none, a position is a number.
    pub(super) fn key(&self, part: &str, position: usize) -> String {
        let name = format!("{}\n{part}\n{position}", self.block);
        Uuid::new_v5(&self.operation, name.as_bytes()).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_depends_on_operation_block_part_and_position_alone() {
        let keys = |operation: u128, block: &str| Keys::new(Uuid::from_u128(operation), block.into());
        let key = keys(1, "book").key("event", 0);
        assert_eq!(key, keys(1, "book").key("event", 0));
        let others = [
            keys(2, "book").key("event", 0),
            keys(1, "cancel").key("event", 0),
            keys(1, "book").key("note", 0),
            keys(1, "book").key("event", 1),
        ];
        assert!(!others.contains(&key));
        // Journals outlive releases: the keys of an operation stay what they are.
        assert_eq!(key, "3eae8294-e84e-517b-b3e1-12c1108760d8");
    }
}

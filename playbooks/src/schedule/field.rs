//! One field of a cron expression.

/// The numbers of a field, as a set of bits: none is greater than 59.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    bits: u64,
    /// Whether it was written `*`: any number, which is not the same as all of them where two fields name days.
    pub(super) any: bool,
}

impl Field {
    pub(super) fn none() -> Self {
        Self { bits: 0, any: false }
    }

    pub(super) fn add(&mut self, number: u32) {
        self.bits |= 1 << (number & 63);
    }

    pub(super) fn has(self, number: u32) -> bool {
        number < 64 && self.bits & (1 << number) != 0
    }

    /// The numbers, ascending.
    pub(super) fn iter(self) -> impl Iterator<Item = u32> + Clone {
        (0..64).filter(move |number| self.has(*number))
    }
}

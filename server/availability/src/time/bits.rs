//! A set of starts, as a bit for each start of the grid.

/// Positions 0 to `len`, each in the set or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    pub(crate) fn none(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)], len }
    }

    pub(crate) fn all(len: usize) -> Self {
        let mut bits = Self::none(len);
        bits.set(0, len);
        bits
    }

    /// Becomes the same as another set.
    pub(crate) fn copy(&mut self, other: &Self) {
        self.words.clone_from(&other.words);
        self.len = other.len;
    }

    /// Becomes what two sets of the same length have in common.
    pub(crate) fn copy_common(&mut self, one: &Self, other: &Self) {
        self.words.iter_mut().zip(&one.words).zip(&other.words).for_each(|((word, one), other)| *word = one & other);
    }

    pub(crate) fn clear(&mut self) {
        self.words.fill(0);
    }

    /// Puts in all positions from `from` until before `until`.
    pub(crate) fn set(&mut self, from: usize, until: usize) {
        self.each(from, until, |word, mask| *word |= mask);
    }

    /// Takes out all positions from `from` until before `until`.
    pub(crate) fn unset(&mut self, from: usize, until: usize) {
        self.each(from, until, |word, mask| *word &= !mask);
    }

    fn each(&mut self, from: usize, until: usize, change: impl Fn(&mut u64, u64)) {
        let until = until.min(self.len);
        if from >= until {
            return;
        }
        let (first, last) = (from / 64, (until - 1) / 64);
        let (low, high) = (u64::MAX << (from % 64), u64::MAX >> (63 - (until - 1) % 64));
        let Some(words) = self.words.get_mut(first..=last) else { return };
        match words {
            [only] => change(only, low & high),
            [head, middle @ .., tail] => {
                change(head, low);
                middle.iter_mut().for_each(|word| change(word, u64::MAX));
                change(tail, high);
            }
            [] => {}
        }
    }

    pub(crate) fn has(&self, position: usize) -> bool {
        self.words.get(position / 64).is_some_and(|word| (word >> (position % 64)) & 1 == 1)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    pub(crate) fn keep(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= other);
    }

    pub(crate) fn take(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= !other);
    }

    /// Takes out those of `len` positions from `from` on whose bit is set in `words`.
    pub(crate) fn take_at(&mut self, from: usize, len: usize, words: &[u64]) {
        let (place, shift) = (from / 64, from % 64);
        let rest = self.words.get_mut(place..).unwrap_or_default();
        let mut carry = 0;
        for (number, own) in rest.iter_mut().enumerate().take((shift + len).div_ceil(64)) {
            let mut word = words.get(number).copied().unwrap_or(0);
            // Past the end there are bits of what comes later.
            match len.saturating_sub(number * 64) {
                0 => word = 0,
                left @ 1..64 => word &= u64::MAX >> (64 - left),
                _ => {}
            }
            *own &= !(word << shift | carry);
            carry = if shift == 0 { 0 } else { word >> (64 - shift) };
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
    }

    /// Does something with each position in the set, ascending; how many there are.
    pub(crate) fn each_of(&self, mut act: impl FnMut(usize)) -> usize {
        let mut seen = 0;
        for (place, word) in self.words.iter().enumerate() {
            let mut rest = *word;
            while rest != 0 {
                act(place * 64 + rest.trailing_zeros() as usize);
                rest &= rest - 1;
                seen += 1;
            }
        }
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positions(bits: &Bits) -> Vec<usize> {
        let mut positions = Vec::new();
        let seen = bits.each_of(|position| positions.push(position));
        assert_eq!(seen, positions.len());
        positions
    }

    #[test]
    fn ranges_over_words_are_put_in_and_taken_out() {
        for (from, until) in [(0, 0), (0, 1), (3, 64), (63, 65), (64, 128), (10, 200), (199, 500), (5, 2)] {
            let mut bits = Bits::none(200);
            bits.set(from, until);
            let expected: Vec<usize> = (from..until.min(200)).collect();
            assert_eq!(positions(&bits), expected, "{from}..{until}");
            assert!((0..200).all(|position| bits.has(position) == expected.contains(&position)));
            let mut rest = Bits::all(200);
            rest.unset(from, until);
            rest.keep(&bits);
            assert!(rest.is_empty());
        }
    }
}

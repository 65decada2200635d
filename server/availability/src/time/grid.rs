//! The starts that slots may have: whole minutes of the local clock that the interval divides.

use super::{Instant, Span, Zone};

const MICROS: i64 = 1_000_000;

/// All starts of a range, ascending.
#[derive(Debug, Clone)]
pub(crate) struct Grid {
    starts: Vec<Instant>,
    /// The usual distance of two starts, in microseconds.
    step: i64,
}

impl Grid {
    /// Starts in `range` every `minutes` of the local clock. An hour that comes twice has its starts twice.
    pub(crate) fn new(zone: &Zone, range: Span, minutes: u8) -> Self {
        let step = i64::from(minutes.max(1)) * 60 * MICROS;
        let mut starts = Vec::new();
        if !range.is_empty() {
            for (stretch, offset) in zone.offsets(range) {
                let shift = offset * MICROS;
                let local = stretch.start.0 + shift;
                let mut next = local + (step - local.rem_euclid(step)) % step - shift;
                while next < stretch.end.0 {
                    starts.push(Instant(next));
                    next += step;
                }
            }
        }
        Self { starts, step }
    }

    pub(crate) fn len(&self) -> usize {
        self.starts.len()
    }

    pub(crate) fn at(&self, position: usize) -> Option<Instant> {
        self.starts.get(position).copied()
    }

    /// The first start, and the last.
    pub(crate) fn ends(&self) -> Option<(Instant, Instant)> {
        Some((*self.starts.first()?, *self.starts.last()?))
    }

    /// How many starts lie before an instant: the position of the first that does not.
    pub(crate) fn position(&self, at: Instant) -> usize {
        let Some((first, last)) = self.ends() else { return 0 };
        if at <= first {
            return 0;
        }
        if at > last {
            return self.starts.len();
        }
        // Changes of the clock move starts by few steps at most, so the guess is near.
        let guess = usize::try_from((at.0 - first.0) / self.step).unwrap_or(0);
        self.walk(at, guess.min(self.starts.len()))
    }

    /// The position of the first start that is not before `at`, looked for from `near` on, in both directions.
    pub(crate) fn walk(&self, at: Instant, near: usize) -> usize {
        let mut position = near;
        while position > 0 && self.starts.get(position - 1).is_some_and(|start| *start >= at) {
            position -= 1;
        }
        while self.starts.get(position).is_some_and(|start| *start < at) {
            position += 1;
        }
        position
    }
}

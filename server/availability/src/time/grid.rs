//! The starts that slots may have: whole minutes of the local clock that the interval divides.

use super::{Instant, Span, Zone};

const MICROS: i64 = 1_000_000;

/// All starts of a range, ascending.
#[derive(Debug, Clone)]
pub(crate) struct Grid {
    /// In order. Most ranges are one run: a change of the clock by whole intervals goes on with it.
    runs: Vec<Run>,
    /// The usual distance of two starts, in microseconds.
    step: i64,
    len: usize,
}

/// Starts of the same distance.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    pub(crate) first: Instant,
    /// Where its first start stands in the grid.
    pub(crate) position: usize,
    pub(crate) len: usize,
}

impl Grid {
    /// Starts in `range` every `minutes` of the local clock. An hour that comes twice has its starts twice.
    pub(crate) fn new(zone: &Zone, range: Span, minutes: u8) -> Self {
        let step = i64::from(minutes.max(1)) * 60 * MICROS;
        let mut grid = Self { runs: Vec::new(), step, len: 0 };
        if !range.is_empty() {
            for (stretch, offset) in zone.offsets(range) {
                let shift = offset * MICROS;
                let local = stretch.start.0 + shift;
                let first = local + (step - local.rem_euclid(step)) % step - shift;
                if first < stretch.end.0 {
                    grid.push(Instant(first), (stretch.end.0 - first - 1) / step + 1);
                }
            }
        }
        grid
    }

    fn push(&mut self, first: Instant, starts: i64) {
        let len = usize::try_from(starts).unwrap_or(0);
        match self.runs.last_mut() {
            Some(run) if run.first.plus(micros(run.len, self.step)) == first => run.len += len,
            _ => self.runs.push(Run { first, position: self.len, len }),
        }
        self.len += len;
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn runs(&self) -> &[Run] {
        &self.runs
    }

    pub(crate) fn at(&self, position: usize) -> Option<Instant> {
        let run = self.runs.iter().rev().find(|run| run.position <= position)?;
        let within = position - run.position;
        (within < run.len).then(|| run.first.plus(micros(within, self.step)))
    }

    /// The first start, and the last.
    pub(crate) fn ends(&self) -> Option<(Instant, Instant)> {
        Some((self.runs.first()?.first, self.at(self.len.checked_sub(1)?)?))
    }

    /// How many starts lie before an instant: the position of the first that does not.
    pub(crate) fn position(&self, at: Instant) -> usize {
        let Some(run) = self.runs.iter().rev().find(|run| run.first < at) else { return 0 };
        let before = (at.0.saturating_sub(run.first.0) - 1) / self.step + 1;
        run.position + usize::try_from(before).map_or(run.len, |before| before.min(run.len))
    }
}

fn micros(steps: usize, step: i64) -> i64 {
    i64::try_from(steps).unwrap_or(i64::MAX).saturating_mul(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every start, one by one.
    fn starts(grid: &Grid) -> Vec<Instant> {
        (0..grid.len()).map(|position| grid.at(position).unwrap()).collect()
    }

    #[test]
    fn positions_are_those_of_a_list() {
        // Two changes of the clock by whole steps, one by half a step, one from a local time of odd seconds.
        for (zone, from, minutes) in [
            ("Europe/Copenhagen", "2026-03-20T00:00:00Z", 30),
            ("Australia/Lord_Howe", "2026-03-28T00:07:00Z", 20),
            ("Australia/Lord_Howe", "2026-03-28T00:07:00Z", 60),
            ("Africa/Monrovia", "1972-01-02T03:00:01Z", 30),
        ] {
            let zone = Zone::named(zone).unwrap();
            let start: Instant = from.parse::<jiff::Timestamp>().unwrap().into();
            let grid = Grid::new(&zone, Span::new(start, start.plus(14 * 86_400 * MICROS)), minutes);
            let starts = starts(&grid);
            assert!(starts.is_sorted() && starts.len() > 300);
            for (position, at) in starts.iter().enumerate() {
                for (shift, expected) in [(-1, position), (0, position), (1, position + 1)] {
                    assert_eq!(grid.position(at.plus(shift)), expected);
                }
                let local = zone.local(*at);
                assert_eq!((local.second(), local.minute() % i8::try_from(minutes).unwrap()), (0, 0));
            }
            assert_eq!(grid.at(starts.len()), None);
            assert_eq!(grid.ends(), Some((starts[0], starts[starts.len() - 1])));
            assert_eq!(grid.position(Instant(i64::MAX)), starts.len());
            assert_eq!(grid.position(Instant(i64::MIN)), 0);
        }
    }
}

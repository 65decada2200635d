//! Time that is taken, as a bit for each five minutes: a calendar full of events in a few bytes for each.
//!
//! The bits lie so that a search reads them as it needs them. Every interval of starts is some number of cells, and that is the
//! number of *planes*: a word of a plane has the cells at one distance from 64 consecutive starts. So whether the cell
//! three after a start is taken is answered for 64 starts by one word, and a rule is a few words combined.

use super::{Bits, Instant, Span};

/// The length of a cell: five minutes, in microseconds.
pub(crate) const CELL: i64 = 300 * 1_000_000;

/// Cells that are taken.
#[derive(Debug, Clone)]
pub(crate) struct Cells {
    /// Cells between two starts.
    planes: u8,
    /// Ascending numbers of chunks: of a chunk each plane has one word.
    chunks: Vec<i32>,
    /// `planes` words for each chunk.
    words: Vec<u64>,
}

/// Where a cell is.
#[derive(Debug, Clone, Copy)]
struct Place {
    chunk: i64,
    plane: usize,
    bit: u32,
}

impl Cells {
    /// No cell, for starts every so many minutes.
    pub(crate) fn none(minutes: u8) -> Self {
        Self { planes: (minutes / 5).max(1), chunks: Vec::new(), words: Vec::new() }
    }

    /// About how many bytes they take.
    pub(crate) fn bytes(&self) -> usize {
        size_of_val(self.chunks.as_slice()) + size_of_val(self.words.as_slice())
    }

    /// The cells of a stretch, if it is made of whole ones.
    pub(crate) fn whole(span: Span) -> Option<(i64, i64)> {
        let is_whole = span.start.0 % CELL == 0 && span.end.0 % CELL == 0;
        is_whole.then_some((span.start.0 / CELL, span.end.0 / CELL))
    }

    fn place(&self, cell: i64) -> Place {
        let planes = i64::from(self.planes);
        let start = cell.div_euclid(planes);
        Place {
            chunk: start.div_euclid(64),
            plane: usize::try_from(cell.rem_euclid(planes)).unwrap_or(0),
            bit: u32::try_from(start.rem_euclid(64)).unwrap_or(0),
        }
    }

    /// Takes the cells from `from` until before `until`.
    pub(crate) fn set(&mut self, from: i64, until: i64) {
        let mut next = from;
        while next < until {
            let chunk = self.place(next).chunk;
            let number = i32::try_from(chunk).unwrap_or(i32::MAX);
            let planes = usize::from(self.planes);
            let at = self.chunks.partition_point(|known| *known < number);
            if self.chunks.get(at) != Some(&number) {
                self.chunks.insert(at, number);
                let at = at * planes;
                self.words.splice(at..at, std::iter::repeat_n(0, planes));
            }
            next = self.within(next, until, at, |word, bit| *word |= bit);
        }
    }

    /// Frees the cells that lie within a stretch as a whole.
    pub(crate) fn free(&mut self, span: Span) {
        let from = span.start.plus(CELL - 1).0.div_euclid(CELL);
        let until = span.end.0.div_euclid(CELL);
        let mut at = self.chunks.partition_point(|known| i64::from(*known) < self.place(from).chunk);
        while let Some(chunk) = self.chunks.get(at) {
            let first = i64::from(*chunk) * 64 * i64::from(self.planes);
            if until <= first {
                break;
            }
            self.within(from.max(first), until, at, |word, bit| *word &= !bit);
            at += 1;
        }
    }

    /// Changes cells from `from` on, until before `until` or the end of the chunk that stands at `at`; where it ended.
    fn within(&mut self, from: i64, until: i64, at: usize, change: impl Fn(&mut u64, u64)) -> i64 {
        let planes = i64::from(self.planes);
        let Place { chunk, mut plane, mut bit } = self.place(from);
        let until = until.min((chunk + 1) * 64 * planes);
        let words = at * usize::from(self.planes)..(at + 1) * usize::from(self.planes);
        let words = self.words.get_mut(words).unwrap_or_default();
        for _ in from..until {
            if let Some(word) = words.get_mut(plane) {
                change(word, 1 << bit);
            }
            plane += 1;
            if plane == words.len() {
                (plane, bit) = (0, bit + 1);
            }
        }
        until
    }

    /// Whether a stretch overlaps a cell that is taken.
    pub(crate) fn overlaps(&self, span: Span) -> bool {
        let from = span.start.0.div_euclid(CELL);
        let until = span.end.plus(CELL - 1).0.div_euclid(CELL);
        (from..until).any(|cell| {
            let Place { chunk, plane, bit } = self.place(cell);
            let at = self.chunks.binary_search_by_key(&chunk, |known| i64::from(*known)).ok();
            let word = at.and_then(|at| self.words.get(at * usize::from(self.planes) + plane));
            word.is_some_and(|word| (word >> bit) & 1 == 1)
        })
    }

    /// The chunks from `first` on, `count` of them at most, each with its words.
    fn chunks(&self, first: i64, count: usize) -> impl Iterator<Item = (usize, &[u64])> {
        let planes = usize::from(self.planes);
        let from = self.chunks.partition_point(|known| i64::from(*known) < first);
        let chunks = self.chunks.get(from..).unwrap_or_default();
        let words = self.words.get(from * planes..).unwrap_or_default().chunks_exact(planes);
        let distance = move |chunk: &i32| usize::try_from(i64::from(*chunk) - first).unwrap_or(usize::MAX);
        let all = chunks.iter().map(distance).zip(words);
        all.take_while(move |(distance, _)| *distance < count)
    }
}

/// The cells from so many before a start to so many after it, for a run of starts.
#[derive(Debug, Clone)]
struct Window {
    /// Where its starts stand in the grid.
    position: usize,
    len: usize,
    /// The first cell that the first start looks at.
    first: i64,
    /// How many cells each start looks at.
    width: usize,
}

/// Takes out starts at which one of the cells around them is taken. Made once for a search; what it works with is kept for the
/// next calendar.
#[derive(Debug)]
pub(crate) struct Sieve {
    windows: Vec<Window>,
    planes: usize,
    /// The words of each plane, without gaps.
    dense: Vec<u64>,
    /// Starts that are taken out.
    out: Vec<u64>,
}

impl Sieve {
    /// For starts in runs (the first, its position, how many) every `minutes`: a start `s` is taken out by a cell `[x, y)` if
    /// `x - lead < s < y + trail`. `lead` is more than nothing, neither is less.
    pub(crate) fn new(runs: impl Iterator<Item = (Instant, usize, usize)>, minutes: u8, lead: i64, trail: i64) -> Self {
        let windows = runs.map(|(first, position, len)| {
            // A start may stand beside the cells; then a bit more has to be free before it, and a bit less after it.
            let (cell, rest) = (first.0.div_euclid(CELL), first.0.rem_euclid(CELL));
            let after = (lead + rest + CELL - 1).div_euclid(CELL);
            let before = (trail - rest + CELL - 1).div_euclid(CELL);
            Window { position, len, first: cell - before, width: usize::try_from(before + after).unwrap_or(0) }
        });
        let planes = usize::from((minutes / 5).max(1));
        Self { windows: windows.collect(), planes, dense: Vec::new(), out: Vec::new() }
    }

    /// Takes out the starts at which a cell is in the way; how many words it read.
    pub(crate) fn take_out(&mut self, cells: &Cells, starts: &mut Bits) -> usize {
        let mut read = 0;
        for window in &self.windows {
            let (planes, len) = (self.planes, window.len);
            let (whole, rest) = (window.width / planes, window.width % planes);
            // Counted in starts: the planes begin with the chunk of the first cell.
            let lead = window.first.rem_euclid(64 * i64::try_from(planes).unwrap_or(1));
            let lead = usize::try_from(lead).unwrap_or(0);
            let chunk = window.first.div_euclid(64 * i64::try_from(planes).unwrap_or(1));
            let count = (lead / planes + len + whole + 2).div_ceil(64) + 1;
            self.dense.clear();
            self.dense.resize(count * planes, 0);
            let before = read;
            for (distance, words) in cells.chunks(chunk, count) {
                for (plane, word) in self.dense.chunks_exact_mut(count).zip(words) {
                    if let Some(place) = plane.get_mut(distance) {
                        *place = *word;
                    }
                }
                read += words.len();
            }
            if read == before {
                continue;
            }
            self.out.clear();
            self.out.resize((len + whole).div_ceil(64), 0);
            let cell = |number: usize| (number % planes, number / planes);
            let add = |out: &mut [u64], number: usize| {
                let (plane, shift) = cell(lead + number);
                let words = self.dense.get(plane * count..(plane + 1) * count).unwrap_or_default();
                add_shifted(out, words, shift);
            };
            if whole > 0 {
                // All cells of one interval, then twice as many intervals each time.
                (0..planes).for_each(|number| add(&mut self.out, number));
                let mut covered = 1;
                while covered < whole {
                    let step = covered.min(whole - covered);
                    add_to_itself(&mut self.out, step);
                    covered += step;
                }
            }
            (0..rest).for_each(|number| add(&mut self.out, whole * planes + number));
            starts.take_at(window.position, len, &self.out);
        }
        read
    }
}

/// Adds words that lie `shift` bits further on.
fn add_shifted(out: &mut [u64], words: &[u64], shift: usize) {
    let (word, bit) = (shift / 64, shift % 64);
    let low = words.get(word..).unwrap_or_default();
    if bit == 0 {
        out.iter_mut().zip(low).for_each(|(out, low)| *out |= low);
        return;
    }
    let high = low.get(1..).unwrap_or_default();
    for ((out, low), high) in out.iter_mut().zip(low).zip(high) {
        *out |= (low >> bit) | (high << (64 - bit));
    }
}

/// Adds to each bit the one `shift` bits further on, as it was; past the end there is none.
fn add_to_itself(out: &mut [u64], shift: usize) {
    let (word, bit) = (shift / 64, shift % 64);
    for position in 0..out.len() {
        let at = |position: usize| out.get(position).copied().unwrap_or(0);
        let (low, high) = (at(position + word), at(position + word + 1));
        let further = if bit == 0 { low } else { (low >> bit) | (high << (64 - bit)) };
        if let Some(out) = out.get_mut(position) {
            *out |= further;
        }
    }
}

#[cfg(test)]
mod tests;

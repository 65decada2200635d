//! Where an instant stands on the axis. Long stretches in which nothing runs (a pause before a retry, a night before
//! somebody looked) are cut short, so that the work can be seen.

use engage_playbooks::timeline::{Phase, Span, Timeline};
use jiff::{SignedDuration, Timestamp};

use super::words::{between, duration};

/// The share of the axis that a cut takes.
const CUT: f64 = 0.06;
/// The most cuts; further stretches stand as long as they are.
const MOST_CUTS: usize = 6;
/// About as many marks stand on the axis.
const MARKS: i128 = 6;

/// A part of the axis.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Piece {
    from: Timestamp,
    to: Timestamp,
    /// Where it begins, and how long it is: shares of the axis.
    at: f64,
    width: f64,
    cut: bool,
}

/// From instants to places on the axis.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scale {
    pieces: Vec<Piece>,
    begin: Timestamp,
}

/// A stretch that was cut short: where it begins and ends on the axis, and how long it was.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cut {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) length: SignedDuration,
}

/// Whether a block is on its way.
pub(super) fn runs(phase: Phase) -> bool {
    matches!(phase, Phase::Running { .. })
}

impl Scale {
    pub(super) fn of(timeline: &Timeline) -> Self {
        let stretches = stretches(timeline);
        let whole: f64 = stretches.iter().filter(|(.., cut)| !cut).map(|(from, to, _)| seconds(*from, *to)).sum();
        let cuts = stretches.iter().filter(|(.., cut)| *cut).count();
        let rest = 1.0 - CUT * f64::from(u32::try_from(cuts).unwrap_or_default());
        let mut pieces = Vec::new();
        let mut at = 0.0;
        for (from, to, cut) in stretches {
            let width = match cut {
                true => CUT,
                false if whole > 0.0 => seconds(from, to) / whole * rest,
                false => 0.0,
            };
            pieces.push(Piece { from, to, at, width, cut });
            at += width;
        }
        Self { pieces, begin: timeline.from }
    }

    /// Where an instant stands: a share of the axis, from 0 to 1.
    pub(super) fn place(&self, at: Timestamp) -> f64 {
        let Some(piece) = self.pieces.iter().find(|piece| at <= piece.to).or(self.pieces.last()) else { return 0.0 };
        let length = seconds(piece.from, piece.to);
        let share = if length > 0.0 { (seconds(piece.from, at) / length).clamp(0.0, 1.0) } else { 0.0 };
        piece.at + share * piece.width
    }

    pub(super) fn cuts(&self) -> impl Iterator<Item = Cut> {
        let cuts = self.pieces.iter().filter(|piece| piece.cut);
        cuts.map(|piece| Cut { from: piece.at, to: piece.at + piece.width, length: between(piece.from, piece.to) })
    }

    /// Round lengths of time with their places: since the run began, and with a `+` since the end of what was cut.
    pub(super) fn marks(&self) -> Vec<(f64, String)> {
        let shown = self.pieces.iter().filter(|piece| !piece.cut);
        let whole: i128 = shown.clone().map(|piece| between(piece.from, piece.to).as_millis()).sum();
        let step = step(whole / MARKS);
        let mut marks = Vec::new();
        for piece in shown {
            let plus = if piece.from > self.begin { "+" } else { "" };
            let mut next = 0;
            while next <= between(piece.from, piece.to).as_millis() {
                let time = SignedDuration::from_millis(i64::try_from(next).unwrap_or(i64::MAX));
                let at = piece.from.saturating_add(time).unwrap_or(piece.to);
                marks.push((self.place(at), format!("{plus}{}", duration(time))));
                next += step;
            }
        }
        marks
    }
}

/// The first of the round lengths that is no shorter, in milliseconds.
fn step(least: i128) -> i128 {
    const ROUND: [i128; 22] = [
        1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000, 600_000,
        1_800_000, 3_600_000, 21_600_000, 86_400_000,
    ];
    ROUND.into_iter().find(|step| *step >= least).unwrap_or(least)
}

/// The run in stretches: those in which something runs or that are short, and those that are cut.
fn stretches(timeline: &Timeline) -> Vec<(Timestamp, Timestamp, bool)> {
    let mut busy: Vec<&Span> =
        timeline.lanes.iter().flat_map(|lane| &lane.spans).filter(|span| runs(span.phase)).collect();
    busy.sort_by_key(|span| span.from);
    let mut gaps = Vec::new();
    let mut until = timeline.from;
    let mut work = 0.0;
    for span in busy {
        if span.from > until {
            gaps.push((until, span.from));
        }
        work += seconds(span.from.max(until), span.to.max(until));
        until = until.max(span.to);
    }
    gaps.push((until, timeline.to.max(until)));
    gaps.retain(|(from, to)| seconds(*from, *to) > work && work > 0.0);
    gaps.sort_by(|a, b| seconds(b.0, b.1).total_cmp(&seconds(a.0, a.1)));
    gaps.truncate(MOST_CUTS);
    gaps.sort();
    let mut all = Vec::new();
    let mut at = timeline.from;
    for (from, to) in gaps {
        all.push((at, from, false));
        all.push((from, to, true));
        at = to;
    }
    all.push((at, timeline.to.max(at), false));
    all
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    between(from, to).as_secs_f64()
}

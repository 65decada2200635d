//! Cells and sieves against spans, one by one.

use proptest::prelude::*;

use super::*;

const MINUTE: i64 = 60 * 1_000_000;

fn span(from: i64, until: i64) -> Span {
    Span::new(Instant(from * CELL), Instant(until * CELL))
}

fn cells(minutes: u8, spans: &[(i64, i64)]) -> Cells {
    let mut cells = Cells::none(minutes);
    spans.iter().for_each(|(from, length)| cells.set(*from, from + length));
    cells
}

/// Stretches of cells around 1970, some long.
fn spans() -> impl Strategy<Value = Vec<(i64, i64)>> {
    prop::collection::vec((-2_000_i64..2_000, prop_oneof![1_i64..5, 1_i64..900]), 0..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_sieve_takes_out_what_the_rule_says(
        spans in spans(),
        minutes in prop::sample::select(vec![5_u8, 10, 15, 20, 30, 60]),
        // The first starts, in microseconds beside a cell too.
        first in (-1_500_i64..1_500, prop::sample::select(vec![0, 0, 1, MINUTE, 4 * MINUTE + 59_999_999])),
        lens in prop::collection::vec(1_usize..200, 1..3),
        lead in prop_oneof![1_i64..3 * MINUTE, Just(30 * MINUTE), 1_i64..2_000 * MINUTE],
        trail in prop_oneof![Just(0_i64), Just(5 * MINUTE), 0_i64..300 * MINUTE],
    ) {
        let step = i64::from(minutes) * MINUTE;
        let mut runs = Vec::new();
        let (mut start, mut position) = (first.0 * CELL + first.1, 0);
        for len in lens {
            runs.push((Instant(start), position, len));
            // The next run is not in step with this one.
            (start, position) = (start + i64::try_from(len).unwrap() * step + 7 * MINUTE, position + len);
        }
        let mut sieve = Sieve::new(runs.iter().copied(), minutes, lead, trail);
        let calendar = cells(minutes, &spans);
        // What an earlier calendar left behind does no harm.
        sieve.take_out(&cells(minutes, &[(-1_000, 900)]), &mut Bits::all(position));
        let mut starts = Bits::all(position);
        sieve.take_out(&calendar, &mut starts);
        for (first, position, len) in runs {
            for number in 0..len {
                let at = first.0 + i64::try_from(number).unwrap() * step;
                let taken = |(from, length): &(i64, i64)| {
                    from * CELL - lead < at && at < (from + length) * CELL + trail
                };
                prop_assert_eq!(starts.has(position + number), !spans.iter().any(taken), "start {}", number);
            }
        }
    }

    #[test]
    fn freed_cells_are_as_if_never_taken(spans in spans(), day in -2_000_i64..1_700, minutes in prop::sample::select(vec![5_u8, 20, 60])) {
        let within = |cell: i64| day <= cell && cell < day + 288;
        let mut calendar = cells(minutes, &spans);
        // A stretch that begins and ends within a cell frees whole ones alone.
        calendar.free(Span::new(Instant(day * CELL - 1), Instant((day + 288) * CELL + 1)));
        for cell in -2_100_i64..3_000 {
            let taken = spans.iter().any(|(from, length)| *from <= cell && cell < from + length);
            prop_assert_eq!(calendar.overlaps(span(cell, cell + 1)), taken && !within(cell), "cell {}", cell);
        }
    }
}

#[test]
fn what_is_not_made_of_whole_cells_is_told() {
    assert_eq!(Cells::whole(span(-3, 4)), Some((-3, 4)));
    assert_eq!(Cells::whole(Span::new(Instant(1), Instant(CELL))), None);
    assert_eq!(Cells::whole(Span::new(Instant(0), Instant(CELL + MINUTE))), None);
}

#[test]
fn a_bit_of_a_cell_is_enough_to_overlap() {
    let calendar = cells(30, &[(10, 2)]);
    let at = |from: i64, until: i64| calendar.overlaps(Span::new(Instant(from), Instant(until)));
    assert!(at(12 * CELL - 1, 20 * CELL) && at(0, 10 * CELL + 1));
    assert!(!at(12 * CELL, 20 * CELL) && !at(0, 10 * CELL));
}

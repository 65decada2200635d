//! One search more or less, for counting instructions: `instructions POOL OTHERS SEARCHES` says what they took, and how long the
//! fastest was.
//!
//! `valgrind --tool=callgrind` counts the same on every machine with the same build; the difference of two runs with a different
//! number of searches is what a search takes.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement stops at the first surprise, and prints")]

#[path = "../benches/office/mod.rs"]
#[expect(dead_code, reason = "the bench needs the rest")]
mod office;

use std::time::{Duration, Instant};

fn main() {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse::<u128>().expect("a number"));
    let mut next = || numbers.next().expect("POOL OTHERS SEARCHES");
    let (pool, others, searches) = (next(), next(), next());
    let index = office::index(pool, others);
    let mut fastest = Duration::MAX;
    for _ in 0..searches {
        let start = Instant::now();
        let (found, work) = index.search_counted(&office::request(), office::now(), 7).expect("an answer");
        fastest = fastest.min(start.elapsed());
        println!("{} slots, {work:?}", found.slots.len());
    }
    println!("{fastest:?}");
}

//! Instants, wall clocks, zones, local days and the grid of starts.

mod bits;
mod cells;
mod days;
mod grid;
mod instant;
mod zone;

pub(crate) use bits::Bits;
pub(crate) use cells::{Cells, Sieve};
pub(crate) use days::{Day, Days, Hours};
pub(crate) use grid::Grid;
pub(crate) use instant::micros;
pub use instant::{Clock, Instant, Span};
pub(crate) use zone::{Side, Zone};

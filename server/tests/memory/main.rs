//! What a request may cost in memory, whatever it sends: a binary of its own, for it counts all that is allocated.
#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test stops at the first surprise")]

use peak_alloc::PeakAlloc;

#[path = "../api/kit.rs"]
#[expect(dead_code, reason = "other tests ask more")]
mod api;
mod bodies;
mod bookings;
#[path = "../api/conform.rs"]
#[allow(dead_code, reason = "it is the one of the Public API, which uses more of it")]
mod conform;
#[path = "../it/kit.rs"]
#[expect(dead_code, reason = "other tests ask more")]
mod kit;
mod sends;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

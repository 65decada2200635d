//! What runs cost in memory: a binary of its own, for it counts all that is allocated.

use peak_alloc::PeakAlloc;

#[cfg(test)]
#[path = "../it/kit/playbooks.rs"]
#[expect(dead_code, reason = "other tests have more kinds of blocks")]
mod playbooks;
#[cfg(test)]
mod waiting;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

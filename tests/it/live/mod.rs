//! The starter library over the wire: both adapters over HTTP, each against the sandbox, which shares no code with them.
//!
//! | file | what |
//! |---|---|
//! | `harness`, `end` | a sandbox, the starter, an adapter, the log that counts |
//! | `ids`, `seed`, `rows` | abstract records as rows of the sandbox, and back |
//! | `trips` | how many requests what takes |
//! | `together` | reads of blocks that start together share requests |
//! | `wire` | what else is said on the wire: dry runs, verification, ids |
//! | `behalf` | an employee whose token is not exchanged |
//! | `faults`, `trial` | everything that can go wrong, at every request |
//! | `cases`, `judge` | the starter's snapshot cases over HTTP, held against the simulated CRM and against each other |
//! | `relations` | what Salesforce keeps among the people of an event |
//! | `reads` | thousands of reads, held against the simulated CRM |

mod behalf;
mod cases;
mod end;
mod faults;
pub mod harness;
pub mod ids;
mod judge;
mod reads;
mod relations;
mod rows;
mod seed;
mod together;
mod trial;
mod trips;
mod wire;

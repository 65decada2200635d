//! Runs survive the end of their process at any instant: real processes are killed while they drive starter playbooks against a
//! sandbox over HTTP that fails too, and what is in the CRM at the end is what an undisturbed run leaves.
//!
//! | file | what |
//! |---|---|
//! | `worker` | the process that is killed: this program again, told by its environment what to do |
//! | `dying` | a journal that says what it does, and ends or stops its process at an append |
//! | `scene` | the organisation, the events, and what is there at the end |
//! | `kills` | killed at random, and at every append |
//! | `standby` | two processes on PostgreSQL: one is killed or paused, the other goes on |
//!
//! `ENGAGE_CRASHES=2000` kills so often instead of a few times.

mod dying;
mod kills;
mod scene;
mod standby;
pub mod worker;

#[path = "../../../server/store/tests/it/cluster.rs"]
pub(crate) mod cluster;

//! Playbooks on Restate: when one machine is not enough.
//!
//! Restate keeps the journal and decides where a run goes on; what a run does is decided by the same
//! [`Machine`](engage_playbooks::run::Machine) that the embedded runner drives, so a run is the same on either.
//!
//! | in Restate | what it is |
//! |---|---|
//! | object `EngageRun`, keyed by tenant and run | one run: its facts are the object's state, the machine says what is next |
//! | service `EngageBlock` | one attempt at a block: the only place with effects |
//! | object `EngageSubject`, keyed by tenant, playbook and subject | runs of one meeting, one after the other |
//! | object `EngageCalendar`, keyed by tenant | which schedules are switched on |
//! | object `EngageSchedule`, keyed by tenant and playbook | one schedule: calls itself at its next time |
//!
//! [`Worker`] serves them, any number of processes of it; [`RestateEngine`] hands events in and looks at runs.
//!
//! # What is repeated
//! An attempt whose worker died is made again by another, under the same keys. A block that writes keeps what it has
//! prepared in Restate's journal before it writes; where the write is not done once, a worker that finds it prepared by
//! another stops as `in-doubt` instead of repeating it.

mod block;
mod client;
mod convert;
mod driving;
mod http;
mod listener;
mod run;
mod schedule;
mod subject;
mod worker;

pub use client::RestateEngine;
pub use http::Addresses;
pub use reqwest::Url;
pub use worker::{NoKey, Worker};

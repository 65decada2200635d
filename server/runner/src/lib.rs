#![doc = include_str!("../README.md")]
//!
//! [`Machine`]: engage_playbooks::run::Machine
//! [`Journal`]: engage_playbooks::ports::Journal

mod call;
mod clock;
mod config;
mod fair;
mod fold;
mod host;
pub mod intake;
mod leader;
mod measure;
mod metrics;
mod order;
mod pending;
mod runner;
pub mod schedule;
mod shelf;
mod timers;
pub mod webhook;

pub use clock::SystemTime;
pub use config::Config;
pub use fair::Limits;
pub use host::{Alerts, Host, NeverEnded, OnlyLogged, Unheard};
pub use intake::EventProblem;
pub use measure::{Bounds, TooFar};
pub use metrics::{Measure, Metrics, NoMetrics};
pub use runner::Runner;
pub use shelf::{MemoryShelf, Shelf};

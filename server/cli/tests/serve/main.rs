//! The process in which playbooks run, as a process.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

mod calls;
#[path = "../../../store/tests/it/cluster.rs"]
mod cluster;
mod crashes;
mod demo;
mod directories;
mod hooks;
mod issuer;
mod keep;
mod kit;
mod management;
mod probe;
mod refusals;
mod sandbox;
mod secrets;
mod several;
#[cfg(feature = "otlp")]
mod spans;
mod story;
mod stub;

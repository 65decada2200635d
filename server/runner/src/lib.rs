#![doc = "The durable engine on one machine."]
pub mod clock;
mod fair;
mod measure;
mod order;
mod timers;
pub mod webhook;
pub use fair::Limits;
pub use measure::{Bounds, TooFar};

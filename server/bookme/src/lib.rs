#![doc = include_str!("../README.md")]

pub mod calendar;
pub mod configuration;
mod error;
pub mod meetings;
pub mod model;
mod problem;
mod seal;
pub mod search;
mod service;
pub mod values;

pub use engage_availability as availability;
pub use engage_store::platform::{Environment, Tenancy};
pub use error::{Error, Refusal};
pub use problem::{Problem, Problems};
pub use seal::Seal;
pub use service::{Bookme, Clock, Ids};

#![doc = include_str!("../README.md")]

#[cfg(feature = "http")]
mod http;
pub mod model;

#[cfg(feature = "http")]
pub use http::{
    Client, ClientCredentials, Error, FixedToken, Now, OPERATIONS, Refusal, Standing, TokenError, TokenSource,
};

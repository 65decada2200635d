//! What a host's parts must do, as tests that their author runs.

pub mod journal;

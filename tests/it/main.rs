//! Integration tests of the whole: one binary, a module per theme.

mod facts;
mod starter;

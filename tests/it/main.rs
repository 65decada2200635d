//! Integration tests of the whole: one binary, a module per theme.

mod cli;
mod bad_input;
mod crm;
mod facts;
mod starter;

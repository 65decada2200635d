//! Integration tests of the whole: one binary, a module per theme.

mod crm;
mod facts;
mod starter;
mod bad_input;

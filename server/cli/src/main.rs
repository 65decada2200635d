//! The engage command line.

fn main() {}

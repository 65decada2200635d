//! The five-line use of engage as a library.

fn main() {}

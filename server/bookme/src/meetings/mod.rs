//! What becomes of times.

//! Journals against real databases: the conformance suite, and what only one of them can do.

mod sqlite;

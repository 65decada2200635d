//! PostgreSQL: how a database is opened, for journals and for the platform.

use std::str::FromStr;
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

/// What a session is set to.
///
/// * A partner who vanished without a word is noticed in 25 seconds.
/// * A plan that was made while a table was empty stays until the table is analysed (PostgreSQL's manual, "PREPARE"), and in an
///   empty table no index seems worth its while: for as long as a minute every look-up would read the whole of a directory that
///   grows. Every look-up has an index, so no other way is weighed; what has none is read as a whole all the same, and is not compiled
///   for the price that this seems to have.
const SETTINGS: [(&str, &str); 6] = [
    ("synchronous_commit", "on"),
    ("tcp_keepalives_idle", "10"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
    ("enable_seqscan", "off"),
    ("jit", "off"),
];

/// How a database is opened. The library's error could show the address, and with it a password.
pub(crate) fn options(url: &str) -> Option<PgConnectOptions> {
    let options = PgConnectOptions::from_str(url).ok()?;
    Some(options.options(SETTINGS).application_name("engage").disable_statement_logging())
}

/// Connections that stay. One that was cut is noticed when it is taken, and another made in its place.
pub(crate) fn pool(most: u32, patience: Duration) -> PgPoolOptions {
    PgPoolOptions::new().max_connections(most.max(1)).acquire_timeout(patience).idle_timeout(None).max_lifetime(None)
}

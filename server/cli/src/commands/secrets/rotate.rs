//! Everything under the current key.

use engage_server::admin::Admin;
use engage_server::config::Config;
use engage_store::platform::{Inventory, Rewrapped, StoreError, Vault};
use serde_json::json;

use crate::configured::{store, told};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::io::Io;

/// How many versions are put under the current key before it is told how far it is.
const BATCH: usize = 100;

/// Puts everything under the current key. What is done stays done, whatever becomes of this process: another goes on from there.
pub(super) async fn run(admin: &Admin, config: &Config, json: bool, io: &mut Io<'_>) -> Result<Exit, Failure> {
    let safe = super::safe(admin, config).await?;
    let vault = safe.vault().map_err(|error| told(&error))?;
    let done = rewrap(vault, json, io).await?;
    let current = vault.ring().current().id();
    let used = Inventory::new(admin.database.clone()).keys().await.map_err(|error| store(&error))?;
    let unused: Vec<&str> = vault.ring().others().filter(|id| used.iter().all(|used| used.id != *id)).collect();
    if json {
        io.json(&json!({ "current": current, "rewrapped": done, "unused": unused }));
        return Ok(Exit::Fine);
    }
    io.line(match done {
        0 => format!("everything is under the key `{current}` already"),
        done => format!("everything is under the key `{current}`; {done} were put there now"),
    });
    for id in unused {
        io.line(format!(
            "nothing is under the key `{id}` any more: take it out of the configuration of every server, and keep it for as \
             long as copies of the database from before"
        ));
    }
    Ok(Exit::Fine)
}

/// Goes on until nothing is left; how many were put under the current key.
async fn rewrap(vault: &Vault, json: bool, io: &mut Io<'_>) -> Result<u64, Failure> {
    let (mut all, mut before) = (0, u64::MAX);
    loop {
        let Rewrapped { done, left } = vault.rewrap(BATCH).await.map_err(|error| broken(&error, all))?;
        all += done;
        if left == 0 {
            return Ok(all);
        }
        if left >= before {
            let failure =
                Failure::outside(format!("another server goes on to write under another key: {left} are left"));
            return Err(failure.help("make the new key the current one on every server, then rotate again"));
        }
        before = left;
        if !json {
            io.err(format!("{all} are under the current key, {left} are left\n"));
        }
    }
}

fn broken(error: &StoreError, done: u64) -> Failure {
    let mut failure = store(error);
    failure.notes.push(format!("before that: {done} were put under the current key, and stay there"));
    match error {
        StoreError::Corrupt { .. } => failure.help("`engage secrets remove` it, put it anew, and rotate again"),
        _ => failure,
    }
}

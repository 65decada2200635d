//! A server of provisioning with one customer, for clients of others: everything is kept in a temporary folder and gone at the end,
//! or in a database of PostgreSQL that has nothing in it yet.
//!
//! Prints, once it answers, one line of JSON with `base_url` and `token`, and serves until its input ends.
//!
//! ```text
//! cargo run --example scim [ADDRESS OF THE DATABASE]
//! ```

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use engage_engine::run::SystemClock;
use engage_playbooks::ports::{Since, Time};
use engage_server::config::{Config, Flag, Sources};
use engage_server::http::{Bounds, HttpMeasures, Ids, Listener, Surroundings};
use engage_server::scim::{SURFACE, Scim};
use engage_server::work::Around;
use engage_store::platform::{
    Database, Environment, NewToken, OVERLAP, Options, Organisation, Organisations, StoreError, TokenDigest, Tokens,
};
use jiff::Timestamp;
use prometheus_client::registry::Registry;
use serde_json::json;
use tokio::sync::watch;
use uuid::Uuid;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let around = around(folder.path()).await?;
    let token = customer(&around).await?;
    let listener = Listener::bind((Ipv4Addr::LOCALHOST, 0).into()).await?;
    let url = format!("http://{}", listener.address());
    // A verifier asks as fast as it can; the share of requests is not what it is about.
    let raised = ["scim.requests-per-second", "scim.burst"].map(|setting| Flag {
        spelled: "--set".to_owned(),
        setting: setting.to_owned(),
        value: "100000".to_owned(),
    });
    let config = Config::load(&Sources::default().flags(raised)).map_err(|problems| format!("{problems:?}"))?;
    let surroundings = Surroundings {
        surfaces: vec![SURFACE],
        measures: Arc::new(HttpMeasures::of(&mut Registry::default())),
        ids: Arc::clone(&around.ids),
        time: Arc::clone(&around.time),
        follow: None,
        count: None,
    };
    let scim = Scim::new(&around, config.scim, url.clone());
    let router = surroundings.around(Arc::new(scim).routes(), &config);
    let limits = config.limits;
    let bounds = Bounds {
        connections: limits.connections,
        head_time: limits.head_time,
        head_bytes: limits.head_bytes,
        headers: limits.headers,
        drain: config.server.drain,
    };
    let (stop, stopped) = watch::channel(false);
    let served = tokio::spawn(listener.serve(router, None, bounds, stopped));
    writeln!(std::io::stdout(), "{}", json!({ "base_url": url, "token": token }))?;
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await??;
    stop.send(true)?;
    Ok(served.await?)
}

/// A database in a folder or where the first argument says, the machine's clock, ids that are never made twice.
async fn around(folder: &Path) -> Result<Around, StoreError> {
    let ids: Ids = Arc::new(Uuid::new_v4);
    let time: Arc<dyn Time> = Arc::new(Since::new(Arc::new(SystemClock::default()), Timestamp::now()));
    let database = match std::env::args().nth(1) {
        Some(address) => Database::connect(&address, Options::default()).await?,
        None => Database::open(folder.join("engage.db"), Options::default()).await?,
    };
    Ok(Around { database, time, ids, server: "example".to_owned(), wake: Arc::default() })
}

/// A customer, and the token that its directory comes with.
async fn customer(around: &Around) -> Result<String, StoreError> {
    let (id, now) = ((around.ids)(), around.time.timestamp());
    let token = (around.ids)().simple().to_string();
    let organisation = Organisation { id, name: "Contoso".to_owned(), enabled: true, created: now };
    let new = NewToken { id: (around.ids)(), digest: TokenDigest::of(&token), expires: None };
    let written = around.database.write((organisation, new), move |tx, (organisation, new)| {
        Box::pin(async move {
            tx.create_organisation(organisation).await?;
            tx.open_environment(id, Environment::Test, now).await?;
            tx.issue_token(id, Environment::Test, new, OVERLAP, now).await
        })
    });
    let written: Result<(), StoreError> = written.await;
    written?;
    Ok(token)
}

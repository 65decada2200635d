//! Taking offers in: one task per process, a group at a time.

use std::sync::Arc;
use std::time::Duration;

use sqlx::{Connection, PgPool};
use tokio::sync::Notify;

use super::connect::within;
use super::lead::{INTAKE, LOCKS};
use super::listen::{CHANNEL, OFFERED};
use crate::journal::desk::{Inbox, Next};
use crate::journal::failure::Failure;
use crate::journal::rows::{NewEvents, OfferRow, Offers};

/// Numbers are given out in the order in which they can be seen, so that who reads behind a number misses nothing: of all
/// processes one takes offers in at a time.
const IN_ORDER: &str = "SELECT pg_advisory_xact_lock($1, $2)";

const OFFERS: &str = "
WITH offered AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) WITH ORDINALITY AS row (tenant, event, body, place)
), new AS (
    INSERT INTO journal_events (tenant, event) SELECT tenant, event FROM offered WHERE event IS NOT NULL
    ON CONFLICT DO NOTHING
    RETURNING tenant, event
), kept AS (
    INSERT INTO journal_offers (tenant, event, body)
    SELECT tenant, event, body FROM offered
    WHERE event IS NULL OR (tenant, event) IN (SELECT tenant, event FROM new)
    ORDER BY place
)
SELECT tenant, event FROM new";

/// Works until nobody can offer any more.
pub(super) async fn run(pool: PgPool, patience: Duration, news: Arc<Notify>, mut inbox: Inbox) {
    while let Some(next) = inbox.next().await {
        let Next::Group(group) = next else { continue };
        let mut wanted = Offers::default();
        let firsts: Vec<Vec<bool>> = group.offers.iter().map(|ask| wanted.add(&ask.what)).collect();
        let new = within(patience, take_in(&pool, &wanted.rows)).await;
        for (ask, first) in group.offers.into_iter().zip(firsts) {
            let (offered, ask) = ask.split();
            ask.answer(new.as_ref().map(|new| new.of(&offered, first)).map_err(|failure| failure.clone().into()));
        }
        news.notify_one();
    }
}

async fn take_in(pool: &PgPool, offers: &[&OfferRow]) -> Result<NewEvents, Failure> {
    let mut connection = pool.acquire().await?;
    let mut transaction = connection.begin().await?;
    sqlx::query(IN_ORDER).bind(LOCKS).bind(INTAKE).execute(&mut *transaction).await?;
    let tenants: Vec<&str> = offers.iter().map(|row| row.tenant.as_str()).collect();
    let events: Vec<Option<&str>> = offers.iter().map(|row| row.event.as_deref()).collect();
    let bodies: Vec<&str> = offers.iter().map(|row| row.body.as_str()).collect();
    let query = sqlx::query_as(OFFERS).bind(tenants).bind(events).bind(bodies);
    let new: Vec<(String, String)> = query.fetch_all(&mut *transaction).await?;
    sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(OFFERED).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(NewEvents::from(new))
}

//! What the database tells who leads: that something was offered, that somebody asks for a sign of life.

use std::sync::Arc;

use sqlx::PgPool;
use sqlx::postgres::PgListener;
use tokio::sync::{Notify, mpsc};

use crate::journal::desk::Job;

/// Where it is told.
pub(super) const CHANNEL: &str = "engage_journal";
/// Something was offered.
pub(super) const OFFERED: &str = "offered";
/// A stand-by asks for a sign of life.
pub(super) const ALIVE: &str = "alive";

/// Listens for as long as there is a writer. Who does not hear any more does not lead any more: the writer ends too.
pub(super) async fn run(pool: PgPool, news: Arc<Notify>, writer: mpsc::WeakSender<Job>) {
    // Why it ended does not matter: the writer's own connection tells whoever asks.
    let _ = hear(pool, &news, &writer).await;
    tell(&writer, Job::Stop).await;
}

async fn hear(pool: PgPool, news: &Notify, writer: &mpsc::WeakSender<Job>) -> sqlx::Result<()> {
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(CHANNEL).await?;
    // What was said before, nobody heard.
    let mut missed = true;
    loop {
        if missed {
            news.notify_one();
            tell(writer, Job::Alive).await;
        }
        missed = match listener.try_recv().await? {
            Some(told) if told.payload() == OFFERED => {
                news.notify_one();
                false
            }
            Some(told) if told.payload() == ALIVE => {
                tell(writer, Job::Alive).await;
                false
            }
            Some(_) => false,
            // The connection was lost; the next look makes another.
            None => true,
        };
    }
}

async fn tell(writer: &mpsc::WeakSender<Job>, job: Job) {
    if let Some(writer) = writer.upgrade() {
        // A writer that is gone needs to be told nothing.
        let _ = writer.send(job).await;
    }
}

//! Telling organisations of their alerts.

use std::time::Duration;

use async_trait::async_trait;
use engage_store::platform::{Alert, AlertReads, Alerts, Claim, Jobs, StoreError};
use jiff::Timestamp;

use super::{Around, Deaf};

/// How long it is tried to tell of an alert.
const GIVEN_UP: Duration = Duration::from_secs(24 * 3600);
/// For how long it is tried every minute, and how often after that, in minutes.
const EAGER: i64 = 10;
const THEN: i64 = 10;
/// How many alerts are looked at at once.
const MOST: usize = 1000;

/// Tells whom an organisation has named.
#[async_trait]
pub trait Herald: Send + Sync {
    /// Tells of an alert. What comes twice, under the id of the alert, is to be heard once. Where an organisation has named nobody
    /// there is nothing to do.
    ///
    /// # Errors
    /// [`Deaf`] where it was not heard: it is told again.
    async fn tell(&self, alert: &Alert) -> Result<(), Deaf>;
}

/// Nobody is told: alerts stand in the log and in the database.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nobody;

#[async_trait]
impl Herald for Nobody {
    async fn tell(&self, _: &Alert) -> Result<(), Deaf> {
        Ok(())
    }
}

/// Tells of alerts that nobody was told of yet; of how many.
pub(super) async fn told(around: &Around, herald: &dyn Herald, claim: &Claim) -> Result<usize, StoreError> {
    let since = around.now().checked_sub(GIVEN_UP).unwrap_or(Timestamp::MIN);
    let mut told = 0;
    for alert in around.database.reader().untold_alerts(since, MOST).await? {
        let now = around.now();
        if !due(now, alert.opened) {
            continue;
        }
        if let Err(error) = herald.tell(&alert).await {
            tracing::warn!(organisation = %alert.organisation, kind = alert.kind, %error, "an alert was not heard");
            continue;
        }
        let marked = around.database.write((claim.clone(), alert), move |tx, (claim, alert)| {
            Box::pin(async move {
                tx.hold_claim(claim).await?;
                tx.alert_told(alert.organisation, alert.id, now).await
            })
        });
        told += usize::from(marked.await?);
    }
    Ok(told)
}

/// Whether it is time to try: often at first, for most who do not hear are back soon.
fn due(now: Timestamp, opened: Timestamp) -> bool {
    let minutes = now.duration_since(opened).as_secs().max(0) / 60;
    minutes < EAGER || minutes % THEN == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_tried_often_at_first_and_then_now_and_then() {
        let at = |minutes: i64| Timestamp::from_second(minutes * 60 + 7).unwrap();
        let tries: Vec<i64> = (0..41).filter(|minutes| due(at(*minutes), at(0))).collect();
        assert_eq!(tries, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30, 40]);
    }
}

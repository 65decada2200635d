//! What bookings forget by themselves, of every organisation; and meetings that somebody has to take over.

use engage_bookme::meetings::Swept;
use engage_bookme::{Bookme, Error, Tenancy};
use engage_store::platform::{
    Alerts as _, Claim, Jobs as _, Organisation, OrganisationReads as _, Sighting, StoreError,
};
use serde_json::json;

use super::Around;

/// How many organisations are read at once.
const PAGE: usize = 500;
/// How much is forgotten before the rest waits for the next look: a claim is to last for it.
const ROUND: u64 = 10_000;

/// The alert of meetings that lie ahead of employees who have gone, and the most of them that it names.
const GONE: &str = "meetings.employee-gone";
const MOST_NAMED: usize = 50;

/// What is forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sweep {
    /// What is gone from calendars.
    Calendars,
    /// What is personal in meetings of which the time is over.
    Meetings,
}

/// What was done.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Round {
    pub(super) count: usize,
    /// There is more, for the next look.
    pub(super) left: bool,
}

impl Sweep {
    /// The name of its job.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Calendars => "calendars",
            Self::Meetings => "meetings",
        }
    }

    /// The one of a job.
    pub(super) fn named(name: &str) -> Option<Self> {
        [Self::Calendars, Self::Meetings].into_iter().find(|sweep| sweep.name() == name)
    }

    /// Does it for one organisation after the other, those that are disabled too. What one has that cannot be read keeps nobody else's
    /// from being forgotten.
    pub(super) async fn done(self, around: &Around, bookme: &Bookme, claim: &Claim) -> Result<Round, StoreError> {
        let (mut round, mut after) = (Round::default(), None);
        loop {
            let page = around.database.reader().organisations(after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(round) };
            after = Some(last.id);
            for Organisation { id, .. } in page {
                for open in around.database.reader().environments(id).await? {
                    let tenancy = Tenancy { organisation: id, environment: open.environment };
                    self.of(tenancy, around, bookme, claim, &mut round).await?;
                    if self == Self::Meetings {
                        flag(tenancy, around, bookme, claim).await?;
                    }
                    if round.left {
                        return Ok(round);
                    }
                }
            }
        }
    }

    async fn of(
        self,
        tenancy: Tenancy,
        around: &Around,
        bookme: &Bookme,
        claim: &Claim,
        round: &mut Round,
    ) -> Result<(), StoreError> {
        let (organisation, environment) = (tenancy.organisation, tenancy.environment.as_str());
        loop {
            let held = around.database.write(claim.clone(), |tx, claim| Box::pin(tx.hold_claim(claim)));
            let held: Result<(), StoreError> = held.await;
            held?;
            let swept = match self {
                Self::Calendars => bookme.sweep_calendars(&tenancy).await,
                Self::Meetings => bookme.sweep_meetings(&tenancy).await,
            };
            let Swept { count, senseless, more } = match swept {
                Ok(swept) => swept,
                Err(Error::Store(error)) if !matches!(error, StoreError::Corrupt { .. }) => return Err(error),
                Err(error) => {
                    tracing::error!(%organisation, environment, job = self.name(), %error, "nothing is forgotten");
                    return Ok(());
                }
            };
            if senseless > 0 {
                let job = self.name();
                tracing::error!(%organisation, environment, job, senseless, "what cannot be read is not forgotten");
            }
            round.count = round.count.saturating_add(usize::try_from(count).unwrap_or(usize::MAX));
            if !more {
                return Ok(());
            }
            if round.count as u64 >= ROUND {
                round.left = true;
                return Ok(());
            }
        }
    }
}

/// Raises an alert where meetings lie ahead of employees who have gone, and closes it where there are none any more.
async fn flag(tenancy: Tenancy, around: &Around, bookme: &Bookme, claim: &Claim) -> Result<(), StoreError> {
    let Tenancy { organisation, environment } = tenancy;
    let gone = match bookme.meetings_of_the_gone(&tenancy).await {
        Ok(gone) => gone,
        Err(Error::Store(error)) if !matches!(error, StoreError::Corrupt { .. }) => return Err(error),
        Err(error) => {
            tracing::error!(%organisation, environment = environment.as_str(), %error, "whose meetings lie ahead cannot be read");
            return Ok(());
        }
    };
    let named: Vec<_> = gone.keys().take(MOST_NAMED).collect();
    let details = json!({ "meetings": gone.len(), "ids": named });
    let (id, kind, subject) = ((around.ids)(), GONE.to_owned(), String::new());
    let seen = Sighting { organisation, id, environment, kind, subject, details };
    let (now, any) = (around.now(), !gone.is_empty());
    let flagged = around.database.write((claim.clone(), seen), move |tx, (claim, seen)| {
        Box::pin(async move {
            tx.hold_claim(claim).await?;
            if any {
                tx.raise_alert(seen, now).await.map(drop)
            } else {
                tx.close_alert(seen.organisation, seen.environment, GONE, now).await.map(drop)
            }
        })
    });
    flagged.await
}

//! Alerts of credentials that end: some days before, each time that one of the thresholds has passed, and once they have ended.

use std::collections::BTreeMap;
use std::time::Duration;

use engage_store::platform::{
    Alert, AlertReads as _, Alerts as _, Claim, Environment, Jobs as _, OrganisationReads as _, Sighting, StoreError,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Around, TELL};
use crate::admin::{Credential, credentials};

/// The alert of a credential that ends soon.
const ENDS: &str = "credential.ends";
/// The alert of one that has ended.
const ENDED: &str = "credential.ended";
/// How long it is said of a credential that it has ended.
const SAID: Duration = Duration::from_secs(30 * 24 * 3600);
/// How many organisations are asked for at once, and how many open alerts are looked at of one.
const PAGE: usize = 100;
const MOST: usize = 10_000;

/// An alert that is to be open: where, of what kind, of what.
type Key = (Environment, &'static str, String);

/// What is to be changed of the alerts of an organisation.
struct Changes {
    organisation: Uuid,
    close: Vec<Uuid>,
    raise: Vec<Sighting>,
}

/// Opens the alerts of credentials that end, and closes those of credentials that do not any more; how many it changed.
pub(super) async fn told(around: &Around, claim: &Claim) -> Result<usize, StoreError> {
    let (mut after, mut changed) = (None, 0);
    loop {
        let page = around.database.reader().organisations(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(changed) };
        after = Some(last.id);
        for organisation in page.iter().filter(|organisation| organisation.enabled) {
            changed += one(around, claim, organisation.id).await?;
        }
    }
}

async fn one(around: &Around, claim: &Claim, organisation: Uuid) -> Result<usize, StoreError> {
    let now = around.now();
    let open = around.database.reader().environments(organisation).await?;
    let has = |wanted: &Environment| open.iter().any(|found| found.environment == *wanted);
    // What is kept secret is every environment's: of those that there are, the one that matters most is told.
    let Some(foremost) = Environment::ALL.into_iter().rfind(has) else { return Ok(0) };
    let mut wanted = BTreeMap::new();
    for credential in credentials(&around.database, organisation, now).await? {
        wanted.extend(alert(&credential, foremost, now));
    }
    let mut there = Vec::new();
    for kind in [ENDS, ENDED] {
        there.extend(around.database.reader().open_alerts_of(organisation, kind, MOST).await?);
    }
    let changes = changes(around, organisation, wanted, &there);
    let count = changes.close.len() + changes.raise.len();
    if count > 0 {
        write(around, claim, changes, now).await?;
    }
    Ok(count)
}

/// The alert that is to be open of a credential. Its details are told: no value of it is among them.
fn alert(credential: &Credential, foremost: Environment, now: Timestamp) -> Option<(Key, Value)> {
    let days = credential.near(now);
    let kind = match days {
        Some(_) => ENDS,
        None if credential.ended_within(SAID, now) => ENDED,
        None => return None,
    };
    let Credential { id, holder, label, ends, environment, .. } = credential;
    let details = json!({
        "credential": credential.kind.as_str(), "id": id, "holder": holder, "label": label,
        "ends": ends.map(|ends| ends.to_string()), "days": days,
    });
    Some(((environment.unwrap_or(foremost), kind, credential.subject()), details))
}

/// What differs between the alerts that are to be open and those that are. One that says more days than there are is closed, and
/// opened anew: so that somebody is told.
fn changes(around: &Around, organisation: Uuid, mut wanted: BTreeMap<Key, Value>, there: &[Alert]) -> Changes {
    let mut close = Vec::new();
    for alert in there {
        let kind = if alert.kind == ENDS { ENDS } else { ENDED };
        let key = (alert.environment, kind, alert.subject.clone());
        let same = |details: &Value| ["days", "ends"].iter().all(|name| details.get(name) == alert.details.get(name));
        match wanted.get(&key) {
            Some(details) if same(details) => drop(wanted.remove(&key)),
            _ => close.push(alert.id),
        }
    }
    let raise = wanted.into_iter().map(|((environment, kind, subject), details)| Sighting {
        organisation,
        id: (around.ids)(),
        environment,
        kind: kind.to_owned(),
        subject,
        details,
    });
    Changes { organisation, close, raise: raise.collect() }
}

async fn write(around: &Around, claim: &Claim, changes: Changes, now: Timestamp) -> Result<(), StoreError> {
    let (organisation, new) = (changes.organisation, changes.raise.len());
    let written = around.database.write((claim.clone(), changes), move |tx, (claim, changes)| {
        Box::pin(async move {
            tx.hold_claim(claim).await?;
            for id in &changes.close {
                tx.close_one_alert(changes.organisation, *id, now).await?;
            }
            for seen in &changes.raise {
                tx.raise_alert(seen, now).await?;
            }
            if changes.raise.is_empty() { Ok(()) } else { tx.plan_job(TELL, now).await }
        })
    });
    written.await?;
    if new > 0 {
        tracing::warn!(%organisation, new, "credentials end: alerts were raised");
    }
    Ok(())
}

//! One writer: whoever has led does not write any more.

use super::bench::{
    Bench, Outcome, at, batch, blob, ensure, entries, entry, event, fenced, key, lead, ok, record, same, same_entries,
};
use crate::ports::{Batch, Lease, OfferId};
use crate::run::RunState;

pub(super) async fn one_leads(bench: Bench) -> Outcome {
    let other = bench.store.open().await;
    for (who, journal) in [("another", &other), ("the same again", &bench.journal)] {
        let lease = ok(who, journal.lead("another").await)?;
        ensure(lease.is_none(), || format!("{who}: a second lease was given out"))?;
    }
    ok("the lease", bench.journal.holds(&bench.lease).await)?;
    same("the holder", &bench.lease.holder, &"the suite".to_owned())?;
    ok("giving it back", bench.journal.resign(bench.lease.clone()).await)?;
    let next = lead(&*other).await?;
    ensure(next.token > bench.lease.token, || format!("token {} after {}", next.token, bench.lease.token))?;
    ok("the next lease", other.holds(&next).await)?;
    let none = ok("leading again", bench.journal.lead("the first").await)?;
    ensure(none.is_none(), || "the first leads beside the next".to_owned())
}

/// Every call under a lease that is none fails, and changes nothing.
async fn refused(bench: &Bench, lease: &Lease, offered: &[OfferId]) -> Outcome {
    let journal = &bench.journal;
    let (run, ended) = (key("contoso", 1)?, key("contoso", 2)?);
    let late = Batch {
        entries: entries(&run, 1..2),
        runs: vec![record(&run, RunState::Failed, 0, 5)?],
        taken: offered.to_vec(),
        marks: vec![("mark".to_owned(), at(5)?)],
        blobs: vec![blob(&run, 'b', b"late")],
    };
    fenced("append", journal.append(lease, &late).await)?;
    fenced("append of nothing", journal.append(lease, &Batch::default()).await)?;
    fenced("holds", journal.holds(lease).await)?;
    fenced("resign", journal.resign(lease.clone()).await)?;
    fenced("unfinished", journal.unfinished(lease, None, 10).await)?;
    fenced("offered", journal.offered(lease, None, 10).await)?;
    fenced("mark", journal.mark(lease, "mark").await)?;
    fenced("purge", journal.purge(lease, at(1000)?, 10).await)?;
    fenced("erase", journal.erase(lease, &ended).await)?;
    same_entries("the entries", &bench.entries(&run).await?, &entries(&run, 0..1))?;
    same("the record", &bench.run(&run).await?, &Some(record(&run, RunState::Running, 0, 0)?))?;
    same_entries("the one at an end", &bench.entries(&ended).await?, &entries(&ended, 0..1))?;
    same("the blob", &bench.blob("contoso", 'b').await?, &None)
}

/// One run under way, one at an end, a mark, and an offer, whose number is given back.
async fn fill(bench: &Bench) -> Outcome<Vec<OfferId>> {
    bench.offer(&[event("contoso", "event-1")?]).await?;
    bench.begin(record(&key("contoso", 1)?, RunState::Running, 0, 0)?).await?;
    bench.begin(record(&key("contoso", 2)?, RunState::Succeeded, 0, 0)?).await?;
    bench.append(Batch { marks: vec![("mark".to_owned(), at(1)?)], ..Batch::default() }).await?;
    Ok(bench.offered(None, 10).await?.into_iter().map(|(id, _)| id).collect())
}

/// Whoever gave the lease back cannot use it, before and after another leads.
pub(super) async fn what_comes_late(bench: Bench) -> Outcome {
    let offered = fill(&bench).await?;
    ok("giving it back", bench.journal.resign(bench.lease.clone()).await)?;
    refused(&bench, &bench.lease, &offered).await?;
    let next = lead(&*bench.journal).await?;
    refused(&bench, &bench.lease, &offered).await?;
    let mark = ok("the mark", bench.journal.mark(&next, "mark").await)?;
    same("the mark", &mark, &Some(at(1)?))?;
    let left = ok("what was offered", bench.journal.offered(&next, None, 10).await)?;
    same("what was offered", &left.into_iter().map(|(id, _)| id).collect(), &offered)?;
    ok("the next one's batch", bench.journal.append(&next, &batch(entries(&key("contoso", 1)?, 1..2))).await)
}

/// A lease that nobody gave out is none, whatever its token.
pub(super) async fn leases_of_others(bench: Bench) -> Outcome {
    let offered = fill(&bench).await?;
    for token in [0, bench.lease.token.saturating_sub(1), bench.lease.token + 1, u64::MAX] {
        let made_up = Lease { token, holder: bench.lease.holder.clone() };
        if made_up != bench.lease {
            refused(&bench, &made_up, &offered).await?;
        }
    }
    ok("the lease", bench.journal.holds(&bench.lease).await)
}

/// A leader that another has followed cannot write, and what it had under way is not in the way.
pub(super) async fn lost_to_another(bench: Bench) -> Outcome {
    let offered = fill(&bench).await?;
    let other = bench.store.open().await;
    ok("giving it back", bench.journal.resign(bench.lease.clone()).await)?;
    let next = lead(&*other).await?;
    refused(&bench, &bench.lease, &offered).await?;
    let run = key("contoso", 1)?;
    ok("the next one's batch", other.append(&next, &batch(vec![entry(&run, 1)])).await)?;
    fenced("the old one's batch", bench.journal.append(&bench.lease, &batch(vec![entry(&run, 2)])).await)?;
    same_entries("the run", &ok("entries", other.entries(&run).await)?, &entries(&run, 0..2))
}

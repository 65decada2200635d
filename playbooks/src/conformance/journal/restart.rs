//! A process that ends, and one that goes on where it was.

use super::bench::{
    Bench, Outcome, at, batch, blob, ensure, entries, event, key, lead, ok, record, same, same_entries,
};
use crate::ports::Batch;
use crate::run::RunState;

/// Everything that was acknowledged is there, known ids and tokens included.
pub(super) async fn nothing_is_lost(bench: Bench) -> Outcome {
    let run = key("contoso", 1)?;
    let events = [event("contoso", "event-1")?, event("contoso", "event-2")?];
    bench.offer(&events).await?;
    let offered = bench.offered(None, 10).await?;
    let [first, second] = offered.as_slice() else { return Err(format!("2 were offered: {offered:?}")) };
    let kept = Batch {
        entries: entries(&run, 0..3),
        runs: vec![record(&run, RunState::Running, 0, 0)?],
        taken: vec![first.0],
        marks: vec![("mark".to_owned(), at(3)?)],
        blobs: vec![blob(&run, 'a', b"bytes")],
    };
    bench.append(kept).await?;
    let Bench { store, journal, lease } = bench;
    ok("giving it back", journal.resign(lease.clone()).await)?;
    drop(journal);

    let journal = store.open().await;
    let next = lead(&*journal).await?;
    ensure(next.token > lease.token, || format!("token {} after {}", next.token, lease.token))?;
    let bench = Bench { store, journal, lease: next };
    same_entries("the entries", &bench.entries(&run).await?, &entries(&run, 0..3))?;
    same("the record", &bench.run(&run).await?, &Some(record(&run, RunState::Running, 0, 0)?))?;
    same("the blob", &bench.blob("contoso", 'a').await?, &Some(b"bytes".to_vec()))?;
    same("what is offered", &bench.offered(None, 10).await?, &vec![second.clone()])?;
    same("what is known", &bench.offer(&events).await?, &vec![false, false])?;
    same("the mark", &ok("a mark", bench.journal.mark(&bench.lease, "mark").await)?, &Some(at(3)?))?;
    let unfinished = ok("unfinished", bench.journal.unfinished(&bench.lease, None, 10).await)?;
    same("what goes on", &unfinished.len(), &1)?;
    bench.append(batch(entries(&run, 3..4))).await?;
    same_entries("what comes behind", &bench.entries(&run).await?, &entries(&run, 0..4))
}

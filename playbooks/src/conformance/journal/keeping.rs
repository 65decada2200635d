//! What is kept beside runs, and how everything goes.

use super::bench::{Bench, HOSTILE, Outcome, at, batch, blob, entries, fails, key, ok, record, same, same_entries};
use crate::ports::{Batch, JournalError};
use crate::run::{RunKey, RunState};

pub(super) async fn marks(bench: Bench) -> Outcome {
    for (n, name) in (0..).zip(HOSTILE) {
        same("before", &ok("a mark", bench.journal.mark(&bench.lease, name).await)?, &None)?;
        let early = vec![(name.to_owned(), at(0)?), (name.to_owned(), at(100 + n)?)];
        bench.append(Batch { marks: early, ..Batch::default() }).await?;
        same("the later", &ok("a mark", bench.journal.mark(&bench.lease, name).await)?, &Some(at(100 + n)?))?;
        bench.append(Batch { marks: vec![(name.to_owned(), at(n)?)], ..Batch::default() }).await?;
    }
    for (n, name) in (0..).zip(HOSTILE) {
        same("what replaced it", &ok("a mark", bench.journal.mark(&bench.lease, name).await)?, &Some(at(n)?))?;
    }
    let extremes = [("first", jiff::Timestamp::MIN), ("last", jiff::Timestamp::MAX)];
    for (name, at) in extremes {
        bench.append(Batch { marks: vec![(name.to_owned(), at)], ..Batch::default() }).await?;
        same(name, &ok("a mark", bench.journal.mark(&bench.lease, name).await)?, &Some(at))?;
    }
    Ok(())
}

pub(super) async fn blobs(bench: Bench) -> Outcome {
    let run = key("contoso", 1)?;
    let every: Vec<u8> = (0..=255).collect();
    bench.append(Batch { blobs: vec![blob(&run, 'a', &every), blob(&run, 'b', b"")], ..Batch::default() }).await?;
    same("every byte", &bench.blob("contoso", 'a').await?, &Some(every))?;
    same("none", &bench.blob("contoso", 'b').await?, &Some(Vec::new()))?;
    same("one that is not there", &bench.blob("contoso", 'c').await?, &None)?;
    for digest in HOSTILE {
        let found = ok("a blob", bench.journal.blob(&run.tenant, digest).await)?;
        same("what is no digest", &found, &None)?;
    }
    Ok(())
}

/// An ended run with a blob, which may be that of others too.
async fn ended_with(bench: &Bench, key: &RunKey, digest: char) -> Outcome {
    bench.begin(record(key, RunState::Succeeded, 0, 0)?).await?;
    bench.append(Batch { blobs: vec![blob(key, digest, b"bytes")], ..Batch::default() }).await
}

/// A blob goes with the last run that brought it, of its own tenant.
pub(super) async fn shared_blobs(bench: Bench) -> Outcome {
    let (one, two, other) = (key("contoso", 1)?, key("contoso", 2)?, key("fabrikam", 1)?);
    for key in [&one, &two, &other] {
        ended_with(&bench, key, 'a').await?;
    }
    ended_with(&bench, &key("contoso", 3)?, 'b').await?;
    let there = |bytes: bool| if bytes { Some(b"bytes".to_vec()) } else { None };
    for (erased, ours, theirs) in [(&one, true, true), (&two, false, true), (&other, false, false)] {
        same("erased", &ok("erase", bench.journal.erase(&bench.lease, erased).await)?, &true)?;
        same("the tenant's", &bench.blob("contoso", 'a').await?, &there(ours))?;
        same("the other's", &bench.blob("fabrikam", 'a').await?, &there(theirs))?;
    }
    same("of a run that stays", &bench.blob("contoso", 'b').await?, &there(true))?;
    ended_with(&bench, &key("contoso", 4)?, 'a').await?;
    same("brought again", &bench.blob("contoso", 'a').await?, &there(true))?;
    same("purged", &ok("purge", bench.journal.purge(&bench.lease, at(1)?, 10).await)?, &2)?;
    same("its blob", &bench.blob("contoso", 'a').await?, &None)?;
    same("the other blob", &bench.blob("contoso", 'b').await?, &None)
}

pub(super) async fn purge(bench: Bench) -> Outcome {
    let runs = [
        (1, RunState::Succeeded, 10, true),
        (2, RunState::Failed, 20, true),
        (3, RunState::Cancelled, 30, true),
        (4, RunState::Running, 10, false),
        (5, RunState::Queued, 10, false),
        (6, RunState::NeedsIdentity, 10, false),
        (7, RunState::Succeeded, 50, false),
        (8, RunState::Succeeded, 60, false),
    ];
    for (n, state, ended, _) in runs {
        bench.begin(record(&key("contoso", n)?, state, 0, ended)?).await?;
    }
    let mut left = 3usize;
    for expected in [2, 1, 0] {
        same("how many", &ok("purge", bench.journal.purge(&bench.lease, at(50)?, 2).await)?, &expected)?;
        left -= expected;
        let mut there = 0;
        for (n, ..) in runs.iter().filter(|run| run.3) {
            there += usize::from(bench.run(&key("contoso", *n)?).await?.is_some());
        }
        same("how many are left", &there, &left)?;
    }
    for (n, _, _, gone) in runs {
        let run = key("contoso", n)?;
        same("the record", &bench.run(&run).await?.is_none(), &gone)?;
        same_entries("the entries", &bench.entries(&run).await?, &entries(&run, 0..u32::from(!gone)))?;
    }
    let again = key("contoso", 1)?;
    bench.append(batch(entries(&again, 0..2))).await?;
    same_entries("one that begins again", &bench.entries(&again).await?, &entries(&again, 0..2))
}

pub(super) async fn erase(bench: Bench) -> Outcome {
    let (one, other) = (key("contoso", 1)?, key("contoso", 2)?);
    same("one that is none", &ok("erase", bench.journal.erase(&bench.lease, &one).await)?, &false)?;
    bench.begin(record(&other, RunState::Succeeded, 0, 0)?).await?;
    bench.begin(record(&one, RunState::Queued, 0, 0)?).await?;
    for state in [RunState::Queued, RunState::Running, RunState::NeedsIdentity] {
        bench.append(Batch { runs: vec![record(&one, state, 0, 0)?], ..Batch::default() }).await?;
        let got = bench.journal.erase(&bench.lease, &one).await;
        fails("one under way", got, |error| matches!(error, JournalError::Busy(_)))?;
        same_entries("its entries", &bench.entries(&one).await?, &entries(&one, 0..1))?;
    }
    bench.append(Batch { runs: vec![record(&one, RunState::Failed, 0, 0)?], ..Batch::default() }).await?;
    same("at its end", &ok("erase", bench.journal.erase(&bench.lease, &one).await)?, &true)?;
    same("the record", &bench.run(&one).await?, &None)?;
    same_entries("its entries", &bench.entries(&one).await?, &[])?;
    same("again", &ok("erase", bench.journal.erase(&bench.lease, &one).await)?, &false)?;
    same_entries("the other", &bench.entries(&other).await?, &entries(&other, 0..1))
}

/// A run that never ended: whoever leads says that it failed, with the fact or, where its entries cannot be read, by its record
/// alone; then it is at an end for every question, and goes.
pub(super) async fn given_up(bench: Bench) -> Outcome {
    let (told, bare, other) = (key("contoso", 1)?, key("contoso", 2)?, key("contoso", 3)?);
    for run in [&told, &bare, &other] {
        bench.begin(record(run, RunState::NeedsIdentity, 0, 0)?).await?;
    }
    let failed = [record(&told, RunState::Failed, 0, 9)?, record(&bare, RunState::Failed, 0, 9)?];
    bench.append(Batch { entries: entries(&told, 1..2), runs: failed.to_vec(), ..Batch::default() }).await?;
    let left = ok("unfinished", bench.journal.unfinished(&bench.lease, None, 10).await)?;
    same("what is unfinished", &left, &vec![record(&other, RunState::NeedsIdentity, 0, 0)?])?;
    same_entries("with the fact", &bench.entries(&told).await?, &entries(&told, 0..2))?;
    same("too soon", &ok("purge", bench.journal.purge(&bench.lease, at(9)?, 10).await)?, &0)?;
    for run in [&told, &bare] {
        same("erased", &ok("erase", bench.journal.erase(&bench.lease, run).await)?, &true)?;
        same("the record", &bench.run(run).await?, &None)?;
        same_entries("its entries", &bench.entries(run).await?, &[])?;
    }
    same("none is left", &ok("purge", bench.journal.purge(&bench.lease, at(100)?, 10).await)?, &0)?;
    same_entries("the other", &bench.entries(&other).await?, &entries(&other, 0..1))
}

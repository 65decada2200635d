//! Appending: in sequence, whole or not at all.

use futures_util::FutureExt;
use futures_util::future::join_all;

use super::bench::{
    Bench, HOSTILE, Outcome, at, batch, blob, ensure, entries, entry, event, fails, key, ok, playbook, record, same,
    same_entries,
};
use crate::ports::{Batch, Entry, JournalError};
use crate::run::RunState;

pub(super) async fn what_is_appended_comes_back(bench: Bench) -> Outcome {
    let (one, two) = (key("contoso", 1)?, key("contoso", 2)?);
    let facts = HOSTILE.iter().enumerate().map(|(n, text)| Entry {
        key: one.clone(),
        sequence: n as u32,
        fact: serde_json::json!({ "text": text, "number": 1.50 }).to_string(),
    });
    let facts: Vec<Entry> = facts.collect();
    let (first, rest) = facts.split_at(5);
    bench.append(batch([first, &entries(&two, 0..2)].concat())).await?;
    bench.append(batch([&entries(&two, 2..3), rest].concat())).await?;
    same_entries("a run", &bench.entries(&one).await?, &facts)?;
    same_entries("another", &bench.entries(&two).await?, &entries(&two, 0..3))?;
    same_entries("a run that is none", &bench.entries(&key("contoso", 3)?).await?, &[])?;
    same("its record", &bench.run(&key("contoso", 3)?).await?, &None)
}

fn out_of_sequence(error: &JournalError) -> bool {
    matches!(error, JournalError::Sequence { .. })
}

pub(super) async fn sequences(bench: Bench) -> Outcome {
    let run = key("contoso", 1)?;
    let tries = [("a start behind the start", 1..2, 0..0), ("a gap", 3..4, 0..2), ("a repeat", 1..2, 0..2)];
    for (what, wrong, there) in tries {
        if bench.entries(&run).await?.is_empty() && !there.is_empty() {
            bench.append(batch(entries(&run, there.clone()))).await?;
        }
        let got = bench.journal.append(&bench.lease, &batch(entries(&run, wrong))).await;
        if let Err(JournalError::Sequence { key, expected, .. }) = &got {
            same(what, &(key, *expected), &(&run, there.end))?;
        }
        fails(what, got, out_of_sequence)?;
        same_entries(what, &bench.entries(&run).await?, &entries(&run, there))?;
    }
    let within = batch(vec![entry(&run, 2), entry(&run, 4)]);
    fails("a gap within a batch", bench.journal.append(&bench.lease, &within).await, out_of_sequence)?;
    bench.append(batch(entries(&run, 2..3))).await?;
    same_entries("what fits then", &bench.entries(&run).await?, &entries(&run, 0..3))
}

/// A batch that fails at its end leaves nothing of its beginning.
pub(super) async fn all_or_nothing(bench: Bench) -> Outcome {
    let (good, bad) = (key("contoso", 1)?, key("contoso", 2)?);
    bench.offer(&[event("contoso", "event-1")?]).await?;
    let offered = bench.offered(None, 10).await?;
    let whole = Batch {
        entries: vec![entry(&good, 0), entry(&bad, 7)],
        runs: vec![record(&good, RunState::Running, 0, 0)?],
        taken: offered.iter().map(|(id, _)| *id).collect(),
        marks: vec![("mark".to_owned(), at(0)?)],
        blobs: vec![blob(&good, 'a', b"bytes")],
    };
    fails("the batch", bench.journal.append(&bench.lease, &whole).await, out_of_sequence)?;
    same_entries("its entries", &bench.entries(&good).await?, &[])?;
    same("its record", &bench.run(&good).await?, &None)?;
    same("what it took", &bench.offered(None, 10).await?, &offered)?;
    same("its mark", &ok("a mark", bench.journal.mark(&bench.lease, "mark").await)?, &None)?;
    same("its blob", &bench.blob("contoso", 'a').await?, &None)
}

pub(super) async fn records_replace(bench: Bench) -> Outcome {
    let run = key("contoso", 1)?;
    bench.begin(record(&run, RunState::Running, 1, 1)?).await?;
    let mut later = record(&run, RunState::Failed, 1, 9)?;
    later.playbook = playbook("customer-overview")?;
    later.wake_at = Some(at(77)?);
    later.failed_block = Some(engage_engine::ids::RefId::new("lead").map_err(|error| error.to_string())?);
    for reason in HOSTILE {
        later.reason = Some(reason.to_owned());
        later.entries += 1;
        bench.append(Batch { runs: vec![later.clone()], ..Batch::default() }).await?;
        same("the record", &bench.run(&run).await?, &Some(later.clone()))?;
    }
    same_entries("the entries", &bench.entries(&run).await?, &entries(&run, 0..1))?;
    let twice = vec![record(&run, RunState::Running, 1, 10)?, record(&run, RunState::Succeeded, 1, 11)?];
    bench.append(Batch { runs: twice.clone(), ..Batch::default() }).await?;
    same("of two in a batch", &bench.run(&run).await?, &twice.last().cloned())
}

/// Of many who append at once each has its own answer.
pub(super) async fn together(bench: Bench) -> Outcome {
    let keys = (0..64).map(|n| key("contoso", n)).collect::<Outcome<Vec<_>>>()?;
    // Every third one starts where nothing starts.
    let batches: Vec<Batch> =
        (0u32..).zip(&keys).map(|(n, key)| batch(vec![entry(key, u32::from(n % 3 == 0))])).collect();
    let answers = join_all(batches.iter().map(|batch| bench.journal.append(&bench.lease, batch))).await;
    for ((n, key), answer) in (0u32..).zip(&keys).zip(answers) {
        let there = bench.entries(key).await?;
        if n % 3 == 0 {
            fails("one out of sequence", answer, out_of_sequence)?;
            same_entries("one out of sequence", &there, &[])?;
        } else {
            ok("one in sequence", answer)?;
            same_entries("one in sequence", &there, &entries(key, 0..1))?;
        }
    }
    Ok(())
}

/// Of several who append the same entry one succeeds, and it is the one that is there.
pub(super) async fn racing(bench: Bench) -> Outcome {
    let run = key("contoso", 1)?;
    let fact = |n: usize| Entry { fact: format!("{{\"by\":{n}}}"), ..entry(&run, 0) };
    let batches: Vec<Batch> = (0..8).map(|n| batch(vec![fact(n)])).collect();
    let answers = join_all(batches.iter().map(|batch| bench.journal.append(&bench.lease, batch))).await;
    let won: Vec<usize> = answers.iter().enumerate().filter(|(_, got)| got.is_ok()).map(|(n, _)| n).collect();
    let [winner] = won.as_slice() else { return Err(format!("one had to win, {won:?} did")) };
    for lost in answers.into_iter().filter(Result::is_err) {
        fails("one that lost", lost, out_of_sequence)?;
    }
    same_entries("the winner", &bench.entries(&run).await?, &[fact(*winner)])
}

/// A future that is dropped on its way leaves all or nothing, and the journal in order.
pub(super) async fn dropped(bench: Bench) -> Outcome {
    for n in 0..16 {
        let run = key("contoso", n)?;
        let whole = Batch {
            entries: entries(&run, 0..3),
            runs: vec![record(&run, RunState::Running, 0, 0)?],
            ..Batch::default()
        };
        // Polled once, then dropped.
        let _ = bench.journal.append(&bench.lease, &whole).now_or_never();
        bench.append(batch(entries(&key("contoso", 100)?, n as u32..n as u32 + 1))).await?;
        let (entries, record) = (bench.entries(&run).await?.len(), bench.run(&run).await?);
        let halves = (entries, record.is_some());
        ensure(matches!(halves, (0, false) | (3, true)), || format!("half of it is there: {halves:?}"))?;
    }
    Ok(())
}

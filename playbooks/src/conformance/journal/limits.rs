//! Limits: what is at one is taken, what is beyond changes nothing.

use super::bench::{Bench, Outcome, at, batch, blob, entries, entry, event, key, ok, same, same_entries, too_large};
use crate::ports::limits::{MAX_BATCH, MAX_BLOB, MAX_ENTRY, MAX_EVENT_DEPTH, MAX_EVENT_ID, MAX_MARK, MAX_OFFER};
use crate::ports::{Batch, Entry, Offer};

pub(super) async fn batches(bench: Bench) -> Outcome {
    let run = key("contoso", 1)?;
    let of = |bytes: usize, sequence| Entry { fact: "1".repeat(bytes), ..entry(&run, sequence) };
    let marked = |bytes: usize| Ok::<_, String>(vec![("m".repeat(bytes), at(0)?)]);
    let first = entries(&run, 0..1);
    let many = MAX_BATCH / MAX_ENTRY + 1;
    let beyond = [
        ("an entry", batch(vec![entry(&run, 0), of(MAX_ENTRY + 1, 1)])),
        (
            "a blob",
            Batch { entries: first.clone(), blobs: vec![blob(&run, 'a', &vec![0; MAX_BLOB + 1])], ..Batch::default() },
        ),
        ("a mark", Batch { entries: first, marks: marked(MAX_MARK + 1)?, ..Batch::default() }),
        ("a batch", batch((0..many).map(|n| of(MAX_ENTRY, n as u32)).collect())),
    ];
    for (what, batch) in beyond {
        too_large(what, bench.journal.append(&bench.lease, &batch).await)?;
        same_entries(what, &bench.entries(&run).await?, &[])?;
    }
    let longest = blob(&run, 'a', &vec![7; MAX_BLOB]);
    let bytes = longest.bytes.clone();
    bench
        .append(Batch {
            entries: vec![of(MAX_ENTRY, 0)],
            marks: marked(MAX_MARK)?,
            blobs: vec![longest],
            ..Batch::default()
        })
        .await?;
    same_entries("the longest entry", &bench.entries(&run).await?, &[of(MAX_ENTRY, 0)])?;
    same("the longest blob", &(bench.blob("contoso", 'a').await? == Some(bytes)), &true)?;
    let mark = ok("a mark", bench.journal.mark(&bench.lease, &"m".repeat(MAX_MARK)).await)?;
    same("the longest name", &mark, &Some(at(0)?))
}

/// An event with so much more in it.
fn with(id: &str, data: serde_json::Value) -> Outcome<Offer> {
    let mut offer = event("contoso", id)?;
    if let Offer::Event(event) = &mut offer {
        event.data = data;
    }
    Ok(offer)
}

pub(super) async fn offers(bench: Bench) -> Outcome {
    let nested = |levels: usize| (0..levels).fold(serde_json::Value::Null, |inner, _| serde_json::json!([inner]));
    let good = event("contoso", "good")?;
    let frame = with("long", "".into())?.to_json().map_err(|error| error.to_string())?.len();
    let beyond = [
        ("an offer", with("long", "x".repeat(MAX_OFFER - frame + 1).into())?),
        ("an id", event("contoso", &"i".repeat(MAX_EVENT_ID + 1))?),
        ("its nesting", with("deep", nested(MAX_EVENT_DEPTH + 1))?),
    ];
    for (what, offer) in beyond {
        too_large(what, bench.journal.offer(&[good.clone(), offer]).await)?;
        same(what, &bench.offered(None, 10).await?.len(), &0)?;
    }
    let most = vec![
        with("long", "x".repeat(MAX_OFFER - frame).into())?,
        event("contoso", &"i".repeat(MAX_EVENT_ID))?,
        with("deep", nested(MAX_EVENT_DEPTH))?,
    ];
    same("what is at the limits", &bench.offer(&most).await?, &vec![true; 3])?;
    let offered: Vec<Offer> = bench.offered(None, 10).await?.into_iter().map(|(_, offer)| offer).collect();
    same("comes back", &(offered == most), &true)
}

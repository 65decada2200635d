//! Offers: taken in once, in order, until a batch takes them.

use futures_util::future::join_all;

use super::bench::{Bench, HOSTILE, Outcome, ensure, event, key, ok, same};
use crate::ports::{Batch, Offer, OfferId, Request};

pub(super) async fn once(bench: Bench) -> Outcome {
    let one = event("contoso", "event-1")?;
    same("nothing", &bench.offer(&[]).await?, &vec![])?;
    same("the first time", &bench.offer(std::slice::from_ref(&one)).await?, &vec![true])?;
    same("the second time", &bench.offer(std::slice::from_ref(&one)).await?, &vec![false])?;
    let mut changed = one.clone();
    if let Offer::Event(event) = &mut changed {
        event.data = serde_json::json!("other data");
    }
    let two = event("contoso", "event-2")?;
    let elsewhere = event("fabrikam", "event-1")?;
    let several = [changed, two.clone(), two.clone(), elsewhere.clone()];
    same("several", &bench.offer(&several).await?, &vec![false, true, false, true])?;
    let offered: Vec<Offer> = bench.offered(None, 10).await?.into_iter().map(|(_, offer)| offer).collect();
    same("what was offered", &offered, &vec![one, two, elsewhere])
}

/// Ids are compared by their bytes, and none of them does anything.
pub(super) async fn hostile_ids(bench: Bench) -> Outcome {
    let longest = "ø".repeat(100);
    let ids: Vec<&str> = HOSTILE.into_iter().chain([longest.as_str()]).collect();
    let events = ids.iter().map(|id| event("contoso", id)).collect::<Outcome<Vec<_>>>()?;
    same("the first time", &bench.offer(&events).await?, &vec![true; events.len()])?;
    same("the second time", &bench.offer(&events).await?, &vec![false; events.len()])?;
    let offered: Vec<Offer> = bench.offered(None, 100).await?.into_iter().map(|(_, offer)| offer).collect();
    same("what was offered", &offered, &events)
}

/// Of many who offer one event at once, in two processes, one is told that it is new.
pub(super) async fn racing(bench: Bench) -> Outcome {
    let other = bench.store.open().await;
    let offers = [event("contoso", "event-1")?];
    let journals = [&bench.journal, &other];
    let all = (0..32).map(|n| journals.into_iter().cycle().nth(n)).filter_map(|journal| Some(journal?.offer(&offers)));
    let mut new = 0;
    for answer in join_all(all).await {
        new += ok("an offer", answer)?.into_iter().filter(|new| *new).count();
    }
    same("how often it was new", &new, &1)?;
    same("what was offered", &bench.offered(None, 10).await?.len(), &1)
}

pub(super) async fn in_order(bench: Bench) -> Outcome {
    let other = bench.store.open().await;
    let mut expected = Vec::new();
    for n in 0..10 {
        let offers = [event("contoso", &format!("a{n}"))?, event("fabrikam", &format!("b{n}"))?];
        let journal = if n % 2 == 0 { &bench.journal } else { &other };
        ok("offers", journal.offer(&offers).await)?;
        expected.extend(offers);
    }
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = bench.offered(after, 3).await?;
        ensure(page.len() <= 3, || format!("{} where 3 were asked for", page.len()))?;
        let Some((last, _)) = page.last() else { break };
        ensure(after.is_none_or(|after| after < page.first().map_or(after, |first| first.0)), || {
            "ids do not grow".to_owned()
        })?;
        after = Some(*last);
        pages.extend(page.into_iter().map(|(_, offer)| offer));
    }
    same("all pages", &pages, &expected)?;
    same("behind everything", &bench.offered(Some(OfferId(u64::MAX)), 3).await?, &vec![])
}

pub(super) async fn taken(bench: Bench) -> Outcome {
    let events = [event("contoso", "event-1")?, event("contoso", "event-2")?, event("contoso", "event-3")?];
    bench.offer(&events).await?;
    let before = bench.offered(None, 10).await?;
    let [first, second, third] = before.as_slice() else { return Err(format!("3 were offered: {before:?}")) };
    bench.append(Batch { taken: vec![second.0], ..Batch::default() }).await?;
    same("what is left", &bench.offered(None, 10).await?, &vec![first.clone(), third.clone()])?;
    same("offered again", &bench.offer(&events).await?, &vec![false; 3])?;
    bench.append(Batch { taken: vec![first.0, second.0, third.0, OfferId(u64::MAX)], ..Batch::default() }).await?;
    same("what is left then", &bench.offered(None, 10).await?, &vec![])?;
    bench.offer(&[event("contoso", "event-4")?]).await?;
    let last = bench.offered(None, 10).await?;
    ensure(last.iter().all(|(id, _)| *id > third.0), || "a later offer has no greater id".to_owned())
}

/// Requests are no events: each is taken in.
pub(super) async fn requests(bench: Bench) -> Outcome {
    let run = key("contoso", 1)?;
    let block = engage_engine::ids::RefId::new("lead").map_err(|error| error.to_string())?;
    let cancel = Offer::Request(Request::Cancel { key: run.clone(), by: HOSTILE.concat() });
    let retry = Offer::Request(Request::Retry { key: run.clone(), from: Some(block), by: String::new() });
    let all = vec![cancel.clone(), retry, Offer::Request(Request::Identify { key: run }), cancel];
    same("the answer", &bench.offer(&all).await?, &vec![true; 4])?;
    let offered: Vec<Offer> = bench.offered(None, 10).await?.into_iter().map(|(_, offer)| offer).collect();
    same("what was offered", &offered, &all)
}

/// Whoever leads hears of offers, from its own process and from another, also of those from before it listened.
pub(super) async fn news(bench: Bench) -> Outcome {
    let other = bench.store.open().await;
    for n in 0..4 {
        let journal = if n % 2 == 0 { &bench.journal } else { &other };
        ok("an offer", journal.offer(&[event("contoso", &format!("event-{n}"))?]).await)?;
        while bench.offered(None, 10).await?.len() <= n {
            bench.journal.news().await;
        }
        bench.journal.news().await;
    }
    Ok(())
}

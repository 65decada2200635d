//! Lists: of a tenant, newest first; of all tenants, what is not at an end.

use super::bench::{Bench, Outcome, blob, ensure, key, ok, playbook, record, same, same_entries, tenant};
use crate::ports::{Batch, RunPage, RunQuery, RunRecord};
use crate::run::{RunKey, RunState};

const STATES: [RunState; 6] = [
    RunState::Queued,
    RunState::Running,
    RunState::NeedsIdentity,
    RunState::Succeeded,
    RunState::Failed,
    RunState::Cancelled,
];

/// Runs of both tenants, of two playbooks, in every state, several at every instant; those of `contoso`, newest first.
async fn fill(bench: &Bench) -> Outcome<Vec<RunRecord>> {
    let mut all = Vec::new();
    for (n, state) in STATES.into_iter().cycle().take(48).enumerate() {
        let of = if n % 4 == 3 { "fabrikam" } else { "contoso" };
        // The order of ids is neither that of coming nor that of beginning.
        let id = (n as u128).wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
        let mut run = record(&key(of, id)?, state, (n % 5) as i64, 100 + n as i64)?;
        if n % 3 == 0 {
            run.playbook = playbook("customer-overview")?;
        }
        bench.begin(run.clone()).await?;
        all.push(run);
    }
    all.retain(|run| run.key.tenant.as_str() == "contoso");
    all.sort_by_key(|run| std::cmp::Reverse((run.started_at, run.key.run)));
    Ok(all)
}

async fn page(bench: &Bench, query: &RunQuery) -> Outcome<RunPage> {
    ok("a page", bench.journal.runs(&tenant("contoso")?, query).await)
}

/// All pages of a query, of so many each.
async fn pages(bench: &Bench, mut query: RunQuery) -> Outcome<Vec<RunRecord>> {
    let mut runs: Vec<RunRecord> = Vec::new();
    loop {
        let RunPage { runs: some, more } = page(bench, &query).await?;
        ensure(some.len() <= query.most.max(1), || format!("{} where {} were asked for", some.len(), query.most))?;
        ensure(!more || !some.is_empty(), || "more, and nothing on this page".to_owned())?;
        runs.extend(some);
        query.after = runs.last().map(|last| (last.started_at, last.key.run));
        if !more {
            return Ok(runs);
        }
    }
}

pub(super) async fn newest_first(bench: Bench) -> Outcome {
    same(
        "where there is nothing",
        &page(&bench, &RunQuery { most: 5, ..RunQuery::default() }).await?,
        &RunPage::default(),
    )?;
    let all = fill(&bench).await?;
    for most in [0, 1, 2, 7, all.len(), 1000] {
        let found = pages(&bench, RunQuery { most, ..RunQuery::default() }).await?;
        same(&format!("pages of {most}"), &found, &all)?;
    }
    Ok(())
}

pub(super) async fn filters(bench: Bench) -> Outcome {
    let all = fill(&bench).await?;
    let sets = [vec![], vec![RunState::Failed], vec![RunState::Queued, RunState::Succeeded], STATES.to_vec()];
    for of in [None, Some("portal-lead"), Some("customer-overview"), Some("nothing-of-the-kind")] {
        for states in &sets {
            let of = of.map(playbook).transpose()?;
            let fits = |run: &&RunRecord| {
                of.as_ref().is_none_or(|of| *of == run.playbook) && (states.is_empty() || states.contains(&run.state))
            };
            let wanted: Vec<RunRecord> = all.iter().filter(fits).cloned().collect();
            let query = RunQuery { playbook: of.clone(), states: states.clone(), after: None, most: 2 };
            same(&format!("{query:?}"), &pages(&bench, query).await?, &wanted)?;
        }
    }
    Ok(())
}

pub(super) async fn a_page_outlives_its_last_run(bench: Bench) -> Outcome {
    let ended = (0..6).map(|n| record(&key("contoso", n)?, RunState::Succeeded, n as i64, 100));
    let ended = ended.collect::<Outcome<Vec<_>>>()?;
    for run in &ended {
        bench.begin(run.clone()).await?;
    }
    let first = page(&bench, &RunQuery { most: 3, ..RunQuery::default() }).await?;
    let Some(last) = first.runs.last() else { return Err("the first page is empty".to_owned()) };
    ok("erasing", bench.journal.erase(&bench.lease, &last.key).await)?;
    let query = RunQuery { most: 10, after: Some((last.started_at, last.key.run)), ..RunQuery::default() };
    let wanted: Vec<RunRecord> = ended.iter().take(3).rev().cloned().collect();
    same("the second page", &page(&bench, &query).await?, &RunPage { runs: wanted, more: false })
}

/// The id of another tenant's run leads nowhere.
pub(super) async fn tenants(bench: Bench) -> Outcome {
    let (theirs, ours) = (key("contoso", 1)?, key("fabrikam", 1)?);
    bench.begin(record(&theirs, RunState::Succeeded, 0, 0)?).await?;
    bench.append(Batch { blobs: vec![blob(&theirs, 'a', b"theirs")], ..Batch::default() }).await?;
    for near in ["fabrikam", "Contoso", "contoso%", "contos", "contoso1"] {
        let key = key(near, 1)?;
        same_entries("entries", &bench.entries(&key).await?, &[])?;
        same("the record", &bench.run(&key).await?, &None)?;
        same("the blob", &bench.blob(near, 'a').await?, &None)?;
        let query = RunQuery { most: 10, ..RunQuery::default() };
        same("the list", &ok("runs", bench.journal.runs(&key.tenant, &query).await)?, &RunPage::default())?;
        same("erasing", &ok("erase", bench.journal.erase(&bench.lease, &key).await)?, &false)?;
    }
    bench.begin(record(&ours, RunState::Running, 0, 0)?).await?;
    same("their state", &bench.run(&theirs).await?.map(|run| run.state), &Some(RunState::Succeeded))?;
    same("their blob", &bench.blob("contoso", 'a').await?, &Some(b"theirs".to_vec()))
}

pub(super) async fn unfinished(bench: Bench) -> Outcome {
    fill(&bench).await?;
    let back = record(&key("adatum", 7)?, RunState::Failed, 0, 0)?;
    bench.begin(back.clone()).await?;
    let again = RunRecord { state: RunState::Running, ..back };
    bench.append(Batch { runs: vec![again.clone()], ..Batch::default() }).await?;
    let mut wanted = vec![again];
    for of in ["contoso", "fabrikam"] {
        let query = RunQuery { most: 1000, ..RunQuery::default() };
        wanted.extend(ok("runs", bench.journal.runs(&tenant(of)?, &query).await)?.runs);
    }
    wanted.retain(|run| !run.state.at_an_end());
    wanted.sort_by(|a, b| a.key.cmp(&b.key));
    for most in [1, 4, 1000] {
        let (mut found, mut after): (Vec<RunRecord>, Option<RunKey>) = (Vec::new(), None);
        loop {
            let some = ok("unfinished", bench.journal.unfinished(&bench.lease, after.as_ref(), most).await)?;
            let Some(last) = some.last() else { break };
            ensure(some.len() <= most, || format!("{} where {most} were asked for", some.len()))?;
            after = Some(last.key.clone());
            found.extend(some);
        }
        same(&format!("{most} at once"), &found, &wanted)?;
    }
    Ok(())
}

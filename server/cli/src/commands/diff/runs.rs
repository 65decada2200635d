//! Runs that are under way in a version that the new workspace does not have.

use engage_playbooks::ports::RunQuery;
use engage_playbooks::run::{FactKind, RunState, Tenant};

use crate::failure::Failure;
use crate::playbook::journal::{Book, TENANT, told};
use crate::playbook::place::Place;
use crate::timeline::state;
use crate::workspace::Loaded;

/// Runs that are read at a time.
const PAGE: usize = 200;

/// A run that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Affected {
    pub(super) run: String,
    pub(super) playbook: String,
    pub(super) state: &'static str,
}

pub(super) async fn affected(place: &Place, new: &Loaded) -> Result<Vec<Affected>, Failure> {
    let book = Book::existing(Some(place)).await?;
    let tenant = Tenant::new(TENANT).map_err(|error| Failure::outside(error.to_string()))?;
    let states = vec![RunState::Queued, RunState::Running, RunState::NeedsIdentity];
    let mut query = RunQuery { states, most: PAGE, ..RunQuery::default() };
    let mut found = Vec::new();
    loop {
        let page = book.journal().runs(&tenant, &query).await.map_err(|error| told(&error))?;
        for run in &page.runs {
            let facts = book.facts(&run.key).await?;
            let Some(FactKind::Started(beginning)) = facts.first().map(|fact| &fact.kind) else { continue };
            let compiled = new.compiled.get(beginning.crm.as_str(), run.playbook.as_str());
            if compiled.is_none_or(|compiled| compiled.digest != beginning.digest) {
                let (run, playbook, state) = (run.key.run.to_string(), run.playbook.to_string(), state(run.state));
                found.push(Affected { run, playbook, state });
            }
        }
        query.after = page.runs.last().map(|run| (run.started_at, run.key.run));
        if !page.more {
            return Ok(found);
        }
    }
}

//! Runs of one subject, one after the other.

use engage_playbooks::run::Beginning;
use restate_sdk::prelude::*;

use crate::convert::{Go, of_run_key};
use crate::run::EngageRunClient;

/// Takes runs of one meeting and one playbook in their order: Restate lets one call of an object through at a time, in the
/// order in which they came. A run that failed and waits for somebody to look holds up nobody: it is at an end.
pub(crate) struct EngageSubject;

/// A run of a subject.
#[derive(serde::Serialize, serde::Deserialize)]
pub(crate) struct Next {
    /// The key of the run's object.
    pub(crate) run: String,
    /// How it begins.
    pub(crate) beginning: Box<Beginning>,
}

#[object]
impl EngageSubject {
    #[handler]
    async fn next(&self, ctx: ObjectContext<'_>, Json(next): Json<Next>) -> Result<(), TerminalError> {
        let Next { run, beginning } = next;
        of_run_key(&run).ok_or_else(|| TerminalError::new("this is no key of a run"))?;
        ctx.object_client::<EngageRunClient<'_>>(run).go(Json(Go::Begin { beginning })).call().await
    }
}

//! For embedders who snapshot-test their patterns: what an operation plans, comes to and leaves behind, as one text that
//! is the same every time.

use std::error::Error as _;
use std::fmt::Write as _;

use engage_engine::catalog::Pattern;
use engage_engine::plan::{InputShape, plan};
use engage_engine::{Adapter, Catalog, Execution, Identity, Input, Operation, Outcome, Plan};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::memory::MemoryCrm;

/// Plans and executes an operation on a simulated CRM; answers the plan, the outcome and the records afterwards as one
/// text to hand to a snapshot library. Problems and failures stand in the text too, so that they can be held as well.
///
/// The text depends on nothing but the arguments: it runs under a fixed operation key, as the employee `snapshot` or,
/// where the pattern says so, as the application. It shows values: for test data only.
///
/// ```
/// use engage_adapters::memory::{MemoryCrm, Schema};
/// use engage_adapters::{conformance, snapshot};
/// use engage_engine::Operation;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// # let crm_name = "memory".parse().unwrap();
/// // A catalog from a workspace: `Workspace::load("…")?.catalog()?`.
/// # let catalog = conformance::catalog(&crm_name);
/// let crm = MemoryCrm::new(Schema::derive(&catalog, &crm_name)).unwrap().with_catalog(&catalog);
/// let input = serde_json::json!({"contact": {"LastName": "Lund"}});
/// let text = snapshot::of(&catalog, &crm, "no-such-pattern", Operation::Create, &input).await;
/// // insta::assert_snapshot!(text);
/// assert!(text.starts_with("there is no pattern `no-such-pattern` on `memory`"));
/// # }
/// ```
pub async fn of(catalog: &Catalog, crm: &MemoryCrm, pattern: &str, operation: Operation, input: &Json) -> String {
    let Some(pattern) = catalog.pattern(crm.crm().as_str(), pattern) else {
        return format!("there is no pattern `{pattern}` on `{}`\n", crm.crm());
    };
    let input = match Input::from_json(pattern, input) {
        Ok(input) => input,
        Err(problems) => return section("problems", &lines(&problems)),
    };
    let planned = plan(pattern, operation, &InputShape::of(pattern, &input), crm.capabilities());
    let planned = match planned {
        Ok(plan) => plan.explain(),
        Err(problems) => section("problems", &lines(&problems)),
    };
    let end = end(pattern, operation, input, crm).await;
    format!("{}\n\n{end}\n{}", planned.trim_end(), records(crm, catalog))
}

/// The plan and what is in the CRM afterwards, for those who execute by themselves. The ids of records are the same every
/// time only under the same [`operation_key`](Execution::operation_key).
///
/// ```no_run
/// # fn run(plan: engage_engine::Plan, crm: engage_adapters::memory::MemoryCrm, catalog: engage_engine::Catalog) {
/// let text = engage_adapters::snapshot::text(&plan, &crm, &catalog);
/// # }
/// ```
pub fn text(plan: &Plan, crm: &MemoryCrm, catalog: &Catalog) -> String {
    format!("{}\n\n{}", plan.explain().trim_end(), records(crm, catalog))
}

async fn end(pattern: &Pattern, operation: Operation, input: Input, crm: &MemoryCrm) -> String {
    let identity = match pattern.escalation {
        Some(_) => Identity::Application,
        None => Identity::Employee("snapshot".to_owned()),
    };
    let execution = Execution::new(pattern, operation, input, crm, identity).operation_key(Uuid::nil());
    match execution.execute().await {
        Ok(Outcome::Write(effects)) => {
            let mut lines = String::new();
            for (part, effects) in &effects.parts {
                for (position, effect) in effects.iter().enumerate() {
                    let id = effect.id.as_ref().map(|id| format!("  {id}")).unwrap_or_default();
                    // Writing to a String cannot fail.
                    let _ = writeln!(lines, "{part}[{position}] {}{id}", effect.outcome);
                }
            }
            section("outcome", &lines)
        }
        Ok(outcome) => section("outcome", &format!("{:#}\n", outcome.to_json())),
        Err(error) => {
            let cause = error.kind.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            section("stopped", &format!("{error}{cause}\n"))
        }
    }
}

fn records(crm: &MemoryCrm, catalog: &Catalog) -> String {
    section("records", &crm.dump_text(catalog))
}

fn section(title: &str, lines: &str) -> String {
    format!("# {title}\n{lines}")
}

fn lines<T: ToString>(problems: &[T]) -> String {
    problems.iter().map(|problem| problem.to_string() + "\n").collect()
}

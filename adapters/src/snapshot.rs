//! For embedders who snapshot-test their patterns.

use engage_engine::{Catalog, Plan};

use crate::memory::MemoryCrm;

/// The plan and what is in the CRM afterwards, as one stable text to hand to a snapshot library.
///
/// ```no_run
/// # fn run(plan: engage_engine::Plan, crm: engage_adapters::memory::MemoryCrm, catalog: engage_engine::Catalog) {
/// let text = engage_adapters::snapshot::text(&plan, &crm, &catalog);
/// # }
/// ```
pub fn text(plan: &Plan, crm: &MemoryCrm, catalog: &Catalog) -> String {
    format!("{}\n\n# records\n{}", plan.explain().trim_end(), crm.dump_text(catalog))
}

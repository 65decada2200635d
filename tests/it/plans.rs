//! The plan of every pattern we ship: each operation, each target, each set of capabilities; as text, as figures, and
//! past the auditor.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use engage_adapters::memory::presets;
use engage_adapters::targets;
use engage_dsl::Workspace;
use engage_dsl::engine::catalog::Pattern;
use engage_dsl::engine::plan::audit::audit;
use engage_dsl::engine::plan::{InputShape, plan};
use engage_dsl::engine::{Capabilities, Catalog, Operation};

fn starter() -> Catalog {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../playbooks/packages/starter");
    Workspace::load(folder).and_then(|workspace| workspace.catalog()).unwrap()
}

/// The plan of the smallest input, or why there is none; `figures` when it differs from the one before only there.
fn planned(pattern: &Pattern, operation: Operation, capabilities: &Capabilities) -> String {
    let shape = InputShape::minimal(pattern, operation);
    match plan(pattern, operation, &shape, capabilities) {
        Err(problems) => problems.iter().fold(String::new(), |text, problem| format!("{text}{problem}\n")),
        Ok(made) => {
            let findings = audit(&made, pattern, &shape, capabilities);
            assert!(findings.is_empty(), "{} {operation}: {findings:?}\n{}", pattern.id, made.explain());
            assert_eq!(made.groups.len(), made.figures.round_trips);
            let again = plan(pattern, operation, &shape, capabilities).unwrap();
            assert_eq!(again.explain(), made.explain());
            made.explain()
        }
    }
}

#[test]
fn every_pattern_on_its_target() {
    let catalog = starter();
    for (crm, capabilities) in [("dataverse", targets::dataverse()), ("salesforce", targets::salesforce())] {
        for pattern in catalog.patterns(crm) {
            let text = Operation::ALL.map(|operation| planned(pattern, operation, &capabilities)).join("\n");
            insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "snapshots/plans", omit_expression => true }, {
                insta::assert_snapshot!(format!("{}.{crm}", pattern.id), text);
            });
        }
    }
}

#[test]
fn every_pattern_under_every_set_of_capabilities() {
    let catalog = starter();
    let mut table: BTreeMap<String, String> = BTreeMap::new();
    for (name, capabilities) in presets::all() {
        for crm in ["dataverse", "salesforce"] {
            for pattern in catalog.patterns(crm) {
                for operation in Operation::ALL {
                    let text = planned(pattern, operation, &capabilities);
                    let figures: Vec<&str> = text.lines().skip(1).take(2).collect();
                    let _ = writeln!(
                        table.entry(format!("{} {operation} on {crm}", pattern.id)).or_default(),
                        "  {name:18} {}",
                        figures.join("; ")
                    );
                }
            }
        }
    }
    let text = table.iter().fold(String::new(), |text, (title, lines)| format!("{text}{title}\n{lines}\n"));
    insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "snapshots/plans", omit_expression => true }, {
        insta::assert_snapshot!("capabilities", text);
    });
}

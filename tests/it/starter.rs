//! The starter library and the examples: they load, check, and name only what the CRMs have.

use std::path::{Path, PathBuf};

use engage_dsl::Workspace;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// The folders with an `engage.toml` that we ship.
fn workspaces() -> Vec<PathBuf> {
    ["playbooks/packages/starter", "examples/hello-contact", "examples/lead-to-account", "examples/survey"]
        .map(|folder| root().join(folder))
        .to_vec()
}

#[test]
fn what_we_ship_has_no_problems() {
    for folder in workspaces() {
        let workspace = Workspace::load(&folder).unwrap();
        let found: Vec<_> = workspace.diagnostics.iter().map(|found| found.message.clone()).collect();
        assert!(found.is_empty(), "{}: {found:#?}", folder.display());
    }
}

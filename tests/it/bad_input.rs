//! Bad input, as an author meets it: every sample under `fixtures/bad` with the report it gets.

use std::fs;
use std::path::{Path, PathBuf};

use engage_dsl::{Workspace, render};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bad")
}

fn samples() -> Vec<PathBuf> {
    let mut samples: Vec<_> = fs::read_dir(fixtures()).unwrap().map(|entry| entry.unwrap().path()).collect();
    samples.sort();
    samples
}

/// Everything that is wrong with one file, drawn as `engage check` draws it.
fn report(path: &Path) -> String {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let workspace = Workspace::from_sources([(name, fs::read_to_string(path).unwrap())]);
    let report = workspace.check();
    render::text(&workspace.sources, &report.diagnostics, render::Style::default())
}

#[test]
fn every_sample_has_its_report() {
    for path in samples() {
        let report = report(&path);
        assert!(report.contains("error[E"), "{} is accepted", path.display());
        let name = path.file_name().unwrap().to_string_lossy().replace('.', "_");
        insta::with_settings!({ prepend_module_to_snapshot => false, snapshot_path => "../fixtures/reports", omit_expression => true }, {
            insta::assert_snapshot!(name, report);
        });
    }
}

#[test]
fn reports_are_the_same_twice_and_name_line_and_column() {
    for path in samples() {
        let first = report(&path);
        assert_eq!(first, report(&path));
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(first.contains(&format!("{name}:")), "{first}");
    }
}

#[test]
fn a_file_that_is_too_large_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("engage.toml"), "name = \"big\"\ntarget = \"memory\"\n").unwrap();
    fs::write(folder.path().join("big.engage"), "# filler\n".repeat(10 << 20 >> 3)).unwrap();
    let workspace = Workspace::load(folder.path()).unwrap();
    let text = render::text(&workspace.sources, &workspace.check().diagnostics, render::Style::default());
    assert!(text.contains("big.engage") && text.contains("E00"), "{text}");
}

#[test]
fn a_binary_file_is_refused_with_the_place_of_the_first_bad_byte() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("engage.toml"), "name = \"binary\"\ntarget = \"memory\"\n").unwrap();
    fs::write(folder.path().join("image.engage"), [b'a', b'\n', 0xff, 0xd8, 0x00, 0x10]).unwrap();
    let workspace = Workspace::load(folder.path()).unwrap();
    let text = render::text(&workspace.sources, &workspace.check().diagnostics, render::Style::default());
    assert!(text.contains("image.engage") && text.contains("E00"), "{text}");
}

#[test]
fn a_missing_folder_is_said_in_one_line() {
    let error = Workspace::load("/no/such/folder").unwrap_err();
    assert!(error.to_string().contains("there is no folder `/no/such/folder`"), "{error}");
}

#[test]
fn duplicate_ids_across_files_name_both_files() {
    let one = "entity a \"A\" on memory a {\n  Name -> name\n}\n";
    let workspace = Workspace::from_sources([("one.engage", one), ("two.engage", one)]);
    let report = workspace.check();
    let text = render::text(&workspace.sources, &report.diagnostics, render::Style::default());
    assert!(text.contains("one.engage") && text.contains("two.engage"), "{text}");
}

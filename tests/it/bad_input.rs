//! Bad input, as an author meets it: every sample under `fixtures/bad` with the report it gets.

use std::fs;
use std::path::{Path, PathBuf};

use engage_cli::Exit;
use engage_dsl::{Workspace, render};

use crate::cli::{demo, engage, engage_with, without};
use crate::crm::root;

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

/// A report without a sample is of a sample that is gone.
#[test]
fn every_report_has_its_sample() {
    for entry in fs::read_dir(fixtures().with_file_name("reports")).unwrap() {
        let report = entry.unwrap().file_name().to_string_lossy().into_owned();
        let known = samples().iter().any(|sample| {
            report == format!("{}.snap", sample.file_name().unwrap().to_string_lossy().replace('.', "_"))
        });
        assert!(known, "{report}");
    }
}

/// What `engage check` says of a folder with one file beside its `engage.toml`.
fn checked(name: &str, content: &[u8]) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("engage.toml"), "name = \"bad\"\ntarget = \"memory\"\n").unwrap();
    fs::write(folder.path().join(name), content).unwrap();
    let said = engage(&["check", folder.path().to_str().unwrap()]);
    assert_eq!(said.exit, Exit::Problems);
    without(&folder, &said.err)
}

#[test]
fn a_file_that_is_too_large_is_refused_by_name() {
    insta::assert_snapshot!(checked("big.engage", "# filler\n".repeat(10 << 20 >> 3).as_bytes()), @r"
    error[E0004]: the file has 11.2 MiB, at most 4.0 MiB are read
    --> DIR/big.engage:1:1
     = help: split it, or move it out of the workspace
    ");
    insta::assert_snapshot!(checked("big.yaml", "# filler\n".repeat(10 << 20 >> 3).as_bytes()), @r"
    error[E0004]: the file has 11.2 MiB, at most 4.0 MiB are read
    --> DIR/big.yaml:1:1
     = help: split it, or move it out of the workspace
    ");
}

#[test]
fn an_input_that_is_too_large_is_refused_by_name() {
    let folder = demo();
    let plan = ["plan", "account-with-contacts", "--op", "create", "--workspace", folder.path().to_str().unwrap()];
    let said = engage_with(&[&plan[..], &["--input", "-"]].concat(), &"# filler\n".repeat(17 << 20 >> 3));
    assert_eq!(said.exit, Exit::Problems);
    insta::assert_snapshot!(said.err, @"error: `standard input` cannot be read: it is larger than 16 MiB");
    let file = folder.path().join("big.input.yaml");
    fs::write(&file, "# filler\n".repeat(17 << 20 >> 3)).unwrap();
    let said = engage(&[&plan[..], &["--input", file.to_str().unwrap()]].concat());
    assert_eq!(said.exit, Exit::Problems);
    insta::assert_snapshot!(without(&folder, &said.err), @"error: `DIR/big.input.yaml` cannot be read: it is larger than 16 MiB");
}

#[test]
fn a_binary_file_is_refused_with_the_place_of_the_first_bad_byte() {
    insta::assert_snapshot!(checked("image.engage", &[b'a', b'\n', 0xff, 0xd8, 0x00, 0x10]), @r"
    error[E0003]: the file is not UTF-8 text: byte 2 is 0xff
     --> DIR/image.engage:2:1
      |
    2 | �
      | ^
      |
      = help: this looks like a binary file: move it out of the workspace or rename it
    ");
    insta::assert_snapshot!(checked("zeros.yaml", &[b'k', 0, 0, 0]), @r"
    error[E0003]: the file is not UTF-8 text: byte 1 is 0x00
     --> DIR/zeros.yaml:1:2
      |
    1 | k�
      |  ^
      |
      = help: this looks like a binary file: move it out of the workspace or rename it
    ");
}

#[test]
fn a_missing_folder_is_said_in_one_line() {
    let said = engage(&["check", "/no/such/folder"]);
    assert_eq!((said.exit, said.out.as_str()), (Exit::Usage, ""));
    insta::assert_snapshot!(said.err, @r"
    error[E0001]: there is no folder `/no/such/folder`
    help: check the path
    ");
}

#[test]
fn duplicate_ids_across_files_name_both_files() {
    let one = "entity a \"A\" on memory a {\n  Name -> name\n}\n";
    let workspace = Workspace::from_sources([("one.engage", one), ("two.engage", one)]);
    let report = workspace.check();
    let text = render::text(&workspace.sources, &report.diagnostics, render::Style::default());
    insta::assert_snapshot!(text, @r#"
    error[E0201]: `a` is already defined on `memory`
     --> two.engage:1:8
      |
    1 | entity a "A" on memory a {
      |        ^
      |
     ::: one.engage:1:8
      |
    1 | entity a "A" on memory a {
      |        - first defined here
      |
      = help: remove one of the two, or give this one an id of its own
    "#);
}

/// What a command says of an input for a create of the starter's internal meeting; no value of it, and nothing on
/// standard output.
fn refused(command: &[&str], input: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.input.yaml");
    fs::write(&file, input).unwrap();
    let starter = root().join("playbooks/packages/starter");
    let pattern = ["internal-meeting", "--op", "create", "--workspace", starter.to_str().unwrap()];
    let said = engage(&[command, &pattern[..], &["--input", file.to_str().unwrap()]].concat());
    assert_eq!((said.exit, said.out.as_str()), (Exit::Problems, ""), "{}", said.err);
    without(&folder, &said.err)
}

const RUN: [&str; 3] = ["run", "--crm", "memory"];

#[test]
fn counts_that_do_not_match_are_refused_before_any_write() {
    let input = "\
account: {Id: acme}
owner: {Id: ann}
event: {Subject: S, Start: 2026-11-30T08:00:00Z, End: 2026-11-30T09:00:00Z}
advisors: [{Id: ben}, {Id: cora}, {Id: dan}]
invites: [{Role: Required}, {Role: Optional}]
";
    assert_eq!(refused(&["plan"], input), refused(&RUN, input));
    insta::assert_snapshot!(refused(&["plan"], input), @r"
    error[E0454]: `invites` takes one value per instance of `advisors`, which has 3; 2 are given
    --> DIR/bad.input.yaml:5:10
     = help: give as many instances on both sides, in the same order; a list per `advisors` cannot be expressed in one pattern: run it once per `advisors`
    ");
}

#[test]
fn a_value_against_a_requirement_is_refused_before_any_write() {
    let input = "\
account: {Id: acme}
owner: {Id: ann}
event: {Subject: S, Start: 2026-11-30T08:00:00Z, End: 2026-11-30T09:00:00Z, AccountId: another-secret}
";
    let said = refused(&RUN, input);
    assert_eq!(said, refused(&[&RUN[..], &["--dry-run"]].concat(), input));
    assert!(!said.contains("another-secret"), "{said}");
    insta::assert_snapshot!(said, @r"
    error[E0480]: `AccountId` is given, and a requirement gives it another value
    --> DIR/bad.input.yaml:3:88
     = help: leave it out: the requirement sets it
    ");
}

#[test]
fn every_mistake_of_an_input_is_told_at_its_line() {
    let input = "\
account: {Id: 7, Nam: x}
owner: [{Id: ann}, {Id: ben}]
event: {Subject: 5, Start: tomorrow, End: 2026-11-30T09:00:00Z, ShowAs: Gone}
advisor: []
detail: yes
";
    assert_eq!(refused(&["plan"], input), refused(&RUN, input));
    insta::assert_snapshot!(refused(&["plan"], input), @r#"
    error[E0405]: `Id`: expected Ref(account), found a number
    --> DIR/bad.input.yaml:1:15
     = help: write the record's Id as text

    error[E0402]: `account` has no field `Nam`
    --> DIR/bad.input.yaml:1:18
     = help: use a field of the entity — did you mean `Name`?

    error[E0404]: `owner` is single and is given a list of 2
    --> DIR/bad.input.yaml:2:8
     = help: give one instance, or make the part multiple in its pattern

    error[E0403]: `Subject`: expected String, found a number
    --> DIR/bad.input.yaml:3:18
     = help: write text

    error[E0403]: `Start`: not a valid DateTime: it does not read as date, time and offset
    --> DIR/bad.input.yaml:3:28
     = help: write an instant as text with its offset: `"2026-11-24T09:00:00+01:00"`

    error[E0403]: `ShowAs`: not one of the allowed values: Busy, Free, OutOfOffice
    --> DIR/bad.input.yaml:3:73

    error[E0401]: `internal-meeting` has no part `advisor`
    --> DIR/bad.input.yaml:4:1
     = help: use a reference id of the pattern — did you mean `advisors`?

    error[E0404]: `detail` takes instances, this is text
    --> DIR/bad.input.yaml:5:9
     = help: write an object by field, or a list of them
    "#);
}

//! The command line through its library boundary: arguments and streams in, exit code out.

use std::fs;

use engage_cli::{Exit, Io};
use tempfile::TempDir;

use crate::crm::root;

/// What a command said.
pub struct Said {
    pub exit: Exit,
    pub out: String,
    pub err: String,
}

/// Runs `engage` with arguments and nothing on standard input.
pub fn engage<S: AsRef<str>>(arguments: &[S]) -> Said {
    engage_with(arguments, "")
}

/// Runs `engage` with arguments and a text on standard input.
pub fn engage_with<S: AsRef<str>>(arguments: &[S], input: &str) -> Said {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let arguments = std::iter::once("engage").chain(arguments.iter().map(AsRef::as_ref)).map(ToOwned::to_owned);
    let exit = engage_cli::main(arguments, &mut Io::new(input.as_bytes(), &mut out, &mut err));
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { exit, out: text(out), err: text(err) }
}

/// A folder with the workspace of `engage init` in it.
pub fn demo() -> TempDir {
    let folder = TempDir::new().unwrap();
    let said = engage(&["init", folder.path().to_str().unwrap()]);
    assert_eq!(said.exit, Exit::Fine, "{}", said.err);
    folder
}

/// A text without the name of the temporary folder.
pub fn without(folder: &TempDir, text: &str) -> String {
    text.replace(folder.path().to_str().unwrap(), "DIR")
}

#[test]
fn a_slip_in_a_command_names_the_nearest() {
    let said = engage(&["chekc"]);
    assert_eq!(said.exit, Exit::Usage);
    assert!(said.err.contains("'check'"), "{}", said.err);
    assert!(said.out.is_empty());
}

#[test]
fn a_mistake_of_usage_is_json_for_programs() {
    let said = engage(&["plan", "p", "--op", "delete", "--format", "json"]);
    assert_eq!((said.exit, said.out.as_str()), (Exit::Usage, ""));
    insta::assert_snapshot!(said.err, @r#"
    {
      "exit": 2,
      "message": "invalid value 'delete' for '--op <OPERATION>' [possible values: read, create, update]",
      "help": "`engage help COMMAND` tells the options",
      "suggestion": null,
      "notes": [],
      "problems": []
    }
    "#);
    let told = |arguments: &[&str]| -> serde_json::Value { serde_json::from_str(&engage(arguments).err).unwrap() };
    let data = told(&["chekc", "--format=json"]);
    assert_eq!((data["exit"].as_u64(), data["suggestion"].as_str()), (Some(2), Some("check")));
    let data = told(&["plan", "--format", "json"]);
    assert_eq!(data["help"], "Usage: engage plan --format <FORMAT> <NAME>");
    let after = engage(&["check", "--", "--format", "json"]);
    assert!(after.err.starts_with("error: "), "after `--` nothing is an option: {}", after.err);
}

#[test]
fn colour_is_chosen_before_the_arguments_are_understood() {
    let coloured = |arguments: &[&str]| engage(arguments).err.contains('\u{1b}');
    assert!(coloured(&["chekc", "--color", "always"]) && !coloured(&["chekc", "--color", "never"]));
    assert!(engage(&["--color=always", "--help"]).out.contains('\u{1b}'));
}

#[test]
fn every_command_has_help_with_its_exit_code_fine() {
    assert_eq!(engage(&["--help"]).exit, Exit::Fine);
    assert_eq!(commands().len(), 32);
    for name in commands() {
        let said = engage(&[name.as_str(), "--help"]);
        assert_eq!(said.exit, Exit::Fine, "{name}");
        assert!(said.out.contains("Usage: engage"), "{name}: {}", said.out);
    }
}

#[test]
fn init_writes_a_workspace_that_checks_and_never_overwrites() {
    let folder = demo();
    let path = folder.path().to_str().unwrap();
    let said = engage(&["check", path]);
    assert_eq!((said.exit, said.err.as_str()), (Exit::Fine, ""), "{}", said.out);
    let before = fs::read_to_string(folder.path().join("engage.toml")).unwrap();
    let again = engage(&["init", path]);
    assert_eq!(again.exit, Exit::Usage);
    insta::assert_snapshot!(without(&folder, &again.err), @r"
    error: `DIR/engage.toml` is there already; nothing was written
    help: choose another folder: `engage init DIR`
    ");
    assert_eq!(fs::read_to_string(folder.path().join("engage.toml")).unwrap(), before);
}

#[test]
fn check_places_every_problem_and_json_says_the_same() {
    let folder = demo();
    let patterns = folder.path().join("patterns.engage");
    let text = fs::read_to_string(&patterns).unwrap().replace("sort LastName", "sort LastNaem");
    fs::write(&patterns, text).unwrap();
    let path = folder.path().to_str().unwrap();
    let said = engage(&["check", path]);
    assert_eq!(said.exit, Exit::Problems);
    assert!(said.err.contains("did you mean `LastName`?"), "{}", said.err);
    assert!(said.out.ends_with("1 error\n"), "{}", said.out);
    let said = engage(&["check", path, "--format", "json"]);
    assert_eq!((said.exit, said.err.as_str()), (Exit::Problems, ""));
    let data: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(data["errors"], 1);
    assert_eq!(data["problems"][0]["suggestion"], "LastName");
    assert_eq!(data["problems"][0]["line"], 7);
}

#[test]
fn a_folder_that_is_not_there_is_wrong_usage() {
    let said = engage(&["check", "no/such/folder"]);
    assert_eq!(said.exit, Exit::Usage);
    assert!(said.err.contains("no/such/folder"), "{}", said.err);
    let said = engage(&["check", "no/such/folder", "--format", "json"]);
    let data: serde_json::Value = serde_json::from_str(&said.err).unwrap();
    assert_eq!(data["exit"], 2);
    assert_eq!(data["problems"][0]["code"], "E0001");
    assert_eq!(data["message"], "there is no folder `no/such/folder`");
}

#[test]
fn a_case_with_a_slip_is_found_by_check() {
    let folder = demo();
    let case = folder.path().join("cases/create.case.yaml");
    let text = fs::read_to_string(&case).unwrap().replace("operation: create", "operation: craete\nstaet: {}");
    fs::write(&case, text).unwrap();
    let said = engage(&["check", folder.path().to_str().unwrap()]);
    assert_eq!(said.exit, Exit::Problems);
    insta::assert_snapshot!(without(&folder, &said.err), @r"
    error[E0082]: `craete` is no operation
     --> DIR/cases/create.case.yaml:6:12
      |
    6 | operation: craete
      |            ^^^^^^
      |
      = help: use `read`, `create` or `update`

    error[E0080]: a case has no key `staet`
     --> DIR/cases/create.case.yaml:7:1
      |
    7 | staet: {}
      | ^^^^^
      |
      = help: it has kind, name, description, pattern, operation, crm, crms, acting, capabilities, input, state, expect — did you mean `state`?
    ");
}

#[test]
fn a_pattern_is_drawn_in_three_forms() {
    let folder = demo();
    let path = folder.path().to_str().unwrap();
    let graph = |form: &str| engage(&["graph", "account-with-contacts", "--workspace", path, "--format", form]).out;
    insta::assert_snapshot!(graph("mermaid"), @r#"
    flowchart LR
      n0["account<br>account · account"]
      n1[["contacts[]<br>contact · contact<br>optional"]]
      n0 -->|"AccountId = Id"| n1
      classDef dashed stroke-dasharray: 4 3
      class n1 dashed
    "#);
    insta::assert_snapshot!(graph("dot"), @r#"
    digraph "An account with its contacts (account-with-contacts)" {
      rankdir=LR
      node [shape=box]
      n0 [label="account\naccount · account"]
      n1 [label="contacts[]\ncontact · contact\noptional", style="dashed", peripheries=2]
      n0 -> n1 [label="AccountId = Id"]
    }
    "#);
    insta::assert_snapshot!(graph("svg"));
    let data: serde_json::Value = serde_json::from_str(&graph("json")).unwrap();
    assert_eq!(data["nodes"][1]["title"], "contacts[]");
    assert_eq!(data["edges"][0], serde_json::json!({"from": 0, "to": 1, "label": "AccountId = Id", "dashed": false}));
}

#[test]
fn unknown_patterns_and_crms_name_the_nearest() {
    let folder = demo();
    let path = folder.path().to_str().unwrap();
    let said = engage(&["graph", "contact-of-acount", "--workspace", path]);
    assert_eq!(said.exit, Exit::Usage);
    insta::assert_snapshot!(said.err, @r"
    error: the workspace has no pattern `contact-of-acount`
    help: did you mean `contact-of-account`?
    help: the workspace has `account-with-contacts`, `contact-of-account`
    ");
    let said = engage(&["graph", "contact-of-account", "--workspace", path, "--crm", "salesfroce"]);
    assert_eq!(said.exit, Exit::Usage);
    insta::assert_snapshot!(said.err, @r"
    error: the workspace has no definitions on a CRM `salesfroce`
    help: did you mean `salesforce`?
    help: it has `dataverse`, `salesforce`
    ");
}

/// The names of the commands, as the help lists them.
fn commands() -> Vec<String> {
    let help = engage(&["--help"]).out;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = listed.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    names.map(ToOwned::to_owned).collect()
}

#[test]
fn the_readme_knows_every_command_and_every_key_of_a_plan() {
    let readme = fs::read_to_string(root().join("server/cli/README.md")).unwrap();
    for name in commands() {
        let heading = readme.lines().filter(|line| line.starts_with("### "));
        assert!(heading.flat_map(|line| line.split([' ', ','])).any(|word| word == name), "{name}");
    }
    let folder = demo();
    let on = ["--workspace", folder.path().to_str().unwrap(), "--format", "json"];
    let keys = |arguments: &[&str]| -> Vec<String> {
        let data: serde_json::Value = serde_json::from_str(&engage(&[arguments, &on[..]].concat()).out).unwrap();
        data.as_object().unwrap().keys().cloned().collect()
    };
    let told = [
        keys(&["plan", "account-with-contacts", "--op", "create"]),
        keys(&["graph", "account-with-contacts"]),
        keys(&["describe", "account-with-contacts"]),
        keys(&["run", "account-with-contacts", "--op", "update", "--crm", "memory"]),
        keys(&["run", "account-with-contacts", "--op", "update", "--crm", "memory", "--dry-run"]),
    ];
    let access = engage(&["access", on[0], on[1], on[2], on[3]]);
    let access: serde_json::Value = serde_json::from_str(&access.out).unwrap();
    let need = access["needs"][0].as_object().unwrap().keys().cloned().collect();
    for key in told.iter().chain([&need]).flatten() {
        assert!(readme.contains(key.as_str()), "`{key}` is not documented");
    }
}

#[test]
fn completions_of_every_shell_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let said = engage(&["completions", shell]);
        assert_eq!(said.exit, Exit::Fine, "{shell}");
        for word in ["describe", "operation-key"] {
            assert!(said.out.contains(word), "{shell}: {word}");
        }
    }
    let zsh = engage(&["completions", "zsh"]).out;
    assert!(zsh.contains(":DIR:_files -/") && zsh.contains(":FILE:_files"), "folders and files are completed as such");
}

#[test]
fn a_manual_page_is_written_for_every_command() {
    let folder = TempDir::new().unwrap();
    let said = engage(&["man", folder.path().to_str().unwrap(), "--format", "json"]);
    assert_eq!(said.exit, Exit::Fine);
    let data: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(data["written"].as_array().unwrap().len(), 33);
    let page = fs::read_to_string(folder.path().join("engage-test.1")).unwrap();
    assert!(page.starts_with(".TH ENGAGE-TEST 1 \"\" \"engage 0.1.0\" \"engage\"\n"), "{page}");
    let (_, below) = page.split_once(".SH EXAMPLES\n").unwrap();
    assert!(below.starts_with(".nf\nExamples:\n  engage test                              every case"), "{below}");
    assert!(below.contains("\n.SH EXIT STATUS\n.nf\n  0  fine\n  1  problems"), "{below}");
    assert!(below.ends_with(".fi\n.SH SEE ALSO\n.BR engage (1)\n"), "{below}");
    let page = fs::read_to_string(folder.path().join("engage.1")).unwrap();
    assert_eq!(page.matches("3  the outside failed").count(), 1, "{page}");
}

/// A reader that goes away, as `head` does.
struct Closed;

impl std::io::Write for Closed {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let mut err = Vec::new();
    let exit = engage_cli::main(["engage", "completions", "zsh"], &mut Io::new(std::io::empty(), Closed, &mut err));
    assert_eq!((exit, err.len()), (Exit::Fine, 0));
}

#[test]
fn fmt_rewrites_once_and_check_only_tells() {
    let folder = demo();
    let path = folder.path().to_str().unwrap();
    let said = engage(&["fmt", "--check", path]);
    assert_eq!(said.exit, Exit::Fine, "init writes formatted files: {}", said.out);
    let file = folder.path().join("patterns.engage");
    let tidy = fs::read_to_string(&file).unwrap();
    fs::write(&file, tidy.replace("    : ", ":")).unwrap();
    let said = engage(&["fmt", "--check", path]);
    assert_eq!(
        (said.exit, without(&folder, &said.out).as_str()),
        (Exit::Problems, "not formatted: DIR/patterns.engage\n")
    );
    assert_eq!(engage(&["fmt", path]).exit, Exit::Fine);
    assert_eq!(fs::read_to_string(&file).unwrap(), tidy);
    let said = engage_with(&["fmt", "--stdin"], "pattern p \"P\" { a:b }");
    assert_eq!(said.out, "pattern p \"P\" {\n  a : b\n}\n");
    let said = engage_with(&["fmt", "--stdin"], "pattern p \"P {");
    assert_eq!((said.exit, said.out.as_str()), (Exit::Problems, ""));
    assert!(said.err.contains("standard input:1:"), "{}", said.err);
    let said = engage_with(&["fmt", "--stdin", "--format", "json"], "pattern p \"P\" { a:b }");
    let data: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(data["text"], "pattern p \"P\" {\n  a : b\n}\n");
    assert_eq!(data["changed"][0], "standard input");
}

#[test]
fn fmt_tells_of_files_that_it_could_not_read() {
    let folder = demo();
    fs::write(folder.path().join("image.engage"), [0xff, 0xfe, 0]).unwrap();
    fs::write(folder.path().join("image.yaml"), [0xff, 0xfe, 0]).unwrap();
    let said = engage(&["fmt", "--check", folder.path().to_str().unwrap()]);
    assert_eq!((said.exit, said.out.as_str()), (Exit::Problems, ""));
    assert!(said.err.contains("image.engage:1:1") && !said.err.contains("image.yaml"), "{}", said.err);
}

#[test]
fn a_place_that_cannot_hold_a_file_is_wrong_usage() {
    let folder = demo();
    let path = folder.path().to_str().unwrap();
    let file = folder.path().join("engage.toml").to_str().unwrap().to_owned();
    let graph = ["graph", "account-with-contacts", "--workspace", path, "-o"];
    let nowhere = format!("{path}/no/such/folder.svg");
    let told = [
        engage(&[&graph[..], &[path]].concat()),
        engage(&[&graph[..], &[nowhere.as_str()]].concat()),
        engage(&["man", &file]),
        engage(&["init", &file]),
    ];
    assert!(told.iter().all(|said| said.exit == Exit::Usage));
    let told: String = told.iter().map(|said| without(&folder, &said.err)).collect();
    insta::assert_snapshot!(told, @r"
    error: `DIR` cannot be written: this is a folder, a file is expected
    error: `DIR/no/such/folder.svg` cannot be written: there is no such folder
    error: `DIR/engage.toml` cannot be written: a file stands where a folder is needed
    error: `DIR/engage.toml/engage.toml` cannot be written: a file stands where a folder is needed
    ");
}

#[test]
fn the_next_steps_of_init_can_be_pasted() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("it's a demo");
    let said = engage(&["init", path.to_str().unwrap()]);
    assert!(without(&folder, &said.out).contains("\n  engage check 'DIR/it'\\''s a demo'\n"), "{}", said.out);
}

#[test]
fn fmt_reaches_every_file_below_a_folder_and_names_those_it_cannot_read() {
    let folder = demo();
    let file = |name: &str| folder.path().join(name);
    fs::create_dir_all(file("inner")).unwrap();
    fs::write(file("inner/engage.toml"), "name = \"inner\"\n").unwrap();
    fs::write(file("inner/a.engage"), "pattern p \"P\" { a:b }").unwrap();
    fs::write(file("latin.engage"), b"# caf\xe9\n").unwrap();
    fs::write(file("latin.yaml"), b"# caf\xe9\n").unwrap();
    let said = engage(&["fmt", folder.path().to_str().unwrap()]);
    assert_eq!((said.exit, without(&folder, &said.out).as_str()), (Exit::Problems, "formatted DIR/inner/a.engage\n"));
    assert!(said.err.contains("E0003") && said.err.contains("latin.engage:1:6"), "{}", said.err);
    assert!(!said.err.contains("latin.yaml"), "{}", said.err);
}

#[test]
fn convert_goes_both_ways_and_never_overwrites() {
    let folder = demo();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let yaml = engage(&["convert", &file("definitions.engage"), "--to", "yaml", "-o", &file("d.yaml")]);
    assert_eq!(yaml.exit, Exit::Fine, "{}", yaml.err);
    let back = engage(&["convert", &file("d.yaml"), "--to", "engage"]);
    let again = engage(&["convert", &file("definitions.engage"), "--to", "engage"]);
    assert_eq!(back.out, again.out);
    let said = engage(&["convert", &file("definitions.engage"), "--to", "yaml", "-o", &file("d.yaml")]);
    assert_eq!(said.exit, Exit::Usage);
    fs::write(file("twice.engage"), "pattern p { a : b { X = 1, X = 2 } }").unwrap();
    let said = engage(&["convert", &file("twice.engage"), "--to", "yaml"]);
    assert_eq!((said.exit, said.out.as_str()), (Exit::Problems, ""));
    let said = engage(&["convert", &file("cases/create.case.yaml"), "--to", "engage"]);
    assert_eq!((said.exit, said.out.as_str()), (Exit::Usage, ""));
    let said = engage(&["convert", &file("engage.toml"), "--to", "yaml"]);
    assert_eq!(said.exit, Exit::Usage);
    let said = engage(&["convert", &file("definitions.engage"), "--to", "engage", "--format", "json"]);
    let data: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(data["text"], again.out);
    let said = engage(&["convert", &file("none.engage"), "--to", "engage", "--format", "json"]);
    let data: serde_json::Value = serde_json::from_str(&said.err).unwrap();
    assert_eq!(data["exit"], 2);
    fs::write(file("empty.yaml"), "# nothing yet\n").unwrap();
    let said = engage(&["convert", &file("empty.yaml"), "--to", "engage", "-o", &file("empty.engage")]);
    assert_eq!(said.exit, Exit::Problems);
    assert!(said.err.contains("holds no item"), "{}", said.err);
    assert!(!folder.path().join("empty.engage").exists());
    fs::write(file("b.yaml"), [0xff, 0xfe, 0]).unwrap();
    let said = engage(&["convert", &file("b.yaml"), "--to", "engage"]);
    assert_eq!(said.exit, Exit::Problems);
    insta::assert_snapshot!(without(&folder, &said.err), @"error: `DIR/b.yaml` cannot be read: this is no UTF-8 text");
}

#[test]
fn explain_knows_every_code_and_names_the_nearest() {
    let said = engage(&["explain", "e0080"]);
    assert_eq!(said.exit, Exit::Fine);
    assert!(said.out.starts_with("E0080: a key that a case does not have\n"), "{}", said.out);
    assert_eq!(engage(&["explain", "80"]).out, said.out, "the number is enough");
    let said = engage(&["explain", "E0999"]);
    assert_eq!(said.exit, Exit::Usage);
    let said = engage(&["explain", "--format", "json"]);
    let index: Vec<serde_json::Value> = serde_json::from_str(&said.out).unwrap();
    assert!(index.len() > 60);
}

#[test]
fn check_warns_of_what_a_repeat_could_make_twice() {
    let folder = demo();
    let file = folder.path().join("definitions.engage");
    let text = fs::read_to_string(&file).unwrap();
    assert_eq!(engage(&["check", folder.path().to_str().unwrap()]).err, "");
    fs::write(&file, text.replace("  idempotency ExternalKey\n", "")).unwrap();
    let said = engage(&["check", folder.path().to_str().unwrap()]);
    assert_eq!(said.exit, Exit::Fine, "a warning is no error");
    let warned: Vec<&str> = said.err.lines().filter(|line| line.starts_with("warning")).collect();
    assert_eq!(
        warned,
        [
            "warning[E0470]: on salesforce a repeat of `account-with-contacts` could make records twice",
            "warning[E0470]: on salesforce a repeat of `contact-of-account` could make records twice",
        ]
    );
}

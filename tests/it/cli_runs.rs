//! Runs of playbooks in a journal: kept, looked at, let go on, stopped.

use std::fs;

use engage_cli::{Exit, Io};
use serde_json::Value as Json;
use sqlx::Connection as _;
use tempfile::TempDir;

use crate::cli::{Said, engage};
use crate::cli_playbook::{on, workspace};
use crate::crash::cluster::Cluster;

/// A copy of the workspace of these tests, in a folder.
pub fn copy(folder: &TempDir) -> String {
    let to = folder.path().join("copy");
    fs::create_dir(&to).unwrap();
    for entry in fs::read_dir(workspace()).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
    to.display().to_string()
}

pub const VISIT: &str = "kind: Manual\nid: visit-1\ndata: {name: Kari, mail: kari@fjord.example}\n";
pub const BUSY: &str = "- {capability: greeting, error: denied}\n";

/// A run of the visit in the folder's journal, with these answers of the AI.
pub fn kept(folder: &TempDir, ai: &str) -> Said {
    fs::write(folder.path().join("ai.yaml"), ai).unwrap();
    on(folder, "run welcome --event - --crm memory:DIR/crm.json --journal DIR/runs.sqlite --ai DIR/ai.yaml", VISIT)
}

/// `engage runs` on the folder's journal.
pub fn runs(folder: &TempDir, arguments: &str) -> Said {
    let (command, rest) = arguments.split_once(' ').unwrap_or((arguments, ""));
    let at = folder.path().display();
    let mut all = format!("runs {command} {rest} --journal {at}/runs.sqlite");
    if command != "list" && command != "erase" {
        all.push_str(&format!(" --workspace {}", workspace()));
    }
    engage(&all.replace("DIR", &at.to_string()).split_whitespace().collect::<Vec<_>>())
}

/// The one run that there is.
pub fn only(folder: &TempDir) -> String {
    let listed: Json = serde_json::from_str(&runs(folder, "list --format json").out).unwrap();
    assert_eq!(listed["runs"].as_array().unwrap().len(), 1, "{listed}");
    listed["runs"][0]["run"].as_str().unwrap().to_owned()
}

#[test]
fn the_same_event_runs_once() {
    let folder = TempDir::new().unwrap();
    let first = kept(&folder, "[]");
    assert_eq!(first.exit, Exit::Fine, "{}", first.err);
    let records = fs::read_to_string(folder.path().join("crm.json")).unwrap();
    let again = kept(&folder, "[]");
    assert_eq!((again.exit, &again.out), (Exit::Fine, &first.out));
    assert!(again.err.contains("this event was run before"), "{}", again.err);
    assert_eq!(fs::read_to_string(folder.path().join("crm.json")).unwrap(), records);
}

#[test]
fn a_run_that_failed_is_seen_and_goes_on() {
    let folder = TempDir::new().unwrap();
    let failed = kept(&folder, BUSY);
    assert_eq!(failed.exit, Exit::Outside, "an AI is outside");
    assert!(
        failed.err.contains("block `topic`: `greeting` version 1: the key may not use this model"),
        "{}",
        failed.err
    );
    let listed = runs(&folder, "list --state failed");
    assert!(listed.out.contains("welcome  failed") && listed.out.contains("topic: denied"), "{}", listed.out);
    assert_eq!(runs(&folder, "list --state succeeded").out, "# no runs\n");
    let run = only(&folder);
    let shown = runs(&folder, &format!("show {run}"));
    assert!(
        shown.out.contains("topic") && shown.out.contains("denied: ") && !shown.out.contains("kari@"),
        "{}",
        shown.out
    );
    let values = runs(&folder, &format!("show {run} --values"));
    assert!(values.out.contains("mail: kari@fjord.example"), "{}", values.out);
    fs::write(folder.path().join("ai.yaml"), "- {capability: greeting, output: {text: hello}}\n").unwrap();
    let retried = runs(&folder, &format!("retry {run} --crm memory:DIR/crm.json --ai DIR/ai.yaml"));
    assert_eq!(retried.exit, Exit::Fine, "{}", retried.err);
    assert!(
        retried.err.contains("the command line wants it to go on") && retried.err.contains("topic: runs, attempt 2")
    );
    let data: Json = serde_json::from_str(&runs(&folder, &format!("show {run} --format json --values")).out).unwrap();
    assert_eq!(
        (&data["state"], &data["values"]["outputs"]["note"]),
        (&"succeeded".into(), &"Dear Kari, hello\n".into())
    );
    let known = data["timeline"]["blocks"].as_array().unwrap().iter().find(|block| block["block"] == "known").unwrap();
    assert_eq!(known["attempts"], 1, "what was done is not done again");
}

#[test]
fn a_run_is_drawn_from_its_journal() {
    let folder = TempDir::new().unwrap();
    kept(&folder, "[]");
    let run = only(&folder);
    let text = runs(&folder, &format!("timeline {run}")).out;
    assert!(text.starts_with(&format!("welcome {run}: succeeded in ")) && text.contains("* customer create"), "{text}");
    let drawn = runs(&folder, &format!("timeline {run} -o DIR/run.html"));
    assert_eq!((drawn.exit, drawn.out.as_str()), (Exit::Fine, ""), "{}", drawn.err);
    let page = fs::read_to_string(folder.path().join("run.html")).unwrap();
    assert!(page.starts_with("<!doctype html>") && page.contains("create customer") && !page.contains("kari@"));
    let elsewhere = engage(&[
        "runs",
        "timeline",
        &run,
        "--journal",
        &format!("{}/runs.sqlite", folder.path().display()),
        "--workspace",
        &folder.path().display().to_string(),
    ]);
    assert_eq!(elsewhere.exit, Exit::Fine);
    assert!(elsewhere.err.contains("who waited for whom is not known"), "{}", elsewhere.err);
}

#[test]
fn another_version_does_not_go_on_with_a_run() {
    let folder = TempDir::new().unwrap();
    kept(&folder, BUSY);
    let run = only(&folder);
    let copy = copy(&folder);
    let path = folder.path().join("copy/hello.liquid");
    fs::write(path, "Hi {{ name }}, {{ text }}\n").unwrap();
    let journal = format!("{}/runs.sqlite", folder.path().display());
    let said = engage(&["runs", "retry", &run, "--journal", &journal, "--workspace", &copy, "--crm", "memory"]);
    assert_eq!(said.exit, Exit::Problems);
    assert!(said.err.contains("does not have the version of `welcome` that the run began with"), "{}", said.err);
    let drawn = engage(&["runs", "timeline", &run, "--journal", &journal, "--workspace", &copy]);
    let why = "does not have the version that the run began with: who waited for whom is not known";
    assert!(drawn.exit == Exit::Fine && drawn.err.contains(why), "{}", drawn.err);
    let event = folder.path().join("event.yaml");
    fs::write(&event, VISIT).unwrap();
    let event = event.display().to_string();
    let said =
        engage(&["run", "welcome", "--event", &event, "--journal", &journal, "--workspace", &copy, "--crm", "memory"]);
    assert_eq!(said.exit, Exit::Problems);
    assert!(said.err.contains("the run began with another version"), "{}", said.err);
}

#[test]
fn what_is_not_there_or_not_possible_is_wrong_usage() {
    let folder = TempDir::new().unwrap();
    let said = runs(&folder, "list");
    assert_eq!(said.exit, Exit::Usage);
    assert!(said.err.contains("there is no journal") && !folder.path().join("runs.sqlite").exists(), "{}", said.err);
    kept(&folder, "[]");
    let run = only(&folder);
    for (arguments, word) in [
        ("show 00000000-0000-4000-8000-000000000000", "the journal has no run"),
        ("show visit-1", "invalid value 'visit-1' for '<RUN>': a run is named by its UUID"),
        ("list --after visit-1", "a run is named by its UUID"),
        ("list --after 00000000-0000-4000-8000-000000000000", "the journal has no run"),
        ("list --playbook Not/An/Id", "`--playbook Not/An/Id`"),
        ("list --limit 0", "0 is not in 1..=1000"),
        (&format!("cancel {run}"), "is at its end already"),
        (&format!("retry {run} --crm memory"), "ended well"),
        (&format!("timeline {run} -o DIR/run.png"), "is no name for a timeline"),
    ] {
        let said = runs(&folder, arguments);
        assert_eq!(said.exit, Exit::Usage, "{arguments}: {}", said.err);
        assert!(said.err.contains(word), "{arguments}: {}", said.err);
    }
}

#[test]
fn what_is_no_journal_is_told_by_every_command_with_the_way_out() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("runs.sqlite");
    let run = "00000000-0000-4000-8000-000000000000";
    let of_run =
        ["show RUN", "timeline RUN", "cancel RUN", "retry RUN --crm memory"].map(|say| say.replace("RUN", run));
    let all = |exit: Exit, message: &str, help: &str| {
        for command in of_run.iter().map(String::as_str).chain(["list"]) {
            let said = runs(&folder, command);
            assert_eq!(said.exit, exit, "{command}: {}", said.err);
            assert!(said.err.contains(message) && said.err.contains(help), "{command}: {}", said.err);
        }
    };
    all(Exit::Usage, "there is no journal `", "make one");
    assert!(!path.exists());
    fs::create_dir(&path).unwrap();
    all(Exit::Usage, "is a folder, and a journal is a file", "name the file that");
    fs::remove_dir(&path).unwrap();
    fs::write(&path, "a list of things to do").unwrap();
    all(Exit::Problems, "is no journal: it is not a SQLite file", "name the file that");
    assert_eq!(fs::read_to_string(&path).unwrap(), "a list of things to do");
    fs::remove_file(&path).unwrap();
    kept(&folder, "[]");
    for command in &of_run {
        let said = runs(&folder, command);
        assert_eq!(said.exit, Exit::Usage, "{command}: {}", said.err);
        assert!(
            said.err.contains("the journal has no run") && said.err.contains("`engage runs list` lists"),
            "{}",
            said.err
        );
    }
    newer(&folder);
    all(Exit::Outside, "written by a newer version of engage", "");
}

/// Changes a journal behind everybody's back.
pub fn change(folder: &TempDir, sql: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let url = format!("sqlite://{}", folder.path().join("runs.sqlite").display());
        let mut database = sqlx::SqliteConnection::connect(&url).await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut database).await.unwrap();
        database.close().await.unwrap();
    });
}

/// Makes a journal one of a version that is not there yet.
fn newer(folder: &TempDir) {
    let migration = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                     VALUES (999, 'of a later version', 1, x'00', 0)";
    change(folder, migration);
}

#[test]
fn runs_in_postgresql_are_run_looked_at_and_let_go_on_and_no_address_is_shown() {
    let folder = TempDir::new().unwrap();
    let (cluster, runtime) = (Cluster::start(), tokio::runtime::Runtime::new().unwrap());
    // The server asks nobody for a password, so that any will do.
    let url = runtime.block_on(cluster.database()).replace("user=engage", "user=engage&password=hunter2");
    let asked = |command: &str| {
        let said = on(&folder, &format!("{command} --journal {url}"), VISIT);
        let all = format!("{}{}", said.out, said.err);
        assert!(!all.contains("hunter2") && !all.contains("postgres://"), "{command}: {all}");
        said
    };
    fs::write(folder.path().join("ai.yaml"), BUSY).unwrap();
    let run = "run welcome --event - --crm memory:DIR/crm.json --ai DIR/ai.yaml";
    assert_eq!(asked(run).exit, Exit::Outside, "an AI is outside");
    let listed = engage(&["runs", "list", "--state", "failed", "--format", "json", "--journal", &url]);
    let listed: Json = serde_json::from_str(&listed.out).unwrap_or_else(|_| panic!("{}", listed.err));
    let id = listed["runs"][0]["run"].as_str().unwrap();
    assert!(asked(&format!("runs show {id}")).out.contains("topic"));
    assert!(asked(&format!("runs timeline {id}")).out.contains("welcome"));
    let again = asked(&format!("runs retry {id} --crm memory:DIR/crm.json --ai local"));
    assert_eq!(again.exit, Exit::Fine, "{}", again.err);
    let over = asked(&format!("runs cancel {id}"));
    assert_eq!(over.exit, Exit::Usage, "{}", over.err);
    assert!(over.err.contains("is at its end already"), "{}", over.err);
    let tested = engage(&["backtest", &workspace(), "--journal", &url]);
    assert_eq!(tested.out, "1 run: 1 same\n", "{}", tested.err);
    let changed = engage(&["diff", &workspace(), &workspace(), "--journal", &url]);
    assert_eq!(changed.exit, Exit::Fine, "{}", changed.err);
    for wrong in ["postgres://me:hunter2@[/runs", &format!("{url}&sslmode=hunter2")] {
        let said = engage(&["runs", "list", "--journal", wrong]);
        assert_eq!(said.exit, Exit::Outside, "{}", said.err);
        assert!(said.err.contains("`postgres`: ") && !said.err.contains("hunter2"), "{}", said.err);
    }
}

#[test]
fn runs_are_listed_page_by_page() {
    let folder = TempDir::new().unwrap();
    for visit in 0..3 {
        let event = VISIT.replace("visit-1", &format!("visit-{visit}"));
        let said = on(&folder, "run welcome --event - --crm memory --journal DIR/runs.sqlite --ai local", &event);
        assert_eq!(said.exit, Exit::Fine, "{}", said.err);
    }
    let page = |arguments: &str| -> Json { serde_json::from_str(&runs(&folder, arguments).out).unwrap() };
    let first = page("list --limit 2 --format json");
    let next = first["next"].as_str().unwrap().to_owned();
    let second = page(&format!("list --limit 2 --after {next} --format json"));
    assert_eq!((first["runs"].as_array().unwrap().len(), second["runs"].as_array().unwrap().len()), (2, 1));
    assert_eq!((&first["runs"][1]["run"], second["next"].is_null()), (&next.into(), true));
    assert!(runs(&folder, "list --limit 2").out.contains("# more: --after "));
}

#[test]
fn a_terminal_shows_a_tree_that_is_redrawn() {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut io = Io::new(VISIT.as_bytes(), &mut out, &mut err);
    io.set_screen(Some(|| Some(engage_cli::io::Size { columns: 80, rows: 24 })));
    let workspace = workspace();
    let arguments =
        ["engage", "run", "welcome", "--event", "-", "--crm", "memory", "--ai", "local", "--workspace", &workspace];
    assert_eq!(engage_cli::main(arguments, &mut io), Exit::Fine);
    drop(io);
    let drawn = String::from_utf8(err).unwrap();
    let last = drawn.rsplit("\x1b[J").next().unwrap();
    assert!(last.starts_with("welcome: succeeded in") && last.contains("✓ customer create"), "{last}");
    assert!(drawn.lines().all(|line| line.chars().count() < 120), "{drawn}");
}

#[test]
fn past_runs_tell_what_a_new_version_would_write() {
    let folder = TempDir::new().unwrap();
    kept(&folder, "- {capability: greeting, output: {text: hello}}\n");
    let copy = copy(&folder);
    let journal = format!("{}/runs.sqlite", folder.path().display());
    let test = |more: &[&str]| engage(&[&["backtest", &copy, "--journal", &journal], more].concat());
    let same = test(&["--old", &workspace()]);
    assert_eq!((same.exit, same.out.as_str()), (Exit::Fine, "1 run: 1 same\n"), "{}", same.err);
    let path = folder.path().join("copy/playbooks.engage");
    let edit = |from: &str, to: &str| {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{from}");
        fs::write(&path, text.replace(from, to)).unwrap();
    };
    edit("default(\"private\")", "default(\"nobody\")");
    let run = only(&folder);
    let differs = test(&[]);
    assert_eq!(
        differs.out,
        format!("{run}  welcome: differs\n  customer: account[0].Name changes\n1 run: 1 differs\n")
    );
    let values: Json = serde_json::from_str(&test(&["--values", "--format", "json"]).out).unwrap();
    let found = &values["runs"][0]["differences"][0];
    assert_eq!((&found["before"], &found["after"]), (&"private".into(), &"nobody".into()));
    edit("ai topic = greeting { name: trigger.name }", "ai topic = greeting { name: trigger.mail }");
    let asks = test(&["--old", &workspace()]);
    assert!(
        asks.out.contains("topic: asks something else") && asks.out.ends_with("1 run: 1 unknown\n"),
        "{}",
        asks.out
    );
    edit("known.Results | count == 0", "known.Results | count > 0");
    let silent = test(&[]);
    assert!(silent.out.contains("customer: does not write any more"), "{}", silent.out);
    edit("name: trigger.name\n", "name: trigger.company!\n");
    let fails = test(&[]);
    assert_eq!(fails.exit, Exit::Problems, "{}", fails.out);
    assert!(fails.out.contains("welcome: fails: note: "), "{}", fails.out);
    assert!(!fails.out.contains("Kari"), "{}", fails.out);
}

#[test]
fn runs_under_way_in_a_version_that_is_gone_are_told() {
    let folder = TempDir::new().unwrap();
    kept(&folder, "[]");
    let journal = format!("{}/runs.sqlite", folder.path().display());
    let said = engage(&["diff", &workspace(), &workspace(), "--journal", &journal]);
    assert_eq!(
        (said.exit, said.out.as_str()),
        (Exit::Fine, "0 changes, 0 for the worse\n"),
        "runs at their end do not matter"
    );
}

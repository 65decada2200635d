//! The program as a process: a sandbox in one, the commands that ask a CRM in others.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value as Json;

const PROGRAM: &str = env!("CARGO_BIN_EXE_engage");

/// A sandbox in a process of its own.
struct Served {
    process: Child,
    ready: Json,
    variables: Vec<(String, String)>,
    folder: tempfile::TempDir,
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Served {
    fn start(more: &[&str]) -> Self {
        let folder = tempfile::TempDir::new().unwrap();
        let env_file = folder.path().join("sandbox.env");
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let mut process = Command::new(PROGRAM)
            .args(["sandbox", "--log", "--env-file"])
            .arg(&env_file)
            .args(more)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let variables = variables(&env_file);
        Self { process, ready: serde_json::from_str(&line).unwrap(), variables, folder }
    }

    /// Runs a command with what the sandbox wrote down, and more.
    fn engage(&self, arguments: &[&str], more: &[(&str, &str)]) -> Output {
        let mut command = Command::new(PROGRAM);
        command.args(arguments).args(["--workspace", starter().to_str().unwrap()]);
        command.envs(self.variables.iter().cloned()).envs(more.iter().copied()).output().unwrap()
    }

    /// Asks it to end, and what it has printed until then.
    fn end(mut self) -> String {
        let asked = Command::new("kill").arg(self.process.id().to_string()).status().unwrap();
        assert!(asked.success() && self.process.wait().unwrap().success(), "it ends as it should when asked to");
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

/// The variables of lines as `export NAME='value'`; a value may have several lines.
fn variables(path: &Path) -> Vec<(String, String)> {
    let text = std::fs::read_to_string(path).unwrap();
    let all = text.split("export ").skip(1).map(|one| one.split_once("='").unwrap());
    all.map(|(name, value)| (name.to_owned(), value.trim_end().trim_end_matches('\'').to_owned())).collect()
}

fn starter() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../playbooks/packages/starter")
}

fn told(output: &Output) -> Json {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

/// The outcome of each check by its name.
fn checks(told: &Json) -> Vec<(String, String)> {
    let text = |check: &Json, name: &str| check[name].as_str().unwrap().to_owned();
    told["checks"].as_array().unwrap().iter().map(|check| (text(check, "check"), text(check, "outcome"))).collect()
}

#[test]
fn onboarding_is_proven_step_by_step_on_both_crms() {
    let served = Served::start(&[]);
    for crm in ["dataverse", "salesforce"] {
        let application = if crm == "dataverse" { "application" } else { "integration" };
        let user = served.ready[crm]["users"][application]["user_id"].as_str().unwrap();
        let variable = format!("ENGAGE_{}_USER", crm.to_uppercase());
        let arguments = ["verify", "--live", "--crm", crm, "--format", "json"];

        let output = served.engage(&arguments, &[(&variable, &user.to_uppercase())]);
        let found = told(&output);
        let passed = |check: &str| (check.to_owned(), "passed".to_owned());
        let mut expected = vec![passed("application"), passed("user"), passed("employee")];
        expected.push(("pattern".to_owned(), "not-asked".to_owned()));
        assert_eq!((output.status.code(), checks(&found), &found["errors"]), (Some(0), expected, &Json::from(0)));

        let output = served.engage(&arguments, &[(&variable, "somebody-else")]);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(checks(&told(&output))[1], ("user".to_owned(), "failed".to_owned()));
    }
    let wrong = served.engage(&["verify", "--live", "--crm", "dataverse"], &[("ENGAGE_DATAVERSE_CLIENT_SECRET", "no")]);
    assert_eq!(wrong.status.code(), Some(3));
    let said = String::from_utf8(wrong.stderr).unwrap();
    assert!(said.contains("AADSTS7000215") && !said.contains("definitions:"), "{said}");
    let no_employee = served.engage(
        &["verify", "--live", "--crm", "dataverse", "--format", "json"],
        &[("ENGAGE_DATAVERSE_ASSERTION", "eyJ.no.token")],
    );
    assert_eq!(no_employee.status.code(), Some(3), "a token that is none ends it");
}

#[test]
fn a_pattern_is_run_from_end_to_end_and_the_log_shows_it() {
    let served = Served::start(&[]);
    let input = served.folder.path().join("in.yaml");
    std::fs::write(&input, "account: {$filter: {field: Number, operator: Equals, value: '1'}}\n").unwrap();
    let path = input.to_str().unwrap();
    for crm in ["dataverse", "salesforce"] {
        let arguments = ["verify", "--live", "--crm", crm, "--pattern", "customer-overview", "--input", path];
        let output = served.engage(&arguments, &[]);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && said.contains("passed     pattern      customer-overview, read"), "{said}");
    }
    let log = served.end();
    assert!(log.contains("dataverse 200 GET /api/data/v9.2/accounts"), "{log}");
    // The query travels with what hangs on it, in one composite.
    assert!(log.contains("GET /services/data/v66.0/query?q=SELECT"), "{log}");
}

#[test]
fn an_application_that_may_everything_is_told_so() {
    let served = Served::start(&[]);
    for crm in ["dataverse", "salesforce"] {
        let output = served.engage(&["access", "--live", "--crm", crm, "--format", "json"], &[]);
        let found = told(&output);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!(found["live"]["application"]["missing"], serde_json::json!([]));
        assert_eq!(found["live"]["employee"]["missing"], serde_json::json!([]));
        assert!(found["live"]["application"]["excess"].as_array().unwrap().len() > 20);
    }
}

#[test]
fn files_that_are_no_sandbox_files_and_ports_that_are_taken_are_refused() {
    let refused = |arguments: &[&str]| {
        let output = Command::new(PROGRAM).arg("sandbox").args(arguments).output().unwrap();
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let folder = tempfile::TempDir::new().unwrap();
    let file = folder.path().join("a.yaml");
    std::fs::write(&file, "kind: CrmSchema\n").unwrap();
    let (code, said) = refused(&[file.to_str().unwrap()]);
    assert!(code == Some(1) && said.contains("`SandboxSchema` or `SandboxSeed`"), "{said}");
    std::fs::write(&file, "kind: SandboxSeed\ncrm: dataverse\nrows: {accounts: [{nmae: x}]}\n").unwrap();
    let (code, said) = refused(&[file.to_str().unwrap()]);
    assert!(code == Some(1) && said.contains("row 1 of `accounts`") && said.contains("nmae"), "{said}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (code, said) = refused(&["--salesforce-port", &taken.local_addr().unwrap().port().to_string()]);
    assert!(code == Some(2) && said.contains("cannot be bound"), "{said}");
}

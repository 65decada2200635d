//! A CRM of its own process: `engage sandbox` as Dataverse, which whatever happens to a server does not touch.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::client::Client;

/// What Dataverse calls the states of an appointment that the starter's playbooks give it.
pub(crate) const BUSY: i64 = 5;
pub(crate) const CANCELLED: i64 = 4;

/// A CRM that answers.
pub(crate) struct Crm {
    process: Child,
    ready: Json,
    folder: TempDir,
}

/// The workspace that it and the servers have: the starter package.
pub(crate) fn starter() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../playbooks/packages/starter")
}

impl Crm {
    pub(crate) fn start(program: &Path) -> Self {
        let folder = TempDir::new().unwrap();
        let mut command = Command::new(program);
        command.arg("sandbox").arg("--workspace").arg(starter());
        command.arg("--env-file").arg(folder.path().join("env")).arg("--ca-file").arg(folder.path().join("ca.pem"));
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).expect("the CRM is not ready");
        Self { process, ready, folder }
    }

    /// What leads a server here, as an application that acts for nobody.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        let text = std::fs::read_to_string(self.folder.path().join("env")).unwrap();
        let pairs = text.lines().filter_map(|line| line.strip_prefix("export ")?.split_once('='));
        let ours = pairs.filter(|(name, _)| name.starts_with("ENGAGE_DATAVERSE_") && !name.ends_with("_ASSERTION"));
        ours.map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned())).collect()
    }

    fn text(&self, path: &str) -> &str {
        self.ready.pointer(path).and_then(Json::as_str).unwrap_or_else(|| panic!("no {path} in {}", self.ready))
    }

    fn client(&self) -> Client {
        let address = self.text("/dataverse/url").strip_prefix("http://").unwrap();
        Client::new(address, self.text("/dataverse/users/system-administrator/token"))
    }

    /// A customer, by the id that the CRM has for it.
    pub(crate) fn account(&self) -> String {
        let id = uuid::Uuid::new_v4().to_string();
        let account = json!({"accountid": id, "name": "Acme"});
        let made = self.client().call("POST", "/api/data/v9.2/accounts", Some(&account)).unwrap();
        assert_eq!(made.status, 204, "{}", made.body);
        id
    }

    /// Every appointment: the meeting that it is of, and its state.
    pub(crate) fn appointments(&self) -> Vec<(String, i64)> {
        let (mut client, mut all) = (self.client(), Vec::new());
        let mut next = Some("/api/data/v9.2/appointments?$select=amb_meetingkey,statuscode".to_owned());
        while let Some(path) = next {
            let found = client.call("GET", &path, None).unwrap();
            assert_eq!(found.status, 200, "{}", found.body);
            let row = |row: &Json| {
                (row["amb_meetingkey"].as_str().unwrap_or_default().to_owned(), row["statuscode"].as_i64().unwrap())
            };
            all.extend(found.body["value"].as_array().unwrap().iter().map(row));
            let link = found.body["@odata.nextLink"].as_str();
            next = link.map(|link| link[link.find("/api/data").unwrap()..].to_owned());
        }
        all
    }
}

impl Drop for Crm {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

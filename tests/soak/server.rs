//! Processes of the program, and where they keep things.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

use crate::Store;
use crate::client::Client;
use crate::cluster::Cluster;

/// How long something may take to come back.
const PATIENCE: Duration = Duration::from_secs(60);

/// What those come with who look at runs.
pub(crate) const OPERATOR: &str = "whoever-looks-at-runs-knows-this";

const MODEL: &str = r#"
entity contact "Contact" on dataverse contact {
  Id       -> contactid
  LastName -> lastname required
}
pattern person "A person" {
  contact : contact
}
"#;

/// Where things are kept.
pub(crate) struct Place {
    program: PathBuf,
    pub(crate) folder: TempDir,
    pub(crate) database: Option<String>,
    pub(crate) token: String,
    /// What the servers have beside the usual: settings, and what stands in their environment.
    pub(crate) settings: Vec<String>,
    pub(crate) variables: Vec<(String, String)>,
    pub(crate) workspace: PathBuf,
    pub(crate) crm: &'static str,
}

impl Place {
    /// A workspace without playbooks, an organisation, its token.
    pub(crate) fn new(program: &Path, cluster: Option<&Cluster>) -> Self {
        Self::within(program, cluster, |_| ())
    }

    /// The same; the folder of what is kept is made ready before.
    pub(crate) fn within(program: &Path, cluster: Option<&Cluster>, make: impl FnOnce(&Path)) -> Self {
        let folder = TempDir::new().unwrap();
        let (workspace, data) = (folder.path().join("workspace"), folder.path().join("data"));
        let limits = ["scim.requests-per-second=1000000", "scim.burst=1000000"];
        [&workspace, &data].into_iter().for_each(|folder| std::fs::create_dir(folder).unwrap());
        std::fs::write(workspace.join("engage.toml"), "name = \"soak\"\n").unwrap();
        std::fs::write(workspace.join("model.engage"), MODEL).unwrap();
        make(&data);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let database = cluster.map(|cluster| runtime.block_on(cluster.database()));
        let mut place = Self {
            program: program.to_owned(),
            folder,
            database,
            token: String::new(),
            settings: limits.map(str::to_owned).into(),
            variables: Vec::new(),
            workspace,
            crm: "memory",
        };
        place.admin(&["org", "create", "Contoso"]);
        place.token = place.admin(&["scim", "token", "create", "Contoso"]);
        place
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// How large the database is, in mebibytes.
    pub(crate) fn size(&self) -> u64 {
        let bytes = match &self.database {
            None => {
                let files = std::fs::read_dir(self.data()).unwrap().flatten();
                files.map(|file| file.metadata().unwrap().len()).sum()
            }
            Some(database) => tokio::runtime::Runtime::new().unwrap().block_on(async {
                let mut connection = PgConnection::connect(database).await.unwrap();
                let size = sqlx::query_scalar("SELECT pg_database_size(current_database())");
                let bytes: i64 = size.fetch_one(&mut connection).await.unwrap();
                bytes.unsigned_abs()
            }),
        };
        bytes / (1024 * 1024)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).arg("--set").arg(format!("store.data={}", self.data().display()));
        if let Some(database) = &self.database {
            command.env("ENGAGE_STORE_URL", database);
        }
        command
    }

    pub(crate) fn admin(&self, arguments: &[&str]) -> String {
        let said = self.command(arguments).output().unwrap();
        assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
        String::from_utf8(said.stdout).unwrap().trim().to_owned()
    }

    /// Starts a server. The journal of runs is beside the data, so that only the platform's disk is ever full, or where a variable says.
    pub(crate) fn serve(&self) -> Server {
        let mut command = self.command(&["serve", "--organisation", "Contoso", "--target", "dataverse"]);
        command.args(["--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0", "--ai", "local", "--crm", self.crm]);
        command.arg("--workspace").arg(&self.workspace);
        if !self.variables.iter().any(|(name, _)| name == "ENGAGE_JOURNAL") {
            command.arg("--journal").arg(self.folder.path().join("runs.sqlite"));
        }
        for setting in &self.settings {
            command.args(["--set", setting]);
        }
        command.env("ENGAGE_TOKEN", OPERATOR).env("ENGAGE_LOG", "error").envs(self.variables.iter().cloned());
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let complaints = BufReader::new(process.stderr.take().unwrap());
        std::thread::spawn(move || {
            // What it says while its database is away is expected.
            let expected = |line: &String| line.contains("the store failed");
            let lines = complaints.lines().map_while(Result::ok).filter(|line| !expected(line));
            lines.for_each(|line| eprintln!("server: {line}"));
        });
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Json = serde_json::from_str(&line).expect("the server is not ready");
        let address = ready["base_url"].as_str().unwrap().strip_prefix("http://").unwrap().to_owned();
        Server { process, address, token: self.token.clone() }
    }
}

/// A server that is ready.
pub(crate) struct Server {
    process: Child,
    address: String,
    token: String,
}

impl Server {
    pub(crate) fn id(&self) -> u32 {
        self.process.id()
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// As a directory.
    pub(crate) fn client(&self) -> Client {
        Client::new(&self.address, &self.token)
    }

    /// Kills the process, wherever it is.
    pub(crate) fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Waits until it says that it is ready, or that it is not.
    pub(crate) fn until_ready(&self, ready: bool) {
        let until = Instant::now() + PATIENCE;
        while self.client().call("GET", "/readyz", None).is_ok_and(|answer| answer.status == 200) != ready {
            assert!(Instant::now() < until, "ready should be {ready}");
            std::thread::yield_now();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The database server that a store needs.
pub(crate) fn cluster(store: Store) -> Option<Cluster> {
    (store == Store::Postgres).then(Cluster::start)
}

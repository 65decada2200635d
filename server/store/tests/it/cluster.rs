//! A PostgreSQL of our own: made in a folder of its own, gone with the test.
//!
//! Nothing is skipped where PostgreSQL is missing: the tests fail and say what to install.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use sqlx::{Connection, PgConnection};
use tempfile::TempDir;

/// Runs the server until the input ends, so that it goes when this process does, however it does.
const GUARDED: &str = r#""$0" "$@" & server=$!; cat > /dev/null; kill -QUIT $server; wait $server"#;

/// A server, for as long as it is not dropped.
pub(crate) struct Cluster {
    folder: TempDir,
    server: Child,
    databases: AtomicUsize,
}

/// Where the programs are: as the packages of distributions put them, or on the path.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let folders = versions.map(|version| version.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut found: Vec<PathBuf> = folders.chain(std::env::split_paths(&path)).collect();
    found.retain(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file());
    found.sort();
    found
        .pop()
        .expect("PostgreSQL is not installed: `apt-get install postgresql`, or put `initdb` and `postgres` on the path")
}

/// The server does not run as root; root runs it as the user that the package made, or as nobody.
fn user() -> Option<(u32, u32)> {
    let id = Command::new("id").arg("-u").output().unwrap();
    if id.stdout.trim_ascii() != b"0" {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let of = |name: &str| {
        let line = users.lines().find(|line| line.split(':').next() == Some(name))?;
        let ids: Vec<u32> = line.split(':').skip(2).take(2).map(|id| id.parse().unwrap()).collect();
        Some((ids[0], ids[1]))
    };
    Some(of("postgres").or_else(|| of("nobody")).expect("root needs the user `postgres` or `nobody`"))
}

fn command(program: &Path, folder: &Path) -> Command {
    let mut command = Command::new(program);
    if let Some((user, group)) = user() {
        command.uid(user).gid(group);
    }
    command.current_dir(folder).env("LC_ALL", "C.UTF-8");
    command
}

/// Starts the server on its data and waits until it answers.
fn launch(folder: &Path) -> Child {
    let mut server = command(Path::new("/bin/sh"), folder);
    server
        .args(["-c", GUARDED])
        .arg(programs().join("postgres"))
        .arg("-D")
        .arg(folder.join("data"))
        .arg("-k")
        .arg(folder);
    server.args(["-c", "listen_addresses=", "-c", "max_connections=60", "-c", "shared_buffers=32MB"]);
    let mut server = server.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(server.stderr.take().unwrap()).lines().map_while(Result::ok);
    let mut said = Vec::new();
    let ready = lines.by_ref().inspect(|line| said.push(line.clone())).any(|line| line.contains("ready to accept"));
    assert!(ready, "PostgreSQL did not start:\n{}", said.join("\n"));
    // What nobody reads would stop the server once the pipe is full.
    std::thread::spawn(move || lines.for_each(drop));
    server
}

impl Cluster {
    pub(crate) fn start() -> Self {
        let programs = programs();
        let folder = tempfile::Builder::new().prefix("pg").tempdir_in("/tmp").unwrap();
        if let Some((user, group)) = user() {
            chown(folder.path(), Some(user), Some(group)).unwrap();
        }
        let data = folder.path().join("data");
        let mut init = command(&programs.join("initdb"), folder.path());
        let said =
            init.args(["-A", "trust", "-U", "engage", "-E", "UTF8", "--no-sync", "-D"]).arg(&data).output().unwrap();
        assert!(said.status.success(), "initdb: {}", String::from_utf8_lossy(&said.stderr));
        let server = launch(folder.path());
        Self { folder, server, databases: AtomicUsize::new(0) }
    }

    /// Takes the server away, at once and without a word to anybody, for as long as something takes.
    #[allow(dead_code, reason = "not every test takes it away")]
    pub(crate) fn away(&mut self, meanwhile: impl FnOnce()) {
        self.stop();
        meanwhile();
        self.server = launch(self.folder.path());
    }

    /// It answers the end of its input by ending.
    fn stop(&mut self) {
        drop(self.server.stdin.take());
        let _ = self.server.wait();
    }

    fn url_of(&self, database: &str) -> String {
        format!("postgres:///{database}?user=engage&host={}", self.folder.path().display())
    }

    /// A database with nothing in it.
    pub(crate) async fn database(&self) -> String {
        let name = format!("journal{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&self.url_of("postgres")).await.unwrap();
        let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::query(create).execute(&mut connection).await.unwrap();
        self.url_of(&name)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.stop();
    }
}

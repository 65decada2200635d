//! A Restate server in a folder of its own, on ports of its own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use engage_restate::Addresses;
use reqwest::Client;

/// A server that ends with its handle.
pub(crate) struct Server {
    process: Child,
    log: PathBuf,
    pub(crate) addresses: Addresses,
    pub(crate) fabric: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port that nothing listens on and that no test beside this one is given. It lies below the ports that the system hands
/// out for outgoing connections: one of those may be taken again before the server for which it was found has started.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let own = std::process::id() % u32::from(SPAN);
    (0..SPAN)
        .map(|_| (own + u32::from(NEXT.fetch_add(1, Ordering::Relaxed))) % u32::from(SPAN))
        .filter_map(|offset| FIRST.checked_add(offset.try_into().ok()?))
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a port is free")
}

const FIRST: u16 = 21_000;
const SPAN: u16 = 9_000;

/// Where a server of these tests listens.
#[derive(Clone, Copy)]
pub(crate) struct Ports {
    pub(crate) ingress: u16,
    pub(crate) admin: u16,
    pub(crate) fabric: u16,
}

impl Ports {
    pub(crate) fn free() -> Self {
        Self { ingress: free_port(), admin: free_port(), fabric: free_port() }
    }
}

impl Server {
    /// Starts a server that keeps its data in a folder: a server that was killed goes on from there.
    pub(crate) fn start(folder: &Path, ports: Ports, node: &str, settings: &[(&str, String)]) -> Self {
        let program = std::env::var("ENGAGE_RESTATE_SERVER").expect("tests/run.sh says where the server is");
        let at = |port: u16| format!("127.0.0.1:{port}");
        let log = folder.join(format!("{node}.log"));
        let process = Command::new(program)
            .args(["--no-logo", "--node-name", node, "--base-dir"])
            .arg(folder.join("data"))
            .env("RESTATE_LISTEN_MODE", "tcp")
            .env("RESTATE_BIND_IP", "127.0.0.1")
            .env("RESTATE_BIND_PORT", ports.fabric.to_string())
            .env("RESTATE_INGRESS__BIND_ADDRESS", at(ports.ingress))
            .env("RESTATE_ADMIN__BIND_ADDRESS", at(ports.admin))
            .env("RESTATE_DISABLE_TELEMETRY", "true")
            .env("RESTATE_DEFAULT_NUM_PARTITIONS", "4")
            .env("RESTATE_ROCKSDB_TOTAL_MEMORY_SIZE", "256MB")
            .envs(settings.iter().map(|(name, value)| (*name, value.as_str())))
            .stdout(std::fs::File::create(&log).unwrap())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let url = |port: u16| format!("http://127.0.0.1:{port}").parse().unwrap();
        let addresses = Addresses { ingress: url(ports.ingress), admin: url(ports.admin) };
        Self { process, log, addresses, fabric: ports.fabric }
    }

    /// Waits until the server takes calls; one that does not is shown by the end of its log.
    pub(crate) async fn ready(&self) {
        let client = Client::new();
        let health = [format!("{}health", self.addresses.admin), format!("{}restate/health", self.addresses.ingress)];
        for url in health {
            let answers = async || client.get(&url).send().await.is_ok_and(|response| response.status().is_success());
            assert!(within_a_minute(answers).await, "{url} does not answer; its log ends with\n{}", self.end_of_log());
        }
    }

    fn end_of_log(&self) -> String {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    /// Kills the server as a loss of power would.
    pub(crate) fn kill(mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

/// Asks again until it holds, for a minute at most.
pub(crate) async fn eventually(what: &str, holds: impl AsyncFnMut() -> bool) {
    assert!(within_a_minute(holds).await, "{what}: not within a minute");
}

async fn within_a_minute(mut holds: impl AsyncFnMut() -> bool) -> bool {
    let asked = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), asked).await.is_ok()
}

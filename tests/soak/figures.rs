//! What was measured: latencies, and the CPU and memory of processes as Linux tells them.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};

/// Clock ticks of a second, in `/proc`: the same on every Linux.
const TICKS: f64 = 100.0;

/// Latencies of requests.
#[derive(Debug, Default)]
pub(crate) struct Latencies(Vec<Duration>);

impl Latencies {
    pub(crate) fn add(&mut self, took: Duration) {
        self.0.push(took);
    }

    pub(crate) fn absorb(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// In milliseconds.
    fn percentile(&self, percent: usize) -> f64 {
        let mut all = self.0.clone();
        all.sort_unstable();
        let at = (all.len() * percent / 100).min(all.len().saturating_sub(1));
        all.get(at).map_or(0.0, |took| (took.as_secs_f64() * 1e6).round() / 1e3)
    }
}

/// CPU that processes have taken, in seconds.
fn cpu(pid: &str) -> f64 {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // Behind the name, which may hold anything.
    let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|ticks| ticks.parse::<f64>().ok()).unwrap_or_default();
    (ticks(11) + ticks(12)) / TICKS
}

/// Those of the database servers that this process has started: others have their own.
fn databases() -> f64 {
    let text = |pid: &str, file: &str| fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
    let parent = |pid: &str| {
        let stat = text(pid, "stat");
        stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1).map(str::to_owned))
    };
    let own = std::process::id().to_string();
    let is_ours = |pid: &str| {
        // The shell that guards it, the server, its processes.
        let above = std::iter::successors(Some(pid.to_owned()), |pid| parent(pid)).take(4);
        above.skip(1).any(|pid| pid == own)
    };
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let named = processes.filter_map(|process| {
        let pid = process.file_name().into_string().ok()?;
        (text(&pid, "comm").trim() == "postgres" && is_ours(&pid)).then_some(pid)
    });
    named.map(|pid| cpu(&pid)).sum()
}

/// A line of `/proc/PID/status`, in mebibytes.
fn memory(pid: u32, line: &str) -> u64 {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let kibibytes =
        text.lines().find_map(|found| found.strip_prefix(line)?.split_whitespace().next()?.parse::<u64>().ok());
    kibibytes.unwrap_or_default() / 1024
}

/// Something that is being measured.
pub(crate) struct Watch {
    server: u32,
    from: Instant,
    cpu: [f64; 3],
}

impl Watch {
    pub(crate) fn begin(server: u32) -> Self {
        Self { server, from: Instant::now(), cpu: Self::cpu(server) }
    }

    fn cpu(server: u32) -> [f64; 3] {
        [cpu("self"), cpu(&server.to_string()), databases()]
    }

    /// What it has come to.
    pub(crate) fn end(&self, latencies: &Latencies) -> Json {
        let took = self.from.elapsed().as_secs_f64();
        let [generator, server, database] = Self::cpu(self.server);
        let cores = |now: f64, before: f64| ((now - before) / took * 100.0).round() / 100.0;
        let requests = latencies.count();
        let each = (server - self.cpu[1]) / f64::from(u32::try_from(requests.max(1)).unwrap_or(u32::MAX)) * 1e6;
        json!({
            "requests": requests,
            "per_second": (f64::from(u32::try_from(requests).unwrap_or(u32::MAX)) / took).round(),
            "p50_ms": latencies.percentile(50),
            "p99_ms": latencies.percentile(99),
            "cores": {
                "generator": cores(generator, self.cpu[0]),
                "server": cores(server, self.cpu[1]),
                "database": cores(database, self.cpu[2]),
            },
            "server_cpu_us_per_request": each.round(),
            "server_mib": {"now": memory(self.server, "VmRSS:"), "most": memory(self.server, "VmHWM:")},
        })
    }
}

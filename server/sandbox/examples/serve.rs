//! Serves a sandbox until it is killed: the ready line on stdout, the log on stderr.
//!
//! `cargo run -p engage-sandbox --example serve -- [SCHEMA_OR_SEED.yaml ...]`

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "an example talks to its user")]

use std::error::Error;
use std::sync::Arc;

use engage_sandbox::{Options, Sandbox};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut options = Options { print: Some(Arc::new(|line: &str| eprintln!("{line}"))), ..Options::default() };
    for path in std::env::args().skip(1) {
        let text = std::fs::read_to_string(path)?;
        let texts = if text.contains("SandboxSeed") { &mut options.seeds } else { &mut options.schemas };
        texts.push(text);
    }
    let running = Sandbox::start(options).await?;
    println!("{}", running.ready_line());
    std::future::pending::<()>().await;
    Ok(())
}

//! What is told while the process serves: logs on standard error, and spans to a collector.

use clap::ValueEnum;
use engage_server::config::Log;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Registry, fmt};

use super::settings::variable;
use crate::failure::Failure;

/// How logs are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    /// For people
    #[default]
    Text,
    /// A line of JSON for each
    Json,
}

/// Something that is told of everything.
pub(super) type Boxed = Box<dyn Layer<Registry> + Send + Sync>;

/// What is logged where nobody says.
const FILTER: &str = "info";

/// Begins to log, and to send spans where the environment names a collector.
///
/// # Errors
/// When the environment says something that cannot be.
pub(super) fn begin(form: LogForm, config: Option<&Log>, runtime: &tokio::runtime::Handle) -> Result<Spans, Failure> {
    let usual = config.map_or(FILTER, |config| &config.filter);
    let words = variable("ENGAGE_LOG")?.unwrap_or_else(|| usual.to_owned());
    let filter: Targets = words.parse().map_err(|_| {
        Failure::usage("`ENGAGE_LOG` cannot be read").help("`info`, `debug`, or by module: `warn,engage_runner=debug`")
    })?;
    let lines: Boxed = match form {
        LogForm::Text if !config.is_some_and(|config| config.json) => {
            fmt::layer().with_ansi(false).with_writer(std::io::stderr).with_filter(filter).boxed()
        }
        _ => fmt::layer().json().flatten_event(true).with_writer(std::io::stderr).with_filter(filter).boxed(),
    };
    let (spans, layer) = spans::begin(runtime)?;
    // A program that has a subscriber of its own keeps it.
    let layers: Vec<Boxed> = std::iter::once(lines).chain(layer).collect();
    let _ = tracing_subscriber::registry().with(layers).try_init();
    Ok(spans)
}

pub(super) use spans::{FOLLOW, Spans};

#[cfg(feature = "otlp")]
use super::otlp as spans;

#[cfg(not(feature = "otlp"))]
mod spans {
    //! Without a collector.

    use super::super::settings::variable;
    use super::Boxed;
    use crate::failure::Failure;

    use engage_server::http::Follow;

    /// Nothing is sent.
    pub(in super::super) struct Spans;

    /// Nothing is followed.
    pub(in super::super) const FOLLOW: Option<Follow> = None;

    impl Spans {
        pub(in super::super) async fn close(self) {}
    }

    pub(super) fn begin(_: &tokio::runtime::Handle) -> Result<(Spans, Option<Boxed>), Failure> {
        match variable("OTEL_EXPORTER_OTLP_ENDPOINT")? {
            None => Ok((Spans, None)),
            Some(_) => Err(Failure::usage("`OTEL_EXPORTER_OTLP_ENDPOINT` is set, and this program sends no spans")
                .help("build it with the feature `otlp`")),
        }
    }
}

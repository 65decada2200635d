//! Where the process listens, and who answers there.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use engage_server::http::{Bounds, Listener};
use engage_server::management::ports::Served;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::directories::Open;
use super::door::{self, Door};
use super::measures::Measures;
use crate::failure::Failure;

/// Where a server listens that nobody told where.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
/// What connections may cost where no configuration says it.
pub(super) const BOUNDS: Bounds = Bounds {
    connections: 1024,
    head_time: Duration::from_secs(15),
    head_bytes: 32 * 1024,
    headers: 100,
    drain: Duration::from_secs(10),
};

/// Where the process listens.
pub(super) struct Sockets {
    main: Listener,
    scraped: Option<Listener>,
    /// How callers know the first.
    pub(super) url: String,
}

impl Sockets {
    /// Listens.
    ///
    /// # Errors
    /// When an address is taken, or not of this machine.
    pub(super) async fn bind(args: &super::Args, directories: Option<&Open>) -> Result<Self, Failure> {
        let (main, scraped) = match directories {
            Some(directories) => (directories.config.server.listen, directories.config.metrics),
            None => (args.listen.unwrap_or(LISTEN), args.metrics),
        };
        let main = listen(main).await?;
        let scraped = match scraped {
            Some(metrics) => Some(listen(metrics).await?),
            None => None,
        };
        let address = main.address();
        let url = directories.map_or_else(|| format!("http://{address}"), |directories| directories.url(address));
        Ok(Self { main, scraped, url })
    }

    /// Where Prometheus reads.
    pub(super) fn metrics_url(&self) -> Option<String> {
        self.scraped.as_ref().map(|listener| format!("http://{}/metrics", listener.address()))
    }

    /// Answers until it is told to stop, and then what is under way.
    pub(super) fn serve(
        self,
        directories: Option<(&Open, Served)>,
        door: Arc<Door>,
        measures: Arc<Measures>,
        stop: watch::Receiver<bool>,
    ) -> Vec<JoinHandle<()>> {
        let Self { main, scraped, url } = self;
        let (router, tls, bounds) = match directories {
            Some((open, served)) => {
                (open.router(door::routes(door), served, measures.http(), url), open.tls.clone(), open.bounds())
            }
            None => (door::router(door), None, BOUNDS),
        };
        let mut doors = vec![tokio::spawn(main.serve(router, tls, bounds, stop.clone()))];
        let scraped = scraped.map(|listener| listener.serve(door::metrics(measures), None, BOUNDS, stop));
        doors.extend(scraped.map(tokio::spawn));
        doors
    }
}

pub(super) async fn listen(address: SocketAddr) -> Result<Listener, Failure> {
    let failed = |error: std::io::Error| Failure::outside(format!("`{address}` cannot be listened on: {error}"));
    Listener::bind(address).await.map_err(failed)
}

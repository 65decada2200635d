//! Sockets: accepts connections, with limits on how many and on how long a head may take.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::failure::Failure;

/// Connections at the same time; more wait to be accepted.
const MOST: usize = 1024;
/// How long a caller may take for the head of a request.
const PATIENCE: Duration = Duration::from_secs(15);
/// The largest head, in bytes.
const MAX_HEAD: usize = 32 * 1024;
/// How long requests under way are waited for at the end.
const LAST: Duration = Duration::from_secs(10);
/// How long nothing is accepted after the system refused, mostly for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// Listens on an address.
///
/// # Errors
/// When it is taken, or not of this machine.
pub(super) async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let failed = |error: std::io::Error| Failure::outside(format!("`{address}` cannot be listened on: {error}"));
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// Answers until it is told to stop, and then what is under way.
pub(super) async fn serve(listener: TcpListener, router: Router, mut stop: watch::Receiver<bool>) {
    let (places, graceful) = (Arc::new(Semaphore::new(MOST)), GracefulShutdown::new());
    loop {
        let accepted = tokio::select! {
            accepted = accept(&listener, &places) => accepted,
            // Who could tell it to stop is gone: the same.
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let Some((stream, place)) = accepted else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_buf_size(MAX_HEAD);
        let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            // A caller that breaks off has nobody left to tell.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(LAST, graceful.shutdown()).await.is_err() {
        tracing::warn!("requests that took too long are cut off");
    }
}

async fn accept(listener: &TcpListener, places: &Arc<Semaphore>) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => {
            // An answer is written in one go; waiting for more would only make it late.
            let _ = stream.set_nodelay(true);
            Some((stream, place))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            None
        }
    }
}

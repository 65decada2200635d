//! Listens for Restate: HTTP/2 in clear, as its server speaks it to services.
//!
//! A listener of our own, because the one of the SDK leaves Nagle's algorithm on: small messages then wait for an
//! acknowledgement, some 40 ms at every step of a run.

use std::time::Duration;

use hyper::server::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::graceful::GracefulShutdown;
use restate_sdk::hyper::HyperEndpoint;
use restate_sdk::prelude::Endpoint;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// How long calls under way have once the listener is told to stop.
const GRACE: Duration = Duration::from_secs(10);

pub(crate) async fn serve(listener: TcpListener, endpoint: Endpoint, stop: impl Future<Output = ()> + Send) {
    let endpoint = HyperEndpoint::new(endpoint);
    let graceful = GracefulShutdown::new();
    // What is served ends with the listener, whichever way that ends.
    let mut serving = JoinSet::new();
    let mut stop = std::pin::pin!(stop);
    loop {
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    // Out of file descriptors, or a peer that is gone already: others may come.
                    tracing::warn!(%error, "a connection was not accepted");
                    continue;
                }
            },
            () = &mut stop => break,
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::warn!(%error, "a connection keeps small messages back");
        }
        let connection =
            http2::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), endpoint.clone());
        let connection = graceful.watch(connection);
        while serving.try_join_next().is_some() {}
        serving.spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended");
            }
        });
    }
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("calls were cut off; Restate makes them again");
    }
}

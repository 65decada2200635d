//! Sockets: accepts connections, with limits on how many, and on how long and how large a head may be; speaks TLS where it has a
//! certificate.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio_rustls::TlsAcceptor;
use tower_service::Service as _;

use super::refusal::Refusal;

/// How long nothing is accepted after the system refused, mostly for want of file descriptors.
const PAUSE: Duration = Duration::from_millis(100);

/// What connections may cost.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Connections at the same time; more wait to be accepted.
    pub connections: usize,
    /// How long a handshake or a head may take.
    pub head_time: Duration,
    /// The largest head, in bytes, as they are in its request line and its lines of a name and a value.
    pub head_bytes: usize,
    /// How many lines of a name and a value a head may have.
    pub headers: usize,
    /// How long requests under way are waited for at the end.
    pub drain: Duration,
}

/// How much more than is taken is read of a head, so that whoever sent it is told in words. Of one that is longer still, and of one that
/// is no HTTP, nothing is known that could have words: hyper answers 431 or 400 without a body and closes the connection.
const READ_ON: usize = 2;

impl Bounds {
    /// Whether a head is one that is taken.
    fn hold(&self, request: &Request<Incoming>) -> bool {
        // What stands around the parts: two spaces, `HTTP/1.1` and the end of the line; a colon, a space and the end of the line.
        let address = request.uri().path_and_query().map_or(0, |address| address.as_str().len());
        let first = request.method().as_str().len() + address + 12;
        let line = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len() + 4;
        let bytes: usize = request.headers().iter().map(line).sum();
        request.headers().len() <= self.headers && first + bytes + 2 <= self.head_bytes
    }
}

/// Whose connection a request came on.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

/// A socket that is listened on.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Listens on an address; port 0 picks a free one.
    ///
    /// # Errors
    /// When it is taken, or not of this machine.
    pub async fn bind(address: SocketAddr) -> std::io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        let address = socket.local_addr()?;
        Ok(Self { socket, address })
    }

    /// The address, with the port that was picked.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until it is told to stop, and then what is under way. A request whose head is too large has [`Refusal::Head`] among its
    /// extensions: the router refuses it.
    pub async fn serve(
        self,
        router: Router,
        tls: Option<TlsAcceptor>,
        bounds: Bounds,
        mut stop: watch::Receiver<bool>,
    ) {
        let (places, graceful) = (Arc::new(Semaphore::new(bounds.connections)), GracefulShutdown::new());
        loop {
            let accepted = tokio::select! {
                accepted = accept(&self.socket, &places) => accepted,
                // Who could tell it to stop is gone: the same.
                _ = stop.wait_for(|stop| *stop) => break,
            };
            let Some((stream, peer, place)) = accepted else {
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            let connection = Connection { router: router.clone(), peer, bounds, watcher: graceful.watcher() };
            let tls = tls.clone();
            tokio::spawn(async move {
                match tls {
                    None => connection.serve(stream).await,
                    Some(tls) => {
                        // Who breaks off the handshake has nobody left to tell.
                        if let Ok(Ok(stream)) = tokio::time::timeout(bounds.head_time, tls.accept(stream)).await {
                            connection.serve(stream).await;
                        }
                    }
                }
                drop(place);
            });
        }
        drop(self.socket);
        if tokio::time::timeout(bounds.drain, graceful.shutdown()).await.is_err() {
            tracing::warn!("requests that took too long are cut off");
        }
    }
}

struct Connection {
    router: Router,
    peer: SocketAddr,
    bounds: Bounds,
    watcher: Watcher,
}

impl Connection {
    async fn serve(self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let bounds = self.bounds;
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(bounds.head_time);
        http.max_buf_size(bounds.head_bytes * READ_ON).max_headers(bounds.headers * READ_ON);
        let (router, peer) = (self.router, Peer(self.peer));
        let answer = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(peer);
            // Whoever knows the words for it finds it there.
            if !bounds.hold(&request) {
                request.extensions_mut().insert(Refusal::Head);
            }
            let mut router = router.clone();
            async move { router.call(request).await }
        });
        let connection = http.serve_connection(TokioIo::new(stream), answer);
        // A caller that breaks off has nobody left to tell.
        let _ = self.watcher.watch(connection).await;
    }
}

async fn accept(
    socket: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match socket.accept().await {
        Ok((stream, peer)) => {
            // An answer is written in one go; waiting for more would only make it late.
            let _ = stream.set_nodelay(true);
            Some((stream, peer, place))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            None
        }
    }
}

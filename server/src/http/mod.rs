//! HTTP without any surface: sockets, TLS, limits, logs, measures, headers.

mod listen;
mod measures;
mod network;
mod outage;
mod refusal;
mod surround;
mod tls;

pub use listen::{Bounds, Listener, Peer};
pub use measures::{Because, HttpMeasures};
pub use network::{Network, NoNetwork, caller};
pub use outage::{Outage, Outages};
pub(crate) use refusal::CLOSE;
pub use refusal::{Refusal, code};
pub use surround::{Caller, Count, Follow, Ids, RequestId, Stood, Surface, Surroundings};
pub use tls::{TlsError, acceptor};

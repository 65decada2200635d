//! News from other processes: who leads listens at a socket beside the file, who offers knocks there. Nobody polls.
//!
//! Where there are no such sockets, or the path is too long for one (about 100 bytes), only this process has news.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::Notify;

use crate::sqlite::beside;

#[cfg(unix)]
const SOCKET: &str = ".news";

/// The leader's ear; it is closed on drop.
pub(super) struct Ear(Option<tokio::task::AbortHandle>);

impl Drop for Ear {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

impl Ear {
    /// Listens, as the one who holds the lock.
    #[cfg(unix)]
    pub(super) fn open(path: &Path, news: Arc<Notify>) -> Self {
        use std::os::unix::fs::PermissionsExt as _;

        let place = beside(path, SOCKET);
        // What a leader before this one has left is in the way; where nothing is left there is nothing to remove.
        let _ = std::fs::remove_file(&place);
        let Ok(socket) = tokio::net::UnixDatagram::bind(&place) else { return Self(None) };
        if std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o600)).is_err() {
            return Self(None);
        }
        let task = tokio::spawn(async move {
            let mut knock = [0; 1];
            while socket.recv(&mut knock).await.is_ok() {
                news.notify_one();
            }
        });
        Self(Some(task.abort_handle()))
    }

    #[cfg(not(unix))]
    pub(super) fn open(_: &Path, _: Arc<Notify>) -> Self {
        Self(None)
    }
}

/// Tells who leads. That nobody does, or that the ear is full of knocks already, is fine.
#[cfg(unix)]
pub(super) fn knock(path: &Path) {
    let Ok(socket) = std::os::unix::net::UnixDatagram::unbound() else { return };
    if socket.set_nonblocking(true).is_ok() {
        let _ = socket.send_to(&[0], beside(path, SOCKET));
    }
}

#[cfg(not(unix))]
pub(super) fn knock(_: &Path) {}

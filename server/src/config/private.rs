//! Files that hold something secret: they are read where nobody but their owner can read them.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret as _, SecretString};

/// The largest that is read, in bytes: a key or a token is far smaller.
const MOST: u64 = 16 << 10;
/// Where systemd puts what it hands to a service (systemd.exec(5), `LoadCredential=`).
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// Why a file with something secret was not read.
#[derive(Debug, thiserror::Error)]
pub enum PrivateError {
    /// It cannot be read.
    #[error("`{}` cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Others than its owner may read or write it.
    #[error("`{}` is open to others than its owner (mode {mode:04o}): `chmod 600` closes it", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// It holds no text, nothing, or far more than a secret.
    #[error("`{}` holds no text, or more than {MOST} bytes", path.display())]
    NoText {
        /// The file.
        path: PathBuf,
    },
}

/// Reads a file with something secret, without the white space around it. On Unix it has to be closed to all but its owner. What
/// systemd hands over, in the folder that `CREDENTIALS_DIRECTORY` names, may show a group: there an access list lets the service in,
/// and the mask of the list stands in the place of the group.
///
/// # Errors
/// When it cannot be read, is open to others, or holds no such text; the error holds nothing of it.
///
/// ```
/// use engage_server::config::{PrivateError, private};
/// use secrecy::ExposeSecret as _;
///
/// let file = tempfile::NamedTempFile::new().unwrap();
/// std::fs::write(&file, "hunter2\n").unwrap();
/// assert_eq!(private(file.path()).unwrap().expose_secret(), "hunter2");
/// # #[cfg(unix)] {
/// use std::os::unix::fs::PermissionsExt as _;
/// std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o640)).unwrap();
/// assert!(matches!(private(file.path()), Err(PrivateError::Exposed { mode: 0o640, .. })));
/// # }
/// ```
pub fn private(path: &Path) -> Result<SecretString, PrivateError> {
    let unreadable = |source| PrivateError::Unreadable { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let mode = permissions(&file.metadata().map_err(unreadable)?);
    let credentials = std::env::var_os(CREDENTIALS);
    let handed_over = credentials.is_some_and(|folder| path.parent() == Some(Path::new(&folder)));
    if open(mode, handed_over) {
        return Err(PrivateError::Exposed { path: path.to_owned(), mode });
    }
    let mut text = String::new();
    let no_text = || PrivateError::NoText { path: path.to_owned() };
    match file.take(MOST + 1).read_to_string(&mut text) {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(no_text()),
        Err(error) => return Err(unreadable(error)),
        Ok(_) => {}
    }
    let whole = SecretString::from(text);
    let bare = whole.expose_secret().trim();
    if bare.is_empty() || bare.len() as u64 > MOST {
        return Err(no_text());
    }
    Ok(SecretString::from(bare.to_owned()))
}

/// Whether others than the owner may do anything with a file.
fn open(mode: u32, handed_over: bool) -> bool {
    let allowed = if handed_over { 0o040 } else { 0 };
    mode & 0o077 & !allowed != 0
}

/// The permissions of a file.
#[cfg(unix)]
fn permissions(file: &std::fs::Metadata) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&file.permissions()) & 0o7777
}

/// The permissions of a file: elsewhere they are the folder's.
#[cfg(not(unix))]
fn permissions(_: &std::fs::Metadata) -> u32 {
    0
}

#[cfg(test)]
mod tests {
    use super::open;

    #[test]
    fn a_file_is_open_where_anybody_else_may_do_anything() {
        assert!(!open(0o600, false) && !open(0o400, false) && !open(0o700, true));
        assert!([0o640, 0o604, 0o620, 0o602, 0o610, 0o444].into_iter().all(|mode| open(mode, false)));
        // Of what systemd hands over the group shows the mask of an access list.
        assert!(!open(0o440, true) && open(0o444, true) && open(0o460, true));
    }
}
